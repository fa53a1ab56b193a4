"""Processes: servers that end with this one, and what /proc says of memory and of the machine's rest."""

import ctypes
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def start_server(command, log, stdout=None, **options):
    """Starts a server in a session of its own, so that Ctrl-C is for us alone; it gets SIGTERM if we are killed."""
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=stdout or log, stderr=log, start_new_session=True,
        preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM), **options)


def stop_server(process, seconds=30):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout:
        process.stdout.close()


def pss_mib(pid):
    """Proportional set size: what a process holds alone, and its share of what it holds with others."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


def name_of(pid):
    with open(f"/proc/{pid}/comm") as file:
        return file.read().strip()


def control_groups():
    """Every process of this machine with the path of its control group."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cgroup") as file:
                paths = {line.rstrip("\n").split(":", 2)[2] for line in file}
        except OSError:
            continue  # it has ended
        yield int(pid), max(paths, key=len)


def busy_share(seconds):
    """How much of the machine's processors was in use during this time, 0 to 1."""
    def read():
        with open("/proc/stat") as file:
            ticks = [int(number) for number in file.readline().split()[1:9]]
        return sum(ticks), ticks[3] + ticks[4]
    total, idle = read()
    time.sleep(seconds)
    total_then, idle_then = read()
    return 1 - (idle_then - idle) / max(1, total_then - total)


class Patience:
    """Waiting for a quiet machine, bounded for the whole run: it may never be alone."""

    left = 40.0
    seen = []  # how busy the machine still was when the waiting ended

    @classmethod
    def wait_until_quiet(cls, at_most=2.0, share=0.25):
        began = time.monotonic()
        while (busy := busy_share(0.1)) > share and time.monotonic() - began < min(at_most, cls.left):
            pass
        cls.seen.append(busy)
        cls.left -= time.monotonic() - began - 0.1


wait_until_quiet = Patience.wait_until_quiet


def rounds(count, seconds, at_least=3):
    """The numbers 0 to count - 1; fewer, but not fewer than this, when the time is up."""
    end = time.monotonic() + seconds
    for turn in range(count):
        if turn >= at_least and time.monotonic() > end:
            return
        yield turn


def wait_for(condition, what, at_most=30.0, every=0.002):
    end = time.monotonic() + at_most
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {at_most:.0f} s")
        time.sleep(every)
    return found
