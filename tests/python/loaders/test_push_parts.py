"""Pushing large files in parts, interrupted uploads, and unreliable connections."""

from __future__ import annotations

import hashlib
import os
import pty
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from loaders.aws.objects import PART_BYTES, LocalFile, ObjectStore
from loaders.aws.session import S3Root, s3_client
from loaders.errors import TieoutError
from loaders.progress import CountBytes
from loaders.push import PushResult, push
from tests.aws.double import AwsDouble, BadLink
from tests.python.conftest import BronzeFolder
from tests.python.loaders.pushing import DATA, PARTS, there


def test_a_large_file_is_sent_in_parts_and_arrives_complete(
    large_file: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    before = len(aws.requests())
    push(large_file.path, store)
    assert sum("partNumber=" in path for _, path in aws.requests()[before:]) == PARTS
    assert there(aws, s3_root) == large_file.files()
    found = aws.client("s3").head_object(Bucket=s3_root.bucket, Key=s3_root.key(DATA))
    assert found["Metadata"]["sha256"] == hashlib.sha256(large_file.files()[DATA]).hexdigest()
    assert found["ServerSideEncryption"] == "AES256"


def on_a_terminal(*command: object) -> str:
    """Run `tieout` in a terminal and return its output."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(Path(sys.executable).with_name("tieout"), ["tieout", *map(str, command)])
    shown = b""
    with suppress(OSError):  # the terminal raises this error when the program ends
        while piece := os.read(terminal, 65536):
            shown += piece
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, shown
    return shown.decode()


def test_a_terminal_shows_the_progress(
    large_file: BronzeFolder, s3_root: S3Root, aws: AwsDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    shown = on_a_terminal("push", s3_root, "--bronze-root", large_file.path)
    size = f"{sum(map(len, large_file.files().values())) / 1e6:.1f}"
    assert f"{size}/{size} MB" in shown
    assert there(aws, s3_root) == large_file.files()


def start_upload(aws: AwsDouble, s3_root: S3Root, content: bytes, first: bytes) -> None:
    """Start an upload and send its first part only, as an interrupted push does."""
    client, key = aws.client("s3"), {"Bucket": s3_root.bucket, "Key": s3_root.key(DATA)}
    digest = {"sha256": hashlib.sha256(content).hexdigest()}
    upload = client.create_multipart_upload(**key, ChecksumAlgorithm="SHA256", Metadata=digest)["UploadId"]
    client.upload_part(**key, UploadId=upload, PartNumber=1, Body=first)


def test_an_interrupted_upload_is_resumed_with_the_missing_parts(
    large_file: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    content = large_file.files()[DATA]
    start_upload(aws, s3_root, content, content[:PART_BYTES])
    before = len(aws.requests())
    push(large_file.path, store)
    assert sum("partNumber=" in path for _, path in aws.requests()[before:]) == PARTS - 1
    assert there(aws, s3_root) == large_file.files()
    assert "Uploads" not in aws.client("s3").list_multipart_uploads(Bucket=s3_root.bucket)


def test_an_interrupted_upload_of_other_content_is_not_resumed(
    large_file: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    start_upload(aws, s3_root, b"other", b"x" * PART_BYTES)
    push(large_file.path, store)
    assert there(aws, s3_root) == large_file.files()
    assert "Uploads" not in aws.client("s3").list_multipart_uploads(Bucket=s3_root.bucket)


def test_a_file_that_changes_while_it_is_sent_is_not_completed(
    large_file: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = ObjectStore.send

    def change_and_send(self: ObjectStore, file: LocalFile, progress: CountBytes) -> None:
        with (large_file.path / DATA).open("r+b") as changed:
            changed.seek(-5, os.SEEK_END)
            changed.write(b"9")
        send(self, file, progress)

    monkeypatch.setattr(ObjectStore, "send", change_and_send)
    with pytest.raises(TieoutError, match="changed while it was sent"):
        push(large_file.path, store)
    found = there(aws, s3_root)
    assert DATA not in found
    assert not [path for path in found if path.startswith("control/deliveries")]


def test_two_pushes_at_the_same_time_do_no_harm(landed_days: BronzeFolder, aws: AwsDouble, s3_root: S3Root) -> None:
    def run() -> PushResult:
        with closing(ObjectStore(s3_client(), s3_root)) as store:
            return push(landed_days.path, store)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run), pool.submit(run)]:
            done.result()
    assert there(aws, s3_root) == landed_days.files()


def test_refused_requests_and_lost_responses_are_retried(
    landed_days: BronzeFolder, aws: AwsDouble, s3_root: S3Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, int] = {}

    def spoil(method: str, path: str) -> str | None:
        """Refuse the first request for each file of one day, and lose the response to its first successful write."""
        if "2025-01-02" not in path:
            return None
        seen[f"{method} {path}"] = number = seen.get(f"{method} {path}", 0) + 1
        if number == 1:
            return "refuse"
        return "lose" if number == 2 and method == "PUT" else None

    with BadLink(aws, spoil) as link:
        monkeypatch.setenv("AWS_ENDPOINT_URL", link.endpoint)
        with closing(ObjectStore(s3_client(), s3_root)) as store:
            push(landed_days.path, store)
    assert there(aws, s3_root) == landed_days.files()
    assert min(number for request, number in seen.items() if request.startswith("PUT")) > 2
