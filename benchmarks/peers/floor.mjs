// The floor: Node's own HTTP server and the handler in one process. No platform, no isolation, no signature.
import http from "node:http";
import { handler } from "../functions/nodejs/index.mjs";

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const body = JSON.stringify(await handler(JSON.parse(Buffer.concat(chunks))));
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
