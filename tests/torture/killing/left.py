"""What a killed process leaves: processes, files, and rows of a journal and of MLflow's store."""

import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

MARK = "BENCHMARK_TEST_MARK"
SHARED = Path("/dev/shm")


def processes(mark: str) -> dict[int, tuple[int, str]]:
    """Every living process that was started with a mark → its parent and command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}\0".encode() not in (folder / "environ").read_bytes():
                continue
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state not in "ZX":
            found[int(folder.name)] = (int(parent), command)
    return found


def lives(pid: int) -> bool:
    """Whether a process has not ended, buried or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def workers(mark: str) -> list[int]:
    """The living workers: what a fork server has started."""
    found = processes(mark)
    servers = {pid for pid, (_, command) in found.items() if "forkserver" in command}
    return sorted(pid for pid, (parent, _) in found.items() if parent in servers)


def in_memory() -> set[str]:
    """What is in /dev/shm."""
    return {path.name for path in SHARED.iterdir()} if SHARED.is_dir() else set()


def after(before: set[str], seconds: float) -> list[str]:
    """What has come to /dev/shm since, stays there, and is open in no process."""
    end = time.monotonic() + seconds
    while (new := in_memory() - before - _open_names()) and time.monotonic() < end:
        time.sleep(0.2)
    return sorted(new)


def _open_names() -> set[str]:
    """The first part of the name of each file of /dev/shm that a process has open or mapped."""
    names = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            places = [str(link.readlink()) for link in (folder / "fd").iterdir()]
            places += (folder / "maps").read_text().split()
        except OSError:
            continue
        names |= {p.split("/")[3] for p in places if p.startswith(f"{SHARED}/")}
    return names


def files(folder: Path) -> list[str]:
    """All files and empty folders below a folder; what MLflow keeps as artifacts apart."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if "mlartifacts" not in path.relative_to(folder).parts
        and (not path.is_dir() or not any(path.iterdir()))
    )


def statuses(journal: Path) -> Counter[str]:
    """Status and error → how many outcomes of a journal; empty where there is none yet."""
    query = "SELECT trim(status || ' ' || error) FROM outcomes"
    return Counter(row[0] for row in _rows(journal, query))


def latest(journal: Path) -> int:
    """A number that grows with every outcome that is added to a journal."""
    return int((_rows(journal, "SELECT max(rowid) FROM outcomes") or [(0,)])[0][0] or 0)


def doubled(journal: Path) -> list[str]:
    """The keys of a journal that have more than one outcome."""
    query = "SELECT fit_key FROM outcomes GROUP BY +fit_key HAVING count(*) > 1"
    return [row[0] for row in _rows(journal, query)]


def runs(store: Path) -> list[tuple[str, str, str, str]]:
    """Kind, subject, status and parent of every run of MLflow's store that is not deleted."""
    tag = "(SELECT value FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = '{}')"
    names = ("benchmark.kind", "benchmark.subject", "mlflow.parentRunId")
    kind, subject, parent = (tag.format(name) for name in names)
    query = f"""SELECT {kind}, {subject}, r.status, coalesce({parent}, r.run_uuid)
                FROM runs r WHERE r.lifecycle_stage = 'active'"""
    return _rows(store, query)  # type: ignore[return-value]


def wrong_runs(store: Path) -> list[str]:
    """Whatever is not one ended run a pair, and one ended parent for those of an invocation."""
    found = runs(store)
    pairs = Counter(subject.partition("/")[2] for kind, subject, *_ in found if kind == "pair")
    parents = Counter(parent for kind, *_, parent in found if kind == "invocation")
    children = {parent for kind, *_, parent in found if kind == "pair"}
    said = [f"MLflow has {pair} {count} times" for pair, count in pairs.items() if count > 1]
    said += [f"MLflow: {kind} {status}" for kind, _, status, _ in found if status != "FINISHED"]
    said += ["MLflow has a parent without runs" for parent in parents if parent not in children]
    said += ["MLflow has a run without parent" for parent in children if parent not in parents]
    return said


def _rows(path: Path, query: str) -> list[tuple[str, ...]]:
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
            return db.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []
