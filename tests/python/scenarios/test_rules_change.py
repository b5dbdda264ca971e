"""`tieout check` finds incremental models with rows of different rules, and names the command that rebuilds them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loaders.audit.rules import changed_rules
from tests.python.hard_deliveries import ACCOUNTS, CUSTOMERS, TRANSACTIONS, account, customer, transaction
from tests.python.project.copies import copied, tieout
from tests.python.warehouse import Warehouse


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} has {old!r} {text.count(old)} times"
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.long
def test_models_with_rows_of_different_rules_are_found(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    project = copied(tmp_path / "project")
    warehouse = Warehouse(tmp_path / "warehouse", environment={"TIEOUT_PROJECT": str(project)}, project=project)
    warehouse.database.parent.mkdir(parents=True)
    moment = "2025-01-01 08:00:00"
    for entity, text in {
        "customers": CUSTOMERS + customer("C1", "Akron", moment),
        "accounts": ACCOUNTS + account("A1", "C1", moment),
        "transactions": TRANSACTIONS + transaction("T1", "A1", "1.00", moment),
    }.items():
        file = warehouse.inbox / "2025-01-01" / "banking" / f"{entity}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    tieout(warehouse, "land", str(warehouse.inbox))
    warehouse.build()
    warehouse.build()
    assert "Everything ties out" in warehouse.run("tieout", "check")

    # A seed and a variable of the score, a seed of codes, and a limit of the contract.
    seeds = project / "seeds" / "reference"
    change(project / "dbt_project.yml", "high_risk_score: 50", "high_risk_score: 60")
    change(seeds / "risk_rules.csv", "night,any,10,", "night,any,15,")
    with (seeds / "merchant_categories.csv").open("a", encoding="utf-8") as categories:
        categories.write("Gardening,false\n")
    contract = project / "models" / "bronze" / "banking.yml"
    change(contract, "between: [300, 850]", "between: [300, 800]")
    # A run loads no seed, so all rows are judged under the earlier ones.
    warehouse.run("dbt", "run")
    printed = " ".join(warehouse.run("tieout", "check", fails=True).split())
    assert "base_banking__customers (rule credit_score_out_of_range); transaction_risk (variable high_risk" in printed
    (warehouse.folder / "seeded").unlink()
    warehouse.build()
    printed = " ".join(warehouse.run("tieout", "check", fails=True).split())
    models = (
        "base_banking__customers (rule credit_score_out_of_range); base_banking__merchants (seed merchant_categories); "
        "transaction_risk (seed risk_rules, variable high_risk_score)."
    )
    assert f"Models with rows that were judged or scored under different rules: {models} Run dbt build" in printed

    (command,) = re.findall(r"Run dbt (build --full-refresh --select [\w+ ]+?)\.", printed)
    assert "--select merchant_categories risk_rules base_banking__customers+ " in command
    warehouse.run("dbt", *command.split(), "--exclude-resource-type", "test", "unit_test")
    assert "Everything ties out" in warehouse.run("tieout", "check")


def recorded(*rows: tuple[str, str, str, str]) -> list[dict[str, str]]:
    """Return rules of one model: run, kind, name and fingerprint."""
    columns = ("invocation_id", "rule_kind", "rule_name", "fingerprint")
    return [{"model_name": "m", **dict(zip(columns, row, strict=True))} for row in rows]


@pytest.mark.parametrize(
    ("second_run", "changed"),
    [
        ([("rule", "r", "1")], []),
        ([("rule", "r", "2")], ["rule r"]),
        ([], ["rule r"]),
        ([("rule", "r", "1"), ("seed", "s", "1")], ["seed s"]),
        # A rule of a new column judges no earlier row.
        ([("rule", "r", "1"), ("added rule", "c: r", "1")], []),
    ],
)
def test_a_rule_that_changes_appears_or_disappears_is_found(
    second_run: list[tuple[str, str, str]], changed: list[str]
) -> None:
    rows = recorded(
        ("1", "all", "", "x"), ("1", "rule", "r", "1"), ("2", "all", "", "y"), *(("2", *rule) for rule in second_run)
    )
    assert changed_rules(rows) == ({"m": changed} if changed else {})
