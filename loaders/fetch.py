"""`tieout fetch`: download new deliveries from an inbox in S3, to land them on a machine that has no bronze."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.aws.download import FETCHING, Found, fetch_new, fetch_object, list_objects, try_to_fetch
from loaders.aws.session import REQUESTS_AT_A_TIME, ROOT_VARIABLE, RegionOption, S3Root, s3_client
from loaders.bronze_root import BronzeRootOption, local_bronze_root
from loaders.contract import load_contract
from loaders.errors import TieoutError
from loaders.forget.tombstones import TOMBSTONES
from loaders.landing.control_files import Companions, is_control_file
from loaders.landing.durable import make_folder
from loaders.landing.export_settings import Settings, project_settings
from loaders.landing.full_exports import files_to_compare
from loaders.landing.inbox import LAYOUT, is_skipped
from loaders.landing.left_out import LISTS, ReportedBefore
from loaders.landing.manifests import CONTROL, MANIFESTS, manifest_rows
from loaders.progress import UNMETERED, Meter, progress_bar

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INBOX_VARIABLE = "TIEOUT_S3_INBOX"
# A source may replace a delivery while a run lands its first content. Then the manifest is younger than the second
# content. No run takes longer than this, so a delivery that was written less than this before its manifest is fetched
# again, and landing compares its digest.
LONGEST_RUN = timedelta(hours=6)

_MOST_FAILURES = 100
_DELIVERED = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})/(?P<name>[^/]+/[^/]+)", re.ASCII)


@dataclass
class FetchResult:
    """The result of one run.

    Attributes:
        fetched: the number of deliveries that were fetched.
        fetched_bytes: their size.
        known: the number of deliveries that landed or were refused before, and of their control files.
        compared: the number of files of bronze that were fetched, because full exports are compared with them.
        failed: why an object could not be fetched, for each of them.
        problems: a sentence for each object that is not a delivery, if no earlier run has reported it.
        left_out_before: the number of those that an earlier run has reported.
    """

    fetched: int = 0
    fetched_bytes: int = 0
    known: int = 0
    compared: int = 0
    failed: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left_out_before: int = 0


def fetch(
    client: S3Client,
    s3_inbox: S3Root,
    s3_root: S3Root,
    inbox: Path,
    bronze_root: Path,
    *,
    full_exports: Settings | None = None,
    meter: Meter = UNMETERED,
) -> FetchResult:
    """Fetch the deliveries that the manifests in S3 do not name, and the manifests of their days.

    The manifests tell `tieout land` what landed before. A delivery with a control file that is younger than its
    manifest is fetched again, so that landing compares them. If there are full exports, all manifests are fetched, and
    the files of bronze with which the exports are compared. The records of forgotten persons are fetched, because
    landing says so when one of them is delivered again.

    Args:
        client: a client of S3.
        s3_inbox: the inbox of the source systems.
        s3_root: bronze in S3.
        inbox: folder for the deliveries.
        bronze_root: folder of bronze, for the manifests.
        full_exports: the entities that are full exports (default: what contract and project say).
        meter: reports the progress in bytes.

    Raises:
        TieoutError: AWS cannot be reached or refuses more than a few objects, a file is not a manifest, or a folder
            cannot be written. Files that were fetched before are complete.
    """
    result = FetchResult()
    exports = full_exports or project_settings(load_contract())
    wanted = []
    arriving: list[tuple[str, str]] = []
    left_out: dict[str, tuple[str, str]] = {}
    try:
        make_folder(inbox / FETCHING)
        for day, found in groupby(_deliveries(client, s3_inbox, left_out), key=lambda delivery: delivery[0]):
            files = {name: delivery for _, name, delivery in found}
            new = _new(files, _landed(client, s3_root, bronze_root, day))
            wanted += new
            arriving += [(day, each.path.partition("/")[2]) for each in new]
            result.known += len(files) - len(new)
        fetch_new(client, s3_root, bronze_root, list_objects(client, s3_root, f"{CONTROL}/{TOMBSTONES}/"))
        reported = _reported(client, s3_root, bronze_root)
        result.problems = reported.report(str(s3_inbox), left_out)
        result.left_out_before = len(left_out) - len(result.problems)
        meter.expect(sum(delivery.size for delivery in wanted))
        failed = []
        with ThreadPoolExecutor(REQUESTS_AT_A_TIME) as pool:
            for delivery, failure in pool.map(lambda one: try_to_fetch(client, s3_inbox, one, inbox), wanted):
                if failure:
                    failed.append(delivery.path)
                    result.failed.append(str(failure))
                    if len(failed) == _MOST_FAILURES:
                        raise failure
                    continue
                result.fetched += 1
                result.fetched_bytes += delivery.size
                meter.count(delivery.size)
        _hold_unstated(inbox, failed)
        if exports.since:
            result.compared = _fetch_compared(client, s3_root, bronze_root, exports, arriving)
    except OSError as error:
        raise TieoutError(
            f"{error.filename or inbox} cannot be written: {error.strerror or error}. Correct this, then fetch again."
        ) from error
    return result


def _deliveries(
    client: S3Client, inbox: S3Root, left_out: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str, Found]]:
    """Yield the day, the delivered file and the object of each delivery, by day; collect the other objects."""
    for found in list_objects(client, inbox, ""):
        match = _DELIVERED.fullmatch(found.path)
        if match and ".." not in found.path.split("/"):
            yield match["day"], match["name"], found
        elif not (found.path.endswith("/") or is_skipped(found.path)):  # the console creates folders as objects
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
    lists = list(list_objects(client, root, f"{LISTS}/"))
    if lists and not (bronze_root / lists[-1].path).exists():
        fetch_object(client, root, lists[-1], bronze_root)
    return ReportedBefore(bronze_root)


def _landed(client: S3Client, root: S3Root, bronze_root: Path, day: str) -> dict[str, datetime]:
    """Fetch the manifests of a day; return when the latest one was written, by delivered file."""
    written_at: dict[str, datetime] = {}
    for manifest in list_objects(client, root, f"{CONTROL}/{MANIFESTS}/dt={day}/"):
        path = bronze_root / manifest.path
        if not path.exists():
            fetch_object(client, root, manifest, bronze_root)
        for row in manifest_rows(path):
            name = row["delivered_file"]
            written_at[name] = max(manifest.written_at, written_at.get(name, manifest.written_at))
    return written_at


def _fetch_compared(
    client: S3Client, root: S3Root, bronze_root: Path, exports: Settings, arriving: list[tuple[str, str]]
) -> int:
    """Fetch all manifests since the first full export, and the files with which exports are compared; count these."""
    first = f"{CONTROL}/{MANIFESTS}/dt={min(exports.since.values())}"
    manifests = (found for found in list_objects(client, root, f"{CONTROL}/{MANIFESTS}/") if found.path >= first)
    fetch_new(client, root, bronze_root, manifests)
    days = [(date.fromisoformat(day), name) for day, name in arriving if _is_day(day)]
    wanted = sorted(files_to_compare(bronze_root, exports, days))
    missing = fetch_new(client, root, bronze_root, (Found(path, 0, datetime.now(UTC), "") for path in wanted))
    for found in missing:
        # A file that is younger than its manifest was changed after landing, and push compares its whole batch.
        os.utime(bronze_root / found.path, (0, 0))
    return len(missing)


def _is_day(text: str) -> bool:
    """Return whether a folder is a day of the calendar; landing reports others."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _hold_unstated(inbox: Path, failed: Iterable[str]) -> None:
    """Remove the deliveries whose control files could not be fetched. Once they have landed, nothing compares them."""
    for path in filter(is_control_file, failed):
        folder = (inbox / path).parent
        names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
        for name in Companions(name for name in names if not is_control_file(name)).of(Path(path).name):
            (folder / name).unlink()


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
    new files. If an entity is a full export, all manifests are fetched, and the files that exports are compared with.
    Exits with 1 if an object cannot be fetched, or is not a delivery and no earlier run has reported it; all other
    objects are fetched.
    """
    source, root = S3Root.parse(s3_inbox), S3Root.parse(s3_root)
    bronze_root = local_bronze_root(bronze_root, action="Fetching writes manifests to")
    with progress_bar("Fetching") as meter:
        result = fetch(s3_client(region), source, root, inbox, bronze_root, meter=meter)
    for problem in (*result.failed, *result.problems):
        typer.echo(f"tieout: {problem}", err=True)
    if result.left_out_before:
        typer.echo(f"Note:    Objects that are not deliveries, reported by an earlier run: {result.left_out_before:,}.")
    typer.echo(
        f"Files:   {result.fetched:,} fetched into {inbox} ({result.fetched_bytes:,} bytes), {result.known:,} "
        f"delivered before, {len(result.problems):,} left out, {len(result.failed):,} failed."
    )
    if result.compared:
        typer.echo(f"Exports: {result.compared:,} files of bronze fetched, with which full exports are compared.")
    if result.problems or result.failed:
        raise typer.Exit(1)
