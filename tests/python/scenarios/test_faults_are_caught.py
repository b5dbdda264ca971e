"""Every fault of the truth file is caught, row by row: none is missed and none is invented.

The audit tables are compared with the truth file and with the delivered files. Silver and gold are compared with the
deliveries of the same bank without faults.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.python.data_tests import DataTests, failing_data_tests
from tests.python.delivered import DOMAINS, KEYS, SIGNS
from tests.python.scenarios.faulty import FILE_KINDS, KINDS, ORPHANS, Faulty, FileLine, Version, file_line, key_of
from tests.python.warehouse import Warehouse

ENTITIES = list(KEYS)
EXPECTED_DAILY = {"transactions", "daily_balances", "sales"}
OUTCOMES = ("rejected", "duplicate", "superseded", "withdrawn", "current")


@pytest.fixture(scope="module")
def faulty(faulty_bank: Warehouse) -> Faulty:
    return Faulty(faulty_bank)


def test_every_entity_has_every_kind_of_fault(faulty: Faulty) -> None:
    # There are too few FX rates, campaigns and days of campaigns for every kind.
    found = {
        entity: {fault["kind"] for fault in faulty.truth if fault["entity"] == entity} - FILE_KINDS for entity in KINDS
    }
    assert found == KINDS
    assert {fault["kind"] for fault in faulty.truth} >= FILE_KINDS
    assert len(faulty.faults("reused_key")) > 2


def test_the_warehouse_shows_exactly_the_faults_of_the_truth_file(faulty: Faulty) -> None:
    caught = faulty.caught()
    assert caught == {file_line(fault): fault["effect"] for fault in faulty.truth}
    assert len(caught) == len(faulty.truth) > 1000


@pytest.mark.parametrize(("effect", "rejected_by"), [("rejected", "rules"), ("malformed", "landing")])
def test_rejected_rows_are_listed_with_their_only_reason(faulty: Faulty, effect: str, rejected_by: str) -> None:
    audited = faulty.audited(
        "select entity, source_file, source_line, cast(arrived_on as varchar), reasons from dev_audit.rejected_rows "
        f"where rejected_by = '{rejected_by}'"
    )
    assert audited == sorted(
        (fault["entity"], fault["file"], int(fault["line"]), fault["arrived_on"], fault["rule"])
        for fault in faulty.faults(effect)
    )


def test_refused_files_are_listed_with_the_reason(faulty: Faulty) -> None:
    audited = faulty.audited(
        "select entity, cast(arrived_on as varchar), delivered_file, refusal_reason from dev_audit.deliveries "
        "where delivery_status = 'refused'"
    )
    expected = sorted(
        (fault["entity"], fault["arrived_on"], f"{DOMAINS[fault['entity']]}/{Path(fault['file']).name}", fault["rule"])
        for fault in faulty.faults("refused")
    )
    assert [row[:3] for row in audited] == [row[:3] for row in expected]
    for (*_, sentence), (*_, reason) in zip(audited, expected, strict=True):
        assert reason in sentence


def test_failed_rows_are_counted_by_rule_and_day(faulty: Faulty) -> None:
    expected: Counter[tuple[str, str, str]] = Counter()
    for fault in faulty.truth:
        rule = {
            "rejected": fault["rule"],
            "malformed": "malformed_line",
            "duplicate": f"duplicate_{'_'.join(KEYS[fault['entity']])}",
        }.get(fault["effect"])
        if rule:
            expected[fault["entity"], fault["arrived_on"], rule] += 1
    audited = {
        (entity, day, rule): failed
        for entity, day, rule, failed in faulty.warehouse.query(
            "select entity, cast(arrived_on as varchar), rule_name, failed_rows from dev_audit.data_quality_daily"
        )
    }
    assert {rule_day: failed for rule_day, failed in audited.items() if failed} == expected


def test_repeats_are_counted_by_file(faulty: Faulty) -> None:
    audited = faulty.warehouse.query(
        "select bronze_file, repeated_rows from dev_audit.delivery_outcomes where repeated_rows > 0"
    )
    assert dict(audited) == Counter(fault["file"] for fault in faulty.faults("duplicate"))


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_outcomes_of_each_file_equal_a_plain_count(faulty: Faulty, entity: str) -> None:
    """Count rows and control amounts by outcome from the truth file and the delivered lines alone."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    amounts: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for fault in faulty.faults("rejected", entity):
        rows[fault["file"]]["rejected"] += 1
        amounts[fault["file"]]["rejected"] += Decimal(fault["amount"] or 0)
    seen_versions, seen_keys = set(), set()
    newest_first = sorted(
        faulty.accepted[entity], key=lambda line: (line.updated_at, line.arrived_on, line.file_line), reverse=True
    )
    for line in newest_first:
        newest = "withdrawn" if line.values.get("record_status") == "deleted" else "current"
        is_older = "superseded" if line.key in seen_keys else newest
        outcome = "duplicate" if line.version[:2] in seen_versions else is_older
        seen_versions.add(line.version[:2])
        seen_keys.add(line.key)
        rows[line.file_line[0]][outcome] += 1
        amounts[line.file_line[0]][outcome] += line.amount
    audited = faulty.audited(
        f"select bronze_file, {', '.join(f'{outcome}_rows' for outcome in OUTCOMES)}, "
        f"{', '.join(f'{outcome}_amount' for outcome in OUTCOMES)} from dev_audit.deliveries "
        f"where entity = '{entity}' and delivery_status = 'landed'"
    )
    assert audited == sorted(
        (file, *(rows[file][outcome] for outcome in OUTCOMES), *(amounts[file][outcome] for outcome in OUTCOMES))
        for file in rows
    )


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_faults_explain_all_further_versions_and_copies(faulty: Faulty, entity: str) -> None:
    """Compare with the deliveries without faults: every further version and every copy was injected."""
    duplicates, superseded = faulty.warehouse.query(
        "select cast(sum(duplicate_rows) as integer), cast(sum(superseded_rows) as integer) "
        f"from dev_audit.deliveries where entity = '{entity}'"
    )[0]
    clean = faulty.clean[entity]
    assert duplicates == len(faulty.faults("duplicate", entity)) + len(faulty.faults("corrected", entity))
    assert superseded == len(clean) - len({line.key for line in clean}) + len(faulty.faults("superseded", entity))

    versions = Counter(line.version for line in faulty.accepted[entity])
    further = set(versions) - {line.version for line in clean}
    assert set(versions) >= {line.version for line in clean}
    assert Counter(key for key, *_ in further) == Counter(
        fault["key"]
        for effect in ("corrected", "superseded", "unknown_member", "withdrawn", "reused_key")
        for fault in faulty.faults(effect, entity)
    )
    # Several versions of a key may have copies.
    assert Counter(key for (key, *_), copies in versions.items() for _ in range(copies - 1)) == Counter(
        fault["key"] for fault in faulty.faults("duplicate", entity)
    )


