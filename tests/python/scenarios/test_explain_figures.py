"""`tieout explain --cell` adds a figure of gold up again, from the rows that it is made of."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from rich.console import Console

from loaders.audit.cell import Cell, divided
from loaders.audit.cells import CELLS, NOT_ADDITIVE
from loaders.audit.descriptions import column_description, gold_tables
from loaders.audit.explain_cell import Answer, explain_cell
from loaders.audit.warehouse import Warehouse as OpenWarehouse
from loaders.errors import TieoutError
from tests.python.guards import Guard
from tests.python.reliability.checks import rolled_back
from tests.python.warehouse import Warehouse, copied

pytestmark = pytest.mark.extended

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE")
# Columns that name something: a key is a number on purpose.
NAMES = ("_id", "_key", "_sk")


@pytest.fixture(scope="module")
def faulty(faulty_bank: Warehouse) -> Iterator[OpenWarehouse]:
    """The warehouse with all kinds of faults, open for reading."""
    with contextlib.chdir(faulty_bank.folder), duckdb.connect(str(faulty_bank.database), read_only=True) as connection:
        yield OpenWarehouse("dev", "dev", "duckdb", "a file", connection)


@pytest.fixture(scope="module")
def damaged(faulty_bank: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A copy of its file. What tests change in it, they roll back."""
    return copied(faulty_bank, tmp_path_factory.mktemp("damaged"))


def explained(warehouse: OpenWarehouse, *words: str) -> tuple[str, Answer]:
    """Return what the command prints, on one line, and its answer."""
    out = Console(file=io.StringIO(), width=300)
    answer = explain_cell(warehouse, list(words), out)
    return " ".join(out.file.getvalue().split()), answer  # type: ignore[attr-defined]


def numbers_of(warehouse: OpenWarehouse) -> set[tuple[str, str]]:
    """Return all columns of gold that hold numbers and no names, as (table, column)."""
    columns = warehouse.rows(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = '{gold}'"
    )
    return {
        (column["table_name"], column["column_name"])
        for column in columns
        if column["data_type"].startswith(("DECIMAL", *NUMBERS))
        and not column["column_name"].startswith("_")
        and not column["column_name"].endswith(NAMES)
    }


def test_every_number_of_gold_is_explained_or_listed(faulty: OpenWarehouse, guard: Guard) -> None:
    """A new column cannot be forgotten: it follows from rows, or it is listed and described."""
    explained_columns = {(cell.table, measure) for cell in CELLS for measure in cell.measures}
    listed = {(table, column) for table, columns in NOT_ADDITIVE.items() for column in columns}
    numbers = numbers_of(faulty)
    assert listed <= numbers
    assert not explained_columns & listed
    assert [name for name in sorted(listed) if not column_description(*name)] == []
    folders = {table: file.parent.name for table, file in gold_tables().items()}
    for folder in ("analytics", "banking", "commerce", "core", "risk"):
        of_folder = {name for name in numbers if folders[name[0]] == folder}
        left = sorted(of_folder - explained_columns - listed)
        what = (
            f"numbers of {folder} that nobody explains, of {len(of_folder)}: "
            f"{len(of_folder & explained_columns)} add up, {len(of_folder & listed)} are listed"
        )
        guard.at_most(0, len(left), what, str(left))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.table}-{cell.rows.table}")
def test_every_figure_is_what_its_rows_make_it(faulty: OpenWarehouse, cell: Cell) -> None:
    found = faulty.rows(cell.compared(tuple(cell.measures), "true"))
    wrong = [(measure, row) for measure in cell.measures for row in found if not cell.holds(measure, row)]
    assert wrong[:1] == []
    # The comparison can fail: the smallest difference is enough.
    for measure in cell.measures:
        row = next(row for row in found if row[measure] is not None)
        assert not cell.holds(measure, {**row, measure: row[measure] + Decimal("0.000001")}), measure
    assert any(row["row_count"] for row in found)
    if cell.expected != "false":
        assert faulty.row(cell.without_cell())["missing_count"] == 0


