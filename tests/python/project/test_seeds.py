"""Seeds: every column has a declared type, so that it does not depend on the engine or the rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Text needs a length. Otherwise Redshift makes a text column as wide as today's longest value.
DECLARED_TYPE = re.compile(r"varchar\([1-9][0-9]*\)|smallint|integer|bigint|boolean|date|timestamp|decimal\([0-9, ]+\)")


def problems(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for every column of a seed without a declared type, or of text without a length."""
    for node in manifest["nodes"].values():
        if node["resource_type"] != "seed":
            continue
        path = Path(node["root_path"]) / node["original_file_path"]
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        types = node["config"]["column_types"]
        for column in dict.fromkeys((*header, *node["columns"], *types)):
            title = f"{node['name']}.{column}"
            if column not in header:
                yield f"{title} is declared, but {path.name} has no such column."
            elif column not in types:
                yield f"{title} has no declared type: add it to column_types."
            elif not DECLARED_TYPE.fullmatch(types[column]):
                yield f"{title} is declared as {types[column]}: declare text as varchar(n), with its length."


def test_every_column_of_every_seed_has_a_declared_type(manifest: dict[str, Any]) -> None:
    assert {node["resource_type"] for node in manifest["nodes"].values()} >= {"seed"}
    assert list(problems(manifest)) == []


@pytest.mark.parametrize(
    ("types", "sentence"),
    [
        ({}, "colours.name has no declared type: add it to column_types."),
        ({"name": "varchar"}, "colours.name is declared as varchar: declare text as varchar(n), with its length."),
        ({"name": "text"}, "colours.name is declared as text: declare text as varchar(n), with its length."),
        ({"name": "varchar(8)", "nmae": "date"}, "colours.nmae is declared, but colours.csv has no such column."),
        ({"name": "varchar(8)"}, None),
        ({"name": "decimal(18, 2)"}, None),
    ],
)
def test_a_column_without_a_type_is_reported(tmp_path: Path, types: dict[str, str], sentence: str | None) -> None:
    (tmp_path / "colours.csv").write_text("name\nred\n")
    seed = {
        "resource_type": "seed",
        "name": "colours",
        "root_path": str(tmp_path),
        "original_file_path": "colours.csv",
        "config": {"column_types": types},
        "columns": {},
    }
    assert list(problems({"nodes": {"seed.tieout.colours": seed}})) == ([sentence] if sentence else [])


def test_every_risk_rule_is_in_the_model_and_in_the_seed(manifest: dict[str, Any]) -> None:
    """A rule without a weight would make scores null; one without a condition would never apply."""
    model = manifest["nodes"]["model.tieout.transaction_risk"]["raw_code"]
    rules = re.search(r"set rules = \{(.*?)\n\}", model, re.DOTALL)
    assert rules
    in_model = re.findall(r"^    '(\w+)':", rules[1], re.MULTILINE)
    seed = manifest["nodes"]["seed.tieout.risk_rules"]
    with (Path(seed["root_path"]) / seed["original_file_path"]).open(encoding="utf-8", newline="") as file:
        in_seed = [row["rule"] for row in csv.DictReader(file)]
    assert sorted(in_model) == sorted(in_seed)
