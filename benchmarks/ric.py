"""A warm invoke beside aws-lambda-ric, AWS's own runtime client, behind the least Runtime API: no platform, no isolation, no signature."""

import os
import subprocess
import tempfile

import processes
import warm
from lambent import Lambent, package
from table import Row, Target

CLIENT = "tests/Conformance/ric/node_modules/aws-lambda-ric/bin/index.mjs"
WHO = "aws-lambda-ric"


def client_of(settings):
    """Where it is: in this clone or that of the program that is measured. ./test Conformance/ric fetches and builds it."""
    folders = [os.path.dirname(settings.folder), settings.program.partition("/artifacts/")[0]]
    found = [path for path in (os.path.join(folder, CLIENT) for folder in folders) if os.path.exists(path)]
    return found[0] if found else None


def measure(settings, program, progress):
    client = client_of(settings)
    if client is None:
        progress("aws-lambda-ric is not built (./test Conformance/ric does that): its row is left out")
        return []
    with tempfile.TemporaryDirectory(prefix="lambent-bench-") as scratch, open(f"{scratch}/peers.log", "wb") as log, \
            Lambent(program, f"{scratch}/ric", stock=1) as lambent, \
            warm.Peer([settings.node, f"{settings.folder}/peers/runtime-api.mjs"], log) as api:
        runtime = processes.start_server([settings.node, client, "index.handler"], log, cwd=f"{settings.folder}/functions/nodejs", env={
            "PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": api.host, "LAMBDA_TASK_ROOT": f"{settings.folder}/functions/nodejs",
            "AWS_LAMBDA_FUNCTION_NAME": "ric", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
            "AWS_LAMBDA_LOG_GROUP_NAME": "ric", "AWS_LAMBDA_LOG_STREAM_NAME": "ric"})
        try:
            return rows(settings, lambent, api, progress)
        finally:
            processes.stop_server(runtime)


def rows(settings, lambent, api, progress):
    languages = ("Node.js", "Python")
    paths = {}
    for language in languages:
        name = f"ric-{language.lower().replace('.', '')}"
        lambent.deploy(name, language, package(language, f"{settings.folder}/functions"))
        lambent.invoke(name)
        paths[language] = lambent.invoke_path(name)
    runs = {who: [] for who in (WHO, *languages)}
    def p50_ms(who, seconds):
        host, path = (api.host, "/") if who == WHO else (lambent.host, paths[who])
        return warm.load(settings.folder, host, path, lambent.signer, 1, seconds)["p50_ms"]

    for who in runs:
        progress(f"warming up {who}")
        p50_ms(who, settings.warm_up)
    for turn in processes.rounds(settings.rounds, seconds=40):
        for who, found in runs.items():
            progress(f"warm beside {WHO}, round {turn + 1}/{settings.rounds}: {who}")
            processes.wait_until_quiet()
            found.append(p50_ms(who, settings.seconds))
    return warm.p50_rows(runs, WHO, languages, Target(0.6))
