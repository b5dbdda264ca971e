"""Interrupted pushes: no manifest is ever in S3 without its files, and the next push completes S3 to the byte."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

from loaders.aws.objects import PART_BYTES, ObjectStore
from loaders.aws.session import S3Root, s3_client
from loaders.land import land
from loaders.landing.manifests import batches
from loaders.push import PushResult, push
from tests.aws.double import AwsDouble, BadLink
from tests.python.conftest import BronzeFolder, InboxFolder
from tests.python.forks import FORKS
from tests.python.loaders.pushing import HEADER
from tests.python.reliability.tally import Tally, randomness, times

KILLS = times(10, a_round=50)


def fill(inbox: InboxFolder, bronze: BronzeFolder) -> None:
    """Land three days with several small files each, and one file that is sent in parts."""
    row = f"T,A1,Deposit,1.50,EUR,2025-01-02,,Completed,{'merchant' * 500},,,,,,\n"
    for day in (1, 2, 3):
        for part in range(4):
            inbox.put(f"2025-01-0{day}/banking/transactions.{part}.csv", f"{HEADER}{row}{part}\n")
    inbox.put("2025-01-02/banking/transactions.csv", HEADER + row * (PART_BYTES // len(row) + 10))
    land(inbox.path, bronze.path)


def push_after_signal(environment: Mapping[str, str], bronze: Path, root: S3Root, signal: Connection) -> None:
    os.environ.update(environment)
    with closing(ObjectStore(s3_client(), root)) as store:
        signal.recv()
        push(bronze, store)


class KilledPush:
    """A push in its own process, which is killed near one of its requests."""

    def __init__(self, aws: AwsDouble, bronze: BronzeFolder, root: S3Root) -> None:
        self.aws = aws
        self.requests = 0
        self.kill_at = 0
        self.delay = 0.0
        self.answer: str | None = None
        self.link = BadLink(aws, self.spoil)
        environment = aws.environment | {"AWS_ENDPOINT_URL": self.link.endpoint}
        signal, self.start = FORKS.Pipe(duplex=False)
        self.process = FORKS.Process(target=push_after_signal, args=(environment, bronze.path, root, signal))

    def spoil(self, method: str, path: str) -> str | None:
        self.requests += 1
        if self.requests != self.kill_at:
            return None
        time.sleep(self.delay)
        self.process.kill()
        return self.answer

    def run(self) -> int:
        """Push until the process is killed or has finished; return its exit code."""
        with self.link:
            self.process.start()
            self.start.send("go")
            self.process.join()
        code = self.process.exitcode
        assert code is not None
        return code


def push_again(aws: AwsDouble, bronze: BronzeFolder, root: S3Root) -> PushResult:
    with closing(ObjectStore(aws.client("s3"), root)) as store:
        return push(bronze.path, store)


def complete_batches(bronze: BronzeFolder, found: list[str]) -> int:
    """Check that S3 has all files of every manifest; return the number of manifests."""
    complete = [batch for batch in batches(bronze.path) if batch.manifest.path in found]
    for batch in complete:
        assert {file.path for file in batch.files} <= set(found)
    return len(complete)


def test_the_next_push_completes_a_killed_push(
    inbox: InboxFolder, bronze: BronzeFolder, aws: AwsDouble, s3_root: S3Root, tally: Tally
) -> None:
    fill(inbox, bronze)
    files = bronze.files()
    uninterrupted = KilledPush(aws, bronze, s3_root)
    assert uninterrupted.run() == 0
    assert aws.objects(s3_root.bucket, s3_root.prefix) == files
    moments = randomness("push is killed")
    states = set()
    for number in range(KILLS):
        root = S3Root(s3_root.bucket, f"killed/{number}/")
        killed = KilledPush(aws, bronze, root)
        killed.kill_at = moments.randint(2, uninterrupted.requests)
        killed.delay = moments.uniform(0, 0.02)
        killed.answer = moments.choice([None, "refuse", "lose"])
        assert killed.run() < 0
        found = aws.keys(root.bucket, root.prefix)
        complete = complete_batches(bronze, found)
        states.add((complete, len(found)))
        result = push_again(aws, bronze, root)
        # Files that S3 has are not sent again.
        assert (result.skipped, result.sent) == (complete, len(files) - len(found))
        assert aws.objects(root.bucket, root.prefix) == files
        assert push_again(aws, bronze, root) == PushResult(skipped=3)
        tally.add("kills survived (push)", 1)
    assert len(states) > min(KILLS, 20) / 3
    assert "Uploads" not in aws.client("s3").list_multipart_uploads(Bucket=s3_root.bucket)
