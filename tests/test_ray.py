"""A Ray cluster changes nothing but where cells are computed, whatever its nodes meet."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from data_server import Files, serve_files
from patience import comes_true, is_alive
from plugins_for_tests.suites import (
    DATA,
    copy_plugin,
    planned,
    predictions_in,
    unloaded_afterwards,
    write_suite,
)

from benchmark.engine.backends import ray as backend
from benchmark.engine.backends.cluster import connected, python_files
from benchmark.engine.backends.node import _unlike, versions
from benchmark.engine.backends.ray import _Crew, compute
from benchmark.errors import BenchmarkError
from benchmark.flow import Options, execute, load_suite
from benchmark.journal.store import Journal
from benchmark.suite import Suite
from benchmark.types import Cell, Outcome

pytest.importorskip("ray")

SECONDS = 4.0
STORE = 80 * 2**20
MEMORY = 16 * 2**30  # what a node says that it has; nothing is reserved
SUITE: dict[str, Any] = {
    "datasets": [DATA, "mixed.parquet"],
    "strategies": ["none", "smote"],
    "models": ["logistic_regression", {"use": "xgboost", "params": {"n_estimators": 5}}],
    "metrics": ["f2", "roc_auc", "brier"],
    "thresholds": ["default", "tuned"],
    "tuning": {"trials": 3, "folds": 2},
}


class Nodes:
    """A cluster whose nodes are processes of this machine; the driver's node computes nothing."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster()
        self._cluster.add_node(num_cpus=0, object_store_memory=STORE, include_dashboard=False)
        self._nodes = [self._another() for _ in range(2)]
        self.backend = {"kind": "ray", "address": self._cluster.address}

    def _another(self) -> Any:
        return self._cluster.add_node(num_cpus=1, object_store_memory=STORE, memory=MEMORY)

    def kill(self, node_id: str) -> None:
        """Kill a node as a power cut would."""
        node = next(node for node in self._nodes if node.node_id == node_id)
        self._nodes.remove(node)
        self._cluster.remove_node(node, allow_graceful=False)

    def replenish(self) -> None:
        """Have two nodes again."""
        self._nodes += [self._another() for _ in range(2 - len(self._nodes))]

    def shutdown(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """A driver's node and two nodes of one processor each."""
    cluster = Nodes()
    yield cluster
    cluster.shutdown()


def mixed_data(folder: Path) -> None:
    """Numbers, texts, categories, booleans and missing values."""
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "number": random.normal(size=150),
            "text": random.choice(["one", "two", "three"], 150),
            "flag": random.random(150) < 0.5,
            "kind": pd.Categorical(random.choice(["a", "b"], 150)),
            "count": random.integers(0, 9, 150),
        }
    )
    frame["target"] = (frame["number"] + frame["flag"] > 1.2).astype(int)
    frame.loc[::7, "number"] = np.nan
    frame.loc[::5, "text"] = None
    frame.to_parquet(folder / "mixed.parquet")


def prepared(
    folder: Path,
    nodes: Nodes,
    plugin: str,
    strategies: list[str],
    seconds: float = SECONDS,
    **settings: Any,
) -> tuple[Suite, list[Cell], dict[str, str]]:
    """A suite with these strategies, the first cell of each, and the fingerprints."""
    copy_plugin(plugin, folder)
    path = write_suite(folder, strategies=strategies, plugins=[plugin], backend=nodes.backend,
                       limits={"seconds": seconds, "memory": "450MiB"}, **settings)  # fmt: skip
    made = planned(path)
    cells = [cell for cell in made.cells() if cell.fold == 0]
    return made.suite, cells, {n: d.fingerprint for n, d in made.datasets.items()}


def test_tables_and_predictions_are_those_of_the_local_backend_to_the_last_bit(
    nodes: Nodes, tmp_path: Path
) -> None:
    mixed_data(tmp_path)
    far = execute(
        write_suite(tmp_path, **SUITE, backend=nodes.backend), Options(results=tmp_path / "far")
    )
    near = execute(write_suite(tmp_path, **SUITE), Options(results=tmp_path / "near"))

    assert far.computed == near.computed == 16
    assert not far.failures
    pd.testing.assert_frame_equal(far.table, near.table, check_exact=True)
    assert predictions_in(far.journal) == predictions_in(near.journal)


