"""Cold starts: the first invoke of a new function, with and without stock, beside the start of a bare interpreter."""

import contextlib
import os
import statistics
import subprocess
import tempfile
import threading
import time

import processes
from lambent import EVENT, Lambent, package
from table import Row, Target

PACKAGE_BYTES = 1_000_000
LANGUAGES = ("Python", "Node.js")
SCRIPTS = {"Python": "functions/python/bare.py", "Node.js": "functions/nodejs/bare.mjs"}


def bare_command(settings, language, *more):
    interpreter = settings.python if language == "Python" else settings.node
    return [interpreter, os.path.join(settings.folder, SCRIPTS[language]), EVENT.decode(), *more]


def start_bare(settings, language, *more):
    return subprocess.Popen(
        bare_command(settings, language, *more), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)


def time_bare(settings, language):
    """From the spawn to the first line of output."""
    began = time.perf_counter()
    with start_bare(settings, language) as process:
        process.stdout.readline()
        return time.perf_counter() - began


def time_first_invoke(settings, lambent, language, name):
    lambent.deploy(name, language, package(language, f"{settings.folder}/functions", PACKAGE_BYTES))
    lambent.settle()
    took = lambent.invoke(name)
    lambent.delete(name)
    return took


def measure(settings, program, progress):
    samples = {(language, way): [] for language in settings.languages for way in ("bare", "stock", "no stock")}
    with tempfile.TemporaryDirectory(prefix="lambent-bench-") as scratch, \
            Lambent(program, f"{scratch}/stock", stock=2) as stocked, Lambent(program, f"{scratch}/none", stock=0) as empty:
        for lambent in (stocked, empty):
            for language in settings.languages:  # the program's own first times are not what is measured here
                time_first_invoke(settings, lambent, language, f"first-{language.lower().replace('.', '')}")
        for turn in processes.rounds(settings.cold_samples, seconds=50):
            progress(f"cold start {turn + 1}/{settings.cold_samples}")
            for (language, way), times in samples.items():
                if way == "bare":
                    processes.wait_until_quiet()
                    times.append(time_bare(settings, language))
                else:
                    lambent = stocked if way == "stock" else empty
                    times.append(time_first_invoke(settings, lambent, language, f"cold-{turn}-{language.lower().replace('.', '')}"))
    ms = {key: statistics.median(times) * 1000 for key, times in samples.items()}
    return [
        Row(f"cold start {words}, {language}, 1 MB", ms[language, way], "ms", "bare interpreter", ms[language, "bare"], Target(limit))
        for way, words, limit in (("stock", "from stock", 0.25), ("no stock", "without stock", 1.5)) for language in settings.languages]


def measure_burst(settings, program, progress):
    """Many first invokes at once, each of a function of its own, beside as many bare interpreters at once.

    The stock learns from a burst: so the usual one meets a second burst of other functions too, once it has been filled again.
    """
    many, rows = settings.burst, []
    bursts = [("stock of 2, the first time", 2 * 2, 1), ("stock of 2, again", many + 2, 2), (f"stock of {many}", 2 * many, 3)]
    for language in settings.languages:
        for stock, parts in ((2, bursts[:2]), (many, bursts[2:])):
            with tempfile.TemporaryDirectory(prefix="lambent-bench-") as scratch, Lambent(program, f"{scratch}/burst", stock=stock) as lambent:
                for words, stocked, turn in parts:
                    progress(f"{many} cold starts at once, {words}: {language}")
                    names = [f"burst-{language.lower().replace('.', '')}-{turn}-{number}" for number in range(many)]
                    zip_bytes = package(language, f"{settings.folder}/functions", PACKAGE_BYTES)
                    for name in names:
                        lambent.deploy(name, language, zip_bytes, memory_mb=128)
                    lambent.wait_for_stock(stocked)
                    took = invoke_at_once(lambent, names)
                    for name in names:
                        lambent.delete(name)
                    bare = bare_at_once(settings, language)
                    rows.append(Row(f"{many} cold starts at once, {language}, {words}", took, "s", f"{many} bare interpreters", bare, Target(0.5)))
    return rows


def invoke_at_once(lambent, names):
    everyone, failures = threading.Barrier(len(names) + 1), []

    def one(name):
        try:
            _ = lambent.connection
            everyone.wait(30)
            lambent.invoke(name)
        except Exception as failure:  # of whatever kind: the other thread has to know
            failures.append(failure)

    threads = [threading.Thread(target=one, args=[name], daemon=True) for name in names]
    for thread in threads:
        thread.start()
    everyone.wait(30)
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if failures:
        raise RuntimeError(f"{len(failures)} of {len(names)} invokes failed: {failures[0]}")
    return took


def bare_at_once(settings, language):
    with contextlib.ExitStack() as stack:
        began = time.perf_counter()
        started = [stack.enter_context(start_bare(settings, language)) for _ in range(settings.burst)]
        for process in started:
            process.stdout.readline()
        return time.perf_counter() - began
