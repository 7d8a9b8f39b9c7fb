"""What the end of a run says of pairs that cannot be."""

from io import StringIO

from rich.console import Console

from benchmark.cli.summary import show_skips
from benchmark.types import Skip


def shown(*skips: Skip) -> list[str]:
    text = StringIO()
    show_skips(Console(file=text, width=500), skips)
    return text.getvalue().splitlines()


def test_pairs_with_the_same_reason_share_a_line() -> None:
    skips = [
        Skip(dataset, strategy, model, "it needs a network")
        for dataset in ("a", "b")
        for strategy in ("ldam", "focal")
        for model in ("ridge", "svc")
    ]

    lines = shown(*skips, Skip("a", "smote", "svc", "it needs a network"))

    assert lines == [
        "skipped: ldam, focal + ridge, svc: it needs a network (2 datasets)",
        "skipped: smote + svc: it needs a network",
    ]


def test_of_many_names_the_first_are_shown() -> None:
    skips = [Skip("a", f"s{i}", "svc", "no") for i in range(9)]

    assert shown(*skips) == ["skipped: s0, s1, s2, s3 and 5 more + svc: no"]
    assert shown(*skips[:5]) == ["skipped: s0, s1, s2, s3, s4 + svc: no"]
