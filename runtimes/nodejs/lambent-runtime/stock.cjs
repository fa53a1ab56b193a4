'use strict';

/**
 * A stocked runtime: warmed up before it is known which function it serves.
 *
 * 1. Load what handlers commonly use, and run each road once (warm.cjs).
 * 2. Read the environment of the function, NUL-separated, from the given descriptor until its end.
 * 3. No bytes: not needed, exit. Otherwise become that function's process, anew where nothing less will do.
 */

const fs = require('fs');

const READ_BYTES = 65536;
const SOURCE_MAPS = '--enable-source-maps';

/** Node, V8, libuv, OpenSSL, ICU or the loader reads these once, at process start. */
const START_ONLY = /^(LD_|MALLOC_|LC_|UV_|OPENSSL_|SSL_CERT_|V8_|ICU_)/;
const START_ONLY_NAMES = new Set(['GLIBC_TUNABLES', 'LANG', 'LANGUAGE', 'NO_COLOR', 'FORCE_COLOR']);
const NODE_NAMES = new Set([
  'NODE_COMPILE_CACHE', 'NODE_COMPILE_CACHE_PORTABLE', 'NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'NODE_DISABLE_COLORS',
  'NODE_DISABLE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS', 'NODE_ICU_DATA', 'NODE_NO_WARNINGS', 'NODE_OPTIONS',
  'NODE_PENDING_DEPRECATION', 'NODE_PENDING_PIPE_INSTANCES', 'NODE_PRESERVE_SYMLINKS', 'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_REDIRECT_WARNINGS', 'NODE_SKIP_PLATFORM_CHECK', 'NODE_USE_ENV_PROXY', 'NODE_USE_SYSTEM_CA', 'NODE_V8_COVERAGE',
]);

async function waitForEnvironment(fd) {
  const before = { ...process.env };
  await require('./warm.cjs').warmUp();

  const environment = readEnvironment(fd);
  if (environment === undefined) process.exit(0);
  replaceEnvironment(environment);

  const launch = require('./launch.cjs');
  if (launch.runWrapperIfSet(process.env) === 'replaced') return 'replaced';
  if (differsAtStart(before, environment)) return launch.startAgain(process.env);
  if (environment.NODE_PATH !== before.NODE_PATH) require('module')._initPaths();
  if (environment.NODE_OPTIONS === SOURCE_MAPS) process.setSourceMapsEnabled(true);
  return 'unchanged';
}

function readEnvironment(fd) {
  const parts = [];
  for (;;) {
    const part = Buffer.allocUnsafe(READ_BYTES);
    const count = fs.readSync(fd, part, 0, READ_BYTES, null);
    if (count === 0) break;
    parts.push(part.subarray(0, count));
  }
  fs.closeSync(fd);
  if (parts.length === 0) return undefined;

  const environment = {};
  for (const entry of Buffer.concat(parts).toString('utf8').split('\0')) {
    const end = entry.indexOf('=');
    if (end > 0) environment[entry.slice(0, end)] = entry.slice(end + 1);
  }
  return environment;
}

function replaceEnvironment(environment) {
  for (const name of Object.keys(process.env)) {
    if (!(name in environment)) delete process.env[name];
  }
  for (const [name, value] of Object.entries(environment)) process.env[name] = value;
}

function differsAtStart(before, after) {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[name] === after[name] || !isStartOnly(name)) continue;
    const canBeSetNow = name === 'NODE_OPTIONS' && before[name] === undefined && after[name] === SOURCE_MAPS;
    if (!canBeSetNow) return true;
  }
  return false;
}

function isStartOnly(name) {
  if (name.startsWith('NODE_')) return NODE_NAMES.has(name);
  return START_ONLY_NAMES.has(name) || START_ONLY.test(name);
}

module.exports = { waitForEnvironment };
