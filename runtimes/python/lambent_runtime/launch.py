"""Replacing this process by a fresh one: exec wrappers and re-exec."""

import errno
import os
import sys

# Set for the wrapper's process only, so that the interpreter it starts does not run the wrapper again.
# A flag in the command line would not do: wrappers insert options before the last argument, the script.
_WRAPPED = "LAMBENT_EXEC_WRAPPED"


def command_line():
    return list(getattr(sys, "orig_argv", None) or [sys.executable, *sys.argv])


def exec_wrapper_if_set(environ):
    """AWS's /var/runtime/bootstrap: checks, messages and exit codes 127 and 126 are its own."""
    if environ.pop(_WRAPPED, None) is not None:
        return
    wrapper = environ.get("AWS_LAMBDA_EXEC_WRAPPER")
    if not wrapper:
        return
    if not os.path.isfile(wrapper):
        _refuse(f"{wrapper}: does not exist", 127)
    if not os.access(wrapper, os.X_OK):
        _refuse(f"{wrapper}: is not an executable", 126)

    environ = {**environ, _WRAPPED: "1"}
    arguments = [wrapper, sys.executable, *command_line()[1:]]
    try:
        os.execve(wrapper, arguments, environ)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        os.execve("/bin/sh", ["sh", *arguments], environ)  # no #! line: what a shell's exec does


def exec_again(environ):
    """Starts this interpreter anew, for what only works at process start."""
    os.execve(sys.executable, command_line(), environ)


def _refuse(message, status):
    print(message, flush=True)
    sys.exit(status)
