// What the tests of this folder share: the server under test, a zip writer, and functions that clean up after themselves.
import { randomBytes } from "node:crypto";
import { after } from "node:test";
import { deflateRawSync } from "node:zlib";
import {
  CreateFunctionCommand, DeleteFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

for (const needed of ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
  if (!process.env[needed]) {
    console.error(`${needed} is not set: start Lambent and run eval "$(./lambent env)" first.`);
    process.exit(2);
  }
}

const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1";

/** The SDK reads the address and the keys from the environment by itself. */
export const lambda = new LambdaClient({ region, maxAttempts: 1 });
export const sts = new STSClient({ region, maxAttempts: 1 });
after(() => { lambda.destroy(); sts.destroy(); }); // an answer that nobody reads would keep the process until the server closes: 130 s
export const account = async () =>
  process.env.LAMBENT_ACCOUNT_ID ?? (await sts.send(new GetCallerIdentityCommand({}))).Account;
export const uniqueName = (what) => `conf-${what}-${randomBytes(5).toString("hex")}`;

const CRC_TABLE = Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
const crc32 = (bytes) => (bytes.reduce((crc, byte) => CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8), ~0) ^ ~0) >>> 0;

/** A zip of { path: text }, all files with mode 0644. */
export function zip(files) {
  const locals = [];
  const centrals = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path);
    const content = Buffer.from(text);
    const packed = deflateRawSync(content);
    const common = Buffer.alloc(26); // version needed, flags, method, time, date, crc, sizes, name and extra lengths
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(0x5a21, 8); // 1 January 2025
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, packed]);
    const tail = Buffer.alloc(14); // comment length, disk, internal and external attributes, offset
    tail.writeUInt32LE(0o100644 * 65536, 6);
    tail.writeUInt32LE(offset, 10);
    centrals.push(Buffer.from("PK\x01\x02\x14\x03", "latin1"), common, tail, name);
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(files).length, 4);
  end.writeUInt16LE(Object.keys(files).length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, Buffer.from("PK\x05\x06"), end]);
}

export async function deleteQuietly(name) {
  try {
    await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
  } catch (error) {
    if (error.name !== "ResourceNotFoundException") throw error;
  }
}

/** Creates a Node.js function from index.js, waits until it is active, and deletes it after test (or suite). */
export async function createFunction(test, what, code, settings = {}) {
  const FunctionName = uniqueName(what);
  const created = await lambda.send(new CreateFunctionCommand({
    FunctionName,
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: `arn:aws:iam::${await account()}:role/conformance`,
    Code: { ZipFile: zip({ "index.js": code }) },
    ...settings,
  }));
  test.after(() => deleteQuietly(FunctionName));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName });
  return { FunctionName, created };
}

/** An invoke; payload is the parsed answer and log the decoded tail. */
export async function invoke(FunctionName, event, settings = {}) {
  const answer = await lambda.send(new InvokeCommand({
    FunctionName, Payload: event === undefined ? undefined : JSON.stringify(event), ...settings,
  }));
  const text = answer.Payload?.length ? answer.Payload.transformToString() : "";
  return {
    ...answer,
    payload: text ? JSON.parse(text) : undefined,
    log: answer.LogResult && Buffer.from(answer.LogResult, "base64").toString(),
  };
}
