"""A seed is loaded only if its file has changed since, except by a full refresh and the full proof."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.python.project.copies import copied
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

RULES = "dev_silver.risk_rules"
POINTS = f"select weight from {RULES} where rule = 'night'"


def seed(warehouse: Warehouse, *options: str) -> str:
    return warehouse.run("dbt", "seed", "--select", "risk_rules", *options)


def change_by_hand(warehouse: Warehouse) -> None:
    warehouse.execute(f"update {RULES} set weight = 77 where rule = 'night'")


def test_an_unchanged_seed_is_not_loaded_again(warehouse: Warehouse) -> None:
    assert "UNCHANGED" not in seed(warehouse)
    points = warehouse.value(POINTS)
    change_by_hand(warehouse)
    assert "UNCHANGED" in seed(warehouse)
    assert warehouse.value(POINTS) == 77

    assert "UNCHANGED" not in seed(warehouse, "--full-refresh")
    assert warehouse.value(POINTS) == points

    # As an interruption between the load and the comment would leave it.
    change_by_hand(warehouse)
    warehouse.execute(f"comment on table {RULES} is null")
    assert "UNCHANGED" not in seed(warehouse)
    assert warehouse.value(POINTS) == points

    change_by_hand(warehouse)
    assert "UNCHANGED" not in seed(warehouse, "--vars", "proof: full")
    assert warehouse.value(POINTS) == points


def test_a_changed_seed_is_loaded_again(warehouse: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    project = copied(tmp_path / "project")
    changed = dataclasses.replace(warehouse, project=project)
    seed(warehouse)
    points = warehouse.value(POINTS)
    file = project / "seeds" / "reference" / "risk_rules.csv"
    before = file.read_text(encoding="utf-8")
    assert before.count("night,any,10,") == 1
    for text, weight in ((before.replace("night,any,10,", "night,any,15,"), 15), (before, points)):
        file.write_text(text, encoding="utf-8")
        assert "UNCHANGED" not in seed(changed)
        assert warehouse.value(POINTS) == weight
