"""`tieout report`: the pages for analysts and controllers."""

from __future__ import annotations

import json
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from loaders.audit.check import verdict_by_project
from loaders.audit.warehouse import TargetOption, Warehouse, open_warehouse
from loaders.errors import TieoutError
from loaders.metrics.answers import Metrics
from loaders.metrics.definitions import load_definitions
from loaders.metrics.ties import compare
from loaders.report.entry import ENTRY, REPORT
from loaders.report.markup import text
from loaders.report.pages import PAGES
from loaders.report.report import Report
from loaders.report.run import Run, last_run
from loaders.report.site import FIRST_PAGE, RECORD, STALE_HERE, write_report, write_site
from loaders.variables import dbt_variables

SITE = Path("target") / "site"


def command(
    target: TargetOption = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            help="Where the pages are written, or are, if they are no part of the site.  [default: target/site/report]",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write no report: say whether it shows the last run, and mark it as stale if it does not."
        ),
    ] = False,
) -> None:
    """Write the report: static pages in which every figure links to its explanation.

    Without --folder, it also writes the entry page of the site, `target/site/index.html`, which begins with the
    verdict. Reads gold and audit only, compares the figures with the tables that state them too, and shows the verdict
    of the last build. With --check, exits with 1 if the warehouse has had a later run.
    """
    with open_warehouse(target) as warehouse:
        if check:
            shown = folder or SITE / REPORT
            stale = check_report(last_run(warehouse), shown)
            typer.echo(stale or f"{shown / FIRST_PAGE} shows the last run.", err=bool(stale))
            if stale:
                raise typer.Exit(1)
            return
        report = make_report(warehouse)
        count = write_report(report, folder) if folder else write_site(report, SITE)
    wrong = sum(compared.different_rows for compared in report.compared)
    typer.echo(f"Wrote {count:,} files. Open {folder / FIRST_PAGE if folder else SITE / ENTRY}.")
    if wrong or not report.verdict.ties_out:
        typer.echo("It does not tie out: the first page says why.", err=True)


def make_report(warehouse: Warehouse) -> Report:
    """Ask the warehouse for everything that the report shows.

    Raises:
        TieoutError: a table cannot be read, or a definition is wrong.
    """
    run = last_run(warehouse)
    # Not the age at present, so that the same warehouse always gives the same pages.
    verdict = verdict_by_project(warehouse, only_loaded=True, now=run.started_at.replace(tzinfo=UTC))
    metrics = Metrics(warehouse, load_definitions())
    currency = warehouse.row("select currency_code from {gold}.dim_currency where is_reporting_currency")
    compared = tuple(compare(metrics))
    report = Report(warehouse, metrics, run, verdict, compared, currency["currency_code"], _known_until(warehouse))
    for make in PAGES:
        report.pages.append(make(report))
    return report


def _known_until(warehouse: Warehouse) -> dict[str, date]:
    """Return, by entity, the last arrival day, plus the days by which clocks and time zones may differ."""
    tolerance = timedelta(days=int(dbt_variables()["update_time_tolerance_days"]))
    arrivals = warehouse.rows(
        "select entity, max(arrived_on) as arrived_on from {audit}.deliveries where delivery_status = 'landed' "
        "group by entity"
    )
    return {row["entity"]: row["arrived_on"] + tolerance for row in arrivals}


def check_report(run: Run, folder: Path) -> str:
    """Return why a report does not show a run, and mark its pages as stale; nothing if it shows the run.

    Raises:
        TieoutError: there is no report, or its record cannot be read.
    """
    try:
        shown = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if shown["run"] == run.run_id:
            return ""
        stale = (
            f"Stale: the report in {folder} shows the run of {shown['run_started_at'].replace('T', ' ')[:19]} UTC, but "
            f"the warehouse has had a later one, of {run.started_at:%Y-%m-%d %H:%M:%S} UTC. Run tieout report."
        )
        # The entry page of the site shows the verdict too.
        entry = folder.parent.glob(ENTRY) if folder.name == REPORT else ()
        for page in [*sorted(folder.glob("*.html")), *entry]:
            content = page.read_text(encoding="utf-8")
            marked = content.replace(STALE_HERE, f'<p class="stale" id="stale">{text(stale)}</p>')
            page.write_text(marked, encoding="utf-8", newline="\n")
    except (OSError, ValueError, KeyError) as error:
        raise TieoutError(f"There is no report in {folder} that can be read: {error}. Run tieout report.") from None
    return stale
