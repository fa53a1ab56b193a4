"""A stocked runtime: warmed up before it is known which function it serves.

1. Import what handlers commonly use, and run each road once.
2. Read the environment of the function, NUL-separated, from the given descriptor until its end.
3. No bytes: not needed, exit. Otherwise become that function's process, by exec where nothing less will do.
"""

import gc
import importlib
import os
import sys
import time

from . import launch, paths
from .imports import LOADED_ON_AWS

_READ_BYTES = 1 << 16

# Common in handlers and in what they import (boto3, requests). On one core of the build machine all of it takes
# 0.15 s and 19 MB; asyncio with ssl is 47 ms of that, email 15 ms, http.cookiejar and importlib.metadata 8 ms each.
_COMMON = (
    "_strptime", "asyncio", "base64", "configparser", "copy", "csv", "ctypes", "dataclasses", "email.message",
    "email.mime.multipart", "email.mime.text", "encodings.idna", "glob", "gzip", "hashlib", "hmac", "html",
    "http.client", "http.cookiejar", "importlib.metadata", "inspect", "ipaddress", "mimetypes", "netrc", "pathlib",
    "platform", "pprint", "queue", "secrets", "shutil", "socket", "ssl", "string", "subprocess", "tempfile",
    "threading", "typing", "urllib.parse", "urllib.request", "uuid", "xml.etree.ElementTree", "zipfile", "zoneinfo",
)  # fmt: skip

_START_ONLY_NAMES = frozenset(("GLIBC_TUNABLES", "LANG", "LANGUAGE", "AWS_LAMBDA_EXEC_WRAPPER"))
_START_ONLY_PREFIXES = ("LD_", "PYTHON", "MALLOC_", "LC_", "OPENSSL_")


def wait_for_environment(fd):
    before = _start_environment()
    native = set(sys.modules)
    _warm_up()
    loaded_here = {name.partition(".")[0] for name in set(sys.modules) - native} - _names_loaded_on_aws()

    environ = _read_environment(fd)
    if not environ:
        sys.exit(0)
    _replace_environment(environ, before)
    if os.environ.get("AWS_LAMBDA_EXEC_WRAPPER"):
        launch.exec_wrapper_if_set(os.environ)
    if _differs_at_start(before, environ) or _is_shadowed(loaded_here):
        launch.exec_again(os.environ)
    time.tzset()


def _warm_up():
    for name in (*LOADED_ON_AWS, *_COMMON):
        importlib.import_module(name)
    from . import warm

    warm.run()
    gc.collect()
    gc.freeze()  # what is loaded so far need not be looked at by a later collection


def _names_loaded_on_aws():
    return {name.partition(".")[0] for name in LOADED_ON_AWS}


def _start_environment():
    """The kernel's copy. os.environ may hold LC_CTYPE, which the interpreter sets for itself (PEP 538)."""
    try:
        with open("/proc/self/environ", "rb") as file:
            return _parse(file.read())
    except OSError:
        return dict(os.environb)


def _read_environment(fd):
    parts = []
    while True:
        part = os.read(fd, _READ_BYTES)
        if not part:
            break
        parts.append(part)
    os.close(fd)
    return _parse(b"".join(parts))


def _parse(data):
    pairs = (entry.partition(b"=") for entry in data.split(b"\0") if b"=" in entry)
    return {key: value for key, _, value in pairs}


def _replace_environment(environ, before):
    coerced = os.environb.get(b"LC_CTYPE") if b"LC_CTYPE" not in before else None
    os.environ.clear()
    os.environb.update(environ)
    if coerced is not None:
        os.environb.setdefault(b"LC_CTYPE", coerced)


def _differs_at_start(before, after):
    def relevant(environ):
        environ = {os.fsdecode(key): os.fsdecode(value) for key, value in environ.items()}
        if paths.pythonpath_is_the_default(environ):
            environ.pop("PYTHONPATH", None)
        return {k: v for k, v in environ.items() if k in _START_ONLY_NAMES or k.startswith(_START_ONLY_PREFIXES)}

    return relevant(before) != relevant(after)


def _is_shadowed(loaded):
    """Whether the function brings a module which AWS would have found before the one loaded here."""
    for folder in (paths.task_root(), *paths.layer_folders()):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        if any(name.partition(".")[0] in loaded for name in names):
            return True
    return False
