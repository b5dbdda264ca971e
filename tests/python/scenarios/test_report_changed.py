"""`tieout report` on a warehouse that somebody has changed after its last run."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import duckdb
import pytest

from tests.python.warehouse import Warehouse, copied

pytestmark = pytest.mark.extended


@pytest.fixture(scope="module")
def changed(faulty_bank: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A copy of the bank that somebody has changed after the last run, with its report in the folder `report`."""
    copy = copied(faulty_bank, tmp_path_factory.mktemp("changed") / "copy")
    with duckdb.connect(str(copy.database)) as connection:
        connection.execute(
            "update dev_gold.daily_transaction_volume set debit_amount = debit_amount + 0.01 "
            "where date_id = 20250130 and currency_code = 'USD'"
        )
        connection.execute(
            "update dev_gold.fact_investment set investment_return = investment_return + 0.01 where investment_id = "
            "(select min(investment_id) from dev_gold.fact_investment)"
        )
        # The newest files of customers were refused, and all of merchants.
        connection.execute(
            "update dev_audit.deliveries set delivery_status = 'refused' "
            "where entity = 'customers' and arrived_on >= '2025-02-02' or entity = 'merchants'"
        )
        # All costs are known.
        connection.execute("update dev_gold.fact_sales set calculated_total_cogs = coalesce(calculated_total_cogs, 0)")
    copy.run("tieout", "report", "--folder", str(copy.folder / "report"))
    return copy


def test_an_entity_is_as_fresh_as_its_last_file_that_landed(changed: Warehouse) -> None:
    page = (changed.folder / "report" / "index.html").read_text(encoding="utf-8")
    (freshness,) = re.findall("<h2>Freshness</h2>(.*?)</table>", page, re.DOTALL)
    cells = '<td data-label="Entity">([a-z_]+)</td><td data-label="Last arrival day">([^<]+)</td>'
    found = dict(re.findall(cells, freshness))
    ((landed_on,),) = changed.query(
        "select max(arrived_on)::text from dev_audit.deliveries "
        "where entity = 'customers' and arrived_on < '2025-02-02'"
    )
    assert found["customers"] == landed_on
    assert found["merchants"] == "none"
    lines = changed.run("tieout", "status").splitlines()
    (customers,) = [line for line in lines if "banking/customers" in line]
    (merchants,) = [line for line in lines if "banking/merchants" in line]
    assert landed_on in customers
    assert "2025-" not in merchants


def test_a_date_in_a_wrong_year_is_not_the_last_day(faulty_bank: Warehouse, tmp_path: Path) -> None:
    copy = copied(faulty_bank, tmp_path / "copy")
    copy.execute(
        "update dev_gold.fact_transaction set transaction_date = '2035-01-02' where transaction_id = "
        "(select max(transaction_id) from dev_gold.fact_transaction where is_completed)"
    )
    copy.run("tieout", "report", "--folder", str(copy.folder / "report"))
    page = (copy.folder / "report" / "index.html").read_text(encoding="utf-8")
    last = copy.value(
        "select max(transaction_date)::text from dev_gold.fact_transaction where transaction_date < '2035-01-01'"
    )
    assert re.findall("<h2>The last day with transactions: ([0-9-]+)</h2>", page) == [last]
    for name in ("spend", "channels", "volume"):
        assert "2035-01-02" not in (copy.folder / "report" / f"{name}.html").read_text(encoding="utf-8")


def test_without_sales_of_unknown_cost_nothing_is_said_of_them(changed: Warehouse) -> None:
    assert "Sales without a known cost" not in (changed.folder / "report" / "commerce.html").read_text(encoding="utf-8")


def test_a_changed_cent_and_a_stale_report_are_red_on_the_first_page(changed: Warehouse) -> None:
    folder = changed.folder / "report"
    pages = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    (box,) = re.findall(r'<div class="verdict wrong" id="verdict">(.*?)</div>', pages["index.html"], re.DOTALL)
    said = unescape(re.sub(r"<[^>]+>", "", box))
    assert "daily_transaction_volume.debit_amount states" in said
    command = (
        "tieout explain --cell daily_transaction_volume transaction_date=2025-01-30 currency_code=USD debit_amount"
    )
    assert command in said
    assert "investment_return is" in said
    assert 'class="figure wrong"' in pages["volume.html"]
    assert "shows the last run" in changed.run("tieout", "report", "--check", "--folder", str(folder))
    with duckdb.connect(str(changed.database)) as connection:
        connection.execute(
            "insert into dev_audit.run_history select * replace ('later' as invocation_id, "
            "run_started_at + interval 1 hour as run_started_at) from dev_audit.run_history limit 1"
        )
    assert "Stale: the report" in changed.run("tieout", "report", "--check", "--folder", str(folder), fails=True)
    for page in folder.glob("*.html"):
        assert '<p class="stale" id="stale">Stale: the report' in page.read_text(encoding="utf-8")
