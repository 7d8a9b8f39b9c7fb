"""What this machine is: recorded with every invocation, because last bits depend on it."""

import os
import platform

from threadpoolctl import threadpool_info


def description() -> dict[str, str]:
    """Operating system, processor, number of processors, and the kernels of the BLAS libraries."""
    kernels = sorted(
        {
            f"{library['internal_api']} {library.get('architecture', '')}".strip()
            for library in threadpool_info()
            if library.get("user_api") == "blas"
        }
    )
    return {
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "processors": str(os.cpu_count() or 1),
        "kernel": ", ".join(kernels),
    }
