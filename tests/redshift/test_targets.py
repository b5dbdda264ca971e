"""The target redshift_dev: each developer builds into private schemas next to those of production."""

from __future__ import annotations

from pathlib import Path

import pytest

from redshift_standin import StandIn
from tests.python.warehouse import BUILD_WITHOUT_TESTS, Warehouse
from tests.redshift.warehouse import SALT, RedshiftWarehouse
from tests.standin.connection import connect

pytestmark = pytest.mark.extended

BUILD = (*BUILD_WITHOUT_TESTS, "--select", "channels", "dim_channel")


def developer(folder: Path, name: str, stand_in: StandIn, salt: str = SALT) -> RedshiftWarehouse:
    folder.mkdir(exist_ok=True)
    environment = stand_in.environment() | {"TIEOUT_DEVELOPER": name, "TIEOUT_PII_SALT": salt}
    return RedshiftWarehouse(folder, "redshift_dev", environment, stand_in=stand_in)


@pytest.fixture(scope="module")
def ada(stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory) -> RedshiftWarehouse:
    """A developer without schemas. dbt parses the project once for all tests."""
    return developer(tmp_path_factory.mktemp("ada"), "ada", stand_in)


def schemas(warehouse: RedshiftWarehouse, pattern: str) -> set[str]:
    return {
        f"{schema}.{table}"
        for schema, table in warehouse.fetch(
            f"select table_schema, table_name from information_schema.tables where table_schema ~ '{pattern}'"
        )
    }


def test_each_developer_has_private_schemas_and_a_private_salt(stand_in: StandIn, ada: RedshiftWarehouse) -> None:
    printed = ada.run("dbt", *BUILD, fails=True)
    assert "There is no external schema dev_ada_bronze." in printed
    assert "dbt run-operation create_bronze --target redshift_dev" in printed
    ada.run("dbt", "run-operation", "create_bronze")
    ada.run("dbt", "run-operation", "create_roles")

    without_salt = developer(ada.folder, "ada", stand_in, salt="")
    assert "Set TIEOUT_PII_SALT to a long random text" in without_salt.run("dbt", *BUILD, fails=True)
    production = schemas(ada, "^prod_")
    ada.run("dbt", *BUILD)
    assert {"dev_ada_gold.dim_channel", "dev_ada_silver.channels", "dev_ada_silver.pii_salt"} <= schemas(
        ada, "^dev_ada_"
    )
    assert ada.fetch("select salt from dev_ada_silver.pii_salt") == [(SALT,)]
    assert ada.fetch("select * from dev_ada_silver.run_lock") == []
    assert schemas(ada, "^prod_") == production


def test_a_target_removes_its_own_masking_policies_only(stand_in: StandIn, ada: RedshiftWarehouse) -> None:
    """The prefix of dev_ada's policies also begins the names of those of dev_ada_2 and dev_ada_mask."""
    own = {"tieout_dev_ada_mask_date", "tieout_dev_ada_show_varchar_10"}
    others = {"tieout_dev_ada_2_mask_date", "tieout_dev_ada_mask_mask_date", "tieout_prod_mask_date"}
    with connect(stand_in) as connection:
        connection.autocommit = True
        for policy in own | others:
            connection.cursor().execute(f"create masking policy {policy} with (value date) using (value)")
    assert "0 policies detached, 2 dropped" in ada.run("dbt", "run-operation", "remove_masking")
    assert {name for (name,) in ada.fetch("select policy_name from rs.svv_masking_policy")} == others


def test_a_developer_name_that_is_not_an_identifier_is_refused(tmp_path: Path) -> None:
    environment = {"REDSHIFT_HOST": "127.0.0.1", "REDSHIFT_DATABASE": "none", "TIEOUT_DEVELOPER": "Ada Lovelace"}
    printed = Warehouse(tmp_path, "redshift_dev", environment).run("dbt", "parse", fails=True)
    assert "has the schema prefix 'dev_Ada Lovelace'." in " ".join(printed.split())
