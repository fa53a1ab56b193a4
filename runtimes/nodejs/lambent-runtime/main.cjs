'use strict';

/**
 * The road of a runtime process.
 *
 * 1. Stock: a stocked process waits until it is told which function it serves (stock.cjs).
 * 2. Launch: AWS_LAMBDA_EXEC_WRAPPER, when set, is run in place of the interpreter (launch.cjs).
 * 3. Init: working directory, console, the handler (logs.cjs, handler.cjs).
 * 4. Serve: one invocation after another until the process is ended (serve.cjs).
 */
async function main() {
  const connection = require('./client.cjs').takeConnection(process.env);
  const fd = process.env.LAMBENT_SPECIALISE_FD;
  if (fd !== undefined) {
    const { waitForEnvironment } = require('./stock.cjs');
    if (await waitForEnvironment(Number(fd)) === 'replaced') return;
  } else if (process.env.AWS_LAMBDA_EXEC_WRAPPER) {
    const { runWrapperIfSet } = require('./launch.cjs');
    if (runWrapperIfSet(process.env) === 'replaced') return;
  }

  await require('./serve.cjs').run(connection);
}

module.exports = { main };
