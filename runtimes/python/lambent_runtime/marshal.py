"""Events and results to and from JSON, with the results of AWS's encoder.

AWS encodes with simplejson: Decimal becomes a number, bytes become text, a namedtuple becomes an object,
and from Python 3.12 on non-ASCII text is not escaped (awslambdaric/lambda_runtime_marshaller.py). The
standard encoder in C does all but those; they are prepared for it here.
"""

import json
import os
import sys
from json.encoder import JSONEncoder

from .errors import Fault

_LEAVES = frozenset((str, int, float, bool, type(None)))


class _Encoder(JSONEncoder):
    """Decimals leave as marked strings, because the C encoder has no raw output; `encode` unwraps them."""

    def __init__(self, ensure_ascii):
        super().__init__(ensure_ascii=ensure_ascii)
        self._mark = f"decimal-{os.urandom(16).hex()}:"
        self._marked = False

    def encode(self, o):
        self._marked = False
        text = super().encode(o if _is_plain(o) else _replace(o))
        return self._unwrap(text) if self._marked else text

    def default(self, o):
        decimal = sys.modules.get("decimal")  # no Decimal exists unless it was imported
        if decimal is not None and isinstance(o, decimal.Decimal):
            if o.is_nan():
                return float("nan")
            self._marked = True
            return self._mark + str(o)
        return super().default(o)

    def _unwrap(self, text):
        first, *rest = text.split(f'"{self._mark}')
        return first + "".join(part.replace('"', "", 1) for part in rest)


def _is_plain(o):
    """Whether the standard encoder writes it as simplejson would."""
    kind = type(o)
    if kind in _LEAVES:
        return True
    try:
        if isinstance(o, dict):
            return all(type(k) is not bytes for k in o) and all(map(_is_plain, o.values()))
        if isinstance(o, (list, tuple)):
            return not hasattr(o, "_asdict") and all(map(_is_plain, o))
    except RecursionError:
        return True  # a cycle, or too deep: the encoder has the message for it
    return not isinstance(o, bytes)


def _replace(o):
    if isinstance(o, bytes):
        return o.decode("utf-8")
    if isinstance(o, tuple) and hasattr(o, "_asdict"):
        return _replace(o._asdict())
    if isinstance(o, dict):
        return {k.decode("utf-8") if isinstance(k, bytes) else k: _replace(v) for k, v in o.items()}
    if isinstance(o, (list, tuple)):
        return [_replace(v) for v in o]
    return o


def _escapes_non_ascii():
    """By the function's runtime, which an un-isolated interpreter need not equal."""
    name = os.environ.get("AWS_EXECUTION_ENV", "")
    prefix, _, minor = name.partition("python3.")
    is_known = prefix == "AWS_Lambda_" and minor.isdigit()
    return (int(minor) if is_known else sys.version_info[1]) < 12


_encoder = None


def start():
    global _encoder
    _encoder = _Encoder(_escapes_non_ascii())


def to_json(value):
    return _encoder.encode(value)


def event_from(body, content_type):
    if content_type != "application/json" and content_type.partition(";")[0] != "application/json":
        return body
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def result_body(result):
    """The body to post and its content type."""
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return to_json(result).encode("utf-8"), "application/json"
    except Exception as error:  # a dict's items() or a str() of the user's may raise anything
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def to_readable_json(value):
    """For log records: non-ASCII text stays as it is on every version."""
    return json.dumps(value, ensure_ascii=False)
