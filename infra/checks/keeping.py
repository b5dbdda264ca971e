"""What is kept, and how: keys and secrets rotate, logs have an end, images do not change under their tag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.checks.templates import Resource, walk

# Type: the property that decides, what it must be (None: anything at all), and what is wrong where it is not.
DEMANDS: dict[str, list[tuple[str, Any, str]]] = {
    "AWS::ECR::Repository": [
        ("ImageTagMutability", "IMMUTABLE", "lets an image change under its tag"),
        ("ImageScanningConfiguration.ScanOnPush", True, "does not look for known holes in its images"),
    ],
    "AWS::KMS::Key": [("EnableKeyRotation", True, "is never rotated")],
    "AWS::Lambda::Function": [("LoggingConfig.LogGroup", None, "makes its log group itself, without retention")],
    "AWS::Logs::LogGroup": [("RetentionInDays", None, "keeps logs for ever")],
    "AWS::SNS::Topic": [("KmsMasterKeyId", None, "is not encrypted")],
}


def check(resource: Resource) -> Iterator[str]:
    """Yield what is wrong with a key, a secret, a log or what else keeps data."""
    for path, wanted, mistake in DEMANDS.get(resource.type, []):
        value: Any = resource.properties
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if not value or (wanted is not None and value != wanted):
            yield f"{mistake}: set {path}" + (
                f" to {str(wanted).lower() if wanted is True else wanted}" if wanted else ""
            )
    if any("awslogs-create-group" in mapping for mapping in walk(resource.properties)):
        yield "makes its log group itself, without retention: take awslogs-create-group out"
    if resource.type == "AWS::SecretsManager::Secret":
        yield from _secret(resource)


def _secret(resource: Resource) -> Iterator[str]:
    if "SecretString" in resource.properties:
        yield "stands in the template: take SecretString out, GenerateSecretString makes one"
    rotated = any(
        rotation.get("SecretId") == {"Ref": resource.name}
        for rotation in resource.siblings("AWS::SecretsManager::RotationSchedule")
    )
    if not rotated and not resource.reason_for("never rotated"):
        yield "is never rotated: add a rotation schedule, or the reason to its metadata (tieout: never rotated)"
