"""Buckets: encrypted, versioned, not public, TLS only, with access logs and expiry of old versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.checks.templates import Resource, as_list

BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def check(resource: Resource) -> Iterator[str]:
    """Yield the findings about a bucket."""
    if resource.type != "AWS::S3::Bucket":
        return
    properties = resource.properties
    blocks = properties.get("PublicAccessBlockConfiguration") or {}
    for block in BLOCKS:
        if blocks.get(block) is not True:
            yield f"could be made public. Set PublicAccessBlockConfiguration.{block} to true"
    if "AccessControl" in properties:
        yield "has an ACL. Remove AccessControl and use a bucket policy"
    if "WebsiteConfiguration" in properties:
        yield "is a website. Remove WebsiteConfiguration"
    if _ownership(properties) != ["BucketOwnerEnforced"]:
        yield "accepts ACLs of its objects. Set OwnershipControls to BucketOwnerEnforced"
    if not _is_encrypted(properties):
        yield "is not encrypted. Set BucketEncryption to aws:kms or AES256"
    if (properties.get("VersioningConfiguration") or {}).get("Status") != "Enabled":
        yield "keeps no versions. Set VersioningConfiguration.Status to Enabled"
    yield from _lifecycle(properties)
    if not _has_access_log(properties) and not resource.reason_for("without access logs"):
        yield "has no access log. Set LoggingConfiguration.DestinationBucketName"
    if not any(_demands_tls(policy, resource) for policy in resource.siblings("AWS::S3::BucketPolicy")):
        yield (
            "can be read without TLS. Add a bucket policy to the same template that denies s3:* on the bucket and its "
            "objects if aws:SecureTransport is false"
        )
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.body.get(policy) != "Retain":
            yield f"is deleted with its stack. Set {policy} to Retain"


def _ownership(properties: dict[str, Any]) -> list[Any]:
    rules = (properties.get("OwnershipControls") or {}).get("Rules") or []
    return [rule.get("ObjectOwnership") for rule in rules]


def _is_encrypted(properties: dict[str, Any]) -> bool:
    rules = (properties.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration") or []
    return any(
        (rule.get("ServerSideEncryptionByDefault") or {}).get("SSEAlgorithm") in ("aws:kms", "AES256") for rule in rules
    )


def _lifecycle(properties: dict[str, Any]) -> Iterator[str]:
    rules = [
        rule
        for rule in (properties.get("LifecycleConfiguration") or {}).get("Rules") or []
        if rule.get("Status") == "Enabled"
    ]
    if not any("NoncurrentVersionExpiration" in rule for rule in rules):
        yield "keeps old versions permanently. Add NoncurrentVersionExpiration to LifecycleConfiguration"
    if not any("AbortIncompleteMultipartUpload" in rule for rule in rules):
        yield "keeps incomplete uploads permanently. Add AbortIncompleteMultipartUpload to LifecycleConfiguration"


def _has_access_log(properties: dict[str, Any]) -> bool:
    return bool((properties.get("LoggingConfiguration") or {}).get("DestinationBucketName"))


def _demands_tls(policy: dict[str, Any], bucket: Resource) -> bool:
    if policy.get("Bucket") != {"Ref": bucket.name}:
        return False
    whole = {f"${{{bucket.name}.Arn}}", f"${{{bucket.name}.Arn}}/*"}
    return any(
        statement.get("Effect") == "Deny"
        and statement.get("Principal") == "*"
        and as_list(statement.get("Action")) == ["s3:*"]
        and set(bucket.texts(statement.get("Resource"))) == whole
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in as_list((policy.get("PolicyDocument") or {}).get("Statement"))
    )
