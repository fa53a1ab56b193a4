'use strict';

/** Serving from nodejs24.x on: the result is what the handler returns, awaited (AWS: src/runtime). */

const { modernContext, setTraceId } = require('./context.cjs');
const errors = require('./errors.cjs');

function server(runtime, handler) {
  let onIdle = () => {};
  process.on('beforeExit', () => onIdle());

  return async (headers, body) => {
    const { api, requestId } = runtime;
    const fail = (error) => {
      onIdle = () => {};
      runtime.logError('Invoke Error', error);
      api.fail(requestId, errors.toBody(error), () => api.askNext());
    };
    onIdle = () => fail(new errors.NodeJsExit());

    let text;
    try {
      setTraceId(headers);
      text = serialise(await handler(JSON.parse(body), modernContext(headers)));
    } catch (error) {
      fail(error);
      return;
    }
    onIdle = () => {};
    api.respond(requestId, text, runtime.refused(requestId));
  };
}

function serialise(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new errors.JSONStringifyError('Unable to stringify response body');
  }
}

module.exports = { server };
