"""Errors of AWS as messages: what is wrong, where, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from loaders.errors import TieoutError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

# The codes with which services of AWS reject credentials.
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
# The permissions whose name is not that of the operation.
_PERMISSIONS = {
    "DescribeStacks": "cloudformation:DescribeStacks",
    "HeadObject": "s3:GetObject",
    "ListObjectsV2": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "ListParts": "s3:ListMultipartUploadParts",
    "PutObjectTagging": "s3:PutObjectTagging",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
}


@contextmanager
def aws_errors(resource: str = "") -> Iterator[None]:
    """Turn the errors of boto3 into a TieoutError.

    Args:
        resource: the bucket, object or table that the request is about, for the message.

    Raises:
        TieoutError: what is wrong and the remedy.
    """
    from boto3.exceptions import Boto3Error  # noqa: PLC0415
    from botocore import exceptions as errors  # noqa: PLC0415

    try:
        yield
    except errors.ClientError as error:
        raise TieoutError(_refusal(error, resource)) from error
    except (
        errors.NoCredentialsError,
        errors.PartialCredentialsError,
        errors.CredentialRetrievalError,
        errors.ProfileNotFound,
        errors.SSOError,
    ) as error:
        raise TieoutError(
            f"There are no usable AWS credentials: {sentence(error)}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or run with a role that has permissions."
        ) from error
    except errors.NoRegionError as error:
        raise TieoutError("No AWS region is set. Give --region or set AWS_REGION.") from error
    except (errors.HTTPClientError, errors.ConnectionError) as error:
        raise TieoutError(
            f"AWS cannot be reached: {sentence(error)}. Check the network, the proxy and AWS_ENDPOINT_URL, then run "
            "the command again: it resumes where it stopped."
        ) from error
    except (errors.BotoCoreError, Boto3Error) as error:
        raise TieoutError(f"The AWS configuration is not usable: {sentence(error)}.") from error


def error_code(error: ClientError) -> str:
    """Return the code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refusal(error: ClientError, resource: str) -> str:
    code = error_code(error)
    message = str(error.response.get("Error", {}).get("Message", "")).strip().rstrip(".")
    at = f" at {resource}" if resource else ""
    if code in _REJECTED or any(word in message for word in _REJECTED):
        return (
            f"AWS rejects the credentials ({code}). Renew them, and check AWS_PROFILE, AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
        )
    if code in _DENIED:
        return f"The AWS credentials do not allow {_permission(error)}{at}. Grant it, or use others. AWS: {message}."
    if code == "NoSuchBucket":
        return f"There is no such bucket{at}. Create it, or correct the address and the region."
    if code in _OTHER_REGION:
        return f"AWS expects another region{at}. Set AWS_REGION, or give --region. AWS: {message}."
    return f"AWS refused {error.operation_name}{at}: {code}, {message}. Correct this, then run the command again."


def _permission(error: ClientError) -> str:
    operation = error.operation_name
    service = "s3" if operation.endswith(("Object", "ObjectsV2", "Upload", "Uploads", "Part", "Parts")) else "glue"
    return _PERMISSIONS.get(operation, f"{service}:{operation}")


def sentence(error: Exception) -> str:
    """Return the message of an error without its final period."""
    return str(error).strip().rstrip(".")
