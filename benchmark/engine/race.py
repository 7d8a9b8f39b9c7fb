"""When a trial cannot win any more: pruning between its steps, by one rule for every pair."""

from collections.abc import Sequence

import numpy as np

Qualities = tuple[float, float]

FEWEST = 3  # finished trials to learn from
SAFETY = 0.25  # standard deviations


class Race:
    """Remembers how finished trials stood on a part of the rows and after each inner fold.

    A trial is lost when it lags the best one, as far as it came, by more than such lags have
    changed until the last fold: SAFETY times the root of their mean square, over the finished
    trials. It must lag so under both rules that choose a winner, since either may choose it.

    Standings are qualities at the default decision and at the best threshold, greater is better,
    after each step that every trial takes.
    """

    def __init__(self) -> None:
        self._finished: list[Sequence[Qualities]] = []

    def is_lost(self, standings: Sequence[Qualities]) -> bool:
        """Whether a trial with these standings, one for each step so far, need not go on."""
        if len(self._finished) < FEWEST:
            return False
        finished = np.array(self._finished)  # trials, steps, rules
        at, end = finished[:, len(standings) - 1], finished[:, -1]
        best = end.argmax(axis=0), np.arange(end.shape[1])
        changes = (at[best] - at) - (end[best] - end)
        deviation = np.sqrt((changes**2).sum(axis=0) / (len(finished) - 1))
        return bool(np.all(at[best] - standings[-1] > SAFETY * deviation))

    def finished(self, standings: Sequence[Qualities]) -> None:
        """A trial went through all folds; one without a quality in any of them teaches nothing."""
        if not np.isnan(standings).any():
            self._finished.append(standings)
