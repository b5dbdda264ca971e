"""`tieout check --live`: the cheap comparisons of the audit, asked anew to see what changed after the last run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from loaders.audit.cells import CELLS
from loaders.audit.compiled import Compiled, compile_models
from loaders.audit.warehouse import Row, Warehouse

FINGERPRINTS, FILES = "changed_rows", "differing_files"
TOTALS = ("layer_totals_banking", "layer_totals_commerce")
# Tables of gold that every run makes anew have no fingerprints, and cost little to make again.
_MADE_ANEW = "path:models/marts,config.materialized:table"
# Its days follow from variables and a seed. It is asked for doubled days only.
_CALENDAR_KEYS = {"dim_date": ("date_id",)}
_NOT_ASKED = tuple(_CALENDAR_KEYS)
# The keys of the tables of silver that are kept from run to run and that nothing reconciles.
_CONTROL_KEYS = {
    "base_control__deliveries": ("delivery_sk",),
    "base_control__control_totals": ("_source_file", "column_name"),
    "base_control__malformed_lines": ("_source_file", "_source_line"),
}


def live_queries(target: str | None) -> list[Compiled]:
    """Return the queries to ask, compiled by dbt from the models.

    Raises:
        TieoutError: dbt cannot compile them.
    """
    return compile_models(target, (FINGERPRINTS, FILES, *TOTALS, _MADE_ANEW), _NOT_ASKED)


def live_findings(warehouse: Warehouse, queries: Iterable[Compiled]) -> Iterator[str]:
    """Yield a sentence for each table that is not what the last audit has proved. Only reads.

    Args:
        warehouse: the warehouse.
        queries: what `live_queries` returns.

    Raises:
        TieoutError: the warehouse cannot be read.
    """
    by_name = {query.name: query for query in queries}
    yield from _changed_rows(warehouse, by_name[FINGERPRINTS])
    yield from _differing_files(warehouse, by_name[FILES])
    # The tables of which a row that is missing, or is there twice, has been found.
    covered: set[str] = set()
    for name in TOTALS:
        yield from _totals(warehouse, by_name[name], covered)
    for query in by_name.values():
        if query.folder == "marts":
            yield from _made_again(warehouse, query)
            covered.add(query.name)
    yield from _lacking_rows(warehouse, covered)
    yield from _doubled_rows(warehouse, covered)


def live_note(queries: Iterable[Compiled]) -> str:
    """Say what was asked, and what was not."""
    made = sum(query.folder == "marts" for query in queries)
    return (
        "Asked live: the fingerprints and keys of all rows that are kept from run to run, the rows, amounts and "
        f"fingerprints of all files, the totals of all layers, and {made:,} tables of gold that every run makes anew. "
        f"Not asked: the values of {', '.join(_NOT_ASKED)}, the seeds, and the tables of the audit itself."
    )


def _changed_rows(warehouse: Warehouse, query: Compiled) -> Iterator[str]:
    tables: dict[str, list[Row]] = defaultdict(list)
    for row in warehouse.compiled_rows(query.sql):
        tables[row["table_name"]].append(row)
    for table, rows in tables.items():
        first = min(rows, key=lambda row: str(row["business_key"]))
        place = f" ({first['source_file']} line {first['source_line']})" if first["source_file"] else ""
        yield (
            f"Live: rows of {table} that were changed after the run that wrote them: {len(rows):,}. The first is "
            f"{first['business_key']}{place}. Rebuild the table: {_rebuild(table)}."
        )


def _differing_files(warehouse: Warehouse, query: Compiled) -> Iterator[str]:
    borders: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for file in warehouse.compiled_rows(query.sql):
        before = _silver(file, "base") if file["from_layer"] == "loaded" else _silver(file, file["from_layer"])
        after = _silver(file, file["to_layer"])
        what = f"{before} as it was loaded" if file["from_layer"] == "loaded" else before
        borders[what, after].append(file)
    for (before, after), files in borders.items():
        first = min(files, key=lambda file: str(file["source_file"]))
        yield (
            f"Live: files of which {after} does not have the same rows as {before}: {len(files):,}. The first is "
            f"{first['source_file']}: {first['row_difference']:+,} rows and {first['amount_difference']:+,} are missing"
            f"{'' if first['has_equal_fingerprints'] else ', and values differ'}. Rebuild it: {_rebuild(after)}."
        )


def _totals(warehouse: Warehouse, query: Compiled, covered: set[str]) -> Iterator[str]:
    """Compare totals with those of the last audit."""
    sides = ("domain", "entity", "from_layer", "to_layer", "measure", "is_in")
    audited = {
        tuple(row[side] for side in sides): row["total_amount"]
        for row in warehouse.rows(f"select * from {{audit}}.{query.name}")  # noqa: S608
    }
    changed: dict[str, dict[str, str]] = defaultdict(dict)
    for row in warehouse.compiled_rows(query.sql):
        table = _silver(row, row["from_layer"] if row["is_in"] else row["to_layer"])
        covered.add(table)
        before = audited.get(tuple(row[side] for side in sides))
        if before != row["total_amount"]:
            before_shown = "nothing" if before is None else f"{before:,}"
            changed[table].setdefault(
                row["measure"], f"{row['measure']} from {before_shown} to {row['total_amount']:,}"
            )
    for table, measures in changed.items():
        yield (
            f"Live: the totals of {table} are not those of the last audit: {', '.join(measures.values())}. "
            f"If no build has changed them, rebuild the table: {_rebuild(table)}."
        )


def _made_again(warehouse: Warehouse, query: Compiled) -> Iterator[str]:
    """Compare a table with what its query returns now."""
    columns = ", ".join(warehouse.columns(f"{{gold}}.{query.name}"))
    stored = f"{warehouse.prefix}_gold.{query.name}"
    found = warehouse.compiled_rows(
        f"""
        with made as (
        {query.sql}
        ),
        lacking as (select {columns} from made except select {columns} from {stored}),
        surplus as (select {columns} from {stored} except select {columns} from made)
        select
            (select count(*) from lacking) as lacking_count,
            (select count(*) from surplus) as surplus_count,
            (select count(*) from made) - (select count(*) from {stored}) as row_difference
        """  # noqa: S608
    )[0]
    if any(found.values()):
        yield (
            f"Live: {query.name} is not what its query returns now: {found['surplus_count']:,} of its rows have other "
            f"values or should not be there, and {found['lacking_count']:,} are missing in it. It, or a table that "
            f"it is made of, was changed after the run. Rebuild it: dbt build --select {query.name}."
        )


def _lacking_rows(warehouse: Warehouse, covered: set[str]) -> Iterator[str]:
    """Look for rows that were deleted: the fingerprints of the others do not tell."""
    for cell in CELLS:
        if cell.table in covered or cell.expected == "false":
            continue
        lacking = warehouse.row(cell.without_cell())["missing_count"]
        if lacking:
            yield (
                f"Live: rows of {cell.table} that are missing, though rows of {cell.rows.table} count in them: "
                f"{lacking:,}. Rebuild the table: {_rebuild(cell.table)}."
            )


def _doubled_rows(warehouse: Warehouse, covered: set[str]) -> Iterator[str]:
    """Look for rows that are there twice: the second one has a right fingerprint too. One query for all tables."""
    keys = (
        {cell.table: tuple(cell.keys) for cell in CELLS if cell.table not in covered} | _CALENDAR_KEYS | _CONTROL_KEYS
    )
    branches = (
        f"select cast('{table}' as varchar(256)) as table_name, count(*) as key_count "  # noqa: S608
        f"from ({_doubled_keys(table, columns)}) as doubled having count(*) > 0"
        for table, columns in keys.items()
    )
    for found in warehouse.rows(" union all ".join(branches)):
        table = found["table_name"]
        named = ", ".join(keys[table])
        first = warehouse.rows(f"{_doubled_keys(table, keys[table])} order by {named} limit 1")[0]
        key = ", ".join(f"{column} {first[column]}" for column in keys[table])
        yield (
            f"Live: keys of {table} that more than one row has: {found['key_count']:,}. The first is {key}, in "
            f"{first['row_count']:,} rows. Rebuild the table: {_rebuild(table)}."
        )


def _doubled_keys(table: str, columns: tuple[str, ...]) -> str:
    """Return the query for the keys of a table that more than one of its rows has."""
    layer, named = ("silver" if table in _CONTROL_KEYS else "gold"), ", ".join(columns)
    return (
        f"select {named}, count(*) as row_count from {{{layer}}}.{table} "  # noqa: S608
        f"group by {named} having count(*) > 1"
    )


def _silver(row: Row, layer: str) -> str:
    """Return the table of a layer: layers of silver have a table for each entity, those of gold are tables."""
    if layer == "versions":
        return f"the versions of {row['domain']}.{row['entity']}"
    return f"{layer}_{row['domain']}__{row['entity']}" if layer in ("base", "stg") else layer


def _rebuild(table: str) -> str:
    if table.startswith(("snap_", "base_control__")):
        return "restore a backup (docs/runbook.md), then dbt build"
    if table.startswith(("base_", "the versions")):
        return "dbt build --full-refresh, or restore a backup (docs/runbook.md)"
    return f"dbt build --select {table} --full-refresh"
