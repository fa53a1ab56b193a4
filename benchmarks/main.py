"""./bench: Lambent beside its peers, in one run."""

import argparse
import datetime
import glob
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

import cold
import many
import memory
import processes
import ric
import startup
import table
import warm

FOLDER = os.path.dirname(os.path.abspath(__file__))
PARTS = {
    "startup": "process start to ready",
    "memory": "idle sandboxes and the worker",
    "cold": "first invokes with and without stock",
    "burst": "100 cold starts at once, with the usual stock, the same again, and with a stock of 100",
    "ric": "warm p50 beside AWS's runtime client (./test Conformance/ric builds it)",
    "many": "warm p50 with 10,000 functions and many idle sandboxes",
    "warm": "p50 and requests per second at 1 and 16 connections",
}
HELP = """\
Measures Lambent beside a raw Node.js server, workerd and bare interpreters, in one run and in alternating rounds, and
prints a table of ratios. A whole run writes it to docs/benchmarks.md too.

  ./bench                       everything, about eight minutes
  ./bench --quick               fewer rounds, under a minute, nothing written
  ./bench --only warm memory    some parts, nothing written
  ./bench --only cold --language Python
  ./bench --yes                 install what is missing without asking
  ./bench --program /tmp/other/artifacts/publish/Lambent/release_linux-x64/lambent
                                another build, which must lie in its clone
"""


