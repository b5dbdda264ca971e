"""Every fault of the truth file is caught where it must be, row by row: none missed, none invented.

What the audit says is compared with the truth file and with the delivered files, which are read here line by line
without the loaders' help; and what reached silver and gold with a run of the same bank without faults.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.python.delivered import DOMAINS, KEYS, MONEY, SIGNS
from tests.python.warehouse import Warehouse

FILE_KINDS = {"added_column", "missing_column"}
KINDS = {
    "customers": {
        *"exact_duplicate changed_resend out_of_order several_changes late_arrival orphan null_key".split(),
        *"unparsable_date unparsable_number unknown_code text_too_long malformed_line wrong_encoding".split(),
    },
    "accounts": {
        *"exact_duplicate changed_resend out_of_order several_changes late_arrival orphan null_key".split(),
        *"unparsable_date unknown_code text_too_long malformed_line wrong_encoding".split(),
    },
    "transactions": {
        *"exact_duplicate changed_resend out_of_order late_arrival orphan null_key zero_amount".split(),
        *"negative_amount unparsable_date unparsable_number unknown_code text_too_long".split(),
        *"malformed_line wrong_encoding".split(),
    },
}
KINDS["loans"] = KINDS["loan_applications"] = KINDS["transactions"]
# What has no column that a source may correct without consequences.
KINDS["investments"] = KINDS["loan_payments"] = KINDS["transactions"] - {"changed_resend", "out_of_order"}
KINDS["daily_balances"] = KINDS["investments"] - {"zero_amount", "negative_amount"}
KINDS["customer_interactions"] = KINDS["transactions"] - {"zero_amount", "negative_amount"}
KINDS["merchants"] = KINDS["customer_interactions"] - {"unparsable_number"}
KINDS["locations"] = KINDS["customer_interactions"] - {"unknown_code", "orphan"}
KINDS["products"] = KINDS["transactions"] - {"orphan"} | {"several_changes"}
KINDS["cost_of_goods"] = KINDS["investments"] - {"unknown_code"}
KINDS["sales"] = KINDS["transactions"]
ENTITIES = list(KEYS)
# Where rows without a parent end: the table, the key there, and which rows lack the parent that was named.
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
    # It counts as an application of its own.
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

Place = tuple[str, int]


@dataclass(frozen=True)
class Line:
    """A delivered line that reads as a row."""

    entity: str
    arrived_on: str
    place: Place
    values: dict[str, str]

    @property
    def key(self) -> str:
        return "/".join(self.values[column] for column in KEYS[self.entity])

    @property
    def updated_at(self) -> datetime:
        return datetime.fromisoformat(self.values["updated_at"])

    @property
    def state(self) -> tuple[str, datetime]:
        return self.key, self.updated_at

    @property
    def amount(self) -> Decimal:
        return Decimal(self.values[MONEY[self.entity]]) if self.entity in MONEY else Decimal(0)


def key_of(entity: str) -> str:
    """Return the key as SQL, as the truth file writes it."""
    return f"concat_ws('/', {', '.join(KEYS[entity])})"


def lines(inbox: Path, entity: str, leave_out: set[Place], refused: set[str]) -> Iterator[Line]:
    """Read the lines of an entity's deliveries that are rows, each by itself."""
    for file in sorted(inbox.glob(f"*/{DOMAINS[entity]}/{entity}.*")):
        day = file.parts[-3]
        bronze_file = f"{DOMAINS[entity]}/{entity}/dt={day}/{file.name}"
        if bronze_file in refused:
            continue
        header, *rows = file.read_bytes().split(b"\n")[:-1]
        for number, row in enumerate(rows, 2):
            if (bronze_file, number) not in leave_out:
                (values,) = csv.reader([row.decode()])
                yield Line(
                    entity,
                    day,
                    (bronze_file, number),
                    dict(zip(header.decode().split(","), values, strict=True)),
                )


