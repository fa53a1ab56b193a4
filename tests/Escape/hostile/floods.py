"""A function that wants everything: {"flood": NAME} takes until it is stopped, gives back what it can, and says how much it got."""
import ctypes
import errno
import fcntl
import mmap
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time

SECONDS = 3


def take(one, at_most):
    """Takes one more until it is refused: what was got, and the name of the refusal."""
    got = []
    try:
        while len(got) < at_most:
            got.append(one(len(got)))
    except (OSError, RuntimeError) as error:
        return got, errno.errorcode.get(getattr(error, "errno", None), "EAGAIN")
    return got, "nothing refused it"


def child():
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    return pid


def processes():
    pids, refusal = take(lambda n: child(), 5000)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        os.waitpid(pid, 0)
    return {"got": len(pids), "refusal": refusal}


def fork_bomb():
    """Each child makes children, until the time is over: the whole tree is in one group of processes."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                os.fork()
            except OSError:
                pass
        os._exit(0)
    time.sleep(SECONDS)
    while True:
        try:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(-pid, 0)
        except (ProcessLookupError, ChildProcessError):
            return {"got": 0, "refusal": "killed"}


def threads():
    stop = threading.Event()

    def one(n):
        thread = threading.Thread(target=stop.wait)
        thread.start()
        return thread

    threading.stack_size(64 * 1024)
    got, refusal = take(one, 5000)
    stop.set()
    for thread in got:
        thread.join()
    return {"got": len(got), "refusal": refusal}


def files():
    got, refusal = take(lambda n: os.open("/dev/null", os.O_RDONLY), 5000)
    for descriptor in got:
        os.close(descriptor)
    return {"got": len(got), "refusal": refusal}


def sockets():
    got, refusal = take(lambda n: socket.socketpair(), 5000)
    for a, b in got:
        a.close()
        b.close()
    return {"got": len(got), "refusal": refusal}


def blocks():
    block = b"x" * (1 << 20)
    with open("/tmp/blocks", "wb", buffering=0) as file:
        got, refusal = take(lambda n: file.write(block), 5000)
    os.unlink("/tmp/blocks")
    return {"got": len(got), "refusal": refusal}


def sparse():
    """A file that claims to be as large as files can be."""
    with open("/tmp/sparse", "wb") as file:
        file.seek((1 << 43) - 1)
        file.write(b"x")
    size, blocks = os.stat("/tmp/sparse").st_size, os.stat("/tmp/sparse").st_blocks
    os.unlink("/tmp/sparse")
    return {"got": size, "refusal": f"{blocks} blocks"}


def inodes():
    os.mkdir("/tmp/inodes")
    got, refusal = take(lambda n: os.mknod(f"/tmp/inodes/{n}"), 300_000)
    for n in range(len(got)):
        os.unlink(f"/tmp/inodes/{n}")
    os.rmdir("/tmp/inodes")
    return {"got": len(got), "refusal": refusal}


def depth():
    """Folders in folders, until the name is too long for any path."""
    os.chdir("/tmp")

    def one(n):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)

    got, refusal = take(one, 2000)
    os.chdir("/")
    return {"got": len(got), "refusal": refusal}


def memory():
    """Ends in the kernel's killing this process."""
    held = []
    while True:
        held.append(bytearray(16 << 20))


def memory_of_children():
    """The same by children, whose deaths the parent survives."""
    pid = os.fork()
    if pid == 0:
        memory()
    return {"got": 0, "refusal": f"signal {os.waitpid(pid, 0)[1]}"}


def memory_files():
    """Memory that belongs to no process: files without a name."""
    block = b"x" * (16 << 20)
    held = [os.memfd_create("flood")]
    while True:
        os.write(held[0], block)


def log():
    """Gigabytes, as fast as they are taken, for the time it has."""
    block = b"flood " * 10_923
    until, sent = time.monotonic() + SECONDS, 0
    while time.monotonic() < until and sent < 4 << 30:
        sent += os.write(1, block)
    return {"got": sent, "refusal": "time"}


def lines():
    """Small writes, as many as there can be."""
    until, sent = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        sent += os.write(2, b"line\n")
    return {"got": sent, "refusal": "time"}


def cpu():
    """Every processor, by more threads of execution than there are."""
    children = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(16)]
    time.sleep(SECONDS)
    for process in children:
        process.kill()
        process.wait()
    return {"got": len(children), "refusal": "time"}


def datagrams():
    """Packets to the outside, as many as there can be."""
    until, sent = time.monotonic() + SECONDS, 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setblocking(False)
        while time.monotonic() < until:
            try:
                sent += bool(s.sendto(b"x" * 1400, ("192.0.2.1", 1 + sent % 60000)))
            except OSError:
                pass
    return {"got": sent, "refusal": "time"}


