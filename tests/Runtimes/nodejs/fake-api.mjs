// A minimal Runtime API on loopback, and a runtime process that talks to it.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
export const BOOTSTRAP = path.resolve(here, '../../../runtimes/nodejs/bootstrap.cjs');
export const NODE = process.env.LAMBENT_TEST_NODE ?? process.execPath;

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:f';
const OK = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}';

/** Answers POSTs by `statusOf(path)` (202), and each GET next with the next of `events`, then holds. */
export class FakeApi {
  requests = [];
  connections = 0;
  #events = [];
  #waiting = [];
  #held = [];
  #sockets = new Set();
  #server = net.createServer((socket) => this.#accept(socket));

  constructor({ statusOf = () => 202, chunked = false, closeAfterPost = false, closeIdle = false } = {}) {
    Object.assign(this, { statusOf, chunked, closeAfterPost, closeIdle });
  }

  /** Speaks to a child by one of its sockets too. */
  speakBy(socket) {
    this.#accept(socket);
    this.connections--; // counts what it accepted
  }

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.address = `127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  /** Runtimes still connected then end by themselves. */
  close() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Queues an invocation and resolves with the POST that settles it. */
  invoke(event, headers = {}) {
    const id = `req-${this.requests.length}-${this.#events.length}-${Math.random().toString(16).slice(2)}`;
    const body = typeof event === 'string' ? event : JSON.stringify(event);
    this.#events.push({ id, body, headers });
    this.#serveHeld();
    return this.nextPost((request) => request.path.includes(id));
  }

  /** The first POST, past or future, that `matches`. */
  nextPost(matches) {
    const found = this.requests.find((request) => request.method === 'POST' && matches(request));
    return found ? Promise.resolve(found) : new Promise((resolve) => this.#waiting.push({ matches, resolve }));
  }

  #accept(socket) {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    let data = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (part) => {
      data = Buffer.concat([data, part]);
      for (let read; (read = parse(data)) !== undefined;) {
        data = data.subarray(read.end);
        this.#handle(socket, read.request);
      }
    });
  }

  #handle(socket, request) {
    this.requests.push(request);
    if (request.method === 'GET') {
      this.#held.push(socket);
      this.#serveHeld();
      return;
    }
    const status = this.statusOf(request.path, request);
    const close = this.closeAfterPost ? 'Connection: close\r\n' : '';
    socket.write(status === 202 && !close ? OK : `HTTP/1.1 ${status} X\r\n${close}Content-Length: 0\r\n\r\n`);
    if (close) socket.end();
    for (const { matches, resolve } of this.#waiting) if (matches(request)) resolve(request);
  }

  #serveHeld() {
    this.#held = this.#held.filter((socket) => socket.writable);
    while (this.#held.length > 0 && this.#events.length > 0) {
      const { id, body, headers } = this.#events.shift();
      const bytes = Buffer.from(body);
      const all = {
        'Lambda-Runtime-Aws-Request-Id': id, 'Lambda-Runtime-Deadline-Ms': Date.now() + 5000,
        'Lambda-Runtime-Invoked-Function-Arn': ARN, 'Content-Type': 'application/json', ...headers,
      };
      const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('');
      const length = this.chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes.length}`;
      const sent = this.chunked ? inChunks(bytes) : bytes;
      const socket = this.#held.shift();
      socket.write(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}${length}\r\n\r\n`), sent]));
      if (this.closeIdle) socket.end();
    }
  }
}

function inChunks(bytes) {
  const half = bytes.length >> 1;
  const parts = [bytes.subarray(0, half), bytes.subarray(half)].filter((part) => part.length > 0);
  const framed = parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  return Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]);
}

function parse(data) {
  const headEnd = data.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first, ...lines] = data.toString('utf8', 0, headEnd).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(': ')).map(([name, value]) => [name.toLowerCase(), value]));
  const [method, target] = first.split(' ');
  if (headers['transfer-encoding'] === 'chunked') {
    const chunked = parseChunks(data, headEnd + 4);
    return chunked && { request: { method, path: target, headers, ...chunked }, end: chunked.end };
  }
  const end = headEnd + 4 + Number(headers['content-length'] ?? 0);
  if (data.length < end) return undefined;
  return { request: { method, path: target, headers, body: data.toString('utf8', headEnd + 4, end) }, end };
}

/** Body, chunks and trailers, once they are all there. */
function parseChunks(data, start) {
  const chunks = [];
  for (let at = start; ;) {
    const lineEnd = data.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(data.toString('latin1', at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) {
      const end = data.indexOf('\r\n\r\n', lineEnd);
      if (end < 0) return undefined;
      const lines = data.toString('latin1', at, end).split('\r\n').filter((line) => line !== '').map((line) => line.split(': '));
      return { chunks, body: Buffer.concat(chunks).toString(), trailers: Object.fromEntries(lines), end: end + 4 };
    }
    if (data.length < at + size + 2) return undefined;
    chunks.push(data.subarray(at, at + size));
    at += size + 2;
  }
}

const roots = [];

export function removeTaskRoots() {
  for (const root of roots.splice(0)) fs.rmSync(root, { recursive: true, force: true });
}

/** Files of a function in a folder of its own. */
export function taskRoot(files) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'lambent-node-'));
  roots.push(root);
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), content, { mode: 0o755 });
  }
  return root;
}

export function environment(api, root, handler, more = {}) {
  return {
    PATH: process.env.PATH, AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: root, _HANDLER: handler, TZ: ':UTC',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x', AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128', AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/f',
    AWS_LAMBDA_LOG_STREAM_NAME: 'stream', LAMBDA_RUNTIME_DIR: '/var/runtime', ...more,
  };
}

/** A child with its output collected; `exit` resolves to its code, `said()` ends it and resolves to all that it said. */
export function start(env, { stock, args = [], encoding = 'utf8', connectedTo } = {}) {
  const startEnv = {
    ...(stock ? { PATH: process.env.PATH, ...stock, LAMBENT_SPECIALISE_FD: '3' } : env),
    ...(connectedTo && { LAMBENT_RUNTIME_API_FD: '4' }),
  };
  const more = [stock ? 'pipe' : 'ignore', ...(connectedTo ? ['pipe'] : [])];
  const child = spawn(NODE, [...args, BOOTSTRAP], { env: startEnv, stdio: ['ignore', 'pipe', 'pipe', ...more] });
  connectedTo?.speakBy(child.stdio[4]);
  child.output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding(encoding).on('data', (text) => { child.output += text; });
  child.exit = new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)));
  child.said = async () => {
    child.kill();
    await child.exit;
    return child.output;
  };
  if (stock) {
    child.stdio[3].on('error', () => {});
    child.stdio[3].end(Object.entries(env ?? {}).map(([key, value]) => `${key}=${value}\0`).join(''));
  }
  return child;
}
