'use strict';

/**
 * The Runtime API over one connection, by hand: one write per request and no waiting in between.
 *
 * Where the platform gives the process a connection to the Runtime API, it is the first one; any other is made to
 * AWS_LAMBDA_RUNTIME_API, over TCP.
 *
 * A small response and the next GET leave in one write (HTTP/1.1 pipelining, RFC 9112 section 9.3.2); the server
 * answers them in order. Larger ones wait for their answer first, because that may be a 413.
 *
 * The connection keeps the process alive only while an answer is awaited, so that an idle event loop is seen as
 * such during a handler (`beforeExit`).
 */

const net = require('net');
const { headerText } = require('./errors.cjs');

const API = '/2018-06-01/runtime';
const PIPELINED_MAX_BYTES = 1024 * 1024;
const RESPONSE_MAX_BYTES = 6 * 1024 * 1024 + 100; // AWS's limit, in the runtime contract
const READ_BUFFER_BYTES = 65536;
const GONE_STATUS = 1;
const CONNECTION = 'LAMBENT_RUNTIME_API_FD';

/** The descriptor of the platform's, for `RuntimeApi`, or undefined. The function does not see it. */
function takeConnection(environment) {
  const fd = environment[CONNECTION];
  delete environment[CONNECTION];
  return fd === undefined ? undefined : Number(fd);
}

class RuntimeApi {
  #address;
  #host;
  #fd;
  #next;
  #socket = null;
  #parts = []; // of an answer that is not complete
  #size = 0;
  #needed = 0;
  #awaited = [];
  #resendable = null;

  /** `onInvocation(headers, bodyText)` is called for each answer to a GET next. */
  constructor(address, onInvocation, fd) {
    const end = address.lastIndexOf(':');
    this.#address = { host: address.slice(0, end).replace(/[[\]]/g, ''), port: Number(address.slice(end + 1)) };
    this.#host = address;
    this.#fd = fd;
    this.#next = `GET ${API}/invocation/next HTTP/1.1\r\nHost: ${address}\r\n\r\n`;
    this.onInvocation = onInvocation;
    this.onGone = () => process.exit(GONE_STATUS); // nobody is left to tell
  }

