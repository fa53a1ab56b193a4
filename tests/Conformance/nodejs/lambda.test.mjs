// The AWS SDK for JavaScript v3, unmodified: the calls of a program, with the SDK's own waiters, paginators and errors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  DeleteFunctionCommand, GetAccountSettingsCommand, GetFunctionCommand, GetFunctionConfigurationCommand, InvokeCommand,
  LambdaClient, InvalidParameterValueException, InvalidRequestContentException, ListFunctionsCommand,
  PreconditionFailedException, ResourceConflictException, ResourceNotFoundException, UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand, paginateListFunctions, waitUntilFunctionExists, waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { account, createFunction, invoke, lambda, sts, uniqueName, zip } from "./support.mjs";

const ECHO = `
exports.handler = async (event, context) => ({ event, stage: process.env.STAGE, id: context.awsRequestId });
`;
const quick = { client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };

test("a function lives from create to not found", async (t) => {
  const { FunctionName, created } = await createFunction(t, "jslife", ECHO);
  assert.equal(created.$metadata.httpStatusCode, 201);
  assert.equal(created.State, "Pending");
  assert.equal(created.RuntimeVersionConfig.RuntimeVersionArn.split(":")[5], "runtime");
  assert.deepEqual(created.LoggingConfig, { LogFormat: "Text", LogGroup: `/aws/lambda/${FunctionName}` });
  await waitUntilFunctionExists(quick, { FunctionName });
  assert.deepEqual((await invoke(FunctionName, { n: 1 })).payload.event, { n: 1 });

  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip({ "index.js": `/* two */ ${ECHO}` }) }));
  await waitUntilFunctionUpdatedV2(quick, { FunctionName });
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { STAGE: "two" } } }));
  await waitUntilFunctionUpdatedV2(quick, { FunctionName });
  assert.equal((await invoke(FunctionName, {})).payload.stage, "two");

  await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  await assert.rejects(lambda.send(new GetFunctionCommand({ FunctionName })), (error) => {
    assert.ok(error instanceof ResourceNotFoundException);
    assert.equal(error.$metadata.httpStatusCode, 404);
    assert.equal(error.$fault, "client");
    assert.equal(error.Type, "User");
    assert.match(error.message, new RegExp(`^Function not found: arn:aws:lambda:.*:function:${FunctionName}$`));
    return true;
  });
});

test("the code location downloads the very bytes", async (t) => {
  const { FunctionName } = await createFunction(t, "jsloc", ECHO);
  const { Code, Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  const bytes = Buffer.from(await (await fetch(Code.Location)).arrayBuffer());
  assert.deepEqual(bytes, zip({ "index.js": ECHO }));
  assert.equal(createHash("sha256").update(bytes).digest("base64"), Configuration.CodeSha256);
});

test("invokes", async (t) => {
  const { FunctionName } = await createFunction(t, "jsinvoke", ECHO);

  await t.test("a request response has status, version and payload", async () => {
    const answer = await invoke(FunctionName, { text: "zażółć 🦆" });
    assert.equal(answer.StatusCode, 200);
    assert.equal(answer.ExecutedVersion, "$LATEST");
    assert.equal(answer.FunctionError, undefined);
    assert.deepEqual(answer.payload.event, { text: "zażółć 🦆" });
    assert.equal(answer.payload.id, answer.$metadata.requestId);
  });

  await t.test("the tail of the log comes with the answer", async () => {
    const { log } = await invoke(FunctionName, {}, { LogType: "Tail" });
    assert.match(log, /START RequestId: \S+ Version: \$LATEST\n[^]*END RequestId: \S+\nREPORT RequestId: \S+\tDuration: /);
  });

  await t.test("no payload is an empty object", async () => {
    assert.deepEqual((await invoke(FunctionName)).payload.event, {});
  });

  await t.test("an event is accepted with 202 and a dry run with 204", async () => {
    assert.equal((await invoke(FunctionName, {}, { InvocationType: "Event" })).StatusCode, 202);
    assert.equal((await invoke(FunctionName, {}, { InvocationType: "DryRun" })).StatusCode, 204);
  });

  await t.test("a payload that is no JSON is refused", async () => {
    const bad = new InvokeCommand({ FunctionName, Payload: "{" });
    await assert.rejects(lambda.send(bad), InvalidRequestContentException);
  });

  await t.test("fifty invokes over the SDK's own connections are all right", async () => {
    const found = await Promise.all(Array.from({ length: 50 }, (_, n) => invoke(FunctionName, { n })));
    assert.deepEqual(found.map((one) => one.payload.event.n), Array.from({ length: 50 }, (_, n) => n));
  });
});

test("a failing function is an answer with FunctionError", async (t) => {
  const code = "exports.handler = async () => { throw new TypeError('no'); };\n";
  const { FunctionName } = await createFunction(t, "jsfail", code);
  const answer = await invoke(FunctionName, {});
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.FunctionError, "Unhandled");
  assert.equal(answer.payload.errorType, "TypeError");
  assert.equal(answer.payload.errorMessage, "no");
});

