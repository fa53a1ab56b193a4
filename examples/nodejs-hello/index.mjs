let invocations = 0;

export const handler = async (event, context) => {
  console.log(`hello from ${context.functionName}`);
  return { hello: event.name ?? "world", node: process.version, invocations: ++invocations };
};
