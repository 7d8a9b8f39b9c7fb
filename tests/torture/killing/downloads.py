"""Kills of what fills the cache of downloads."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from data_server import Files, serve_files
from lanes import Lane, forked

from benchmark.data.download import VARIABLE, cached, fetch
from benchmark.data.files import digest

CONTENT = random.Random(0).randbytes(6_000_000)


def killed(lane: Lane, times: int) -> Iterator[tuple[str, int, list[str]]]:
    """How a file is checked, the downloads that were killed, and what was broken."""
    checks = {"checked": True, "unchecked": False}
    with serve_files(Files({"/table.csv": CONTENT})) as (address, _):
        for kind, checked in checks.items():
            os.environ[VARIABLE] = str(lane.folder / f"cache-{kind}")
            yield kind, times // 2, _broken(lane, f"{address}/table.csv", checked, times // 2)


def _broken(lane: Lane, url: str, checked: bool, times: int) -> list[str]:
    path = cached(url)
    path.parent.mkdir(parents=True)
    sample = path.parent / "sample"
    sample.write_bytes(CONTENT)
    checksum = digest(sample, "sha256:") if checked else None
    sample.unlink()
    seconds, broken = _undisturbed(path, url, checksum), []
    for _ in range(times):
        path.unlink(missing_ok=True)
        pid = forked(lambda: len(str(fetch(url, checksum))) * 0)
        time.sleep(lane.luck.uniform(0, 1.3 * seconds))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if path.is_file() and path.read_bytes() != CONTENT:
            broken.append("half a file is served")
    if fetch(url, checksum).read_bytes() != CONTENT:
        broken.append("what is served after the last kill is another file")
    return broken + [f"cache: {p.name}" for p in path.parent.iterdir() if p != path]


def _undisturbed(path: Path, url: str, checksum: str | None) -> float:
    began = time.monotonic()
    fetch(url, checksum)
    path.unlink()
    return time.monotonic() - began
