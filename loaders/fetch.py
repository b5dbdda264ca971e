"""`tieout fetch`: download new deliveries from an inbox in S3, to land them on a machine that has no bronze."""

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

from loaders.aws.errors import aws_errors
from loaders.aws.session import REQUESTS_AT_A_TIME, ROOT_VARIABLE, RegionOption, S3Root, s3_client
from loaders.bronze_root import BronzeRootOption, local_bronze_root
from loaders.errors import TieoutError
from loaders.landing.control_files import Companions, is_control_file
from loaders.landing.durable import make_folder
from loaders.landing.inbox import LAYOUT
from loaders.landing.left_out import LISTS, ReportedBefore
from loaders.landing.manifests import CONTROL, MANIFESTS, manifest_rows
from loaders.progress import UNMETERED, Meter, progress_bar

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INBOX_VARIABLE = "TIEOUT_S3_INBOX"
# The name is hidden, so that landing ignores files that are still being fetched.
FETCHING = ".fetching"
# A source may replace a delivery while a run lands its first content. Then the manifest is younger than the second
# content. No run takes longer than this, so a delivery that was written less than this before its manifest is fetched
# again, and landing compares its digest.
LONGEST_RUN = timedelta(hours=6)

_DELIVERED = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/(?P<name>[^/]+/[^/]+)", re.ASCII)


@dataclass(frozen=True)
class Found:
    """An object in S3.

    Attributes:
        path: its key below the root.
        size: its size in bytes.
        written_at: when it was last written.
        tag: its ETag, which differs when its content does.
    """

    path: str
    size: int
    written_at: datetime
    tag: str


@dataclass
class FetchResult:
    """The result of one run.

    Attributes:
        fetched: the number of deliveries that were fetched.
        fetched_bytes: their size.
        known: the number of deliveries that landed or were refused before, and of their control files.
        problems: a sentence for each object that is not a delivery, if no earlier run has reported it.
        left_out_before: the number of those that an earlier run has reported.
    """

    fetched: int = 0
    fetched_bytes: int = 0
    known: int = 0
    problems: list[str] = field(default_factory=list)
    left_out_before: int = 0


def fetch(
    client: S3Client,
    s3_inbox: S3Root,
    s3_root: S3Root,
    inbox: Path,
    bronze_root: Path,
    *,
    meter: Meter = UNMETERED,
) -> FetchResult:
    """Fetch the deliveries that the manifests in S3 do not name, and the manifests of their days.

    The manifests tell `tieout land` what landed before. A delivery with a control file that is younger than its
    manifest is fetched again, so that landing compares them.

    Args:
        client: a client of S3.
        s3_inbox: the inbox of the source systems.
        s3_root: bronze in S3.
        inbox: folder for the deliveries.
        bronze_root: folder of bronze, for the manifests.
        meter: reports the progress in bytes.

    Raises:
        TieoutError: AWS refuses a request or cannot be reached, a file is not a manifest, or a folder cannot be
            written. Files that were fetched before are complete.
    """
    result = FetchResult()
    wanted = []
    left_out: dict[str, tuple[str, str]] = {}
    try:
        make_folder(inbox / FETCHING)
        for day, found in groupby(_deliveries(client, s3_inbox, left_out), key=lambda delivery: delivery[0]):
            files = {name: delivery for _, name, delivery in found}
            new = _new(files, _landed(client, s3_root, bronze_root, day))
            wanted += new
            result.known += len(files) - len(new)
        reported = _reported(client, s3_root, bronze_root)
        result.problems = reported.report(str(s3_inbox), left_out)
        result.left_out_before = len(left_out) - len(result.problems)
        meter.expect(sum(delivery.size for delivery in wanted))
        with ThreadPoolExecutor(REQUESTS_AT_A_TIME) as pool:
            for delivery in pool.map(lambda one: _fetch(client, s3_inbox, one, inbox), wanted):
                result.fetched += 1
                result.fetched_bytes += delivery.size
                meter.count(delivery.size)
    except OSError as error:
        raise TieoutError(
            f"{error.filename or inbox} cannot be written: {error.strerror or error}. Correct this, then fetch again."
        ) from error
    return result


