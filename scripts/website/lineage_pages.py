"""Pages that say of each column where it comes from and what is made of it, by what dbt-colibri has found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from loaders.report.entry import navigation
from loaders.report.frame import STYLE, framed
from loaders.report.markup import code, items, link, table, text
from scripts.website.lineage import GRAPH, Column, Lineage

_FIRST = "index.html"
# In the order in which rows pass through them, from the end, because readers begin with gold.
_LAYERS = {"gold": "Gold", "audit": "Audit", "silver": "Silver", "bronze": "Bronze, as delivered"}
_MOST = 12
"""So many columns are named at once. The others are counted."""


def write_lineage(lineage: Lineage, folder: Path) -> None:
    """Write a page for each table, and one that lists them."""
    for name in lineage.tables:
        _write(folder / f"{name}.html", f"Lineage of {name}", _of_table(lineage, name))
    _write(folder / _FIRST, "Lineage", _of_all(lineage))


def _write(page: Path, title: str, body: str) -> None:
    content = f"{navigation('..', f'lineage/{page.name}')}<main>\n<h1>{text(title)}</h1>\n{body}</main>\n"
    page.write_text(framed(title, content, style=f"../{STYLE}"), encoding="utf-8", newline="\n")


def _of_all(lineage: Lineage) -> str:
    parts = [
        '<p class="question">Where does a column come from, and what is made of it?</p>\n',
        f"<p>The SQL of the models says where {lineage.covered:,} of the {len(lineage.made):,} columns of models and "
        "snapshots come from. The others are counts of rows, constants and times of the run. "
        f"{link(GRAPH, 'The same as a graph')}, which needs a large screen.</p>\n",
    ]
    for layer, title in _LAYERS.items():
        names = sorted(name for name, of in lineage.tables.items() if of.layer == layer)
        links = [link(f"{name}.html", text(name)) for name in names]
        parts.append(f"<h2>{title}</h2>\n{items(links, 'names')}\n")
    return "".join(parts)


def _of_table(lineage: Lineage, name: str) -> str:
    of = lineage.tables[name]
    graph = link(f"{GRAPH}?model={of.unique_id}", "As a graph")
    docs = link(f"../docs/index.html#!/{of.kind}/{of.unique_id}", "its SQL and tests")
    rows, ids = [], []
    for column in of.columns:
        here = (name, column)
        rows.append(
            (
                code(column),
                _columns(lineage.made_of.get(here, ())),
                _columns(sorted(lineage.origins(here) - {here})),
                _columns(lineage.used_by.get(here, ())),
            )
        )
        ids.append(column)
    heads = ("Column", "Made of", "In the end made of", "Used by")
    return (
        f'<p class="tables">A {text(of.kind)} of {text(of.layer)}. {graph}; {docs}; {link(_FIRST, "all tables")}.</p>\n'
        + table(heads, rows, ids=ids)
    )


def _columns(columns: Iterable[Column]) -> str:
    named = list(columns)
    links = [
        link(f"{name}.html#{column}", f"<code>{text(name)}.<wbr>{text(column)}</code>")
        for name, column in named[:_MOST]
    ]
    if len(named) > _MOST:
        links.append(f"and {len(named) - _MOST:,} more")
    return "<br>".join(links)
