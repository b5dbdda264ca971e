"""`tieout push`: upload bronze to S3, batch by batch, each manifest last."""

from __future__ import annotations

from collections.abc import Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from loaders.aws.objects import LocalFile, ObjectStore, local_file, md5
from loaders.aws.session import REQUESTS_AT_A_TIME, KmsKeyOption, RegionOption, S3Root, S3RootArgument, s3_client
from loaders.bronze_root import BronzeRootOption, local_bronze_root
from loaders.errors import TieoutError
from loaders.landing.left_out import LISTS, ReportedBefore
from loaders.landing.manifests import CONTROL, MANIFESTS, Batch, BatchFile, batches
from loaders.progress import UNMETERED, CountBytes, Meter, progress_bar
from loaders.push_overlap import check_overlap


@dataclass
class PushResult:
    """The result of one run, or of a dry run.

    Attributes:
        batches: the number of batches that were completed.
        skipped: the number of batches that were already in S3.
        sent: the number of files that were sent, manifests included.
        sent_bytes: their size.
        resumed: the number of files of the completed batches that were already in S3.
    """

    batches: int = 0
    skipped: int = 0
    sent: int = 0
    sent_bytes: int = 0
    resumed: int = 0


def push(
    bronze_root: Path,
    store: ObjectStore,
    *,
    verify: bool = False,
    dry_run: bool = False,
    meter: Meter = UNMETERED,
) -> PushResult:
    """Send the batches of a bronze root that are not in S3.

    The manifest of a batch is sent after all its other files. So readers, which start from the manifests, never see
    half a batch, and a manifest in S3 proves that its batch is complete: pushing again asks only for the manifests. The
    next push resumes an interrupted one. A push keeps no state except bronze itself.

    Args:
        bronze_root: folder of bronze.
        store: the objects in S3.
        verify: ask for every file of every batch, and send the missing ones.
        dry_run: ask, compare and count, but send nothing.
        meter: reports the progress in bytes.

    Raises:
        TieoutError: bronze is missing or was changed after landing, an object has other content, another run has pushed
            a file of a batch in a batch of its own, or AWS refuses a request or cannot be reached. Earlier batches are
            complete; the current one has no manifest in S3.
    """
    if not bronze_root.is_dir():
        raise TieoutError(f"There is no bronze in {bronze_root}. Land deliveries first, or give --bronze-root.")
    result = PushResult()
    pool = ThreadPoolExecutor(REQUESTS_AT_A_TIME)
    try:
        manifests = dict(store.list(f"{CONTROL}/{MANIFESTS}/"))
        if meter is not UNMETERED:
            meter.expect(_size(bronze_root, {} if verify else manifests))
        for batch in batches(bronze_root):
            if not verify and _is_complete(bronze_root, batch, store, manifests):
                result.skipped += 1
                continue
            _push_batch(bronze_root, batch, store, pool, result, dry_run=dry_run, count_bytes=meter.count)
        if not dry_run:
            _push_left_out(bronze_root, store, meter.count)
    except OSError as error:
        raise TieoutError(
            f"Bronze cannot be read: {error.filename or bronze_root}: {error.strerror or error}. The batches before it "
            "are complete in S3. Correct this, then push again."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
    return result


def _push_left_out(root: Path, store: ObjectStore, count_bytes: CountBytes) -> None:
    """Send the last list of the files that were left out, so that the next run on any machine knows them."""
    last_list = ReportedBefore(root).last_list
    if last_list:
        path = str(last_list.relative_to(root))
        if path not in dict(store.list(f"{LISTS}/")):
            store.send(local_file(root, path), count_bytes)


def _size(root: Path, manifests: Container[str]) -> int:
    """Return the size of the batches whose manifest is not among the given ones."""
    size = 0
    with suppress(TieoutError):  # the push itself reports a broken manifest, after it has sent the batches before it
        for batch in batches(root):
            if batch.manifest.path not in manifests:
                paths = [root / file.path for file in (*batch.files, batch.manifest)]
                size += sum(path.stat().st_size for path in paths if path.exists())
    return size


def _is_complete(root: Path, batch: Batch, store: ObjectStore, manifests: dict[str, str]) -> bool:
    """Return whether a batch is complete in S3; its manifest is enough to know.

    The ETag in the listing is the MD5 of the content, except under a KMS key: then S3 is asked for the recorded digest.
    A local file that is newer than its manifest was changed after landing, so every file of the batch is compared.
    """
    manifest = root / batch.manifest.path
    tag = manifests.get(batch.manifest.path)
    if tag is None:
        return False
    if tag != md5(manifest.read_bytes()) and not store.has(local_file(root, batch.manifest.path)):
        return False
    landed = manifest.stat().st_mtime_ns
    return not any(_is_newer(root / file.path, landed) for file in batch.files)


def _is_newer(path: Path, moment: int) -> bool:
    try:
        return path.stat().st_mtime_ns > moment
    except FileNotFoundError:
        return False  # local files may be removed once they are in S3


def _push_batch(
    root: Path,
    batch: Batch,
    store: ObjectStore,
    pool: ThreadPoolExecutor,
    result: PushResult,
    *,
    dry_run: bool,
    count_bytes: CountBytes,
) -> None:
    """Compare all files of a batch with S3, then send the missing ones, the manifest last."""
    *files, manifest = pool.map(partial(_digested, root), (*batch.files, batch.manifest))
    *there, manifest_is_there = pool.map(store.has, (*files, manifest))
    missing = [file for file, is_there in zip(files, there, strict=True) if not is_there]
    if not dry_run:
        for _ in pool.map(partial(store.send, progress=count_bytes), missing):
            pass
    if not manifest_is_there:
        missing.append(manifest)
        check_overlap(root, batch, store)
        if not dry_run:
            store.send(manifest, count_bytes)
    compared = zip((*files, manifest), (*there, manifest_is_there), strict=True)
    count_bytes(sum(file.size for file, is_there in compared if is_there))
    result.sent += len(missing)
    result.sent_bytes += sum(file.size for file in missing)
    result.resumed += len(files) + 1 - len(missing)
    if missing:
        result.batches += 1
    else:
        result.skipped += 1


def _digested(root: Path, file: BatchFile) -> LocalFile:
    found = local_file(root, file.path)
    if file.sha256 not in (None, found.sha256):
        raise TieoutError(
            f"{found.source} is not the file that landed: its SHA-256 is {found.sha256}, but {file.sha256} in its "
            "manifest. Restore it from a backup, then push again."
        )
    return found


def command(
    s3_root: S3RootArgument,
    *,
    bronze_root: BronzeRootOption = None,
    region: RegionOption = None,
    kms_key: KmsKeyOption = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Ask S3 for every file of every batch, and send the missing ones.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare and report, but send nothing.")] = False,
) -> None:
    """Push bronze to S3: the batches that are not there yet, each manifest last.

    Pushing again sends nothing; an interrupted push is resumed. Objects are never overwritten: if an object of the same
    name has other content, the push stops before it sends anything of that batch.
    """
    root = S3Root.parse(s3_root)
    bronze_root = local_bronze_root(bronze_root, action="Pushing reads")
    with closing(ObjectStore(s3_client(region), root, kms_key)) as store, progress_bar("Pushing") as meter:
        result = push(bronze_root, store, verify=verify, dry_run=dry_run, meter=meter)
    for line in _summary(result, bronze_root, root, dry_run=dry_run):
        typer.echo(line)


def _summary(result: PushResult, bronze_root: Path, root: S3Root, *, dry_run: bool) -> Iterator[str]:
    if not (result.batches or result.skipped):
        yield f"There is nothing to push in {bronze_root}."
        return
    done = "would be " if dry_run else ""
    yield f"Batches: {result.batches:,} {done}pushed to {root}, {result.skipped:,} were already there."
    if result.batches:
        yield (
            f"Files:   {result.sent:,} {done}sent ({result.sent_bytes:,} bytes), "
            f"{result.resumed:,} of these batches were already there."
        )
