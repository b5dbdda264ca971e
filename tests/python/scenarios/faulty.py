"""A bank with faulty deliveries: its truth file, its delivered lines, and what the warehouse found.

Lines are read here one by one, independently of the loaders.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from tests.python.delivered import CONTROL_AMOUNTS, DOMAINS, KEYS, bronze_files
from tests.python.warehouse import Warehouse

FILE_KINDS = {"added_column", "missing_column", "half_file", "late_file"}
# A late file has its own day in its name.
_LATE_FILE = re.compile(r"\.\d{4}-\d{2}-\d{2}\.csv")
KINDS = {
    "customers": {
        *"exact_duplicate changed_resend out_of_order several_changes late_arrival orphan null_key".split(),
        *"unparsable_date unparsable_number unknown_code text_too_long malformed_line wrong_encoding withdrawn".split(),
        *"same_day_correction future_update_time".split(),
    },
    "accounts": {
        *"exact_duplicate changed_resend out_of_order several_changes late_arrival orphan null_key".split(),
        *"unparsable_date unknown_code text_too_long malformed_line wrong_encoding withdrawn".split(),
        *"same_day_correction future_update_time".split(),
    },
    "transactions": {
        *"exact_duplicate changed_resend out_of_order late_arrival orphan null_key zero_amount".split(),
        *"negative_amount unparsable_date unparsable_number unknown_code text_too_long".split(),
        *"malformed_line wrong_encoding withdrawn same_day_correction future_update_time".split(),
    },
}
KINDS["loans"] = KINDS["loan_applications"] = KINDS["transactions"]
# Entities without a column that a source may correct without consequences.
KINDS["investments"] = KINDS["loan_payments"] = KINDS["transactions"] - {
    "changed_resend",
    "out_of_order",
    "same_day_correction",
}
KINDS["daily_balances"] = KINDS["investments"] - {"zero_amount", "negative_amount"}
KINDS["customer_interactions"] = KINDS["transactions"] - {"zero_amount", "negative_amount"}
KINDS["merchants"] = KINDS["customer_interactions"] - {"unparsable_number"}
KINDS["locations"] = KINDS["customer_interactions"] - {"unknown_code", "orphan"}
KINDS["products"] = KINDS["transactions"] - {"orphan"} | {"several_changes"}
KINDS["cost_of_goods"] = KINDS["investments"] - {"unknown_code", "withdrawn"}
KINDS["sales"] = KINDS["customer_interactions"]
# Only transactions say by the contract when the event of a key happened.
KINDS["transactions"] = KINDS["transactions"] | {"reused_key"}
ENTITIES = list(KEYS)
# Where rows go whose parent never arrived: the table, the key in it, and the condition for a missing parent.
ORPHANS = {
    ("accounts", "customer_id"): (
        "dev_gold.dim_account",
        "account_id",
        "customer_id = 'unknown' and account_id <> 'unknown'",
    ),
    ("transactions", "account_id"): (
        "dev_gold.fact_transaction",
        "transaction_id",
        "'unknown' in (account_id, customer_id)",
    ),
    ("transactions", "merchant_id"): (
        "dev_gold.fact_transaction",
        "transaction_id",
        "merchant_id = 'unknown' and delivered_merchant_id is not null",
    ),
    ("transactions", "location_id"): (
        "dev_gold.fact_transaction",
        "transaction_id",
        "location_id = 'unknown' and delivered_location_id is not null",
    ),
    ("loans", "account_id"): (
        "dev_gold.dim_loan",
        "loan_id",
        "account_id = 'unknown' and is_granted and loan_id <> 'unknown'",
    ),
    ("loans", "customer_id"): (
        "dev_gold.dim_loan",
        "loan_id",
        "customer_id = 'unknown' and is_granted and loan_id <> 'unknown'",
    ),
    # Such a loan counts as an application of its own.
    ("loans", "application_id"): ("dev_gold.fact_loan", "loan_id", "application_id is null"),
    ("loan_applications", "customer_id"): (
        "dev_gold.fact_loan",
        "application_id",
        "customer_id = 'unknown' and application_id is not null",
    ),
    ("loan_payments", "loan_id"): ("dev_gold.fact_loan_payment", "payment_id", "loan_id = 'unknown'"),
    ("investments", "account_id"): ("dev_gold.fact_investment", "investment_id", "account_id = 'unknown'"),
    ("customer_interactions", "customer_id"): (
        "dev_gold.fact_customer_interactions",
        "interaction_id",
        "customer_id = 'unknown'",
    ),
    ("daily_balances", "account_id"): (
        "dev_gold.fact_daily_balances",
        "concat_ws('/', delivered_account_id, balance_date)",
        "account_id = 'unknown'",
    ),
    ("merchants", "location_id"): (
        "dev_gold.dim_merchant",
        "merchant_id",
        "location_id = 'unknown' and delivered_location_id is not null",
    ),
    ("customers", "location_id"): (
        "dev_gold.dim_customer",
        "customer_id",
        "location_id = 'unknown' and customer_id <> 'unknown'",
    ),
    ("cost_of_goods", "product_id"): (
        "dev_gold.dim_product_cost",
        "concat_ws('/', delivered_product_id, valid_from)",
        "product_key = 'unknown'",
    ),
    ("sales", "product_id"): ("dev_gold.fact_sales", "order_line_id", "product_key = 'unknown'"),
    ("sales", "customer_id"): ("dev_gold.fact_sales", "order_line_id", "customer_key = 'unknown'"),
    ("marketing_spend", "campaign_id"): (
        "dev_gold.fact_marketing_spend",
        "concat_ws('/', delivered_campaign_id, spend_date)",
        "campaign_key = 'unknown'",
    ),
}

# A bronze file and a line in it, 0 for the whole file.
FileLine: TypeAlias = tuple[str, int]
# A key, an update time, and the value of the column that a source corrects.
Version: TypeAlias = tuple[str, datetime, str]
CORRECTED = {
    "customers": "phone",
    "accounts": "branch",
    "transactions": "counterparty_account",
    "loans": "monthly_payment",
    "merchants": "merchant_name",
    "locations": "city",
    "loan_applications": "product",
    "customer_interactions": "duration_seconds",
    "products": "product_name",
    "campaigns": "campaign_name",
    "sales": "actual_shipping_cost",
}


@dataclass(frozen=True)
class Line:
    """A delivered line that is a well-formed row."""

    entity: str
    arrived_on: str
    file_line: FileLine
    values: dict[str, str]

    @property
    def key(self) -> str:
        return "/".join(self.values[column] for column in KEYS[self.entity])

    @property
    def updated_at(self) -> datetime:
        return datetime.fromisoformat(self.values["updated_at"])

    @property
    def version(self) -> Version:
        corrected = self.values[CORRECTED[self.entity]].strip() if self.entity in CORRECTED else ""
        return self.key, self.updated_at, corrected

    @property
    def amount(self) -> Decimal:
        return Decimal(self.values[CONTROL_AMOUNTS[self.entity]]) if self.entity in CONTROL_AMOUNTS else Decimal(0)


def key_of(entity: str) -> str:
    """Return the SQL for the key as the truth file writes it."""
    return f"concat_ws('/', {', '.join(KEYS[entity])})"


def file_line(fault: dict[str, str]) -> FileLine:
    return fault["file"], int(fault["line"] or 0)


def lines(inbox: Path, entity: str, bad_lines: set[FileLine], refused: set[str]) -> Iterator[Line]:
    """Read the lines of an entity, without the bad lines and the refused files."""
    for bronze_file, file in bronze_files(inbox, entity, refused):
        day = file.parts[-3]
        header, *rows = file.read_bytes().split(b"\n")[:-1]
        for number, row in enumerate(rows, 2):
            if (bronze_file, number) not in bad_lines:
                (values,) = csv.reader([row.decode()])
                columns = header.decode().split(",")
                yield Line(entity, day, (bronze_file, number), dict(zip(columns, values, strict=True)))


class Faulty:
    """A warehouse with faulty deliveries, and the deliveries of the same bank without faults.

    Attributes:
        warehouse: the warehouse.
        truth: the rows of the truth file.
        accepted: the good lines of each entity.
        clean: the lines of each entity without faults.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        """Read the truth file and the inboxes."""
        self.warehouse = warehouse
        with (warehouse.folder / "truth" / "faults.csv").open(encoding="utf-8", newline="") as file:
            self.truth = list(csv.DictReader(file))
        bad_lines = {file_line(fault) for fault in self.truth if fault["effect"] in {"rejected", "malformed"}}
        refused = {fault["file"] for fault in self.truth if fault["effect"] == "refused"}
        self.accepted = {entity: list(lines(warehouse.inbox, entity, bad_lines, refused)) for entity in KEYS}
        clean = warehouse.folder / "clean"
        self.clean = {entity: list(lines(clean, entity, set(), set())) for entity in KEYS}

    def faults(self, effect: str, entity: str | None = None) -> list[dict[str, str]]:
        return [fault for fault in self.truth if fault["effect"] == effect and entity in {None, fault["entity"]}]

    def caught(self) -> dict[FileLine, str]:
        """Return the effect of every fault that the warehouse shows, without reading the truth file."""
        found: dict[FileLine, str] = {}
        for by, file, line in self.warehouse.query(
            "select rejected_by, source_file, source_line from dev_audit.rejected_rows"
        ):
            found[file, line] = "rejected" if by == "rules" else "malformed"
        for (file,) in self.warehouse.query(
            "select concat(domain, '/', entity, '/dt=', arrived_on, '/', split_part(delivered_file, '/', 2)) "
            "from dev_audit.deliveries where delivery_status = 'refused'"
        ):
            found[file, 0] = "refused"
        for entity in KEYS:
            due = {line.version: line.arrived_on for line in self.clean[entity]}
            states = {version[:2] for version in due}
            orphans = {key for of, parent in ORPHANS if of == entity for key in self.orphans(of, parent)}
            seen = set()
            named = dict.fromkeys(self.withdrawn(entity), "withdrawn") | dict.fromkeys(self.reused(), "reused_key")
            rows = self.accepted_rows(entity)
            latest = {version[0]: version for version, *_ in sorted(rows)}
            for version, day, file, line in rows:
                if version not in due:
                    is_orphan = version[0] in orphans and version == latest[version[0]]
                    earlier = "corrected" if version[:2] in states else "superseded"
                    found[file, line] = named.get((file, line), "unknown_member" if is_orphan else earlier)
                elif version in seen:
                    found[file, line] = "duplicate"
                elif day != due[version]:
                    found[file, 0 if _LATE_FILE.search(file) else line] = "late"
                seen.add(version)
        return found

    def accepted_rows(self, entity: str) -> list[tuple[Version, str, str, int]]:
        """Return version, arrival day, file and line of all accepted rows of base, as they arrived."""
        corrected = f"coalesce(cast({CORRECTED[entity]} as varchar), '')" if entity in CORRECTED else "''"
        rows = self.warehouse.query(
            f"select {key_of(entity)}, updated_at, {corrected}, cast(_arrived_on as varchar), _source_file, "
            f"_source_line from dev_silver.base_{DOMAINS[entity]}__{entity} where _failed_rules = '' "
            "order by _arrived_on, _source_file, _source_line"
        )
        return [((key, updated_at, value), day, file, line) for key, updated_at, value, day, file, line in rows]

    def reused(self) -> set[FileLine]:
        """Return the rows whose key meant something else before."""
        return set(self.warehouse.query("select source_file, source_line from dev_audit.reused_keys"))

    def withdrawn(self, entity: str) -> set[FileLine]:
        """Return the rows that the audit counts as withdrawn."""
        rows = self.warehouse.query(
            f"select source_file, source_line from dev_audit.row_outcomes where entity = '{entity}' "
            "and outcome = 'withdrawn'"
        )
        return {(file, line) for file, line in rows}

    def orphans(self, entity: str, parent: str) -> set[str]:
        """Return the keys of the rows in the warehouse whose parent never arrived."""
        table, key, condition = ORPHANS[entity, parent]
        return {row[0] for row in self.warehouse.query(f"select {key} from {table} where {condition}")}

    def audited(self, sql: str) -> list[tuple[Any, ...]]:
        return sorted(self.warehouse.query(sql))
