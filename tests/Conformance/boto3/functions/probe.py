"""A function that does what event["do"] says and answers what it saw. Deployed by the conformance tests."""

import decimal
import errno
import glob
import logging
import os
import resource
import signal
import socket
import sys
import time
import uuid

SANDBOX = uuid.uuid4().hex  # one per sandbox: made when the module is imported
SEEN = []
logging.getLogger().setLevel(logging.INFO)


def handler(event, context):
    action = event.get("do", "echo") if isinstance(event, dict) else "echo"
    return globals()["do_" + action](event, context)


def do_echo(event, context):
    return event


def do_count(event, context):
    SEEN.append(context.aws_request_id)
    return {"sandbox": SANDBOX, "count": len(SEEN), "request_id": context.aws_request_id}


def do_remember(event, context):
    SEEN.append(event["mark"])
    return len(SEEN)


def do_recall(event, context):
    time.sleep(event.get("hold", 0))
    return {"sandbox": SANDBOX, "seen": SEEN}


def do_env(event, context):
    return dict(os.environ)


def do_context(event, context):
    first = context.get_remaining_time_in_millis()
    time.sleep(0.05)
    custom = context.client_context
    return {
        "function_name": context.function_name,
        "function_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "aws_request_id": context.aws_request_id,
        "log_group_name": context.log_group_name,
        "log_stream_name": context.log_stream_name,
        "identity_id": context.identity.cognito_identity_id,
        "identity_pool_id": context.identity.cognito_identity_pool_id,
        "client_context": custom and {
            "custom": custom.custom, "env": custom.env,
            "client": {"app_title": custom.client.app_title, "installation_id": custom.client.installation_id},
        },
        "remaining": [first, context.get_remaining_time_in_millis()],
        "remaining_is_int": isinstance(first, int),
    }


def do_print(event, context):
    for line in event["lines"]:
        print(line)
    if event.get("stderr"):
        print(event["stderr"], file=sys.stderr)
    if event.get("logging"):
        logging.info(event["logging"])


def do_sleep(event, context):
    began = time.monotonic()
    time.sleep(event["seconds"])
    return {"sandbox": SANDBOX, "began": began, "ended": time.monotonic(), "n": event.get("n")}


def do_exit(event, context):
    sys.exit(event["status"])


def do_kill(event, context):
    os.kill(os.getpid(), signal.SIGKILL)


def do_give_set(event, context):
    return {1, 2, 3}


def do_give_decimal(event, context):
    return {"amount": decimal.Decimal("1.5")}


def do_give(event, context):
    return event.get("value")


def do_measure(event, context):
    return len(event["text"])


def do_give_bytes(event, context):
    return "x" * (event["size"] - 2)  # two more for the quotes


def do_hog(event, context):
    hoard = []
    while len(hoard) < 64:
        hoard.append(bytearray(os.urandom(1 << 20) * 16))  # 16 MB of touched pages
    return len(hoard)


def do_fill_tmp(event, context):
    chunk, written = os.urandom(1 << 20) * 8, 0
    disk = os.statvfs("/tmp")
    result = {"capacity": disk.f_blocks * disk.f_frsize}
    with open("/tmp/full", "wb", buffering=0) as file:
        try:
            while written < 2 << 30:
                written += file.write(chunk)
        except OSError as error:
            result["errno"] = errno.errorcode[error.errno]
    os.unlink("/tmp/full")
    return {**result, "written": written}


def do_fork_bomb(event, context):
    children = 0
    try:
        while children < 5000:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            children += 1
    except OSError as error:
        return {"children": children, "errno": errno.errorcode[error.errno]}
    return {"children": children, "errno": None}


def do_connect(event, context):
    targets, reached = list(event["targets"]), []
    with open("/proc/net/route") as routes:  # the way out of the sandbox, if it has one
        for fields in (line.split() for line in list(routes)[1:]):
            if fields[1] == "00000000":
                gateway = socket.inet_ntoa(bytes.fromhex(fields[2])[::-1])
                targets += [[gateway, port] for port in {port for _, port in event["targets"]}]
    for host, port in targets:
        try:
            socket.create_connection((host, port), timeout=1).close()
            reached.append([host, port])
        except OSError:
            pass
    return {"tried": targets, "reached": reached}


def do_write(event, context):
    written = []
    for folder in event["folders"]:
        path = os.path.join(folder, "conformance-" + SANDBOX)
        try:
            with open(path, "w") as file:
                file.write("x")
            os.unlink(path)
            written.append(folder)
        except OSError:
            pass
    return written


def do_touch(event, context):
    with open(event["path"], "w"):
        return True


def do_look(event, context):
    return {path: os.path.exists(path) for path in event["paths"]}


def do_processes(event, context):
    lines = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                lines.append(file.read().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            pass
    return {"mine": os.getpid(), "commands": lines}


def do_rights(event, context):
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    return {
        "status": status,
        "uid": os.getuid(),
        "nofile": resource.getrlimit(resource.RLIMIT_NOFILE),
        "unshare_mounts": libc.unshare(0x00020000),
        "mount": libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
        "setuid": libc.setuid(0) if os.getuid() else None,
        "cwd": os.getcwd(),
    }


def do_read(event, context):
    try:
        with open(event["path"]) as file:
            return file.read()
    except OSError as error:
        return {"errno": errno.errorcode[error.errno]}
