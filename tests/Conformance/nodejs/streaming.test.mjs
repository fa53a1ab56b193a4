// Response streaming with the AWS SDK for JavaScript v3, unmodified.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvokeCommand, InvokeWithResponseStreamCommand, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { createFunction, invoke, lambda, uniqueName } from "./support.mjs";

const FUNCTION = `
const { pipeline } = require("node:stream/promises");
const { Readable } = require("node:stream");
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const handlers = {
  async many({ bytes }, stream) { await pipeline(Readable.from((function* () {
    for (let left = bytes; left > 0; left -= 65536) yield Buffer.alloc(Math.min(left, 65536), 97);
  })()), stream); },
  async print(_, stream) { console.log("seen in the log"); stream.end("x"); },
  async count(_, stream) { stream.write("x"); await wait(300); stream.end("y"); globalThis.counted = 1; },
  async counted(_, stream) { await wait(100); stream.end(String(globalThis.counted)); },
  async before() { throw new TypeError("before"); },
  async middle(_, stream) { stream.write("half"); await wait(20); throw new RangeError("middle"); },
  async exit(_, stream) { stream.write("half"); await wait(1000); process.exit(3); },
  async slow(_, stream) { stream.write("half"); await wait(60000); },
  async prelude(_, stream) {
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "b" } });
    stream.write("body");
    stream.end();
  },
};
exports.handler = awslambda.streamifyResponse((event, stream, context) => handlers[event.do](event, stream, context));
exports.buffered = async (event) => { if (event.fail) throw new Error("plain"); return { event }; };
`;

/** Sends the command and reads the stream to its end. */
async function stream(FunctionName, event, settings = {}) {
  const answer = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event), ...settings }));
  const chunks = [];
  let complete;
  for await (const part of answer.EventStream ?? []) {
    if (part.PayloadChunk) chunks.push(Buffer.from(part.PayloadChunk.Payload));
    if (part.InvokeComplete) complete = part.InvokeComplete;
  }
  return { answer, bytes: Buffer.concat(chunks), text: Buffer.concat(chunks).toString(), chunks, complete };
}

test("response streaming", async (t) => {
  const { FunctionName } = await createFunction(t, "jsstream", FUNCTION, { Timeout: 4, MemorySize: 256 });

  await t.test("an answer comes as chunks, then InvokeComplete", async () => {
    const { answer, text, complete } = await stream(FunctionName, { do: "print" }, { LogType: "Tail" });
    assert.equal(answer.StatusCode, 200);
    assert.equal(answer.ExecutedVersion, "$LATEST");
    assert.equal(answer.ResponseStreamContentType, "application/vnd.amazon.eventstream");
    assert.equal(text, "x");
    assert.equal(complete.ErrorCode, undefined);
    assert.match(Buffer.from(complete.LogResult, "base64").toString(), /^START RequestId: [^]*seen in the log\n[^]*REPORT RequestId: /);
  });

  await t.test("after 6 MiB they come at 2 MiB in a second, and the first long before the last", async () => {
    const began = performance.now();
    const answer = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify({ do: "many", bytes: 8 * 2 ** 20 }) }));
    let first;
    let length = 0;
    for await (const part of answer.EventStream) {
      first ??= performance.now();
      length += part.PayloadChunk?.Payload.length ?? 0;
    }
    assert.equal(length, 8 * 2 ** 20);
    assert.ok(performance.now() - began > 900, "6 MiB at once, 2 MiB in a second");
    assert.ok(performance.now() - first > 500, "the first byte did not wait for the last");
  });

  await t.test("the prelude of an HTTP answer is part of the stream, and of Invoke's payload", async () => {
    const expected = `{"statusCode":201,"headers":{"a":"b"}}${"\0".repeat(8)}body`;
    assert.equal((await stream(FunctionName, { do: "prelude" })).text, expected);
    const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{"do":"prelude"}' }));
    assert.equal(Payload.transformToString(), expected);
    assert.equal(FunctionError, undefined);
  });

  await t.test("Invoke has the error of a stream as that of a function", async () => {
    const { payload, FunctionError } = await invoke(FunctionName, { do: "middle" });
    assert.equal(FunctionError, "Unhandled");
    assert.equal(payload.errorType, "RangeError");
  });

  await t.test("for a client that goes away the function runs to its end", async () => {
    const gone = new AbortController();
    const answer = await lambda.send(
      new InvokeWithResponseStreamCommand({ FunctionName, Payload: '{"do":"count"}' }), { abortSignal: gone.signal });
    for await (const part of answer.EventStream) {
      if (part.PayloadChunk) break;
    }
    gone.abort();
    const deadline = performance.now() + 30_000;
    for (;;) { // more at once than there are sandboxes: one of them gets the one that it ran in
      await new Promise((later) => setTimeout(later, 500));
      const answers = await Promise.all(Array.from({ length: 12 }, () => stream(FunctionName, { do: "counted" })));
      if (answers.some(({ text }) => text === "1")) break;
      assert.ok(performance.now() < deadline, "it has not ended");
    }
  });

  for (const [what, code, details] of [
    ["before", "", { errorType: "TypeError", errorMessage: "before" }],
    ["middle", "half", { errorType: "RangeError", errorMessage: "middle" }],
    ["exit", "half", { errorType: "Runtime.ExitError" }],
    ["slow", "half", { errorType: "Sandbox.Timedout" }],
  ]) {
    await t.test(`an error: ${what}`, async () => {
      const { text, complete } = await stream(FunctionName, { do: what });
      assert.equal(text, code);
      assert.equal(complete.ErrorCode, "Unhandled");
      assert.equal(JSON.parse(complete.ErrorDetails).errorType, details.errorType);
      if (details.errorMessage) assert.equal(JSON.parse(complete.ErrorDetails).errorMessage, details.errorMessage);
    });
  }
});

test("a handler that does not stream is one stream all the same", async (t) => {
  const { FunctionName } = await createFunction(t, "jsbuffered", FUNCTION, { Handler: "index.buffered" });
  assert.equal((await stream(FunctionName, { a: 1 })).text, '{"event":{"a":1}}');
  const { chunks, complete } = await stream(FunctionName, { fail: true });
  assert.deepEqual(chunks, []);
  assert.equal(JSON.parse(complete.ErrorDetails).errorMessage, "plain");
});

test("what is wrong before the stream is an error as of Invoke", async (t) => {
  const { FunctionName } = await createFunction(t, "jsrefused", FUNCTION);
  const dry = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, InvocationType: "DryRun" }));
  assert.equal(dry.StatusCode, 204);
  await assert.rejects(stream(uniqueName("none"), {}), ResourceNotFoundException);
  await assert.rejects(stream(FunctionName, {}, { InvocationType: "Event" }), (error) => {
    assert.equal(error.name, "ValidationException");
    assert.match(error.message, /enum value set: \[RequestResponse, DryRun\]$/);
    return true;
  });
  await assert.rejects(stream(FunctionName, {}, { Payload: "no json" }), { name: "InvalidRequestContentException" });
});
