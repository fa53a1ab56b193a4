// Every way to write a Node.js handler, one export each. Deployed by the conformance tests.
"use strict";
const { randomUUID } = require("node:crypto");

const sandbox = randomUUID();
let count = 0;

exports.handler = async (event) => ({ version: 1, greeting: process.env.GREETING ?? "", event });
exports.count = async () => ({ sandbox, count: ++count });
exports.environment = async () => ({ ...process.env });
exports.context = async (event, context) => ({
  context,
  methods: ["getRemainingTimeInMillis", "done", "succeed", "fail"].filter((name) => typeof context[name] === "function"),
  remaining: context.getRemainingTimeInMillis(),
});

exports.callback = (event, context, callback) => setTimeout(() => callback(null, { called: event }), 10);
exports.callbackError = (event, context, callback) => callback(new RangeError("out of range"));
exports.waits = (event, context, callback) => {
  const began = Date.now();
  setTimeout(() => console.log(`timer fired after ${Date.now() - began} ms`), 300);
  callback(null, "answered");
};
exports.doesNotWait = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => {}, 5000);
  callback(null, "answered");
};
exports.succeed = (event, context) => context.succeed({ through: "succeed" });
exports.fail = (event, context) => context.fail(new Error("through fail"));
exports.promise = () => new Promise((resolve) => setImmediate(resolve, "promised"));
exports.nothing = async () => {};
exports.neverCallsBack = () => {};
exports.syncValueIsIgnored = () => "not an answer";

exports.throws = () => { throw new TypeError("thrown at once"); };
exports.rejects = async () => { throw new Error("rejected"); };
exports.rejectsText = async () => { throw "only text"; };
const later = () => new Promise((resolve) => setTimeout(resolve, 2000));
exports.unhandled = async () => {
  Promise.reject(new Error("nobody waits"));
  return later();
};
exports.uncaught = async () => {
  setTimeout(() => { throw new Error("thrown later"); }, 10);
  return later();
};
exports.exits = async () => process.exit(3);
exports.circular = async () => { const ring = {}; ring.ring = ring; return ring; };
exports.bigint = async () => ({ big: 1n });
exports.logs = async () => {
  console.log("one %s", "plain");
  console.error("two");
  console.info({ three: 3 });
  process.stdout.write("four raw\n");
};
exports.notAFunction = 42;
