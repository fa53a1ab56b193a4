"""Standard output and the root logger, in AWS's formats (awslambdaric/bootstrap.py, lambda_runtime_log_utils.py)."""

import io
import logging
import os
import sys
import time

_TEXT_FRAME, _JSON_FRAME = 0xA55A0003, 0xA55A0002
_TIME = "%Y-%m-%dT%H:%M:%S"


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
        os.set_inheritable(fd, False)
        self._fd = fd
        self._type = _JSON_FRAME if is_json else _TEXT_FRAME

    def write(self, text, level=logging.NOTSET):
        body = text.encode("utf-8", "replace")
        kind = self._type + (0 if level == logging.NOTSET else 4 + 4 * (level // 10))
        head = kind.to_bytes(4, "big") + len(body).to_bytes(4, "big") + (time.time_ns() // 1000).to_bytes(8, "big")
        frame = head + body
        while frame:
            frame = frame[os.write(self._fd, frame) :]

    def write_error(self, lines):
        self.write("\n".join(lines), logging.ERROR)


class _Handler(logging.Handler):
    def __init__(self, sink, passes_level):
        super().__init__()
        self.log_sink = sink
        self._passes_level = passes_level

    def emit(self, record):
        level = min(50, max(0, record.levelno)) // 10 * 10 if self._passes_level else logging.NOTSET
        self.log_sink.write(self.format(record), level)


class _AddCurrent(logging.Filter):
    def filter(self, record):
        record.aws_request_id = Current.request_id
        record.tenant_id = Current.tenant_id
        return True


class _JsonFormatter(logging.Formatter):
    _KNOWN = {*logging.makeLogRecord({}).__dict__, "aws_request_id", "tenant_id", "taskName"}

    def format(self, record):
        from .marshal import to_readable_json

        level = min(50, max(0, record.levelno)) // 10 * 10
        result = {
            "timestamp": _timestamp(record.created),
            "level": logging.getLevelName(level),
            "message": record.getMessage(),
            "logger": record.name,
            **self._exception(record),
            "requestId": record.aws_request_id,
            "tenantId": record.tenant_id,
        }
        if record.exc_info:
            result["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        for key, value in record.__dict__.items():
            if key not in self._KNOWN:
                result.setdefault(key, value)
        return to_readable_json({k: v for k, v in result.items() if v is not None}) + "\n"

    @staticmethod
    def _exception(record):
        if not record.exc_info:
            return {}
        import traceback

        kind, value, tb = record.exc_info
        name = kind.__name__ if kind else None
        return {"stackTrace": traceback.format_tb(tb), "errorType": name, "errorMessage": str(value)}


def _timestamp(seconds):
    return time.strftime(_TIME, time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


class Log:
    """The root logger's set-up, and the runtime's own error records."""

    def __init__(self):
        self._is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
        fd = os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", None)
        self._sink = _StdoutSink() if fd is None else _FramedSink(int(fd), self._is_json)
        level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        self._set_up_root("DEBUG" if level == "TRACE" else level)

    def _set_up_root(self, level):
        logging.Formatter.converter = time.gmtime
        handler = _Handler(self._sink, passes_level=self._is_json or level)
        text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(_JsonFormatter() if self._is_json else logging.Formatter(text, _TIME))
        handler.addFilter(_AddCurrent())
        root = logging.getLogger()
        root.addHandler(handler)
        if level in logging._nameToLevel:
            root.setLevel(level)

    def error(self, body):
        if self._is_json:
            from .marshal import to_json

            self._sink.write_error([to_json({"timestamp": _timestamp(time.time()), "level": "ERROR", **body})])
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
