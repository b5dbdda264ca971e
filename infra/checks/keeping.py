"""Retention: keys and secrets rotate, logs expire, the image of a tag never changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.checks.templates import Resource, walk

# By type: a property, its required value (None: any value), and the finding otherwise.
DEMANDS: dict[str, list[tuple[str, Any, str]]] = {
    "AWS::ECR::Repository": [
        ("ImageTagMutability", "IMMUTABLE", "allows a tag to change its image"),
        ("ImageScanningConfiguration.ScanOnPush", True, "does not scan its images for vulnerabilities"),
    ],
    "AWS::KMS::Key": [("EnableKeyRotation", True, "is never rotated")],
    "AWS::Lambda::Function": [("LoggingConfig.LogGroup", None, "creates its own log group, without retention")],
    "AWS::Logs::LogGroup": [("RetentionInDays", None, "keeps logs permanently")],
    "AWS::SNS::Topic": [("KmsMasterKeyId", None, "is not encrypted")],
}


def check(resource: Resource) -> Iterator[str]:
    """Yield the findings about a key, a secret, a log or another store."""
    for path, wanted, mistake in DEMANDS.get(resource.type, []):
        value: Any = resource.properties
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if not value or (wanted is not None and value != wanted):
            yield f"{mistake}. Set {path}" + (
                f" to {str(wanted).lower() if wanted is True else wanted}" if wanted else ""
            )
    if any("awslogs-create-group" in mapping for mapping in walk(resource.properties)):
        yield "creates its own log group without retention. Remove awslogs-create-group"
    if resource.type == "AWS::SecretsManager::Secret":
        yield from _secret(resource)


def _secret(resource: Resource) -> Iterator[str]:
    if "SecretString" in resource.properties:
        yield "is in the template. Use GenerateSecretString instead of SecretString"
    rotated = any(
        rotation.get("SecretId") == {"Ref": resource.name}
        for rotation in resource.siblings("AWS::SecretsManager::RotationSchedule")
    )
    if not rotated and not resource.reason_for("never rotated"):
        yield "is never rotated. Add a rotation schedule, or the reason to its metadata (tieout: never rotated)"