class Faulty:
    """A warehouse of faulty deliveries, the truth about them, and the same bank's deliveries without faults."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        with (warehouse.folder / "truth" / "faults.csv").open(encoding="utf-8", newline="") as file:
            self.truth = list(csv.DictReader(file))
        aside = {self.place(row) for row in self.truth if row["effect"] in {"rejected", "malformed"}}
        refused = {row["file"] for row in self.truth if row["effect"] == "refused"}
        self.accepted = {entity: list(lines(warehouse.inbox, entity, aside, refused)) for entity in KEYS}
        clean = warehouse.folder / "clean"
        self.clean = {entity: list(lines(clean, entity, set(), set())) for entity in KEYS}

    def having(self, effect: str, entity: str | None = None) -> list[dict[str, str]]:
        return [row for row in self.truth if row["effect"] == effect and entity in {None, row["entity"]}]

    def caught(self) -> dict[Place, str]:
        """What the warehouse shows to be wrong, by file and line: the effects, without a look at the truth."""
        found: dict[Place, str] = {}
        for by, file, line in self.warehouse.query(
            "select rejected_by, source_file, source_line from dev_audit.rejected_rows"
        ):
            found[str(file), int(str(line))] = "rejected" if by == "rules" else "malformed"
        for (file,) in self.warehouse.query(
            "select concat(domain, '/', entity, '/dt=', arrived_on, '/', split_part(delivered_file, '/', 2)) "
            "from dev_audit.deliveries where delivery_status = 'refused'"
        ):
            found[str(file), 0] = "refused"
        for entity in KEYS:
            due = {line.state: line.arrived_on for line in self.clean[entity]}
            orphans = {key for of, parent in ORPHANS if of == entity for key in self.without(of, parent)}
            seen = set()
            for key, updated_at, day, file, line in self.warehouse.query(
                f"select {key_of(entity)}, updated_at, cast(_arrived_on as varchar), _source_file, _source_line "
                f"from dev_silver.base_{DOMAINS[entity]}__{entity} where _failed_rules = '' "
                "order by _arrived_on, _source_file, _source_line"
            ):
                place, state = (str(file), int(str(line))), (str(key), updated_at)
                if state not in due:
                    found[place] = "unknown_member" if key in orphans else "superseded"
                elif state in seen:
                    found[place] = "duplicate"
                elif str(day) != due[state]:
                    found[place] = "late"
                seen.add(state)
        return found

    def without(self, entity: str, parent: str) -> set[object]:
        """Return the keys of an entity's rows in the warehouse of which this parent never arrived."""
        table, key, condition = ORPHANS[entity, parent]
        return {row[0] for row in self.warehouse.query(f"select {key} from {table} where {condition}")}

    @staticmethod
    def place(row: dict[str, str]) -> Place:
        return row["file"], int(row["line"] or 0)

    def audited(self, sql: str) -> list[tuple[object, ...]]:
        return sorted(self.warehouse.query(sql))


@pytest.fixture(scope="module")
def faulty(faulty_bank: Warehouse) -> Faulty:
    return Faulty(faulty_bank)


def test_every_kind_is_there_in_every_entity(faulty: Faulty) -> None:
    # FX rates, campaigns and their days are too few for every kind.
    found = {entity: {row["kind"] for row in faulty.truth if row["entity"] == entity} - FILE_KINDS for entity in KINDS}
    assert found == KINDS
    assert {row["kind"] for row in faulty.truth} >= FILE_KINDS


def test_what_the_warehouse_shows_to_be_wrong_is_the_truth(faulty: Faulty) -> None:
    """Every faulty file and line with its effect: none missed, none invented."""
    caught = faulty.caught()
    assert caught == {faulty.place(row): row["effect"] for row in faulty.truth}
    assert len(caught) == len(faulty.truth) > 1000
    by_kind = Counter(row["kind"] for row in faulty.truth if caught[faulty.place(row)] == row["effect"])
    assert by_kind == Counter(row["kind"] for row in faulty.truth)


@pytest.mark.parametrize(("effect", "rejected_by"), [("rejected", "rules"), ("malformed", "landing")])
def test_rows_kept_aside_are_those_of_the_truth(faulty: Faulty, effect: str, rejected_by: str) -> None:
    """File, line and the only reason of each."""
    audited = faulty.audited(
        "select entity, source_file, source_line, cast(arrived_on as varchar), reasons from dev_audit.rejected_rows "
        f"where rejected_by = '{rejected_by}'"
    )
    assert audited == sorted(
        (row["entity"], row["file"], int(row["line"]), row["arrived_on"], row["rule"]) for row in faulty.having(effect)
    )