def api(request, pieces):
    """The Runtime API, by sixty connections that send without end: how many answers came."""
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    lines = [socket.create_connection((host, int(port))) for _ in range(60)]
    for line in lines:
        line.sendall(request)
        line.setblocking(False)
    until, answers = time.monotonic() + SECONDS, 0
    while lines and time.monotonic() < until:
        readable, writable, _ = select.select(lines, lines, [], 0.1)
        for line in {*readable, *writable}:
            try:
                if line in writable:
                    line.send(pieces)
                if line in readable:
                    got = line.recv(65536)
                    answers += got.count(b"HTTP/1.1 ")
                    if not got:
                        lines.remove(line)
            except BlockingIOError:
                pass
            except OSError:
                lines.remove(line)
    return {"got": answers, "refusal": "time"}


def api_requests():
    return api(b"", b"GET /2018-06-01/nothing HTTP/1.1\r\nHost: a\r\n\r\n" * 1000)


def api_chunks():
    """A body that nobody wants, in chunks of one byte."""
    return api(b"POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000)


CONNECTION = 4
SENT = {
    "requests": b"GET /2018-06-01/nothing HTTP/1.1\r\nHost: a\r\n\r\n" * 1000,
    "chunks": b"POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000,
    "garbage": bytes(range(256)) * 256,
    "a_header": b"GET / HTTP/1.1\r\nx: " + b"x" * (2 << 20),
}


def connection(what, reads):
    """The connection that its own runtime speaks by, without end. The last byte may be anywhere in a request, so the runtime ends too."""
    line = socket.socket(fileno=CONNECTION)
    assert line.family == socket.AF_UNIX
    line.setblocking(False)
    until, open_now = time.monotonic() + SECONDS, True
    while time.monotonic() < until:
        try:
            if reads:
                line.recv(65536)
            if open_now:
                line.send(SENT[what])
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            open_now = False  # the worker has heard enough
            time.sleep(0.001)
    os._exit(7)


def descriptors():
    """Descriptors for the worker, which would have to close them: one whose closing blocks."""
    line = socket.socket(fileno=os.dup(CONNECTION))
    try:
        socket.send_fds(line, [b"x"], [1])
    except OSError as error:
        return {"got": 0, "refusal": errno.errorcode[error.errno]}
    os._exit(7)


def locks():
    """Holds the lock of the pipe of its output, whose other end the worker reads, while it waits for what never comes."""
    libc, refusals = ctypes.CDLL(None, use_errno=True), set()
    silent, _kept = socket.socketpair()
    full, _unread = socket.socketpair()
    full.setblocking(False)
    try:
        while True:
            full.send(b"x" * 65536)
    except BlockingIOError:
        full.setblocking(True)
    reader = os.open("/proc/self/fd/1", os.O_RDONLY)
    for call in (lambda: libc.splice(silent.fileno(), None, 1, None, 65536, 0), lambda: libc.sendfile(1, silent.fileno(), None, 65536),
                 lambda: libc.splice(reader, None, full.fileno(), None, 65536, 0), lambda: libc.tee(reader, 1, 65536, 0)):
        os.write(1, b"some output\n")
        assert call() == -1
        refusals.add(errno.errorcode[ctypes.get_errno()])
    return {"got": 0, "refusal": "/".join(sorted(refusals))}


WRITTEN = []


def faults():
    """Answers at once, while a thread writes pages that the kernel has to fetch from the disk: the pipe of its output stays locked meanwhile."""
    if not WRITTEN:
        WRITTEN.append(0)
        threading.Thread(target=write_what_is_not_there, daemon=True).start()
    return {"got": WRITTEN[0], "refusal": "none"}


def write_what_is_not_there():
    fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20)
    with open("/tmp/faults", "w+b") as file:
        file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())
        with mmap.mmap(file.fileno(), 1 << 20) as pages:
            pages.madvise(mmap.MADV_RANDOM)  # one page for each fault
            while True:
                pages.madvise(mmap.MADV_DONTNEED)
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                WRITTEN[0] += os.write(1, pages)


def daemon(marker):
    """Answers, and leaves a grandchild behind that is nobody's child any more, in a session of its own, and burns."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.execv(sys.executable, [sys.executable, "-c", "while True: pass", marker])
        os._exit(0)
    os.wait()
    return {"got": 1, "refusal": "left"}


def end(how):
    """Ends the runtime in the middle of an invoke."""
    {"exit": lambda: os._exit(7), "abort": os.abort, "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
     "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
     "close": lambda: (os.closerange(0, 1024), time.sleep(60))}[how]()


def handler(event, context):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return globals()[event["flood"]](*event.get("with", []))
