"""`tieout explain`: one transaction, from the line of its file to the gold rows that it is counted in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from loaders.audit import explain_queries
from loaders.audit.cells import cells_of
from loaders.audit.console import add, console, shown, table
from loaders.audit.outcomes import WITHDRAWN, is_withdrawn, outcomes_of
from loaders.audit.warehouse import DUCKDB, Row, TargetOption, Warehouse, file_and_line_of, literal, open_warehouse
from loaders.contract import Entity, load_contract, project_root
from loaders.errors import TieoutError
from loaders.imports.trace import IMPORTS, original_line

MASK = "***"


def command(
    transaction_id: Annotated[str, typer.Argument(help="Id of the transaction.", show_default=False)],
    target: TargetOption = None,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="Show values that the contract tags as personal, in clear.")
    ] = False,
    inbox: Annotated[
        Path | None,
        typer.Option(
            "--inbox",
            help="Inbox of tieout import, with the originals.  [default: data/inbox in the project]",
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Show the way of a transaction: files and lines, raw values, rules, which state won and why, and where it counts.

    Of a delivery that was imported, it names the line of the original too. Exits with 1 if no delivery has it.
    """
    inbox = inbox or project_root() / "data" / "inbox"
    with open_warehouse(target) as warehouse:
        _explain(warehouse, transaction_id, console(), inbox, unmasked=unmasked)


def _explain(warehouse: Warehouse, transaction_id: str, out: Console, inbox: Path, *, unmasked: bool) -> None:
    of_id = {"id": literal(transaction_id)}
    states = _states(warehouse, transaction_id)
    malformed = warehouse.rows(explain_queries.MALFORMED.format(**of_id))
    if not states and not malformed:
        raise TieoutError(
            f"{warehouse.target} has loaded no row with the transaction id '{transaction_id}', and no malformed line "
            "contains it. Check the id, and check with tieout status that its file has landed."
        )
    out.print(Text(f"Transaction {transaction_id} in {warehouse.target} ({warehouse.location})\n", style="bold"))
    for line in malformed:
        out.print(
            Text(
                f"{line['bronze_file']} line {line['source_line']} contains this id and did not land: "
                f"{line['reason']}.\n",
                style="yellow",
            )
        )
    if not states:
        return
    others = warehouse.rows(explain_queries.REPLACEMENTS.format(**of_id))
    replacing = [other for other in others if not other["is_replaced"]]
    replaced_by = str(replacing[0]["transaction_id"]) if replacing else None
    _print_states(warehouse, transaction_id, states, replaced_by, out)
    _print_originals(warehouse, states, inbox, out)
    _print_replacements(others, out)
    _print_raw_values(warehouse, states, out, unmasked=unmasked)
    accepted = [state for state in states if not state["failed_rules"]]
    if not accepted:
        out.print("Every delivered row broke rules, so the transaction is neither in stg nor in gold.", style="yellow")
        return
    _print_staged(warehouse, transaction_id, accepted[0], out)
    if is_withdrawn(accepted[0]) or replaced_by:
        out.print(
            f"{_why_withdrawn(warehouse, accepted[0])}, so it is withdrawn: it is in no fact and no total. "
            "A later row without the record status deleted brings it back."
            if is_withdrawn(accepted[0])
            else f"The transaction is replaced by {replaced_by}, so it is in no fact and no total.",
            style="yellow",
            markup=False,
        )
        _print_disagreement("fact_transaction", warehouse.rows(explain_queries.FACT.format(**of_id)), None, out)
        return
    _print_fact(warehouse, transaction_id, accepted[0], out)
    _print_cells(warehouse, transaction_id, out)


def _why_withdrawn(warehouse: Warehouse, winner: Row) -> str:
    derived = warehouse.rows(explain_queries.DERIVED.format(file=literal(winner["source_file"])))
    if derived:
        return (
            f"The transaction is missing from the full export of {winner['arrived_on']}, which tieout land has "
            f"compared with what was delivered before ({derived[0]['derived_from']})"
        )
    return "The source has deleted the transaction with this row"


