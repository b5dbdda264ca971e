"""`tieout push`: every file arrives once and unchanged, and no object is ever overwritten."""

from __future__ import annotations

import hashlib

import pytest

from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root
from loaders.push import PushResult, push
from tests.aws.double import AwsDouble
from tests.python.conftest import BronzeFolder
from tests.python.loaders.conftest import Tieout
from tests.python.loaders.pushing import DATA, DAYS, there, writes


def test_all_files_arrive_encrypted_and_with_their_digest(
    landed_days: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    files = landed_days.files()
    result = push(landed_days.path, store)
    assert there(aws, s3_root) == files
    assert result == PushResult(batches=3, sent=len(files), sent_bytes=sum(map(len, files.values())))
    for path, content in files.items():
        found = aws.client("s3").head_object(Bucket=s3_root.bucket, Key=s3_root.key(path))
        assert found["Metadata"]["sha256"] == hashlib.sha256(content).hexdigest()
        assert found["ServerSideEncryption"] == "AES256"


def test_pushing_again_sends_one_request_and_no_file(
    landed_days: BronzeFolder, store: ObjectStore, aws: AwsDouble
) -> None:
    push(landed_days.path, store)
    before = len(aws.requests())
    assert push(landed_days.path, store) == PushResult(skipped=3)
    ((method, path),) = aws.requests()[before:]
    assert method == "GET"
    assert "control/deliveries/" in path


def test_each_manifest_is_sent_after_all_files_of_its_batch(
    landed_days: BronzeFolder, store: ObjectStore, aws: AwsDouble
) -> None:
    before = len(aws.requests())
    push(landed_days.path, store)
    sent = writes(aws, before)
    for day in DAYS:
        of_day = [path for path in sent if f"dt={day}/" in path.replace("%3D", "=")]
        assert len(of_day) == 5
        assert "/control/deliveries/" in of_day[-1]


def test_files_without_a_manifest_are_not_pushed(
    landed_days: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    files = landed_days.files()
    (landed_days.path / "banking" / "transactions" / "dt=2025-01-01" / "half.csv").write_text("landing was interrupted")
    push(landed_days.path, store)
    assert there(aws, s3_root) == files


def test_a_given_kms_key_encrypts(landed_days: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tieout: Tieout) -> None:
    options = ("--bronze-root", landed_days.path, "--kms-key", "alias/bronze")
    assert tieout("push", s3_root, *options).code == 0
    found = aws.client("s3").head_object(Bucket=s3_root.bucket, Key=s3_root.key(DATA))
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", "alias/bronze")


def test_an_etag_that_is_not_an_md5_makes_push_ask_for_the_digest(
    landed_days: BronzeFolder, store: ObjectStore, s3_root: S3Root, aws: AwsDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(landed_days.path, store)
    monkeypatch.setattr("loaders.push.md5", lambda _: "not an MD5 under a KMS key")
    before = len(aws.requests())
    assert push(landed_days.path, store) == PushResult(skipped=3)
    assert [method for method, _ in aws.requests()[before:]] == ["GET", "HEAD", "HEAD", "HEAD"]


def test_a_dry_run_reports_and_sends_nothing(
    landed_days: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tieout: Tieout
) -> None:
    before = len(aws.requests())
    outcome = tieout("push", s3_root, "--bronze-root", landed_days.path, "--dry-run")
    assert outcome.code == 0
    assert f"3 would be pushed to {s3_root}, 0 were already there" in outcome.out
    assert f"{len(landed_days.files())} would be sent" in outcome.out
    assert writes(aws, before) == []
    assert there(aws, s3_root) == {}


def test_an_incomplete_batch_is_completed(
    landed_days: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    push(landed_days.path, store)
    deleted = [
        path for path in landed_days.files() if "dt=2025-01-02" in path and not path.startswith("control/malformed")
    ]
    for path in deleted:
        aws.client("s3").delete_object(Bucket=s3_root.bucket, Key=s3_root.key(path))
    result = push(landed_days.path, store)
    assert (result.batches, result.skipped, result.sent, result.resumed) == (1, 2, len(deleted), 1)
    assert there(aws, s3_root) == landed_days.files()


def test_files_copied_by_another_tool_are_compared_by_content(
    landed_days: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    for path, content in landed_days.files().items():
        if not path.startswith("control/deliveries"):
            aws.client("s3").put_object(Bucket=s3_root.bucket, Key=s3_root.key(path), Body=content)
    assert push(landed_days.path, store).sent == len(DAYS)
    assert there(aws, s3_root) == landed_days.files()


@pytest.mark.parametrize("path", [DATA, "control/control_totals", "control/deliveries"])
@pytest.mark.parametrize("is_complete", [False, True], ids=["new batch", "pushed batch"])
def test_other_content_in_s3_is_refused_before_anything_of_the_batch_is_sent(
    landed_days: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tieout: Tieout, path: str, is_complete: bool
) -> None:
    (path,) = (file for file in landed_days.files() if file.startswith(path) and "dt=2025-01-02" in file)
    if is_complete:
        tieout("push", s3_root, "--bronze-root", landed_days.path)
    aws.client("s3").put_object(Bucket=s3_root.bucket, Key=s3_root.key(path), Body=b"other")
    refused = tieout("push", s3_root, "--bronze-root", landed_days.path, *(["--verify"] if is_complete else []))
    assert refused.code == 1
    assert f"{s3_root.address(path)} already exists with other content" in refused.err
    assert "Traceback" not in refused.err
    found = there(aws, s3_root)
    assert found[path] == b"other"
    if not is_complete:
        # The day before is complete, and nothing else of this day was sent.
        assert {file for file in found if "dt=2025-01-01" not in file} == {path}
        assert len(found) == 1 + len([file for file in landed_days.files() if "dt=2025-01-01" in file])


@pytest.mark.parametrize("is_complete", [False, True], ids=["before the push", "after the push"])
def test_a_file_that_changed_after_landing_is_refused(
    landed_days: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tieout: Tieout, is_complete: bool
) -> None:
    if is_complete:
        tieout("push", s3_root, "--bronze-root", landed_days.path)
    before = there(aws, s3_root)
    file = landed_days.path / DATA
    file.write_bytes(file.read_bytes().replace(b"1.50", b"9.50"))
    refused = tieout("push", s3_root, "--bronze-root", landed_days.path)
    assert refused.code == 1
    assert f"{file} is not the file that landed" in refused.err
    found = there(aws, s3_root)
    assert {path: content for path, content in found.items() if "dt=2025-01-01" not in path} == {
        path: content for path, content in before.items() if "dt=2025-01-01" not in path
    }


def test_local_files_may_be_removed_after_the_push(
    landed_days: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    push(landed_days.path, store)
    before = there(aws, s3_root)
    (landed_days.path / DATA).unlink()
    assert push(landed_days.path, store).skipped == 3
    assert there(aws, s3_root) == before


def test_verify_asks_for_every_file_and_sends_the_missing_ones(
    landed_days: BronzeFolder, s3_root: S3Root, aws: AwsDouble, tieout: Tieout
) -> None:
    options = (s3_root, "--bronze-root", landed_days.path)
    tieout("push", *options)
    aws.client("s3").delete_object(Bucket=s3_root.bucket, Key=s3_root.key(DATA))
    assert "0 pushed" in tieout("push", *options).out
    assert "1 sent" in tieout("push", *options, "--verify").out
    assert there(aws, s3_root) == landed_days.files()
    assert "0 pushed" in tieout("push", *options, "--verify").out
