"""Downloading objects of S3 into a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from loaders.aws.errors import aws_errors
from loaders.aws.session import REQUESTS_AT_A_TIME, S3Root
from loaders.errors import TieoutError
from loaders.landing.durable import make_folder

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The name is hidden, so that landing ignores files that are still being fetched.
FETCHING = ".fetching"


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


def list_objects(client: S3Client, root: S3Root, path: str) -> Iterator[Found]:
    """Yield the objects below a path.

    Raises:
        TieoutError: AWS refuses the request or cannot be reached.
    """
    with aws_errors(str(root)):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=root.bucket, Prefix=root.key(path)):
            for found in page.get("Contents", []):
                yield Found(
                    found["Key"].removeprefix(root.prefix),
                    found["Size"],
                    found["LastModified"],
                    found["ETag"].strip('"'),
                )


def fetch_object(client: S3Client, root: S3Root, found: Found, folder: Path) -> Found:
    """Fetch one object; its file appears only when it is complete."""
    target = folder / found.path
    partial = folder / FETCHING / found.path
    make_folder(partial.parent)
    make_folder(target.parent)
    with aws_errors(root.address(found.path)):
        client.download_file(root.bucket, root.key(found.path), str(partial))
    partial.replace(target)
    return found


def try_to_fetch(client: S3Client, root: S3Root, found: Found, folder: Path) -> tuple[Found, TieoutError | None]:
    """Fetch one object. What AWS refuses must not keep the other objects back."""
    try:
        return fetch_object(client, root, found, folder), None
    except TieoutError as error:
        return found, error


def fetch_new(client: S3Client, root: S3Root, folder: Path, objects: Iterable[Found]) -> list[Found]:
    """Fetch the objects that are not there, and return them."""
    new = [found for found in objects if not (folder / found.path).exists()]
    with ThreadPoolExecutor(REQUESTS_AT_A_TIME) as pool:
        return list(pool.map(lambda one: fetch_object(client, root, one, folder), new))
