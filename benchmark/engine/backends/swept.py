"""Loaded by the fork server: takes away the folder of its socket, which a killed driver leaves."""

import atexit
import os
import shutil
import time

FOLDER = "BENCHMARK_SOCKET_FOLDER"  # after the driver's id, which may be gone before this is loaded
DYING_SECONDS = 2.0


def sweep(folder: str, server: int, driver: int) -> None:
    """Remove a folder, unless this is a worker that was forked from the server.

    A driver that still lives removes it by itself. One that is being killed closes its pipes, which
    ends the server, a moment before it is gone.
    """
    if os.getpid() != server:
        return
    end = time.monotonic() + DYING_SECONDS
    while os.getppid() == driver and time.monotonic() < end:
        time.sleep(0.01)
    if os.getppid() != driver:
        shutil.rmtree(folder, ignore_errors=True)


def told(folder: str) -> dict[str, str]:
    """The variable that tells a server of this driver."""
    return {FOLDER: f"{os.getpid()} {folder}"}


if FOLDER in os.environ:
    _driver, _, _folder = os.environ.pop(FOLDER).partition(" ")
    atexit.register(sweep, _folder, os.getpid(), int(_driver))
