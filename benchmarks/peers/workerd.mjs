// The handler in a V8 isolate of workerd. No isolation by process, no signature.
import { handler } from "index.mjs";

export default {
  async fetch(request) {
    return Response.json(await handler(await request.json()));
  },
};
