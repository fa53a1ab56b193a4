"""Errors in AWS's shape, and the faults which the runtime itself names."""

import os

_OURS = os.path.dirname(os.path.abspath(__file__))
_BOOTSTRAP = os.path.join(os.path.dirname(_OURS), "bootstrap.py")


class Fault(Exception):
    """A named `Runtime.*` error. Its stack trace, if any, is part of it."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = list(trace)


def error_body(message, error_type, trace, request_id=""):
    """The key order is AWS's; clients compare the text."""
    return {
        "errorMessage": message or "",
        "errorType": error_type or "",
        "requestId": request_id or "",
        "stackTrace": trace or [],
    }


def describe(error, request_id=""):
    if isinstance(error, Fault):
        return error_body(error.message, error.error_type, error.trace, request_id)
    import traceback  # 4 ms of a cold start that nothing else needs

    trace = traceback.format_list(_user_frames(error.__traceback__))
    return error_body(str(error), type(error).__name__, trace, request_id)


def _user_frames(tb):
    """Four-tuples, as AWS passes them: so no ^^^^ markers. The runtime's own first frames are left out."""
    import traceback

    frames = [(f.filename, f.lineno, f.name, f.line) for f in traceback.extract_tb(tb)]
    for i, frame in enumerate(frames):
        if not _is_ours(frame[0]):
            return frames[i:]
    return frames


def _is_ours(filename):
    return filename == _BOOTSTRAP or os.path.dirname(filename) == _OURS
