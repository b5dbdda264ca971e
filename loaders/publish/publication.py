"""Publishing a table: only partitions that changed, so that readers never see half of one."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from loaders.audit.warehouse import DUCKDB, Warehouse
from loaders.errors import TieoutError
from loaders.publish.catalog import PublishedCatalog
from loaders.publish.fingerprints import Content, contents
from loaders.publish.manifest import NAME, Manifest, Partition, read_manifest
from loaders.publish.places import Place
from loaders.publish.tables import Table
from loaders.publish.writers import Writer


@dataclass
class Result:
    """What was done for one table.

    Attributes:
        table: its name.
        written: the number of partitions that were written.
        removed: the number of partitions that no longer exist.
        unchanged: the number of other partitions.
        rows: the number of rows that were written.
        catalogued: the number of changes of the catalog.
    """

    table: str
    written: int = 0
    removed: int = 0
    unchanged: int = 0
    rows: int = 0
    catalogued: int = 0


@dataclass(frozen=True)
class Publication:
    """What tables are published from and to.

    Attributes:
        warehouse: the warehouse.
        place: the destination.
        writer: writes files there.
        catalog: describes them; none for a folder.
    """

    warehouse: Warehouse
    place: Place
    writer: Writer
    catalog: PublishedCatalog | None

    def publish(self, table: Table, *, dry_run: bool = False) -> Result:
        """Publish a table.

        New files have new names, in a folder of this run. The catalog shows them when all are there, and the manifest
        is written last. So a run that is killed has changed nothing that readers see, or whole partitions; the next run
        compares with the old manifest and does it again.

        Args:
            table: the table.
            dry_run: compare and count, but write nothing.

        Raises:
            TieoutError: the table or the manifest cannot be read, a build changed the table meanwhile, or the
                destination or the catalog cannot be written.
        """
        path = f"{table.name}/{NAME}"
        old = read_manifest(table.name, f"{self.place}/{path}", self.place.read(path))
        now = contents(self.warehouse, table)
        changed = old.changed(table, self.warehouse.engine, now)
        gone = old.partitions.keys() - now.keys()
        result = Result(table.name, len(changed), len(gone), len(now) - len(changed))
        result.rows = sum(now[part].rows for part in changed)
        if dry_run:
            return result
        kept = {part: found for part, found in old.partitions.items() if part in now and part not in changed}
        new = Manifest(table.name, self.warehouse.engine, table.layout, kept, superseded=old.superseded)
        if changed:
            new.partitions |= self._written(table, now, changed, path, old)
        new.partitions = dict(sorted(new.partitions.items()))
        if self.catalog:
            result.catalogued = self.catalog.show(table, new.partitions)
        if changed or gone or old.unfinished or old.layout != new.layout:
            new.superseded = self._superseded(old, new)
            self.place.retire(old.superseded)
            self.place.write(path, new.text())
        return result

    def _written(
        self, table: Table, now: dict[str, Content], changed: list[str], path: str, old: Manifest
    ) -> dict[str, Partition]:
        """Write partitions and return them."""
        folder = f"{table.name}/{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        old.unfinished.append(folder)
        self.place.write(path, replace(old, table=table.name).text())
        rows = self.writer.write(table, None if len(changed) == len(now) else changed, folder)
        folders = {f"{folder}/{table.folder(part)}": part for part in changed}
        files: dict[str, list[str]] = defaultdict(list)
        counted: dict[str, int] = defaultdict(int)
        for file, row_count in rows.items():
            part = folders.get(file.rsplit("/", 1)[0])
            if part is None:
                raise TieoutError(f"{self.place}/{file} belongs to no partition of {table.name}. Publish again.")
            files[part].append(file)
            counted[part] += row_count
        is_same = {part: now[part].rows for part in changed} == dict(counted)
        # On Redshift a build may run at the same time. A DuckDB file that is read cannot be written.
        if not is_same or (self.warehouse.engine != DUCKDB and contents(self.warehouse, table) != now):
            raise TieoutError(
                f"{table.name} changed while it was published, and readers still see what was published before. Wait "
                "until the build has finished, then publish again."
            )
        return {
            part: Partition(now[part].rows, now[part].fingerprint, where, tuple(sorted(files[part])))
            for where, part in folders.items()
        }

    def _superseded(self, old: Manifest, new: Manifest) -> list[str]:
        """Return the files that are no longer part of the table: those replaced now, and those of killed runs."""
        current = {file for partition in new.partitions.values() for file in partition.files}
        before = {file for partition in old.partitions.values() for file in partition.files}
        left = {file for folder in old.unfinished for file in self.place.list(folder)}
        return sorted((before | left) - current)
