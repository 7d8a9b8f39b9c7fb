"""Loaded by the fork server: takes away the folder of its socket, which a killed driver leaves."""

import atexit
import os
import shutil

FOLDER = "BENCHMARK_SOCKET_FOLDER"


def sweep(folder: str, server: int, driver: int) -> None:
    """Remove a folder, unless this is a worker that was forked from the server.

    A driver that still lives removes it by itself.
    """
    if os.getpid() == server and os.getppid() != driver:
        shutil.rmtree(folder, ignore_errors=True)


if FOLDER in os.environ:
    atexit.register(sweep, os.environ.pop(FOLDER), os.getpid(), os.getppid())