def test_a_figure_names_its_rows_files_and_checks(faulty: OpenWarehouse) -> None:
    day = "(select min(date_id) from dev_gold.daily_transaction_volume)"
    figures = faulty.rows(
        "select date_id, currency_id, debit_amount from dev_gold.daily_transaction_volume "
        f"where date_id = {day} order by currency_id"
    )
    printed, answer = explained(faulty, "daily_transaction_volume", f"date_id={figures[0]['date_id']}", "debit_amount")
    assert answer == Answer(len(figures), ())
    assert len(figures) > 1, "several currencies on a day are several figures"
    for figure in figures:
        assert f"{figure['debit_amount']:,}" in printed
    files = faulty.rows(
        "select distinct _source_file as file from {gold}.fact_transaction "
        "where transaction_date = '2025-01-29' and posted_amount < 0"
    )
    assert [file["file"] for file in files if file["file"] not in printed] == []
    assert "Sum of the completed transactions that take money out" in printed
    assert "fact_transaction daily_transaction_volume posted_amount" in printed
    assert "more rows are not shown; --all shows them." in printed
    assert "all 3 figures are what the table has, to the last digit" in printed

    one = figures[0]
    where = (f"date_id={one['date_id']}", f"currency_id={one['currency_id']}")
    printed, answer = explained(faulty, "daily_transaction_volume", *where, "debit_amount")
    assert answer.figures == 1
    assert "the figure is what the table has" in printed


def test_a_figure_that_its_rows_do_not_make_is_red(damaged: Warehouse) -> None:
    with rolled_back(damaged) as connection:
        warehouse = OpenWarehouse("dev", "dev", "duckdb", "a file", connection)
        connection.execute(
            "update dev_gold.daily_transaction_volume set debit_amount = debit_amount + 0.01 "
            "where currency_id = 1 and transaction_date = '2025-01-30'"
        )
        printed, answer = explained(warehouse, "daily_transaction_volume", "date_id=20250130", "debit_amount")
        assert answer.wrong == ("transaction_date 2025-01-30, currency_id 1",)
        connection.execute("delete from dev_gold.fact_transaction where transaction_date = '2025-01-31'")
        later = explained(warehouse, "daily_transaction_volume", "date_id=20250131", "transaction_count")[1]
        assert len(later.wrong) == later.figures > 0
        assert "but the table has something else in 1 of 3 rows, first in transaction_date 2025-01-30" in printed
        assert " 0.01 " in printed


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("customer_spend", "spend_rank"), "does not add up from the rows of its own cell"),
        (("customer_spend", "spend_rank"), "These columns of customer_spend can be explained: transaction_count, "),
        (("customer_spend", "spend_rank"), "Dense rank of the customer's spend on the day"),
        (("dim_date", "date_id=20250101", "year"), "No column of dim_date is added up from rows."),
        (("dim_customer", "segment"), "tieout explain customers KEY shows the delivered rows that it comes from."),
        (("campaign_performance", "return_on_ad_spend"), "(attributed_net_revenue) / (spend), rounded to 6 decimals"),
        (("campaign_performance", "return_on_ad_spend"), "tieout explain --cell campaign_performance spend"),
        (("channel_effectiveness", "mean_satisfaction_score"), "Numerator Denominator"),
        (("campaign_daily_revenue", "is_attributed=true", "net_revenue"), "is the sum of its rows"),
        (("geographic_distribution", "customer_count"), "is the number of different values in its rows"),
    ],
)
def test_what_is_no_sum_gets_an_honest_answer(faulty: OpenWarehouse, words: tuple[str, ...], says: str) -> None:
    printed, answer = explained(faulty, *words)
    assert says in printed
    assert answer.wrong == ()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("daily_transaction_volum", "debit_amount"), "did you mean daily_transaction_volume or "),
        (("daily_transaction_volume", "debit"), "has no column 'debit' (did you mean debit_count or "),
        (("daily_transaction_volume", "day=1", "debit_amount"), "has no column 'day'"),
        (
            ("daily_transaction_volume", "date_id=20250199", "debit_amount"),
            "has no row in which date_id is 20250199 (did you mean 20250129",
        ),
        (
            ("daily_transaction_volume", "date_id=20250129", "transaction_date=2025-01-30", "debit_amount"),
            "no row with all of these values, though with each of them",
        ),
        (("daily_transaction_volume",), "A figure has a table, values of its columns, and a measure"),
        (("daily_transaction_volume", "debit_amount", "date_id=20250129"), "A figure has a table"),
    ],
)
def test_what_is_not_there_is_a_sentence(faulty: OpenWarehouse, words: tuple[str, ...], says: str) -> None:
    with pytest.raises(TieoutError) as error:
        explained(faulty, *words)
    assert says in str(error.value)


def test_quotients_are_rounded_half_away_from_zero() -> None:
    assert [str(divided(top, bottom, 1)) for top, bottom in ((1, 4), (-1, 4), (5, 100), (1, 0), (None, 1))] == [
        *("0.3", "-0.3", "0.1", "None", "None")
    ]
