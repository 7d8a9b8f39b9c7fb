"""What an invocation records of its machine."""

import platform

import numpy as np  # noqa: F401 - loads a BLAS library
from threadpoolctl import threadpool_info

from benchmark.engine.backends.machine import calibration_seconds, description


def test_the_machine_is_described_with_its_blas_kernel() -> None:
    found = description()

    blas = next(x for x in threadpool_info() if x["user_api"] == "blas")
    assert blas["architecture"] in found["kernel"]
    assert found["platform"] == platform.platform()
    assert int(found["processors"]) >= 1


def test_the_processor_and_the_c_library_are_named() -> None:
    found = description()

    assert found["libc"] == " ".join(platform.libc_ver()).strip()
    assert found["processor"]


def test_the_calibration_takes_about_the_same_time_twice() -> None:
    first, second = calibration_seconds(), calibration_seconds()

    assert 0 < first < 2
    assert 0.3 < first / second < 3
