"""How often the gate alarms, and what it finds: `python tests/speed/gate_power.py`.

Simulates nights of 60 pairs (5 strategies, 3 models, 4 datasets) of 5 folds x 2 repeats. The
deviation of the difference between two seeds on a fold has the quartiles that were measured over
pairs: 0.025, 0.040, 0.071. Beside the gate stand two plain rules, both on one seed: a mean drop
above 2 %, and the corrected resampled t-test with Holm's correction.
→ results/published/gate-power.md
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats

from benchmark.analysis.gate.changes import Folds, Rule, Subject, changes
from benchmark.analysis.gate.judge import is_drop
from benchmark.analysis.stats import holm
from benchmark.types import Floats

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "gate-power.md"
QUARTILES = (0.025, 0.040, 0.071)
STRATEGIES, MODELS, DATASETS, FOLDS, REPEATS = 5, 3, 4, 5, 2
LEVEL = 0.5  # of F2 without a drop; what 2 % is of
PAIRS = [
    Subject("pair", f"dataset {d}", f"strategy {s}", f"model {m}")
    for s in range(STRATEGIES)
    for m in range(MODELS)
    for d in range(DATASETS)
]
NUMBERS = tuple((r, f) for r in range(REPEATS) for f in range(FOLDS))
HIT = "strategy 2"
STILL = np.array([subject.model == "model 0" for subject in PAIRS])
Judge = Callable[[Floats, Floats, Floats], set[Subject]]


@dataclass(frozen=True)
class World:
    """What the noise of a night is like.

    Attributes:
        shared: correlation between pairs of one dataset, which meet the same seeds.
        tails: degrees of freedom of the noise; infinite for a normal one.
        shuffle: deviation by which an upgrade moves the folds of a model that needs no seed,
            without making it worse.
    """

    name: str
    shared: float = 0.0
    tails: float = np.inf
    shuffle: float = 0.0


WORLDS = (
    World("independent, normal"),
    World("pairs of a dataset correlated by 0.3", shared=0.3),
    World("heavy tails (Student, 4 degrees)", tails=4),
    World("one model without luck, folds moved by 0.03", shuffle=0.03),
)


def deviations(random: np.random.Generator) -> Floats:
    """A deviation for each pair, with the measured quartiles (log-normal on either side)."""
    low, middle, high = QUARTILES
    z = random.normal(size=len(PAIRS)) / stats.norm.ppf(0.75)
    return np.where(z < 0, middle * (middle / low) ** z, middle * (high / middle) ** z)


def seed(random: np.random.Generator, world: World, sigma: Floats) -> Floats:
    """The luck of one seed on each fold; two seeds differ by sigma. Shape (pairs, folds)."""
    shape = (len(PAIRS), FOLDS * REPEATS)

    def drawn(size: tuple[int, int]) -> Floats:
        if np.isinf(world.tails):
            return random.normal(size=size)
        return random.standard_t(world.tails, size=size) * (1 - 2 / world.tails) ** 0.5

    of_dataset = drawn((DATASETS, shape[1]))[np.arange(len(PAIRS)) % DATASETS]
    mixed = (1 - world.shared) ** 0.5 * drawn(shape) + world.shared**0.5 * of_dataset
    return mixed * sigma[:, None] / 2**0.5


def gate(first: Floats, again: Floats, now: Floats) -> set[Subject]:
    """What the gate calls a regression."""
    tested = [Folds(s, NUMBERS, now[i], first[i], again[i]) for i, s in enumerate(PAIRS)]
    rule = Rule()
    return {change.subject for change in changes(tested, rule) if is_drop(change, rule)}


def two_percent(first: Floats, again: Floats, now: Floats) -> set[Subject]:
    """A mean of a pair, a strategy or a model that is 2 % below that of one seed."""
    change = (now - first).mean(axis=1)
    found = {s for s, drop in zip(PAIRS, change, strict=True) if drop < -0.02 * LEVEL}
    for name in {s.strategy for s in PAIRS}:
        inside = [s.strategy == name for s in PAIRS]
        if change[inside].mean() < -0.02 * LEVEL:
            found.add(Subject("strategy", strategy=name))
    return found


def corrected(first: Floats, again: Floats, now: Floats) -> set[Subject]:
    """The t-test of Nadeau and Bengio, one-sided, which allows for other training rows."""
    change = now - first
    n = change.shape[1]
    error = np.sqrt((1 / n + 1 / (FOLDS - 1)) * change.var(axis=1, ddof=1))
    p = holm(stats.t.cdf(change.mean(axis=1) / error, n - 1))
    return {s for s, each in zip(PAIRS, p, strict=True) if each < 0.05}


RULES: dict[str, Judge] = {
    "gate": gate,
    "mean drop above 2 %": two_percent,
    "corrected resampled t-test": corrected,
}


def shares(world: World, nights: int) -> dict[str, list[float]]:
    """For each rule: false alarms, a drop of one pair found, a drop of one strategy found."""
    random = np.random.default_rng(1)
    counts = {name: np.zeros(3) for name in RULES}
    one = PAIRS.index(Subject("pair", "dataset 3", "strategy 0", "model 1"))
    pair = np.arange(len(PAIRS)) == one
    strategy = np.array([s.strategy == HIT for s in PAIRS])
    hits = (set(PAIRS), {PAIRS[one]}, {Subject("strategy", strategy=HIT)})
    for _ in range(nights):
        for i, drop in enumerate((0 * pair, 0.05 * pair, 0.01 * strategy)):
            sigma = deviations(random)
            sigma[one] = min(sigma[one], QUARTILES[0])
            first, again, now = (seed(random, world, sigma) for _ in range(3))
            if world.shuffle:
                first[STILL] = again[STILL] = 0
                now[STILL] = random.normal(0, world.shuffle, now[STILL].shape)
            for name, rule in RULES.items():
                found = rule(LEVEL + first, LEVEL + again, LEVEL + now - drop[:, None])
                counts[name][i] += bool(found if i == 0 else found & hits[i])
    return {name: (count / nights).tolist() for name, count in counts.items()}


def table(nights: int) -> str:
    """The outcome as Markdown."""
    doc = (__doc__ or "").split("\n\n", 1)
    error = (0.05 * 0.95 / nights) ** 0.5
    lines = [
        "# What the gate finds, and how often it alarms for nothing", "",
        "Made by `python tests/speed/gate_power.py`.", "",
        doc[1].replace("→ results/published/gate-power.md", "").strip(), "",
        f"{nights:,} nights of each kind; the standard error of 5 % is {error:.1%}. A drop of a",
        "pair is that of one whose deviation is at most 0.025; it is found where that pair is",
        "named. A drop of a strategy is that of all its 12 pairs; it is found where the strategy",
        "is named.",
        "",
        "| noise | rule | alarm though nothing changed | drop of 0.05 in a pair found "
        "| drop of 0.01 in a strategy found |",
        "|---|---|---:|---:|---:|",
    ]  # fmt: skip
    for world in WORLDS:
        for name, found in shares(world, nights).items():
            lines.append(f"| {world.name} | {name} | {' | '.join(f'{x:.1%}' for x in found)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    text = table(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
    PUBLISHED.write_text(text, encoding="utf-8")
    print(text)
