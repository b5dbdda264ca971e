"""What another run has pushed while this one was at work."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from loaders.aws.objects import ObjectStore
from loaders.errors import TieoutError
from loaders.landing.manifests import LANDED, Batch, manifest_rows, parse_manifest


def check_overlap(root: Path, batch: Batch, store: ObjectStore) -> None:
    """Check that no other batch in S3 has a file of this one.

    Two runs that begin with an empty bronze at the same time land the same deliveries, each in a batch of its own. With
    both manifests in S3, the files would be loaded twice. Batches whose manifest is in the local bronze have no file of
    this one: landing has seen them.

    Args:
        root: folder of bronze.
        batch: the batch, whose manifest is not in S3 yet.
        store: the objects in S3.

    Raises:
        TieoutError: another batch has one of its files, or AWS refuses a request or cannot be reached.
    """
    landed = _landed(manifest_rows(root / batch.manifest.path))
    for path, _ in store.list(f"{PurePosixPath(batch.manifest.path).parent}/"):
        if path == batch.manifest.path or (root / path).exists():
            continue
        both = landed & _landed(parse_manifest(store.read(path), store.root.address(path)))
        if both:
            raise TieoutError(
                f"Another run has pushed {min(both)[0]} meanwhile, with {store.root.address(path)}. Nothing of this "
                f"batch counts. Delete {root / batch.manifest.path}, then run tieout fetch, land and push again, one "
                "run at a time."
            )


def _landed(rows: list[dict[str, str]]) -> set[tuple[str, str]]:
    """Return the landed files by their delivered names and contents, and by their names in bronze."""
    landed = [row for row in rows if row["delivery_status"] == LANDED]
    return {(row["delivered_file"], row["delivered_sha256"]) for row in landed} | {
        (row["bronze_file"], "") for row in landed
    }
