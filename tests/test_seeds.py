"""Seeds are permanent, and the same for every pair."""

from itertools import product

from scipy.stats import kstest

from benchmark.engine.seeds import seed_for

ROLES = ("split", "sampler", "model", "search")


def test_a_seed_is_the_first_31_bits_of_a_sha256_and_never_changes() -> None:
    # printf '1/abc/0/4/None/model' | sha256sum
    assert seed_for(1, "abc", 0, 4, None, "model") == 0x3F2395AF >> 1
    # printf '1/abc/0/4/2/sampler' | sha256sum
    assert seed_for(1, "abc", 0, 4, 2, "sampler") == 0xA87E6DE9 >> 1


def test_every_part_of_the_place_gives_another_seed() -> None:
    places = list(product((1, 2), ("a", "b"), (0, 1), (0, 1, 2), (None, 0, 1), ROLES))

    seeds = {seed_for(*place) for place in places}

    assert len(seeds) == len(places)


def test_seeds_are_spread_evenly_below_two_to_the_31() -> None:
    seeds = [seed_for(seed, "f", 0, 0, None, "model") for seed in range(2000)]

    assert 0 <= min(seeds) < max(seeds) < 2**31
    assert kstest(seeds, "uniform", args=(0, 2**31)).pvalue > 0.01
