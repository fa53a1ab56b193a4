// Response streaming with the AWS SDK for JavaScript v3, unmodified.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createServer } from "node:net";
import { InvokeWithResponseStreamCommand, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { createFunction, invoke, lambda, uniqueName } from "./support.mjs";

const FUNCTION = `
const { pipeline } = require("node:stream/promises");
const { Readable } = require("node:stream");
const fs = require("node:fs");
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const handlers = {
  async gate({ file }, stream) {
    stream.setContentType("text/plain");
    stream.write("first");
    while (!fs.existsSync("/tmp/" + file) && (globalThis.seen ??= 0) < 400) { globalThis.seen++; await wait(10); }
    stream.write("second");
    stream.end();
  },
  async many({ bytes }, stream) { await pipeline(Readable.from((function* () {
    for (let left = bytes; left > 0; left -= 65536) yield Buffer.alloc(Math.min(left, 65536), 97);
  })()), stream); },
  async print(_, stream) { console.log("seen in the log"); stream.end("x"); },
  async before() { throw new TypeError("before"); },
  async middle(_, stream) { stream.write("half"); await wait(20); throw new RangeError("middle"); },
  async exit(_, stream) { stream.write("half"); await wait(50); process.exit(3); },
  async slow(_, stream) { stream.write("half"); await wait(60000); },
  async prelude(_, stream) {
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "b" } });
    stream.write("body");
    stream.end();
  },
};
exports.handler = awslambda.streamifyResponse((event, stream, context) => handlers[event.do](event, stream, context));
exports.plain = async (event) => { if (event.fail) throw new Error("plain"); return { plain: event }; };
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
      assert.partialDeepStrictEqual?.(JSON.parse(complete.ErrorDetails), details);
      assert.equal(JSON.parse(complete.ErrorDetails).errorType, details.errorType);
    });
  }
});
