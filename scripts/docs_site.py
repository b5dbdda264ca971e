"""Write `target/static_index.html`, dbt's docs site as one file, with the rules of each table and column.

dbt shows the tests of a column only where each is a test of its own. Here they are details of the columns and
of the table.

Usage: python -m scripts.docs_site TARGET, after `dbt docs generate`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from scripts.table_rules import rules_by_table


def main(target: Path) -> None:
    """Write the site from the files of `dbt docs generate`."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    show_rules(manifest)
    page = (target / "index.html").read_text(encoding="utf-8")
    catalog = (target / "catalog.json").read_text(encoding="utf-8")
    for placeholder, data in (("MANIFEST", json.dumps(manifest)), ("CATALOG", catalog)):
        quoted = f'"{placeholder}.JSON INLINE DATA"'
        if quoted not in page:
            raise SystemExit(f"{target / 'index.html'} has no place for the {placeholder.lower()}.")
        page = page.replace(quoted, data)
    (target / "static_index.html").write_text(page, encoding="utf-8")


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
    main(Path(sys.argv[1]))
