"""Write dbt's docs site as one file, `target/site/docs/index.html`, with the rules of each table and column.

dbt shows the tests of a column only where each is a test of its own. Here they are details of the columns and
of the table.

Usage: python -m scripts.docs_site TARGET SITE, after `dbt docs generate`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from scripts.table_rules import rules_by_table
from scripts.website.foreign import belonging, replaced

# dbt's page is 960 pixels wide at least. On a phone, the tree of models stands below the model.
_ON_A_PHONE = """@media (max-width: 700px) {
    body, body .app, body .layout { min-width: 0 !important; }
    .app-frame:has(> .app-menu), .app-row:has(> .app-menu) { flex-direction: column-reverse; min-width: 0 !important; }
    .app-menu { width: auto !important; height: 40%; }
    .app-content { min-width: 0; }
}
"""


def main(target: Path, site: Path) -> None:
    """Write the page from the files of `dbt docs generate` into the folder `docs` of a site."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    show_rules(manifest)
    page = (target / "index.html").read_text(encoding="utf-8")
    catalog = (target / "catalog.json").read_text(encoding="utf-8")
    # A browser would look for a file with the name of the template until AngularJS has filled it in.
    page = replaced(page, 'xlink:href="{{', 'ng-attr-href="{{')
    for placeholder, data in (("MANIFEST", json.dumps(manifest)), ("CATALOG", catalog)):
        quoted = f'"{placeholder}.JSON INLINE DATA"'
        page = replaced(page, quoted, data)
    page = belonging(page, link_at="bottom: 12px; left: 12px;", style=_ON_A_PHONE)
    (site / "docs").mkdir(parents=True, exist_ok=True)
    (site / "docs" / "index.html").write_text(page, encoding="utf-8")


def show_rules(manifest: dict[str, Any]) -> None:
    """Add the rules to the details of the tables and columns."""
    for unique_id, rules in rules_by_table(manifest).items():
        node = manifest["nodes"][unique_id]
        if rules.rows:
            node["description"] += "".join(f"\n\n{rule}" for rule in rules.rows)
        for column, of_column in rules.columns.items():
            if column in node["columns"]:
                node["columns"][column]["meta"]["rules"] = ", ".join(of_column).replace("`", "")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
