"""The suite as a journal noted it."""

from pydantic import ValidationError

from benchmark.errors import BenchmarkError
from benchmark.journal.store import Journal
from benchmark.suite import Suite


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
