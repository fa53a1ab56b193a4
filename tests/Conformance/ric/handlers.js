// The handlers that aws-lambda-ric runs in the conformance test.
"use strict";

let count = 0;

exports.echo = async (event, context) => ({
  event,
  count: ++count,
  pid: process.pid,
  requestId: context.awsRequestId,
  arn: context.invokedFunctionArn,
  remaining: context.getRemainingTimeInMillis(),
  clientContext: context.clientContext,
  trace: process.env._X_AMZN_TRACE_ID,
});

exports.fails = async (event) => {
  if (event === "exit") process.exit(5);
  if (event === "text") throw "only text";
  if (event === "unhandled") {
    Promise.reject(new Error("nobody waits"));
    return new Promise((resolve) => setTimeout(resolve, 2000));
  }
  if (event === "fine") return { count: ++count, pid: process.pid };
  throw new RangeError(`cannot ${event}`);
};

exports.large = async (event) => ({ length: event.text?.length, text: "y".repeat(event.answer ?? 0) });

exports.logs = async () => console.log("written by the client's console");
