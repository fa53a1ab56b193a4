// What functions have beside code, with the AWS SDK for JavaScript v3, unmodified: what newer SDKs know of it, its error classes, its paginators.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "@aws-sdk/client-lambda";
import { account, createFunction, lambda, uniqueName, zip } from "./support.mjs";

const CODE = "exports.handler = async (event, context) => context.functionVersion;";
const quick = { client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };
const send = (name, input) => lambda.send(new api[`${name}Command`](input));

/** The command must fail with the error of that name and its status; ValidationException is in no model, so the SDK has no class for it. */
const refused = (name, input, error, status) => assert.rejects(send(name, input), (caught) => {
  assert.equal(caught.name, error, `${name}: ${caught}`);
  assert.ok(!api[error] || caught instanceof api[error]);
  assert.equal(caught.$metadata.httpStatusCode, status);
  return true;
});

async function all(paginator, member, input) {
  const found = [];
  for await (const page of paginator({ client: lambda, pageSize: 1 }, input)) {
    assert.ok(page[member].length <= 1);
    found.push(...page[member]);
  }
  return found;
}

test("runtime management is that of a version", async (t) => {
  const { FunctionName } = await createFunction(t, "jsruntime", CODE);
  const of = `arn:aws:lambda:${await lambda.config.region()}:${await account()}:function:${FunctionName}`;
  assert.equal((await send("GetRuntimeManagementConfig", { FunctionName })).UpdateRuntimeOn, "Auto");
  const put = await send("PutRuntimeManagementConfig", { FunctionName, UpdateRuntimeOn: "FunctionUpdate" });
  assert.deepEqual([put.UpdateRuntimeOn, put.FunctionArn], ["FunctionUpdate", `${of}:$LATEST`]);
  await refused("PutRuntimeManagementConfig", { FunctionName, UpdateRuntimeOn: "Manual" }, "InvalidParameterValueException", 400);
  await refused("PutRuntimeManagementConfig", { FunctionName, UpdateRuntimeOn: "Never" }, "ValidationException", 400);
  await refused("GetRuntimeManagementConfig", { FunctionName, Qualifier: "42" }, "ResourceNotFoundException", 404);
});

test("recursion is terminated unless it is allowed", async (t) => {
  const { FunctionName } = await createFunction(t, "jsrecursion", CODE);
  assert.equal((await send("GetFunctionRecursionConfig", { FunctionName })).RecursiveLoop, "Terminate");
  await send("PutFunctionRecursionConfig", { FunctionName, RecursiveLoop: "Allow" });
  assert.equal((await send("GetFunctionRecursionConfig", { FunctionName })).RecursiveLoop, "Allow");
  await refused("PutFunctionRecursionConfig", { FunctionName, RecursiveLoop: "Sometimes" }, "ValidationException", 400);
  await refused("GetFunctionRecursionConfig", { FunctionName: "conf-is-not-there" }, "ResourceNotFoundException", 404);
});

