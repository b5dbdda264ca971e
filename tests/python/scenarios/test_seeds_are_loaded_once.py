"""A seed is loaded only if its file has changed since, except by a full refresh and the full proof."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tests.python.project.copies import copied
from tests.python.scenarios.conftest import new_in

RULES = "dev_silver.risk_rules"
POINTS = f"select weight from {RULES} where rule = 'night'"


def test_an_unchanged_seed_is_not_loaded_again(tmp_path: Path, parsed: Path) -> None:
    (tmp_path / "project").mkdir()
    project = copied(tmp_path / "project")
    (tmp_path / "warehouse").mkdir()
    warehouse = dataclasses.replace(new_in(tmp_path / "warehouse", parsed), project=project)

    def seed(*options: str) -> str:
        return warehouse.run("dbt", "seed", "--select", "risk_rules", *options)

    def change_by_hand() -> None:
        warehouse.execute(f"update {RULES} set weight = 77 where rule = 'night'")

    assert "UNCHANGED" not in seed()
    points = warehouse.value(POINTS)
    change_by_hand()
    assert "UNCHANGED" in seed()
    assert warehouse.value(POINTS) == 77

    assert "UNCHANGED" not in seed("--full-refresh")
    assert warehouse.value(POINTS) == points

    # As an interruption between the load and the comment would leave it.
    change_by_hand()
    warehouse.execute(f"comment on table {RULES} is null")
    assert "UNCHANGED" not in seed()
    assert warehouse.value(POINTS) == points

    file = project / "seeds" / "reference" / "risk_rules.csv"
    before = file.read_text(encoding="utf-8")
    assert before.count("night,any,10,") == 1
    for text, weight in ((before.replace("night,any,10,", "night,any,15,"), 15), (before, points)):
        file.write_text(text, encoding="utf-8")
        assert "UNCHANGED" not in seed()
        assert warehouse.value(POINTS) == weight

    change_by_hand()
    assert "UNCHANGED" not in seed("--vars", "proof: full")
    assert warehouse.value(POINTS) == points
