"""Access on Redshift: grants by role, masking policies from the tags of the contract, the salt, and the first run."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.aws.session import S3Root
from loaders.contract import load_contract
from loaders.publish.tables import chosen_tables
from redshift_standin import StandIn
from tests.aws.double import AwsDouble
from tests.aws.unloads import unloads_to
from tests.python.hard_deliveries import HARD_DELIVERIES
from tests.python.published import download, in_catalog
from tests.python.warehouse import BUILD_WITHOUT_TESTS, Warehouse
from tests.redshift.warehouse import EXPORTER, SALT, RedshiftWarehouse, published_differs

pytestmark = pytest.mark.extended


@pytest.fixture(scope="module")
def bank(prod: RedshiftWarehouse, tmp_path_factory: pytest.TempPathFactory) -> RedshiftWarehouse:
    """The warehouse of test_parity.py, or a small one if that file did not run before."""
    if not tables(prod, "prod_gold"):
        landed = Warehouse(tmp_path_factory.mktemp("landed"))
        for delivery in HARD_DELIVERIES[:3]:
            landed.deliver(*delivery)
        landed.land()
        prod.show_bronze(landed.folder / "data" / "bronze")
        prod.run("dbt", *BUILD_WITHOUT_TESTS)
    return prod


def readers(bank: RedshiftWarehouse) -> dict[str, set[str]]:
    """Return the roles that may select from each table."""
    found: dict[str, set[str]] = {}
    for schema, table, reader in bank.fetch(
        "select namespace_name, relation_name, identity_name from rs.svv_relation_privileges "
        "where privilege_type = 'select' and identity_name <> 'dbt' and namespace_name <> 'public'"
    ):
        found.setdefault(f"{schema}.{table}", set()).add(reader)
    return found


def tables(bank: RedshiftWarehouse, schema: str) -> set[str]:
    found = bank.fetch(f"select table_name from information_schema.tables where table_schema = '{schema}'")
    return {f"{schema}.{row[0]}" for row in found}


def test_roles_read_their_layers_and_nothing_else(bank: RedshiftWarehouse) -> None:
    granted = {table: roles for table, roles in readers(bank).items() if not table.startswith("prod_bronze.")}
    everybody = {"analyst", "engineer", "pii_reader"}
    gold_and_audit = tables(bank, "prod_gold") | tables(bank, "prod_audit")
    assert {table for table, roles in granted.items() if roles == everybody} == gold_and_audit - {
        "prod_gold.dim_customer_pii"
    }
    assert granted["prod_gold.dim_customer_pii"] == {"pii_reader"}
    dbt_only = {"prod_silver.masked_columns", "prod_silver.pii_salt", "prod_silver.run_lock"}
    silver = tables(bank, "prod_silver")
    assert dbt_only < silver
    assert {table for table, roles in granted.items() if roles == everybody - {"analyst"}} == silver - dbt_only
    assert not dbt_only & granted.keys()


def test_roles_may_use_the_schemas_that_they_read(bank: RedshiftWarehouse) -> None:
    used = bank.fetch(
        """
        select n.nspname, pg_get_userbyid(g.grantee)
        from pg_namespace n cross join lateral aclexplode(n.nspacl) g
        where g.privilege_type = 'USAGE' and n.nspname like 'prod%' and pg_get_userbyid(g.grantee) like 'role:%'
        """
    )
    roles: dict[str, set[str]] = {}
    for schema, role in used:
        roles.setdefault(schema, set()).add(role.removeprefix("role:"))
    assert roles == {
        "prod_silver": {"engineer", "pii_reader"},
        "prod_gold": {"analyst", "engineer", "pii_reader"},
        "prod_audit": {"analyst", "engineer", "pii_reader"},
    }


def attached(bank: RedshiftWarehouse) -> set[tuple[str, str, str, str]]:
    """Return table, column, policy and role of every attached masking policy."""
    return {
        (table, re.sub(r'^.*?"(?:colname":")?(\w+)".*$', r"\1", columns), policy, role)
        for table, columns, policy, role in bank.fetch(
            "select table_name, output_columns, policy_name, grantee from rs.svv_attached_masking_policy"
        )
    }


def tagged_columns(bank: RedshiftWarehouse) -> set[tuple[str, str]]:
    """Return the columns of silver that hold personal data, from the tags of the contract and the names of tables."""
    tags = {
        f"{entity.domain}__{entity.name}": {column.name for column in entity.columns if column.pii}
        for entity in load_contract().entities.values()
    }
    found = set()
    for table, column in bank.fetch(
        "select table_name, column_name from information_schema.columns where table_schema = 'prod_silver'"
    ):
        kind, _, entity = table.partition("_")
        if entity.endswith("_versions"):
            entity = f"{entity.removesuffix('_versions')}s"
        tagged = tags.get(entity, set())
        if column in tagged or (kind == "base" and tagged and column == "_raw_record"):
            found.add((table, column))
    return found


def test_masking_follows_the_tags_and_can_be_repeated_and_removed(bank: RedshiftWarehouse) -> None:
    assert attached(bank) == set()
    printed = bank.run("dbt", "run-operation", "apply_masking")
    masked = attached(bank)
    assert {(table, column) for table, column, _, _ in masked} == tagged_columns(bank)
    assert {("base_banking__customers", "_raw_record"), ("snap_banking__customers", "email")} <= tagged_columns(bank)
    assert f"{len(masked)} policies attached" in printed
    for table, column in tagged_columns(bank):
        policies = {role: policy for t, c, policy, role in masked if (t, c) == (table, column)}
        assert policies.keys() == {"engineer", "pii_reader"}
        assert policies["engineer"].startswith("tieout_prod_mask_")
        assert policies["pii_reader"].startswith("tieout_prod_show_")
    assert ("stg_banking__customers", "date_of_birth", "tieout_prod_mask_date", "engineer") in masked
    assert ("stg_banking__customers", "email", "tieout_prod_mask_varchar_1024", "engineer") in masked

    # The end of a run compares what is attached with what ought to be.
    with bank.stand_in.superuser() as connection, connection.cursor() as cursor:
        cursor.execute(
            "delete from rs.attachments "
            "where column_name = 'email' and relation = 'prod_silver.stg_banking__customers'::regclass"
        )
    printed = bank.run("dbt", "run", "--select", "base_banking__accounts", fails=True)
    assert f"2 of {len(masked)} policies are not attached: stg_banking__customers.email for engineer" in printed
    assert "dbt run-operation apply_masking --target prod" in printed
    assert bank.fetch("select * from prod_silver.run_lock") == []
    assert " 2 policies attached" in bank.run("dbt", "run-operation", "apply_masking")
    assert attached(bank) == masked

    # A rebuilt table gets its policies back, and other tables keep theirs. Engineers may read it last.
    bank.run("dbt", "run", "--full-refresh", "--select", "base_banking__customers")
    assert attached(bank) == masked
    assert readers(bank)["prod_silver.base_banking__customers"] == {"engineer", "pii_reader"}
    bank.stand_in.history.write()
    steps = [
        " ".join(step.split()[:2])
        for (text,) in bank.fetch("select query_text from rs.statements order by query_id")
        if "base_banking__customers" in text
        for step in re.findall("(?m)^ *(?:attach masking|(?:grant|revoke) select .* role engineer)", text)
    ]
    count = sum(table == "base_banking__customers" for table, *_ in masked)
    assert steps[-count - 2 :] == ["revoke select", *["attach masking"] * count, "grant select"]

    # A user who does not see the policies is refused before anything is rebuilt.
    bank.stand_in.set_superuser(False)
    try:
        for command in (
            ("run", "--full-refresh", "--select", "stg_banking__customers"),
            ("run-operation", "remove_masking"),
        ):
            printed = bank.run("dbt", *command, fails=True)
            assert "user dbt does not see its policies, so rebuilt tables would stay in clear" in printed
            assert "grant role sys:secadmin to dbt" in printed
    finally:
        bank.stand_in.set_superuser(True)
    assert attached(bank) == masked

    printed = bank.run("dbt", "run-operation", "remove_masking")
    assert f"{len(masked)} policies detached" in printed
    assert attached(bank) == set()
    assert bank.fetch("select * from rs.svv_masking_policy") == []
    bank.run("dbt", "run", "--full-refresh", "--select", "base_banking__customers")
    assert attached(bank) == set()
    assert "0 policies detached, 0 dropped" in bank.run("dbt", "run-operation", "remove_masking")


def test_masking_hides_texts_and_days(bank: RedshiftWarehouse) -> None:
    bank.run("dbt", "run-operation", "apply_masking")
    expressions = dict(bank.fetch("select policy_name, policy_expression from rs.svv_masking_policy"))
    try:
        for policy, value, seen in (
            ("tieout_prod_mask_varchar_1024", "cast('ann@example.com' as varchar(1024))", "***"),
            ("tieout_prod_mask_varchar_1024", "cast(null as varchar(1024))", None),
            ("tieout_prod_mask_date", "cast('1980-02-29' as date)", "1980-01-01"),
            ("tieout_prod_show_varchar_1024", "cast('ann@example.com' as varchar(1024))", "ann@example.com"),
        ):
            shown = bank.fetch(f"select cast({expressions[policy]} as text) from (select {value} as value) as one")
            assert shown == [(seen,)], policy
    finally:
        bank.run("dbt", "run-operation", "remove_masking")


def test_prod_requires_a_salt_and_keeps_it(bank: RedshiftWarehouse) -> None:
    before = bank.fetch("select customer_id, email from prod_gold.dim_customer order by 1")
    assert any(email for _, email in before)

    def with_salt(salt: str) -> RedshiftWarehouse:
        environment = {**bank.environment, "TIEOUT_PII_SALT": salt}
        return RedshiftWarehouse(bank.folder, bank.target, environment, stand_in=bank.stand_in)

    build = ("dbt", "run", "--select", "dim_customer_history", "dim_customer")
    assert "Set TIEOUT_PII_SALT to a long random text" in with_salt("").run(*build, fails=True)
    assert "TIEOUT_PII_SALT is not the salt" in with_salt("another").run(*build, fails=True)
    assert bank.fetch("select salt from prod_silver.pii_salt") == [(SALT,)]
    bank.run(*build)
    assert bank.fetch("select customer_id, email from prod_gold.dim_customer order by 1") == before

    with_salt("another").run(*build, "--full-refresh")
    assert bank.fetch("select customer_id, email from prod_gold.dim_customer order by 1") != before
    bank.run(*build, "--full-refresh")
    assert bank.fetch("select customer_id, email from prod_gold.dim_customer order by 1") == before


def test_dbt_writes_the_salt_to_no_file(bank: RedshiftWarehouse) -> None:
    for folder in ("target", "logs"):
        files = [file for file in (bank.folder / folder).rglob("*") if file.is_file()]
        assert files
        # dbt stores environment variables in its parse cache, which is not published.
        leaks = [file.name for file in files if SALT.encode() in file.read_bytes() and file.suffix != ".msgpack"]
        assert leaks == []


@pytest.fixture
def first_day(tmp_path: Path, parsed_prod: Path) -> Iterator[RedshiftWarehouse]:
    """A new cluster, before its first run."""
    with StandIn() as stand_in:
        environment = stand_in.environment() | {"TIEOUT_PII_SALT": SALT}
        made = RedshiftWarehouse(tmp_path, "prod", environment, stand_in=stand_in)
        made.reuse_parsed(parsed_prod)
        yield made


def test_the_first_run_says_what_to_create_first(first_day: RedshiftWarehouse) -> None:
    printed = first_day.run("dbt", *BUILD_WITHOUT_TESTS, "--select", "+dim_date", fails=True)
    assert "There is no external schema prod_bronze. Create it once: dbt run-operation create_bronze" in printed
    first_day.run("dbt", "run-operation", "create_bronze")
    first_day.run("dbt", "run-operation", "create_bronze")
    printed = first_day.run("dbt", *BUILD_WITHOUT_TESTS, "--select", "+dim_date", fails=True)
    assert "There is no role analyst, engineer, pii_reader in svv_roles, or this user does not see it." in printed
    assert "create the roles once: dbt run-operation create_roles --target prod" in printed
    assert '"role:analyst" does not exist' in printed
    assert first_day.fetch("select 1 from pg_tables where tablename = 'run_lock'") == []
    assert "Role analyst created." in first_day.run("dbt", "run-operation", "create_roles")
    assert "Role analyst already exists." in first_day.run("dbt", "run-operation", "create_roles")
    # A regular user may not see the roles that exist. The grant to them shows that they do.
    first_day.stand_in.set_superuser(False)
    printed = first_day.run("dbt", *BUILD_WITHOUT_TESTS, "--select", "+dim_date")
    assert "or this user does not see it" in printed


def test_parsing_for_redshift_needs_no_server(parsed_prod: Path) -> None:
    assert parsed_prod.is_file()


def test_published_tables_are_unloaded_and_read_back(
    bank: RedshiftWarehouse, aws: AwsDouble, s3_root: S3Root, tmp_path: Path
) -> None:
    """Days and whole tables, with fingerprints and without: the table with the fewest days of each kind."""
    there = {name.removeprefix("prod_gold.") for name in tables(bank, "prod_gold")}
    days = {
        table: bank.fetch(f"select count(distinct {table.day or 1}) from prod_gold.{table.name}")[0][0]
        for table in chosen_tables(())
        if table.name in there
    }
    kinds = {
        (table.day is None, table.has_fingerprint): table
        for table in sorted(days, key=lambda table: -days[table])
        if days[table]
    }
    assert len(kinds) > 2
    chosen, bucket = list(kinds.values()), s3_root.bucket
    names = [table.name for table in chosen]
    roles: list[str | None] = []
    bank.stand_in.write_unloads(unloads_to(bank.stand_in, aws, roles))
    publisher = dataclasses.replace(bank, environment={**bank.environment, "TIEOUT_EXPORTER_ROLE": EXPORTER})
    publish = ("tieout", "publish", str(s3_root), *names, "--allow-findings", "--database", bucket)
    publisher.run(*publish)
    assert roles
    assert set(roles) == {EXPORTER}
    download(aws, bucket, tmp_path)
    files = in_catalog(aws, bucket, bucket, tmp_path)
    assert files.keys() == set(names)
    assert not [table.name for table in chosen if published_differs(bank, table, files[table.name])]
    assert "Partitions: 0 written" in publisher.run(*publish)
