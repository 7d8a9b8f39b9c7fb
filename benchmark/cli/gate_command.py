"""`gate`: did anything get worse?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli import options
from benchmark.errors import BenchmarkError, NotMeasured, unknown

if TYPE_CHECKING:
    from benchmark.analysis.gate.costs import Cost

NO_VERDICT = 4
_file = click.Path(dir_okay=False, path_type=Path)


@click.command(name="gate")
@options.suite
@click.option("--baseline", type=_file, required=True, help="What `baseline` wrote.")
@click.option(
    "--accepted",
    type=_file,
    help="Known changes (YAML), each with a reason and a date; default: the baseline's name with "
    ".accepted.yaml, if there is one.",
)
@click.option(
    "--alpha",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    default=0.04,
    show_default=True,
    help="The share of nights that may fail although nothing is worse.",
)
@click.option(
    "--min-effect",
    type=click.FloatRange(min=0),
    default=0.01,
    show_default=True,
    help="A smaller drop of a pair is no regression.",
)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="KIND=RATIO",
    help="Fail also when time or memory is above this ratio to the baseline, as in time=1.5; may "
    "be given twice.",
)
@click.option("--earlier", is_flag=True, help="Outcomes that earlier invocations computed count "
    "too: after a run that was interrupted and resumed.")  # fmt: skip
@click.option("--markdown", type=_file, help="Write a summary here, for a CI page.")
@click.option("--junit", type=_file, help="Write JUnit XML here: one test case a pair.")
@click.option("--json", "as_json", type=_file, help="Write everything here as JSON.")
@options.results
@options.no_plugins
def command(
    suite: Path,
    baseline: Path,
    accepted: Path | None,
    alpha: float,
    min_effect: float,
    fail_on: tuple[str, ...],
    earlier: bool,
    markdown: Path | None,
    junit: Path | None,
    as_json: Path | None,
    results: Path,
    no_plugins: bool,
) -> int:
    """Compare the last run of SUITE with a baseline; computes nothing.

    A drop fails if it is larger than the luck of a seed explains and than --min-effect. Means of
    each strategy, each model and all pairs are judged too, since many small drops are one large
    one.

    Exit codes: 0 nothing is worse, 3 a regression, 4 cannot judge (something of the baseline was
    not measured), 2 a file or an option is wrong.
    """
    from benchmark.analysis.gate.accepted import beside
    from benchmark.analysis.gate.changes import Rule
    from benchmark.cli.console import say
    from benchmark.cli.verdict_files import written
    from benchmark.cli.verdict_table import show_verdict
    from benchmark.nightly import gate

    known = accepted or beside(baseline)
    options.refuse_overwriting([suite, baseline, known], [markdown, junit, as_json])
    rule, bounds = Rule(alpha, min_effect), _bounds(fail_on)
    try:
        verdict = gate(suite, baseline, results=results, accept=accepted, rule=rule,
                       bounds=bounds, earlier=earlier, plugins=not no_plugins)  # fmt: skip
    except NotMeasured as error:
        for line in str(error).splitlines():
            say(f"error: cannot judge: {line}", "red")
        return NO_VERDICT
    show_verdict(verdict, baseline)
    written(verdict, markdown=markdown, junit=junit, as_json=as_json)
    return verdict.code


def _bounds(texts: tuple[str, ...]) -> "dict[Cost, float]":
    """Parse `time=1.5`."""
    kinds: dict[str, Cost] = {"time": "time", "memory": "memory"}
    found: dict[Cost, float] = {}
    for text in texts:
        name, _, ratio = text.partition("=")
        if name not in kinds:
            raise BenchmarkError(f"--fail-on {text!r}: {unknown('kind', name, kinds)}")
        if name in found:
            raise BenchmarkError(f"--fail-on {text!r}: {name} is given twice")
        try:
            found[kinds[name]] = float(ratio)
        except ValueError as error:
            raise BenchmarkError(f"--fail-on {text!r}: write {name}=1.5") from error
        if not 0 < found[kinds[name]] < float("inf"):
            raise BenchmarkError(f"--fail-on {text!r}: the ratio must be above 0 and finite")
    return found
