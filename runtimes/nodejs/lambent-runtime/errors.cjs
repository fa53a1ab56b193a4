'use strict';

const { types } = require('util');

/** The faults that the runtime itself names, as `Runtime.<class>`. Names and texts are AWS's. */
class ImportModuleError extends Error {}
class HandlerNotFound extends Error {}
class MalformedHandlerName extends Error {}
class UserCodeSyntaxError extends Error {}
class CallbackHandlerDeprecated extends Error {}
class JSONStringifyError extends Error {}
class MalformedStreamingHandler extends Error {}
class InvalidStreamingOperation extends Error {}
class NodeJsExit extends Error {
  constructor() {
    super('The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a '
      + 'Promise that was never settled. For more information, see '
      + 'https://nodejs.org/docs/latest/api/process.html#exit-codes');
  }
}
class UnhandledPromiseRejection extends Error {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}

const faults = {
  ImportModuleError, HandlerNotFound, MalformedHandlerName, UserCodeSyntaxError, CallbackHandlerDeprecated,
  JSONStringifyError, MalformedStreamingHandler, InvalidStreamingOperation, NodeJsExit, UnhandledPromiseRejection,
};
for (const [name, fault] of Object.entries(faults)) fault.prototype.name = `Runtime.${name}`;

/** The body of an error report. DEL is escaped because the platform refuses it. */
function toBody(error) {
  try {
    if (types.isNativeError(error) || looksLikeError(error)) {
      return {
        errorType: escapeDel(error.name),
        errorMessage: escapeDel(error.message),
        trace: escapeDel(error.stack ?? '').split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of '
        + 'its message, name, and stack',
    };
  }
}

function looksLikeError(value) {
  return ['name', 'message', 'stack'].every((key) => value?.[key] && typeof value[key] === 'string');
}

function escapeDel(text) {
  return typeof text === 'string' ? text.replaceAll('\x7F', '%7F') : text;
}

function intoError(value) {
  return value instanceof Error ? value : new Error(value);
}

/** An error's name may hold any character; a header may not. */
function headerText(text) {
  return String(text).replace(/[^\x21-\x7e]/g, '?');
}

/** For a log line: JSON with the properties of an error that JSON leaves out. */
function toLogText(error) {
  try {
    return JSON.stringify(error, (_, value) => withHiddenProperties(value));
  } catch {
    return JSON.stringify(toBody(error));
  }
}

function withHiddenProperties(value) {
  if (!(value instanceof Error)) return value;
  const { name: errorType, message: errorMessage, code } = value;
  const shown = { errorType, errorMessage, code, ...value };
  if (typeof value.stack === 'string') shown.stack = value.stack.split('\n');
  return shown;
}

module.exports = { ...faults, toBody, headerText, intoError, toLogText };
