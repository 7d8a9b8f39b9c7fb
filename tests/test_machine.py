"""What an invocation records of its machine."""

import platform

import numpy as np  # noqa: F401 - loads a BLAS library
from threadpoolctl import threadpool_info

from benchmark.engine.backends.machine import description


def test_the_machine_is_described_with_its_blas_kernel() -> None:
    found = description()

    blas = next(x for x in threadpool_info() if x["user_api"] == "blas")
    assert blas["architecture"] in found["kernel"]
    assert found["platform"] == platform.platform()
    assert int(found["processors"]) >= 1
