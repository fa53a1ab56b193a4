'use strict';

const fs = require('fs');
const os = require('os');

/**
 * Set for the wrapper's process only, so that the interpreter it starts does not run the wrapper again. A flag in
 * the command line would not do: wrappers insert options before the last argument, the script.
 */
const WRAPPED = 'LAMBENT_EXEC_WRAPPED';

const FORWARDED_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGCONT'];

function commandLine() {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
}

/** AWS's /var/runtime/bootstrap: checks, messages and exit codes 127 and 126 are its own. */
function runWrapperIfSet(environment) {
  const isWrapped = environment[WRAPPED] !== undefined;
  delete environment[WRAPPED];
  const wrapper = environment.AWS_LAMBDA_EXEC_WRAPPER;
  if (isWrapped || !wrapper) return 'unchanged';
  if (!fs.statSync(wrapper, { throwIfNoEntry: false })?.isFile()) return refuse(`${wrapper}: does not exist`, 127);
  if (!isExecutable(wrapper)) return refuse(`${wrapper}: is not an executable`, 126);

  const [file, ...args] = hasInterpreterLine(wrapper) ? [wrapper] : ['/bin/sh', wrapper];
  return replaceProcess(file, [...args, ...commandLine()], { ...environment, [WRAPPED]: '1' });
}

/** Starts this interpreter anew, for what only works at process start. */
function startAgain(environment) {
  const [file, ...args] = commandLine();
  return replaceProcess(file, args, { ...environment });
}

/** By execve where Node has it (from 22.15), else by a child that this process stands for until its end. */
function replaceProcess(file, args, environment) {
  if (process.execve) process.execve(file, [file, ...args], environment);
  else standFor(file, args, environment);
  return 'replaced';
}

function standFor(file, args, environment) {
  const { spawn } = require('child_process');
  const child = spawn(file, args, { stdio: inheritedDescriptors(environment), env: environment });
  for (const signal of FORWARDED_SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => refuse(`${file}: ${error.message}`, 126));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.exitCode = 128 + os.constants.signals[signal]; // pid 1 of a namespace outlives its own signal
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function inheritedDescriptors(environment) {
  const stdio = ['inherit', 'inherit', 'inherit'];
  const logs = Number(environment._LAMBDA_TELEMETRY_LOG_FD);
  if (logs > 2) {
    while (stdio.length < logs) stdio.push('ignore');
    stdio.push(logs);
  }
  return stdio;
}

/** Without a #! line execve refuses the file; a shell's exec, which AWS uses, then runs it as a script. */
function hasInterpreterLine(file) {
  const start = Buffer.alloc(4);
  const fd = fs.openSync(file, 'r');
  fs.readSync(fd, start, 0, 4, 0);
  fs.closeSync(fd);
  return start.subarray(0, 2).toString() === '#!' || start.toString('latin1') === '\x7fELF';
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function refuse(message, status) {
  fs.writeSync(1, `${message}\n`);
  process.exit(status);
}

module.exports = { runWrapperIfSet, startAgain };
