'use strict';

const W3C_FIELDS = ['traceparent', 'tracestate', 'baggage'];

/** What AWS's context object tells of the function and the invocation (InvokeContext.js); values are strings. */
function contextData(headers) {
  const { env } = process;
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse(headers['lambda-runtime-client-context'], 'ClientContext'),
    identity: parse(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

/** From Node.js 24 on the context also has the trace (src/context/context-builder.ts). */
function modernContext(headers) {
  const data = contextData(headers);
  const fields = {};
  const { clientContext } = data;
  if (clientContext && typeof clientContext === 'object' && 'w3c' in clientContext) {
    const { w3c } = clientContext;
    delete clientContext.w3c;
    for (const name of W3C_FIELDS) if (typeof w3c?.[name] === 'string') fields[name] = w3c[name];
  }
  Object.freeze(fields);
  return { ...data, xRayTraceId: headers['lambda-runtime-trace-id'], w3c: () => fields };
}

function parse(text, name) {
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error.toString()}`);
  }
}

function setTraceId(headers) {
  const traceId = headers['lambda-runtime-trace-id'];
  if (traceId) process.env._X_AMZN_TRACE_ID = traceId;
  else delete process.env._X_AMZN_TRACE_ID;
}

module.exports = { contextData, modernContext, setTraceId };