def _deliveries(
    client: S3Client, inbox: S3Root, left_out: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str, Found]]:
    """Yield the day, the delivered file and the object of each delivery, by day; collect the other objects."""
    for found in _list(client, inbox, ""):
        match = _DELIVERED.fullmatch(found.path)
        if match and ".." not in found.path.split("/"):
            yield match["day"], match["name"], found
        elif not found.path.endswith("/"):  # the AWS console creates such an object for a folder
            sentence = f"{inbox.address(found.path)} was left out: the path of a delivery is {LAYOUT}. Move it there."
            left_out[found.path] = (found.tag, sentence)


def _new(files: dict[str, Found], landed_at: dict[str, datetime]) -> list[Found]:
    """Return the files of a day that no manifest names, or that may have changed since, with their control files."""
    written_at = {name: found.written_at for name, found in files.items()}
    companions = Companions(name for name in files if not is_control_file(name))
    about = {name: companions.of(name) for name in files if is_control_file(name)}
    for control_file, names in about.items():
        for name in names:
            written_at[name] = max(written_at[name], written_at[control_file])
    known = {name for name, moment in landed_at.items() if written_at.get(name, moment) + LONGEST_RUN < moment}
    landed = Companions(landed_at)

    def is_known(name: str) -> bool:
        if name not in about:
            return name in known
        # A control file whose delivery is no longer in the inbox has nothing to be compared with.
        return known.issuperset(about[name]) if about[name] else bool(landed.of(name))

    return [found for name, found in files.items() if not is_known(name)]


def _reported(client: S3Client, root: S3Root, bronze_root: Path) -> ReportedBefore:
    """Fetch the last list of the files that were left out."""
    lists = list(_list(client, root, f"{LISTS}/"))
    if lists and not (bronze_root / lists[-1].path).exists():
        _fetch(client, root, lists[-1], bronze_root)
    return ReportedBefore(bronze_root)


def _landed(client: S3Client, root: S3Root, bronze_root: Path, day: str) -> dict[str, datetime]:
    """Fetch the manifests of a day; return when the latest one was written, by delivered file."""
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
                yield Found(
                    found["Key"].removeprefix(root.prefix),
                    found["Size"],
                    found["LastModified"],
                    found["ETag"].strip('"'),
                )


def _fetch(client: S3Client, root: S3Root, found: Found, folder: Path) -> Found:
    """Fetch one object; its file appears only when it is complete."""
    target = folder / found.path
    partial = folder / FETCHING / found.path
    make_folder(partial.parent)
    make_folder(target.parent)
    with aws_errors(root.address(found.path)):
        client.download_file(root.bucket, root.key(found.path), str(partial))
    partial.replace(target)
    return found


def command(
    inbox: Annotated[Path, typer.Argument(help="Folder for the deliveries, the inbox of `tieout land`.")],
    s3_inbox: Annotated[
        str, typer.Option(envvar=INBOX_VARIABLE, help="Inbox of the source systems: s3://BUCKET[/PREFIX].")
    ],
    s3_root: Annotated[str, typer.Option(envvar=ROOT_VARIABLE, help="Bronze in S3: s3://BUCKET[/PREFIX].")],
    *,
    bronze_root: BronzeRootOption = None,
    region: RegionOption = None,
) -> None:
    """Fetch from an inbox in S3 the deliveries that are not yet in bronze in S3.

    The manifests of their days are fetched too. So `tieout land` knows what landed before, and `tieout push` sends only
    new files. Exits with 1 if an object is not a delivery and no earlier run has reported it; all other objects are
    fetched.
    """
    source, root = S3Root.parse(s3_inbox), S3Root.parse(s3_root)
    bronze_root = local_bronze_root(bronze_root, action="Fetching writes manifests to")
    with progress_bar("Fetching") as meter:
        result = fetch(s3_client(region), source, root, inbox, bronze_root, meter=meter)
    for problem in result.problems:
        typer.echo(f"tieout: {problem}", err=True)
    if result.left_out_before:
        typer.echo(f"Note:    Objects that are not deliveries, reported by an earlier run: {result.left_out_before:,}.")
    typer.echo(
        f"Files:   {result.fetched:,} fetched into {inbox} ({result.fetched_bytes:,} bytes), {result.known:,} "
        f"delivered before, {len(result.problems):,} left out."
    )
    if result.problems:
        raise typer.Exit(1)
