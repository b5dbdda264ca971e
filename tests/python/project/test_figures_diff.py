"""`make diff`: a planted change is reported with its rows, columns, sums and metrics, and nothing else is.

Both warehouses are copies of one that other tests build. What `make diff` builds by itself is not built here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.errors import TieoutError
from scripts.diff.__main__ import compared
from scripts.diff.builds import Side, checkout, commit_of, same
from scripts.diff.tables import Compared
from scripts.diff.written import Difference, markdown, plain
from tests.python.scenarios.conftest import built_once
from tests.python.warehouse import PROJECT, Warehouse

pytestmark = pytest.mark.extended

__all__ = ["built_once"]

TRANSACTION = "(select min(transaction_id) from dev_gold.fact_transaction where is_completed and amount_signed > 0)"
PLANTED = (
    f"update dev_gold.fact_transaction set posted_amount = posted_amount + 0.01, _loaded_at = now() "
    f"where transaction_id = {TRANSACTION}",
    "delete from dev_gold.dim_channel where channel_name = 'ATM'",
    "insert into dev_gold.dim_channel select * replace (99 as channel_id, 'Fax' as channel_name) "
    "from dev_gold.dim_channel limit 1",
    "insert into dev_audit.unconverted_amounts select 'fact_transaction', 'XXX', date '2025-01-01', 1, 2.00",
    "alter table dev_gold.dim_investment_type add column risk_class integer",
    "alter table dev_gold.dim_currency alter currency_id type varchar",
    "alter table dev_gold.dim_product drop column brand",
    "drop table dev_gold.loan_approval_rate",
    "create table dev_gold.loan_rejections as select 1 as loan_id",
)


@pytest.fixture(scope="module")
def build(
    built_once: Warehouse, manifest: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Difference]:
    """Compare the warehouse with a copy in which statements have changed something."""

    def make(*statements: str) -> Difference:
        folder = tmp_path_factory.mktemp("diff")
        before, after = (Side(PROJECT, folder / name, folder) for name in ("before", "after"))
        for side in (before, after):
            side.manifest.parent.mkdir(parents=True)
            shutil.copy(built_once.database, side.database)
            side.manifest.write_text(json.dumps(manifest), encoding="utf-8")
        with duckdb.connect(str(after.database)) as connection:
            for statement in statements:
                connection.execute(statement)
        return compared(before, after, "main (0123456789ab)", ["A note."])

    return make


def test_equal_warehouses_move_nothing(build: Callable[..., Difference]) -> None:
    difference = build("update dev_gold.fact_transaction set _loaded_at = now()")
    assert [of for of in difference.tables if of.differs] == []
    assert difference.metrics == []
    for text in (plain(difference), markdown(difference)):
        assert "No figure moves: " in text
        assert "A note." in text


@pytest.fixture(scope="module")
def moved(build: Callable[..., Difference]) -> Difference:
    return build(*PLANTED)


def table(difference: Difference, name: str) -> Compared:
    (found,) = (of for of in difference.tables if of.name == name)
    return found


def test_a_changed_cent_is_found_in_the_fact_its_view_its_sum_and_its_metrics(moved: Difference) -> None:
    fact = table(moved, "fact_transaction")
    assert (fact.key, fact.added, fact.removed, fact.changed) == (("transaction_id",), 0, 0, 1)
    assert fact.columns == {"posted_amount": 1}
    assert table(moved, "transaction_detail").columns == {"posted_amount": 1}
    ((measure, (before, after)),) = fact.sums.items()
    assert measure in {f"posted_amount {currency}" for currency in ("EUR", "JPY", "USD")}
    assert after - before == Decimal("0.01")
    (example,) = fact.examples
    assert example.key.startswith("transaction_id=T")
    assert example.after - example.before == Decimal("0.01")
    metrics = {of.name: of for of in moved.metrics if of.before is not None and of.after is not None}
    assert metrics["credit_amount"].after - metrics["credit_amount"].before == Decimal("0.01")
    assert metrics["credit_amount"].months == ("2025-01",)
    assert "transaction_count" not in metrics


def test_rows_are_compared_by_key_or_as_a_whole(moved: Difference) -> None:
    channel = table(moved, "dim_channel")
    assert (channel.added, channel.removed, channel.changed) == (1, 1, 0)
    whole = table(moved, "unconverted_amounts")
    assert (whole.key, whole.added, whole.removed) == ((), 1, 0)


def test_new_and_lost_columns_and_tables_are_named(moved: Difference) -> None:
    assert table(moved, "dim_investment_type").structure == ("risk_class is new",)
    assert table(moved, "dim_product").structure == ("brand is gone",)
    assert table(moved, "dim_currency").structure == ("currency_id was integer and is varchar",)
    assert table(moved, "dim_currency").changed == 0
    rows = table(moved, "loan_approval_rate").rows
    assert rows[0]
    assert rows[1] is None
    assert table(moved, "loan_rejections").rows == (None, 1)


def test_only_what_was_planted_is_reported(moved: Difference) -> None:
    touched = {statement.split("dev_", 1)[1].split()[0].split(".")[1] for statement in PLANTED}
    derived = {"transaction_detail"}  # a view of the facts
    assert {of.name for of in moved.tables if of.differs} <= touched | derived


def test_the_report_reads_as_text_and_as_markdown(moved: Difference) -> None:
    assert "| `fact_transaction` |" in markdown(moved)
    assert "posted_amount (1)" in plain(moved)
    assert "the table is gone" in plain(moved)
    assert "+0.01" in plain(moved)
    rows = [line for line in markdown(moved).splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_a_base_is_checked_out_and_removed_again(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "file").write_text("one", encoding="utf-8")
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for command in (("init", "--quiet", "-b", "main"), ("add", "."), (*author, "commit", "--quiet", "-m", "one")):
        subprocess.run(["git", *command], cwd=project, check=True)
    (project / "file").write_text("two", encoding="utf-8")
    with checkout(project, "main", tmp_path / "base") as base:
        assert (base / "file").read_text(encoding="utf-8") == "one"
        assert not same(base, project, "file")
        assert len(commit_of(project, "main")) == 12
    assert not (tmp_path / "base").exists()
    with pytest.raises(TieoutError, match="git knows no commit nowhere"):
        commit_of(project, "nowhere")
