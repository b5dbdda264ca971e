"""What only transactions have: others that they replace, and the keys by which a fact points at versions."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from loaders.audit import explain_queries
from loaders.audit.console import add, shown, table
from loaders.audit.warehouse import Row, Warehouse, literal


def replacements(warehouse: Warehouse, transaction_id: str) -> list[Row]:
    """Return the transactions that this one replaces, and those that replace it."""
    return warehouse.rows(explain_queries.REPLACEMENTS.format(id=literal(transaction_id)))


def print_replacements(others: list[Row], out: Console) -> None:
    """Print the transactions that this one replaces, and those that replace it."""
    for other in others:
        relation = "It replaces" if other["is_replaced"] else "It is replaced by"
        out.print(
            f"{relation} {other['transaction_id']}: {other['amount']} {other['currency']}, "
            f"{other['transaction_status']}, {other['source_file']} line {other['source_line']}.",
            markup=False,
        )


def fact_rows(warehouse: Warehouse, transaction_id: str) -> list[Row]:
    """Return the rows of a transaction in the fact, with the versions that they point at."""
    return warehouse.rows(explain_queries.FACT.format(id=literal(transaction_id)))


def print_fact(facts: list[Row], number: int, out: Console) -> None:
    """Print the keys and amounts of a transaction in the fact."""
    made = table(f"{number}. In fact_transaction: keys and amounts", ("Column", "Value", "Meaning"))
    for fact in facts:
        for column, value, meaning in _keys(fact):
            add(made, column, str(value), meaning, alarm=value == "unknown" and bool(meaning))
        for column in ("transaction_amount", "amount_signed", "posted_amount"):
            add(made, column, fact[column], fact["currency_code"])
        for column in ("transaction_amount_reporting", "posted_amount_reporting"):
            at_rate = f"{fact['reporting_currency']}, at the rate of the day"
            add(made, column, fact[column], at_rate if fact[column] is not None else "no rate yet")
    out.print(made)


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
