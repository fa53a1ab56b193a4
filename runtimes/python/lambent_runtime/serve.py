"""Init, then one invocation after another (AWS: awslambdaric/bootstrap.py `run`)."""

import os
import sys

from . import errors, handler, marshal
from .client import ApiGone, RuntimeApi
from .context import LambdaContext
from .logs import Current, Log, make_streams_prompt

_INIT_FAILED_STATUS = 1
_API_GONE_STATUS = 1
_TOO_LARGE = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."

# AWS logs this text before an error of init (awslambdaric/lambda_literals.py).
_INIT_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. However, in rare "
    "cases, a Lambda runtime update can cause unexpected function behavior. For functions using managed runtimes, "
    "runtime updates can be triggered by a function change, or can be applied automatically. To determine if the "
    "runtime has been updated, check the runtime version in the INIT_START log entry. If this error correlates with "
    "a change in the runtime version, you may be able to mitigate this error by temporarily rolling back to the "
    "previous runtime version. For more information, see "
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
)


def run(connection=None):
    make_streams_prompt()
    marshal.start()
    log = Log()
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"], connection)
    try:
        function = _load_or_exit(api, log)
        while True:
            _serve_one(api, log, function)
    except ApiGone:
        sys.exit(_API_GONE_STATUS)


def _load_or_exit(api, log):
    try:
        return handler.load(os.environ.get("_HANDLER", ""))
    except Exception as error:
        body = errors.describe(error)
    import logging

    logging.warning(_INIT_WARNING)
    log.error(body)
    api.fail_init(marshal.to_json(body).encode("utf-8", "replace"), body["errorType"])
    sys.exit(_INIT_FAILED_STATUS)


def _serve_one(api, log, function):
    invocation = api.next()
    request_id = Current.request_id = invocation.request_id
    Current.tenant_id = invocation.headers.get("lambda-runtime-aws-tenant-id")
    _set_trace_id(invocation.headers.get("lambda-runtime-trace-id"))
    try:
        context = LambdaContext(invocation)
        event = marshal.event_from(invocation.body, invocation.headers.get("content-type", "application/json"))
        body, content_type = marshal.result_body(function(event, context))
    except Exception as error:
        _fail(api, log, errors.describe(error, request_id))
        return
    _flush()
    _check(api.respond(request_id, body, content_type), api, request_id)


def _fail(api, log, body):
    log.error(body)
    _flush()
    status = api.fail(body["requestId"], marshal.to_json(body).encode("utf-8", "replace"), body["errorType"])
    if status >= 300:
        raise RuntimeError("Failed to post invocation error")


def _check(status, api, request_id):
    """On 413 the caller still gets an error. Any other refusal ends the process, as on AWS."""
    if status < 300:
        return
    if status != 413:
        raise RuntimeError("Failed to post invocation response")
    body = {"errorMessage": _TOO_LARGE, "errorType": "Function.ResponseSizeTooLarge"}
    api.fail(request_id, marshal.to_json(body).encode(), body["errorType"])


def _flush():
    """What a handler wrote past our stream, through sys.stdout.buffer or its own stream."""
    for stream in {sys.stdout, sys.__stdout__, sys.stderr}:
        try:
            stream.flush()
        except (AttributeError, ValueError):
            pass  # replaced by something without flush, or closed


def _set_trace_id(trace_id):
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
