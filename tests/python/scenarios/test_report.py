"""`tieout report`: figures are those of the warehouse, each explains itself, and what is wrong is red on page one.

The pages are read, not clicked: every link, figure and request of a page stands in its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from loaders.audit.check import verdict_by_project
from loaders.audit.warehouse import Cursor
from loaders.audit.warehouse import Warehouse as Opened
from loaders.contract import read_yaml
from loaders.metrics.answers import Metrics
from loaders.report import command
from loaders.report.charts import by_day, ranked
from loaders.report.command import make_report
from loaders.report.page import Page
from loaders.report.pages import PAGES
from loaders.report.report import Report
from loaders.report.site import write_report
from tests.python.warehouse import PROJECT, Warehouse

pytestmark = pytest.mark.extended

_FIGURE = re.compile(r'<a class="figure[^"]*" href="(?P<target>[^"]+)">(?P<figure>[^<]+)</a>')
_LINK = re.compile(r'(?:href|src)="([^"]+)"')


def written(bank: Warehouse, folder: Path) -> dict[str, str]:
    bank.run("tieout", "report", "--folder", str(folder))
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


@pytest.fixture(scope="module")
def pages(faulty_bank: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of the report, by name."""
    return written(faulty_bank, tmp_path_factory.mktemp("report") / "report")


def test_every_link_leads_somewhere_on_the_disk(pages: dict[str, str]) -> None:
    anchors = {name: set(re.findall(r'id="([^"]+)"', content)) for name, content in pages.items()}
    for name, content in pages.items():
        assert "http:" not in content.replace("http://www.w3.org/", "")
        assert "https:" not in content
        for link in _LINK.findall(content):
            file, _, anchor = link.partition("#")
            if link != "data:,":
                assert (file or name) in pages, f"{name}: {link}"
                assert not anchor or anchor in anchors[file or name], f"{name}: {link}"
    assert "url(" not in pages["style.css"]
    assert "@import" not in pages["style.css"]


def test_every_figure_links_to_its_explanation_with_a_command(pages: dict[str, str]) -> None:
    explained = {
        f"{name}#{anchor}": unescape(content)
        for name, text in pages.items()
        for anchor, content in re.findall(r'<section class="explained" id="([^"]+)">(.*?)</section>', text, re.DOTALL)
    }
    figures = [of for name, page in pages.items() if "explained-" not in name for of in _FIGURE.finditer(page)]
    assert len(figures) > 1_000
    for of in figures:
        content = explained[of["target"]]
        assert "tieout explain --cell " in content or 'dbt show --limit -1 --inline "select' in content
    cells = [cell for page in pages.values() for cell in re.findall(r'<td [^>]*class="number">(.*?)</td>', page)]
    unexplained = [
        cell
        for name, page in pages.items()
        if "explained-" not in name and name != "metrics.html"
        for cell in re.findall(r'<td [^>]*class="number">(.*?)</td>', page)
        if "<a class" not in cell
    ]
    assert len(cells) > len(figures) / 2
    assert unexplained == []


def test_the_figures_of_a_page_are_those_of_the_table(pages: dict[str, str], faulty_bank: Warehouse) -> None:
    found = re.findall(r"<tr><td [^>]*><span class=\"key\">([\d-]{10})</span></td>(.*?)</tr>", pages["volume.html"])
    shown = {
        (day, re.findall(r'data-label="Currency"><span class="key">(\w+)<', cells)[0]): [
            of["figure"] for of in _FIGURE.finditer(cells)
        ]
        for day, cells in found
        if 'data-label="Credit"' in cells
    }
    expected = faulty_bank.query(
        "select transaction_date, currency_code, transaction_count, completed_count, transaction_amount, debit_amount, "
        "credit_amount, credit_amount - debit_amount from dev_gold.daily_transaction_volume"
    )
    assert len({currency for _, currency, *_ in expected}) == 3
    assert shown == {
        (str(day), currency): [f"{figure:,}" for figure in figures] for day, currency, *figures in expected
    }


def test_the_commands_that_list_rows_are_queries_that_run(pages: dict[str, str], faulty_bank: Warehouse) -> None:
    """One of each kind, which differ in their values only."""
    text = unescape(" ".join(page for name, page in pages.items() if name.startswith("explained-")))
    queries = {
        re.sub(r"'[^']*'|\b\d+\b", "", query): query
        for query in re.findall(r'dbt show --limit -1 --inline "([^"]+)"', text)
    }
    assert any("fiscal_year_quarter" in query for query in queries)
    schemas = dict(faulty_bank.query("select table_name, table_schema from information_schema.tables"))
    with duckdb.connect(str(faulty_bank.database), read_only=True) as connection:
        for query in queries.values():
            named = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", lambda found: f"{schemas[found[1]]}.{found[1]}", query)
            assert connection.execute(named).fetchone() is not None, query


def test_charts_have_marks_or_say_that_there_is_no_data(pages: dict[str, str]) -> None:
    charts = [chart for page in pages.values() for chart in re.findall(r"<figure>(.*?)</figure>", page, re.DOTALL)]
    assert len(charts) >= 15
    assert all(re.search(r'class="mark-(rect|line) role-mark', chart) for chart in charts)
    assert "there is no data for this chart" in by_day("Nothing by day", [])
    assert "there is no data for this chart" in ranked("Nothing by name", [("a", None)])


