"""The suite as a journal noted it."""

from pydantic import ValidationError

from benchmark.errors import BenchmarkError
from benchmark.journal.store import Journal
from benchmark.suite import Suite

COMPARED = (
    "datasets", "strategies", "models", "metrics", "thresholds", "cv", "tuning", "seed",
    "fit_seed", "preprocess", "costs", "prevalence", "device", "plugins",
)  # fmt: skip


def noted_suite(journal: Journal) -> Suite:
    """The suite as it was last run.

    Raises BenchmarkError where nothing was planned, or another version planned it.
    """
    noted = journal.fact("suite")
    if noted is None:
        raise BenchmarkError(f"journal {str(journal.path)!r} holds no suite; run one first")
    try:
        return Suite.model_validate(noted)
    except ValidationError as error:
        raise BenchmarkError(
            f"journal {str(journal.path)!r} holds a suite of another version; run it again: "
            "what still stands is not computed twice"
        ) from error


def changed_since(noted: Suite, suite: Suite) -> list[str]:
    """The parts of a suite that are not as they were last run, and change what is compared."""
    now, then = (s.model_dump(mode="json", include=set(COMPARED)) for s in (suite, noted))
    return [name for name in COMPARED if now[name] != then[name]]
