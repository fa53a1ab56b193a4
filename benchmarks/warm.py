"""Warm invokes beside the floor and workerd: the same request with the same headers, made by wrk, in alternating rounds."""

import json
import os
import statistics
import subprocess
import tempfile

import processes
from lambent import ANSWER, EVENT, Lambent, package
from table import Row, Target

CONNECTIONS = (1, 16)
FLOOR, PEER = "raw Node.js HTTP", "workerd"


class Peer:
    """A server that prints its port as JSON when it listens."""

    def __init__(self, command, log):
        self.process = processes.start_server(command, log, stdout=subprocess.PIPE)
        port = json.loads(self.process.stdout.readline())["port"]
        self.host = f"127.0.0.1:{port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        processes.stop_server(self.process)


def load(folder, host, path, signer, connections, seconds):
    """One run of wrk. Signed anew each time: a signature holds for five minutes."""
    headers = signer.headers("POST", host, path, EVENT)
    environment = {
        **os.environ, "BENCH_BODY": EVENT.decode(), "BENCH_HEADERS": "\n".join(f"{k}: {v}" for k, v in headers.items())}
    out = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", os.path.join(folder, "load.lua"), f"http://{host}{path}"],
        env=environment, check=True, capture_output=True, text=True, timeout=seconds + 30).stdout
    result = json.loads(out.strip().splitlines()[-1])
    if result["errors"] > 0:
        raise RuntimeError(f"{host}{path}: {result['errors']} of {result['requests']} requests failed")
    return result


def function_memory_mb():
    """So much that 32 sandboxes and a few more fit into the four fifths of the machine that a worker takes; at most 1,769."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    return max(128, min(1769, (total * 4 // 5 - 6 * 1769) // 36))


def deploy(lambent, folder):
    """A function for one connection, with a whole processor, and one that may have sixteen sandboxes."""
    targets = {}
    for language in ("Node.js", "Python"):
        for connections, memory_mb in zip(CONNECTIONS, (1769, function_memory_mb())):
            name = f"warm-{language.lower().replace('.', '')}-{connections}"
            lambent.deploy(name, language, package(language, os.path.join(folder, "functions")), memory_mb)
            lambent.invoke(name)
            targets[language, connections] = lambent.invoke_path(name)
    return targets


def measure(settings, program, progress):
    folder = settings.folder
    with tempfile.TemporaryDirectory(prefix="lambent-bench-") as scratch, open(f"{scratch}/peers.log", "wb") as log, \
            Lambent(program, f"{scratch}/warm", stock=2) as lambent, \
            Peer(["node", f"{folder}/peers/floor.mjs"], log) as floor, \
            Peer([settings.workerd, "serve", "--control-fd=1", f"{folder}/peers/workerd.capnp"], log) as workerd:
        paths = deploy(lambent, folder)
        who = {FLOOR: floor.host, PEER: workerd.host, "Node.js": lambent.host, "Python": lambent.host}
        runs = {(name, connections): [] for name in who for connections in CONNECTIONS}

        def run(name, connections, seconds):
            return load(folder, who[name], paths.get((name, connections), "/"), lambent.signer, connections, seconds)

        for name, connections in runs:  # what compiles as it runs, as .NET, V8 and workerd do, is measured once it has
            progress(f"warming up {name}, {connections} connections")
            run(name, connections, settings.warm_up)
        for turn in processes.rounds(settings.rounds, seconds=75):
            for name, connections in runs:
                progress(f"warm, round {turn + 1}/{settings.rounds}: {name}, {connections} connections")
                processes.wait_until_quiet()
                runs[name, connections].append(run(name, connections, settings.seconds))
        worker_mib = processes.pss_mib(lambent.process.pid)
    return rows(runs) + [Row("memory of the worker after the load (PSS)", worker_mib, "MiB", "")], spread(runs)


def rows(runs):
    def median(name, connections, key, unit=1):
        return statistics.median(run[key] for run in runs[name, connections]) / unit

    def rps(name, connections):
        return statistics.median(run["requests"] / run["seconds"] for run in runs[name, connections])

    result = []
    for peer in (PEER, FLOOR):
        for language in ("Node.js", "Python"):
            has_target = peer == PEER
            for connections in CONNECTIONS:
                s = "" if connections == 1 else "s"
                result.append(Row(
                    f"warm p50, {language}, {connections} connection{s}", median(language, connections, "p50_ms"), "ms",
                    peer, median(peer, connections, "p50_ms"), Target(1) if has_target and connections == 1 else None))
                result.append(Row(
                    f"warm rps, {language}, {connections} connection{s}", rps(language, connections), "/s",
                    peer, rps(peer, connections), Target(1, at_least=True) if has_target and connections == 16 else None))
    return result


def median_of(values):
    return statistics.median(values)


def p50_rows(runs, peer, languages, target):
    """Of runs that are medians in milliseconds already."""
    base = median_of(runs[peer])
    return [Row(f"warm p50, {language}, 1 connection", median_of(runs[language]), "ms", peer, base, target) for language in languages]


def spread(runs):
    """The widest distance between the rounds of one measurement, as a share of its median: how noisy the machine was."""
    return max(
        (max(values) - min(values)) / statistics.median(values)
        for values in ([run["requests"] / run["seconds"] for run in all_runs] for all_runs in runs.values()))
