"""Writing the pages of the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from loaders.report.definitions_page import definitions_page
from loaders.report.entry import ENTRY, REPORT, write_entry
from loaders.report.frame import STYLE, framed, stylesheet
from loaders.report.markup import link, text
from loaders.report.page import DEFINITIONS, Page
from loaders.report.report import Report

FIRST_PAGE = "index.html"
RECORD = "report.json"
"""The file that says which run the report shows."""
STALE_HERE = "<!-- Here `tieout report --check` says if the warehouse has had a later run. -->"

# The page works without scripts. This one says how old the report is on the day on which it is read.
_AGE = """<p class="stale" id="age" hidden></p>
<script>
(function () {
    var shown = document.getElementById("age");
    var days = Math.floor((Date.now() - Date.parse(shown.parentNode.dataset.run)) / 86400000);
    if (days >= 2) {
        shown.hidden = false;
        shown.textContent = "Stale: this run was " + days + " days ago. Run dbt build, then tieout report.";
    }
})();
</script>
"""


def file_of(page: Page) -> str:
    """Return the name of the file of a page."""
    return f"{page.name}.html"


def write_site(report: Report, site: Path) -> int:
    """Write the report into the site, and its entry page; return the number of files."""
    folder = site / REPORT
    lineage = "../lineage" if (site / "lineage").is_dir() else ""
    count = write_report(report, folder, entry=f"../{ENTRY}", lineage=lineage)
    first = report.pages[0]
    verdict = f'<div data-run="{_run_time(report)}">\n{STALE_HERE}\n{_AGE}</div>\n{first.parts[0]}'
    write_entry(site, verdict, report.run.shown)
    return count + 2


def write_report(report: Report, folder: Path, *, entry: str = "", lineage: str = "") -> int:
    """Write the report, and return the number of files. A report that is there before is replaced.

    The pages are written beside the folder and renamed into place, so that a reader never sees half of them.

    Args:
        report: the report.
        folder: where it is written.
        entry: the way to the entry page of a site; none if the report is not a part of one.
        lineage: the way to the folder with the lineage of columns; none if there is none.
    """
    files = {file_of(page): _html(report, page, "".join(page.parts), entry) for page in report.pages}
    for page in report.pages:
        if page.explained:
            files[page.explanations] = _explanations(report, page, entry)
    metrics = definitions_page(report, lineage)
    files[DEFINITIONS] = _html(report, metrics, "".join(metrics.parts), entry)
    files[STYLE] = stylesheet()
    files[RECORD] = json.dumps(record(report), indent=2, sort_keys=True) + "\n"
    made = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for name, content in files.items():
        (made / name).write_text(content, encoding="utf-8", newline="\n")
    shutil.rmtree(folder, ignore_errors=True)
    made.rename(folder)
    return len(files)


def record(report: Report) -> dict[str, Any]:
    """Return what the report says of itself, for programs."""
    return {
        "run": report.run.run_id,
        "run_started_at": report.run.started_at.isoformat(),
        "target": report.run.target,
        "engine": report.run.engine,
        "ties_out": report.verdict.ties_out and not any(compared.differences for compared in report.compared),
    }


def _explanations(report: Report, page: Page, entry: str) -> str:
    explained = Page(
        page.explanations.removesuffix(".html"),
        f"{page.title}: where the figures come from",
        "What is this figure, which rows and files are behind it, and what proves it?",
        page.tables,
    )
    back = f"<p>{link(file_of(page), text(f'Back to {page.title.lower()}'))}</p>"
    return _html(report, explained, back + "".join(page.explained), entry)


def _html(report: Report, page: Page, body: str, entry: str) -> str:
    current = ' aria-current="page"'
    links = link(entry, "Tieout") if entry else ""
    links += "".join(
        f'<a href="{file}"{current if file == file_of(page) else ""}>{text(title)}</a>'
        for file, title in [*((file_of(other), other.title) for other in report.pages), (DEFINITIONS, "Metrics")]
    )
    tables = ", ".join(page.tables)
    first = file_of(page) == FIRST_PAGE
    return framed(
        page.title,
        f"""<nav aria-label="Pages">{links}</nav>
<main data-run="{_run_time(report)}">
{STALE_HERE}
{_AGE if first else ""}<h1>{text(page.title)}</h1>
<p class="question">{text(page.question)}</p>
<p class="tables">Tables: {text(tables)}</p>
{body}</main>
<footer>Shows {text(report.run.shown)}. Amounts in {text(report.currency)} are in the reporting currency.</footer>
""",
    )


def _run_time(report: Report) -> str:
    return f"{report.run.started_at.isoformat(timespec='seconds')}Z"
