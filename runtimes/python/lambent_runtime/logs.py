"""Standard output and the runtime's own log lines, in AWS's formats (awslambdaric/bootstrap.py, lambda_runtime_log_utils.py).

The root logger is set up by records.py, once something imports `logging`.
"""

import io
import os
import sys
import time

from .imports import when_imported

_TEXT_FRAME, _JSON_FRAME = 0xA55A0003, 0xA55A0002
TIME = "%Y-%m-%dT%H:%M:%S"
_NOTSET, _ERROR = 0, 40  # levels of `logging`


class Current:
    """What the invocation in progress adds to each record."""

    request_id = ""
    tenant_id = None


class _PromptStream(io.TextIOWrapper):
    """A text stream that hides nothing: whatever was written is out when the sandbox is frozen or killed."""

    def write(self, text):
        count = super().write(text)
        self.flush()
        return count


def make_streams_prompt():
    for name in ("stdout", "stderr"):
        old = getattr(sys, name)
        if not isinstance(old, io.TextIOWrapper):
            continue  # the descriptor was closed at start
        encoding, errors = old.encoding, old.errors
        new = _PromptStream(old.detach(), encoding, errors)
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


class _StdoutSink:
    """An error is one line: its inner line ends are \\r, as on AWS when logs have no frames."""

    def write(self, text, level=None):
        sys.stdout.write(text)

    def write_error(self, lines):
        sys.stdout.write("\r".join(lines) + "\n")


class _FramedSink:
    """A record is one frame: type, length and time in microseconds (big-endian), then the text."""

    def __init__(self, fd, is_json):
        if fd > 2:
            os.set_inheritable(fd, False)
        self._fd = fd
        self._type = _JSON_FRAME if is_json else _TEXT_FRAME

    def write(self, text, level=_NOTSET):
        body = text.encode("utf-8", "replace")
        kind = self._type + (0 if level == _NOTSET else 4 + 4 * (level // 10))
        head = kind.to_bytes(4, "big") + len(body).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big")
        frame = head + body
        while frame:
            frame = frame[os.write(self._fd, frame) :]

    def write_error(self, lines):
        self.write("\n".join(lines), _ERROR)


def timestamp(seconds):
    return time.strftime(TIME, time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


class Log:
    """The root logger's set-up, and the runtime's own error records."""

    def __init__(self):
        self._is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
        fd = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
        self._sink = _StdoutSink() if fd is None else _FramedSink(int(fd), self._is_json)
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        self._level = "DEBUG" if level == "TRACE" else level
        when_imported("logging", self._set_up_root)

    def _set_up_root(self):
        from . import records

        records.set_up_root(self._sink, self._is_json, self._level)

    def error(self, body):
        if self._is_json:
            from .marshal import to_json

            self._sink.write_error([to_json({"timestamp": timestamp(time.time()), "level": "ERROR", **body})])
            return
        described = ": ".join(filter(None, (body["errorType"], body["errorMessage"])))
        lines = [f"[ERROR] {described}" if described else "[ERROR]", "Traceback (most recent call last):"]
        for entry in body["stackTrace"]:
            lines += map(_with_hard_indent, entry.splitlines() or [""])
        self._sink.write_error(lines)


def _with_hard_indent(line):
    """No-break spaces, as on AWS: the console folds plain ones."""
    text = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(text)) + text
