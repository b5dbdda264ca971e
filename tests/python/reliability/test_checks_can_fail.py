"""Every check of the audit can fail: defects are planted, and each must trip exactly the checks that it names.

A new check fails `test_every_check_is_tripped_by_some_defect` until a defect in defects.py trips it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import duckdb
import pytest

from loaders.contract import load_contract
from tests.python.hard_deliveries import INTERACTIONS, LOANS, loan
from tests.python.reliability.checks import SELECTED, Checks, changed_by, compiled_checks, rolled_back
from tests.python.reliability.defects import DEFECTS
from tests.python.reliability.every_cell import kept_tables, missed, rounds
from tests.python.reliability.reconciliations import VIEWS, WAVES, Reconciliation
from tests.python.reliability.tally import Tally
from tests.python.warehouse import Warehouse

# Three days around the end of January, so that one month is closed. With faults, so that every kind of row exists.
BANK = "--days 3 --start 2025-01-30 --customers 90 --transactions-per-day 60 --faults 0.05 --seed 5".split()
RECONCILIATIONS = "select entity, from_layer, to_layer, measure from dev_audit.layer_reconciliation"


@pytest.fixture(scope="module")
def audited(empty_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    made = empty_warehouse("audited")
    made.run("tieout", "generate", *BANK, "--inbox", str(made.inbox))
    # In three days no generated loan changes.
    versions = [
        loan("L1", "A1", "C1", status, f"2025-02-01 0{hour}:00:00")
        for hour, status in enumerate(("Active", "Paid Off"))
    ]
    # So few customers are in touch with the bank that most columns would wait for a row to be changed in.
    interactions = [
        f"I{number},C1,Online,Complaint,2025-02-01 0{number}:00:00,60,5,true,2025-02-01 12:00:00\n"
        for number in range(10)
    ]
    day = made.inbox / "2025-02-01" / "banking"
    (day / "loans.changed.csv").write_text(LOANS + "".join(versions))
    (day / "customer_interactions.more.csv").write_text(INTERACTIONS + "".join(interactions))
    made.run("tieout", "land", "--allow-refused", str(made.inbox))
    made.build()
    return made


@pytest.fixture(scope="module")
def checks(audited: Warehouse) -> Checks:
    return compiled_checks(audited)


def change(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Run a statement and check that it changes something."""
    changed = connection.execute(statement).fetchall()
    assert not changed or changed[0][0] != 0, f"the statement changes nothing: {statement}"


def test_no_check_fails_without_a_defect(audited: Warehouse, checks: Checks) -> None:
    with rolled_back(audited) as connection:
        assert checks.failing(connection, checks.relations) == set()
        assert checks.rebuild(connection, checks.relations) == checks.relations
        assert checks.failing(connection, checks.relations) == set()


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_trips_exactly_its_checks(audited: Warehouse, checks: Checks, tally: Tally, name: str) -> None:
    defect = DEFECTS[name]
    with rolled_back(audited) as connection:
        for statement in defect.planted:
            change(connection, statement)
        changed = checks.rebuild(connection, {changed_by(statement) for statement in defect.planted})
        for statement in defect.in_audit:
            change(connection, statement)
        changed |= {changed_by(statement) for statement in defect.in_audit}
        assert checks.failing(connection, changed) == defect.trips
    tally.add("defects planted", 1)


def test_every_check_is_tripped_by_some_defect(checks: Checks) -> None:
    tripped = {check.partition(": ")[0] for defect in DEFECTS.values() for check in defect.trips}
    assert set(checks.tests) - tripped == set(), "no defect trips these checks: repair or remove them"
    assert tripped - set(checks.tests) == set(), "these checks no longer exist"


@pytest.mark.parametrize("proof", ["daily", "full"])
def test_a_changed_value_is_named_in_every_column(audited: Warehouse, tally: Tally, proof: str) -> None:
    checks = compiled_checks(audited, proof=proof)
    with rolled_back(audited) as connection:
        planned = rounds(connection, kept_tables(audited))
    for planted in planned:
        with rolled_back(audited) as connection:
            assert missed(connection, checks, planted) == []
        tally.add("changed values found, one per column", len(planted))


@pytest.fixture(scope="module")
def differing(audited: Warehouse, checks: Checks) -> Callable[[str], frozenset[Reconciliation]]:
    """Do the damage of a wave and return the reconciliations that then have a difference."""

    rebuilt = checks.leading_to("dev_audit.layer_reconciliation")

    @cache
    def by_wave(name: str) -> frozenset[Reconciliation]:
        with rolled_back(audited) as connection:
            for damage in WAVES[name]:
                for statement in damage.statements:
                    change(connection, statement)
            statements = [statement for damage in WAVES[name] for statement in damage.statements]
            rebuilt.rebuild(connection, {changed_by(statement) for statement in statements})
            rows = connection.execute(RECONCILIATIONS + " where difference <> 0").fetchall()
            return frozenset((entity, before, after, measure) for entity, before, after, measure in rows)

    return by_wave


@pytest.mark.parametrize("wave", WAVES)
def test_damage_shows_in_the_reconciliations_of_the_damaged_table(
    audited: Warehouse, differing: Callable[[str], frozenset[Reconciliation]], tally: Tally, wave: str
) -> None:
    all_reconciliations = {(row[0], row[1], row[2], row[3]) for row in audited.query(RECONCILIATIONS)}
    for damage in WAVES[wave]:
        assert any(damage.touches(found) for found in differing(wave)), damage
        if damage.is_of_rows:
            of_rows = {one for one in all_reconciliations if damage.leads_into(one) and one[3] == "rows"}
            assert of_rows <= differing(wave), damage
    for found in differing(wave):
        assert found[2] in VIEWS or any(damage.touches(found) for damage in WAVES[wave]), found
    tally.add("defects planted", len(WAVES[wave]))


def test_some_damage_shows_in_every_reconciliation(
    audited: Warehouse, differing: Callable[[str], frozenset[Reconciliation]]
) -> None:
    all_reconciliations = set(audited.query(RECONCILIATIONS))
    assert {(entity, measure) for entity, _, after, measure in all_reconciliations if after == "base"} == {
        (entity.name, measure)
        for entity in load_contract().deliverable()
        for measure in ("rows", *entity.money_columns)
    }
    assert all_reconciliations - frozenset().union(*map(differing, WAVES)) == set()


@pytest.mark.long
def test_dbt_fails_with_the_same_checks(audited: Warehouse) -> None:
    defect = DEFECTS["fact: a row of a closed month deleted"]
    for statement in defect.planted:
        audited.execute(statement)
    printed = audited.run("dbt", "build", *SELECTED, "--exclude-resource-type", "unit_test", fails=True)
    assert set(re.findall(r" FAIL \d+ (\w+) ", printed)) == defect.trips
