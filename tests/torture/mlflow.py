"""What a run costs and says when MLflow fails, and what `sync` makes of it, with the real command.

python tests/torture/mlflow.py [--only FAULT] [--seconds 170]
"""

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, where `mlflow` is this file
sys.path.insert(0, str(Path(__file__).parents[1]))

from faulty_server import Proxy, proxied, served
from plugins_for_tests.suites import write_suite

STRATEGIES, MODELS = ["none", "class_weight"], ["constant", "logistic_regression"]
PAIRS, CELLS = 4, 8
HEAD = ("fault", "seconds beyond the suite", "cells ok", "said", "runs after sync", "doubled")
BEYOND_SECONDS = 45.0  # 30 s of patience, one a pair, and the start of MLflow on a busy machine
INTERRUPTED_SECONDS = 5.0
SLOW_IMPORT = "import time\ntime.sleep(60)\n"


def benchmark(*arguments: object, paths: str = "") -> tuple[int, float, str]:
    """The real command: its exit code, its seconds, all it says."""
    python_path = os.pathsep.join(filter(None, [paths, os.environ.get("PYTHONPATH", "")]))
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "benchmark", *map(str, arguments)], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": python_path}, check=False,
    )  # fmt: skip
    return ended.returncode, time.monotonic() - began, ended.stdout + ended.stderr


def suite(folder: Path, name: str, uri: str | None) -> Path:
    (folder / name).mkdir()
    tracking: Any = {"uri": uri} if uri else "off"
    return write_suite(
        folder / name, name=name, strategies=STRATEGIES, models=MODELS, tracking=tracking
    )


def runs(uri: str, experiment: str) -> Counter[str]:
    """How often a store has each subject."""
    from mlflow import MlflowClient

    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    ids = [found.experiment_id] if found else []
    all_runs = client.search_runs(ids, max_results=1000) if ids else []
    return Counter(run.data.tags["benchmark.subject"] for run in all_runs)


def line(
    name: str, path: Path, uri: str, alone: float, mend: Callable[[], None], paths: str = ""
) -> tuple[list[object], bool]:
    """Run under a fault, mend it, sync twice: a line of the table, and whether all is well."""
    results = ("--results", path.parent / "results")
    code, seconds, said = benchmark("run", path, *results, paths=paths)
    mend()
    _, _, sent = benchmark("sync", path, *results)
    _, _, again = benchmark("sync", path, *results)
    found = runs(uri, path.parent.name)
    with sqlite3.connect(path.parent / "results" / path.parent.name / "journal.sqlite") as journal:
        query = "SELECT count(*) FROM outcomes WHERE status = 'ok'"
        ok = journal.execute(query).fetchone()[0]
    notes = [text for text in said.split("note: ")[1:] if text.startswith("MLflow at ")]
    doubled = sum(found.values()) - len(found)
    good = (
        (code, ok, len(found), doubled) == (0, CELLS, PAIRS + 1, 0)
        and len(notes) <= 1
        and seconds - alone < BEYOND_SECONDS
        and "Nothing to send" in again
        and "hunter2" not in said + sent + again
        and "Traceback" not in said + sent + again
    )
    told = " ".join(notes[0].split("; the results")[0].split()) if notes else "-"
    shown = [name, f"{seconds - alone:.1f}", f"{ok} of {CELLS}", told[:110], len(found), doubled]
    return [*shown, "" if good else "BROKEN"], good