test("a URL has its mode, its times and its CORS", async (t) => {
  const { FunctionName } = await createFunction(t, "jsurl", CODE);
  const Cors = { AllowCredentials: true, AllowHeaders: ["a"], AllowMethods: ["GET"], AllowOrigins: ["https://a.b"], ExposeHeaders: ["c"], MaxAge: 86400 };
  const made = await send("CreateFunctionUrlConfig", { FunctionName, AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM", Cors });
  assert.equal(made.$metadata.httpStatusCode, 201);
  const got = await send("GetFunctionUrlConfig", { FunctionName });
  assert.deepEqual([got.Cors, got.InvokeMode, got.AuthType, got.FunctionUrl], [Cors, "RESPONSE_STREAM", "AWS_IAM", made.FunctionUrl]);
  const changed = await send("UpdateFunctionUrlConfig", { FunctionName, InvokeMode: "BUFFERED" });
  assert.deepEqual([changed.InvokeMode, changed.Cors, changed.CreationTime], ["BUFFERED", Cors, made.CreationTime]);
  await refused("CreateFunctionUrlConfig", { FunctionName, AuthType: "NONE" }, "ResourceConflictException", 409);
  await refused("CreateFunctionUrlConfig", { FunctionName, AuthType: "NONE", InvokeMode: "UNKNOWN" }, "ValidationException", 400);
  await send("DeleteFunctionUrlConfig", { FunctionName });
  await refused("GetFunctionUrlConfig", { FunctionName }, "ResourceNotFoundException", 404);
});

test("versions, aliases, layers and mappings are shown once by the SDK's paginators", async (t) => {
  const { FunctionName } = await createFunction(t, "jspages", CODE);
  const EventSourceArn = (index) => `arn:aws:sqs:us-east-1:000000000000:${FunctionName}${index}`;
  const LayerName = uniqueName("jslayer");
  for (const index of [0, 1, 2]) {
    await send("UpdateFunctionConfiguration", { FunctionName, Description: `${index}` });
    await api.waitUntilFunctionUpdatedV2(quick, { FunctionName });
    const { Version } = await send("PublishVersion", { FunctionName });
    await send("CreateAlias", { FunctionName, Name: `a${index}`, FunctionVersion: Version });
    await send("PutFunctionEventInvokeConfig", { FunctionName, Qualifier: `a${index}`, MaximumRetryAttempts: 0 });
    const { UUID } = await send("CreateEventSourceMapping", { FunctionName, EventSourceArn: EventSourceArn(index), Enabled: false });
    t.after(() => send("DeleteEventSourceMapping", { UUID }));
    const { Version: VersionNumber } = await send("PublishLayerVersion", { LayerName, Content: { ZipFile: zip({ x: `${index}` }) } });
    t.after(() => send("DeleteLayerVersion", { LayerName, VersionNumber }));
  }

  const names = async (paginator, member, key, input = { FunctionName }) => (await all(paginator, member, input)).map((found) => found[key]).sort();
  assert.deepEqual(await names(api.paginateListVersionsByFunction, "Versions", "Version"), ["$LATEST", "1", "2", "3"]);
  assert.deepEqual(await names(api.paginateListAliases, "Aliases", "Name"), ["a0", "a1", "a2"]);
  assert.equal((await all(api.paginateListFunctionEventInvokeConfigs, "FunctionEventInvokeConfigs", { FunctionName })).length, 3);
  assert.deepEqual(await names(api.paginateListEventSourceMappings, "EventSourceMappings", "EventSourceArn"), [0, 1, 2].map(EventSourceArn));
  assert.deepEqual(await names(api.paginateListLayerVersions, "LayerVersions", "Version", { LayerName }), [1, 2, 3]);
});

test("an alias with weights goes to both versions, and to one again when they are taken away", async (t) => {
  const { FunctionName } = await createFunction(t, "jsalias", CODE);
  for (const Description of ["one", "two"]) {
    await send("UpdateFunctionConfiguration", { FunctionName, Description });
    await api.waitUntilFunctionUpdatedV2(quick, { FunctionName });
    await send("PublishVersion", { FunctionName });
  }
  const alias = { FunctionName, Name: "live", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { 2: 0.5 } } };
  assert.deepEqual((await send("CreateAlias", alias)).RoutingConfig, alias.RoutingConfig);
  const seen = new Set();
  for (let calls = 0; seen.size < 2 && calls < 100; calls++) seen.add((await send("Invoke", { FunctionName, Qualifier: "live" })).ExecutedVersion);
  assert.deepEqual([...seen].sort(), ["1", "2"]);
  await refused("UpdateAlias", { ...alias, RevisionId: "stale" }, "PreconditionFailedException", 412);
  await send("UpdateAlias", { FunctionName, Name: "live", RoutingConfig: { AdditionalVersionWeights: {} } });
  assert.equal((await send("GetAlias", { FunctionName, Name: "live" })).RoutingConfig, undefined);
  await refused("DeleteFunction", { FunctionName, Qualifier: "1" }, "ResourceConflictException", 409);
});
