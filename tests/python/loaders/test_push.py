"""Bronze in S3: everything arrives, once, whole and unchanged, and nothing is ever written over."""

from __future__ import annotations

import hashlib
import os
import pty
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from loaders.aws.objects import PART_BYTES, ObjectStore
from loaders.aws.session import S3Root, s3_client
from loaders.contract import load_contract
from loaders.errors import TieoutError
from loaders.land import land
from loaders.push import PushResult, push
from tests.aws.double import AwsDouble, BadLink
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.loaders.conftest import Tieout

HEADER = ",".join(load_contract().entity("banking", "transactions").delivered_columns) + "\n"
DAYS = ("2025-01-01", "2025-01-02", "2025-01-03")
DATA = "banking/transactions/dt=2025-01-02/transactions.csv"
PARTS = 3


@pytest.fixture
def landed(inbox: InboxFolder, bronze: BronzeFolder) -> BronzeFolder:
    """Three days, each with good, malformed and refused content, in two files."""
    for day in DAYS:
        row = f"T{day},A1,Deposit,1.50,EUR,{day},,Completed,,,,,,,\n"
        inbox.put(f"{day}/banking/transactions.csv", f"{HEADER}{row}short\n")
        inbox.put(f"{day}/banking/transactions.2.csv.gz", b"no gzip")
        inbox.put(f"{day}/banking/transactions.3.csv", HEADER + row)
    land(inbox.path, bronze.path)
    return bronze


