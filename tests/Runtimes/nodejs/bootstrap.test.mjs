import assert from 'node:assert/strict';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { environment, FakeApi, NODE, removeTaskRoots, start, taskRoot } from './fake-api.mjs';

const cleanups = [];
afterEach(() => {
  cleanups.splice(0).forEach((clean) => clean());
  removeTaskRoots();
});

async function run(files, handler, { env = {}, api: options, connected = false, ...how } = {}) {
  const api = await new FakeApi(options).listen();
  const root = taskRoot(files);
  const child = start(environment(api, root, handler, env), { ...how, connectedTo: connected ? api : undefined });
  cleanups.push(() => { child.kill('SIGKILL'); api.close(); });
  return { api, root, child };
}

const js = (code) => ({ 'index.js': code });
const STOCK = {};
const MODERN = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };

for (const [name, how] of [['fresh', {}], ['stocked', { stock: STOCK }]]) {
  test(`${name}: invocations, environment and context`, async () => {
    const { api, root, child } = await run(js(`exports.handler = async (event, context) => ({
      event, context, remaining: context.getRemainingTimeInMillis(), cwd: process.cwd(),
      keys: Object.keys(process.env).filter((k) => k.startsWith('LAMBENT')), trace: process.env._X_AMZN_TRACE_ID });`),
    'index.handler', how);
    const first = await api.invoke({ text: 'é\u2028' }, {
      'Lambda-Runtime-Trace-Id': 'Root=1', 'Lambda-Runtime-Aws-Tenant-Id': 't1',
      'Lambda-Runtime-Client-Context': '{"client":{"installation_id":"i"},"custom":{"k":"v"}}',
      'Lambda-Runtime-Cognito-Identity': '{"cognitoIdentityId":"c"}',
    });
    const result = JSON.parse(first.body);
    assert.deepEqual(result.event, { text: 'é\u2028' });
    assert.equal(result.cwd, root);
    assert.deepEqual(result.keys, []);
    assert.equal(result.trace, 'Root=1');
    assert.ok(result.remaining > 1000 && result.remaining <= 5000);
    assert.deepEqual(result.context, {
      callbackWaitsForEmptyEventLoop: true, functionVersion: '$LATEST', functionName: 'f', memoryLimitInMB: '128',
      logGroupName: '/aws/lambda/f', logStreamName: 'stream',
      clientContext: { client: { installation_id: 'i' }, custom: { k: 'v' } }, identity: { cognitoIdentityId: 'c' },
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
      awsRequestId: first.path.split('/')[4], tenantId: 't1',
    });
    const second = JSON.parse((await api.invoke({ n: 2 })).body);
    assert.equal(second.trace, undefined);
    assert.equal(api.connections, 1);
    assert.equal(await child.said(), '');
  });
}

test('a stocked process that is not needed exits with 0', async () => {
  const child = start(undefined, { stock: STOCK });
  assert.equal(await child.exit, 0);
  assert.equal(child.output, '');
});

test('a changed NODE_OPTIONS starts anew; source maps alone do not', async () => {
  const code = 'exports.handler = async () => [process.pid, process.allowedNodeEnvironmentFlags.size > 0, '
    + 'new Error().stack.split("\\n").length, process.env.NODE_OPTIONS, process.env.LAMBENT_SPECIALISE_FD ?? null]';
  const anew = await run(js(code), 'index.handler', { stock: STOCK, env: { NODE_OPTIONS: '--stack-trace-limit=1' } });
  const [pid, , lines, options, fd] = JSON.parse((await anew.api.invoke({})).body);
  assert.deepEqual([lines, options, fd], [2, '--stack-trace-limit=1', null]);
  if (process.execve === undefined && NODE === process.execPath) assert.notEqual(pid, anew.child.pid);
  anew.child.kill('SIGTERM');
  assert.equal(await anew.child.exit, 'SIGTERM');

  const same = await run(js(code), 'index.handler', { stock: STOCK, env: { NODE_OPTIONS: '--enable-source-maps' } });
  assert.equal(JSON.parse((await same.api.invoke({})).body)[0], same.child.pid);
});

