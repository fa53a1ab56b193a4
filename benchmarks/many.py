"""The cost of a warm invoke with 10,000 functions and many idle sandboxes beside that with one of each.

The idle sandboxes are of the process driver and of a custom runtime of some kilobytes, since so many interpreters would measure
the machine's memory; the worker is told that it has room for all. The invoke that is measured runs Node.js in both.
"""

import concurrent.futures
import io
import os
import subprocess
import tempfile
import zipfile

import processes
import warm
from lambent import Lambent, package
from table import Row, Target

FUNCTIONS, SANDBOXES, MEMORY_MB, THREADS = 10_000, 1_000, 128, 4


def small_bootstrap(folder):
    """A static program that asks for an event, echoes it, and asks again."""
    binary = os.path.join(folder, "bootstrap")
    compiler = "musl-gcc" if any(os.path.exists(f"{path}/musl-gcc") for path in os.environ["PATH"].split(":")) else "gcc"
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions", "small", "bootstrap.c")
    subprocess.run([compiler, "-Os", "-static", "-s", "-o", binary, source], check=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o100755 << 16
        with open(binary, "rb") as file:
            archive.writestr(entry, file.read())
    return packed.getvalue()


def fill(lambent, zip_bytes, progress):
    names = [f"many-{number}" for number in range(FUNCTIONS)]
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        for done, _ in enumerate(pool.map(lambda name: lambent.create(name, "provided.al2023", "any", zip_bytes, MEMORY_MB), names)):
            if done % 1000 == 0:
                progress(f"{done} of {FUNCTIONS} functions")
        for name in names[:SANDBOXES]:
            lambent.wait_until_active(name)
        for done, _ in enumerate(pool.map(lambda name: lambent.invoke(name, answer=None), names[:SANDBOXES])):
            if done % 100 == 0:
                progress(f"{done} of {SANDBOXES} sandboxes")


def measure(settings, program, progress):
    options = ["--isolation", "process", "--concurrency", "2000", "--memory-mb", str(2 * SANDBOXES * MEMORY_MB)]
    with tempfile.TemporaryDirectory(prefix="lambent-bench-") as scratch, \
            Lambent(program, f"{scratch}/one", stock=0, options=options) as one, Lambent(program, f"{scratch}/many", stock=0, options=options) as many:
        fill(many, small_bootstrap(scratch), progress)
        runs = {one: [], many: []}
        for lambent in runs:
            lambent.deploy("warm", "Node.js", package("Node.js", f"{settings.folder}/functions"))
            lambent.invoke("warm")
        for turn in processes.rounds(settings.rounds + 1, seconds=40):
            for lambent, found in runs.items():
                progress(f"warm with {'one' if lambent is one else 'many'}, round {turn}/{settings.rounds}")
                processes.wait_until_quiet()
                result = warm.load(settings.folder, lambent.host, lambent.invoke_path("warm"), lambent.signer, 1, settings.seconds)
                if turn:
                    found.append(result["p50_ms"])
        value, base = (warm.median_of(found) for found in (runs[many], runs[one]))
        return [Row(f"warm p50 with {FUNCTIONS:,} functions and {SANDBOXES:,} idle sandboxes (processes)", value, "ms", "one of each", base, Target(1.1))]
