"""What a defect is made of: the checks, the damage, and conditions for rows to damage."""

from __future__ import annotations

from dataclasses import dataclass

FILES = "deliveries_tie_out"
LAYERS = "layer_reconciliation_ties_out"
ROWS = "unexplained_rows_there_are_none"
LISTED = "set_aside_rows_are_listed"
RESTATED = "restatements_are_caused_by_files"
UP_TO_DATE = "account_balances_are_up_to_date"
HISTORIES = "scd2_histories_are_intact"


@dataclass(frozen=True)
class Defect:
    """Damage to a warehouse, and the checks that must find it.

    Attributes:
        trips: the names of all checks that fail.
        planted: statements that damage bronze, silver or gold before the audit is built.
        in_audit: statements that damage the audit tables after they are built.
    """

    trips: frozenset[str]
    planted: tuple[str, ...] = ()
    in_audit: tuple[str, ...] = ()


def defect(statement: str, *trips: str) -> Defect:
    return Defect(frozenset(trips), planted=(statement,))


def audit_defect(statement: str, *trips: str) -> Defect:
    return Defect(frozenset(trips), in_audit=(statement,))


def doubled(table: str, where: str = "true") -> str:
    return f"insert into {table} select * from {table} where {where} limit 1"


def rows_of(table: str, where: str) -> str:
    """Return a condition for one row of base: the first one that a row of another table comes from."""
    return (
        "(_source_file, _source_line) in (select _source_file, _source_line "
        f"from {table} where {where} order by _source_file, _source_line limit 1)"
    )


def exclusive(history: str) -> str:
    """Return the name of the check that exactly one version of a key is valid at any time."""
    return f"dbt_utils_mutually_exclusive_ranges_dim_{history}_history_not_allowed__valid_from__{history}_id__valid_to"


def one_current(history: str) -> str:
    return f"one_current_version_dim_{history}_history_{history}_id"


def one(table: str, key: str, where: str = "true") -> str:
    return f"{key} = (select min({key}) from {table} where {where})"


FACT = "dev_gold.fact_transaction"
# A posted transaction of January, the closed month.
CLOSED = one(FACT, "transaction_id", "transaction_date = '2025-01-30' and is_completed")
