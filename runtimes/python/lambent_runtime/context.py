"""The context object which a handler gets. Names, types and texts are AWS's (awslambdaric/lambda_context.py)."""

import json
import os
import sys
import time

from .errors import Fault

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")


def _parse(text, name):
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}") from None


class _Record:
    """Attributes named by __slots__, taken from a dict; what is missing is None."""

    __slots__ = ()

    def __init__(self, values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self):
        return _repr(self, self.__slots__)


def _repr(obj, names):
    return f"{type(obj).__name__}([{','.join(f'{n}={getattr(obj, n)}' for n in names)}])"


class CognitoIdentity(_Record):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Record):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Record):
    __slots__ = ("custom", "env", "client")


class LambdaContext:
    """memory_limit_in_mb is a string, as on AWS."""

    _SHOWN = (
        "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
        "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id",
    )  # fmt: skip

    def __init__(self, invocation):
        environ = os.environ
        self.aws_request_id = invocation.request_id
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = invocation.headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = invocation.headers.get("lambda-runtime-aws-tenant-id")
        self._w3c_fields = {}
        self.client_context = self._client_context(invocation)
        self.identity = self._identity(invocation)
        self._epoch_deadline_time_in_ms = int(invocation.headers.get("lambda-runtime-deadline-ms") or 0)

    def _client_context(self, invocation):
        values = _parse(invocation.headers.get("lambda-runtime-client-context"), "Client Context")
        if values is None:
            return None
        w3c = values.pop("w3c", None)
        if isinstance(w3c, dict):
            self._w3c_fields = {k: w3c[k] for k in _W3C_FIELDS if isinstance(w3c.get(k), str)}
        context = ClientContext(values)
        if context.client is not None:
            context.client = Client(context.client)
        return context

    @staticmethod
    def _identity(invocation):
        values = _parse(invocation.headers.get("lambda-runtime-cognito-identity"), "Cognito Identity") or {}
        identity = CognitoIdentity({})
        identity.cognito_identity_id = values.get("cognitoIdentityId")
        identity.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")
        return identity

    def get_remaining_time_in_millis(self):
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def w3c(self):
        return dict(self._w3c_fields)

    def log(self, msg):
        sys.stdout.write(str(msg))

    def __repr__(self):
        return _repr(self, self._SHOWN)
