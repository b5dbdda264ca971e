"""The entry page of the site: the verdict, and the ways to everything that is there.

`tieout report` writes it, so that its verdict is that of the report. The other parts are written by `make site`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loaders.report.frame import STYLE, framed, stylesheet
from loaders.report.markup import code, link, text

ENTRY = "index.html"
REPORT = "report"
DOCUMENTS = "documents"


@dataclass(frozen=True)
class Part:
    """A part of the site.

    Attributes:
        page: the path of its first page in the site.
        label: what it is called.
        about: what it is for.
    """

    page: str
    label: str
    about: str


PARTS = (
    Part(
        f"{REPORT}/index.html",
        "Report",
        "Figures of every subject. Each links to what it is made of and what proves it.",
    ),
    Part(
        f"{DOCUMENTS}/docs/data_dictionary.html",
        "Dictionary",
        "Every table and column of gold, audit and silver, with its rules.",
    ),
    Part(f"{DOCUMENTS}/docs/diagram.html", "Diagram", "Facts and dimensions, and by which columns they are joined."),
    Part("lineage/index.html", "Lineage", "Where each column comes from, and what is made of it."),
    Part("docs/index.html", "dbt docs", "All models with their SQL, tests and dependencies, and a search."),
    Part(f"{DOCUMENTS}/docs/questions.html", "Questions", "What people ask first, and where the answer is."),
    Part(f"{DOCUMENTS}/docs/runbook.html", "Runbook", "What to do when something is late, wrong or broken."),
    Part(
        f"{DOCUMENTS}/docs/index.html", "Documents", "How to deliver, import, change, deploy; decisions and changelog."
    ),
)


def navigation(up: str, current: str = "", parts: Sequence[Part] = PARTS) -> str:
    """Return the links to the parts of the site.

    Args:
        up: the way from the page to the folder of the site.
        current: the path of the page in the site, if it is one of the parts.
        parts: the parts that are there.
    """
    here = ' aria-current="page"'
    links = "".join(
        f'<a href="{posixpath.join(up, page)}"{here if page == current else ""}>{label}</a>'
        for page, label in ((ENTRY, "Tieout"), *((part.page, part.label) for part in parts))
    )
    return f'<nav aria-label="Site">{links}</nav>\n'


def write_entry(site: Path, verdict: str, shows: str) -> None:
    """Write the entry page and the stylesheet beside the report.

    Args:
        site: the folder of the site.
        verdict: what stands first: the verdict of the report, as HTML.
        shows: which run that is, as text.
    """
    there = [part for part in PARTS if (site / part.page).is_file()]
    missing = [part.label for part in PARTS if part not in there]
    cards = "".join(
        f"<li><h2>{link(part.page, text(part.label))}</h2><p>{text(part.about)}</p></li>\n" for part in there
    )
    parts = [
        "<h1>Tieout</h1>\n",
        '<p class="question">A finance warehouse in which every row and every cent ties out.</p>\n',
        verdict,
        f'<ul class="cards">\n{cards}</ul>\n',
    ]
    if missing:
        parts.append(
            f'<p class="note">Not written yet: {text(", ".join(missing))}. {code("make site")} writes them.</p>\n'
        )
    nav = navigation(".", ENTRY, there)
    body = f"{nav}<main>\n{''.join(parts)}</main>\n<footer>Shows {text(shows)}.</footer>\n"
    for name, content in ((STYLE, stylesheet()), (ENTRY, framed("Tieout", body))):
        (site / name).write_text(content, encoding="utf-8", newline="\n")