def test_no_personal_data_is_shown(pages: dict[str, str], faulty_bank: Warehouse) -> None:
    people = faulty_bank.query(
        "select email, phone, address, first_name || ' ' || last_name from dev_gold.dim_customer_pii "
        "order by customer_id limit 150"
    )
    values = {str(value) for person in people for value in person if value and len(str(value)) > 6}
    assert len(values) > 300
    everything = unescape("\n".join(pages.values()))
    assert "@" not in everything.replace("@media", "")
    assert [value for value in values if value in everything] == []


class Recorded:
    """A cursor that remembers its statements."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.statements: list[str] = []

    @property
    def description(self) -> Any:
        return self.cursor.description

    def execute(self, operation: str) -> Any:
        self.statements.append(operation)
        return self.cursor.execute(operation)

    def fetchall(self) -> Any:
        return self.cursor.fetchall()


def test_the_same_warehouse_gives_the_same_bytes_and_nothing_else_is_read_than_analysts_may_read(
    pages: dict[str, str], faulty_bank: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(faulty_bank.database), read_only=True) as connection:
        cursor = Recorded(connection.cursor())
        read_by_page = recorded_pages(cursor, monkeypatch)
        report = make_report(Opened("dev", "dev", "duckdb", "here", cursor))
        write_report(report, tmp_path / "again")
    assert {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "again").iterdir()} == pages
    assert len(cursor.statements) > 50
    read = set(re.findall(r"\bdev_(\w+)\.(\w+)", " ".join(cursor.statements)))
    assert {schema for schema, _ in read} == {"gold", "audit"}
    assert ("gold", "dim_customer_pii") not in read
    # A page names the tables that it reads, and those whose figures it explains.
    explained = {
        page.name: set(re.findall(r"tieout explain --cell (\w+)", " ".join(page.explained))) for page in report.pages
    }
    assert {page.name: set(page.tables) for page in report.pages} == {
        name: tables | explained[name] for name, tables in read_by_page.items()
    }


def recorded_pages(cursor: Recorded, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Return what gets the tables that each page reads; those of the verdict belong to the first page."""
    read: dict[str, set[str]] = {}
    asked: list[str] = []
    answered = Metrics._rows

    def rows(metrics: Metrics, sql: str) -> list[dict[str, Any]]:
        asked.append(sql)  # also if the answer is known from another page
        return answered(metrics, sql)

    def verdict(*arguments: Any, **options: Any) -> Any:
        found = verdict_by_project(*arguments, **options)
        read["index"] = tables_of(cursor.statements)
        return found

    def recorded(make: Callable[[Report], Page]) -> Callable[[Report], Page]:
        def page(report: Report) -> Page:
            asked.clear()
            before = len(cursor.statements)
            made = make(report)
            read.setdefault(made.name, set()).update(tables_of([*asked, *cursor.statements[before:]]))
            return made

        return page

    monkeypatch.setattr(Metrics, "_rows", rows)
    monkeypatch.setattr(command, "verdict_by_project", verdict)
    monkeypatch.setattr(command, "PAGES", tuple(recorded(make) for make in PAGES))
    return read


def tables_of(statements: list[str]) -> set[str]:
    return set(re.findall(r"(?:\{(?:gold|audit)\}|\bdev_(?:gold|audit))\.(\w+)", " ".join(statements)))


def test_the_ways_of_the_questions_lead_to_sections_of_the_report(pages: dict[str, str]) -> None:
    sections = {
        unescape(re.findall("<h1>(.*?)</h1>", page)[0]): [
            unescape(of) for of in re.findall("<h2[^>]*>(.*?)</h2>", page)
        ]
        for name, page in pages.items()
        if name.endswith(".html") and "explained-" not in name
    }
    questions = (PROJECT / "docs" / "questions.md").read_text(encoding="utf-8")
    ways = [way.split(" → ") for way in re.findall(r"Report → ([^.,:|]+?)(?=[.,:]| \||, and)", questions)]
    assert len(ways) >= 5
    for title, *rest in ways:
        if title != "any page":
            assert title in sections
            assert all(of in sections[title] for of in rest), (title, rest)


def test_every_page_is_an_exposure_of_the_tables_that_it_names(pages: dict[str, str]) -> None:
    exposures = read_yaml(PROJECT / "models" / "exposures.yml")["exposures"]
    declared = {
        f"{of['url'].removeprefix('../report/')}": (
            of["label"],
            of["description"],
            [str(parent).removeprefix("ref('").removesuffix("')") for parent in of["depends_on"]],
        )
        for of in exposures
    }
    shown = {
        name: (
            unescape(re.findall("<h1>(.*?)</h1>", page)[0]),
            unescape(re.findall('<p class="question">(.*?)</p>', page)[0]),
            re.findall('<p class="tables">Tables: (.*?)</p>', page)[0].split(", "),
        )
        for name, page in pages.items()
        if name.endswith(".html") and "explained-" not in name
    }
    assert declared == shown


def test_sales_without_a_known_cost_are_shown(pages: dict[str, str], faulty_bank: Warehouse) -> None:
    months = faulty_bank.query(
        "select uncosted_count, uncosted_net_revenue from dev_gold.monthly_income_statement where uncosted_count > 0"
    )
    assert months, "the bank has no sales without a cost"
    (section,) = re.findall("<h2>Sales without a known cost</h2>(.*?)</table>", pages["commerce.html"], re.DOTALL)
    figures = _FIGURE.findall(section)
    for count, revenue in months:
        assert [f"{count:,}", f"{revenue:,}"] in [
            [figure for _, figure in figures[at : at + 2]] for at in range(len(figures) - 1)
        ]
    assert "contribution is too high by their cost" in section
