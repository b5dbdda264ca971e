"""`tieout publish` to a folder: readers find what the warehouse has, and only what changed is written."""

from __future__ import annotations

import fcntl
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.errors import TieoutError
from loaders.publish.places import FolderPlace, open_place
from loaders.publish.publication import Result
from loaders.publish.tables import chosen_tables
from loaders.publish.writers import writer
from tests.aws.double import AwsDouble
from tests.python.published import differing, manifests
from tests.python.publishing import TABLES, KilledError, changed, publication
from tests.python.warehouse import LOAD_TIME_COLUMNS, PROJECT, Warehouse

pytestmark = pytest.mark.extended

__all__ = ["changed"]  # pytest finds the fixture here


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return time and content of every published file."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".publish.lock"
    }


def check_folder(made: Warehouse, folder: Path, names: list[str]) -> None:
    """Check that the manifests of tables lead to exactly their rows."""
    with duckdb.connect(str(made.database), read_only=True) as connection:
        for name in names:
            partitions = manifests(folder)[name]["partitions"].values()
            files = [folder / file for partition in partitions for file in partition["files"]]
            assert differing(connection, f"dev_gold.{name}", files, TABLES[name]) == [], name


def test_every_table_that_analysts_read_is_published_and_read_back(built_once: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "published"
    printed = built_once.run("tieout", "publish", str(folder))
    gold: dict[str, set[str]] = {}
    for name, column in built_once.query(
        "select table_name, column_name from duckdb_columns() where schema_name = 'dev_gold'"
    ):
        gold.setdefault(name, set()).add(column)
    del gold["dim_customer_pii"]
    assert {name: set(table.names) for name, table in TABLES.items()} == {
        name: columns - LOAD_TIME_COLUMNS - {"_fingerprint"} for name, columns in gold.items()
    }
    assert manifests(folder).keys() == TABLES.keys()
    check_folder(built_once, folder, list(TABLES))
    before = contents(folder)
    again = built_once.run("tieout", "publish", str(folder))
    assert contents(folder) == before
    partitions = sum(len(manifest["partitions"]) for manifest in manifests(folder).values())
    assert f"Partitions: {partitions:,} written to {folder}, 0 removed, 0 unchanged." in printed
    assert f"Partitions: 0 written to {folder}, 0 removed, {partitions:,} unchanged." in again


def test_a_folder_is_read_as_documented(built_once: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with publication(built_once, tmp_path / "published", monkeypatch) as made:
        made.publish(TABLES["fact_transaction"])
    page = (PROJECT / "docs" / "deploy.md").read_text(encoding="utf-8")
    (documented,) = re.findall(r"```sql\n(set variable.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        rows = connection.execute(documented).fetchall()
    assert len(rows) == built_once.value("select count(*) from dev_gold.fact_transaction")


def test_partitions_are_days_or_months() -> None:
    assert {name: TABLES[name].day for name in ("fact_transaction", "channel_effectiveness", "transaction_detail")} == {
        "fact_transaction": "transaction_date",
        "channel_effectiveness": "month_start_date",
        "transaction_detail": "transaction_date",
    }
    assert not any(TABLES[name].day for name in TABLES if name.startswith("dim_"))
    assert TABLES["investment_performance"].day is None


def test_only_changed_partitions_are_written_and_gone_ones_removed(
    built_once: Warehouse, changed: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = TABLES["fact_transaction"]
    with publication(built_once, tmp_path, monkeypatch) as made:
        made.publish(table)
    before = manifests(tmp_path)["fact_transaction"]
    with publication(changed, tmp_path, monkeypatch) as made:
        counted = made.publish(table, dry_run=True)
        assert manifests(tmp_path)["fact_transaction"] == before
        assert made.publish(table) == counted
        rows = changed.value("select count(*) from dev_gold.fact_transaction where transaction_date = '2025-01-02'")
        assert counted == Result("fact_transaction", 1, 1, len(before["partitions"]) - 2, rows)
    after = manifests(tmp_path)["fact_transaction"]
    differ = {day for day in before["partitions"] if before["partitions"][day] != after["partitions"].get(day)}
    assert differ == {"2025-01-02", "2025-01-03"}
    check_folder(changed, tmp_path, ["fact_transaction"])
    # A reader who has just read the old manifest still finds its files. The next run that writes removes them.
    old = [tmp_path / file for day in differ for file in before["partitions"][day]["files"]]
    assert all(file.exists() for file in old)
    with publication(built_once, tmp_path, monkeypatch) as made:
        made.publish(table)
    assert not any(file.exists() for file in old)
    check_folder(built_once, tmp_path, ["fact_transaction"])


def test_a_new_column_rewrites_the_table(
    built_once: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "month [*?]"  # a name is no pattern
    with publication(built_once, folder, monkeypatch) as made:
        made.publish(TABLES["dim_channel"])
        path = folder / "dim_channel" / "_manifest.json"
        path.write_text(path.read_text().replace("channel_name varchar", "channel_name text"))
        assert made.publish(TABLES["dim_channel"]).written == 1
        assert made.publish(TABLES["dim_channel"]).written == 0


def test_nothing_is_published_unless_everything_ties_out(built_warehouse: Warehouse, tmp_path: Path) -> None:
    built_warehouse.execute("update dev_audit.layer_reconciliation set difference = 1 where measure = 'rows'")
    refused = built_warehouse.run("tieout", "publish", str(tmp_path / "out"), "dim_channel", fails=True)
    assert "tieout: dev does not tie out, so nothing is published" in refused
    assert not list((tmp_path / "out").glob("*/*"))
    allowed = built_warehouse.run("tieout", "publish", str(tmp_path / "out"), "dim_channel", "--allow-findings")
    assert "Published although dev does not tie out" in allowed
    assert manifests(tmp_path / "out").keys() == {"dim_channel"}


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["fact_nothing"], "There is no table fact_nothing in gold, and only gold is published."),
        (["stg_banking__customers"], "There is no table stg_banking__customers in gold"),
        (
            ["dim_date", "dim_customer_pii"],
            r"dim_customer_pii is not published: it has personal data \(first_name, last",
        ),
    ],
)
def test_other_tables_are_refused(names: list[str], sentence: str) -> None:
    with pytest.raises(TieoutError, match=sentence):
        chosen_tables(names)


def test_unusable_destinations_are_refused(
    built_once: Warehouse, aws: AwsDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    table = TABLES["dim_channel"]
    for destination, sentence in (
        (tmp_path / "file" / "folder", "folder cannot be written: Not a directory. Correct this"),
        ("s3://no-such-bucket", "There is no such bucket at s3://no-such-bucket/dim_channel/_manifest.json"),
        ("s3://bucket/a b", "is not a usable address in S3"),
    ):
        with pytest.raises(TieoutError, match=sentence), publication(built_once, destination, monkeypatch) as made:
            made.publish(table)
    with (tmp_path / ".publish.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with (
            pytest.raises(TieoutError, match="Another `tieout publish` is writing to"),
            publication(built_once, tmp_path, monkeypatch),
        ):
            pass
    (tmp_path / "dim_channel").mkdir()
    (tmp_path / "dim_channel" / "_manifest.json").write_text("[]")
    with publication(built_once, tmp_path, monkeypatch) as made:
        with pytest.raises(TieoutError, match="is not a manifest of dim_channel"):
            made.publish(table)
        on_redshift = replace(made.warehouse, engine="redshift")
        with pytest.raises(TieoutError, match="Redshift writes to S3 only, not to"):
            writer(on_redshift, made.place)
    with open_place("s3://bucket", None, None) as place, pytest.raises(TieoutError, match="Set TIEOUT_EXPORTER_ROLE"):
        writer(on_redshift, place)


def test_files_left_by_a_killed_run_are_removed_from_a_folder(
    built_once: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> None:
        raise KilledError

    with publication(built_once, tmp_path, monkeypatch) as made, monkeypatch.context() as patched:
        (tmp_path / ".publishing-left").mkdir()
        patched.setattr(FolderPlace, "retire", killed)
        with pytest.raises(KilledError):
            made.publish(TABLES["dim_channel"])
    with publication(built_once, tmp_path, monkeypatch) as made:
        assert not list(tmp_path.glob(".publishing-*"))
        assert made.publish(TABLES["dim_channel"]).written == 1
    check_folder(built_once, tmp_path, ["dim_channel"])
