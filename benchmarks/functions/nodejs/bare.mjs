// The same handler in a bare interpreter: one answer on standard output. With "stay" it then idles, as a warm function does.
import { handler } from "./index.mjs";

console.log(JSON.stringify(await handler(JSON.parse(process.argv[2]))));
if (process.argv[3] === "stay") setInterval(() => {}, 1 << 30);
