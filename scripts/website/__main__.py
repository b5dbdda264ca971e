"""Write the site except for the report: dbt's docs, the lineage of columns, and the documents with the diagram.

Usage: python -m scripts.website TARGET SITE, after `dbt docs generate`. TARGET is the folder of dbt's artefacts.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from loaders.errors import TieoutError
from scripts import docs_site
from scripts.website import lineage
from scripts.website.documents import write_documents
from scripts.website.lineage_pages import write_lineage


def main(target: Path, site: Path) -> None:
    """Write the parts. The lineage is made beside the others, because it takes longest.

    Raises:
        TieoutError: a part cannot be made.
    """
    folder = site / "lineage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    process = lineage.start(target, folder)
    try:
        docs_site.main(target, site)
        count = write_documents(Path(), site)
        found = lineage.finish(process, folder)
        write_lineage(found, folder)
    finally:
        process.kill()
    sys.stdout.write(
        f"Wrote {count:,} documents. The lineage covers {found.covered:,} of {len(found.made):,} columns "
        "of models and snapshots.\n"
    )


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except TieoutError as error:
        sys.exit(str(error))
