"""The same handler in a bare interpreter: one answer on standard output. With "stay" it then idles, as a warm function does."""
import json
import sys

from app import handler

print(json.dumps(handler(json.loads(sys.argv[1]), None)), flush=True)
if sys.argv[2:] == ["stay"]:
    import threading

    threading.Event().wait()
