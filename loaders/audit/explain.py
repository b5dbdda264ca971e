"""`tieout explain`: the way of one transaction, from the line of the file to the cells of gold that it counts in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from loaders.audit.cells import cells_of
from loaders.audit.console import add, console, shown, table
from loaders.audit.warehouse import DUCKDB, Row, TargetOption, Warehouse, literal, open_warehouse, place_of
from loaders.contract import Entity, load_contract
from loaders.errors import TieoutError

MASK = "***"

# What decides between two accepted states, in this order (docs/decisions/0002-latest-by-columns-of-the-row.md).
_ORDER = (
    ("updated_at", "its update time {winner} is later than {other}"),
    ("arrived_on", "the update times are equal, and it arrived later, on {winner}, not {other}"),
    ("source_file", "update time and arrival day are equal, and its file {winner} comes after {other}"),
    ("source_line", "all else is equal, and its line {winner} comes after {other}"),
)

_STATES = """
select
    _source_file as source_file,
    _source_line as source_line,
    _arrived_on as arrived_on,
    _loaded_at as loaded_at,
    _failed_rules as failed_rules,
    _row_hash as row_hash,
    updated_at,
    transaction_status,
    amount,
    currency
from {{silver}}.base_banking__transactions
where transaction_id = {id}
order by
    case when _failed_rules = '' then 0 else 1 end,
    updated_at desc,
    _arrived_on desc,
    _source_file desc,
    _source_line desc
"""

_REJECTED = """
select source_file, source_line, is_resolved, resolved_by_file, resolved_on
from {{audit}}.rejected_rows
where domain = 'banking' and entity = 'transactions' and business_key = {id}
"""

_MALFORMED = """
select lines.bronze_file, lines.source_line, lines.reason
from {{bronze}}.control__malformed_lines as lines
-- A killed landing leaves lines without a manifest: they have not been delivered.
inner join {{silver}}.base_control__deliveries as deliveries
    on
        lines.bronze_file = deliveries.bronze_file
        and lines.batch_id = deliveries.batch_id
where lines.domain = 'banking' and lines.entity = 'transactions' and position({id} in lines.raw_line) > 0
order by lines.bronze_file, cast(lines.source_line as integer)
"""

_STAGED = """
select
    _source_file as source_file,
    _source_line as source_line,
    _loaded_at as loaded_at,
    amount,
    amount_signed,
    currency,
    transaction_type,
    transaction_status
from {{silver}}.stg_banking__transactions
where transaction_id = {id}
"""

_FACT = """
select
    facts._source_file as source_file,
    facts._source_line as source_line,
    facts.date_id,
    facts.transaction_type_id,
    facts.channel_id,
    facts.currency_id,
    facts.account_id,
    facts.delivered_account_id,
    facts.account_sk,
    accounts.valid_from as account_valid_from,
    accounts.valid_to as account_valid_to,
    facts.customer_id,
    facts.customer_sk,
    customers.valid_from as customer_valid_from,
    customers.valid_to as customer_valid_to,
    facts.merchant_id,
    facts.delivered_merchant_id,
    facts.merchant_sk,
    merchants.valid_from as merchant_valid_from,
    merchants.valid_to as merchant_valid_to,
    facts.location_id,
    facts.delivered_location_id,
    facts.transaction_amount,
    facts.amount_signed,
    facts.posted_amount,
    facts.transaction_amount_usd,
    facts.posted_amount_usd,
    types.transaction_type_name,
    channels.channel_name,
    currencies.currency_code
