"""A Lambent of our own: a throw-away data folder, a key of our own, and the few calls of the Lambda API that are measured."""

import base64
import hashlib
import http.client
import io
import json
import os
import threading
import time
import zipfile
from urllib.parse import urlsplit

import processes
from sigv4 import Signer

RUNTIMES = {"Python": ("python3.12", "app.handler", "python/app.py"), "Node.js": ("nodejs22.x", "index.handler", "nodejs/index.mjs")}
EVENT = b'{"name":"bench"}'
ANSWER = {"hello": "bench"}
KEY_ID, SECRET = "AKIALAMBENTBENCH0000", "bench-secret-of-forty-letters-0123456789"


def package(language, folder, size=0):
    """A zip with the handler, and with bytes that do not compress up to this size. No two are alike."""
    packed = io.BytesIO()
    source = RUNTIMES[language][2]
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(os.path.join(folder, source), os.path.basename(source))
        archive.writestr("data.bin", os.urandom(max(16, size)))
    return packed.getvalue()


class Lambent:
    """Runs while it is used as a context."""

    def __init__(self, program, folder, stock, options=()):
        self.program, self.folder, self.stock, self.options = program, folder, stock, options
        self.signer = Signer(KEY_ID, SECRET)
        self.local = threading.local()  # a connection for each thread

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Returns the seconds from the start of the process to its being ready."""
        os.makedirs(self.folder, exist_ok=True)
        ready = os.path.join(self.folder, "endpoint.json")
        environment = {**os.environ, "LAMBENT_ACCESS_KEY_ID": KEY_ID, "LAMBENT_SECRET_ACCESS_KEY": SECRET}
        with open(f"{self.folder}.log", "ab") as log:
            began = time.perf_counter()
            self.process = processes.start_server(
                [self.program, "up", "--port", "0", "--data", self.folder, "--stock", str(self.stock), *self.options], log, env=environment)
        processes.wait_for(lambda: os.path.exists(ready) or self.process.poll() is not None, "Lambent's start", every=0.0005)
        took = time.perf_counter() - began
        if self.process.poll() is not None:
            with open(f"{self.folder}.log") as log:
                raise RuntimeError(f"Lambent did not start:\n{log.read()[-2000:]}")
        with open(ready) as file:
            self.host = urlsplit(json.load(file)["endpoint"]).netloc
        self.local = threading.local()
        return took

    def stop(self):
        processes.stop_server(self.process)

    # The Lambda API

    def deploy(self, name, language, zip_bytes, memory_mb=1769):
        runtime, handler, _ = RUNTIMES[language]
        self.create(name, runtime, handler, zip_bytes, memory_mb)
        self.wait_until_active(name)

    def create(self, name, runtime, handler, zip_bytes, memory_mb):
        self.call("POST", "/2015-03-31/functions", {
            "FunctionName": name, "Runtime": runtime, "Handler": handler, "MemorySize": memory_mb, "Timeout": 60,
            "Role": "arn:aws:iam::000000000000:role/bench", "Code": {"ZipFile": base64.b64encode(zip_bytes).decode()},
        })

    def wait_until_active(self, name):
        path = f"/2015-03-31/functions/{name}/configuration"
        processes.wait_for(lambda: self.call("GET", path)["State"] == "Active", f"{name} to be active", every=0.005)

    def delete(self, name):
        self.call("DELETE", f"/2015-03-31/functions/{name}")

    @staticmethod
    def invoke_path(name):
        return f"/2015-03-31/functions/{name}/invocations"

    def invoke(self, name, answer=ANSWER):
        """Returns the seconds that it took. A wrong answer is an error; None stands for the event itself."""
        path = self.invoke_path(name)
        headers = self.signer.headers("POST", self.host, path, EVENT)
        began = time.perf_counter()
        status, body = self.send("POST", path, EVENT, headers)
        took = time.perf_counter() - began
        if status != 200 or json.loads(body) != (answer or json.loads(EVENT)):
            raise RuntimeError(f"{name} answered {status} {body[:500]!r}")
        return took

    def call(self, method, path, body=None):
        content = b"" if body is None else json.dumps(body).encode()
        status, answer = self.send(method, path, content, self.signer.headers(method, self.host, path, content))
        if status >= 300:
            raise RuntimeError(f"{method} {path} answered {status} {answer[:500]!r}")
        return json.loads(answer) if answer else None

    def send(self, method, path, body, headers):
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    @property
    def connection(self):
        """This thread's, made at the first use."""
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection(self.host, timeout=60)
            self.local.connection.connect()
        return self.local.connection

    # The sandboxes

    def sandboxes(self):
        """The processes of each sandbox. Control groups of an instance are named after its data folder."""
        instance = hashlib.sha256(os.path.abspath(self.folder).encode()).hexdigest()[:4]
        found = {}
        for pid, group in processes.control_groups():
            if group.startswith(f"/lambent/{instance}/"):
                found.setdefault(group, []).append(pid)
        return list(found.values())

    def wait_for_stock(self, interpreters, at_most=180, still=2.0):
        """Waits until so many interpreters are there, and for a while nothing more is made."""
        def is_full():
            self.settle()
            before = self.sandboxes()
            there = [name for sandbox in before for name in map(processes.name_of, sandbox) if not name.startswith("lambent-init")]
            time.sleep(still)
            return len(there) >= interpreters and len(self.sandboxes()) == len(before)
        processes.wait_for(is_full, f"a stock of {interpreters} interpreters", at_most=at_most, every=0.2)

    def settle(self):
        """Waits until nothing is made or ended any more, and the machine is quiet."""
        count = -1
        while count != (count := len(self.sandboxes())) or count < self.stock:
            processes.wait_until_quiet()
