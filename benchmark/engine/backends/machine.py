"""What this machine is and how quick: recorded with every invocation, because results depend on it.

The last bits of a score depend on the processor, the kernels of BLAS and the C library.
"""

import ctypes
import os
import platform
from pathlib import Path
from time import perf_counter

from threadpoolctl import threadpool_info, threadpool_limits

CALIBRATIONS = 5  # the quickest counts


def description() -> dict[str, str]:
    """Operating system, processor, number of processors, C library, and the kernels of BLAS."""
    kernels = sorted(
        {
            f"{library['internal_api']} {library.get('architecture', '')}".strip()
            for library in threadpool_info()
            if library.get("user_api") == "blas"
        }
    )
    return {
        "platform": platform.platform(),
        "processor": _processor(),
        "processors": str(os.cpu_count() or 1),
        "kernel": ", ".join(kernels),
        "libc": " ".join(platform.libc_ver()).strip(),
    }


def has_cuda() -> bool:
    """Whether the driver of NVIDIA finds a device."""
    name = "nvcuda.dll" if platform.system() == "Windows" else "libcuda.so.1"
    count = ctypes.c_int(0)
    try:
        driver = ctypes.CDLL(name)
        failed = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    except (OSError, AttributeError):
        return False
    return not failed and count.value > 0


def calibration_seconds() -> float:
    """What a fixed piece of work takes on one thread: trees, matrices, plain Python."""
    with threadpool_limits(1):
        return min(_work() for _ in range(CALIBRATIONS))


def _work() -> float:
    import numpy as np
    from sklearn.tree import DecisionTreeClassifier

    random = np.random.default_rng(0)
    X, y = random.random((1000, 10)), random.random(1000) < 0.2
    matrix = random.random((200, 200))
    started = perf_counter()
    for seed in range(3):
        DecisionTreeClassifier(max_features=3, random_state=seed).fit(X, y)
        for _ in range(5):
            np.linalg.svd(matrix[:60, :60])
            matrix @ matrix
        sum(i * i for i in range(50_000))
    return perf_counter() - started


def _processor() -> str:
    """The model of the processor where Linux names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(named), platform.processor() or platform.machine())
