"""Journal → one self-contained HTML page."""

from benchmark.analysis.report.evidence import read
from benchmark.analysis.report.page import page

__all__ = ["page", "read"]
