"""What a hostile function tries. An attempt raises OSError if it is denied, and returns what it got if it is not.

As a function: {"attempt": NAME, "with": [ARGUMENTS]} answers {"denied": "EPERM"} or {"open": WHAT}.
As a program on the host, `attempts.py syscalls` makes the system calls of the table as root: that they are not denied there
shows that the sandbox is what denies them. Their arguments do nothing even where they are allowed.
"""
import ctypes
import errno
import glob
import json
import mmap
import os
import resource
import signal
import socket
import stat
import struct
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

NAMESPACES = {
    "user": 0x10000000, "mount": 0x00020000, "pid": 0x20000000, "network": 0x40000000,
    "ipc": 0x08000000, "uts": 0x04000000, "cgroup": 0x02000000, "time": 0x00000080,
}

# Number on x86-64 and arguments. With these a root that may do everything gets an error of its arguments, never EPERM.
SYSCALLS = {
    "mount": (165, b"none", b"/nowhere", b"tmpfs", 0, 0), "umount2": (166, b"/nowhere", 0), "pivot_root": (155, b"/nowhere", b"/nowhere"),
    "chroot": (161, b"/nowhere"), "open_tree": (428, -1, b"", 1), "move_mount": (429, -1, b"", -1, b"", 0), "fsopen": (430, b"nothing", 0),
    "fsconfig": (431, -1, 0, 0, 0, 0), "fsmount": (432, -1, 0, 0), "fspick": (433, -1, b"/nowhere", 0), "mount_setattr": (442, -1, b"/nowhere", 0, 0, 0),
    "setns": (308, -1, 0), "ptrace": (101, 16, -1, 0, 0), "process_vm_readv": (310, -1, 0, 0, 0, 0, 0), "process_vm_writev": (311, -1, 0, 0, 0, 0, 0),
    "kcmp": (312, -1, -1, 0, 0, 0), "pidfd_getfd": (438, -1, 0, 0), "process_madvise": (440, -1, 0, 0, 0, 0),
    "init_module": (175, 0, 0, 0), "finit_module": (313, -1, 0, 0), "delete_module": (176, b"nothing", 0),
    "bpf": (321, 0, 0, 0), "perf_event_open": (298, 0, -1, -1, -1, 0), "userfaultfd": (323, -1),
    "add_key": (248, 0, 0, 0, 0, 0), "request_key": (249, 0, 0, 0, 0), "keyctl": (250, 999, 0, 0, 0, 0),
    "io_uring_setup": (425, 0, 0), "io_uring_enter": (426, -1, 0, 0, 0, 0, 0), "io_uring_register": (427, -1, 0, 0, 0),
    "kexec_load": (246, 0, 999, 0, 0), "kexec_file_load": (320, -1, -1, 0, 0, 999), "reboot": (169, 0, 0, 0, 0), "swapon": (167, b"/nowhere", 0),
    "swapoff": (168, b"/nowhere"), "settimeofday": (164, struct.pack("qq", 0, -1), 0), "clock_settime": (227, 99, 0), "acct": (163, b"/nowhere"),
    "quotactl": (179, -1, 0, 0, 0), "iopl": (172, 9), "ioperm": (173, 1 << 20, 1, 1), "syslog": (103, 99, 0, 0), "fanotify_init": (300, -1, 0),
    "open_by_handle_at": (304, -1, 0, 0), "name_to_handle_at": (303, -1, b"", 0, 0, 0), "sethostname": (170, b"x", -1),
    "setdomainname": (171, b"x", -1), "seccomp": (317, 999, 0, 0), "memfd_secret": (447, -1), "quotactl_fd": (443, -1, 0, 0, 0),
    "personality of another kernel": (135, 0x0008), "packet socket": (41, 17, 3, 0), "AF_ALG socket": (41, 38, 5, 0),
    "AF_VSOCK socket": (41, 40, 1, 0), "AF_XDP socket": (41, 44, 3, 0), "AF_KEY socket": (41, 15, 3, 2), "AF_BLUETOOTH socket": (41, 31, 3, 1),
}
SYSCALLS |= {f"unshare {name}": (272, flag) for name, flag in NAMESPACES.items()}
SYSCALLS |= {f"clone into a new {name} namespace": (56, flag | signal.SIGCHLD, 0, 0, 0, 0) for name, flag in NAMESPACES.items() if name != "time"}


