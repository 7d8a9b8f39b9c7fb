"""Checksums in the rows of a journal: what is read is what was written, or it is damaged."""

import hashlib
import json
import sqlite3
import zlib

# Table → its columns; those of outcomes are checked through their own sums where they are large.
COLUMNS = {
    "cells": ("position", "dataset", "strategy", "model", "repeat", "fold", "fit_key", "score_key"),
    "imports": ("fit_key", "dataset", "strategy"),
    "skips": ("dataset", "strategy", "model", "reason"),
    "invocations": ("id", "environment"),
    "facts": ("name", "value"),
    "tracked": ("uri", "subject", "digest", "run_id", "complete"),
    "outcomes": (
        "fit_key", "score_key", "status", "seconds", "inner_default", "inner_tuned", "error",
        "limit_seconds", "limit_memory", "invocation", "ended", "scores",
        "details_sum", "predictions_sum",
    ),
}  # fmt: skip
SMALL, LARGE = COLUMNS["outcomes"][:12], ("details", "predictions")
COUNTS = "counts"
_COUNTED = ("cells", "skips", "imports", "facts")


def enable(db: sqlite3.Connection) -> None:
    """Make the functions that SQL below uses known to a connection."""
    db.create_function("seal", -1, _seal, deterministic=True)
    db.create_function("content_sum", 1, _sum, deterministic=True)


def sound(table: str, alias: str = "", /, **others: str) -> str:
    """SQL that is 1 where a row is what was written; its table goes by an alias.

    `others` says where else the value of a column stands, which is then checked too.
    """
    prefix = f"{alias}." if alias else ""
    columns = [others.get(column, f"{prefix}{column}") for column in COLUMNS[table]]
    return f"({prefix}checksum IS seal({', '.join(columns)}))"


def whole() -> str:
    """SQL that is 1 where an outcome is what was written, with all that is large in it."""
    sums = " AND ".join(f"{column}_sum IS content_sum({column})" for column in LARGE)
    return f"({sound('outcomes')} AND {sums})"


def put(db: sqlite3.Connection, table: str, *values: object) -> None:
    """Insert a row, or replace the one with its key; of outcomes, the large values come last."""
    small = len(COLUMNS[table])
    if table == "outcomes":
        values = (*values[:-2], *(_sum(blob) for blob in values[-2:]), *values[-2:])
    columns = (*COLUMNS[table], *(LARGE if table == "outcomes" else ()))
    marks = [f"?{i + 1}" for i in range(len(columns))]
    db.execute(
        f"""REPLACE INTO {table} ({", ".join(columns)}, checksum)
            VALUES ({", ".join(marks)}, seal({", ".join(marks[:small])}))""",
        values,
    )


def again(db: sqlite3.Connection, table: str, where: str = "1", *values: object) -> None:
    """Write the checksums of rows that are known to be right."""
    if table == "outcomes":
        sums = ", ".join(f"{column}_sum = content_sum({column})" for column in LARGE)
        db.execute(f"UPDATE outcomes SET {sums} WHERE {where}", values)
    columns = ", ".join(COLUMNS[table])
    db.execute(f"UPDATE {table} SET checksum = seal({columns}) WHERE {where}", values)


def count(db: sqlite3.Connection) -> None:
    """Note how many rows there are, for a row that is gone has no checksum."""
    put(db, "facts", COUNTS, "")
    found = {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in _COUNTED}
    put(db, "facts", COUNTS, json.dumps(found))


def counts(text: str) -> dict[str, int]:
    """Table → how many rows it had, from what `count` noted."""
    found: dict[str, int] = json.loads(text)
    return found


def _seal(*values: object) -> str:
    """A short digest of what columns hold; SQLite may keep a number as another type."""
    plain = [float(v) if type(v) is int else v for v in values]
    return hashlib.blake2b(repr(plain).encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _sum(content: object) -> int | None:
    return zlib.crc32(content) if isinstance(content, bytes) else None
