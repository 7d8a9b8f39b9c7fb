"""Kills drivers, workers and downloads at random instants; nothing may be lost, doubled or left.

    python tests/torture/kill.py [--drivers 200] [--workers 200] [--downloads 200] [--seed 1]

Prints a Markdown table and exits with 1 where a bound is broken. Needs Linux.
"""

import argparse
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, where `mlflow` is a script
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).with_name("killing")))

import downloads
import lanes
import left
from lanes import Lane
from plugins_for_tests.suites import DATA, write_suite

SUITE: dict[str, Any] = {
    "datasets": [DATA],
    "strategies": ["none", "random_oversampling"],
    "models": ["logistic_regression", "decision_tree"],
    "metrics": ["f2", "roc_auc"],
    "thresholds": ["default", "tuned"],
    "cv": {"folds": 3},
    "tuning": {"trials": 2, "folds": 2},
    "tracking": {"experiment": "tortured"},
    "backend": {"workers": 2},
}
MANY = SUITE | {"name": "many", "cv": {"folds": 5, "repeats": 4}, "tracking": "off"}
KILLS_A_FOLDER = 10
LANES = 2
SETTLED_SECONDS = 30.0


@dataclass
class Count:
    """What one kind of kill did.

    Attributes:
        hits: what the driver had last begun when it was killed → how often.
    """

    tried: int = 0
    folders: int = 0
    hits: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def main() -> int:
    """Run all kinds; return the exit code."""
    asked = _arguments()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    before = left.in_memory()
    lanes.load_everything()
    whole = lanes.undisturbed(folder / "whole", SUITE, MANY)
    counts = {
        "driver killed": _in_lanes(_drivers, asked.drivers, asked.seed, folder, whole),
        "worker killed": _in_lanes(_workers, asked.workers, asked.seed, folder, whole),
        "download killed": _in_lanes(_downloads, asked.downloads, asked.seed, folder, whole),
        "2 and 3 drivers at once": _in_lanes(_together, 2 * LANES, asked.seed, folder, whole),
    }
    remains = left.after(before, SETTLED_SECONDS)
    print(_table(counts, remains, time.monotonic() - began))
    shutil.rmtree(folder)
    return int(bool(remains) or any(count.broken for count in counts.values()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("drivers", "workers", "downloads"):
        parser.add_argument(f"--{name}", type=int, default=200, help="kills of this kind")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


Work = Callable[[Lane, int, lanes.Whole, Count], None]


def _in_lanes(work: Work, times: int, seed: int, folder: Path, whole: lanes.Whole) -> Count:
    """Do work so many times in all, in as many processes as there are lanes."""
    context = multiprocessing.get_context("fork")
    pipes = []
    for number in range(LANES):
        ours, theirs = context.Pipe(duplex=False)
        lane = Lane(folder / f"{work.__name__}-{number}", random.Random(f"{seed} {number}"))
        share = times // LANES + (number < times % LANES)
        process = context.Process(target=_lane, args=(work, lane, share, whole, theirs))
        process.start()
        theirs.close()
        pipes.append((process, ours))
    total = Count()
    for process, pipe in pipes:
        try:
            part = pipe.recv()
        except EOFError:
            part = Count(broken=["the lane itself failed"])
        process.join()
        total.tried += part.tried
        total.folders += part.folders
        total.broken += part.broken
        for name, hits in part.hits.items():
            total.hits[name] = total.hits.get(name, 0) + hits
    return total


def _lane(work: Work, lane: Lane, times: int, whole: lanes.Whole, pipe: Any) -> None:
    count = Count()
    lane.folder.mkdir(parents=True)
    work(lane, times, whole, count)
    pipe.send(count)


def _drivers(lane: Lane, times: int, whole: lanes.Whole, count: Count) -> None:
    """Kill the driver of one suite again and again, let it end, and compare."""
    while count.tried < times:
        results = lane.new_results()
        suite = write_suite(results.parent, **SUITE)
        for _ in range(min(KILLS_A_FOLDER, times - count.tried)):
            hit = lane.killed(suite, results, lane.luck.uniform(0, whole.seconds))
            count.broken += lane.orphans(SETTLED_SECONDS)
            if not hit:
                break
            count.hits[hit] = count.hits.get(hit, 0) + 1
            count.tried += 1
        count.broken += lane.completed(suite, results, whole.tables["small"])
        count.folders += 1


def _workers(lane: Lane, times: int, whole: lanes.Whole, count: Count) -> None:
    """Kill workers while a suite runs; what was killed says so, and is completed."""
    while count.tried < times:
        results = lane.new_results()
        suite = write_suite(results.parent, **MANY)
        killed = 0
        while killed < min(3 * KILLS_A_FOLDER, times - count.tried):
            killed += lane.workers_killed(suite, results, times - count.tried - killed)
            statuses = left.statuses(results / "many" / "journal.sqlite")
            count.broken += [s for s in statuses if s not in lanes.EXPECTED]
        hits = sum(n for s, n in statuses.items() if s == lanes.KILLED)
        count.hits["cells killed"] = count.hits.get("cells killed", 0) + hits
        count.tried += killed
        count.broken += lane.completed(suite, results, whole.tables["many"], "--retry-failed")
        count.folders += 1


def _downloads(lane: Lane, times: int, _: lanes.Whole, count: Count) -> None:
    """Kill downloads; what is in the cache is whole, always."""
    for kind, hits, broken in downloads.killed(lane, times):
        count.tried += hits
        count.hits[kind] = hits
        count.broken += broken


def _together(lane: Lane, times: int, whole: lanes.Whole, count: Count) -> None:
    """Start two, then three drivers at once: one runs, the others say why they do not."""
    for number in (2, 3)[:times]:
        results = lane.new_results()
        suite = write_suite(results.parent, **SUITE)
        said = lane.at_once(suite, results, number)
        count.tried += number
        count.hits[f"refused of {number}"] = sum(code == 2 for code, _ in said)
        count.broken += lanes.wrongly_refused(said, results)
        count.broken += lane.completed(suite, results, whole.tables["small"])
        count.folders += 1


def _table(counts: dict[str, Count], remains: list[str], seconds: float) -> str:
    lines = ["| kind | tried | folders | hit | broken |", "|---|---:|---:|---|---:|"]
    for kind, count in counts.items():
        hits = ", ".join(f"{name} {hits}" for name, hits in sorted(count.hits.items()))
        lines.append(f"| {kind} | {count.tried} | {count.folders} | {hits} | {len(count.broken)} |")
    lines += ["", f"{seconds:.0f} s; left in /dev/shm: {', '.join(remains) or 'nothing'}"]
    broken = [text for count in counts.values() for text in count.broken]
    lines += [f"- {text}" for text in dict.fromkeys(broken)]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