def parse():
    parts = "\n".join(f"  {name:8} {what}" for name, what in PARTS.items())
    parser = argparse.ArgumentParser("./bench", description=HELP, epilog=f"parts:\n{parts}", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--only", metavar="PART", nargs="+", default=[*PARTS], help="these parts")
    parser.add_argument("--language", choices=cold.LANGUAGES, help="cold starts and bursts of this language only")
    parser.add_argument("--program", default=os.environ.get("LAMBENT_BENCH_PROGRAM"), help="the lambent to measure")
    parser.add_argument("--yes", "-y", action="store_true", help="install what is missing")
    settings = parser.parse_args()
    settings.only = [part for parts in settings.only for part in parts.split(",")]
    settings.languages = (settings.language,) if settings.language else cold.LANGUAGES
    if unknown := set(settings.only) - set(PARTS):
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if not settings.program or not os.access(settings.program, os.X_OK):
        parser.error("there is no program to measure: run ./bench in the clone, which builds it")
    settings.rounds, settings.seconds, settings.warm_up = (2, 1, 2) if settings.quick else (5, 2, 12)
    settings.cold_samples, settings.starts, settings.burst = (3, 2, 20) if settings.quick else (11, 5, 100)
    settings.folder, settings.node, settings.python = FOLDER, shutil.which("node"), lambdas_python()
    settings.workerd = next(iter(glob.glob(f"{FOLDER}/node_modules/@cloudflare/workerd-*/bin/workerd")), None)
    if "warm" in settings.only and settings.workerd is None:
        parser.error("workerd is missing: npm ci in benchmarks/, which ./bench does")
    return settings


def lambdas_python():
    """The interpreter that Lambent takes for python3.12: the nearest version."""
    found = [(abs(int(m[1]) - 12), m[0]) for m in
             (re.fullmatch(r"/usr(?:/local)?/bin/python3\.(\d+)", path) for path in glob.glob("/usr/bin/python3.*") + glob.glob("/usr/local/bin/python3.*")) if m]
    return min(found)[1]


class Progress:
    """What is being done, on one line of a terminal, or a line for each step."""

    def __init__(self):
        self.began, self.is_terminal = time.monotonic(), sys.stderr.isatty()

    def __call__(self, what):
        line = f"{time.monotonic() - self.began:4.0f} s  {what}"
        sys.stderr.write(f"\r\x1b[K{line}" if self.is_terminal else f"{line}\n")
        sys.stderr.flush()

    def done(self):
        sys.stderr.write("\r\x1b[K" if self.is_terminal else "")


def version(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def machine(settings):
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    memory_gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    workerd = version(settings.workerd, "--version") if settings.workerd else "no workerd"
    return (f"{os.cpu_count()} cores ({model}), {memory_gib:.0f} GiB, Linux {platform.release()}; Node.js {version(settings.node, '--version')}, "
            f"{version(settings.python, '--version')}, {workerd}")


def document(settings, rows, spread):
    return f"""# Benchmarks

Made by `./bench` on {datetime.date.today()}; do not edit. Everything is measured in one run on one machine, over loopback, beside its
peer and in alternating rounds; each figure is a median. The ratios are what counts.

{table.render(rows)}

Machine: {machine(settings)}.

- **Warm**: wrk sends the same signed `POST` with a small JSON event to each, {settings.warm_up} s to warm it up, then up to {settings.rounds} rounds of {settings.seconds} s. Lambent checks the
  signature and runs the function in its sandbox; raw Node.js and workerd run the same handler in the server itself, and ignore the
  signature. One connection: a function of 1,769 MB, one processor; 16 connections: as much memory as lets 16 sandboxes
  of each language fit.
- **Cold**: the first invoke of a function that was just created, with a package of 1 MB; up to {settings.cold_samples} new functions for each figure. Beside it the
  same interpreter with the same handler as a plain process, from the spawn to its first line of output.
- **At once**: {settings.burst} functions of 128 MB, invoked at the same moment; until all have answered. "Again": the same with {settings.burst} other functions, once
  the stock, which learns from bursts, has been filled.
- **Memory**: proportional set size of all processes of a sandbox after its first invoke, beside the idle bare interpreter with the handler
  loaded; both at the same time, so that shared pages count the same.
- **Start-up**: from the spawn to `endpoint.json`, which is written when requests are served; up to {settings.starts} starts.

Noise: rounds of one warm measurement lay at most {spread:.0%} of their median apart, and just before the measurements other
work kept {statistics.mean(processes.Patience.seen):.0%} of the machine busy on average. Differences smaller than the first mean nothing,
and the second should be near nothing.

- **AWS's runtime client**: aws-lambda-ric behind a Runtime API of forty lines in Node.js; no platform, no isolation, no signature.
- **Many**: 10,000 functions, of which the row's number have an idle sandbox of the process driver with a tiny custom runtime; the invoke that is
  measured runs Node.js in one more such sandbox, beside the same with nothing else there.

Again: `./bench` (about eight minutes), `./bench --quick`, `./bench --help`.
"""


def run(settings, progress):
    measures = {
        "startup": startup.measure, "memory": memory.measure, "cold": cold.measure, "burst": cold.measure_burst,
        "ric": ric.measure, "many": many.measure}
    rows, spread = [], 0.0
    for part in settings.only:
        if part != "warm":
            rows += measures[part](settings, settings.program, progress)
    if "warm" in settings.only:
        found, spread = warm.measure(settings, settings.program, progress)
        rows = found + rows
    return rows, spread


def stop(*_):
    """Ctrl-C once is enough: what was started is being stopped from now on."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main():
    settings = parse()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    progress = Progress()
    others = processes.busy_share(1)
    if others > 0.2:
        progress(f"Other work keeps {others:.0%} of this machine busy: ratios will be off. Better run this on a quiet one.")
    try:
        rows, spread = run(settings, progress)
    except KeyboardInterrupt:
        progress.done()
        sys.exit("bench: stopped; what it started is gone")
    except (RuntimeError, TimeoutError) as error:
        progress.done()
        sys.exit(f"bench: {error}")
    progress.done()
    print(table.render(rows))
    if spread:
        print(f"\nRounds of one warm measurement lay at most {spread:.0%} of their median apart; other work kept "
              f"{statistics.mean(processes.Patience.seen):.0%} of the machine busy just before the measurements.")
    if set(settings.only) == set(PARTS) and not settings.quick and not settings.language:
        path = os.path.join(os.path.dirname(FOLDER), "docs", "benchmarks.md")
        with open(path, "w") as file:
            file.write(document(settings, rows, spread))
        print(f"Written to {os.path.relpath(path)}.")


if __name__ == "__main__":
    main()