def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if number == 56 and result == 0:
        os._exit(0)  # the child of a clone that was allowed
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def syscall(name):
    return call(*SYSCALLS[name])


def read(path):
    with open(path, "rb") as file:
        content = file.read(4096)
    if not content:
        raise OSError(errno.ENODATA, "there is nothing in it")
    return repr(content[:200])


def list_folder(path):
    names = os.listdir(path)
    if not names:
        raise OSError(errno.ENODATA, "there is nothing in it")
    return names[:20]


def write(path):
    descriptor = os.open(path, os.O_WRONLY)
    return os.write(descriptor, b"1")


def create(path):
    return os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)


def delete(path):
    os.rename(path, path + ".moved")


def change_mode(path):
    os.chmod(path, 0o777)


def link_into_tmp(path):
    os.link(path, "/tmp/hard-link")


def read_through_link(path):
    link = f"/tmp/link-{time.monotonic_ns()}"
    os.symlink(path, link)
    return read(link)


def make_device(kind, major, minor):
    os.mknod(f"/tmp/device-{kind}", {"block": stat.S_IFBLK, "character": stat.S_IFCHR}[kind] | 0o666, os.makedev(major, minor))


def devices():
    """Every device node that there is."""
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk("/dev") for name in names
                  if stat.S_IFMT(os.lstat(os.path.join(folder, name)).st_mode) in (stat.S_IFBLK, stat.S_IFCHR))


def writable_settings():
    """Every file of /sys and /proc/sys that can be opened for writing."""
    found = []
    for root in ("/sys", "/proc/sys"):
        for folder, _, names in os.walk(root, onerror=lambda e: None):
            found += [path for path in (os.path.join(folder, name) for name in names) if not os.path.islink(path) and os.access(path, os.W_OK)]
    return found


def processes():
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def mount_points():
    """The source folder and the place of every mount, as /proc/self/mountinfo tells them."""
    return [line.split()[3:5] for line in open("/proc/self/mountinfo")]


def signal_process(pid, number):
    os.kill(pid, number)


def user(kind):
    {"uid": lambda: os.setuid(0), "gid": lambda: os.setgid(0), "groups": lambda: os.setgroups([0]),
     "other uid": lambda: os.setresuid(994, 994, 994)}[kind]()


def capset():
    header = struct.pack("II", 0x20080522, 0)
    call(126, header, struct.pack("IIIIII", 1 << 21, 1 << 21, 0, 0, 0, 0))


def limit(name):
    soft, hard = resource.getrlimit(getattr(resource, name))
    try:
        resource.setrlimit(getattr(resource, name), (soft, hard + 1))
    except ValueError as error:  # what Python makes of EPERM
        raise OSError(errno.EPERM, str(error)) from None
    return resource.getrlimit(getattr(resource, name))


def limits_of_init():
    return resource.prlimit(1, resource.RLIMIT_NOFILE, (10, 10))


def priority():
    os.setpriority(os.PRIO_PROCESS, 0, -5)


def real_time():
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))


def adjust_clock():
    timex = bytearray(208)
    struct.pack_into("I", timex, 0, 0x0001)  # ADJ_OFFSET
    call(159, (ctypes.c_char * len(timex)).from_buffer(timex))


def tmpfs_over_tmp():
    call(165, b"none", b"/tmp", b"tmpfs", 0, 0)


def remount_code():
    call(165, b"none", b"/var/task", b"none", 32 | 4096, 0)  # MS_REMOUNT, MS_BIND: without read-only


def overlay_in_user_namespace():
    call(272, NAMESPACES["user"] | NAMESPACES["mount"])
    call(165, b"overlay", b"/tmp", b"overlay", 0, b"lowerdir=/usr,upperdir=/tmp,workdir=/tmp")


