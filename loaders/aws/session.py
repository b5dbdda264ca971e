"""The way to AWS: where bronze lies in S3, clients by the standard credential chain, and errors as sentences."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.errors import TieoutError

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config
    from botocore.credentials import ReadOnlyCredentials
    from botocore.exceptions import ClientError
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

_ADDRESS = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(?:/[A-Za-z0-9._=-]+)*)/*", re.ASCII
)
_ATTEMPTS = 6
_CONNECT_SECONDS = 10
# How AWS says that it does not know who asks; Glue and S3 have words of their own.
_REJECTED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_DENIED = frozenset({"403", "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "Forbidden"})
_OTHER_REGION = frozenset(
    {"301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
)
# Permissions that are not called as the operation that needs them.
_PERMISSIONS = {
    "DescribeStacks": "cloudformation:DescribeStacks",
    "HeadObject": "s3:GetObject",
    "ListObjectsV2": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListParts": "s3:ListMultipartUploadParts",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
}


@dataclass(frozen=True)
class S3Root:
    """Where bronze lies in S3.

    Attributes:
        bucket: the bucket.
        prefix: what stands before the path of every file; empty, or ends in a slash.
    """

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, address: str) -> S3Root:
        """Read `s3://bucket[/prefix]`.

        Raises:
            TieoutError: it is none, or holds characters that file patterns and SQL read otherwise.
        """
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise TieoutError(
                f"'{address}' is no place for bronze in S3: give s3://BUCKET or s3://BUCKET/PREFIX, the prefix of "
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
        """Return the address as a user types it."""
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
    """Return what the credential chain gives at this moment.

    Raises:
        TieoutError: it gives nothing.
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
    import boto3  # noqa: PLC0415 - takes half a second

    # AWS's services and other tools set AWS_REGION; boto3 knows AWS_DEFAULT_REGION only.
    return boto3.Session(region_name=region or os.environ.get("AWS_REGION") or None)


def _config() -> Config:
    from botocore.config import Config  # noqa: PLC0415

    return Config(
        # Throttling, server errors and broken connections are tried again, with exponential backoff and jitter.
        retries={
            "mode": "standard",
            "total_max_attempts": int(os.environ.get("AWS_MAX_ATTEMPTS", _ATTEMPTS)),
        },
        connect_timeout=_CONNECT_SECONDS,
        max_pool_connections=2 * REQUESTS_AT_A_TIME,
        user_agent_extra="tieout",
    )


@contextmanager
def aws_errors(place: str = "") -> Iterator[None]:
    """Turn what boto3 raises into a sentence.

    Args:
        place: what is worked on, for the sentence: a bucket, an object, a table.

    Raises:
        TieoutError: with what is wrong and the remedy.
    """
    from boto3.exceptions import Boto3Error  # noqa: PLC0415
    from botocore import exceptions as errors  # noqa: PLC0415

    try:
        yield
    except errors.ClientError as error:
        raise TieoutError(_refusal(error, place)) from error
    except (
        errors.NoCredentialsError,
        errors.PartialCredentialsError,
        errors.CredentialRetrievalError,
        errors.ProfileNotFound,
        errors.SSOError,
    ) as error:
        raise TieoutError(
            f"There are no usable AWS credentials: {_sentence(error)}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or run where a role gives them."
        ) from error
    except errors.NoRegionError as error:
        raise TieoutError("No AWS region is known: give --region or set AWS_REGION.") from error
    except (errors.HTTPClientError, errors.ConnectionError) as error:
        raise TieoutError(
            f"AWS cannot be reached: {_sentence(error)}. Check the network, the proxy and AWS_ENDPOINT_URL, then run "
            "the command again: it goes on where it stopped."
        ) from error
    except (errors.BotoCoreError, Boto3Error) as error:
        raise TieoutError(f"The AWS configuration is not usable: {_sentence(error)}.") from error


@contextmanager
def _configuration_errors() -> Iterator[None]:
    with aws_errors():
        try:
            yield
        except ValueError as error:  # an AWS_ENDPOINT_URL that is no address, an AWS_MAX_ATTEMPTS that is no number
            raise TieoutError(f"The AWS configuration is not usable: {_sentence(error)}.") from error


def error_code(error: ClientError) -> str:
    """Return the word by which AWS names an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refusal(error: ClientError, place: str) -> str:
    code = error_code(error)
    message = str(error.response.get("Error", {}).get("Message", "")).strip().rstrip(".")
    at = f" at {place}" if place else ""
    if code in _REJECTED or any(word in message for word in _REJECTED):
        return (
            f"AWS rejects the credentials ({code}): renew them, and check AWS_PROFILE, AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
        )
    if code in _DENIED:
        return f"The AWS credentials do not allow {_permission(error)}{at}: grant it, or use others. AWS: {message}."
    if code == "NoSuchBucket":
        return f"There is no such bucket{at}: create it, or correct the address and the region."
    if code in _OTHER_REGION:
        return f"AWS expects another region{at}: set AWS_REGION, or give --region. AWS: {message}."
    return f"AWS refused {error.operation_name}{at}: {code}, {message}. Put that right, then run again."


def _permission(error: ClientError) -> str:
    operation = error.operation_name
    service = "s3" if operation.endswith(("Object", "ObjectsV2", "Upload", "Uploads", "Part", "Parts")) else "glue"
    return _PERMISSIONS.get(operation, f"{service}:{operation}")


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".")
