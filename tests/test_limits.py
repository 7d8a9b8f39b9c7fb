"""What a cell may take of its worker's memory."""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmark.engine.backends import limits
from benchmark.engine.backends.limits import memory_limit, peak_memory_bytes, reset_peak_memory

MIB = 2**20
linux_only = pytest.mark.skipif(not limits.ENFORCED, reason="only Linux enforces a memory limit")


@linux_only
def test_an_allocation_over_the_limit_fails() -> None:
    with memory_limit(512 * MIB), pytest.raises(MemoryError):
        np.empty(2048 * MIB, dtype=np.uint8)


@linux_only
def test_an_allocation_under_the_limit_succeeds() -> None:
    with memory_limit(512 * MIB):
        array = np.empty(256 * MIB, dtype=np.uint8)

    assert array.nbytes == 256 * MIB


@linux_only
def test_what_the_process_held_before_does_not_count() -> None:
    held = np.ones(256 * MIB, dtype=np.uint8)

    with memory_limit(256 * MIB):
        array = np.empty(128 * MIB, dtype=np.uint8)

    assert held.nbytes + array.nbytes > 256 * MIB


@linux_only
def test_the_limit_ends_with_its_block_even_on_an_error() -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)

    with pytest.raises(KeyError), memory_limit(512 * MIB):
        raise KeyError

    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@linux_only
def test_a_lower_limit_of_the_system_stays_and_fails_nothing() -> None:
    code = """if True:
        import resource
        from benchmark.engine.backends.limits import memory_limit
        resource.setrlimit(resource.RLIMIT_DATA, (2**31, 2**31))
        with memory_limit(2**32):
            print(resource.getrlimit(resource.RLIMIT_DATA) == (2**31, 2**31))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "True\n"


def test_where_a_limit_cannot_be_enforced_nothing_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "ENFORCED", False)

    with memory_limit(1):
        array = np.empty(64 * MIB, dtype=np.uint8)

    assert array.nbytes == 64 * MIB


@linux_only
def test_peak_memory_is_what_was_touched_since_the_reset() -> None:
    reset_peak_memory()
    before = peak_memory_bytes()

    np.ones(200 * MIB, dtype=np.uint8)

    assert 195 * MIB < peak_memory_bytes() - before < 300 * MIB


@linux_only
def test_a_reset_forgets_an_earlier_peak() -> None:
    np.ones(200 * MIB, dtype=np.uint8)
    high = peak_memory_bytes()

    reset_peak_memory()

    assert peak_memory_bytes() < high - 150 * MIB


def test_a_platform_that_says_nothing_of_memory_reports_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "_STATUS", tmp_path / "nothing here")

    assert peak_memory_bytes() == 0


def test_a_kernel_that_cannot_reset_the_peak_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "Path", lambda _: tmp_path / "nowhere" / "clear_refs")

    reset_peak_memory()

    assert not list(tmp_path.iterdir())
