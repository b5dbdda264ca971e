"""Every rule of the generic test `rules` can fail, and the test then names the column and the rule."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from tests.python.reliability.checks import rolled_back
from tests.python.reliability.rule_defects import defects
from tests.python.reliability.tally import Tally
from tests.python.warehouse import Warehouse

pytestmark = pytest.mark.extended

FACT = "dev_gold.fact_transaction"


@dataclass(frozen=True)
class RulesTest:
    """A test of the rules of a table: the relation, the arguments in the YAML, and the compiled query."""

    relation: str
    arguments: dict[str, Any]
    sql: str


def compiled_rules(warehouse: Warehouse, *options: str) -> dict[str, RulesTest]:
    """Compile the tests against a built warehouse, so that they compile as in a later run."""
    warehouse.run("dbt", "compile", "--select", "test_name:rules", *options)
    nodes = json.loads((warehouse.folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    return {
        node["name"]: RulesTest(
            "{schema}.{alias}".format(**nodes[node["attached_node"]]),
            node["test_metadata"]["kwargs"],
            node["compiled_code"],
        )
        for node in nodes.values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "rules"
    }


@pytest.fixture(scope="module")
def built(built_once: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("rules") / "copy"
    shutil.copytree(built_once.folder, folder)
    warehouse = Warehouse(folder)
    # Its bank delivers no malformed line.
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute(
            "insert into dev_silver.base_control__malformed_lines by name select 'a.csv' as _source_file, "
            "2 as _source_line, 'b' as batch_id, 'banking' as domain, 'loans' as entity, 'unclosed quote' as reason, "
            "date '2025-01-01' as _arrived_on, timestamp '2025-01-02' as _loaded_at"
        )
    return warehouse


@pytest.fixture(scope="module")
def rules(built: Warehouse) -> dict[str, RulesTest]:
    return compiled_rules(built)


def without_constraints(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Replace a table or a view by a table with the same rows, which takes nulls everywhere."""
    schema, name = relation.split(".")
    connection.execute(f"create table {schema}.same_rows as select * from {relation}")
    with contextlib.suppress(duckdb.CatalogException):
        connection.execute(f"drop view {relation}")
    connection.execute(f"drop table if exists {relation}")
    connection.execute(f"alter table {schema}.same_rows rename to {name}")


def broken(connection: duckdb.DuckDBPyConnection, test: RulesTest) -> dict[tuple[str, str], int]:
    """Return the number of failing rows by column and rule."""
    return {(column, rule): rows for column, rule, rows in connection.execute(test.sql).fetchall()}


def test_a_defect_of_each_rule_is_found_and_named(built: Warehouse, rules: dict[str, RulesTest], tally: Tally) -> None:
    planted = 0
    missed = []
    with rolled_back(built) as connection:
        connection.rollback()
        for name, test in rules.items():
            schema, table = test.relation.split(".")
            columns = connection.execute(
                "select column_name, regexp_replace(data_type, '[(].*', '') from duckdb_columns() "
                f"where schema_name = '{schema}' and table_name = '{table}'"
            ).fetchall()
            assert broken(connection, test) == {}
            for defect in defects(test.arguments, dict(columns)):
                connection.begin()
                without_constraints(connection, test.relation)
                ((changed,),) = connection.execute(defect.change.format(table=test.relation)).fetchall()
                assert changed == 1, f"{name}: {defect} changes {changed} rows"
                if not broken(connection, test).get((defect.column, defect.rule)):
                    missed.append((name, defect))
                connection.rollback()
                planted += 1
        connection.begin()
    assert missed == []
    assert planted > 450
    tally.add("defects planted", planted)


def test_keys_are_looked_up_for_new_rows_in_a_daily_run_and_for_all_in_a_full_proof(built: Warehouse) -> None:
    built.run("dbt", "build", "--select", "fact_transaction", "fact_transaction_rules", "--indirect-selection", "empty")
    daily = compiled_rules(built)["fact_transaction_rules"]
    full = compiled_rules(built, "--vars", "proof: full")["fact_transaction_rules"]
    old = f"insert into {FACT} select * from {FACT} limit 1"
    new = f"insert into {FACT} select * replace (timestamp '2999-01-01' as _built_at) from {FACT} limit 1"
    repeated = {("transaction_id", "unique"): 1}
    for planted, found_daily in ((old, {}), (new, repeated)):
        with rolled_back(built) as connection:
            connection.execute(planted)
            assert broken(connection, daily) == found_daily
            assert broken(connection, full) == repeated


def test_dbt_prints_the_broken_rules(built: Warehouse) -> None:
    with rolled_back(built) as connection:
        connection.execute(f"update {FACT} set account_id = 'nowhere', transaction_amount = 0")
        ((rows,),) = connection.execute(f"select count(*) from {FACT}").fetchall()
        connection.commit()
        connection.begin()
    printed = built.run("dbt", "test", "--select", "fact_transaction_rules", fails=True)
    assert sorted(re.findall(r"Broken rule: (.*)", printed)) == [
        f"fact_transaction.account_id refers to dim_account.account_id: {rows} rows",
        f"fact_transaction.transaction_amount > 0: {rows} rows",
    ]