def setuid_program():
    """Runs su as root's own program: what user does it become?"""
    child = subprocess.Popen(["/usr/bin/su", "-c", "id -u", "root"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = child.communicate(timeout=20)[0].decode()
    if child.returncode != 0:
        raise OSError(errno.EPERM, said)
    return said


def setuid_files():
    """Setuid and setgid files on mounts that would honour them."""
    return [path for folder, _, names in os.walk("/usr") for path in (os.path.join(folder, name) for name in names)
            if not os.path.islink(path) and os.lstat(path).st_mode & 0o6000 and not os.statvfs(path).f_flag & os.ST_NOSUID]


def entry_of_another_abi(code):
    """System calls by the doors of 32 bits and of x32, which a filter of 64-bit calls does not see. Signal that ended the try."""
    pid = os.fork()
    if pid == 0:
        if code == "x32":
            os._exit(0 if libc.syscall(ctypes.c_long(0x40000000 | 39)) > 0 else 1)
        memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        memory.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, getpid; int 0x80; ret
        function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
        os._exit(0 if function() > 0 else 1)
    status = os.waitpid(pid, 0)[1]
    if status == 0:
        return "it was served"
    raise OSError(errno.EPERM, f"status {status}")


def raw_socket():
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).fileno()


def transparent_socket():
    with socket.socket() as s:
        s.setsockopt(socket.IPPROTO_IP, 19, 1)


def netlink(family, kind, body):
    """One request with an acknowledgement; raises what the kernel answers."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family) as s:
        s.settimeout(2)
        data = bytes.fromhex(body)
        s.send(struct.pack("IHHII", 16 + len(data), kind, 0x605, 1, 0) + data)  # NLM_F_REQUEST, ACK, CREATE, EXCL
        answer = s.recv(4096)
        code = struct.unpack_from("i", answer, 16)[0]
    if code < 0:
        raise OSError(-code, os.strerror(-code))
    return code


def connect(host, port, device=None):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(0.7)
        if device:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        try:
            s.connect((host, port))
        except TimeoutError:
            raise OSError(errno.ETIMEDOUT, "no answer") from None
        return "connected"


def connect_all(targets):
    """All at once: what was reached."""
    waiting, reached = {}, []
    for host, port in targets:
        s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        s.setblocking(False)
        try:
            s.connect((host, port))
        except BlockingIOError:
            pass
        except OSError:
            continue
        waiting[s] = host
    until = time.monotonic() + 1
    while waiting and time.monotonic() < until:
        for s in list(waiting):
            failed = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            try:
                s.getpeername()
                reached.append(waiting.pop(s))
            except OSError:
                if failed:
                    waiting.pop(s)
        time.sleep(0.01)
    return reached


def send_datagrams(targets):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for host, port in targets:
            try:
                s.sendto(b"from the sandbox", (host, port))
            except OSError:
                pass


def connect_unix(path, kind="stream"):
    with socket.socket(socket.AF_UNIX, {"stream": socket.SOCK_STREAM, "packet": socket.SOCK_SEQPACKET}[kind]) as s:
        s.connect("\0" + path[1:] if path[0] == "@" else path)
        return "connected"


def gateway():
    for line in open("/proc/net/route").read().splitlines()[1:]:
        fields = line.split()
        if fields[1] == "00000000":
            return socket.inet_ntoa(bytes.fromhex(fields[2])[::-1])


def address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect(("192.0.2.1", 9))
        return s.getsockname()[0]


listeners = []


def listen(port):
    """Leaves an open door in this sandbox for others to try."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("0.0.0.0", port))
    s.listen()
    listeners.append(s)
    return address()


def leave(path, text):
    with open(path, "w") as file:
        file.write(text)


def found(pattern):
    return glob.glob(pattern)


def handler(event, context):
    try:
        return {"open": globals()[event["attempt"]](*event.get("with", []))}
    except OSError as error:
        return {"denied": errno.errorcode.get(error.errno, str(error.errno))}


def on_the_host(name):
    """In a process of its own: some attempts change the process that makes them."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        answer = handler({"attempt": "syscall", "with": [name]}, None)
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(pid, 0)
    with open(reading, "rb") as answer:
        return json.loads(answer.read())


if __name__ == "__main__" and sys.argv[1:] == ["syscalls"]:
    print(json.dumps({name: on_the_host(name) for name in SYSCALLS}))
