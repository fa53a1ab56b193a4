"""The Runtime API over one connection, by hand: one send per request and no waiting in between.

Where the platform gives the process a connection to the Runtime API, it is the first one; any other is made to
AWS_LAMBDA_RUNTIME_API, over TCP.

A small response and the next GET leave in one write (HTTP/1.1 pipelining, RFC 9112 section 9.3.2); the server
answers them in order. Larger ones wait for their answer first, because that may be a 413.

Sockets are those of `_socket`, in C: what the module `socket` adds is 3 ms and 0.4 MB that many functions never need.
"""

import os

import _socket

_CONNECTION = "LAMBENT_RUNTIME_API_FD"
_API = "/2018-06-01/runtime"
_PIPELINED_MAX_BYTES = 1 << 20
_RESPONSE_MAX_BYTES = 6 * 1024 * 1024 + 100  # AWS's limit, in the runtime contract
_CHUNK_BYTES = 1 << 16


class ApiGone(ConnectionError):
    """The platform has ended the Runtime API: there is nobody left to tell."""


class Invocation:
    __slots__ = ("request_id", "headers", "body")

    def __init__(self, headers, body):
        self.request_id = headers["lambda-runtime-aws-request-id"]
        self.headers = headers
        self.body = body


def take_connection(environ):
    """The descriptor of the platform's, for `RuntimeApi`, or None. Neither the function nor its child processes see it."""
    named = environ.pop(_CONNECTION, None)
    if named is None:
        return None
    fd = int(named)
    os.set_inheritable(fd, False)
    return fd


class RuntimeApi:
    def __init__(self, address, fd=None):
        host, _, port = address.rpartition(":")
        self._address = (host.strip("[]") or "127.0.0.1", int(port or 80))
        self._host = address.encode("ascii")
        self._next = b"GET %s/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n" % (_API.encode(), self._host)
        self._connection = None if fd is None else _Connection(_socket.socket(fileno=fd))
        self._is_next_sent = False

    def next(self):
        """Waits, without a limit, for an invocation. Raises ApiGone."""
        was_pipelined = self._is_next_sent
        if not was_pipelined:
            self._send(self._next)
        self._is_next_sent = False
        status, headers, body = self._read()
        if status != 200:
            if was_pipelined:  # it followed a response that was refused, so it came too early
                return self.next()
            raise ConnectionError(f"Failed to get next, status {status}")
        return Invocation(headers, body)

    @classmethod
    def over(cls, connected):
        """On a socket that is there already."""
        api = cls("")
        api._connection = _Connection(connected)
        return api

    def respond(self, request_id, body, content_type):
        """Posts a result; returns the status. 202 is success, 413 means that the result is too large."""
        head = self._post_head(f"/invocation/{request_id}/response", len(body), content_type)
        if len(body) > _PIPELINED_MAX_BYTES:
            return self._post_large(head, body)
        self._send(head + body + self._next)
        status, headers, _ = self._read()
        self._is_next_sent = self._connection is not None  # a closing answer discards what follows it
        return status

    def fail(self, request_id, body, error_type):
        """Reports an error of an invocation; returns the status."""
        return self._report(f"/invocation/{request_id}/error", body, error_type)

    def fail_init(self, body, error_type):
        return self._report("/init/error", body, error_type)

    def _report(self, path, body, error_type):
        if self._is_next_sent:  # the connection is busy holding the next GET
            other = RuntimeApi(self._host.decode())
            return other._report(path, body, error_type)
        head = self._post_head(path, len(body), "application/json", error_type)
        self._send(head + body)
        return self._read()[0]

    def _post_head(self, path, length, content_type, error_type=None):
        extra = f"Lambda-Runtime-Function-Error-Type: {_header_text(error_type)}\r\n" if error_type else ""
        head = (
            f"POST {_API}{path} HTTP/1.1\r\nHost: {self._host.decode()}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {length}\r\n{extra}\r\n"
        )
        return head.encode("ascii")

    def _post_large(self, head, body):
        """The server may answer, and even close, before it has read all of the body."""
        try:
            self._send(head)
            self._connection.send_all(body)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            return self._read()[0]
        except ConnectionError:
            if len(body) <= _RESPONSE_MAX_BYTES:
                raise
            return 413

    def _send(self, data):
        if self._connection is not None and self._connection.is_closed_by_peer():
            self._connection.close()  # an idle connection; a server may end it during a long handler
            self._connection = None
        if self._connection is None:
            self._connection = _Connection(_connect(self._address))
        self._connection.send_all(data)

    def _read(self):
        try:
            status, headers, body = self._connection.read_answer()
        except OSError as error:
            self._connection = None
            raise ApiGone(str(error)) from error
        if headers.get("connection", "").lower() == "close":
            self._connection.close()
            self._connection = None
        return status, headers, body


def _connect(address):
    """Not socket.create_connection: its getaddrinfo imports the IDNA codec, milliseconds of a cold start."""
    connected = _socket.socket(_socket.AF_INET6 if ":" in address[0] else _socket.AF_INET, _socket.SOCK_STREAM)
    connected.connect(address)
    connected.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    return connected


class _Connection:
    def __init__(self, connected):
        self._socket = connected
        self._buffer = b""

    def send_all(self, data):
        self._socket.sendall(data)

    def close(self):
        try:
            self._socket.close()
        except OSError:
            pass  # the function has closed the descriptor

    def is_closed_by_peer(self):
        try:
            return self._socket.recv(1, _socket.MSG_PEEK | _socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def read_answer(self):
        """Status, headers (names in lower case) and body."""
        head = self._until(b"\r\n\r\n").decode("utf-8", "replace")
        first, *lines = head.split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return int(first[9:12]), headers, self._body(headers)

    def _body(self, headers):
        length = headers.get("content-length")
        if length is not None:
            return self._exactly(int(length))
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        return b""

    def _chunks(self):
        while True:
            size = int(self._until(b"\r\n").partition(b";")[0], 16)
            if size == 0:
                while self._until(b"\r\n"):
                    pass  # trailers
                return
            yield self._exactly(size)
            self._exactly(2)

    def _until(self, mark):
        while True:
            end = self._buffer.find(mark)
            if end >= 0:
                found = self._buffer[:end]
                self._buffer = self._buffer[end + len(mark) :]
                return found
            self._buffer += self._receive(_CHUNK_BYTES)

    def _exactly(self, count):
        if len(self._buffer) < count:
            parts, missing = [self._buffer], count - len(self._buffer)
            while missing > 0:
                part = self._receive(max(missing, _CHUNK_BYTES))
                parts.append(part)
                missing -= len(part)
            self._buffer = b"".join(parts)
        found = self._buffer[:count]
        self._buffer = self._buffer[count:]
        return found

    def _receive(self, count):
        data = self._socket.recv(count)
        if not data:
            raise ApiGone("The Runtime API closed the connection")
        return data


def _header_text(text):
    """A class name may hold any character; a header may not."""
    return "".join(c if " " < c < "\x7f" else "?" for c in text)
