// The least Runtime API that AWS's own runtime client works with: an event that is posted to / is answered by the client's process.
import http from "node:http";

const events = [], waiting = [], answers = new Map();
let last = 0;

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => route(request, Buffer.concat(chunks), response));
});

function route(request, body, response) {
  const [, id, kind] = /\/invocation\/([^/]+)(?:\/(response|error))?$/.exec(request.url) ?? [];
  if (id === "next") {
    waiting.push(response);
  } else if (kind) {
    answers.get(id).writeHead(kind === "response" ? 200 : 500, { "Content-Length": body.length }).end(body);
    answers.delete(id);
    response.writeHead(202, { "Content-Length": 0 }).end();
  } else {
    events.push({ id: String(++last), body });
    answers.set(String(last), response);
  }
  while (events.length > 0 && waiting.length > 0) deliver(events.shift(), waiting.shift());
}

function deliver({ id, body }, response) {
  response.writeHead(200, {
    "Content-Type": "application/json", "Content-Length": body.length, "Lambda-Runtime-Aws-Request-Id": id,
    "Lambda-Runtime-Deadline-Ms": Date.now() + 60_000, "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:ric",
  });
  response.end(body);
}

server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