@pytest.mark.parametrize("entity", ENTITIES)
def test_all_other_accepted_rows_equal_the_deliveries_without_faults(faulty: Faulty, entity: str) -> None:
    """Accepted rows at the files and lines of faults have the keys of these faults. Late rows are clean rows too."""
    accepted = ("duplicate", "corrected", "superseded", "unknown_member", "withdrawn", "reused_key", "late")
    truth = {
        file_line(fault): fault
        for effect in accepted
        for fault in faulty.faults(effect, entity)
        if fault["kind"] != "late_file"
    }
    others: list[Version] = []
    found: dict[FileLine, str] = {}
    for version, _, file, line in faulty.accepted_rows(entity):
        fault = truth.get((file, line))
        if fault:
            found[file, line] = version[0]
        if fault is None or fault["effect"] == "late":
            others.append(version)
    assert found == {at: fault["key"] for at, fault in truth.items()}
    assert sorted(others) == sorted(line.version for line in faulty.clean[entity])


@pytest.mark.parametrize("entity", ENTITIES)
def test_late_rows_arrive_after_the_day_they_were_due(faulty: Faulty, entity: str) -> None:
    truth = faulty.faults("late", entity)
    files = {fault["file"]: fault["due_on"] for fault in truth if fault["kind"] == "late_file"}
    arrived: dict[Version, tuple[str, int, str]] = {}
    for version, day, file, line in faulty.accepted_rows(entity):
        arrived.setdefault(version, (file, line, day))
    late = sorted(
        (*arrived[line.version], line.key, line.arrived_on)
        for line in faulty.clean[entity]
        if arrived[line.version][2] > line.arrived_on
    )
    assert {(file, due_on) for file, _, _, _, due_on in late if file in files} == set(files.items())
    assert [row for row in late if row[0] not in files] == sorted(
        (*file_line(fault), fault["arrived_on"], fault["key"], fault["due_on"])
        for fault in truth
        if fault["kind"] != "late_file"
    )
    days = [(date.fromisoformat(fault["arrived_on"]) - date.fromisoformat(fault["due_on"])).days for fault in truth]
    assert set(days) <= {1, 2, 3, 4, 5}


