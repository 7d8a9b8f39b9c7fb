"""What a killed driver leaves, however early it was killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.engine.backends import swept

SERVER = "import os, sys; import benchmark.engine.backends.swept;"
FORKED = f"""{SERVER}
if not os.fork():
    sys.exit()
os.wait()
print(os.path.isdir(sys.argv[1]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "with spaces" / "pymp"
    made.mkdir(parents=True)
    (made / "listener").touch()
    return made


def served(program: str, told: dict[str, str], folder: Path) -> str:
    """What a server says that was told this of its driver."""
    return subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env=os.environ | told,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def told_by_one_that_is_gone(folder: Path) -> dict[str, str]:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return {swept.FOLDER: f"{ended.pid} {folder}"}


def test_a_folder_goes_where_the_driver_was_killed_before_the_server_had_begun(
    folder: Path,
) -> None:
    served(SERVER, told_by_one_that_is_gone(folder), folder)

    assert not folder.exists()


def test_a_driver_that_lives_removes_its_folder_by_itself(folder: Path) -> None:
    served(SERVER, swept.told(str(folder)), folder)

    assert folder.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_worker_leaves_the_folder_to_the_server(folder: Path) -> None:
    assert served(FORKED, told_by_one_that_is_gone(folder), folder) == "True\n"
    assert not folder.exists()
