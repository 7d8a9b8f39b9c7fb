"""A run is tracked to an MLflow server whose store is PostgreSQL."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from plugins_for_tests.suites import write_suite

from benchmark import run, sync
from benchmark.journal.ui import serve

psycopg2 = pytest.importorskip("psycopg2")
pytestmark = pytest.mark.skipif(
    not (shutil.which("initdb") and shutil.which("pg_ctl")),
    reason="PostgreSQL's initdb and pg_ctl are not on the path",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def as_nobody(*command: str) -> None:
    """Run a command of PostgreSQL, none of which root may run."""
    user = "nobody" if os.geteuid() == 0 else None
    subprocess.run(
        command, check=True, user=user, cwd="/", stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database, which goes when the test ends."""
    port, folder = free_port(), Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    data, log = str(folder / "data"), str(folder / "log")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    try:
        as_nobody("initdb", "--no-sync", "--auth=trust", "--username=benchmark", "-D", data)
        as_nobody("pg_ctl", "start", "-w", "-t", "120", "-D", data, "-l", log, "-o", options)
        yield f"benchmark@127.0.0.1:{port}/postgres"
    finally:
        with suppress(subprocess.CalledProcessError):  # it never started
            as_nobody("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
        shutil.rmtree(folder)


@pytest.fixture
def server(database: str) -> Iterator[str]:
    """The address of an MLflow server on this database."""
    uri, port = f"postgresql+psycopg2://{database}", free_port()
    MlflowClient(uri).search_experiments()  # makes the tables
    with serve(uri, port):
        yield f"http://127.0.0.1:{port}"


def runs_of(uri: str, kind: str) -> list[Run]:
    client = MlflowClient(uri)
    (experiment,) = client.search_experiments(filter_string="name = 'small'")
    return list(client.search_runs([experiment.experiment_id], f"tags.`benchmark.kind` = '{kind}'"))


def test_a_run_and_a_sync_leave_every_pair_in_postgresql_once(
    database: str, server: str, tmp_path: Path
) -> None:
    suite = write_suite(
        tmp_path,
        strategies=["none", "class_weight"],
        models=["constant", "logistic_regression"],
        tracking={"uri": server},
    )

    table = run(suite, results=tmp_path / "out")
    again = sync(suite, results=tmp_path / "out")

    names = ("dataset", "strategy", "model")
    pairs = runs_of(server, "pair")
    metrics = {tuple(r.data.params[n] for n in names): r.data.metrics for r in pairs}
    measured = table[table["metric"].isin(["f2", "roc_auc"])]
    with psycopg2.connect(f"postgresql://{database}") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'")
        assert cursor.fetchone() == (5,)
    connection.close()
    assert again == 0
    assert len(pairs) == len(metrics) == 4
    assert [r.info.status for r in [*pairs, *runs_of(server, "invocation")]] == ["FINISHED"] * 5
    assert len(measured) == 8
    for line in measured.itertuples():
        found = metrics[line.dataset, line.strategy, line.model]
        assert found[line.metric] == pytest.approx(line.mean, abs=1e-15)
        assert found[f"{line.metric}_std"] == pytest.approx(line.std, abs=1e-15)
