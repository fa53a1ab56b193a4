'use strict';

/** Loads what handlers commonly use and runs the roads of an invocation once. Leaves no handle open, writes nothing. */

const net = require('net');

/** Common in handlers and in the AWS SDK: 25 ms and 5 MB together, on the build machine. */
const COMMON = [
  'assert', 'async_hooks', 'buffer', 'child_process', 'crypto', 'dns', 'events', 'fs/promises', 'http', 'http2',
  'https', 'os', 'path', 'perf_hooks', 'querystring', 'readline', 'stream', 'stream/promises', 'string_decoder',
  'timers/promises', 'tls', 'url', 'util', 'v8', 'worker_threads', 'zlib',
];

const ANSWER = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}'
  + 'HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 0\r\nTransfer-Encoding: chunked\r\n\r\n'
  + '8\r\n{"a": 1}\r\n0\r\n\r\n';

async function warmUp() {
  for (const name of COMMON) require(name);
  for (const name of ['serve', 'classic', 'modern', 'streaming', 'launch']) require(`./${name}.cjs`);
  require('tls').createSecureContext(); // parses the root certificates, which the first TLS connection would wait for
  void [process.stdout, process.stderr, Response, Headers, Request]; // fetch: 21 ms
  new Date().toLocaleString('en-US'); // ICU's data: 46 ms
  require('util').format('%s %j', new Error('x').stack, { a: [1] });
  await loadHandlers();
  await exchange();
}

/** Both loaders, on files of our own. */
async function loadHandlers() {
  const { load } = require('./handler.cjs');
  await load(__dirname, 'warm-esm.handler', true);
  await load(__dirname, 'warm-cjs.handler', true);
}

/** One response and the next GET, over loopback where the sandbox has it. */
async function exchange() {
  const { RuntimeApi } = require('./client.cjs');
  const server = net.createServer((peer) => peer.on('error', () => {}).once('data', () => peer.end(ANSWER)));
  await new Promise((resolve) => {
    server.on('error', resolve);
    server.listen(0, '127.0.0.1', () => {
      const api = new RuntimeApi(`127.0.0.1:${server.address().port}`, (_, body) => resolve(JSON.parse(body)));
      api.onGone = resolve;
      api.respond('0', '{}', () => {});
    });
  });
  await new Promise((resolve) => server.close(resolve));
  await new Promise(setImmediate);
}

module.exports = { warmUp };