def _states(warehouse: Warehouse, transaction_id: str) -> list[Row]:
    """Return the delivered rows, each with its content: its values without the update time."""
    columns = [
        column.name
        for column in load_contract().entity("banking", "transactions").columns
        if not column.added_by_landing and column.type != "update_time"
    ]
    values = ",\n    ".join(f"{name} as value_{name}" for name in columns)
    states = warehouse.rows(explain_queries.STATES.format(id=literal(transaction_id), columns=values))
    return [{**state, "content": tuple(_content(name, state[f"value_{name}"]) for name in columns)} for state in states]


def _content(column: str, value: object) -> object:
    """Return a value as content: of the record status only the deletion counts."""
    return None if column == "record_status" and value != WITHDRAWN else value


def _print_originals(warehouse: Warehouse, states: list[Row], inbox: Path, out: Console) -> None:
    for state in states if (inbox / IMPORTS).is_dir() else ():
        file, line = file_and_line_of(state)
        found = warehouse.rows(explain_queries.DELIVERED_FILE.format(file=literal(str(file))))
        original = original_line(inbox, str(state["arrived_on"]), found[0]["delivered_file"], line) if found else None
        if original:
            out.print(f"{file} line {line} was imported from {original.file} line {original.line}.", markup=False)


def _print_replacements(others: list[Row], out: Console) -> None:
    for other in others:
        relation = "It replaces" if other["is_replaced"] else "It is replaced by"
        out.print(
            f"{relation} {other['transaction_id']}: {other['amount']} {other['currency']}, "
            f"{other['transaction_status']}, {other['source_file']} line {other['source_line']}.",
            markup=False,
        )


def _print_states(
    warehouse: Warehouse, transaction_id: str, states: list[Row], replaced_by: str | None, out: Console
) -> None:
    resolved = {
        file_and_line_of(row): row
        for row in warehouse.rows(explain_queries.REJECTED.format(id=literal(transaction_id)))
    }
    made = table(
        "1. Delivered rows, as judged in base",
        ("File", "Line", "Arrived", "Loaded", "Updated", "Status", "Amount", "Currency", "Outcome"),
        numbers=("Line", "Amount"),
    )
    outcomes = iter(outcomes_of([state for state in states if not state["failed_rules"]], replaced_by))
    for state in states:
        if state["failed_rules"]:
            outcome = f"rejected: {state['failed_rules'].replace(',', ', ')}"
            correction = resolved.get(file_and_line_of(state))
            if correction and correction["is_resolved"]:
                outcome += f"; resolved by {correction['resolved_by_file']} on {correction['resolved_on']}"
        else:
            outcome = next(outcomes)
        add(
            *(made, state["source_file"], str(state["source_line"]), state["arrived_on"], state["loaded_at"]),
            *(state["updated_at"], state["transaction_status"], state["amount"], state["currency"], outcome),
        )
    out.print(made)


def _print_raw_values(warehouse: Warehouse, states: list[Row], out: Console, *, unmasked: bool) -> None:
    entity = load_contract().entity("banking", "transactions")
    raw = [_raw_values(warehouse, entity, state) for state in states]
    made = table("2. Raw values, as they landed", ("Column", *(f"line {state['source_line']}" for state in states)))
    for column in entity.columns:
        if not column.added_by_landing:
            hidden = column.pii and not unmasked
            add(made, column.name, *(MASK if hidden and row.get(column.name) else row.get(column.name) for row in raw))
    out.print(made)


def _raw_values(warehouse: Warehouse, entity: Entity, state: Row) -> Row:
    """Read a row where it landed: in the partition of its day, by the end of the file's path and by its line."""
    path = "filename" if warehouse.engine == DUCKDB else '"$path"'
    name = state["source_file"]
    found = warehouse.rows(
        f"""
        select {", ".join(entity.delivered_columns)}
        from {{bronze}}.{entity.domain}__{entity.name}
        where
            dt = cast('{state["arrived_on"]}' as date)
            and source_line = '{state["source_line"]}'
            and right({path}, {len(name)}) = {literal(name)}
        """  # noqa: S608
    )
    return found[0] if found else {}


