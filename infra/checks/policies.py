"""Policies, wherever they stand: no wildcards where they widen, nobody unnamed, and nobody who may delete objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from infra.checks.templates import Resource, walk

# Actions that AWS lets nobody limit to a resource.
WITHOUT_RESOURCE = frozenset({"cloudformation:ValidateTemplate", "ecr:GetAuthorizationToken"})
# What takes objects away, or lets them be taken.
DELETING = (
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:PutLifecycleConfiguration",
)
BROAD_MANAGED = ("*Administrator*", "*FullAccess*", "*PowerUser*")
PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
OIDC = "token.actions.githubusercontent.com"


def check(resource: Resource) -> Iterator[str]:
    """Yield what is wrong with the policies of a resource."""
    # Within the policy of a key, `*` names the key itself.
    is_key = resource.type == "AWS::KMS::Key"
    for mapping in walk(resource.properties):
        if mapping.get("Effect") == "Allow" and not is_key:
            yield from _resources(resource, mapping)
        if mapping.get("Effect") == "Allow":
            yield from _actions(resource, mapping)
            yield from _federation(resource, mapping)
        if "Principal" in mapping and mapping.get("Effect") != "Deny":
            yield from _principal(resource, mapping["Principal"])
        for policy in resource.texts(mapping.get("ManagedPolicyArns")):
            if any(fnmatchcase(policy, broad) for broad in BROAD_MANAGED):
                yield f"is given {policy}: list the actions it needs instead"


def _actions(resource: Resource, statement: dict[str, Any]) -> Iterator[str]:
    for negation in ("NotAction", "NotPrincipal", "NotResource"):
        if negation in statement:
            yield f"allows by {negation}, which is everything else: list what is allowed"
    for action in resource.texts(statement.get("Action")):
        if "*" in action or "?" in action:
            yield f"allows {action}: list the actions"
        if any(fnmatchcase(deleting.lower(), action.lower()) for deleting in DELETING):
            yield f"allows {action}, by which objects can be deleted: nothing deletes here, lifecycle rules do"


def _resources(resource: Resource, statement: dict[str, Any]) -> Iterator[str]:
    limitable = [action for action in resource.texts(statement.get("Action")) if action not in WITHOUT_RESOURCE]
    if limitable and any(map(_is_wide, resource.texts(statement.get("Resource")))):
        yield f"allows {', '.join(limitable)} on every resource: name the resources"


def _is_wide(arn: str) -> bool:
    """Tell whether an ARN is `*`, or names nothing behind its account: `arn:aws:s3:::*`."""
    plain = PLACEHOLDER.sub("x", arn)
    named = plain.split(":", 5)[-1] if plain.startswith("arn:") and plain.count(":") >= 5 else plain
    return "*" in named and not named.strip("*:/")


def _principal(resource: Resource, principal: Any) -> Iterator[str]:
    named = list(principal.values()) if isinstance(principal, dict) and "Ref" not in principal else principal
    if "*" in resource.texts(named):
        yield "allows everybody (Principal *): name who may"


def _federation(resource: Resource, statement: dict[str, Any]) -> Iterator[str]:
    principal = statement.get("Principal")
    if not isinstance(principal, dict) or "Federated" not in principal:
        return
    equals = (statement.get("Condition") or {}).get("StringEquals") or {}
    audience, subject = resource.texts(equals.get(f"{OIDC}:aud")), resource.texts(equals.get(f"{OIDC}:sub"))
    if audience != ["sts.amazonaws.com"]:
        yield f"may be taken by tokens that are not meant for AWS: set {OIDC}:aud to sts.amazonaws.com"
    if not subject or any("*" in text or ":ref:refs/heads/" not in text for text in subject):
        yield f"may be taken by other repositories or branches: set {OIDC}:sub to one repository and branch"
