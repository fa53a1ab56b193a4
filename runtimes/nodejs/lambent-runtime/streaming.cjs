'use strict';

/**
 * Response streaming, as AWS's runtime has it (StreamingContext.js and ResponseStream.js up to 22, src/stream from 24 on):
 * the handler gets a writable, whose bytes leave at once. An error after the first byte is told in trailers.
 */

const { contextData, modernContext, setTraceId } = require('./context.cjs');
const errors = require('./errors.cjs');

const HANDLER_STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HANDLER_HIGHWATERMARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const STREAM_RESPONSE = 'response';

const ERROR_TYPE = 'Lambda-Runtime-Function-Error-Type';
const ERROR_BODY = 'Lambda-Runtime-Function-Error-Body';
const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER_BYTES = 8;

/** What a handler sees of the request that carries its answer: a writable, no more. */
const METHODS = [
  'cork', 'destroy', 'end', 'uncork', 'write', 'addListener', 'emit', 'eventNames', 'getMaxListeners', 'listenerCount', 'listeners',
  'off', 'on', 'once', 'prependListener', 'prependOnceListener', 'rawListeners', 'removeAllListeners', 'removeListener',
  'setMaxListeners', 'setContentType',
];
const SETTABLE = ['destroyed', 'writable', '_onBeforeFirstWrite'];
const READABLE = [
  'writableFinished', 'writableObjectMode', 'writableBuffer', 'writableEnded', 'writableNeedDrain', 'writableHighWaterMark',
  'writableCorked', 'writableLength',
];

/** The global `awslambda`, which functions use without an import. */
function installGlobals() {
  if (['1', 'true'].includes(process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) return;
  globalThis.awslambda = {
    ...globalThis.awslambda,
    streamifyResponse: (handler, options) => {
      handler[HANDLER_STREAMING] = STREAM_RESPONSE;
      if (typeof options?.highWaterMark === 'number') handler[HANDLER_HIGHWATERMARK] = Math.trunc(options.highWaterMark);
      return handler;
    },
    HttpResponseStream: class HttpResponseStream {
      /** Before the first write come status, headers and cookies as JSON, and eight zeros. */
      static from(stream, prelude) {
        stream.setContentType(PRELUDE_TYPE);
        const metadata = JSON.stringify(prelude);
        stream._onBeforeFirstWrite = (write) => {
          write(metadata);
          write(new Uint8Array(DELIMITER_BYTES));
        };
        return stream;
      }
    },
  };
}

function isStreaming(handler) {
  const mark = handler[HANDLER_STREAMING];
  if (mark === undefined || mark === null || mark === false) return false;
  if (mark === STREAM_RESPONSE) return true;
  throw new errors.MalformedStreamingHandler('Only response streaming is supported.');
}

function server(runtime, handler, { isClassic }) {
  const agent = new (require('http').Agent)({ keepAlive: true, maxSockets: 1 }); // not before: most functions do without
  const highWaterMark = parseInt(handler[HANDLER_HIGHWATERMARK], 10) || undefined;
  agent.createConnection = (options, listener) => require('net').createConnection({ ...options, highWaterMark }, listener);
  let onIdle = () => {};
  process.on('beforeExit', () => onIdle());

  return async (headers, body) => {
    const { api, requestId } = runtime;
    const { request, stream, done, closed } = createStream(api, requestId, agent);
    let waitsForEmptyEventLoop = isClassic;
    const context = isClassic ? {
      get callbackWaitsForEmptyEventLoop() { return waitsForEmptyEventLoop; },
      set callbackWaitsForEmptyEventLoop(value) { waitsForEmptyEventLoop = value; },
    } : {};
    let failure;
    const fail = (error) => {
      onIdle = () => {};
      failure = errors.toBody(error);
      runtime.logError('Invoke Error', error);
      tellInTrailers(request, failure);
    };
    onIdle = () => fail(new errors.NodeJsExit());

    try {
      setTraceId(headers);
      Object.assign(context, (isClassic ? contextData : modernContext)(headers));
      await run(handler, JSON.parse(body), stream, context, isClassic);
      await done;
      if (!request.writableFinished) throw complaint('Response stream is not finished.', isClassic);
    } catch (error) {
      fail(error);
    }
    await closed; // only then may the next event be asked for, which comes by another connection
    const next = () => {
      onIdle = () => {};
      if (request.headersSent) api.askNext();
      else api.fail(requestId, failure, () => api.askNext()); // the handler destroyed its stream before the first byte
    };
    if (waitsForEmptyEventLoop) onIdle = () => setImmediate(next);
    else next();
  };
}

async function run(handler, event, stream, context, isClassic) {
  const result = handler(event, stream, context);
  if (typeof result?.then !== 'function') throw complaint('Streaming does not support non-async handlers.', isClassic);
  if (await result !== undefined) console.warn('Streaming handlers ignore return values.');
}

/** Up to 22 AWS reports these two as strings, from 24 on as errors. */
function complaint(text, isClassic) {
  return isClassic ? text : new Error(text);
}

/** A POST that is open from now on; its head leaves with the first byte. */
function createStream(api, requestId, agent) {
  let isWritten = false;
  let resolve;
  let reject;
  const done = new Promise((...settle) => { [resolve, reject] = settle; });
  done.catch(() => {}); // the handler may have failed before
  const request = require('http').request({
    ...api.address,
    method: 'POST',
    path: api.responsePath(requestId),
    agent,
    headers: {
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      Trailer: [ERROR_TYPE, ERROR_BODY],
      'Content-Type': 'application/octet-stream',
    },
  }, (response) => {
    response.on('aborted', () => reject(new Error('aborted')));
    response.on('end', resolve);
    response.resume();
  });
  request.on('error', (error) => {
    reject(error);
    request.destroy(error);
  });
  const closed = new Promise((settle) => { request.on('close', settle); });
  closed.then(resolve);

  request.setContentType = (contentType) => {
    if (isWritten) throw new errors.InvalidStreamingOperation('Cannot set content-type, too late.');
    request.setHeader('Content-Type', contentType);
  };
  const write = request.write.bind(request);
  request.write = (chunk, encoding, callback) => {
    const isPlain = typeof chunk === 'string' || Buffer.isBuffer(chunk) || chunk instanceof Uint8Array;
    if (!isWritten) request._onBeforeFirstWrite?.((first) => write(first));
    isWritten = true;
    return write(isPlain ? chunk : JSON.stringify(chunk), encoding, callback);
  };

  return { request, stream: writableOnly(request), done, closed };
}

function tellInTrailers(request, failure) {
  if (request.writableEnded || request.destroyed) return;
  request.addTrailers({
    [ERROR_TYPE]: errors.headerText(failure.errorType),
    [ERROR_BODY]: Buffer.from(JSON.stringify(failure)).toString('base64'),
  });
  request.end();
}

function writableOnly(inner) {
  const stream = Object.fromEntries(METHODS.map((name) => [name, inner[name].bind(inner)]));
  for (const name of READABLE) Object.defineProperty(stream, name, { get: () => inner[name] });
  for (const name of SETTABLE) {
    Object.defineProperty(stream, name, { get: () => inner[name], set: (value) => { inner[name] = value; } });
  }
  return stream;
}

module.exports = { installGlobals, isStreaming, server };
