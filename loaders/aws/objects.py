"""Objects in S3 that are written once: never overwritten, checked during the upload and comparable afterwards."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loaders.aws.errors import aws_errors, error_code
from loaders.aws.session import REQUESTS_AT_A_TIME, S3Root
from loaders.errors import TieoutError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PartTypeDef

DIGEST = "sha256"
"""The metadata key for the digest of a whole object. For an object of several parts, S3 itself has only a digest of the
parts' digests.
"""

PART_BYTES = 8 * 2**20
_MOST_PARTS = 10_000
_PIECE_BYTES = 2**20
_PATIENCE_SECONDS = (1, 2, 4)
# With this condition S3 refuses to overwrite an object at the moment of writing, so two pushes at the same time do no
# harm. A check before the write could not guarantee that. s3transfer, the uploader of boto3, does not support the
# condition, so this module sends the parts itself.
_IF_ABSENT = "*"
# The object was written by another push, or by an earlier attempt whose response was lost.
_RACES = frozenset({"ConditionalRequestConflict", "NoSuchUpload", "PreconditionFailed"})


@dataclass(frozen=True)
class Part:
    """A part of a file that is sent with one request.

    Attributes:
        start: its offset in the file.
        size: its size in bytes.
        checksum: its SHA-256 in base64, as S3 expects it.
    """

    start: int
    size: int
    checksum: str


@dataclass(frozen=True)
class LocalFile:
    """A file to send.

    Attributes:
        path: its path below the root, both locally and in S3.
        source: its local path.
        sha256: its digest.
        parts: its parts, always cut in the same way, so that an interrupted upload can be resumed.
    """

    path: str
    source: Path
    sha256: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return sum(part.size for part in self.parts)

    def read(self, part: Part) -> bytes:
        """Read a part.

        Raises:
            TieoutError: the file has changed since it was digested.
            OSError: the file cannot be read.
        """
        with self.source.open("rb") as file:
            file.seek(part.start)
            content = file.read(part.size)
        if _checksum(content) != part.checksum:
            raise TieoutError(
                f"{self.source} changed while it was sent, but only `tieout land` may write to bronze. Restore it."
            )
        return content


class ObjectStore:
    """The objects below a root in S3.

    Several requests run at the same time. The caller's threads send whole files. Parts have their own threads, so that
    one large file is sent as fast as many small ones.
    """

    def __init__(self, client: S3Client, root: S3Root, kms_key: str | None = None) -> None:
        """Write with server-side encryption: with a KMS key if one is given, else with S3's own key."""
        self._client = client
        self.root = root
        self._encryption: dict[str, Any] = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key, "BucketKeyEnabled": True}
            if kms_key
            else {"ServerSideEncryption": "AES256"}
        )
        self._parts = ThreadPoolExecutor(REQUESTS_AT_A_TIME)

    def close(self) -> None:
        """Stop the threads."""
        self._parts.shutdown(cancel_futures=True)

    def list(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield the path and the ETag of every object below a folder.

        Raises:
            TieoutError: AWS refuses the request or cannot be reached.
        """
        with aws_errors(str(self.root)):
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.root.bucket, Prefix=self.root.key(path)
            ):
                for found in page.get("Contents", []):
                    yield found["Key"].removeprefix(self.root.prefix), found["ETag"].strip('"')

    def digest(self, path: str) -> str | None:
        """Return the SHA-256 of an object: the recorded one, else computed. Return None if there is no object.

        Raises:
            TieoutError: AWS refuses the request or cannot be reached.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415

        bucket, key = self.root.bucket, self.root.key(path)
        with aws_errors(self.root.address(path)):
            try:
                found = self._client.head_object(Bucket=bucket, Key=key)
            except ClientError as error:
                if error_code(error) in ("404", "NoSuchKey", "NotFound"):
                    return None
                raise
            recorded = found["Metadata"].get(DIGEST)
            if recorded:
                return recorded
            digest = hashlib.sha256()
            for piece in self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_PIECE_BYTES):
                digest.update(piece)
            return digest.hexdigest()

    def read(self, path: str) -> bytes:
        """Return the content of an object."""
        with aws_errors(self.root.address(path)):
            return self._client.get_object(Bucket=self.root.bucket, Key=self.root.key(path))["Body"].read()

    def has(self, file: LocalFile) -> bool:
        """Return whether S3 has a file.

        Raises:
            TieoutError: the object has other content, or AWS refuses or cannot be reached.
        """
        digest = self.digest(file.path)
        if digest not in (None, file.sha256):
            raise TieoutError(
                f"{self.root.address(file.path)} already exists with other content than {file.source}, and bronze "
                "never changes. Push to another prefix, or restore the file that was pushed first."
            )
        return digest is not None

    def send(self, file: LocalFile, progress: Callable[[int], None]) -> None:
        """Write a file as a new object, unless the object already exists with the same content.

        Raises:
            TieoutError: the object has other content, the file has changed since it was digested, or AWS refuses the
                request or cannot be reached.
            OSError: the file cannot be read.
        """
        from botocore.exceptions import ClientError  # noqa: PLC0415

        for seconds in _PATIENCE_SECONDS:
            with aws_errors(self.root.address(file.path)):
                try:
                    if len(file.parts) == 1:
                        self._put(file, progress)
                    else:
                        self._upload(file, progress)
                    return
                except ClientError as error:
                    if error_code(error) not in _RACES:
                        raise
            if self.has(file):
                return
            time.sleep(seconds)
        raise TieoutError(
            f"{self.root.address(file.path)} is being written by another push. Push again when it has finished."
        )

    def _put(self, file: LocalFile, progress: Callable[[int], None]) -> None:
        (part,) = file.parts
        self._client.put_object(
            Bucket=self.root.bucket,
            Key=self.root.key(file.path),
            Body=file.read(part),
            ChecksumSHA256=part.checksum,
            Metadata={DIGEST: file.sha256},
            IfNoneMatch=_IF_ABSENT,
            **self._encryption,
        )
        progress(part.size)

    def _upload(self, file: LocalFile, progress: Callable[[int], None]) -> None:
        """Write in parts, and resume an interrupted upload; the object appears when it is complete."""
        bucket, key = self.root.bucket, self.root.key(file.path)
        upload, sent = self._interrupted_upload(key, file) or (self._new_upload(key, file), {})

        def send_part(number: int, part: Part) -> CompletedPartTypeDef:
            tag = sent.get(number)
            if tag is None:
                tag = self._client.upload_part(
                    Bucket=bucket,
                    Key=key,
                    UploadId=upload,
                    PartNumber=number,
                    Body=file.read(part),
                    ChecksumSHA256=part.checksum,
                )["ETag"]
            progress(part.size)
            return {"PartNumber": number, "ETag": tag, "ChecksumSHA256": part.checksum}

        parts = list(self._parts.map(send_part, count(1), file.parts))
        self._client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch=_IF_ABSENT
        )
        # An earlier push may have recorded the digest, when it began the upload.
        self.has(file)

    def _new_upload(self, key: str, file: LocalFile) -> str:
        return self._client.create_multipart_upload(
            Bucket=self.root.bucket,
            Key=key,
            ChecksumAlgorithm="SHA256",
            Metadata={DIGEST: file.sha256},
            **self._encryption,
        )["UploadId"]

    def _interrupted_upload(self, key: str, file: LocalFile) -> tuple[str, dict[int, str]] | None:
        """Find an interrupted upload of this file and the ETags of its parts; abort those of other content."""
        bucket = self.root.bucket
        for page in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=key):
            for upload in page.get("Uploads", []):
                if upload["Key"] != key:
                    continue
                pages = self._client.get_paginator("list_parts").paginate(
                    Bucket=bucket, Key=key, UploadId=upload["UploadId"]
                )
                parts = {part["PartNumber"]: part for page in pages for part in page.get("Parts", [])}
                if parts and all(_is_part_of(file, part) for part in parts.values()):
                    return upload["UploadId"], {number: part["ETag"] for number, part in parts.items()}
                self._client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload["UploadId"])
        return None


def local_file(root: Path, path: str) -> LocalFile:
    """Digest a file below a root.

    Raises:
        OSError: the file cannot be read.
    """
    source = root / path
    digest = hashlib.sha256()
    parts: list[Part] = []
    with source.open("rb") as file:
        part_size = max(PART_BYTES, -(-os.fstat(file.fileno()).st_size // _MOST_PARTS))
        start = 0
        while (content := file.read(part_size)) or not parts:
            digest.update(content)
            parts.append(Part(start, len(content), _checksum(content)))
            start += len(content)
    return LocalFile(path, source, digest.hexdigest(), tuple(parts))


def md5(content: bytes) -> str:
    """Return the ETag of S3 for content that was written with one request and without a KMS key."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _is_part_of(file: LocalFile, sent: PartTypeDef) -> bool:
    """Return whether a part in S3 is a part of the file; not every S3-compatible store lists checksums."""
    if sent["PartNumber"] > len(file.parts):
        return False
    part = file.parts[sent["PartNumber"] - 1]
    checksum = sent.get("ChecksumSHA256")
    return checksum == part.checksum if checksum else sent["ETag"].strip('"') == md5(file.read(part))


def _checksum(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
