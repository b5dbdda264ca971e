"""The site, as a browser shows it: no request leaves it, nothing is wider than a phone, figures are the warehouse's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Error, Page, Request, ViewportSize, sync_playwright

from loaders.audit.warehouse import Warehouse as Opened
from loaders.report.command import check_report, make_report
from loaders.report.run import Run, last_run
from loaders.report.site import write_site
from scripts.website.__main__ import main as write_other_parts
from tests.python.project.conftest import Manifest
from tests.python.scenarios.conftest import new_in
from tests.python.warehouse import PROJECT, Warehouse

pytestmark = pytest.mark.extended

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PHONE: ViewportSize = {"width": 360, "height": 780}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
# Applications of other tools: they hold their pages in programs, and their markup is not ours.
APPLICATIONS = {"docs/index.html", "lineage/graph.html"}
# One page of each kind. The checker takes seconds for long ones.
CHECKED = (
    "index.html",
    "report/index.html",
    "report/explained-investments.html",
    "documents/docs/site.html",
    "documents/docs/diagram.html",
    "lineage/index.html",
    "lineage/fact_loan_payment.html",
)


@dataclass
class Site:
    """The site of a warehouse."""

    folder: Path
    warehouse: Warehouse
    run: Run

    def pages(self) -> list[str]:
        """Return the paths of its pages."""
        return sorted(str(page.relative_to(self.folder)) for page in self.folder.rglob("*.html"))

    def text(self, page: str) -> str:
        """Return the HTML of a page."""
        return (self.folder / page).read_text(encoding="utf-8")


@dataclass
class Browser:
    """A page of a browser that opens the site from the disk, and what it has complained about."""

    site: Site
    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._requested)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self.site.folder.as_uri(), "data:")):
            self.complaints.append(f"requests {request.url}")

    def open(self, path: str, *, scheme: str = "light") -> Page:
        """Open a page of the site."""
        self.complaints.clear()
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        self.page.goto(f"{self.site.folder.as_uri()}/{path}")
        return self.page


@pytest.fixture(scope="module")
def site(
    faulty_bank: Warehouse, manifests: dict[str, Manifest], parsed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Site:
    """The site of a warehouse that does not tie out. Its SQL has been compiled for the tests of the contracts."""
    made = new_in(tmp_path_factory.mktemp("site"), parsed)
    shutil.copy(faulty_bank.database, made.database)
    made.run("dbt", "docs", "generate", "--no-compile")
    target, folder = made.folder / "target", made.folder / "target" / "site"
    (target / "manifest.json").write_text(json.dumps(manifests["later"]), encoding="utf-8")
    write_other_parts(target, folder)
    with duckdb.connect(str(made.database), read_only=True) as connection:
        opened = Opened("dev", "dev", "duckdb", "here", connection.cursor())
        write_site(make_report(opened), folder)
        return Site(folder, made, last_run(opened))


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[Browser]:
    """A browser with the width of a phone."""
    found = subprocess.run(
        [PROJECT / "scripts" / "install_chromium.sh", "--find"], capture_output=True, text=True, check=False
    )
    if not found.stdout:
        # In CI nobody reads what was skipped.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(found.stderr)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found.stdout.strip(), args=ARGUMENTS)
        page = started.new_context(viewport=PHONE, offline=True).new_page()
        yield Browser(site, page)
        started.close()


def test_every_link_leads_somewhere_in_the_site(site: Site) -> None:
    texts = {page: site.text(page) for page in site.pages() if page not in APPLICATIONS}
    anchors = {page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in texts.items()}
    seen = 0
    for page, text in texts.items():
        for link in re.findall(r'<(?:a|link)\b[^>]* href="([^"]+)"', text):
            path, _, anchor = unescape(link).partition("#")
            if path.startswith(("http", "data:", "mailto:")):
                continue
            target = os.path.normpath(Path(page).parent / path.partition("?")[0]) if path else page
            assert (site.folder / target).is_file(), f"{page}: {link}"
            assert not anchor or target in APPLICATIONS or anchor in anchors[target], f"{page}: {link}"
            seen += 1
    assert seen > 10_000


def test_all_pages_open_without_complaint_without_network_and_fit_on_desktop_and_phone(browser: Browser) -> None:
    opened = 0
    for path in browser.site.pages():
        if (
            path.startswith(("documents/docs/decisions/0", "lineage/")) and path not in CHECKED
        ) or path in APPLICATIONS:
            continue  # Each is like others that are opened.
        page = browser.open(path)
        # A table is a list on a phone, so it can be too wide for a desktop only.
        for size in (DESKTOP, PHONE):
            page.set_viewport_size(size)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        assert browser.complaints == [], path
        opened += 1
    assert opened > 50


def test_the_browser_notices_requests_errors_and_bad_contrast(browser: Browser) -> None:
    planted = """<!doctype html><title>x</title><main style="width: 400px; color: #eee">hard to read</main>
        <img src="https://example.org/x.png" alt="x"><script>console.error("wrong"); undefined_function();</script>"""
    (browser.site.folder / "planted.html").write_text(planted, encoding="utf-8")
    page = browser.open("planted.html")
    assert page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]
    found = {of["id"] for of in Axe().run(page, options={"preload": False}).response["violations"]}
    (browser.site.folder / "planted.html").unlink()
    assert {"color-contrast", "html-has-lang", "page-has-heading-one"} <= found
    heard = " ".join(browser.complaints)
    assert "requests https://example.org/x.png" in heard
    assert "wrong" in heard
    assert "undefined_function is not defined" in heard


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_accessibility_checker_finds_nothing(browser: Browser, scheme: str) -> None:
    axe = Axe()
    rules = {} if scheme == "light" else {"runOnly": ["color-contrast"]}
    for path in CHECKED if scheme == "light" else CHECKED[:2]:
        page = browser.open(path, scheme=scheme)
        # The checker would load stylesheets again, which pages on a disk may not.
        found = axe.run(page, options={"resultTypes": ["violations"], "preload": False, **rules}).response
        broken = [(of["id"], of["nodes"][0]["html"]) for of in found["violations"]]
        assert broken == [], path


def test_the_entry_page_shows_the_verdict_and_leads_to_every_part(browser: Browser) -> None:
    page = browser.open("index.html")
    verdict = page.locator("#verdict")
    assert verdict.locator("h2").inner_text() == "It does not tie out"
    assert "rgb(179, 38, 30)" in verdict.evaluate("box => getComputedStyle(box).borderLeftColor")
    assert page.locator("main").inner_text().index("It does not tie out") < 120
    assert page.locator(".cards a").all_inner_texts() == [
        *("Report", "Dictionary", "Diagram", "Lineage", "dbt docs", "Questions", "Runbook", "Documents"),
    ]
    page.locator(".cards a", has_text="Questions").click()
    page.get_by_role("link", name="Recipes").click()
    assert page.locator("h1").inner_text() == "Recipes"


def test_figures_are_those_of_the_warehouse_and_lead_to_the_lineage_of_their_columns(browser: Browser) -> None:
    page = browser.open("report/volume.html")
    shown = page.locator("tr", has=page.locator("td[data-label=Credit]")).evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.innerText))"
    )
    expected = browser.site.warehouse.query(
        "select transaction_date, currency_code, transaction_count, completed_count, transaction_amount, debit_amount, "
        "credit_amount, credit_amount - debit_amount from dev_gold.daily_transaction_volume"
    )
    assert sorted(row for row in shown if row[0][:2] == "20") == sorted(
        [str(day), currency, *(f"{figure:,}" for figure in figures)] for day, currency, *figures in expected
    )
    page.locator("tr", has_text="2025-01-30").locator("td[data-label=Debit] a").first.click()
    page.locator("section:target a", has_text="Debit").first.click()
    assert page.url.endswith("report/metrics.html#debit_amount")
    page.locator("section:target a", has_text="fact_transaction.").first.click()
    row = page.locator("tr:target")
    assert row.locator("td").first.inner_text() in page.url
    assert "banking.transactions.amount" in row.locator("td").nth(2).inner_text().replace("\n", "")
    assert browser.complaints == []


def test_charts_have_marks(browser: Browser) -> None:
    marks = 0
    for path in [path for path in browser.site.pages() if path.startswith("report/") and "explained-" not in path]:
        sizes = browser.open(path).evaluate(
            """() => [...document.querySelectorAll('figure svg')].map(chart =>
                Math.max(0, ...[...chart.querySelectorAll('[class*=role-mark] path')].map(mark => {
                    const box = mark.getBoundingClientRect();
                    return Math.max(box.width, box.height);
                })))"""
        )
        assert all(size > 1 for size in sizes), path
        marks += len(sizes)
    assert marks >= 15


def test_search_in_the_docs_finds_a_column(browser: Browser) -> None:
    page = browser.open("docs/index.html#!/overview")
    page.locator("model-tree use[href='#icn-dir']").first.wait_for(state="attached")
    page.get_by_placeholder("Search for models").fill("posted_amount_reporting")
    found = page.locator(".result", has_text="columns: posted_amount_reporting")
    found.filter(has=page.locator("h4", has_text="fact_transaction")).click()
    page.locator("td", has_text="posted_amount_reporting").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert browser.complaints == []


def test_the_graph_opens_on_a_column(browser: Browser) -> None:
    page = browser.open("lineage/graph.html?model=model.tieout.fact_transaction&column=posted_amount&focus=1")
    page.locator(".react-flow__node", has_text="posted_amount").first.wait_for()
    assert page.locator(".react-flow__node").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert browser.complaints == []
    with pytest.raises(Error):
        page.evaluate("fetch('https://example.org')")


def test_snapshots_are_in_the_lineage(site: Site) -> None:
    for name in ("banking__customers", "banking__accounts", "banking__loans", "banking__merchants"):
        (row,) = re.findall(r'<tr id="updated_at">(.*?)</tr>', site.text(f"lineage/snap_{name}.html"))
        assert f"{name.replace('__', '.')}.<wbr>updated_at" in row
        assert "_history.<wbr>" in row


def test_a_stale_report_is_marked_on_the_entry_page(site: Site, tmp_path: Path) -> None:
    copy = tmp_path / "site"
    shutil.copytree(site.folder / "report", copy / "report")
    shutil.copy(site.folder / "index.html", copy)
    later = Run("later", site.run.started_at.replace(year=2100), "build", "duckdb", "dev")
    assert check_report(site.run, copy / "report") == ""
    assert 'id="stale"' not in (copy / "index.html").read_text(encoding="utf-8")
    assert "2100" in check_report(later, copy / "report")
    assert '<p class="stale" id="stale">Stale: the report' in (copy / "index.html").read_text(encoding="utf-8")
