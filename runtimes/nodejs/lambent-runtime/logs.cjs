'use strict';

const fs = require('fs');
const { format } = require('util');
const { intoError, toLogText } = require('./errors.cjs');

/** Ranks and frame bits as in AWS's LogPatch.js. */
const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const TEXT_FRAME = 0xa55a0003;
const JSON_FRAME = 0xa55a0002;

/** Readable by function code under this symbol, as on AWS. */
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
let tenantId;

function setCurrent(requestId, tenant) {
  globalThis[REQUEST_ID] = requestId;
  tenantId = tenant;
}

/** Replaces the console's methods. Returns the function which logs an error of the runtime's own. */
function patchConsole() {
  const isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  const fd = process.env._LAMBDA_TELEMETRY_LOG_FD;
  delete process.env._LAMBDA_TELEMETRY_LOG_FD;
  const write = fd === undefined ? writeLine : frameWriter(Number(fd), isJson ? JSON_FRAME : TEXT_FRAME);
  const render = isJson ? renderJson : renderText;
  const least = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;

  for (const [level, rank] of Object.entries(LEVELS)) {
    const isLogged = rank >= least || level === 'FATAL';
    console[level.toLowerCase()] = isLogged
      ? (message, ...rest) => {
        const date = new Date();
        write(render(date.toISOString(), level, message, rest), date, rank);
      }
      : () => {};
  }
  console.log = console.info;

  return isJson
    ? (_, error) => console.error(intoError(error))
    : (title, error) => console.error(title, `\t${toLogText(intoError(error))}`);
}

function renderText(time, level, message, rest) {
  return `${time}\t${globalThis[REQUEST_ID]}\t${level}\t${format(message, ...rest)}`;
}

function renderJson(timestamp, level, message, rest) {
  const result = { timestamp, level, requestId: globalThis[REQUEST_ID] };
  if (tenantId) result.tenantId = tenantId;
  if (rest.length === 0) {
    result.message = message;
    try {
      return JSON.stringify(result, (_, value) => errorAsObject(value));
    } catch {
      result.message = format(message);
      return JSON.stringify(result);
    }
  }
  result.message = format(message, ...rest);
  const error = [message, ...rest].find((value) => value instanceof Error);
  if (error) Object.assign(result, describe(error));
  return JSON.stringify(result);
}

function errorAsObject(value) {
  return value instanceof Error ? { ...describe(value), ...value } : value;
}

function describe(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}

/** A record is one line: its inner line ends are \r, as on AWS when logs have no frames. */
function writeLine(text) {
  process.stdout.write(`${text.replaceAll('\n', '\r')}\n`);
}

/** A record is one frame: type, length and time in microseconds (big-endian), then the text. */
function frameWriter(fd, frameType) {
  return (text, date, rank) => {
    const body = frameType === TEXT_FRAME ? `${text}\n` : text;
    const length = Buffer.byteLength(body);
    const frame = Buffer.allocUnsafe(16 + length);
    frame.writeUInt32BE(frameType + 4 * rank, 0);
    frame.writeUInt32BE(length, 4);
    frame.writeBigInt64BE(BigInt(date.valueOf()) * 1000n, 8);
    frame.write(body, 16);
    for (let done = 0; done < frame.length;) done += writeSome(fd, frame, done);
  };
}

/** Node makes the pipe of stdout non-blocking once process.stdout is used. */
function writeSome(fd, frame, from) {
  try {
    return fs.writeSync(fd, frame, from);
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}

module.exports = { patchConsole, setCurrent };