def test_refused_files_are_those_of_the_truth(faulty: Faulty) -> None:
    audited = faulty.audited(
        "select entity, cast(arrived_on as varchar), delivered_file, refusal_reason from dev_audit.deliveries "
        "where delivery_status = 'refused'"
    )
    expected = sorted(
        (row["entity"], row["arrived_on"], f"{DOMAINS[row['entity']]}/{Path(row['file']).name}", row["rule"])
        for row in faulty.having("refused")
    )
    assert [row[:3] for row in audited] == [row[:3] for row in expected]
    for (*_, told), (*_, reason) in zip(audited, expected, strict=True):
        assert f"({reason})" in str(told)


def test_counts_by_rule_and_day_are_those_of_the_truth(faulty: Faulty) -> None:
    """Every rule of every entity on every day, also where the count is 0."""
    expected: Counter[tuple[str, str, str]] = Counter()
    for row in faulty.truth:
        rule = {
            "rejected": row["rule"],
            "malformed": "malformed_line",
            "duplicate": f"duplicate_{'_'.join(KEYS[row['entity']])}",
        }.get(row["effect"])
        if rule:
            expected[row["entity"], row["arrived_on"], rule] += 1
    audited = {
        (str(entity), str(day), str(rule)): count
        for entity, day, rule, count in faulty.warehouse.query(
            "select entity, cast(arrived_on as varchar), rule_name, failed_rows from dev_audit.data_quality_daily"
        )
    }
    assert {place: count for place, count in audited.items() if count} == expected


def test_repeats_are_in_the_files_of_the_truth(faulty: Faulty) -> None:
    audited = dict(
        faulty.warehouse.query(
            "select bronze_file, repeated_rows from dev_audit.delivery_outcomes where repeated_rows > 0"
        )
    )
    assert audited == Counter(row["file"] for row in faulty.having("duplicate"))


