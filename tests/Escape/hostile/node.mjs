// What a hostile function tries from Node.js: { attempt: NAME, with: [ARGUMENTS] } answers { denied: CODE } or { open: WHAT }.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const started = (thing, event) => new Promise((resolve) => {
  thing.once(event, () => resolve("started"));
  thing.once("error", (error) => resolve(error.code ?? error.message));
});

async function until(make, event, end, atMost) {
  const got = [];
  let refusal = "nothing refused it";
  while (got.length < atMost) {
    try {
      const one = make();
      const answer = await started(one, event);
      if (answer !== "started") { refusal = answer; break; }
      got.push(one);
    } catch (error) { refusal = error.code ?? error.message; break; }
  }
  await Promise.all(got.map(end));
  return { got: got.length, refusal };
}

const attempts = {
  children: () => until(() => spawn("/usr/bin/sleep", ["60"]), "spawn", (c) => c.kill("SIGKILL"), 3000),
  read: (path) => readFileSync(path, "utf8").slice(0, 100),
  connect: (host, port) => new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 700 });
    socket.once("connect", () => resolve("connected"));
    socket.once("timeout", () => reject(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })));
    socket.once("error", reject);
  }),
};

export const handler = async ({ attempt, with: given = [] }) => {
  try {
    return { open: await attempts[attempt](...given) };
  } catch (error) {
    return { denied: error.code ?? error.message };
  }
};
