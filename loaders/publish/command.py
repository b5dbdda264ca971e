"""`tieout publish`: tables of gold as Parquet, in a folder or in S3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from loaders.audit.check import verdict_by_project
from loaders.audit.warehouse import TargetOption, Warehouse, open_warehouse
from loaders.aws.session import KmsKeyOption, RegionOption, glue_client
from loaders.errors import TieoutError
from loaders.publish.catalog import PublishedCatalog
from loaders.publish.places import Place, S3Place, open_place
from loaders.publish.publication import Publication, Result
from loaders.publish.tables import chosen_tables
from loaders.publish.writers import writer

DESTINATION_VARIABLE = "TIEOUT_S3_CURATED"
DATABASE_VARIABLE = "TIEOUT_PUBLISHED_DATABASE"
DEFAULT_DATABASE = "prod_published"


def command(
    destination: Annotated[
        str,
        typer.Argument(envvar=DESTINATION_VARIABLE, help="A folder, or s3://BUCKET[/PREFIX]."),
    ],
    tables: Annotated[
        list[str] | None, typer.Argument(help="Tables of gold.  [default: all that the role analyst may read]")
    ] = None,
    *,
    target: TargetOption = None,
    database: Annotated[
        str,
        typer.Option(
            envvar=DATABASE_VARIABLE,
            help="Database of the Glue catalog, created if it does not exist. Only for a destination in S3.",
        ),
    ] = DEFAULT_DATABASE,
    region: RegionOption = None,
    kms_key: KmsKeyOption = None,
    allow_findings: Annotated[
        bool, typer.Option("--allow-findings", help="Publish although `tieout check` finds something.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare and report, but write nothing.")] = False,
) -> None:
    """Publish tables of gold as Parquet, by day, for readers without access to the warehouse.

    Only partitions that changed are written, so a second run writes nothing. Readers see all of a partition or what it
    was before: new files have new names, and the Glue catalog and the manifest of a table are changed last. Tables with
    personal data are never published. If the warehouse does not tie out, nothing is.
    """
    chosen = chosen_tables(tables or ())
    with open_warehouse(target) as warehouse, open_place(destination, region, kms_key) as place:
        publication = Publication(warehouse, place, writer(warehouse, place), _catalog(place, database, region))
        _expect_tie_out(warehouse, allow_findings=allow_findings)
        if publication.catalog and not dry_run:
            publication.catalog.create()
        results = []
        for table in chosen:
            result = publication.publish(table, dry_run=dry_run)
            results.append(result)
            for line in _line(result, dry_run=dry_run):
                typer.echo(line)
        typer.echo(_summary(results, place, dry_run=dry_run))


def _catalog(place: Place, database: str, region: str | None) -> PublishedCatalog | None:
    return PublishedCatalog(glue_client(region), database, place) if isinstance(place, S3Place) else None


def _expect_tie_out(warehouse: Warehouse, *, allow_findings: bool) -> None:
    findings = verdict_by_project(warehouse).findings
    if not findings:
        return
    number = "1 finding" if len(findings) == 1 else f"{len(findings)} findings"
    if not allow_findings:
        raise TieoutError(
            f"{warehouse.target} does not tie out, so nothing is published ({number}). The first is: {findings[0]} Run "
            "`tieout check`, or publish with --allow-findings."
        )
    typer.echo(f"Published although {warehouse.target} does not tie out ({number}): --allow-findings.")


def _line(result: Result, *, dry_run: bool) -> Iterator[str]:
    done = "would be " if dry_run else ""
    if result.written or result.removed:
        yield (
            f"{result.table}: {result.written:,} partitions {done}written ({result.rows:,} rows), "
            f"{result.removed:,} {done}removed, {result.unchanged:,} unchanged."
        )
    elif result.catalogued:
        yield f"{result.table}: {result.catalogued:,} entries of the catalog repaired."


def _summary(results: list[Result], place: Place, *, dry_run: bool) -> str:
    done = "would be " if dry_run else ""
    written = sum(result.written for result in results)
    return (
        f"Tables: {len(results):,}. Partitions: {written:,} {done}written to {place}, "
        f"{sum(result.removed for result in results):,} {done}removed, "
        f"{sum(result.unchanged for result in results):,} unchanged."
    )
