"""A minimal Runtime API on loopback, and a runtime process that talks to it."""

import itertools
import json
import os
import pathlib
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

BOOTSTRAP = str(pathlib.Path(__file__).resolve().parents[3] / "runtimes" / "python" / "bootstrap.py")
PYTHON = os.environ.get("LAMBENT_TEST_PYTHON", sys.executable)
ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
WAIT_S = 10


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class FakeApi:
    """Answers POSTs by `status_of(request)` (202), and each GET next with the next event."""

    def __init__(self, status_of=lambda request: 202, chunked=False, closes=False, closes_idle=False):
        self.status_of, self.chunked, self.closes, self.closes_idle = status_of, chunked, closes, closes_idle
        self.connections = 0
        self.posts = queue.Queue()
        self._events = queue.Queue()
        self._ids = itertools.count()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._server.close()

    def connection(self):
        """The runtime's end of a connection that is there from the start."""
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._talk, args=(ours,), daemon=True).start()
        return theirs.detach()

    def hang_up(self):
        self._events.put(None)

    def invoke(self, event, **headers):
        """Queues an invocation and returns the POST that settles it."""
        self._events.put((f"req-{next(self._ids)}", event if isinstance(event, bytes) else json.dumps(event).encode(), headers))
        return self.post()

    def post(self):
        return self.posts.get(timeout=WAIT_S)

    def _accept(self):
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer):
        with peer, peer.makefile("rb") as reader:
            while True:
                try:
                    request = self._read(reader)
                except (ConnectionResetError, ValueError):  # the process was killed, maybe in the middle of a request
                    return
                if request is None:
                    return
                if request.method == "GET":
                    answer = self._next_answer()
                    if answer is None:
                        return
                    peer.sendall(answer)
                    if self.closes_idle:
                        return
                    continue
                close = b"Connection: close\r\n" if self.closes else b""
                peer.sendall(b"HTTP/1.1 %d X\r\n%sContent-Length: 2\r\n\r\n{}" % (self.status_of(request), close))
                self.posts.put(request)
                if close:
                    return

    @staticmethod
    def _read(reader):
        first = reader.readline()
        if not first:
            return None
        method, path, _ = first.decode().split(" ")
        headers = {}
        for line in iter(reader.readline, b"\r\n"):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return Request(method, path, headers, reader.read(int(headers.get("content-length", 0))))

    def _next_answer(self):
        event = self._events.get()
        if event is None:
            return None
        request_id, body, headers = event
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": int(time.time() * 1000) + 5000,
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        if not self.chunked:
            return f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        middle = len(body) // 2
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:middle], body[middle:]) if part)
        return f"HTTP/1.1 200 OK\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n"


class Runtime:
    """A runtime process with a function of its own. `stock` is the start environment of a stocked one. `connected`: it starts with a connection."""

    def __init__(self, api, files, handler="index.handler", stock=None, env=None, connected=False):
        self._fds = (api.connection(),) if connected else ()
        self.root = tempfile.mkdtemp(prefix="lambent-python-")
        for name, content in files.items():
            path = pathlib.Path(self.root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            path.chmod(0o755)
        environment = self._environment(api, handler, env or {})
        if stock is None:
            self.process = self._start(environment, ())
        else:
            self.process = self._start_stocked(environment, stock)

    def _environment(self, api, handler, more):
        values = {
            "PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_TASK_ROOT": self.root,
            "_HANDLER": handler, "TZ": ":UTC", "LANG": "en_US.UTF-8", "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
            "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
            "AWS_LAMBDA_LOG_STREAM_NAME": "stream", "LAMBDA_RUNTIME_DIR": os.path.dirname(BOOTSTRAP), **more,
        }  # fmt: skip
        return {key: value.replace("{root}", self.root) for key, value in values.items()}

    def _start(self, environment, fds):
        if self._fds:
            environment = {**environment, "LAMBENT_RUNTIME_API_FD": str(self._fds[0])}
        process = subprocess.Popen(
            [PYTHON, BOOTSTRAP], env=environment, pass_fds=(*fds, *self._fds), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for fd in self._fds:
            os.close(fd)
        return process

    def _start_stocked(self, environment, stock):
        reader, writer = os.pipe()
        base = {"PATH": os.environ["PATH"], "LANG": "en_US.UTF-8", "LAMBENT_SPECIALISE_FD": str(reader), **stock}
        process = self._start(base, (reader,))
        os.close(reader)
        with os.fdopen(writer, "wb") as file:
            file.write(b"".join(f"{key}={value}".encode() + b"\0" for key, value in environment.items()))
        return process

    def output(self):
        """Ends the process; all that it wrote."""
        self.process.kill()
        return self._drain()

    def output_bytes(self):
        """As output, undecoded."""
        self.process.kill()
        return self._drain_bytes()

    def exit(self):
        """Waits for the end; status and output."""
        status = self.process.wait(timeout=WAIT_S)
        return status, self._drain()

    def _drain(self):
        return self._drain_bytes().decode("utf-8", "replace")

    def _drain_bytes(self):
        output = self.process.communicate(timeout=WAIT_S)[0]
        shutil.rmtree(self.root, ignore_errors=True)
        return output
