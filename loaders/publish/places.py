"""Where tables are published: a folder, or a prefix in S3."""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loaders.aws.errors import aws_errors, error_code
from loaders.aws.objects import ObjectStore, local_file
from loaders.aws.session import REQUESTS_AT_A_TIME, S3Root, s3_client
from loaders.errors import TieoutError
from loaders.locks import locked

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SUPERSEDED = "tieout"
"""The tag, with the value `superseded`, of objects that are no longer part of a table. The bucket expires them."""

STAGING = ".publishing-"
"""How the folders begin in which files are prepared."""

_LOCK = ".publish.lock"
_RACES = frozenset({"ConditionalRequestConflict", "PreconditionFailed"})


class Place(ABC):
    """A destination. Paths in it are relative, with slashes.

    Attributes:
        staging: the folder in which files are prepared; None for that of the system.
    """

    staging: Path | None = None

    @abstractmethod
    def read(self, path: str) -> bytes | None:
        """Return a file; None if there is none."""

    @abstractmethod
    def write(self, path: str, content: bytes) -> None:
        """Replace a file that this process has read before, at once.

        Raises:
            TieoutError: it cannot be written, or another process has changed it meanwhile.
        """

    @abstractmethod
    def send(self, root: Path, folder: str, files: Sequence[str]) -> None:
        """Bring a new folder with files from below a local root."""

    @abstractmethod
    def list(self, folder: str) -> list[str]:
        """Return the paths of all files in a folder."""

    @abstractmethod
    def retire(self, files: Sequence[str]) -> None:
        """Remove files that are no longer part of a table, or let them expire."""


class FolderPlace(Place):
    """A local folder."""

    def __init__(self, root: Path) -> None:
        """Publish to a folder."""
        self.root = self.staging = root

    def read(self, path: str) -> bytes | None:
        """Return a file; None if there is none."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, content: bytes) -> None:
        """Replace a file, at once."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(f".{target.name}.new")
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)

    def send(self, root: Path, folder: str, files: Sequence[str]) -> None:
        """Move a new folder."""
        del files
        target = self.root / folder
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(root / folder, target)

    def list(self, folder: str) -> list[str]:
        """Return the paths of all files in a folder."""
        return sorted(str(path.relative_to(self.root)) for path in (self.root / folder).rglob("*") if path.is_file())

    def retire(self, files: Sequence[str]) -> None:
        """Remove files, and the folders that are empty then."""
        for file in files:
            path = self.root / file
            path.unlink(missing_ok=True)
            for folder in path.parents[:2]:
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()

    def __str__(self) -> str:
        """Return the folder as the user gives it."""
        return str(self.root)


class S3Place(Place):
    """A prefix in S3."""

    def __init__(self, client: S3Client, root: S3Root, store: ObjectStore, kms_key: str | None) -> None:
        """Publish below a root; the store sends the files."""
        self._client = client
        self.root = root
        self._store = store
        self._tags: dict[str, str | None] = {}
        self._encryption: dict[str, Any] = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key, "BucketKeyEnabled": True} if kms_key else {}
        )

    def address(self, path: str) -> str:
        """Return the full address of a path."""
        return self.root.address(path)

    def read(self, path: str) -> bytes | None:
        """Return an object; None if there is none."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with aws_errors(self.address(path)):
            try:
                found = self._client.get_object(Bucket=self.root.bucket, Key=self.root.key(path))
            except ClientError as error:
                if error_code(error) not in ("404", "NoSuchKey", "NotFound"):
                    raise
                self._tags[path] = None
                return None
            self._tags[path] = found["ETag"]
            return found["Body"].read()

    def write(self, path: str, content: bytes) -> None:
        """Replace an object, unless another process has changed it since it was read."""
        from botocore.exceptions import ClientError  # noqa: PLC0415

        tag = self._tags[path]
        unchanged: dict[str, Any] = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        with aws_errors(self.address(path)):
            try:
                written = self._client.put_object(
                    Bucket=self.root.bucket, Key=self.root.key(path), Body=content, **unchanged, **self._encryption
                )
            except ClientError as error:
                if error_code(error) not in _RACES:
                    raise
                raise TieoutError(
                    f"{self.address(path)} was changed while this run wrote: another `tieout publish` is running. "
                    "Wait until it has finished, then publish again."
                ) from None
        self._tags[path] = written["ETag"]

    def send(self, root: Path, folder: str, files: Sequence[str]) -> None:
        """Upload files."""
        del folder
        with ThreadPoolExecutor(REQUESTS_AT_A_TIME) as pool:
            for _ in pool.map(lambda file: self._store.send(local_file(root, file), lambda _size: None), files):
                pass

    def list(self, folder: str) -> list[str]:
        """Return the paths of all objects in a folder."""
        return [path for path, _ in self._store.list(f"{folder}/")]

    def retire(self, files: Sequence[str]) -> None:
        """Tag objects, so that the bucket expires them: nobody who publishes may delete."""
        with ThreadPoolExecutor(REQUESTS_AT_A_TIME) as pool:
            for _ in pool.map(self._tag, files):
                pass

    def _tag(self, path: str) -> None:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        with aws_errors(self.address(path)):
            try:
                self._client.put_object_tagging(
                    Bucket=self.root.bucket,
                    Key=self.root.key(path),
                    Tagging={"TagSet": [{"Key": SUPERSEDED, "Value": "superseded"}]},
                )
            except ClientError as error:
                if error_code(error) not in ("NoSuchKey", "MethodNotAllowed"):  # it has expired
                    raise

    def __str__(self) -> str:
        """Return the address as the user gives it."""
        return str(self.root)


@contextmanager
def open_place(destination: str, region: str | None, kms_key: str | None) -> Iterator[Place]:
    """Open a destination, for one process at a time: a lock in a folder, conditional writes in S3.

    Raises:
        TieoutError: it is not an address in S3, the folder cannot be written, or another process publishes to it.
    """
    if destination.startswith("s3:"):
        root = S3Root.parse(destination)
        client = s3_client(region)
        with closing(ObjectStore(client, root, kms_key)) as store:
            yield S3Place(client, root, store, kms_key)
        return
    folder = Path(destination).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / _LOCK, f"Another `tieout publish` is writing to {folder}. Wait until it has finished."):
            for left in folder.glob(f"{STAGING}*"):  # by a run that was killed
                shutil.rmtree(left)
            yield FolderPlace(folder)
    except OSError as error:
        raise TieoutError(
            f"{folder} cannot be written: {error.strerror or error}. Correct this or give another destination, then "
            "publish again."
        ) from None