test("errors arrive as the SDK's own classes", async (t) => {
  const { FunctionName } = await createFunction(t, "jserr", ECHO);
  const missing = uniqueName("nowhere");
  await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: missing })), ResourceNotFoundException);
  await assert.rejects(createFunction(t, "jserr", ECHO, { FunctionName }), ResourceConflictException);
  await assert.rejects(createFunction(t, "jserr", ECHO, { Runtime: "cobol85" }), InvalidParameterValueException);
  await assert.rejects(createFunction(t, "jserr", ECHO, { Role: "r1" }), { name: "ValidationException" });
  const stale = { FunctionName, Timeout: 5, RevisionId: "00000000-0000-0000-0000-000000000000" };
  await assert.rejects(lambda.send(new UpdateFunctionConfigurationCommand(stale)), PreconditionFailedException);
});

test("keys that are wrong are refused with 403", async () => {
  const region = await lambda.config.region();
  const keys = [
    ["InvalidSignatureException", { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: "wrong" }],
    ["UnrecognizedClientException", { accessKeyId: "AKIAIOSFODNN7UNKNOWN", secretAccessKey: "wrong" }],
  ];
  for (const [name, credentials] of keys) {
    const stranger = new LambdaClient({ region, credentials, maxAttempts: 1 });
    await assert.rejects(stranger.send(new ListFunctionsCommand({})), (error) => {
      assert.equal(error.name, name);
      assert.equal(error.$metadata.httpStatusCode, 403);
      return true;
    });
  }
});

test("the paginator lists every function exactly once", async (t) => {
  const names = [];
  for (let n = 0; n < 3; n++) names.push((await createFunction(t, "jslist", ECHO)).FunctionName);
  const listed = [];
  for await (const page of paginateListFunctions({ client: lambda, pageSize: 2 }, {})) {
    assert.ok(page.Functions.length <= 2);
    listed.push(...page.Functions.map((found) => found.FunctionName));
  }
  assert.deepEqual(names.map((name) => listed.filter((found) => found === name).length), [1, 1, 1]);
});

test("a configuration is read back as it was given", async (t) => {
  const settings = { Timeout: 30, MemorySize: 256, Description: "from JavaScript", EphemeralStorage: { Size: 600 } };
  const { FunctionName } = await createFunction(t, "jsconf", ECHO, settings);
  const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  for (const [key, value] of Object.entries(settings)) assert.deepEqual(found[key], value, key);
  assert.match(found.LastModified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
});

test("STS and the account settings answer", async () => {
  const identity = await sts.send(new GetCallerIdentityCommand({}));
  assert.equal(identity.Account, await account());
  assert.equal(identity.Arn, `arn:aws:iam::${identity.Account}:root`);
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
  assert.equal(AccountLimit.ConcurrentExecutions, 1000);
});