test('a changed NODE_PATH and TZ work without starting anew', async () => {
  const layer = taskRoot({ 'dep/index.js': 'module.exports = 7' });
  const { api, child } = await run(
    js('exports.handler = async () => [require("dep"), new Date(0).getHours(), process.pid]'), 'index.handler',
    { stock: { TZ: ':UTC', NODE_PATH: '/nowhere' }, env: { NODE_PATH: layer, TZ: 'Asia/Tokyo' } },
  );
  assert.deepEqual(JSON.parse((await api.invoke({})).body), [7, 9, child.pid]);
});

for (const [name, how] of [['fresh', {}], ['stocked', { stock: STOCK }]]) {
  test(`${name}: AWS_LAMBDA_EXEC_WRAPPER gets the command line`, async () => {
    const wrapper = taskRoot({ wrap: '#!/bin/sh\nexport WRAPPED="$#"\nexec "$@"\n' });
    const { api } = await run(js('exports.handler = async () => [process.env.WRAPPED, process.env.LAMBENT_EXEC_WRAPPED ?? null]'),
      'index.handler', { ...how, env: { AWS_LAMBDA_EXEC_WRAPPER: path.join(wrapper, 'wrap') } });
    assert.deepEqual(JSON.parse((await api.invoke({})).body), ['2', null]);
  });
}

test('a missing wrapper exits with 127', async () => {
  const { child } = await run(js(''), 'index.handler', { env: { AWS_LAMBDA_EXEC_WRAPPER: '/nowhere/w' } });
  assert.equal(await child.exit, 127);
  assert.equal(child.output, '/nowhere/w: does not exist\n');
});

const shapes = {
  'cjs in a folder, nested name': [{ 'src/app.cjs': 'exports.a = { b: async () => 1 }' }, 'src/app.a.b', '1'],
  'esm with top-level await': [{ 'index.mjs': 'const v = await Promise.resolve(2); export const handler = async () => v' }, 'index.handler', '2'],
  'package.json type module': [{ 'package.json': '{"type":"module"}', 'index.js': 'export const handler = async () => import.meta.url.length > 0' }, 'index.handler', 'true'],
  'module named bootstrap': [{ 'bootstrap.js': 'exports.handler = async () => "mine"' }, 'bootstrap.handler', '"mine"'],
  'callback': [js('exports.handler = (e, c, cb) => cb(null, "cb")'), 'index.handler', '"cb"'],
  'callback waits for the event loop': [js('let n = 0; exports.handler = (e, c, cb) => { setTimeout(() => { n = 5 }, 50); cb(null, { toJSON: () => n }) }'), 'index.handler', '5'],
  'callback that does not wait': [js('let n = 0; exports.handler = (e, c, cb) => { c.callbackWaitsForEmptyEventLoop = false; setTimeout(() => { n = 5 }, 50); cb(null, { toJSON: () => n }) }'), 'index.handler', '0'],
  'context.succeed': [js('exports.handler = (e, c) => c.succeed("s")'), 'index.handler', '"s"'],
  'a sync return is ignored, as on AWS': [js('exports.handler = () => "x"'), 'index.handler', 'null'],
  'no result': [js('exports.handler = async () => {}'), 'index.handler', 'null'],
};
for (const [name, [files, handler, expected]] of Object.entries(shapes)) {
  test(`handler: ${name}`, async () => {
    const { api } = await run(files, handler);
    assert.equal((await api.invoke({})).body, expected);
    assert.equal((await api.invoke({})).body, expected);
  });
}

test('nodejs24.x: a sync return is the result', async () => {
  const { api } = await run(js('exports.handler = () => "x"'), 'index.handler', { env: MODERN });
  assert.equal((await api.invoke({})).body, '"x"');
});