@pytest.mark.parametrize("entity", ENTITIES)
def test_outcomes_of_each_file_are_those_of_a_plain_count(faulty: Faulty, entity: str) -> None:
    """Rows and money that are rejected, duplicate, superseded and current: from truth and delivered lines alone."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    money: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in faulty.having("rejected", entity):
        rows[row["file"]]["rejected"] += 1
        money[row["file"]]["rejected"] += Decimal(row["amount"] or 0)
    seen_states, seen_keys = set(), set()
    for line in sorted(
        faulty.accepted[entity], key=lambda line: (line.updated_at, line.arrived_on, line.place), reverse=True
    ):
        outcome = "duplicate" if line.state in seen_states else "superseded" if line.key in seen_keys else "current"
        seen_states.add(line.state)
        seen_keys.add(line.key)
        rows[line.place[0]][outcome] += 1
        money[line.place[0]][outcome] += line.amount
    outcomes = ("rejected", "duplicate", "superseded", "current")
    audited = faulty.audited(
        "select bronze_file, rejected_rows, duplicate_rows, superseded_rows, current_rows, rejected_amount, "
        f"duplicate_amount, superseded_amount, current_amount from dev_audit.deliveries where entity = '{entity}' "
        "and delivery_status = 'landed'"
    )
    assert audited == sorted(
        (file, *(rows[file][outcome] for outcome in outcomes), *(money[file][outcome] for outcome in outcomes))
        for file in rows
    )


@pytest.mark.parametrize("entity", ENTITIES)
def test_further_copies_and_states_are_those_of_the_truth(faulty: Faulty, entity: str) -> None:
    """Against the run without faults: what is superseded beyond it, and what is a copy, is injected."""
    duplicates, superseded = faulty.warehouse.query(
        "select cast(sum(duplicate_rows) as integer), cast(sum(superseded_rows) as integer) "
        f"from dev_audit.deliveries where entity = '{entity}'"
    )[0]
    clean = faulty.clean[entity]
    assert duplicates == len(faulty.having("duplicate", entity))
    assert superseded == len(clean) - len({line.key for line in clean}) + len(faulty.having("superseded", entity))

    states = Counter(line.state for line in faulty.accepted[entity])
    further = set(states) - {line.state for line in clean}
    assert set(states) >= {line.state for line in clean}
    assert Counter(key for key, _ in further) == Counter(
        row["key"] for effect in ("superseded", "unknown_member") for row in faulty.having(effect, entity)
    )
    # Several states of a key may have copies.
    assert Counter(key for (key, _), copies in states.items() for _ in range(copies - 1)) == Counter(
        row["key"] for row in faulty.having("duplicate", entity)
    )


@pytest.mark.parametrize("entity", ENTITIES)
def test_all_rows_but_those_of_the_truth_are_those_of_the_run_without_faults(faulty: Faulty, entity: str) -> None:
    """What base accepts at the truth's files and lines has the truth's keys; the rest, and what is late, is clean."""
    stay = ("duplicate", "superseded", "unknown_member", "late")
    truth = {faulty.place(row): row for effect in stay for row in faulty.having(effect, entity)}
    others, found = [], {}
    for file, line, key, updated_at in faulty.warehouse.query(
        f"select _source_file, _source_line, {key_of(entity)}, updated_at "
        f"from dev_silver.base_{DOMAINS[entity]}__{entity} where _failed_rules = ''"
    ):
        fault = truth.get((str(file), int(str(line))))
        if fault:
            found[file, line] = key
        if fault is None or fault["effect"] == "late":
            others.append((key, updated_at))
    assert found == {place: row["key"] for place, row in truth.items()}
    assert sorted(others) == sorted(line.state for line in faulty.clean[entity])


@pytest.mark.parametrize("entity", ENTITIES)
def test_late_rows_are_those_of_the_truth(faulty: Faulty, entity: str) -> None:
    """A state is late if it arrives after the day on which it arrives without faults."""
    arrived = {
        (str(key), updated_at): (str(file), line, str(day))
        for key, updated_at, file, line, day in faulty.warehouse.query(
            f"select {key_of(entity)}, updated_at, _source_file, _source_line, cast(_arrived_on as varchar) "
            f"from dev_silver.base_{DOMAINS[entity]}__{entity} where _failed_rules = '' "
            "order by _arrived_on desc, _source_line desc"
        )
    }
    late = sorted(
        (*arrived[line.state], line.key, line.arrived_on)
        for line in faulty.clean[entity]
        if arrived[line.state][2] > line.arrived_on
    )
    truth = faulty.having("late", entity)
    assert late == sorted((*faulty.place(row), row["arrived_on"], row["key"], row["due_on"]) for row in truth)
    days = [(date.fromisoformat(row["arrived_on"]) - date.fromisoformat(row["due_on"])).days for row in truth]
    assert set(days) <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize(("entity", "parent"), ORPHANS)
def test_rows_on_the_unknown_member_are_those_of_the_truth(faulty: Faulty, entity: str, parent: str) -> None:
    truth = {faulty.place(row) for row in faulty.having("unknown_member", entity)}
    lost = {
        line.key
        for line in faulty.accepted[entity]
        if line.place in truth and line.values[parent].startswith("NOSUCH-")
    }
    assert faulty.without(entity, parent) == lost != set()


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_latest_states_are_those_of_the_run_without_faults(faulty: Faulty, entity: str) -> None:
    """But for those that a newer state was sent of, and the orphans that came in addition."""
    latest = {line.key: line.updated_at for line in sorted(faulty.clean[entity], key=lambda line: line.updated_at)}
    kept = dict(
        faulty.warehouse.query(f"select {key_of(entity)}, updated_at from dev_silver.stg_{DOMAINS[entity]}__{entity}")
    )
    resent = {row["key"] for row in faulty.truth if row["kind"] == "changed_resend"}
    orphans = {row["key"] for row in faulty.having("unknown_member", entity)}
    assert set(kept) == set(latest) | orphans
    assert {key for key in latest if kept[key] != latest[key]} <= resent


def test_balances_are_those_of_the_run_without_faults(faulty: Faulty) -> None:
    balances = {line.key: Decimal(0) for line in faulty.clean["accounts"]}
    for line in faulty.clean["transactions"]:
        if line.values["transaction_status"] == "Completed":
            balances[line.values["account_id"]] += SIGNS[line.values["transaction_type"]] * line.amount
    orphans = {row["key"]: Decimal(0) for row in faulty.having("unknown_member", "accounts")}
    audited = faulty.audited("select account_id, balance from dev_gold.dim_account where account_id <> 'unknown'")
    assert audited == sorted((balances | orphans).items())


def test_the_warehouse_ties_out(faulty: Faulty) -> None:
    assert faulty.audited("select * from dev_audit.layer_reconciliation where difference <> 0") == []
    assert faulty.audited("select bronze_file from dev_audit.deliveries where not is_tied") == []
