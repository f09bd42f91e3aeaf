"""Prints what process_data takes for 200 MB of flights, beside an earlier commit's, in interleaved runs.

`python -m benchmarks.rows [COMMIT]`; without a commit, this tree alone. Each stage has a process of its own,
on one core, as a function of 512 MB; S3 is moto's, in this process, on the others. `start` is what each
process does once, imports and the client of S3, as a warm function has already; the stages are without it.
"""

import importlib
import inspect
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

from demo import flights

ROOT = Path(__file__).parents[1]
SIZE = 200 * 1024 * 1024  # bytes
ROUNDS = 3
KEY, BUCKET = "records/flights.csv", "databucket"
REST = [
    {"derive": {"speed": "round(distance / air_time * 60, 1)"}},
    {"sort": [{"by": "dep_delay", "descending": True}, {"by": "carrier"}]},
]
STAGES = {"survey": "surveyed", "prepare": "prepared", "combine": "processed", "convert": "converted"}
CLIENTS = {"jobs/clients.py": "jobs.clients", "progress/aws.py": "progress.aws"}
# The first tree that has it is asked in its own language.
FILTERS = {"expressions.py": "number(dep_delay) > 60", "operators.py": "dep_delay > 60"}


def main() -> None:
    """Run the trees in turns, and print medians."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[1:] or cores)
    try:
        with tempfile.TemporaryDirectory() as folder:
            host, port = server.get_host_and_port()
            environment = _environment(f"http://{host}:{port}", folder)
            rows = _fill(environment)
            print(f"{rows:,} rows, {SIZE // 1024**2} MB, one core, 512 MB; medians of {ROUNDS} runs")
            _compare(environment, _trees(folder), cores[0])
    finally:
        server.stop()


def _compare(environment: dict[str, str], trees: dict[str, Path], core: int) -> None:
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in trees}
    for _ in range(ROUNDS):
        for name, tree in trees.items():
            command = [
                "taskset",
                "-c",
                str(core),
                sys.executable,
                "-m",
                "benchmarks.rows",
                "--run",
                str(tree),
            ]
            env = environment | {"PYTHONPATH": f"{tree}/functions:{ROOT}"}
            done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True, cwd=ROOT)
            runs[name].append(json.loads(done.stdout))
    for name, each in runs.items():
        for stage in ("start", *STAGES, "all", "all with starts"):
            wall, cpu = (median(run[stage][at] for run in each) for at in (0, 1))
            peak = max(run[stage][2] for run in each)
            print(f"{name:10} {stage:15} {wall:6.1f} s {cpu:6.1f} s of the processor  peak {peak:4.0f} MB")
    if len(runs) > 1:
        for counted in ("all", "all with starts"):
            old, new = (median(run[counted][1] for run in each) for each in runs.values())
            print(f"{old / new:.1f} times faster by the processor's time, {counted}")
    assert len({run["rows_out"] for each in runs.values() for run in each}) == 1


def _run(tree: Path) -> None:
    """Run the stages one after the other, each in a process of its own, and print what they took."""
    from progress import Progress
    from steps.process_data.pipeline import ProcessRequest

    marks = [name for name in FILTERS if (tree / "functions/steps/process_data" / name).exists()]
    output = {"source": {"bucket_key": KEY}, "format": "csv", "output": {"format": "csv"}}
    pipeline = [{"filter": FILTERS[marks[0]]}, *REST]
    clients = next(name for path, name in CLIENTS.items() if (tree / "functions" / path).exists())
    given: dict[str, Any] = {"request": ProcessRequest.model_validate(output | {"pipeline": pipeline})}
    job: Any = SimpleNamespace(tenant="acme", folder="work/acme/r/", results="results/acme/r/")
    took: dict[str, Any] = {}
    started: dict[str, Any] = {}
    for stage, gives in STAGES.items():
        read, write = os.pipe()
        if child := os.fork():
            os.close(write)
            with os.fdopen(read) as said:
                answer = json.load(said)
            os.waitpid(child, 0)
            function = getattr(importlib.import_module(f"steps.process_data.{stage}"), stage)
            given[gives] = inspect.signature(function).return_annotation.model_validate(answer["result"])
            took[stage], started[stage] = answer["took"], answer["started"]
            continue
        born = time.monotonic()
        function = getattr(importlib.import_module(f"steps.process_data.{stage}"), stage)
        importlib.import_module(clients).s3()
        started_here = [time.monotonic() - born, time.process_time(), 0.0]
        wanted = {name: given[name] for name in inspect.signature(function).parameters if name != "progress"}
        began, worked = time.monotonic(), time.process_time()
        result = function(**wanted, progress=Progress(None, job=job))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        took_here = [time.monotonic() - began, time.process_time() - worked, peak]
        with os.fdopen(write, "w") as to_parent:
            answer = {"result": result.model_dump(mode="json"), "took": took_here, "started": started_here}
            json.dump(answer, to_parent)
        os._exit(0)
    took["all"] = _together(took)
    took["start"] = _together(started)
    took["all with starts"] = _together({name: took[name] for name in ("all", "start")})
    print(json.dumps(took | {"rows_out": given["converted"].rows}))


def _together(each: dict[str, Any]) -> list[float]:
    walls, works, peaks = zip(*each.values(), strict=True)
    return [sum(walls), sum(works), max(peaks)]


def _trees(folder: str) -> dict[str, Path]:
    """Return the trees to compare: that of the commit, and this one."""
    trees = {}
    for commit in sys.argv[1:]:
        trees[commit[:9]] = Path(folder) / commit
        trees[commit[:9]].mkdir()
        packed = subprocess.check_output(["git", "archive", commit, "functions"], cwd=ROOT)
        subprocess.run(["tar", "-x", "-C", trees[commit[:9]]], input=packed, check=True)
    return trees | {"this tree": ROOT}


def _environment(url: str, folder: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}
    names = {"DATA_BUCKET": BUCKET, "RECORDS_PREFIX": "records", "RESULT_URL_SECONDS": "60"}
    machine = {"PATH": os.environ["PATH"], "TMPDIR": folder, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}
    return keys | names | machine | {"AWS_ENDPOINT_URL": url, "POWERTOOLS_SERVICE_NAME": "bench"}


def _fill(environment: dict[str, str]) -> int:
    import boto3

    os.environ.update(environment)
    head, _, month = flights.january_csv().partition(b"\n")
    times = -(-SIZE // len(month))
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    boto3.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=head + b"\n" + month * times)
    return month.count(b"\n") * times


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        _run(Path(sys.argv[2]))
    else:
        main()