def interrupted(folder: Path, proxy: Proxy) -> tuple[list[object], bool]:
    """Ctrl-C while MLflow is silent, after the last cell."""
    proxy.begin("silent")
    path = suite(folder, "interrupted", proxy.address)
    results = path.parent / "results"
    run = subprocess.Popen(
        [sys.executable, "-m", "benchmark", "run", str(path), "--results", str(results)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    end = time.monotonic() + 60
    while not proxy.requests and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(2)
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=60)
    seconds = time.monotonic() - began
    proxy.begin("")
    benchmark("run", path, "--results", results)
    found = runs(proxy.address, "interrupted")
    doubled = sum(found.values()) - len(found)
    good = (
        (run.returncode, doubled) == (130, 0)
        and seconds < INTERRUPTED_SECONDS
        and "Traceback" not in said
        and len([s for s in found if "/" in s]) == PAIRS
    )
    name = "silent, then Ctrl-C (seconds after it)"
    return [name, f"{seconds:.1f}", "-", f"exit code {run.returncode}", len(found), doubled,
            "" if good else "BROKEN"], good  # fmt: skip


@contextmanager
def full_disk(folder: Path, store: Path) -> Iterator[Path | None]:
    """A tiny file system with a store and little room beside it, where it may be mounted."""
    room = store.stat().st_size // 1024 + 60
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={room}k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield Path(shutil.copy(store, folder))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def of_a_server(folder: Path, alone: float, only: str) -> Iterator[tuple[list[object], bool]]:
    store = folder / "served"
    store.mkdir()
    shutil.copy(folder / "empty.db", store / "mlflow.db")
    with served(store) as port, proxied(port) as proxy:
        for fault, after in (("silent", 0), ("refused", 12)):
            name = f"{fault} after {after} requests" if after else fault
            if only in name:
                path = suite(folder, f"{fault}_{after}", proxy.address)
                proxy.begin(fault, after)
                yield line(name, path, proxy.address, alone, lambda: proxy.begin(""))
        if only in "interrupted":
            yield interrupted(folder, proxy)
        if only in "import takes a minute":
            slow = folder / "slow" / "mlflow"
            slow.mkdir(parents=True)
            (slow / "__init__.py").write_text(SLOW_IMPORT)
            path = suite(folder, "slow_import", proxy.address)
            paths = str(slow.parent)
            yield line("import takes a minute", path, proxy.address, alone, lambda: None, paths)


def emptied(folder: Path, alone: float) -> tuple[list[object], bool]:
    """A server that loses its store after the run, and comes back at its address with another."""
    store = folder / "emptied"
    store.mkdir()
    shutil.copy(folder / "empty.db", store / "mlflow.db")
    with served(store) as port:
        uri = f"http://127.0.0.1:{port}"
        path = suite(folder, "wiped", uri)
        benchmark("run", path, "--results", path.parent / "results")
    shutil.copy(folder / "empty.db", store / "mlflow.db")
    with served(store, port):
        return line("emptied between two runs", path, uri, alone, lambda: None)


def of_a_file(folder: Path, alone: float) -> Iterator[tuple[list[object], bool]]:
    with full_disk(folder / "tiny", folder / "empty.db") as store:
        if store is None:
            print("full disk: nothing can be mounted here", file=sys.stderr)
            return
        uri = f"sqlite:///{store}"
        path = suite(folder, "full", uri)
        mend = ["mount", "-o", "remount,size=20m", str(store.parent)]
        grow = lambda: subprocess.run(mend, check=True) and None  # noqa: E731 - a line of a table
        yield line("disk of the store is full", path, uri, alone, grow)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of the name of a fault")
    parser.add_argument("--seconds", type=float, default=170, help="begin nothing after so many")
    asked = parser.parse_args()
    began, good = time.monotonic(), True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        from benchmark.journal.tracking_store import create_store

        create_store(folder / "empty.db")
        path = suite(folder, "alone", None)
        _, alone, _ = benchmark("run", path, "--results", path.parent / "results")
        print("| " + " | ".join(HEAD) + " | |")
        print("|---|---:|---:|---|---:|---:|---|")
        parts: list[Callable[[], Iterator[tuple[list[object], bool]]]] = [
            lambda: iter([emptied(folder, alone)] if asked.only in "emptied" else []),
            lambda: of_a_file(folder, alone) if asked.only in "full disk" else iter([]),
            lambda: of_a_server(folder, alone, asked.only),
        ]
        for part in parts:
            for cells, well in part():
                print("| " + " | ".join(map(str, cells)) + " |", flush=True)
                good = good and well
                if time.monotonic() - began > asked.seconds:
                    print(f"stopped after {asked.seconds:g} s", file=sys.stderr)
                    return int(not good)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
