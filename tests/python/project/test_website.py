"""How the parts of the site are made: documents, diagrams, the lineage and its bounds."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from loaders.errors import TieoutError
from scripts.diagram import page, star_of
from scripts.website import lineage
from scripts.website.documents import write_documents
from scripts.website.drawing import drawer
from scripts.website.foreign import belonging, replaced
from scripts.website.lineage import FILLED_BY_RUNS, LEAST_SHARE, check, read
from scripts.website.markdown import rendered

TEXT = """# The `first` title

See [the other](other.md#an-anchor), [a model](../models/a.sql), [above](#a--b) and [the web](https://example.org).

| column | meaning |
|---|---|
| `a` | what \\| is |

## A & B

```sql
select '<b>'
```
"""


def drawn(_: str) -> str:
    return "<svg></svg>"


def test_documents_are_rendered_with_anchors_labels_and_links() -> None:
    document = rendered(TEXT, lambda path: path.replace(".md", ".html"), drawn)
    assert document.title == "The first title"
    assert document.linked == {"other.md", "../models/a.sql"}
    assert '<a href="other.html#an-anchor">' in document.body
    assert '<a href="#a--b">' in document.body
    assert '<a href="https://example.org">' in document.body
    assert '<h2 id="a--b">' in document.body
    assert '<td data-label="meaning" class="wide">what | is</td>' in document.body
    assert "select '&lt;b&gt;'" in document.body
    assert "On this page" not in document.body


def test_long_documents_begin_with_their_contents() -> None:
    sections = "".join(f"\n## Section {number}\n\nText.\n" for number in range(6))
    body = rendered(f"# Title\n\nText.\n{sections}", str, drawn).body
    assert body.index("Title") < body.index("On this page") < body.index("Text.")
    assert '<li><a href="#section-5">Section 5</a></li>' in body


def test_a_link_to_a_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\n[b](folder/b.md)\n", encoding="utf-8")
    with pytest.raises(TieoutError, match=r"docs/a\.md links to docs/folder/b\.md, which does not exist"):
        write_documents(tmp_path, tmp_path / "site")


def test_files_and_folders_that_documents_link_to_become_pages(tmp_path: Path) -> None:
    (tmp_path / "docs" / "more").mkdir(parents=True)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.sql").write_text("select 1 < 2", encoding="utf-8")
    (tmp_path / "docs" / "more" / "latin.csv").write_bytes(b"M\xfcller")
    (tmp_path / "docs" / "a.md").write_text("# A\n\n[m](../models/a.sql) [f](more/)\n", encoding="utf-8")
    assert write_documents(tmp_path, tmp_path / "site") == 5
    documents = tmp_path / "site" / "documents"
    assert 'href="../models/a.sql.html"' in (documents / "docs" / "a.html").read_text(encoding="utf-8")
    assert "select 1 &lt; 2" in (documents / "models" / "a.sql.html").read_text(encoding="utf-8")
    assert 'href="latin.csv.html"' in (documents / "docs" / "more" / "index.html").read_text(encoding="utf-8")
    assert 'href="../../../style.css"' in (documents / "docs" / "more" / "index.html").read_text(encoding="utf-8")


def test_drawings_have_the_colours_of_the_stylesheet_and_names_of_their_own() -> None:
    draw = drawer()
    drawings = [draw("erDiagram\n    a }o--|| b : key\n") for _ in range(2)]
    ids = [set(re.findall(r' id="([^"]+)"', drawing)) for drawing in drawings]
    assert ids[0]
    assert not ids[0] & ids[1]
    for drawing in drawings:
        assert not re.search(r"#[0-9a-fA-F]{3,6}\b|hsl\(|rgba?\(|white|shadow\(", drawing)
        assert "var(--ink)" in drawing
    with pytest.raises(TieoutError, match=r"cannot be drawn: .* It begins with 'erDiagram"):
        draw("erDiagram\n    a }o-- b\n")


def colibri(tables: int = 3, columns: int = 10, without: int = 0) -> dict[str, Any]:
    """Return an answer of dbt-colibri: a source, models made of each other, and the tables that are filled by runs."""
    names = ["source.tieout.banking.rows", *(f"model.tieout.model_{number}" for number in range(tables))]
    filled = [f"model.tieout.{name}" for name in sorted(FILLED_BY_RUNS)]
    of_column = [f"c{number}" for number in range(columns)]
    edges = [
        {"source": source, "target": target, "sourceColumn": column, "targetColumn": column}
        for source, target in pairwise(names)
        for column in of_column
    ]
    edges.append({"source": names[0], "target": names[1], "sourceColumn": "", "targetColumn": ""})
    nodes = {
        name: {"nodeType": name.split(".")[0], "schema": "dev_gold", "columns": dict.fromkeys(columns_)}
        for name, columns_ in [*((name, of_column) for name in names), *((name, ["a"]) for name in filled)]
    }
    return {"nodes": nodes, "lineage": {"edges": edges[: len(edges) - 1 - without]}}


def test_origins_are_followed_to_the_source() -> None:
    found = read(colibri())
    assert found.made_of[("model_2", "c0")] == (("model_1", "c0"),)
    assert found.used_by[("banking.rows", "c0")] == (("model_0", "c0"),)
    assert found.origins(("model_2", "c0")) == {("banking.rows", "c0")}
    assert (found.covered, len(found.made)) == (30, 30 + len(FILLED_BY_RUNS))


def test_the_lineage_must_cover_enough_columns_and_every_table() -> None:
    check(read(colibri(columns=100)))
    with pytest.raises(TieoutError, match=f"covers 270 of 303 columns, less than {LEAST_SHARE:.0%}"):
        check(read(colibri(columns=100, without=30)))
    with pytest.raises(TieoutError, match=r"knows no column.*: model_2\."):
        check(read(colibri(columns=100, without=100)))
    without_runs = colibri(columns=100)
    del without_runs["nodes"]["model.tieout.run_history"]
    with pytest.raises(TieoutError, match=r"without need: run_history\."):
        check(read(without_runs))


def test_what_colibri_skips_is_an_error_and_it_asks_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    colibri_ = tmp_path / "colibri"
    colibri_.write_text(
        '#!/bin/sh\necho "[INFO] Reading"\necho "[ERROR] Skipped x $DBT_COLIBRI_NO_VERSION_CHECK$DO_NOT_TRACK"\n',
        encoding="utf-8",
    )
    colibri_.chmod(0o755)
    monkeypatch.setattr(lineage, "COLIBRI", colibri_)
    with pytest.raises(TieoutError, match=r"skipped something\..*\n\[ERROR\] Skipped x 11$"):
        lineage.finish(lineage.start(tmp_path, tmp_path), tmp_path)


def test_without_colibri_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage, "COLIBRI", tmp_path / "colibri")
    with pytest.raises(TieoutError, match="make site installs it"):
        lineage.start(tmp_path, tmp_path)


def test_pages_of_other_tools_get_no_network_and_a_way_back() -> None:
    page_ = belonging("<html><head><title>x</title></head><body>y</body></html>", link_at="top: 0;")
    assert page_.index("connect-src 'none'") < page_.index("<title>")
    assert '<a class="to-the-site" href="../index.html">Tieout</a>\n</body></html>' in page_
    with pytest.raises(TieoutError, match="no head"):
        belonging("<html></html>", link_at="")
    with pytest.raises(TieoutError, match="does not have z"):
        replaced("xy", "z", "a")


def test_the_diagram_draws_what_holds_in_every_row() -> None:
    def model(name: str, *columns: str) -> dict[str, Any]:
        of = {
            column: {"data_type": "decimal(18, 2)", "constraints": [{"type": "not_null"}] if column != "b_id" else []}
            for column in columns
        }
        return {"name": name, "resource_type": "model", "schema": "dev_gold", "columns": of}

    def rules(table: str, **arguments: Any) -> dict[str, Any]:
        return {
            "resource_type": "test",
            "attached_node": table,
            "test_metadata": {"name": "rules", "kwargs": arguments},
        }

    nodes = {
        "fact": model("fact_x", "x_id", "a_key", "b_id", "c_id", "amount", "_built_at"),
        **{name: model(f"dim_{name}", f"{name}_id") for name in "abc"},
        "rules": rules(
            "fact",
            unique=["x_id"],
            refers_to={
                "a_key": {"to": "ref('dim_a')", "field": "a_id"},
                "b_id": "ref('dim_b')",
                "c_id": {"to": "ref('dim_c')", "where": "amount > 0"},
            },
        ),
    }
    text = page(star_of({"nodes": nodes}))
    assert 'fact_x }o--|| dim_a : "a_key = a_id"' in text
    assert 'fact_x }o--o| dim_b : "b_id"' in text
    assert "dim_c" not in text
    assert "decimal x_id PK\n" in text
    assert "decimal amount\n" in text
    assert "_built_at" not in text
    assert "| `dim_a` | yes |" in text