@pytest.mark.parametrize(("entity", "parent"), ORPHANS)
def test_rows_whose_parent_never_arrived_have_the_unknown_member(faulty: Faulty, entity: str, parent: str) -> None:
    truth = {file_line(fault) for effect in ("unknown_member", "reused_key") for fault in faulty.faults(effect, entity)}
    orphans = {
        line.key
        for line in faulty.accepted[entity]
        if line.file_line in truth and line.values[parent].startswith("NOSUCH-")
    }
    assert faulty.orphans(entity, parent) == orphans != set()


@pytest.mark.parametrize("entity", ENTITIES)
def test_current_versions_equal_the_deliveries_without_faults(faulty: Faulty, entity: str) -> None:
    """Except for keys of which a newer version was injected. Injected orphans are added."""
    latest = {line.key: line.updated_at for line in sorted(faulty.clean[entity], key=lambda line: line.updated_at)}
    stg = f"dev_silver.stg_{DOMAINS[entity]}__{entity}"
    current = dict(faulty.warehouse.query(f"select {key_of(entity)}, updated_at from {stg}"))
    resent = {fault["key"] for fault in faulty.truth if fault["kind"] == "changed_resend"}
    added = {
        fault["key"]
        for effect in ("unknown_member", "withdrawn", "reused_key")
        for fault in faulty.faults(effect, entity)
    }
    assert set(current) == set(latest) | added
    assert {key for key in latest if current[key] != latest[key]} <= resent


@pytest.mark.parametrize("entity", ENTITIES)
def test_withdrawn_rows_are_those_of_the_truth_file(faulty: Faulty, entity: str) -> None:
    assert faulty.withdrawn(entity) == {file_line(fault) for fault in faulty.faults("withdrawn", entity)}


def test_balances_equal_those_without_faults(faulty: Faulty) -> None:
    balances = {line.key: Decimal(0) for line in faulty.clean["accounts"]}
    for line in faulty.clean["transactions"]:
        if line.values["transaction_status"] == "Completed":
            balances[line.values["account_id"]] += SIGNS[line.values["transaction_type"]] * line.amount
    orphans = {
        fault["key"]: Decimal(0)
        for effect in ("unknown_member", "withdrawn")
        for fault in faulty.faults(effect, "accounts")
    }
    audited = faulty.audited("select account_id, balance from dev_gold.dim_account where account_id <> 'unknown'")
    assert audited == sorted((balances | orphans).items())


def test_every_refused_file_is_listed_and_its_repair_found(faulty: Faulty) -> None:
    listed = faulty.audited(
        "select concat(domain, '/', entity, '/dt=', arrived_on, '/', split_part(delivered_file, '/', 2)), "
        "regexp_replace(regexp_replace(resolved_by_file, '_[0-9]{4}', ''), '[.]resent', '') "
        "from dev_audit.refused_files"
    )
    assert listed == sorted((fault["file"], fault["file"]) for fault in faulty.faults("refused"))


def test_all_deliveries_were_compared_with_their_control_files(faulty: Faulty) -> None:
    audited = faulty.audited("select split_part(delivered_file, '/', 2), stated_by from dev_audit.deliveries")
    assert [stated_by for _, stated_by in audited] == [f"{file}.ctl" for file, _ in audited]


def test_late_files_are_late(faulty: Faulty) -> None:
    late = {(fault["entity"], fault["due_on"]) for fault in faulty.faults("late") if fault["kind"] == "late_file"}
    # On the day of a late file, lines of earlier days may have come in a file of their own.
    nothing_came = {
        (entity, day)
        for entity, day in late
        if not list(faulty.warehouse.inbox.glob(f"{day}/*/{entity}.*")) and entity in EXPECTED_DAILY
    }
    audited = faulty.audited(
        "select entity, cast(expected_on as varchar) from dev_audit.expected_deliveries "
        "where delivery_status <> 'delivered'"
    )
    assert set(audited) == nothing_came


def test_keys_that_mean_something_else_are_those_of_the_truth_file(faulty: Faulty) -> None:
    assert faulty.reused() == {file_line(fault) for fault in faulty.faults("reused_key")}


def test_the_warehouse_ties_out_and_passes_all_data_tests(faulty: Faulty, data_tests: DataTests) -> None:
    assert faulty.audited("select * from dev_audit.layer_reconciliation where difference <> 0") == []
    assert faulty.audited("select bronze_file from dev_audit.deliveries where not is_tied") == []
    assert failing_data_tests(faulty.warehouse, data_tests) == set()
