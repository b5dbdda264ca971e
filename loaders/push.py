"""`tieout push`: bring bronze to S3, each batch whole: its manifest goes last."""

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
from loaders.aws.session import REQUESTS_AT_A_TIME, RegionOption, S3Root, S3RootArgument, s3_client
from loaders.errors import TieoutError
from loaders.land import BronzeRootOption, default_bronze_root
from loaders.landing.manifests import CONTROL, MANIFESTS, Batch, BatchFile, batches
from loaders.progress import UNMETERED, CountBytes, Meter, progress_bar


@dataclass
class PushResult:
    """What one run of pushing did, or would do.

    Attributes:
        batches: batches that were completed.
        skipped: batches that stood there already.
        sent: files that were sent, manifests included.
        sent_bytes: their size.
        resumed: files of the completed batches that stood there already.
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
    """Send the batches of a bronze root that S3 does not have.

    A batch's manifest goes when all its files stand there, so whoever reads by manifests never sees half a batch, and a
    manifest that stands there proves its batch: pushing again asks for the manifests only and sends nothing. A killed
    push is gone on with by the next one. Nothing is kept here but bronze itself.

    Args:
        bronze_root: folder of bronze.
        store: where it goes.
        verify: ask for every file of every batch; what is missing is sent.
        dry_run: ask, compare and count, but send nothing.
        meter: told how many bytes there are to bring, and how many stand there, as they do.

    Raises:
        TieoutError: bronze is missing or was changed after it had landed, an object has other content, or AWS refuses
            or cannot be reached. Batches before that are complete, the batch at work has no manifest.
    """
    if not bronze_root.is_dir():
        raise TieoutError(f"There is no bronze in {bronze_root}: land something first, or give --bronze-root.")
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
    except OSError as error:
        raise TieoutError(
            f"Bronze cannot be read: {error.filename or bronze_root}: {error.strerror or error}. The batches before "
            "it are complete in S3; put that right, then push again."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
    return result


def _size(root: Path, manifests: Container[str]) -> int:
    """Tell how many bytes the batches have whose manifest is not among those."""
    size = 0
    with suppress(TieoutError):  # at a broken manifest the push ends, once all before it has gone
        for batch in batches(root):
            if batch.manifest.path not in manifests:
                paths = [root / file.path for file in (*batch.files, batch.manifest)]
                size += sum(path.stat().st_size for path in paths if path.exists())
    return size


def _is_complete(root: Path, batch: Batch, store: ObjectStore, manifests: dict[str, str]) -> bool:
    """Tell whether a batch stands in S3, by its manifest alone.

    The listing's ETag is enough where it is the MD5 of the content; under a KMS key it is not, and S3 is asked for the
    recorded digest. A file here that was written after its manifest was tampered with: then every file is compared.
    """
    manifest = root / batch.manifest.path
    tag = manifests.get(batch.manifest.path)
    if tag is None:
        return False
    if tag != md5(manifest.read_bytes()) and not store.stands(local_file(root, batch.manifest.path)):
        return False
    landed = manifest.stat().st_mtime_ns
    return not any(_is_newer(root / file.path, landed) for file in batch.files)


def _is_newer(path: Path, moment: int) -> bool:
    try:
        return path.stat().st_mtime_ns > moment
    except FileNotFoundError:
        return False  # old bronze may be removed here once it is there


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
    """Compare all files of a batch before any is sent, then send what is missing, the manifest last."""
    *files, manifest = pool.map(partial(_digested, root), (*batch.files, batch.manifest))
    *there, manifest_is_there = pool.map(store.stands, (*files, manifest))
    missing = [file for file, stands in zip(files, there, strict=True) if not stands]
    if not dry_run:
        for _ in pool.map(partial(store.send, progress=count_bytes), missing):
            pass
    if not manifest_is_there:
        missing.append(manifest)
        if not dry_run:
            store.send(manifest, count_bytes)
    stand = zip((*files, manifest), (*there, manifest_is_there), strict=True)
    count_bytes(sum(file.size for file, stands in stand if stands))
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
            f"{found.source} is not the file that landed: its SHA-256 is {found.sha256}, its manifest says "
            f"{file.sha256}. Restore it from a backup, then push again."
        )
    return found


def command(
    s3_root: S3RootArgument,
    *,
    bronze_root: BronzeRootOption = None,
    region: RegionOption = None,
    kms_key: Annotated[
        str | None,
        typer.Option(
            envvar="TIEOUT_KMS_KEY", help="KMS key (id, ARN or alias) to encrypt by, instead of S3's own key."
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Ask S3 for every file of every batch, and send what is missing.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compare and say what would be sent; send nothing.")
    ] = False,
) -> None:
    """Push bronze to S3: what is not there yet, each batch's manifest last.

    Pushing again sends nothing; a push that was killed is gone on with. An object is never overwritten: other content
    under a name that is taken ends the push before anything of that batch is sent.
    """
    root = S3Root.parse(s3_root)
    bronze_root = bronze_root or default_bronze_root()
    if str(bronze_root).startswith("s3:"):
        raise TieoutError(f"Pushing reads a local folder, not {bronze_root}: give one with --bronze-root.")
    with closing(ObjectStore(s3_client(region), root, kms_key)) as store, progress_bar("Pushing") as meter:
        result = push(bronze_root, store, verify=verify, dry_run=dry_run, meter=meter)
    for line in _summary(result, bronze_root, root, dry_run=dry_run):
        typer.echo(line)


def _summary(result: PushResult, bronze_root: Path, root: S3Root, *, dry_run: bool) -> Iterator[str]:
    if not (result.batches or result.skipped):
        yield f"There is nothing to push in {bronze_root}."
        return
    done = "would be " if dry_run else ""
    yield f"Batches: {result.batches:,} {done}pushed to {root}, {result.skipped:,} stood there already."
    if result.batches:
        yield (
            f"Files:   {result.sent:,} {done}sent ({result.sent_bytes:,} bytes), "
            f"{result.resumed:,} of these batches stood there already."
        )
