"""Memory of idle sandboxes beside idle bare interpreters, at the same time, so that what they share counts the same for both."""

import statistics
import tempfile
import time

import processes
from cold import LANGUAGES, start_bare
from lambent import Lambent, package
from table import Row, Target

SAMPLES = 3
FIRECRACKER_MIB = 5
ONE_MIB = Target(1, of_value=True, text="≤ 1 MiB")
INTERPRETERS = {"Python": "python", "Node.js": "node"}


def measure(settings, program, progress):
    progress("memory of idle sandboxes")
    with tempfile.TemporaryDirectory(prefix="lambent-bench-") as scratch, Lambent(program, f"{scratch}/memory", stock=0) as lambent:
        worker = processes.pss_mib(lambent.process.pid)
        bare = {language: [start_bare(settings, language, "stay") for _ in range(SAMPLES)] for language in LANGUAGES}
        try:
            for language in LANGUAGES:
                for number in range(SAMPLES):
                    name = f"idle-{language.lower().replace('.', '')}-{number}"
                    lambent.deploy(name, language, package(language, f"{settings.folder}/functions"))
                    lambent.invoke(name)
                for process in bare[language]:
                    process.stdout.readline()
            lambent.settle()
            time.sleep(1)  # what an interpreter does after its first answer
            return rows(lambent, bare, worker)
        finally:
            for process in [process for each in bare.values() for process in each]:
                processes.stop_server(process)


def rows(lambent, bare, worker):
    result, inits = [], []
    for language in LANGUAGES:
        sandboxes = [s for s in lambent.sandboxes() if any(processes.name_of(pid).startswith(INTERPRETERS[language]) for pid in s)]
        whole = statistics.median(sum(map(processes.pss_mib, sandbox)) for sandbox in sandboxes)
        alone = statistics.median(processes.pss_mib(process.pid) for process in bare[language])
        inits += [processes.pss_mib(pid) for sandbox in sandboxes for pid in sandbox if processes.name_of(pid).startswith("lambent-init")]
        result.append(Row(f"memory of an idle sandbox, {language} (PSS)", whole, "MiB", "bare interpreter", alone))
        result.append(Row(f"… over its interpreter, {language}", whole - alone, "MiB", "Firecracker's promise", FIRECRACKER_MIB, ONE_MIB))
    result.append(Row("… of which lambent-init", statistics.median(inits), "MiB", ""))
    result.append(Row("memory of the worker, just started (PSS)", worker, "MiB", ""))
    return result
