"""How many trees of a forest a trial grows: the first ones; those of the winner all grow."""

from typing import Any

from benchmark.catalogue.registry import Model
from benchmark.engine.rounds import unwrapped

IN_A_TRIAL = 40


def thin(classifier: Any, entry: Model | None) -> bool:
    """Have an unfitted forest that only wrappers stand around grow its first trees; is it fewer?"""
    if entry is None or entry.thin is None:
        return False
    forest = unwrapped(classifier)
    return forest is not None and entry.thin(forest, IN_A_TRIAL)