def _print_staged(warehouse: Warehouse, transaction_id: str, winner: Row, out: Console) -> None:
    staged = warehouse.rows(explain_queries.STAGED.format(id=literal(transaction_id)))
    made = table(
        "3. In stg: the latest row, with the signed amount",
        ("File", "Line", "Loaded", "Type", "Status", "Amount", "Signed", "Currency"),
        numbers=("Line", "Amount", "Signed"),
    )
    for row in staged:
        add(
            *(made, row["source_file"], str(row["source_line"]), row["loaded_at"], row["transaction_type"]),
            *(row["transaction_status"], row["amount"], row["amount_signed"], row["currency"]),
        )
    out.print(made)
    _print_disagreement("stg", staged, winner, out)


def _print_disagreement(layer: str, rows: list[Row], winner: Row | None, out: Console) -> None:
    """Print a warning if a layer does not hold the row that it should have according to base, or none."""
    expected = [file_and_line_of(winner)] if winner else []
    if [file_and_line_of(row) for row in rows] != expected:
        must = (
            f"must contain {winner['source_file']} line {winner['source_line']} exactly once"
            if winner
            else "must not contain the transaction"
        )
        out.print(
            f"According to base, {layer} {must}. Run dbt build. If the message remains, run tieout check.\n",
            style="bold red",
            markup=False,
        )


def _print_fact(warehouse: Warehouse, transaction_id: str, winner: Row, out: Console) -> None:
    facts = warehouse.rows(explain_queries.FACT.format(id=literal(transaction_id)))
    made = table("4. In fact_transaction: keys and amounts", ("Column", "Value", "Meaning"))
    for fact in facts:
        for column, value, meaning in _keys(fact):
            add(made, column, str(value), meaning, alarm=value == "unknown" and bool(meaning))
        for column in ("transaction_amount", "amount_signed", "posted_amount"):
            add(made, column, fact[column], fact["currency_code"])
        for column in ("transaction_amount_reporting", "posted_amount_reporting"):
            at_rate = f"{fact['reporting_currency']}, at the rate of the day"
            add(made, column, fact[column], at_rate if fact[column] is not None else "no rate yet")
    out.print(made)
    _print_disagreement("fact_transaction", facts, winner, out)


def _keys(fact: Row) -> Iterator[tuple[str, object, str]]:
    for name in ("account", "merchant", "location"):
        key, delivered = fact[f"{name}_id"], fact[f"delivered_{name}_id"]
        waits = f"{delivered} has not been delivered" if key == "unknown" and delivered else ""
        yield f"{name}_id", key, waits or ("" if delivered else "not given by the source")
        if name != "location":
            yield f"{name}_sk", fact[f"{name}_sk"], _interval(fact, name)
    yield "customer_id", fact["customer_id"], "the customer of the account at that time"
    yield "customer_sk", fact["customer_sk"], _interval(fact, "customer")
    yield "date_id", fact["date_id"], ""
    yield "transaction_type_id", fact["transaction_type_id"], fact["transaction_type_name"]
    yield "channel_id", fact["channel_id"], fact["channel_name"]
    yield "currency_id", fact["currency_id"], fact["currency_code"]


def _interval(fact: Row, name: str) -> str:
    return f"the version valid from {shown(fact[f'{name}_valid_from'])} to {shown(fact[f'{name}_valid_to'])}"


def _print_cells(warehouse: Warehouse, transaction_id: str, out: Console) -> None:
    made = table(
        "5. The gold rows that it is counted in",
        ("Table", "Cell", "Measure", "This transaction", "The cell"),
        numbers=("This transaction", "The cell"),
    )
    for cell, row in cells_of(warehouse, transaction_id):
        key = ", ".join(f"{column} {row[column]}" for column in cell.keys)
        for number, measure in enumerate(cell.measures):
            first = (cell.table, key) if number == 0 else ("", "")
            add(made, *first, measure, row[f"added_{measure}"], row[measure])
    out.print(made)
