'use strict';

/** Serving to nodejs22.x: results by promise, callback or context.done (AWS: Runtime.js, CallbackContext.js). */

const { contextData, setTraceId } = require('./context.cjs');
const errors = require('./errors.cjs');

const ALREADY_DONE = 'Invocation has already been reported as done. '
  + 'Cannot call complete more than once per invocation.';

function server(runtime, handler) {
  const isAsync = handler.constructor?.name === 'AsyncFunction';
  const exit = { listener: () => {} };
  process.on('beforeExit', () => exit.listener());

  return (headers, body) => {
    const invocation = new Invocation(runtime, exit);
    invocation.setDefaultExit(isAsync);
    try {
      setTraceId(headers);
      const context = Object.assign(invocation.context, contextData(headers));
      const result = handler(JSON.parse(body), context, invocation.callback);
      if (typeof result?.then === 'function') {
        result.then(context.succeed, context.fail).catch(context.fail);
      }
    } catch (error) {
      invocation.callback(error);
    }
  };
}

/** Of callback, done, succeed and fail, each works at most once. */
class Invocation {
  #runtime;
  #requestId;
  #exit;
  #isDone = false;

  constructor(runtime, exit) {
    this.#runtime = runtime;
    this.#requestId = runtime.requestId;
    this.#exit = exit;
    const done = (error, result) => this.#done(error, result);
    this.callback = once((error, result) => this.#callBack(error, result));
    this.context = {
      callbackWaitsForEmptyEventLoop: true,
      succeed: once((result) => done(null, result)),
      fail: once((error) => done(error ?? 'handled', null)),
      done: once(done),
    };
  }

  /** When nothing is left to run and no result came: null for a callback handler, an error for an async one. */
  setDefaultExit(isAsync) {
    this.#exit.listener = () => {
      this.#exit.listener = () => {};
      this.#isDone = true;
      if (isAsync) this.#fail(new errors.NodeJsExit());
      else this.#respond(null);
    };
  }

  #callBack(error, result) {
    this.#exit.listener = () => {};
    if (error !== undefined && error !== null) {
      this.#fail(error);
    } else if (this.context.callbackWaitsForEmptyEventLoop) {
      this.#exit.listener = () => {
        this.#exit.listener = () => {};
        setImmediate(() => this.#complete(result));
      };
    } else {
      this.#complete(result);
    }
  }

  #done(error, result) {
    this.#exit.listener = () => {};
    if (error !== undefined && error !== null) this.#fail(error);
    else this.#complete(result);
  }

  #complete(result) {
    if (this.#isDone) {
      console.error(ALREADY_DONE);
      return;
    }
    this.#isDone = true;
    this.#respond(result);
  }

  #respond(result) {
    this.#runtime.api.respond(this.#requestId, serialise(result), this.#runtime.refused(this.#requestId));
  }

  #fail(error) {
    const { api, logError } = this.#runtime;
    logError('Invoke Error', error);
    api.fail(this.#requestId, errors.toBody(error), () => api.askNext());
  }
}

/** Used up only by a call that returns: a result that cannot be serialised leaves `fail` usable. */
function once(call) {
  let isUsed = false;
  return (...args) => {
    if (isUsed) return;
    call(...args);
    isUsed = true;
  };
}

/** Some values, such as functions, have no JSON; AWS's client is then given undefined and sends nothing valid. */
function serialise(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

module.exports = { server };
