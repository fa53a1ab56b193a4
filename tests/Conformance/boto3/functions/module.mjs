// An ES module with top-level await, as AWS allows it. Deployed by the conformance tests.
import { readFile } from "node:fs/promises";

const text = await readFile(new URL("./note.txt", import.meta.url), "utf8");

export const handler = async (event) => ({ text, event, arch: process.arch });
