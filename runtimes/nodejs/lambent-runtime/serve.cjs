'use strict';

/** Init, then one invocation after another: by classic.cjs (callbacks, to Node.js 22) or modern.cjs (from 24). */

const { RuntimeApi } = require('./client.cjs');
const errors = require('./errors.cjs');
const { load } = require('./handler.cjs');
const { patchConsole, setCurrent } = require('./logs.cjs');
const streaming = require('./streaming.cjs');

/** AWS's exit codes (index.mjs). */
const UNCAUGHT_STATUS = 129;
const UNHANDLED_REJECTION_STATUS = 128;

const TOO_LARGE = {
  errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
  errorType: 'Function.ResponseSizeTooLarge',
};

/** The last runtime with callback handlers is nodejs22.x. */
function hasCallbacks() {
  const version = /^AWS_Lambda_nodejs(\d+)\.x$/.exec(process.env.AWS_EXECUTION_ENV ?? '');
  return version === null || Number(version[1]) < 24;
}

async function run(connection) {
  const { env } = process;
  const taskRoot = env.LAMBDA_TASK_ROOT || process.cwd();
  if (require('fs').existsSync(taskRoot)) process.chdir(taskRoot);
  const logError = patchConsole();
  const api = new RuntimeApi(env.AWS_LAMBDA_RUNTIME_API, undefined, connection);
  const runtime = { api, logError, requestId: undefined, refused: reportTooLarge(api) };
  exitOnStrayErrors(runtime);

  const isClassic = hasCallbacks();
  let serveOne;
  try {
    const handler = await load(taskRoot, env._HANDLER ?? '', isClassic);
    serveOne = streaming.isStreaming(handler) ? streaming.server(runtime, handler, { isClassic })
      : require(isClassic ? './classic.cjs' : './modern.cjs').server(runtime, handler);
  } catch (error) {
    logError('Uncaught Exception', error);
    api.failInit(errors.toBody(error), () => process.exit(UNCAUGHT_STATUS));
    return;
  }

  api.onInvocation = (headers, body) => {
    runtime.requestId = headers['lambda-runtime-aws-request-id'];
    setCurrent(runtime.requestId, headers['lambda-runtime-aws-tenant-id']);
    serveOne(headers, body);
  };
  api.askNext();
}

/** Before the first invocation such an error is one of init, later it is one of the invocation; then the end. */
function exitOnStrayErrors(runtime) {
  const report = (error, status) => {
    const { api, requestId } = runtime;
    const body = errors.toBody(error);
    const exit = () => process.exit(status);
    if (requestId === undefined) api.failInit(body, exit);
    else api.fail(requestId, body, exit);
  };
  process.on('uncaughtException', (error) => {
    runtime.logError('Uncaught Exception', error);
    report(error, UNCAUGHT_STATUS);
  });
  process.on('unhandledRejection', (reason, promise) => {
    const error = new errors.UnhandledPromiseRejection(reason, promise);
    runtime.logError('Unhandled Promise Rejection', error);
    report(error, UNHANDLED_REJECTION_STATUS);
  });
}

/** On 413 the caller still gets an error. Other refusals are passed over, as AWS's client does. */
function reportTooLarge(api) {
  return (requestId) => (status) => {
    if (status === 413) api.fail(requestId, TOO_LARGE, () => {});
  };
}

module.exports = { run };
