"""The proof of an import: rows and money in are rows and money out, and the file holds what it says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from loaders.errors import TieoutError
from loaders.imports.proof import Amounts, Proof, plain
from loaders.table_import import values
from loaders.table_import.layout import Layout
from loaders.table_import.loaded import LoadedMapping
from loaders.table_import.originals import Original
from loaders.table_import.session import name, text
from loaders.table_import.stages import value_of


def prove(
    connection: duckdb.DuckDBPyConnection,
    loaded: LoadedMapping,
    path: Path,
    delivered: Sequence[Path],
    stated: tuple[tuple[str, Decimal, Decimal], ...],
) -> Proof:
    """Compare the table `mapped` with the staged deliveries, which are read again.

    Raises:
        TieoutError: a row or a cent is in one of them only.
    """
    columns = [column for column in loaded.entity.money_columns if column in loaded.rules()]
    fates = {
        "read": "true",
        "set_aside": "reason is not null and not is_left_out",
        "left_out": "is_left_out",
        "unreadable": "reason is not null and not is_left_out and {value} is null",
    }
    counted = [f"count(*) filter ({fates[fate]})" for fate in ("read", "set_aside", "left_out")]
    for column in columns:
        value = value_of(column)
        counted += [
            f"coalesce(sum({values.decimal(value)}) filter ({fates[fate]}), 0)"
            for fate in ("read", "set_aside", "left_out")
        ]
        counted.append(f"count(*) filter ({fates['unreadable'].format(value=value)})")
    (read, set_aside, left_out, *sums) = connection.execute(f"select {', '.join(counted)} from mapped").fetchall()[0]  # noqa: S608
    rows, *out = _delivered(connection, loaded, delivered, columns)
    amounts = tuple(
        Amounts(column, sums[4 * at], out[at], sums[4 * at + 1], sums[4 * at + 2], sums[4 * at + 3])
        for at, column in enumerate(columns)
    )
    proof = Proof(read, rows, set_aside, left_out, amounts, stated)
    if not proof.ties:
        raise TieoutError(
            f"{path} does not tie out, so nothing was written. {' '.join(proof.sentences())} This is an error of "
            "tieout: please report it with the mapping."
        )
    return proof


def _delivered(
    connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, delivered: Sequence[Path], columns: Sequence[str]
) -> tuple[Any, ...]:
    """Count the rows and add up the amounts of the staged files."""
    if not delivered:
        return (0, *[Decimal(0)] * len(columns))
    names = ", ".join(f"{text(column)}: 'VARCHAR'" for column in loaded.entity.delivered_columns)
    files = ", ".join(text(str(path)) for path in delivered)
    sums = "".join(f", coalesce(sum({values.decimal(name(column))}), 0)" for column in columns)
    found = connection.execute(f"""
        select count(*){sums}
        from read_csv(
            [{files}], columns = {{{names}}}, header = true, auto_detect = false, delim = ',', quote = '"', escape = '"'
        )
    """).fetchall()  # noqa: S608
    return tuple(found[0])


def compare_statements(
    connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, original: Original, layout: Layout
) -> tuple[tuple[str, Decimal, Decimal], ...]:
    """Compare what a file says about itself with its rows; the rows that the mapping leaves out do not count.

    Raises:
        TieoutError: a statement is missing, is no number, or differs from the rows.
    """
    states = loaded.mapping.states
    if states is None:
        return ()
    kept = "from mapped where not is_left_out"
    rows, total, unreadable = connection.execute(
        f"select count(*), coalesce(sum(money), 0), count(*) filter (money is null) {kept}"
    ).fetchall()[0]
    found: list[tuple[str, Decimal, Decimal]] = []
    if states.rows is not None:
        found.append(("rows", _statement(connection, loaded, original, layout, "rows").quantize(1), Decimal(rows)))
    if states.total is not None:
        found.append(("total", _statement(connection, loaded, original, layout, "total"), total))
    if states.opening_balance is not None:
        opening = _statement(connection, loaded, original, layout, "opening_balance")
        closing = _statement(connection, loaded, original, layout, "closing_balance")
        found.append(("closing_balance", closing, opening + total))
    for what, there, counted in found:
        if there != counted:
            unknown = f" {unreadable:,} rows have no amount that can be read." if unreadable and what != "rows" else ""
            raise TieoutError(
                f"{original.shown} says {what.replace('_', ' ')} {plain(there)}, but its rows give {plain(counted)}: a "
                f"difference of {plain(there - counted)}.{unknown} Nothing was written. Fetch the file again if it was "
                f"cut; else see with --check which rows are set aside, and correct the mapping "
                f"({loaded.at('states', what)})."
            )
    return tuple(found)


def _statement(
    connection: duckdb.DuckDBPyConnection, loaded: LoadedMapping, original: Original, layout: Layout, key: str
) -> Decimal:
    pattern = text(str(getattr(loaded.mapping.states, key)))
    number = values.number("found", loaded.mapping.numbers)
    rows = connection.execute(f"""
        select line, found, {values.decimal(number)}
        from (
            select line, trim(regexp_extract(text, {pattern}, 1)) as found from lines
            where (line < {layout.first} or line > {layout.last}) and regexp_matches(text, {pattern})
        )
        order by line
        limit 1
    """).fetchall()  # noqa: S608
    place = loaded.at("states", key)
    if not rows:
        raise TieoutError(
            f"{original.shown} has no {original.unit} before or after the table with the pattern of states.{key} "
            f"({place}), so nothing was written. Was the file cut? Else correct the pattern, or "
            "table.skip_before and table.skip_after."
        )
    line, found, value = rows[0]
    if value is None:
        raise TieoutError(
            f"{original.shown} {original.unit} {line}: '{found}' of states.{key} is no number in the form "
            f"{values.number_example(loaded.mapping.numbers)} ({place}). Correct the pattern or numbers."
        )
    return Decimal(value)
