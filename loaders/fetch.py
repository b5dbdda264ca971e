"""`tieout fetch`: bring what bronze lacks from an inbox in S3, so that a machine without memory can land it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.aws.session import REQUESTS_AT_A_TIME, ROOT_VARIABLE, RegionOption, S3Root, aws_errors, s3_client
from loaders.errors import TieoutError
from loaders.land import BronzeRootOption, default_bronze_root
from loaders.landing.bronze import make_folder
from loaders.landing.inbox import LAYOUT
from loaders.landing.manifests import CONTROL, MANIFESTS, manifest_rows
from loaders.progress import UNMETERED, Meter, progress_bar

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INBOX_VARIABLE = "TIEOUT_S3_INBOX"
# Hidden, so that landing does not take a file that is still being fetched for a delivery.
FETCHING = ".fetching"
# A delivery may be replaced while the run that lands its first content is under way; the manifest is then the younger
# of the two. A run is over within this time: what was delivered within it is fetched again; landing knows its digest.
LONGEST_RUN = timedelta(hours=6)

_DELIVERED = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/(?P<name>[^/]+/[^/]+)", re.ASCII)


@dataclass(frozen=True)
class Found:
    """An object in S3.

    Attributes:
        path: its key below the root.
        size: its bytes.
        written_at: when it was written last.
    """

    path: str
    size: int
    written_at: datetime


@dataclass
class FetchResult:
    """What one run of fetching did.

    Attributes:
        fetched: deliveries that were fetched.
        fetched_bytes: their size.
        known: deliveries that bronze has, or has refused.
        problems: a sentence for every object that is no delivery.
    """

    fetched: int = 0
    fetched_bytes: int = 0
    known: int = 0
    problems: list[str] = field(default_factory=list)


def fetch(
    client: S3Client,
    s3_inbox: S3Root,
    s3_root: S3Root,
    inbox: Path,
    bronze_root: Path,
    *,
    meter: Meter = UNMETERED,
) -> FetchResult:
    """Fetch the deliveries that the manifests in S3 do not name, and the manifests of the days looked at.

    With the manifests landing knows what has landed before, as if bronze had always been here.

    Args:
        client: the way to S3.
        s3_inbox: where source systems deliver.
        s3_root: bronze in S3.
        inbox: folder that the deliveries go to.
        bronze_root: folder of bronze, for the manifests.
        meter: told how many bytes there are to fetch, and how many have come.

    Raises:
        TieoutError: AWS refuses or cannot be reached, a manifest is none, or the folders cannot be written. What was
            fetched before that is whole.
    """
    result = FetchResult()
    wanted = []
    try:
        make_folder(inbox / FETCHING)
        for day, found in groupby(_deliveries(client, s3_inbox, result), key=lambda delivery: delivery[0]):
            landed_at = _landed(client, s3_root, bronze_root, day)
            for _, name, delivery in found:
                if name in landed_at and delivery.written_at + LONGEST_RUN < landed_at[name]:
                    result.known += 1
                else:
                    wanted.append(delivery)
        meter.expect(sum(delivery.size for delivery in wanted))
        with ThreadPoolExecutor(REQUESTS_AT_A_TIME) as pool:
            for delivery in pool.map(lambda one: _fetch(client, s3_inbox, one, inbox), wanted):
                result.fetched += 1
                result.fetched_bytes += delivery.size
                meter.count(delivery.size)
    except OSError as error:
        raise TieoutError(
            f"{error.filename or inbox} cannot be written: {error.strerror or error}. Put that right, then fetch again."
        ) from error
    return result


def _deliveries(client: S3Client, inbox: S3Root, result: FetchResult) -> Iterator[tuple[str, str, Found]]:
    """Yield day, delivered file and object of every delivery, by day; note what is none."""
    for found in _list(client, inbox, ""):
        match = _DELIVERED.fullmatch(found.path)
        if match and ".." not in found.path.split("/"):
            yield match["day"], match["name"], found
        elif not found.path.endswith("/"):  # a console's folder is an object too
            result.problems.append(
                f"{inbox.address(found.path)} was left out: a delivery stands in {LAYOUT}. Deliver it there."
            )


def _landed(client: S3Client, root: S3Root, bronze_root: Path, day: str) -> dict[str, datetime]:
    """Fetch a day's manifests; tell of each delivered file that they name when the latest of them was written."""
    written_at: dict[str, datetime] = {}
    for manifest in _list(client, root, f"{CONTROL}/{MANIFESTS}/dt={day}/"):
        path = bronze_root / manifest.path
        if not path.exists():
            _fetch(client, root, manifest, bronze_root)
        for row in manifest_rows(path):
            name = row["delivered_file"]
            written_at[name] = max(manifest.written_at, written_at.get(name, manifest.written_at))
    return written_at


def _list(client: S3Client, root: S3Root, path: str) -> Iterator[Found]:
    with aws_errors(str(root)):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=root.bucket, Prefix=root.key(path)):
            for found in page.get("Contents", []):
                yield Found(found["Key"].removeprefix(root.prefix), found["Size"], found["LastModified"])


def _fetch(client: S3Client, root: S3Root, found: Found, folder: Path) -> Found:
    """Fetch one object; its file stands there whole or not at all."""
    target = folder / found.path
    aside = folder / FETCHING / found.path
    make_folder(aside.parent)
    make_folder(target.parent)
    with aws_errors(root.address(found.path)):
        client.download_file(root.bucket, root.key(found.path), str(aside))
    aside.replace(target)
    return found


def command(
    inbox: Annotated[Path, typer.Argument(help="Folder that the deliveries go to, for `tieout land`.")],
    s3_inbox: Annotated[
        str, typer.Option(envvar=INBOX_VARIABLE, help="Where source systems deliver: s3://BUCKET[/PREFIX].")
    ],
    s3_root: Annotated[str, typer.Option(envvar=ROOT_VARIABLE, help="Bronze in S3: s3://BUCKET[/PREFIX].")],
    *,
    bronze_root: BronzeRootOption = None,
    region: RegionOption = None,
) -> None:
    """Fetch from an inbox in S3 the deliveries that bronze in S3 does not have.

    The manifests of their days come too, so that `tieout land` knows what landed before and `tieout push` sends only
    what is new. Exits with 1 where an object is no delivery; all others are fetched.
    """
    source, root = S3Root.parse(s3_inbox), S3Root.parse(s3_root)
    with progress_bar("Fetching") as meter:
        result = fetch(s3_client(region), source, root, inbox, bronze_root or default_bronze_root(), meter=meter)
    for problem in result.problems:
        typer.echo(f"tieout: {problem}", err=True)
    typer.echo(
        f"Files:   {result.fetched:,} fetched into {inbox} ({result.fetched_bytes:,} bytes), {result.known:,} known to "
        f"bronze, {len(result.problems):,} left out."
    )
    if result.problems:
        raise typer.Exit(1)
