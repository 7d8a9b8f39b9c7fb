"""The facts of a dataset for a terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.data.complexity import Complexity
from benchmark.data.facts import Facts

LISTED = 12


def show_facts(out: Console, facts: Facts) -> None:
    """What the dataset holds, how hard it is, and what to look at."""
    out.print()
    out.print(_overview(facts))
    out.print("\nDifficulty, from 0 (easy) to 1 (hard)", style="bold")
    out.print(_difficulty(facts))
    if facts.complexity.classes:
        out.print("\nRare classes: how many of a row's 5 nearest share its class", style="bold")
        out.print(_rare_classes(facts.complexity))
    out.print(f"\n{_drawn(facts)}", style="dim", markup=False)
    for warning in facts.warnings:
        out.print(f"\n! {warning}", style="yellow", markup=False)


def _overview(facts: Facts) -> Table:
    made = f"; made of dates: {', '.join(facts.dates)}" if facts.dates else ""
    columns = f"{facts.numeric:,} numeric, {len(facts.categorical):,} categorical{made}"
    lines = {
        "rows": f"{facts.rows:,}",
        "columns": f"{facts.columns:,} ({columns})",
        "categories": _listed({name: f"{n:,}" for name, n in facts.categorical.items()}),
        "missing": f"{_share(facts.missing)} of cells" if facts.missing else "nothing",
        "most missing": _listed({name: _share(n) for name, n in facts.missing_columns.items()}),
        "classes": _classes(facts),
        "imbalance": f"{facts.imbalance:,.1f} rows of the largest class to 1 of the smallest",
        "repeated": _repeated(facts),
        "constant": _listed(dict.fromkeys(facts.constant, "")),
        "alone": _listed({name: f"{auc:.3f}" for name, auc in facts.strongest.items()})
        + " (AUC of the column by itself)",
    }
    table = Table.grid(padding=(0, 2))
    for name, line in lines.items():
        if line:
            table.add_row(Text(name, style="bold"), Text(line))
    return table


def _classes(facts: Facts) -> str:
    """Classes with their rows, the positive one marked."""
    shown = {name: f"{n:,} ({n / facts.rows:.1%})" for name, n in facts.classes.items()}
    if len(shown) == 2:
        positive = list(shown)[1]
        shown[positive] += ", positive"
    if len(shown) > LISTED:
        return _listed(shown)
    return "\n".join(f"{name}: {rows}" for name, rows in shown.items())


def _repeated(facts: Facts) -> str:
    if not facts.duplicates:
        return "no row"
    against = (
        f"; {facts.contradictions:,} share their values with a row of another class"
        if facts.contradictions
        else ""
    )
    return f"{facts.duplicates:,} rows ({_share(facts.duplicates / facts.rows)}){against}"


def _difficulty(facts: Facts) -> Table:
    found = facts.complexity
    guess = 1 - max(facts.classes.values()) / facts.rows
    lines = [
        ("F1", "Fisher's discriminant ratio", found.fisher_ratio,
         "variance that the best column leaves"),
        ("F2", "overlap volume", found.overlap_volume, "of the numeric ranges of classes"),
        ("N1", "borderline rows", found.borderline_rows, "linked to another class"),
        ("N3", "nearest neighbour's error", found.neighbour_error,
         f"guessing the largest class: {guess:.3f}"),
    ]  # fmt: skip
    table = Table.grid(padding=(0, 2))
    for symbol, name, value, words in lines:
        table.add_row(symbol, name, "-" if value is None else f"{value:.3f}", words)
    return table


def _rare_classes(found: Complexity) -> Table:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("class", overflow="fold")
    for name in ("rows", "safe\n4-5", "borderline\n2-3", "rare\n1", "outlier\n0", "1-NN\nerror",
                 "groups", "rows in\nsmall groups"):  # fmt: skip
        table.add_column(name, justify="right")
    for one in found.classes:
        shares = (one.safe, one.borderline, one.rare, one.outlier, one.error)
        table.add_row(
            Text(one.label),
            f"{one.rows:,}",
            *(f"{share:.0%}" for share in shares),
            f"{one.disjuncts:,}",
            f"{one.small:.0%}",
        )
    return table


def _drawn(facts: Facts) -> str:
    """Which measure was taken on which rows."""
    found = facts.complexity

    def rows(n: int) -> str:
        return "all rows" if n == facts.rows else f"a seeded stratified sample of {n:,} rows"

    return (
        f"F1, F2 and rare classes on {rows(found.rows)}, N1 and N3 on {rows(found.pair_rows)}; "
        "imputed, standardised, one-hot. Groups: rows of a class linked through near neighbours; "
        "small: at most 5 rows."
    )


def _share(value: float) -> str:
    return f"{value:.1%}" if value >= 0.001 else "under 0.1%"


def _listed(values: Mapping[str, str]) -> str:
    """Names with what belongs to them, as many as a person reads."""
    texts = [f"{name} {value}".strip() for name, value in values.items()]
    more = f" and {len(texts) - LISTED} more" if len(texts) > LISTED else ""
    return ", ".join(texts[:LISTED]) + more
