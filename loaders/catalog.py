"""`tieout catalog`: describe bronze in S3 as tables of the Glue catalog."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.aws.glue import Catalog
from loaders.aws.objects import ObjectStore
from loaders.aws.session import REQUESTS_AT_A_TIME, RegionOption, S3Root, S3RootArgument, glue_client, s3_client
from loaders.aws.tables import PARTITION, added_columns, table_name
from loaders.contract import Contract, Entity, load_contract
from loaders.errors import TieoutError
from loaders.forget.tombstones import TOMBSTONES
from loaders.landing.manifests import CONTROL, MANIFESTS

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import TableTypeDef

DATABASE_VARIABLE = "TIEOUT_GLUE_DATABASE"
DEFAULT_DATABASE = "prod_bronze"

_FILE = re.compile(rf"{CONTROL}/(?P<table>\w+)/{PARTITION}=(?P<day>\d{{4}}-\d{{2}}-\d{{2}})/[^/]+[.]csv", re.ASCII)
# The tables in which a file may be added to a day that has been read. Their partitions have the number of files.
_COUNTED = (MANIFESTS, TOMBSTONES)


@dataclass
class CatalogResult:
    """The result of one run, or of a dry run.

    Attributes:
        created: the names of new tables.
        added: the new columns of existing tables, by table.
        partitions: the number of new partitions.
        updated: the number of partitions that were wrong, or have other files than before.
        tables: the number of tables.
        days: the number of arrival days that have a manifest in S3.
    """

    created: list[str] = field(default_factory=list)
    added: dict[str, list[str]] = field(default_factory=dict)
    partitions: int = 0
    updated: int = 0
    tables: int = 0
    days: int = 0


def update_catalog(
    catalog: Catalog, store: ObjectStore, *, contract: Contract | None = None, dry_run: bool = False
) -> CatalogResult:
    """Bring the catalog up to date: the tables of the contract, each with a partition for every arrival day.

    The arrival days are those of the manifests. Every table gets a partition for each of them, even without files, and
    the table of the manifests is updated last. So the warehouse never sees a manifest that names a file which it cannot
    see, even if more entities are delivered on the same day.

    A second run changes nothing. The next run completes an interrupted one.

    Args:
        catalog: the database.
        store: bronze in S3.
        contract: the bronze contract (default: the project's own).
        dry_run: compare and count, but change nothing.

    Raises:
        TieoutError: a table differs from the contract in more than new columns at the end, and nothing was changed; or
            AWS refuses a request or cannot be reached.
    """
    contract = contract or load_contract()
    files = {name: _files_by_day(store, name) for name in _COUNTED}
    days = sorted(files[MANIFESTS])
    manifests = contract.entity(CONTROL, MANIFESTS)
    others = [entity for entity in contract.entities.values() if entity != manifests]
    tables = catalog.tables()
    if tables is None and not dry_run:
        catalog.create()
    update = _Update(catalog, store.root, tables or {}, days, files, dry_run)
    result = CatalogResult(tables=len(others) + 1, days=len(days))
    update.compare([*others, manifests], result)
    pool = ThreadPoolExecutor(REQUESTS_AT_A_TIME)
    try:
        counts = [*pool.map(update.apply, others), update.apply(manifests)]
    finally:
        pool.shutdown(cancel_futures=True)
    result.partitions = sum(new for new, _ in counts)
    result.updated = sum(updated for _, updated in counts)
    return result


def _files_by_day(store: ObjectStore, name: str) -> Counter[str]:
    """Return the number of files of a control table, by arrival day."""
    found = (_FILE.fullmatch(path) for path, _ in store.list(f"{CONTROL}/{name}/"))
    return Counter(match["day"] for match in found if match)


@dataclass(frozen=True)
class _Update:
    """One run: the present tables, the arrival days that they must have, and the files by day of the counted tables."""

    catalog: Catalog
    root: S3Root
    tables: dict[str, TableTypeDef]
    days: Sequence[str]
    files: Mapping[str, Counter[str]]
    dry_run: bool

    def compare(self, entities: Sequence[Entity], result: CatalogResult) -> None:
        """Add new tables and new columns to the result.

        Raises:
            TieoutError: tables differ from the contract in other ways; one sentence for each.
        """
        problems = []
        for entity in entities:
            name = table_name(entity)
            try:
                if name not in self.tables:
                    result.created.append(name)
                elif columns := added_columns(entity, self.root, self.tables[name]):
                    result.added[name] = columns
            except TieoutError as error:
                problems.append(str(error))
        if problems:
            raise TieoutError("\n".join([*problems, "Nothing was changed in the catalog."]))

    def apply(self, entity: Entity) -> tuple[int, int]:
        """Bring one table up to date; return the number of new and of updated partitions."""
        table = self.tables.get(table_name(entity))
        files = self.files.get(entity.name) if entity.domain == CONTROL else None
        if table is None:
            if not self.dry_run:
                self.catalog.create_table(entity, self.root)
                self.catalog.create_partitions(entity, self.root, self.days, files)
            return len(self.days), 0
        partitions = self.catalog.partitions(entity, self.root, files)
        new = [day for day in self.days if day not in partitions]
        wrong = [day for day in self.days if not partitions.get(day, True)]
        is_extended = bool(added_columns(entity, self.root, table))
        if not self.dry_run:
            # The table last: as long as it lacks the columns, the next run repeats an interrupted one.
            self.catalog.update_partitions(entity, self.root, sorted(partitions) if is_extended else wrong, files)
            if is_extended:
                self.catalog.extend_table(entity, self.root, table)
            self.catalog.create_partitions(entity, self.root, new, files)
        return len(new), len(wrong)


def command(
    s3_root: S3RootArgument,
    *,
    database: Annotated[
        str, typer.Option(envvar=DATABASE_VARIABLE, help="Database of the Glue catalog, created if it does not exist.")
    ] = DEFAULT_DATABASE,
    region: RegionOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare and report, but change nothing.")] = False,
) -> None:
    """Update the Glue catalog: the tables and partitions of bronze in S3, which Redshift and Athena read.

    The tables follow the contract: text columns in its order, and a partition for every arrival day. Run it after each
    push. New columns at the end of an entity are added; any other change of the contract is refused.
    """
    root = S3Root.parse(s3_root)
    catalog = Catalog(glue_client(region), database)
    with closing(ObjectStore(s3_client(region), root)) as store:
        result = update_catalog(catalog, store, dry_run=dry_run)
    for line in _summary(result, database, root, dry_run=dry_run):
        typer.echo(line)


def _summary(result: CatalogResult, database: str, root: S3Root, *, dry_run: bool) -> Iterator[str]:
    would_be = "would be " if dry_run else ""
    for name in result.created:
        yield f"{database}.{name} {would_be or 'was '}created."
    for name, columns in result.added.items():
        yield f"{database}.{name} {would_be or 'was '}extended by {', '.join(columns)}."
    yield (
        f"Tables:     {len(result.created):,} {would_be}created, {len(result.added):,} {would_be}extended, "
        f"of {result.tables:,} in {database}."
    )
    yield (
        f"Partitions: {result.partitions:,} {would_be}added, {result.updated:,} {would_be}updated; "
        f"{root} has {result.days:,} arrival days."
    )