@pytest.fixture
def large(inbox: InboxFolder, bronze: BronzeFolder) -> BronzeFolder:
    """One file that goes in several parts."""
    row = f"T,A1,Deposit,1.50,EUR,2025-01-02,,Completed,{'merchant' * 1000},,,,,,\n"
    inbox.put("2025-01-02/banking/transactions.csv", HEADER + row * ((PARTS - 1) * PART_BYTES // len(row) + 10))
    land(inbox.path, bronze.path)
    return bronze


@pytest.fixture
def store(s3_root: S3Root) -> Iterator[ObjectStore]:
    with closing(ObjectStore(s3_client(), s3_root)) as opened:
        yield opened


def there(aws: AwsDouble, root: S3Root) -> dict[str, bytes]:
    return aws.objects(root.bucket, root.prefix)


def writes(aws: AwsDouble, since: int) -> list[str]:
    """Tell the paths of all requests that write, since a number of requests."""
    return [path.split("?")[0] for method, path in aws.requests()[since:] if method in ("PUT", "POST", "DELETE")]


def test_everything_arrives_with_its_digest_encrypted(
    landed: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    files = landed.files()
    result = push(landed.path, store)
    assert there(aws, s3_root) == files
    assert result == PushResult(batches=3, sent=len(files), sent_bytes=sum(map(len, files.values())))
    for path, content in files.items():
        found = aws.client("s3").head_object(Bucket=s3_root.bucket, Key=s3_root.key(path))
        assert found["Metadata"]["sha256"] == hashlib.sha256(content).hexdigest()
        assert found["ServerSideEncryption"] == "AES256"


def test_pushing_again_asks_one_question_and_sends_nothing(
    landed: BronzeFolder, store: ObjectStore, aws: AwsDouble
) -> None:
    push(landed.path, store)
    before = len(aws.requests())
    assert push(landed.path, store) == PushResult(skipped=3)
    ((method, path),) = aws.requests()[before:]
    assert method == "GET"
    assert "control/deliveries/" in path


def test_each_manifest_goes_after_all_files_of_its_batch(
    landed: BronzeFolder, store: ObjectStore, aws: AwsDouble
) -> None:
    before = len(aws.requests())
    push(landed.path, store)
    sent = writes(aws, before)
    for day in DAYS:
        of_day = [path for path in sent if f"dt={day}/" in path.replace("%3D", "=")]
        assert len(of_day) == 5
        assert "/control/deliveries/" in of_day[-1]


def test_what_no_manifest_names_is_not_pushed(
    landed: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    files = landed.files()
    (landed.path / "banking" / "transactions" / "dt=2025-01-01" / "half.csv").write_text("landing was killed")
    push(landed.path, store)
    assert there(aws, s3_root) == files


def test_a_key_of_ones_own_encrypts(landed: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tieout: Tieout) -> None:
    options = ("--bronze-root", landed.path, "--kms-key", "alias/bronze")
    assert tieout("push", s3_root, *options).code == 0
    found = aws.client("s3").head_object(Bucket=s3_root.bucket, Key=s3_root.key(DATA))
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", "alias/bronze")


def test_an_etag_that_is_no_digest_is_asked_about(
    landed: BronzeFolder, store: ObjectStore, s3_root: S3Root, aws: AwsDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(landed.path, store)
    monkeypatch.setattr("loaders.push.md5", lambda _: "under a KMS key it is something else")
    before = len(aws.requests())
    assert push(landed.path, store) == PushResult(skipped=3)
    assert [method for method, _ in aws.requests()[before:]] == ["GET", "HEAD", "HEAD", "HEAD"]


def test_a_dry_run_tells_and_sends_nothing(
    landed: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tieout: Tieout
) -> None:
    before = len(aws.requests())
    told = tieout("push", s3_root, "--bronze-root", landed.path, "--dry-run")
    assert told.code == 0
    assert f"3 would be pushed to {s3_root}, 0 stood there already" in told.out
    assert f"{len(landed.files())} would be sent" in told.out
    assert writes(aws, before) == []
    assert there(aws, s3_root) == {}


def test_half_a_batch_is_completed(landed: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root) -> None:
    push(landed.path, store)
    gone = [path for path in landed.files() if "dt=2025-01-02" in path and not path.startswith("control/malformed")]
    for path in gone:
        aws.client("s3").delete_object(Bucket=s3_root.bucket, Key=s3_root.key(path))
    result = push(landed.path, store)
    assert (result.batches, result.skipped, result.sent, result.resumed) == (1, 2, len(gone), 1)
    assert there(aws, s3_root) == landed.files()


def test_what_another_tool_copied_is_compared_by_content(
    landed: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    for path, content in landed.files().items():
        if not path.startswith("control/deliveries"):
            aws.client("s3").put_object(Bucket=s3_root.bucket, Key=s3_root.key(path), Body=content)
    assert push(landed.path, store).sent == len(DAYS)
    assert there(aws, s3_root) == landed.files()


@pytest.mark.parametrize("path", [DATA, "control/control_totals", "control/deliveries"])
@pytest.mark.parametrize("is_complete", [False, True], ids=["new batch", "pushed batch"])
def test_other_content_in_s3_is_refused_before_anything_of_the_batch_is_sent(
    landed: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tieout: Tieout, path: str, is_complete: bool
) -> None:
    (path,) = (file for file in landed.files() if file.startswith(path) and "dt=2025-01-02" in file)
    if is_complete:
        tieout("push", s3_root, "--bronze-root", landed.path)
    aws.client("s3").put_object(Bucket=s3_root.bucket, Key=s3_root.key(path), Body=b"other")
    refused = tieout("push", s3_root, "--bronze-root", landed.path, *(["--verify"] if is_complete else []))
    assert refused.code == 1
    assert f"{s3_root.address(path)} stands there with other content" in refused.err
    assert "Traceback" not in refused.err
    found = there(aws, s3_root)
    assert found[path] == b"other"
    if not is_complete:
        # The day before is complete, nothing else of this day is there.
        assert {file for file in found if "dt=2025-01-01" not in file} == {path}
        assert len(found) == 1 + len([file for file in landed.files() if "dt=2025-01-01" in file])


@pytest.mark.parametrize("is_complete", [False, True], ids=["before the push", "after it"])
def test_a_file_that_changed_after_landing_is_refused(
    landed: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tieout: Tieout, is_complete: bool
) -> None:
    if is_complete:
        tieout("push", s3_root, "--bronze-root", landed.path)
    before = there(aws, s3_root)
    file = landed.path / DATA
    file.write_bytes(file.read_bytes().replace(b"1.50", b"9.50"))
    refused = tieout("push", s3_root, "--bronze-root", landed.path)
    assert refused.code == 1
    assert f"{file} is not the file that landed" in refused.err
    found = there(aws, s3_root)
    assert {path: content for path, content in found.items() if "dt=2025-01-01" not in path} == {
        path: content for path, content in before.items() if "dt=2025-01-01" not in path
    }


def test_old_bronze_may_be_removed_here_once_it_is_there(
    landed: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    push(landed.path, store)
    before = there(aws, s3_root)
    (landed.path / DATA).unlink()
    assert push(landed.path, store).skipped == 3
    assert there(aws, s3_root) == before


def test_verify_asks_for_every_file_and_sends_what_is_missing(
    landed: BronzeFolder, s3_root: S3Root, aws: AwsDouble, tieout: Tieout
) -> None:
    options = (s3_root, "--bronze-root", landed.path)
    tieout("push", *options)
    aws.client("s3").delete_object(Bucket=s3_root.bucket, Key=s3_root.key(DATA))
    assert "0 pushed" in tieout("push", *options).out
    assert "1 sent" in tieout("push", *options, "--verify").out
    assert there(aws, s3_root) == landed.files()
    assert "0 pushed" in tieout("push", *options, "--verify").out


def test_a_large_file_goes_in_parts_and_arrives_whole(
    large: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    before = len(aws.requests())
    push(large.path, store)
    assert sum("partNumber=" in path for _, path in aws.requests()[before:]) == PARTS
    assert there(aws, s3_root) == large.files()
    found = aws.client("s3").head_object(Bucket=s3_root.bucket, Key=s3_root.key(DATA))
    assert found["Metadata"]["sha256"] == hashlib.sha256(large.files()[DATA]).hexdigest()
    assert found["ServerSideEncryption"] == "AES256"


def on_a_terminal(*command: object) -> str:
    """Run `tieout` for somebody who sits before it; return what it shows."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(Path(sys.executable).with_name("tieout"), ["tieout", *map(str, command)])
    shown = b""
    with suppress(OSError):  # so a terminal tells that its program has ended
        while piece := os.read(terminal, 65536):
            shown += piece
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, shown
    return shown.decode()


def test_a_terminal_shows_how_far_it_is(
    large: BronzeFolder, s3_root: S3Root, aws: AwsDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    shown = on_a_terminal("push", s3_root, "--bronze-root", large.path)
    size = f"{sum(map(len, large.files().values())) / 1e6:.1f}"
    assert f"{size}/{size} MB" in shown
    assert there(aws, s3_root) == large.files()


def start_upload(aws: AwsDouble, s3_root: S3Root, content: bytes, first: bytes) -> None:
    """Leave an upload with its first part sent, as a killed push of some content does."""
    client, place = aws.client("s3"), {"Bucket": s3_root.bucket, "Key": s3_root.key(DATA)}
    digest = {"sha256": hashlib.sha256(content).hexdigest()}
    upload = client.create_multipart_upload(**place, ChecksumAlgorithm="SHA256", Metadata=digest)["UploadId"]
    client.upload_part(**place, UploadId=upload, PartNumber=1, Body=first)


def test_an_interrupted_upload_goes_on_with_the_parts_that_are_missing(
    large: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    content = large.files()[DATA]
    start_upload(aws, s3_root, content, content[:PART_BYTES])
    before = len(aws.requests())
    push(large.path, store)
    assert sum("partNumber=" in path for _, path in aws.requests()[before:]) == PARTS - 1
    assert there(aws, s3_root) == large.files()
    assert "Uploads" not in aws.client("s3").list_multipart_uploads(Bucket=s3_root.bucket)


def test_the_remains_of_another_content_are_not_gone_on_with(
    large: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root
) -> None:
    start_upload(aws, s3_root, b"other", b"x" * PART_BYTES)
    push(large.path, store)
    assert there(aws, s3_root) == large.files()
    assert "Uploads" not in aws.client("s3").list_multipart_uploads(Bucket=s3_root.bucket)


def test_a_file_that_changes_while_it_is_sent_is_not_completed(
    large: BronzeFolder, store: ObjectStore, aws: AwsDouble, s3_root: S3Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = ObjectStore.send

    def change_and_send(self: ObjectStore, file: object, progress: object) -> None:
        with (large.path / DATA).open("r+b") as changed:
            changed.seek(-5, os.SEEK_END)
            changed.write(b"9")
        send(self, file, progress)

    monkeypatch.setattr(ObjectStore, "send", change_and_send)
    with pytest.raises(TieoutError, match="was changed while it was sent"):
        push(large.path, store)
    found = there(aws, s3_root)
    assert DATA not in found
    assert not [path for path in found if path.startswith("control/deliveries")]


def test_two_pushes_at_a_time_do_no_harm(landed: BronzeFolder, aws: AwsDouble, s3_root: S3Root) -> None:
    def run() -> PushResult:
        with closing(ObjectStore(s3_client(), s3_root)) as store:
            return push(landed.path, store)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run), pool.submit(run)]:
            done.result()
    assert there(aws, s3_root) == landed.files()


def test_refused_requests_and_lost_answers_are_tried_again(
    landed: BronzeFolder, aws: AwsDouble, s3_root: S3Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, int] = {}

    def spoil(method: str, path: str) -> str | None:
        """Refuse what has to do with one day at first, and lose the answer to its first writing."""
        if "2025-01-02" not in path:
            return None
        seen[f"{method} {path}"] = number = seen.get(f"{method} {path}", 0) + 1
        if number == 1:
            return "refuse"
        return "lose" if number == 2 and method == "PUT" else None

    with BadLink(aws, spoil) as link:
        monkeypatch.setenv("AWS_ENDPOINT_URL", link.endpoint)
        with closing(ObjectStore(s3_client(), s3_root)) as store:
            push(landed.path, store)
    assert there(aws, s3_root) == landed.files()
    assert min(number for request, number in seen.items() if request.startswith("PUT")) > 2


@pytest.fixture
def read_only(landed: BronzeFolder, s3_root: S3Root, aws: AwsDouble, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bucket that one may read and not write."""
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
    """Push, see it fail with one sentence, and return the sentence."""
    outcome = tieout("push", root, "--bronze-root", bronze)
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.startswith("tieout: ")
    assert len(outcome.err.splitlines()) == 1
    return outcome.err


def test_a_read_only_bucket_stays_empty(
    read_only: None, landed: BronzeFolder, s3_root: S3Root, aws: AwsDouble, tieout: Tieout
) -> None:
    told = fails(tieout, s3_root, landed.path)
    assert f"do not allow s3:PutObject at {s3_root}/" in told
    aws.require_permission(False)
    assert there(aws, s3_root) == {}


def test_credentials_that_nobody_knows_are_rejected(
    read_only: None, landed: BronzeFolder, s3_root: S3Root, tieout: Tieout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
    assert "AWS rejects the credentials (InvalidAccessKeyId)" in fails(tieout, s3_root, landed.path)


def test_missing_credentials_are_asked_for(
    landed: BronzeFolder, s3_root: S3Root, tieout: Tieout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "no usable AWS credentials" in fails(tieout, s3_root, landed.path)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in fails(tieout, s3_root, landed.path)


def test_a_missing_bucket_is_named(landed: BronzeFolder, aws: AwsDouble, tieout: Tieout) -> None:
    assert "There is no such bucket at s3://no-such-bucket" in fails(tieout, "s3://no-such-bucket", landed.path)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_no_network_is_told(
    landed: BronzeFolder, s3_root: S3Root, tieout: Tieout, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    told = fails(tieout, s3_root, landed.path)
    assert "AWS cannot be reached" in told
    assert endpoint in told


@pytest.mark.parametrize(("variable", "value"), [("AWS_ENDPOINT_URL", "nowhere"), ("AWS_MAX_ATTEMPTS", "many")])
def test_an_unusable_configuration_is_told(
    landed: BronzeFolder, s3_root: S3Root, tieout: Tieout, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    told = fails(tieout, s3_root, landed.path)
    assert "The AWS configuration is not usable" in told
    assert value in told


@pytest.mark.parametrize(
    "address", ["bucket", "s3://", "s3://B", "s3://bucket/a*", "s3://bucket//a", "https://bucket", "s3://bucket/a b"]
)
def test_what_is_no_address_in_s3_is_refused(landed: BronzeFolder, tieout: Tieout, address: str) -> None:
    assert f"'{address}' is no place for bronze in S3" in fails(tieout, address, landed.path)


@pytest.mark.parametrize("address", ["s3://bucket", "s3://bucket/", "s3://bucket/a/b", "s3://bucket/a/b/"])
def test_addresses_are_read_with_and_without_a_slash_at_the_end(address: str) -> None:
    root = S3Root.parse(address)
    assert str(root) == address.rstrip("/")
    assert root.address("x.csv") == f"{address.rstrip('/')}/x.csv"


def test_a_bronze_root_that_is_not_there_is_told(
    s3_root: S3Root, tieout: Tieout, tmp_path: Path, aws: AwsDouble
) -> None:
    assert "There is no bronze in" in fails(tieout, s3_root, tmp_path / "nowhere")
    assert "Pushing reads a local folder" in fails(tieout, s3_root, Path("s3://bucket/prefix"))
    assert "There is nothing to push in" in tieout("push", s3_root, "--bronze-root", tmp_path).out


def test_a_landed_file_that_is_missing_is_told_and_its_batch_not_begun(
    landed: BronzeFolder, s3_root: S3Root, aws: AwsDouble, tieout: Tieout
) -> None:
    (landed.path / DATA).unlink()
    told = fails(tieout, s3_root, landed.path)
    assert f"{landed.path / DATA}: No such file" in told
    assert not [path for path in there(aws, s3_root) if "dt=2025-01-02" in path]


def test_a_broken_manifest_is_told(landed: BronzeFolder, s3_root: S3Root, aws: AwsDouble, tieout: Tieout) -> None:
    for broken in (b"batch_id\n1\n", b"\xff\n", b'a,b\n"1'):
        (manifest,) = (landed.path / "control" / "deliveries" / "dt=2025-01-01").iterdir()
        manifest.write_bytes(broken)
        assert f"{manifest} is no manifest" in fails(tieout, s3_root, landed.path)
        assert there(aws, s3_root) == {}


def with_a_full_disk(*command: object) -> subprocess.CompletedProcess[str]:
    """Run `tieout` where no file can grow."""
    return subprocess.run(
        [Path(sys.executable).with_name("tieout"), *map(str, command)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_does_not_keep_bronze_from_being_pushed(
    landed: BronzeFolder, s3_root: S3Root, aws: AwsDouble
) -> None:
    done = with_a_full_disk("push", s3_root, "--bronze-root", landed.path)
    assert done.returncode == 0, done.stderr
    assert there(aws, s3_root) == landed.files()


def test_a_full_disk_keeps_deliveries_from_landing_and_says_so(
    landed: BronzeFolder, inbox: InboxFolder, tmp_path: Path
) -> None:
    done = with_a_full_disk("land", inbox.path, "--bronze-root", tmp_path / "full")
    assert done.returncode == 1
    assert "Bronze cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert BronzeFolder(tmp_path / "full").files() == {}


def test_the_command_starts_without_boto3() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import loaders.cli, sys; print('boto3' in sys.modules, 'dbt' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["False", "False"]