from {{gold}}.fact_transaction as facts
inner join {{gold}}.dim_account_history as accounts on facts.account_sk = accounts.account_sk
inner join {{gold}}.dim_customer_history as customers on facts.customer_sk = customers.customer_sk
inner join {{gold}}.dim_merchant_history as merchants on facts.merchant_sk = merchants.merchant_sk
inner join {{gold}}.dim_transaction_type as types on facts.transaction_type_id = types.transaction_type_id
inner join {{gold}}.dim_channel as channels on facts.channel_id = channels.channel_id
inner join {{gold}}.dim_currency as currencies on facts.currency_id = currencies.currency_id
where facts.transaction_id = {id}
"""


def command(
    transaction_id: Annotated[str, typer.Argument(help="Id of the transaction.", show_default=False)],
    target: TargetOption = None,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="Show values that the contract tags as personal, in clear.")
    ] = False,
) -> None:
    """Show the way of a transaction: files and lines, raw values, rules, which state won and why, and where it counts.

    Exits with 1 if no delivery has it.
    """
    with open_warehouse(target) as warehouse:
        _explain(warehouse, transaction_id, console(), unmasked=unmasked)


def _explain(warehouse: Warehouse, transaction_id: str, out: Console, *, unmasked: bool) -> None:
    of_id = {"id": literal(transaction_id)}
    states = warehouse.rows(_STATES.format(**of_id))
    malformed = warehouse.rows(_MALFORMED.format(**of_id))
    if not states and not malformed:
        raise TieoutError(
            f"{warehouse.target} has loaded no row with the transaction id '{transaction_id}', and no malformed line "
            "holds it: see whether its file has landed (tieout status), and whether the id is right."
        )
    out.print(Text(f"Transaction {transaction_id} in {warehouse.target} ({warehouse.place})\n", style="bold"))
    for line in malformed:
        out.print(
            Text(
                f"{line['bronze_file']} line {line['source_line']} holds this id and did not land: {line['reason']}.\n",
                style="yellow",
            )
        )
    if not states:
        return
    _print_states(warehouse, transaction_id, states, out)
    _print_raw_values(warehouse, states, out, unmasked=unmasked)
    accepted = [state for state in states if not state["failed_rules"]]
    if not accepted:
        out.print(
            "Every delivered state broke rules, so the transaction is neither in stg nor in gold.", style="yellow"
        )
        return
    _print_staged(warehouse, transaction_id, accepted[0], out)
    _print_fact(warehouse, transaction_id, accepted[0], out)
    _print_cells(warehouse, transaction_id, out)


def why(winner: Row, other: Row) -> str:
    """Say which column decided between the row that won and another accepted row."""
    for column, reason in _ORDER:
        if winner[column] != other[column]:
            return reason.format(winner=shown(winner[column]), other=shown(other[column]))
    return "it is the same row"


def outcomes_of(accepted: list[Row]) -> list[str]:
    """Say what became of each accepted row of a transaction, and why.

    Args:
        accepted: the rows, the latest first: by update time, then by order of arrival.
    """
    outcomes: list[str] = []
    state: Row | None = None  # the row that counts for its update time
    after: Row | None = None  # the state after it
    for row in accepted:
        if state is not None and row["updated_at"] == state["updated_at"]:
            outcomes.append(f"duplicate of {_file_and_line(state)}: {why(state, row)}")
            continue
        state, after = row, state
        if after is None:
            count = len(accepted) - 1
            outcomes.append(f"current: it won over {count}" if count else "current, the only accepted row")
        elif row["row_hash"] == after["row_hash"]:
            outcomes.append(f"duplicate of {_file_and_line(after)}: that row has the same content and {_later(after)}")
        else:
            outcomes.append(f"superseded by the current row: {why(accepted[0], row)}")
    return outcomes


def _later(row: Row) -> str:
    return f"a later update time, {shown(row['updated_at'])}"


def _file_and_line(row: Row) -> str:
    return f"{row['source_file']} line {row['source_line']}"


def _print_states(warehouse: Warehouse, transaction_id: str, states: list[Row], out: Console) -> None:
    resolved = {place_of(row): row for row in warehouse.rows(_REJECTED.format(id=literal(transaction_id)))}
    made = table(
        "1. Delivered, and judged in base",
        ("File", "Line", "Arrived", "Loaded", "Updated", "Status", "Amount", "Currency", "What became of it"),
        numbers=("Line", "Amount"),
    )
    outcomes = iter(outcomes_of([state for state in states if not state["failed_rules"]]))
    for state in states:
        if state["failed_rules"]:
            outcome = f"rejected: {state['failed_rules'].replace(',', ', ')}"
            correction = resolved.get(place_of(state))
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
    made = table("2. The raw values, as they landed", ("Column", *(f"line {state['source_line']}" for state in states)))
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
    staged = warehouse.rows(_STAGED.format(id=literal(transaction_id)))
    made = table(
        "3. In stg: the latest state, with its sign",
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


def _print_disagreement(layer: str, rows: list[Row], winner: Row, out: Console) -> None:
    """Say so where a layer does not hold the row that base says it should: it is not built yet, or it was damaged."""
    if [place_of(row) for row in rows] != [place_of(winner)]:
        out.print(
            f"By base, {layer} should hold {winner['source_file']} line {winner['source_line']} once: run dbt build, "
            "and tieout check if it stays so.\n",
            style="bold red",
            markup=False,
        )


def _print_fact(warehouse: Warehouse, transaction_id: str, winner: Row, out: Console) -> None:
    facts = warehouse.rows(_FACT.format(id=literal(transaction_id)))
    made = table("4. In fact_transaction: keys and amounts", ("Column", "Value", "Which is"))
    for fact in facts:
        for column, value, meaning in _keys(fact):
            add(made, column, str(value), meaning, alarm=value == "unknown" and bool(meaning))
        for column in ("transaction_amount", "amount_signed", "posted_amount"):
            add(made, column, fact[column], fact["currency_code"])
        for column in ("transaction_amount_usd", "posted_amount_usd"):
            add(
                made, column, fact[column], "USD, by the rate of the day" if fact[column] is not None else "no rate yet"
            )
    out.print(made)
    _print_disagreement("fact_transaction", facts, winner, out)


def _keys(fact: Row) -> Iterator[tuple[str, object, str]]:
    for name in ("account", "merchant", "location"):
        key, delivered = fact[f"{name}_id"], fact[f"delivered_{name}_id"]
        waits = f"{delivered} has not been delivered" if key == "unknown" and delivered else ""
        yield f"{name}_id", key, waits or ("" if delivered else "none was delivered")
        if name != "location":
            yield f"{name}_sk", fact[f"{name}_sk"], _interval(fact, name)
    yield "customer_id", fact["customer_id"], "the account's customer at the time"
    yield "customer_sk", fact["customer_sk"], _interval(fact, "customer")
    yield "date_id", fact["date_id"], ""
    yield "transaction_type_id", fact["transaction_type_id"], fact["transaction_type_name"]
    yield "channel_id", fact["channel_id"], fact["channel_name"]
    yield "currency_id", fact["currency_id"], fact["currency_code"]


def _interval(fact: Row, name: str) -> str:
    return f"the version valid from {shown(fact[f'{name}_valid_from'])} to {shown(fact[f'{name}_valid_to'])}"


def _print_cells(warehouse: Warehouse, transaction_id: str, out: Console) -> None:
    made = table(
        "5. The cells of gold it counts in",
        ("Table", "Cell", "Measure", "This transaction", "The cell"),
        numbers=("This transaction", "The cell"),
    )
    for cell, row in cells_of(warehouse, transaction_id):
        key = ", ".join(f"{column} {row[column]}" for column in cell.keys)
        for number, measure in enumerate(cell.measures):
            first = (cell.table, key) if number == 0 else ("", "")
            add(made, *first, measure, row[f"added_{measure}"], row[measure])
    out.print(made)