@pytest.fixture(scope="module")
def ran(nodes: Nodes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    """Misbehaving strategies on two nodes, with good cells between them."""
    folder = tmp_path_factory.mktemp("misbehaving")
    strategies = ["hangs_in_c", "none", "raises_what_cannot_travel", "exits_at_once",
                  "takes_all_memory_in_python", "takes_all_memory_in_xgboost",
                  "class_weight"]  # fmt: skip
    with unloaded_afterwards(folder):
        suite, cells, fingerprints = prepared(folder, nodes, "misbehaving", strategies)
        outcomes = list(compute(cells, suite, fingerprints, 2))
    assert sorted(outcome.cell for outcome in outcomes) == sorted(cells)
    yield {outcome.cell.strategy: outcome for outcome in outcomes}


@pytest.mark.parametrize(
    ("strategy", "status", "reason"),
    [
        ("none", "ok", ""),
        ("class_weight", "ok", ""),
        ("hangs_in_c", "timeout", "over its limit of 4 s"),
        ("exits_at_once", "killed", "its worker process ended unexpectedly"),
        ("raises_what_cannot_travel", "failed", "Untravelled: one two"),
        ("takes_all_memory_in_python", "out_of_memory", "MemoryError"),
        ("takes_all_memory_in_xgboost", "out_of_memory", "XGBoostError: "),
    ],
)
def test_an_outcome_says_how_the_cell_ended(
    ran: dict[str, Outcome], strategy: str, status: str, reason: str
) -> None:
    assert ran[strategy].status == status
    assert ran[strategy].error.startswith(reason)


def test_a_cell_that_hangs_holds_up_no_other(ran: dict[str, Outcome]) -> None:
    order = list(ran)

    assert order.index("none") < order.index("hangs_in_c")


def test_cells_of_a_lost_node_run_again_elsewhere_and_say_so(nodes: Nodes, tmp_path: Path) -> None:
    strategies = ["waits_once", "none", "class_weight", "random_oversampling"]
    where = tmp_path / "waits_once.pid"
    nodes.replenish()

    with unloaded_afterwards(tmp_path):
        suite, cells, fingerprints = prepared(tmp_path, nodes, "waiting", strategies, seconds=60)
        outcomes = compute(cells, suite, fingerprints, 2)
        first = next(outcomes)  # on one node, while the other waits
        assert comes_true(where.exists, 30)
        nodes.kill(where.read_text(encoding="utf-8").split()[1])
        ended = [first, *outcomes]

    assert sorted(o.cell for o in ended) == sorted(cells)
    assert {o.status for o in ended} == {"ok"}
    assert {o.cell.strategy: o.note for o in ended if o.note} == {
        "waits_once": "ran again: its node was lost"
    }


def test_a_node_needs_no_file_of_the_drivers(nodes: Nodes, tmp_path: Path) -> None:
    mixed_data(tmp_path)
    with unloaded_afterwards(tmp_path):
        suite, cells, fingerprints = prepared(
            tmp_path, nodes, "misbehaving", ["exits_at_once", "none"], datasets=["mixed.parquet"]
        )
        outcomes = compute(cells, suite, fingerprints, 1)
        first = next(outcomes)
        (tmp_path / "mixed.parquet").unlink()
        rest = [outcome.status for outcome in outcomes]  # by another process than the first

    assert first.status == "killed"
    assert rest == ["ok"]


def test_whoever_stops_listening_ends_all_cells(nodes: Nodes, tmp_path: Path) -> None:
    where = tmp_path / "waits_once.pid"
    nodes.replenish()
    with unloaded_afterwards(tmp_path):
        suite, cells, fingerprints = prepared(
            tmp_path, nodes, "waiting", ["waits_once", "none"], 60
        )
        outcomes = compute(cells, suite, fingerprints, 2)
        first = next(outcomes)
        assert comes_true(where.exists, 30)
        outcomes.close()

    assert first.cell.strategy == "none"
    assert comes_true(lambda: not is_alive(where), 5)


def test_a_killed_run_leaves_nothing_running_and_goes_on_where_it_stopped(
    nodes: Nodes, tmp_path: Path
) -> None:
    strategies = ["none", "class_weight", "waits_once", "exits_at_once"]
    path = write_suite(tmp_path, strategies=strategies, plugins=["misbehaving", "waiting"],
                       backend=nodes.backend | {"workers": 2})  # fmt: skip
    copy_plugin("misbehaving", tmp_path)
    copy_plugin("waiting", tmp_path)
    where, journal = tmp_path / "waits_once.pid", tmp_path / "out" / "small" / "journal.sqlite"
    nodes.replenish()

    driver = started(path)
    assert comes_true(where.exists, 60)
    assert comes_true(lambda: outcomes_in(journal) >= 2, 30)
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    assert comes_true(lambda: not is_alive(where), 10)
    kept = outcomes_in(journal)
    resumed = started(path)
    said, complaints = resumed.communicate(timeout=60)

    assert 2 <= kept < 8
    assert f"{8 - kept} cells to compute with 2 workers, {kept} known" in complaints
    assert resumed.returncode == 1  # a cell of each fold ends its process
    assert outcomes_in(journal) == 8
    assert [word for word in ("ray", "Ray", "WARNING") if word in said + complaints] == []


def started(path: Path) -> "subprocess.Popen[str]":
    """`python -m benchmark run` as a user would start it."""
    command = [sys.executable, "-m", "benchmark", "run", str(path), "--results", "out"]
    return subprocess.Popen(
        command,
        cwd=path.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def outcomes_in(path: Path) -> int:
    """How many cells a journal has an outcome of."""
    if not path.is_file():
        return 0
    with Journal.existing(path) as journal:
        return len(journal.known())


def test_ray_starts_on_this_machine_for_a_run_and_ends_with_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import ray

    before = signal.getsignal(signal.SIGTERM)
    path = write_suite(tmp_path, backend={"kind": "ray"}, limits={"memory": "450MiB"})

    summary = execute(path, Options(workers=1, results=tmp_path))

    assert [row.status for row in summary.rows] == ["ok", "ok"]
    assert not ray.is_initialized()
    assert signal.getsignal(signal.SIGTERM) is before
    assert capfd.readouterr() == ("", "")


def suite(**settings: Any) -> Suite:
    """A suite that asks for Ray."""
    wanted = {"datasets": ["iris"], "strategies": ["none"], "models": ["constant"]}
    return Suite.model_validate({"name": "s", "backend": {"kind": "ray"}} | wanted | settings)


def at(address: str) -> dict[str, Any]:
    return {"backend": {"kind": "ray", "address": address}}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (at("ray://there:10001"), "address 'ray://there:10001' is for Ray clients"),
        (at("127.0.0.1:1"), "no Ray cluster can be reached at address '127.0.0.1:1'"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_one_clear_line(
    settings: dict[str, Any], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BenchmarkError, match=f"^{message}") as caught:
        backend.worker_count(suite(**settings))

    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_another_server_at_the_address_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from ray._private import services

    monkeypatch.setattr(services, "canonicalize_bootstrap_address", lambda address: address)
    with serve_files(Files()) as (url, _), pytest.raises(BenchmarkError) as caught:
        backend.worker_count(suite(**at(url.removeprefix("http://"))))

    assert str(caught.value).endswith(": what answers there is no Ray cluster")
    assert capfd.readouterr() == ("", "")


def test_without_ray_its_install_line_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(BenchmarkError, match=r"needs ray; install it with: pip install ray$"):
        backend.worker_count(suite())


def test_a_cluster_has_room_for_what_its_nodes_hold(nodes: Nodes) -> None:
    nodes.replenish()

    assert backend.worker_count(suite(**nodes_of(nodes))) == 2
    assert backend.worker_count(suite(**nodes_of(nodes, cpus=0.5))) == 4
    assert backend.worker_count(suite(**nodes_of(nodes, cpus=0.1, memory="6GiB"))) == 4


@pytest.mark.parametrize(
    ("limits", "wanted"),
    [
        ({"memory": "20GiB"}, "1 CPU and 20 GiB of memory"),
        ({"gpus": 0.25}, "1 CPU, 0.25 GPUs and 4 GiB of memory"),
        ({"cpus": 2}, "2 CPUs and 4 GiB of memory"),
    ],
)
def test_a_cell_that_no_node_has_room_for_is_refused(
    nodes: Nodes, limits: dict[str, Any], wanted: str
) -> None:
    with pytest.raises(BenchmarkError, match=f"has room for a cell, which asks for {wanted}"):
        backend.worker_count(suite(**nodes_of(nodes, **limits)))


def nodes_of(nodes: Nodes, **limits: Any) -> dict[str, Any]:
    return {"backend": nodes.backend, "limits": limits}


class Answers:
    """Stands for Ray: every task that is put on it says what its script says."""

    def __init__(self, *scripts: list[Any], nodes: int = 1) -> None:
        import ray

        self.exceptions = ray.exceptions
        self.scripts = [iter(script) for script in scripts]
        self.living = nodes
        self.ended: list[Any] = []

    def remote(self, *given: Any) -> Any:
        return self if callable(given[0]) else self.scripts.pop(0)

    def options(self, **settings: Any) -> "Answers":
        return self

    def put(self, value: Any) -> Any:
        return value

    def get(self, said: Any) -> Any:
        if isinstance(said, Exception):
            raise said
        return said

    def wait(self, tasks: list[Any], **settings: Any) -> tuple[list[Any], list[Any]]:
        return ([], tasks) if self.living == 0 else (tasks, [])

    def cancel(self, task: Any, force: bool) -> None:
        self.ended.append(task)

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": 1, "memory": MEMORY}}] * self.living


def test_modules_and_packages_beside_a_suite_go_to_the_nodes_and_nothing_else(
    tmp_path: Path,
) -> None:
    files = ["plug.py", "pack/__init__.py", "pack/deep.py", "pack/data.csv", "id_rsa", "table.csv",
             "venv/lib/other.py", ".hidden.txt"]  # fmt: skip
    for file in files:
        (tmp_path / "from" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "from" / file).write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "to").mkdir()

    python_files(tmp_path / "from", tmp_path / "to")

    found = {str(p.relative_to(tmp_path / "to")) for p in (tmp_path / "to").rglob("*.*")}
    assert found == {"plug.py", "pack/__init__.py", "pack/deep.py"}


def test_a_task_finds_the_plugins_where_it_starts(nodes: Nodes, tmp_path: Path) -> None:
    copy_plugin("waiting", tmp_path)
    suite = load_suite(write_suite(tmp_path, plugins=["waiting"], backend=nodes.backend))

    with connected(suite, 1) as ray:
        listed = ray.remote(lambda: [path.name for path in Path().iterdir()])
        found = ray.get(listed.remote())

    assert "waiting.py" in found


CELL = Cell("data", "none", "constant", 0, 0)
OK = Outcome(CELL, "ok")


def ended(ray: Answers) -> Outcome:
    """How one cell ends."""
    crew = _Crew(ray, suite(), {}, plugins=False)
    crew.take(CELL)
    while crew.runs:
        for outcome in crew.ended():
            return outcome
    raise AssertionError("the cell is gone")


def test_a_cell_that_loses_its_node_three_times_is_killed() -> None:
    import ray

    lost = ray.exceptions.NodeDiedError("gone")

    twice = ended(Answers(["", lost], [lost], ["", OK]))
    thrice = ended(Answers(["", lost], ["", lost], ["", lost]))

    assert (twice.status, twice.note) == ("ok", "ran again: its node was lost 2 times")
    assert (thrice.status, thrice.error) == ("killed", "its node was lost 3 times")


def test_a_node_without_memory_is_no_crash_of_the_cell() -> None:
    import ray

    outcome = ended(Answers(["", ray.exceptions.OutOfMemoryError("full")]))

    assert (outcome.status, outcome.error) == ("out_of_memory", "its node ran out of memory")


def test_a_worker_that_dies_before_it_begins_costs_no_cell_the_first_time() -> None:
    import ray

    gone = ray.exceptions.WorkerCrashedError()

    assert ended(Answers([gone], ["", OK])) is OK
    with pytest.raises(BenchmarkError, match="workers of the Ray cluster cannot start: The worker"):
        ended(Answers([gone], [gone]))


def test_a_worker_that_cannot_start_says_why() -> None:
    with pytest.raises(BenchmarkError, match="cannot start: node 'a' has numpy 1 instead of 2"):
        ended(Answers(["node 'a' has numpy 1 instead of 2"]))


def test_where_no_node_is_left_the_run_stops_with_a_reason() -> None:
    with pytest.raises(BenchmarkError, match="no node of the Ray cluster has room"):
        ended(Answers(["", OK], nodes=0))


def test_packages_are_compared_by_their_versions() -> None:
    from importlib.metadata import version

    assert versions(["numpy", "no-such-package"]) == {
        "numpy": version("numpy"),
        "no-such-package": "",
    }
    assert _unlike({"numpy": "1", "scipy": "1"}, {"numpy": "1", "scipy": ""}).endswith(
        "has scipy nothing instead of 1"
    )
