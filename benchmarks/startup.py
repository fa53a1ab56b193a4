"""Start-up: from the start of the process to its being ready, and to the first answer of a function that was there before."""

import statistics
import tempfile
import time

import processes
from lambent import Lambent, package
from table import Row, Target

LOCALSTACK_MS = 3300


def measure(settings, program, progress):
    first, again, answer = [], [], []
    for turn in processes.rounds(settings.starts, seconds=20, at_least=2):
        progress(f"start-up {turn + 1}/{settings.starts}")
        with tempfile.TemporaryDirectory(prefix="lambent-bench-") as scratch:
            lambent = Lambent(program, f"{scratch}/data", stock=2)
            try:
                processes.wait_until_quiet()
                first.append(lambent.start())
                lambent.deploy("hello", "Python", package("Python", f"{settings.folder}/functions"))
                lambent.stop()
                processes.wait_until_quiet()
                began = time.perf_counter()
                again.append(lambent.start())
                lambent.invoke("hello")
                answer.append(time.perf_counter() - began)
            finally:
                lambent.stop()
    target = Target(300, of_value=True, text="≤ 300 ms")
    return [
        Row("process start to ready, new data folder", statistics.median(first) * 1000, "ms", "LocalStack's published", LOCALSTACK_MS, target),
        Row("process start to ready, again", statistics.median(again) * 1000, "ms", "LocalStack's published", LOCALSTACK_MS, target),
        Row("process start to the first invoke's answer, Python", statistics.median(answer) * 1000, "ms", ""),
    ]
