"""Addresses in S3, and clients of AWS with the standard credential chain."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.aws.errors import aws_errors, sentence
from loaders.errors import TieoutError

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config
    from botocore.credentials import ReadOnlyCredentials
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

ROOT_VARIABLE = "TIEOUT_S3_ROOT"
REQUESTS_AT_A_TIME = 8

S3RootArgument = Annotated[
    str, typer.Argument(metavar="S3_ROOT", envvar=ROOT_VARIABLE, help="Bronze in S3: s3://BUCKET[/PREFIX].")
]
RegionOption = Annotated[
    str | None, typer.Option(help="AWS region.  [default: $AWS_REGION, or that of the AWS configuration]")
]

KmsKeyOption = Annotated[
    str | None,
    typer.Option(envvar="TIEOUT_KMS_KEY", help="KMS key (id, ARN or alias) to encrypt with, instead of S3's own key."),
]

_ADDRESS = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(?:/[A-Za-z0-9._=-]+)*)/*", re.ASCII
)
_ATTEMPTS = 6
_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class S3Root:
    """A root folder in S3: of bronze, or of an inbox.

    Attributes:
        bucket: the bucket.
        prefix: the beginning of every key; empty, or ends in a slash.
    """

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, address: str) -> S3Root:
        """Read `s3://bucket[/prefix]`.

        Raises:
            TieoutError: it is not an address in S3, or has characters that are special in file patterns or SQL.
        """
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise TieoutError(
                f"'{address}' is not a usable address in S3. Give s3://BUCKET or s3://BUCKET/PREFIX, with a prefix of "
                "letters, digits and . _ = - / only."
            )
        prefix = match["prefix"].strip("/")
        return cls(match["bucket"], prefix and f"{prefix}/")

    def key(self, path: str) -> str:
        """Return the key of a file by its path below the bronze root."""
        return f"{self.prefix}{path}"

    def address(self, path: str = "") -> str:
        """Return the full address of a path below the root."""
        return f"s3://{self.bucket}/{self.key(path)}"

    def __str__(self) -> str:
        """Return the address as the user gives it."""
        return self.address().rstrip("/")


def s3_client(region: str | None = None) -> S3Client:
    """Connect to S3.

    Raises:
        TieoutError: the AWS configuration is not usable.
    """
    with _configuration_errors():
        return _session(region).client("s3", config=_config())


def glue_client(region: str | None = None) -> GlueClient:
    """Connect to the Glue catalog.

    Raises:
        TieoutError: no region is set, or the AWS configuration is not usable.
    """
    with _configuration_errors():
        return _session(region).client("glue", config=_config())


def credentials() -> ReadOnlyCredentials:
    """Return the present credentials of the credential chain.

    Raises:
        TieoutError: there are none.
    """
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415

    with aws_errors():
        found = _session(None).get_credentials()
        if found is None:
            raise NoCredentialsError
        return found.get_frozen_credentials()


def cloudformation_client(region: str | None = None) -> CloudFormationClient:
    """Connect to CloudFormation.

    Raises:
        TieoutError: no region is set, or the AWS configuration is not usable.
    """
    with _configuration_errors():
        return _session(region).client("cloudformation", config=_config())


def _session(region: str | None) -> Session:
    import boto3  # noqa: PLC0415 - the import takes half a second

    # AWS's services and other tools set AWS_REGION, but boto3 reads only AWS_DEFAULT_REGION.
    return boto3.Session(region_name=region or os.environ.get("AWS_REGION") or None)


def _config() -> Config:
    from botocore.config import Config  # noqa: PLC0415

    return Config(
        # Retries throttled requests, server errors and broken connections, with exponential backoff and jitter.
        retries={
            "mode": "standard",
            "total_max_attempts": int(os.environ.get("AWS_MAX_ATTEMPTS", _ATTEMPTS)),
        },
        connect_timeout=_CONNECT_SECONDS,
        max_pool_connections=2 * REQUESTS_AT_A_TIME,
        user_agent_extra="tieout",
    )


@contextmanager
def _configuration_errors() -> Iterator[None]:
    with aws_errors():
        try:
            yield
        except ValueError as error:  # a malformed AWS_ENDPOINT_URL or AWS_MAX_ATTEMPTS
            raise TieoutError(f"The AWS configuration is not usable: {sentence(error)}.") from error