  /** For a request that goes by another connection. */
  get address() {
    return { hostname: this.#address.host, port: this.#address.port };
  }

  responsePath(requestId) {
    return `${API}/invocation/${encodeURIComponent(requestId)}/response`;
  }

  askNext() {
    this.#send(this.#next, this.#onNext);
  }

  /** Posts a result and asks for the next invocation. `onRefused(status)` is called when it is not accepted. */
  respond(requestId, body, onRefused) {
    const length = Buffer.byteLength(body);
    const post = this.#post(`/invocation/${encodeURIComponent(requestId)}/response`, body, length);
    const isSmall = length <= PIPELINED_MAX_BYTES;
    const onAnswer = (status) => {
      if (status >= 300) onRefused(status);
      if (!isSmall) this.askNext();
    };
    if (isSmall) {
      this.#send(post + this.#next, onAnswer, this.#onPipelinedNext);
    } else {
      onAnswer.ifLost = length > RESPONSE_MAX_BYTES ? 413 : undefined;
      this.#send(post, onAnswer);
    }
  }

  /** Reports an error; `then` runs after the answer, whatever it is. */
  fail(requestId, body, then) {
    this.#report(`/invocation/${encodeURIComponent(requestId)}/error`, body, then);
  }

  failInit(body, then) {
    this.#report('/init/error', body, then);
  }

  #report(path, body, then) {
    if (this.#awaited.length > 0) { // the connection is busy holding the next GET
      const other = new RuntimeApi(this.#host);
      other.#report(path, body, () => {
        other.#socket?.destroy();
        then();
      });
      return;
    }
    const text = JSON.stringify(body);
    const onAnswer = () => then();
    onAnswer.ifLost = 0;
    this.#send(this.#post(path, text, Buffer.byteLength(text), body.errorType), onAnswer);
  }

  #post(path, body, length, errorType) {
    const extra = errorType ? `Lambda-Runtime-Function-Error-Type: ${headerText(errorType)}\r\n` : '';
    return `POST ${API}${path} HTTP/1.1\r\nHost: ${this.#host}\r\nContent-Type: application/json\r\n`
      + `Content-Length: ${length}\r\n${extra}\r\n${body}`;
  }

  #onNext = (status, headers, body) => {
    if (status !== 200) throw new Error(`Failed to get next invocation, status ${status}`);
    this.onInvocation(headers, body);
  };

  /** One that followed a refused response came too early; it is asked for again. */
  #onPipelinedNext = (status, headers, body) => {
    if (status === 200) this.onInvocation(headers, body);
    else this.askNext();
  };

  #send(text, ...answers) {
    const isReused = this.#socket !== null;
    if (!isReused) this.#connect();
    this.#resendable = isReused ? text : null;
    this.#awaited.push(...answers);
    this.#socket.ref();
    this.#socket.write(text);
  }

  #connect() {
    const buffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);
    const onread = { buffer, callback: (count) => this.#onData(buffer.subarray(0, count)) };
    const socket = this.#given(onread) ?? net.connect({ ...this.#address, onread }).setNoDelay(true);
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.#onClose(socket));
    this.#socket = socket;
    this.#forget();
  }

  /** The connection that the process started with, once. */
  #given(onread) {
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      return fd === undefined ? undefined : new net.Socket({ fd, readable: true, writable: true, onread });
    } catch {
      return undefined; // the function has closed it
    }
  }

  /** `data` lies in the read buffer, which the next read overwrites; what is kept of it is copied. */
  #onData(data) {
    this.#resendable = null;
    this.#size += data.length;
    if (this.#size < this.#needed) {
      this.#parts.push(Buffer.from(data));
      return true;
    }
    let rest = this.#parts.length === 0 ? data : Buffer.concat([...this.#parts, data]);
    this.#forget();
    while (rest.length > 0) {
      const answer = parseAnswer(rest);
      if (answer.body === undefined) {
        this.#parts = [Buffer.from(rest)];
        this.#size = rest.length;
        this.#needed = answer.needs;
        break;
      }
      rest = rest.subarray(answer.end);
      this.#deliver(answer);
    }
    return true;
  }

  #forget() {
    this.#parts = [];
    this.#size = this.#needed = 0;
  }

  #deliver({ status, headers, body }) {
    if (headers.connection?.toLowerCase() === 'close') this.#drop();
    const awaiter = this.#awaited.shift();
    if (this.#awaited.length === 0) this.#socket?.unref();
    awaiter(status, headers, body);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.end();
    if (this.#awaited[1] === this.#onPipelinedNext) { // a closing answer discards what follows it
      this.#awaited.pop();
      setImmediate(() => this.askNext());
    }
  }

  /**
   * Between requests a server may close the connection, and a handler that blocks the event loop hides that until
   * the next request is sent: it is sent once more. On a new connection the API is gone.
   */
  #onClose(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    const [first] = this.#awaited;
    if (first === undefined) return;
    if (this.#resendable !== null) {
      const text = this.#resendable;
      this.#send(text);
      return;
    }
    this.#awaited.length = 0;
    if (first.ifLost === undefined) this.onGone();
    else first(first.ifLost);
  }
}

/** The first answer in `data`; while it is not complete, the size which `data` needs at least. */
function parseAnswer(data) {
  const headEnd = data.indexOf('\r\n\r\n');
  if (headEnd < 0) return { needs: data.length + 1 };
  const lines = data.toString('utf8', 0, headEnd).split('\r\n');
  const headers = {};
  for (let i = 1; i < lines.length; i++) {
    const colon = lines[i].indexOf(':');
    headers[lines[i].slice(0, colon).toLowerCase()] = lines[i].slice(colon + 1).trim();
  }
  const isChunked = headers['transfer-encoding']?.toLowerCase() === 'chunked';
  const read = isChunked ? parseChunks(data, headEnd + 4) : parseSized(data, headEnd + 4, headers['content-length']);
  return { status: Number(lines[0].slice(9, 12)), headers, ...read };
}

function parseSized(data, start, length = 0) {
  const end = start + Number(length);
  return data.length < end ? { needs: end } : { body: data.toString('utf8', start, end), end };
}

function parseChunks(data, start) {
  const parts = [];
  for (let at = start; ;) {
    const lineEnd = data.indexOf('\r\n', at);
    if (lineEnd < 0) return { needs: data.length + 1 };
    const size = parseInt(data.toString('latin1', at, lineEnd), 16);
    const chunk = lineEnd + 2;
    if (size === 0) return parseTrailers(data, chunk, parts);
    at = chunk + size + 2;
    if (data.length < at) return { needs: at };
    parts.push(data.subarray(chunk, chunk + size));
  }
}

function parseTrailers(data, start, parts) {
  for (let at = start; ;) {
    const lineEnd = data.indexOf('\r\n', at);
    if (lineEnd < 0) return { needs: data.length + 1 };
    if (lineEnd === at) return { body: Buffer.concat(parts).toString('utf8'), end: at + 2 };
    at = lineEnd + 2;
  }
}

module.exports = { RuntimeApi, takeConnection };
