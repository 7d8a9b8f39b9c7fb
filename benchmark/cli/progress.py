"""What a user sees while a suite runs."""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmark.catalogue.registry import METRICS
from benchmark.cli.console import console
from benchmark.engine.backends.limits import ENFORCED
from benchmark.engine.plan import Plan
from benchmark.suite import Suite
from benchmark.types import Outcome
from benchmark.wording import counted

EVERY_SECONDS = 10.0
MOVE_SECONDS = 0.2


class Leader:
    """The pair that is ahead so far, by the mean of the headline over the datasets it has met.

    The best of many pairs is a little lucky, so its score is called optimistic.
    """

    def __init__(self, suite: Suite) -> None:
        self._metric = METRICS.get(suite.headline)
        self._threshold = suite.rule if self._metric.kind == "label" else ""
        self._means: dict[tuple[str, str, str], tuple[int, float]] = {}
        self._sums: dict[tuple[str, str], tuple[int, float]] = {}

    def add(self, outcome: Outcome) -> None:
        """Count an outcome; takes as long however many there were before."""
        value = outcome.scores.values.get(self._threshold, {}).get(self._metric.name)
        if value is None:
            return
        cell = outcome.cell
        folds, mean = self._means.get(cell.pair, (0, 0.0))
        moved = (value - mean) / (folds + 1)
        self._means[cell.pair] = (folds + 1, mean + moved)
        datasets, total = self._sums.get((cell.strategy, cell.model), (0, 0.0))
        self._sums[cell.strategy, cell.model] = (datasets + (folds == 0), total + moved)

    def __str__(self) -> str:
        if not self._sums:
            return ""
        quality = self._metric.quality
        means = {
            pair: (datasets, total / datasets) for pair, (datasets, total) in self._sums.items()
        }
        (strategy, model), (_, best) = max(
            means.items(), key=lambda item: (item[1][0], quality(item[1][1]))
        )
        return f"{strategy} + {model} {self._metric.name} {best:.3f} (optimistic)"


class Bar:
    """A progress bar with failures, the time left and the leader."""

    def __init__(self, out: Console) -> None:
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("cells  {task.fields[failed]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("left  {task.fields[leader]}"),
            console=out,
            transient=True,
        )

    def start(self, name: str, todo: int) -> None:
        """Show the bar, instead of an earlier one."""
        self._todo, self._last = todo, -math.inf
        for task in self._progress.task_ids:
            self._progress.remove_task(task)
        self._task = self._progress.add_task(name, total=todo, failed="", leader="")
        self._progress.start()

    def update(self, done: int, failed: int, leader: Leader) -> None:
        """Move the bar, unless it has just moved."""
        now = time.monotonic()
        if now - self._last < MOVE_SECONDS and done < self._todo:
            return
        self._last = now
        text = f"[red]{failed} failed[/red]" if failed else "0 failed"
        best = str(leader)
        shown = f"leader {escape(best)}" if best else ""
        self._progress.update(self._task, completed=done, failed=text, leader=shown)

    def stop(self) -> None:
        """Remove the bar."""
        self._progress.stop()


class Lines:
    """A plain line every ten seconds, for logs."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._started = self._last = time.monotonic()

    def start(self, name: str, todo: int) -> None:
        """Remember what there is to do."""
        self._todo = todo
        self._started = self._last = time.monotonic()

    def update(self, done: int, failed: int, leader: Leader) -> None:
        """Write a line if the last one is long ago or all is done."""
        now = time.monotonic()
        if now - self._last < EVERY_SECONDS and done < self._todo:
            return
        self._last = now
        left = round((now - self._started) / done * (self._todo - done))
        time_left = f"{left // 60}:{left % 60:02d}"
        text = f"{done}/{self._todo} cells, {failed} failed, about {time_left} left"
        best = str(leader)
        self._out.print(f"{text}, leader {best}" if best else text, markup=False)

    def stop(self) -> None:
        """Nothing to remove."""


class Downloads:
    """A line that moves while a file is downloaded; in a log, one every ten seconds."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._last = -math.inf

    def show(self, name: str, received: int, total: int | None) -> None:
        """Say how much is here, unless it was said just now."""
        now, done = time.monotonic(), received == total
        moves = self._out.is_terminal
        if now - self._last < (MOVE_SECONDS if moves else EVERY_SECONDS) and not done:
            return
        self._last = now
        of = f" of {total / 1e6:.1f}" if total else ""
        text = f"downloading {name}: {received / 1e6:.1f}{of} MB"
        self._out.print(text, end="\r" if moves and not done else "\n", markup=False)


class Looking:
    """Turns what happens into a bar or into lines."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._display: Bar | Lines = Bar(out) if out.is_terminal else Lines(out)
        self.downloading = Downloads(out).show

    def started(self, plan: Plan, todo: int, done: int, workers: int) -> None:
        """Say what will be computed; it may be the second suite of a command."""
        self._done = self._failed = 0
        self._leader = Leader(plan.suite)
        name, skipped = plan.suite.name, len(plan.skips)
        known = f", {done:,} known" if done else ""
        left_out = f", {counted(skipped, 'pair')} skipped" if skipped else ""
        doing = f"{counted(todo, 'cell')} to compute with {counted(workers, 'worker')}"
        self._out.print(f"{name}: {doing}{known}{left_out}", markup=False)
        if todo and not ENFORCED:
            self.note("this platform cannot limit memory: limits.memory is not enforced")
        if todo:
            self._display.start(name, todo)

    def ended(self, outcome: Outcome) -> None:
        """Count a cell."""
        self._done += 1
        self._failed += outcome.status != "ok"
        self._leader.add(outcome)
        self._display.update(self._done, self._failed, self._leader)

    def note(self, text: str) -> None:
        """Say something above the bar."""
        self._out.print(f"note: {text}", markup=False)

    def stop(self) -> None:
        """End the display."""
        self._display.stop()


@contextmanager
def watcher() -> Iterator[Looking]:
    """Look on until the block is left, however it is left."""
    looking = Looking(console(err=not sys.stdout.isatty()))
    try:
        yield looking
    finally:
        looking.stop()
