"""What can go wrong in a push is one line with its remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loaders.aws.session import S3Root
from tests.aws.double import AwsDouble
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.conftest import Tieout
from tests.python.loaders.pushing import DATA, there, with_a_full_disk


@pytest.fixture
def read_only(
    landed_days: BronzeFolder, s3_root: S3Root, aws: AwsDouble, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A bucket that can be read but not written."""
    iam = aws.client("iam")
    iam.create_user(UserName="reader")
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    allowed = '{"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}'
    iam.put_user_policy(
        UserName="reader",
        PolicyName="read",
        PolicyDocument=f'{{"Version": "2012-10-17", "Statement": [{allowed}]}}',
    )
    aws.require_permission(True)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    yield
    aws.require_permission(False)
    iam.delete_access_key(UserName="reader", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="reader", PolicyName="read")
    iam.delete_user(UserName="reader")


def fails(tieout: Tieout, root: object, bronze: Path) -> str:
    """Push, check that it fails with one line on stderr, and return that line."""
    outcome = tieout("push", root, "--bronze-root", bronze)
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.startswith("tieout: ")
    assert len(outcome.err.splitlines()) == 1
    return outcome.err


def test_a_read_only_bucket_stays_empty(
    read_only: None, landed_days: BronzeFolder, s3_root: S3Root, aws: AwsDouble, tieout: Tieout
) -> None:
    message = fails(tieout, s3_root, landed_days.path)
    assert f"do not allow s3:PutObject at {s3_root}/" in message
    aws.require_permission(False)
    assert there(aws, s3_root) == {}


def test_unknown_credentials_are_rejected(
    read_only: None, landed_days: BronzeFolder, s3_root: S3Root, tieout: Tieout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
    assert "AWS rejects the credentials (InvalidAccessKeyId)" in fails(tieout, s3_root, landed_days.path)


def test_missing_credentials_are_named(
    landed_days: BronzeFolder, s3_root: S3Root, tieout: Tieout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "no usable AWS credentials" in fails(tieout, s3_root, landed_days.path)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in fails(tieout, s3_root, landed_days.path)


def test_a_missing_bucket_is_named(landed_days: BronzeFolder, aws: AwsDouble, tieout: Tieout) -> None:
    assert "There is no such bucket at s3://no-such-bucket" in fails(tieout, "s3://no-such-bucket", landed_days.path)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_a_missing_network_is_named(
    landed_days: BronzeFolder, s3_root: S3Root, tieout: Tieout, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    message = fails(tieout, s3_root, landed_days.path)
    assert "AWS cannot be reached" in message
    assert endpoint in message


@pytest.mark.parametrize(("variable", "value"), [("AWS_ENDPOINT_URL", "nowhere"), ("AWS_MAX_ATTEMPTS", "many")])
def test_an_unusable_configuration_is_named(
    landed_days: BronzeFolder,
    s3_root: S3Root,
    tieout: Tieout,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
) -> None:
    monkeypatch.setenv(variable, value)
    message = fails(tieout, s3_root, landed_days.path)
    assert "The AWS configuration is not usable" in message
    assert value in message


@pytest.mark.parametrize(
    "address", ["bucket", "s3://", "s3://B", "s3://bucket/a*", "s3://bucket//a", "https://bucket", "s3://bucket/a b"]
)
def test_an_address_that_is_not_in_s3_is_refused(landed_days: BronzeFolder, tieout: Tieout, address: str) -> None:
    assert f"'{address}' is not a usable address in S3" in fails(tieout, address, landed_days.path)


@pytest.mark.parametrize("address", ["s3://bucket", "s3://bucket/", "s3://bucket/a/b", "s3://bucket/a/b/"])
def test_an_address_may_end_in_a_slash(address: str) -> None:
    root = S3Root.parse(address)
    assert str(root) == address.rstrip("/")
    assert root.address("x.csv") == f"{address.rstrip('/')}/x.csv"


def test_a_missing_or_empty_bronze_root_is_named(
    s3_root: S3Root, tieout: Tieout, tmp_path: Path, aws: AwsDouble
) -> None:
    assert "There is no bronze in" in fails(tieout, s3_root, tmp_path / "nowhere")
    assert "Pushing reads a local folder" in fails(tieout, s3_root, Path("s3://bucket/prefix"))
    assert "There is nothing to push in" in tieout("push", s3_root, "--bronze-root", tmp_path).out


def test_a_missing_landed_file_is_named_and_nothing_of_its_batch_is_sent(
    landed_days: BronzeFolder, s3_root: S3Root, aws: AwsDouble, tieout: Tieout
) -> None:
    (landed_days.path / DATA).unlink()
    message = fails(tieout, s3_root, landed_days.path)
    assert f"{landed_days.path / DATA}: No such file" in message
    assert not [path for path in there(aws, s3_root) if "dt=2025-01-02" in path]


def test_a_broken_manifest_is_named(landed_days: BronzeFolder, s3_root: S3Root, aws: AwsDouble, tieout: Tieout) -> None:
    for broken in (b"batch_id\n1\n", b"\xff\n", b'a,b\n"1'):
        (manifest,) = (landed_days.path / "control" / "deliveries" / "dt=2025-01-01").iterdir()
        manifest.write_bytes(broken)
        assert f"{manifest} is not a manifest" in fails(tieout, s3_root, landed_days.path)
        assert there(aws, s3_root) == {}


def test_a_full_disk_does_not_prevent_a_push(landed_days: BronzeFolder, s3_root: S3Root, aws: AwsDouble) -> None:
    done = with_a_full_disk("push", s3_root, "--bronze-root", landed_days.path)
    assert done.returncode == 0, done.stderr
    assert there(aws, s3_root) == landed_days.files()


def test_a_full_disk_prevents_landing_with_an_error(
    landed_days: BronzeFolder, inbox: InboxFolder, tmp_path: Path
) -> None:
    done = with_a_full_disk("land", inbox.path, "--bronze-root", tmp_path / "full")
    assert done.returncode == 1
    assert "Bronze cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert BronzeFolder(tmp_path / "full").files() == {}
