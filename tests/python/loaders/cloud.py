"""An inbox and bronze in S3, fetched, landed and pushed by machines without local bronze."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from loaders.aws.objects import ObjectStore
from loaders.aws.session import S3Root, s3_client
from loaders.contract import load_contract
from loaders.fetch import FetchResult, fetch
from loaders.land import land
from loaders.landing.result import LandingResult
from loaders.push import PushResult, push
from tests.aws.double import AwsDouble
from tests.python.conftest import BronzeFolder

HEADER = ",".join(load_contract().entity("banking", "accounts").headers()[1]) + "\n"
DAY = "2025-01-01"


def accounts(*names: str) -> bytes:
    rows = "".join(f"{name},C1,Checking,EUR,Active,,2024-01-01,2024-01-01 00:00:00\n" for name in names)
    return (HEADER + rows).encode()


@dataclass(frozen=True)
class Cloud:
    """An inbox and bronze in S3; every run starts with empty local folders."""

    aws: AwsDouble
    s3_root: S3Root
    folder: Path

    @property
    def s3_inbox(self) -> S3Root:
        return S3Root(self.s3_root.bucket, "inbox/")

    def deliver(self, path: str, content: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=self.s3_inbox.bucket, Key=self.s3_inbox.key(path), Body=content)

    def fetch(self) -> FetchResult:
        """Fetch into empty folders."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return fetch(s3_client(), self.s3_inbox, self.s3_root, self.inbox, self.bronze)

    def run(self) -> tuple[FetchResult, LandingResult, PushResult]:
        """Fetch, land and push."""
        fetched = self.fetch()
        landed = land(self.inbox, self.bronze)
        with closing(ObjectStore(s3_client(), self.s3_root)) as store:
            return fetched, landed, push(self.bronze, store)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def bronze(self) -> Path:
        return self.folder / "bronze"

    def options(self) -> tuple[str, ...]:
        """Return the options of the command."""
        return "--s3-inbox", str(self.s3_inbox), "--s3-root", str(self.s3_root)

    def manifests(self) -> list[dict[str, str]]:
        """Return the rows of all manifests in S3."""
        copy = self.folder.with_name("copy")
        for path, content in self.aws.objects(self.s3_root.bucket, self.s3_root.prefix).items():
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_bytes(content)
        return BronzeFolder(copy).control("deliveries")


@pytest.fixture
def cloud(aws: AwsDouble, s3_root: S3Root, tmp_path: Path) -> Cloud:
    return Cloud(aws, s3_root, tmp_path / "run")


def delivered(cloud: Cloud) -> list[tuple[str, str]]:
    return [(row["delivered_file"], row["delivery_status"]) for row in cloud.manifests()]
