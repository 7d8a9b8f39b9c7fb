"""Does any suite file end in a traceback, take long or take much memory?

Grammar-aware mutations of valid suites, random bytes and tokens, and what hypothesis thinks of.
"""

import argparse
import re
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))

from hostile_suites import CASES, VALID, endless

from benchmark.errors import SuiteError
from benchmark.flow import load_suite

MOST_SECONDS, MOST_MIB = 1.0, 500.0
SHARE = 50  # one input in so many is of hypothesis, which takes longer to think than we to read
LINE = re.compile(r"(s\.yaml:[1-9][0-9]*: |suite '[^\n]*s\.yaml' )[^\n]+")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
TREES = st.recursive(SCALARS, lambda i: st.lists(i) | st.dictionaries(st.text(), i), max_leaves=30)
KEYS = [line.partition(":")[0] for line in VALID.splitlines()]


class Tried:
    """What became of the inputs so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ends: Counter[str] = Counter()
        self.slowest = 0.0

    def add(self, content: bytes) -> None:
        """Load one suite; processor time counts, since the machine may have other work."""
        self.path.write_bytes(content)
        started = time.process_time()
        try:
            load_suite(self.path)
            end = "suites"
        except SuiteError as error:
            good = all(LINE.fullmatch(m) and m.isprintable() for m in error.mistakes)
            end = "refused with lines" if good and error.mistakes else "refused otherwise"
        except BaseException as error:  # noqa: BLE001 - this is what is looked for
            end = "tracebacks"
            print(repr(content)[:2000], *traceback.format_exception(error), file=sys.stderr)
        seconds = time.process_time() - started
        if end == "refused otherwise" or seconds > MOST_SECONDS:
            print(f"{end}, {seconds:.2f} s: {content[:2000]!r}", file=sys.stderr)
        self.ends[end] += 1
        self.slowest = max(self.slowest, seconds)

    @property
    def bad(self) -> int:
        """Inputs that ended in neither a suite nor lines."""
        return self.ends["tracebacks"] + self.ends["refused otherwise"]


def thought_of(tried: Tried, number: int, seed: int) -> None:
    """Inputs of hypothesis: bytes, and any value in the place of another."""

    @settings(max_examples=number, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(
        st.binary() | st.text().map(lambda t: t.encode()) | st.tuples(st.sampled_from(KEYS), TREES)
    )
    def each(thing: bytes | tuple[str, object]) -> None:
        if isinstance(thing, bytes):
            tried.add(thing)
            return
        key, value = thing
        lines = [line for line in VALID.splitlines() if not line.startswith(f"{key}:")]
        text = "\n".join([*lines, yaml.dump({key: value})])
        tried.add(text.encode("utf-8", "surrogatepass"))

    from hypothesis import seed as seeded

    seeded(seed)(each)()


def main() -> int:
    """Print the table; 1 if a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=230.0, help="stop after so long")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tried = Tried(Path(folder) / "s.yaml")
        tried.add(VALID.encode())  # imports the catalogue
        tried.slowest = 0.0
        for text, _ in CASES.values():
            tried.add(text.encode())
        thought_of(tried, asked.inputs // SHARE, asked.seed)
        for content in endless(asked.seed):
            over = time.monotonic() - started > asked.seconds
            if over or tried.ends.total() >= asked.inputs:
                break
            tried.add(content)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(
        "| inputs | suites | refused with lines | tracebacks | otherwise | slowest (s) | peak MiB |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|")
    ends = [tried.ends[name] for name in ("suites", "refused with lines", "tracebacks",
                                          "refused otherwise")]  # fmt: skip
    cells = [f"{n:,}" for n in (tried.ends.total(), *ends)]
    print(f"| {' | '.join(cells)} | {tried.slowest:.2f} | {peak:.0f} |")
    print(f"\nin {time.monotonic() - started:.0f} s, seed {asked.seed}")
    return int(bool(tried.bad) or tried.slowest > MOST_SECONDS or peak > MOST_MIB)


if __name__ == "__main__":
    sys.exit(main())
