"""The root logger, in AWS's formats (awslambdaric/bootstrap.py). Loaded once something imports `logging`."""

import logging
import time

from .logs import TIME, Current, timestamp


def set_up_root(sink, is_json, level):
    logging.Formatter.converter = time.gmtime
    handler = _Handler(sink, passes_level=is_json or level)
    text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
    handler.setFormatter(_JsonFormatter() if is_json else logging.Formatter(text, TIME))
    handler.addFilter(_AddCurrent())
    root = logging.getLogger()
    root.addHandler(handler)
    if level in logging._nameToLevel:
        root.setLevel(level)


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
            "timestamp": timestamp(record.created),
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