const initErrors = {
  'missing module': [{}, 'index.handler', {}, 'Runtime.ImportModuleError', /^Error: Cannot find module 'index'\nRequire stack:\n- \/var\/runtime\/index\.mjs$/],
  'missing dependency': [js('require("nothing")'), 'index.handler', {}, 'Runtime.ImportModuleError', /Cannot find module 'nothing'\nRequire stack:\n- .*index\.js\n- \/var\/runtime\/index\.mjs$/],
  'missing export': [js(''), 'index.handler', {}, 'Runtime.HandlerNotFound', /^index\.handler is undefined or not exported$/],
  'not a function': [js('exports.handler = 1'), 'index.handler', {}, 'Runtime.HandlerNotFound', /^index\.handler is not a function$/],
  'no dot': [js(''), 'index', {}, 'Runtime.MalformedHandlerName', /^Bad handler$/],
  'parent folder': [js(''), '../index.handler', {}, 'Runtime.MalformedHandlerName', /is not a valid handler name/],
  'syntax': [js('exports.handler = ('), 'index.handler', {}, 'Runtime.UserCodeSyntaxError', /^SyntaxError: /],
  'throws': [js('throw new TypeError("boom")'), 'index.handler', {}, 'TypeError', /^boom$/],
  'callbacks on 24': [js('exports.handler = (e, c, cb) => cb()'), 'index.handler', MODERN, 'Runtime.CallbackHandlerDeprecated', /removed support for callback-based/],
};
for (const [name, [files, handler, env, type, message]] of Object.entries(initErrors)) {
  test(`init error: ${name}`, async () => {
    const { api, child } = await run(files, handler, { env });
    const post = await api.nextPost((request) => request.path === '/2018-06-01/runtime/init/error');
    const body = JSON.parse(post.body);
    assert.deepEqual(Object.keys(body), ['errorType', 'errorMessage', 'trace']);
    assert.equal(body.errorType, type);
    assert.match(body.errorMessage, message);
    assert.equal(post.headers['lambda-runtime-function-error-type'], type);
    assert.equal(await child.exit, 129);
    assert.match(child.output, /^\S+Z\tundefined\tERROR\tUncaught Exception \t\{"errorType":/);
  });
}

const invokeErrors = {
  'async throw': ['async () => { throw new RangeError("bad") }', {}, 'RangeError', 'bad'],
  'sync throw': ['() => { throw new RangeError("bad") }', {}, 'RangeError', 'bad'],
  'callback error': ['(e, c, cb) => cb(new Error("e"))', {}, 'Error', 'e'],
  'callback string': ['(e, c, cb) => cb("text")', {}, 'string', 'text'],
  'context.fail': ['(e, c) => c.fail("f")', {}, 'string', 'f'],
  'unserialisable': ['async () => 1n', {}, 'Error', 'Unable to stringify response body'],
  'unserialisable on 24': ['async () => 1n', MODERN, 'Runtime.JSONStringifyError', 'Unable to stringify response body'],
  'never settles': ['async () => new Promise(() => {})', {}, 'Runtime.NodeJsExit', /never settled/],
  'never settles on 24': ['async () => new Promise(() => {})', MODERN, 'Runtime.NodeJsExit', /never settled/],
};
for (const [name, [handler, env, type, message]] of Object.entries(invokeErrors)) {
  test(`invoke error: ${name}`, async () => {
    const { api, child } = await run(js(`exports.handler = ${handler}`), 'index.handler', { env });
    for (const _ of [1, 2]) {
      const post = await api.invoke({});
      assert.match(post.path, /\/error$/);
      const body = JSON.parse(post.body);
      assert.equal(body.errorType, type);
      assert.match(body.errorMessage, message instanceof RegExp ? message : new RegExp(`^${message}$`));
      assert.ok(Array.isArray(body.trace));
    }
    assert.match(await child.said(), /^\S+Z\treq-\S+\tERROR\tInvoke Error \t\{.*\}\n/);
  });
}

test('an event that is not JSON is the handler\'s SyntaxError', async () => {
  const { api } = await run(js('exports.handler = async () => 1'), 'index.handler');
  assert.equal(JSON.parse((await api.invoke('{bad')).body).errorType, 'SyntaxError');
});

test('an uncaught exception is reported, then exit 129', async () => {
  const { api, child } = await run(js('exports.handler = () => { setTimeout(() => { throw new Error("late") }, 10); return new Promise(() => {}) }'), 'index.handler');
  const body = JSON.parse((await api.invoke({})).body);
  assert.deepEqual([body.errorType, body.errorMessage], ['Error', 'late']);
  assert.equal(await child.exit, 129);
});

test('an unhandled rejection is reported, then exit 128', async () => {
  const { api, child } = await run(js('exports.handler = () => { Promise.reject(new Error("r")); return new Promise(() => {}) }'), 'index.handler');
  const body = JSON.parse((await api.invoke({})).body);
  assert.deepEqual([body.errorType, body.errorMessage], ['Runtime.UnhandledPromiseRejection', 'Error: r']);
  assert.equal(await child.exit, 128);
});

test('console lines in text', async () => {
  const { api, child } = await run(js('exports.handler = async () => { for (const m of ["trace", "debug", "info", "log", "warn", "error"]) console[m]("a\\nb %d", 1) }'), 'index.handler');
  const id = (await api.invoke({})).path.split('/')[4];
  const lines = (await child.said()).trimEnd().split('\n').map((line) => line.split('\t'));
  assert.deepEqual(lines.map((line) => line[2]), ['TRACE', 'DEBUG', 'INFO', 'INFO', 'WARN', 'ERROR']);
  for (const [time, requestId, , text] of lines) {
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual([requestId, text], [id, 'a\rb 1']);
  }
});

test('console lines in JSON, from a level on', async () => {
  const { api, child } = await run(js('exports.handler = async () => { console.info("no"); console.warn({ a: 1 }); console.error("x", new TypeError("t")) }'),
    'index.handler', { env: { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' } });
  await api.invoke({});
  const [warn, error, ...rest] = (await child.said()).trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(rest, []);
  assert.deepEqual([warn.level, warn.message], ['WARN', { a: 1 }]);
  assert.deepEqual([error.level, error.errorType, error.errorMessage], ['ERROR', 'TypeError', 't']);
});

test('console records in frames of the descriptor of stdout keep their place, their level and their lines', async () => {
  const code = 'exports.handler = async () => { process.stdout.write("raw\\n"); console.warn("a\\nb"); console.debug("no"); console.error(new TypeError("t")) }';
  for (const [format, kinds] of [['Text', ['a55a0013', 'a55a0017']], ['JSON', ['a55a0012', 'a55a0016']]]) {
    const { api, child } = await run(js(code), 'index.handler',
      { env: { _LAMBDA_TELEMETRY_LOG_FD: '1', AWS_LAMBDA_LOG_FORMAT: format, AWS_LAMBDA_LOG_LEVEL: 'INFO' }, encoding: 'latin1' });
    await api.invoke({});
    let output = Buffer.from(await child.said(), 'latin1');
    assert.equal(output.toString('latin1', 0, 4), 'raw\n');
    output = output.subarray(4);
    const messages = kinds.map((kind) => {
      assert.equal(output.toString('hex', 0, 4), kind);
      const end = 16 + output.readUInt32BE(4);
      const message = output.toString('utf8', 16, end);
      assert.ok(Math.abs(Date.now() - Number(output.readBigUInt64BE(8)) / 1000) < 60_000);
      output = output.subarray(end);
      return message;
    });
    assert.equal(output.length, 0);
    if (format === 'Text') assert.match(messages[0], /\tWARN\ta\nb\n$/);
    else assert.deepEqual(messages.map((m) => JSON.parse(m)).map((m) => [m.level, m.errorType ?? m.message.errorType ?? m.message]), [['WARN', 'a\nb'], ['ERROR', 'TypeError']]);
  }
});

test('a response that is too large becomes an error, small and large', async () => {
  const statusOf = (target, { body }) => (target.endsWith('/response') && body.length > 100 ? 413 : 202);
  const { api } = await run(js('exports.handler = async (n) => "x".repeat(n)'), 'index.handler', { api: { statusOf } });
  for (const size of [200, 3_000_000]) {
    const post = await api.invoke(size);
    const error = await api.nextPost((request) => request.path === post.path.replace('/response', '/error'));
    assert.equal(JSON.parse(error.body).errorType, 'Function.ResponseSizeTooLarge');
    assert.equal((await api.invoke(1)).body, '"x"');
  }
});

test('chunked events, large events and responses, and answers that close', async () => {
  const { api } = await run(js('exports.handler = async (e) => e'), 'index.handler', { api: { chunked: true, closeAfterPost: true } });
  for (const size of [10, 300_000, 3_000_000]) {
    const text = 'é'.repeat(size);
    assert.equal((await api.invoke({ text })).body, JSON.stringify({ text }));
  }
  assert.ok(api.connections > 2);
});

test('a connection that the server closed during a handler, seen or not yet seen', async () => {
  const code = `exports.handler = async (ms) => {
    for (const end = Date.now() + ms; Date.now() < end;);
    if (ms === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    return ms;
  }`;
  const { api } = await run(js(code), 'index.handler', { api: { closeIdle: true } });
  for (const ms of [0, 50, 0]) assert.equal((await api.invoke(ms)).body, String(ms));
  assert.ok(api.connections >= 4);
});

test('the end of the Runtime API ends the process quietly', async () => {
  const { api, child } = await run(js('exports.handler = async () => 1'), 'index.handler');
  await api.invoke({});
  api.close();
  assert.equal(await child.exit, 1);
  assert.equal(child.output, '');
});

for (const [name, how] of [['fresh', {}], ['stocked', { stock: STOCK }]]) {
  test(`${name}, with a connection to the Runtime API: no other`, async () => {
    const code = 'exports.handler = async (e) => [e, Object.keys(process.env).filter((k) => k.startsWith("LAMBENT"))]';
    const { api, child } = await run(js(code), 'index.handler', { ...how, connected: true });
    for (const n of [1, 2, 3]) assert.equal((await api.invoke(n)).body, `[${n},[]]`);
    assert.equal(api.connections, 0);
    assert.equal(await child.said(), '');
  });
}

test('connected: large events and responses', async () => {
  const { api } = await run(js('exports.handler = async (e) => e'), 'index.handler', { connected: true, api: { chunked: true } });
  for (const size of [10, 300_000, 3_000_000]) {
    const text = 'é'.repeat(size);
    assert.equal((await api.invoke({ text })).body, JSON.stringify({ text }));
  }
  assert.equal(api.connections, 0);
});

test('connected: an idle event loop is seen as such', async () => {
  const { api } = await run(js('exports.handler = () => new Promise(() => {})'), 'index.handler', { connected: true, env: MODERN });
  assert.equal(JSON.parse((await api.invoke({})).body).errorType, 'Runtime.NodeJsExit');
});

test('connected: no child has it', async () => {
  const code = 'exports.handler = async () => require("child_process").execFileSync("ls", ["/proc/self/fd"]).toString().split("\\n")';
  const { api } = await run(js(code), 'index.handler', { connected: true });
  const open = JSON.parse((await api.invoke({})).body);
  assert.ok(!open.includes('4'), open);
});

for (const options of [{ closeAfterPost: true }, { closeIdle: true }]) {
  test(`connected: once closed (${Object.keys(options)}) the next connection is made over TCP`, async () => {
    const code = 'exports.handler = async () => new Promise((resolve) => setTimeout(resolve, 50))';
    const { api } = await run(js(code), 'index.handler', { connected: true, api: options });
    for (let i = 0; i < 3; i++) assert.equal((await api.invoke({})).body, 'null');
    assert.ok(api.connections > 1);
  });
}

test('connected: the end of the Runtime API ends the process quietly', async () => {
  const { api, child } = await run(js('exports.handler = async () => 1'), 'index.handler', { connected: true });
  await api.invoke({});
  api.close();
  assert.equal(await child.exit, 1);
  assert.equal(child.output, '');
});

test('connected: who starts anew connects over TCP', async () => {
  const { api } = await run(js('exports.handler = async () => 1'), 'index.handler',
    { connected: true, stock: STOCK, env: { NODE_OPTIONS: '--max-http-header-size=20000' } });
  assert.equal((await api.invoke({})).body, '1');
  assert.equal(api.connections, 1);
});

test('connected: a function that closes it connects over TCP', async () => {
  const { api } = await run(js('require("fs").closeSync(4); exports.handler = async () => 1'), 'index.handler', { connected: true });
  assert.equal((await api.invoke({})).body, '1');
  assert.equal(api.connections, 1);
});
