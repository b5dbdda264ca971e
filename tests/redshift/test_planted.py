"""Mistakes planted in a copy of the project: each one fails, and the message names the model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from redshift_standin import StandIn
from tests.python.project.copies import copied
from tests.python.warehouse import Warehouse
from tests.redshift.warehouse import SALT, RedshiftWarehouse, duckdb_tables, engine_differences

pytestmark = pytest.mark.extended

# By model: its query on the seed channels, and a part of the error message. DuckDB accepts all of these queries.
MISTAKES = {
    "planted_lateral_alias": (
        "select channel_id + 1 as channel_id, channel_id * 2 as doubled from channels",
        "lateral alias: channel_id is defined and used in the same select list",
    ),
    "planted_filter": (
        "select count(*) filter (where is_digital) as digital from channels",
        "Redshift does not support an aggregate with filter (where ...)",
    ),
    "planted_division": (
        "select cast(sum(channel_id) as decimal(18, 2)) / count(*) as mean from channels",
        "division is not rounded",
    ),
    "planted_integer_division": (
        "select channel_id / 2 as half from channels",
        "division is not rounded, or its operands are not cast",
    ),
    "planted_leader_only": (
        "select channel_id, now() as seen_at from channels",
        "now runs on the leader node only and cannot be used with table channels",
    ),
    "planted_narrow_cast": (
        "select cast(channel_id * 1.005 as decimal(18, 2)) as amount from channels",
        "would truncate",
    ),
    "planted_correlation": (
        "select channel_id from channels where exists (select 1 from {{ ref('currencies') }} as currencies "
        "where currencies.currency_id = channels.channel_id)",
        "not supported by the stand-in: a correlated subquery",
    ),
    "planted_distinct_on": (
        "select distinct on (is_digital) channel_id from channels order by is_digital, channel_id",
        "Redshift does not support distinct on",
    ),
    "planted_window": (
        "select sum(channel_id) over (order by channel_id) as running from channels",
        "needs an explicit rows frame on Redshift",
    ),
}
# Both engines accept these queries, with different results.
DIFFERENCES = {
    "planted_null_order": (
        "select channel_name, row_number() over (order by nullif(channel_name, 'Online') desc) as rank from channels"
    ),
    "planted_type": "select channel_id, length(channel_name) as letters from channels",
}
# The models that the project's hooks read. dbt parses the copy faster without the others.
READ_BY_HOOKS = ("run_history", "rule_fingerprints", "forgotten_persons")
QUERY = "with channels as (select * from {{{{ ref('channels') }}}})\n{query}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with models that hold mistakes."""
    copy = copied(tmp_path_factory.mktemp("planted") / "project")
    for folder in ("models/staging", "models/marts", "models/metrics", "snapshots", "analyses", "tests/singular"):
        shutil.rmtree(copy / folder)
    (copy / "models" / "exposures.yml").unlink()
    for file in (copy / "models" / "audit").iterdir():
        if file.name.partition(".")[0] not in READ_BY_HOOKS:
            file.unlink()
    models = copy / "models" / "marts" / "planted"
    models.mkdir(parents=True)
    for name, (query, _) in MISTAKES.items():
        (models / f"{name}.sql").write_text(QUERY.format(query=query))
    for name, query in DIFFERENCES.items():
        (models / f"{name}.sql").write_text(QUERY.format(query=query))
    # These models have no YAML, so contracts are off. Only the queries may fail.
    text = (copy / "dbt_project.yml").read_text()
    planted = "    marts:\n      planted:\n        +contract: {enforced: false}\n        +tags: [planted]\n"
    assert text.count("    marts:\n") == 1
    (copy / "dbt_project.yml").write_text(text.replace("    marts:\n", planted))
    return copy


@pytest.fixture(scope="module")
def on_redshift(stand_in: StandIn, project: Path, tmp_path_factory: pytest.TempPathFactory) -> RedshiftWarehouse:
    return RedshiftWarehouse.on(stand_in, tmp_path_factory.mktemp("redshift"), project=project)


SELECTED = (
    "build",
    "--exclude-resource-type",
    "test",
    "unit_test",
    "--select",
    "channels",
    "currencies",
    "tag:planted",
)


@pytest.fixture(scope="module")
def printed(on_redshift: RedshiftWarehouse) -> str:
    return on_redshift.run("dbt", *SELECTED, fails=True)


@pytest.mark.parametrize("model", MISTAKES)
def test_a_query_that_redshift_refuses_fails_and_the_message_names_the_model(printed: str, model: str) -> None:
    message = printed.partition(f"Database Error in model {model} ")[2].partition("compiled code at")[0]
    assert MISTAKES[model][1] in message, message


def test_no_other_model_fails(printed: str) -> None:
    assert f"ERROR={len(MISTAKES)} " in printed


@pytest.fixture(scope="module")
def on_duckdb(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("duckdb"), environment={"TIEOUT_PII_SALT": SALT}, project=project)
    made.database.parent.mkdir()
    made.run("dbt", *SELECTED)
    return made


@pytest.mark.parametrize("model", DIFFERENCES)
def test_a_difference_between_the_engines_is_found_and_the_message_names_the_model(
    printed: str, on_redshift: RedshiftWarehouse, on_duckdb: Warehouse, model: str
) -> None:
    found = engine_differences(on_redshift.tables(), duckdb_tables(on_duckdb))
    assert any(sentence.startswith(f"gold.{model}: ") for sentence in found), found
    # The seeds do not differ.
    assert not any("channels" in sentence for sentence in found), found
