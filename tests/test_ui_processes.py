"""`ui` as a user starts it: what it listens on, what it shows, and what it leaves."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from patience import comes_true
from plugins_for_tests.suites import write_suite
from test_interrupt import MARK, heed_interrupts, processes

LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
LISTENING = "0A"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite, and a store that has its experiment."""
    folder = tmp_path_factory.mktemp("ui")
    write_suite(folder)
    MlflowClient(f"sqlite:///{folder / 'mlflow.db'}").create_experiment("small")
    return folder


@pytest.fixture
def ui(folder: Path, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The command, told of its store by a URI with a password that SQLite does not heed."""
    uri = f"sqlite:///{folder / 'mlflow.db'}?password=hunter2"
    command = [sys.executable, "-m", "benchmark", "ui", str(folder / "suite.yaml")]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--tracking-uri", uri], env=os.environ | {MARK: str(tmp_path)}, stdout=log,
            stderr=log, start_new_session=True, preexec_fn=heed_interrupts,
        )  # fmt: skip
        yield process
        process.kill()
        process.wait()


def said(folder: Path) -> str:
    return (folder / "log").read_text(encoding="utf-8")


def listening(pids: list[int]) -> set[tuple[str, int]]:
    """Address and port of every listening TCP socket of processes, as the kernel lists them."""
    links = [link for pid in pids for link in Path(f"/proc/{pid}/fd").glob("*")]
    inodes = {m[1] for link in links if (m := re.match(r"socket:\[(\d+)\]", read_link(link)))}
    texts = [Path(f"/proc/net/{kind}").read_text(encoding="ascii") for kind in ("tcp", "tcp6")]
    lines = [line for text in texts for line in text.splitlines()[1:]]
    fields = [line.split() for line in lines]
    places = [f[1].split(":") for f in fields if f[3] == LISTENING and f[9] in inodes]
    return {(address, int(port, 16)) for address, port in places}


def read_link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_ui_listens_on_the_loopback_alone_and_leaves_no_process(
    ui: "subprocess.Popen[bytes]", tmp_path: Path, number: signal.Signals
) -> None:
    assert comes_true(lambda: "Ctrl-C" in said(tmp_path), seconds=90)
    pids = processes(str(tmp_path))
    found = listening(pids)
    own = Path(f"/proc/{ui.pid}/cmdline").read_bytes()
    others = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids if pid != ui.pid]

    began = time.monotonic()
    ui.send_signal(number)
    code = ui.wait(20)
    seconds = time.monotonic() - began

    assert len(pids) > 1
    assert len(found) == 1
    assert {address for address, _ in found} <= LOOPBACK
    assert f"http://127.0.0.1:{found.pop()[1]}/" in said(tmp_path)
    assert b"hunter2" in own
    assert b"hunter2" not in b"".join(others)
    assert "hunter2" not in said(tmp_path)
    assert code == 0
    assert said(tmp_path).endswith("Ended.\n")
    assert seconds < 10
    assert comes_true(lambda: processes(str(tmp_path)) == [], seconds=2)


def test_an_interruption_while_the_server_starts_leaves_no_process(
    ui: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    assert comes_true(lambda: len(processes(str(tmp_path))) > 1, seconds=90)

    ui.send_signal(signal.SIGINT)
    code = ui.wait(20)

    assert code == 130
    assert "Traceback" not in said(tmp_path)
    assert comes_true(lambda: processes(str(tmp_path)) == [], seconds=2)


def test_a_port_that_is_taken_is_one_line_and_leaves_no_process(
    folder: Path, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "benchmark", "ui", str(folder / "suite.yaml")]
        uri = f"sqlite:///{folder / 'mlflow.db'}"
        ended = subprocess.run(
            [*command, "--tracking-uri", uri, "--port", port],
            env=os.environ | {MARK: str(tmp_path)}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert ended.returncode == 2
    assert ended.stderr == f"error: port {port} is in use; choose another with --port\n"
    assert processes(str(tmp_path)) == []
