"""One seed for each role, the same for every pair."""

import hashlib
from typing import Literal

Role = Literal["split", "sampler", "model", "search"]


def seed_for(
    suite_seed: int, fingerprint: str, repeat: int, fold: int, inner_fold: int | None, role: Role
) -> int:
    """Derive a seed below 2**31; `inner_fold` is None for the fit on the whole training part.

    Neither the strategy nor the model is in it: every pair meets the same luck.
    """
    text = f"{suite_seed}/{fingerprint}/{repeat}/{fold}/{inner_fold}/{role}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
