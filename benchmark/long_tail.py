"""How a long tail thins the classes of a balanced set."""

from collections.abc import Sequence

_ROUNDING = 1e-9  # a whole number stays one


def long_tail_sizes(counts: Sequence[int], ratio: float) -> tuple[int, ...]:
    """Rows that each class keeps: class k of K the whole part of n / ratio^(k / (K - 1)).

    n are the rows of the largest class. No class grows, and none loses its last row (Cao et al.,
    arXiv 1906.07413, whose code makes CIFAR-10 long-tailed in this way).
    """
    largest, last = max(counts), max(1, len(counts) - 1)
    wanted = (int(largest / ratio ** (k / last) + _ROUNDING) for k in range(len(counts)))
    return tuple(min(n, max(1, size)) for n, size in zip(counts, wanted, strict=True))
