"""A process above a worker: whatever the worker started ends with it."""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

WATCHES = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
ENDING_SECONDS = 5.0  # for processes that may not be ended, such as those of another user


def keep_watch(sentinel: int) -> None:
    """Return in a child of this process, in a session of its own; this process is its guard.

    The guard ends when the child does, when it is told to, and when the driver's pipe closes. It
    ends every process below it then: what a worker leaves behind, daemons too, falls to the guard.
    """
    os.setsid()
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    heard = {signal.SIGTERM, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    guard = os.getpid()
    worker = os.fork()
    if worker:
        _watch(worker, sentinel, heard)
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guard:
        os._exit(1)
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _watch(worker: int, sentinel: int, heard: set[signal.Signals]) -> None:
    """Wait for the end, end what is left, and end as the worker did. Never returns."""
    status = 0
    try:
        _tell_when_closed(sentinel)
        told = False
        while not told and not status:
            told = signal.sigwait(heard) == signal.SIGTERM
            status = _reaped(worker)
        _end_all()
    finally:
        _end_as(status or 1)


def _tell_when_closed(sentinel: int) -> None:
    """Have the kernel tell this process to end when the driver's pipe closes.

    A signal on the death of the parent would not do: the parent is the fork server, which lives
    as long as its workers.
    """
    import fcntl

    fcntl.fcntl(sentinel, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(sentinel, fcntl.F_SETSIG, signal.SIGTERM)
    fcntl.fcntl(sentinel, fcntl.F_SETFL, fcntl.fcntl(sentinel, fcntl.F_GETFL) | os.O_ASYNC)


def _reaped(worker: int) -> int:
    """Bury the children that ended; how the worker ended, plus one bit; 0 while it lives."""
    found = 0
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            found = status + 1 if pid == worker else found
    return found


def _end_all() -> None:
    """End all children, and those of theirs that fall to this process, until none is left."""
    end = time.monotonic() + ENDING_SECONDS
    with suppress(ChildProcessError):
        while time.monotonic() < end:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            for pid in _children():
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)


def _children() -> list[int]:
    """The living children of this process."""
    parent = f" {os.getpid()} "
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _, _, facts = status.read_text(errors="replace").rpartition(") ")
            if facts[1:].startswith(parent):
                found.append(int(status.parent.name))
    return found


def _end_as(status: int) -> None:
    """End as a child did, by a signal or with a code."""
    import resource

    code = os.waitstatus_to_exitcode(status - 1)
    if code >= 0:
        os._exit(code)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if -code not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(-code, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
    os.kill(os.getpid(), -code)
    os._exit(1)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
