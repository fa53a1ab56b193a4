import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { environment, FakeApi, removeTaskRoots, start, taskRoot } from './fake-api.mjs';

const cleanups = [];
afterEach(() => {
  cleanups.splice(0).forEach((clean) => clean());
  removeTaskRoots();
});

/** A function of one streaming handler, `async (event, stream, context) => …`. */
async function run(handler, env = {}) {
  const api = await new FakeApi().listen();
  const root = taskRoot({ 'index.js': `exports.handler = awslambda.streamifyResponse(${handler})` });
  const child = start(environment(api, root, 'index.handler', env));
  cleanups.push(() => { child.kill('SIGKILL'); api.close(); });
  return { api, child };
}

const MODERN = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };
const errorOf = (post) => JSON.parse(Buffer.from(post.trailers['Lambda-Runtime-Function-Error-Body'], 'base64').toString());

for (const [name, env] of [['nodejs22.x', {}], ['nodejs24.x', MODERN]]) {
  test(`${name}: bytes leave as they are written, event after event`, async () => {
    const { api, child } = await run(`async (event, stream, context) => {
      stream.setContentType("text/x");
      for (const part of ["a", Buffer.from("b"), new Uint8Array([99]), { d: event.n }]) {
        stream.write(part);
        await new Promise(setImmediate);
      }
      stream.end(context.awsRequestId.slice(0, 3));
    }`, env);
    for (const n of [1, 2]) {
      const post = await api.invoke({ n });
      assert.equal(post.headers['lambda-runtime-function-response-mode'], 'streaming');
      assert.equal(post.headers['content-type'], 'text/x');
      assert.match(post.headers.trailer, /^Lambda-Runtime-Function-Error-(Type|Body)$/);
      assert.equal(post.body, `abc{"d":${n}}req`);
      assert.deepEqual(post.trailers, {});
      assert.ok(post.chunks.length > 1);
    }
    assert.equal(await child.said(), '');
  });

  test(`${name}: an error is told in trailers, before and after the first byte`, async () => {
    const { api, child } = await run('async (event, stream) => { if (event) stream.write("half"); throw new RangeError("no") }', env);
    for (const event of [0, 1, 0]) {
      const post = await api.invoke(event);
      assert.match(post.path, /\/response$/);
      assert.equal(post.body, event ? 'half' : '');
      assert.equal(post.trailers['Lambda-Runtime-Function-Error-Type'], 'RangeError');
      const { errorType, errorMessage, trace } = errorOf(post);
      assert.deepEqual([errorType, errorMessage, trace[0]], ['RangeError', 'no', 'RangeError: no']);
    }
    assert.match(await child.said(), /^\S+Z\treq-\S+\tERROR\tInvoke Error \t\{"errorType":"RangeError"/);
  });

  test(`${name}: only an async handler can stream`, async () => {
    const { api } = await run('(event, stream) => { stream.write("x"); }', env);
    const post = await api.invoke({});
    assert.equal(errorOf(post).errorMessage, 'Streaming does not support non-async handlers.');
    assert.equal(errorOf(post).errorType, name === 'nodejs22.x' ? 'string' : 'Error');
  });
}

test('HttpResponseStream puts the prelude and eight zeros before the first write', async () => {
  const { api } = await run(`async (event, stream) => {
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ["a=b"] });
    stream.write("body");
    stream.end();
  }`);
  const post = await api.invoke({});
  assert.equal(post.headers['content-type'], 'application/vnd.awslambda.http-integration-response');
  assert.equal(post.body, `{"statusCode":201,"cookies":["a=b"]}${'\0'.repeat(8)}body`);
});

test('a pipeline with back pressure, and a high water mark', async () => {
  const { api, child } = await run(`async (event, stream) => {
    const { pipeline } = require("stream/promises");
    console.log(stream.writableHighWaterMark, typeof stream.socket, stream.writableEnded);
    await pipeline(require("stream").Readable.from((function* () { for (let i = 0; i < 40; i++) yield Buffer.alloc(100000, 97); })()), stream);
  }, { highWaterMark: 1234.5 }`);
  assert.equal((await api.invoke({})).body.length, 4_000_000);
  assert.match(await child.said(), /\tINFO\t\d+ undefined false\n/);
});

test('the content type is fixed with the first byte', async () => {
  const { api } = await run('async (event, stream) => { stream.write("x"); stream.setContentType("late"); }');
  const post = await api.invoke({});
  assert.equal(post.headers['content-type'], 'application/octet-stream');
  assert.equal(errorOf(post).errorType, 'Runtime.InvalidStreamingOperation');
});

test('a stream that is destroyed before its first byte is an error, and the next event comes', async () => {
  const { api } = await run('async (event, stream) => { if (event) stream.end("fine"); else stream.destroy(); }');
  const post = await api.invoke(0);
  assert.match(post.path, /\/error$/);
  assert.equal(JSON.parse(post.body).errorMessage, 'socket hang up');
  assert.equal((await api.invoke(1)).body, 'fine');
});

test('what a handler returns is ignored with a warning; the event loop is waited for', async () => {
  const { api, child } = await run(`async (event, stream, context) => {
    context.callbackWaitsForEmptyEventLoop = event === 0;
    stream.end(String(globalThis.timers ?? 0));
    setTimeout(() => { globalThis.timers = (globalThis.timers ?? 0) + 1; }, 50);
    return 1;
  }`);
  assert.equal((await api.invoke(0)).body, '0');
  assert.equal((await api.invoke(1)).body, '1');
  assert.equal((await api.invoke(1)).body, '1');
  assert.match(await child.said(), /\tWARN\tStreaming handlers ignore return values\.\n/);
});

test('the global can be switched off', async () => {
  const { api } = await run('async () => {}', { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' });
  const post = await api.nextPost((request) => request.path.endsWith('/init/error'));
  assert.match(JSON.parse(post.body).errorMessage, /awslambda is not defined/);
});
