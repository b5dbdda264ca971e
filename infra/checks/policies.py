"""Policies: no wildcards that widen them, no unnamed principals, no permission to delete objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from infra.checks.templates import Resource, walk

# Actions that AWS cannot limit to a resource.
WITHOUT_RESOURCE = frozenset(
    {
        "cloudformation:ValidateTemplate",
        "ecr:GetAuthorizationToken",
        "lakeformation:GetDataAccess",
        "redshift-serverless:CreateUsageLimit",
        "redshift-serverless:DeleteUsageLimit",
        "redshift-serverless:UpdateUsageLimit",
    }
)
# Actions that delete objects, or allow their deletion.
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
    """Yield the findings about the policies of a resource."""
    # In the policy of a key, `*` means the key itself.
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
                yield f"has {policy}. List the required actions instead"


def _actions(resource: Resource, statement: dict[str, Any]) -> Iterator[str]:
    for negation in ("NotAction", "NotPrincipal", "NotResource"):
        if negation in statement:
            yield f"allows by {negation}, which covers everything else. List what is allowed"
    for action in resource.texts(statement.get("Action")):
        if "*" in action or "?" in action:
            yield f"allows {action}. List the actions"
        if any(fnmatchcase(deleting.lower(), action.lower()) for deleting in DELETING):
            yield f"allows {action}, which can delete objects. Only lifecycle rules may delete"


def _resources(resource: Resource, statement: dict[str, Any]) -> Iterator[str]:
    limitable = [action for action in resource.texts(statement.get("Action")) if action not in WITHOUT_RESOURCE]
    if limitable and any(map(_is_wide, resource.texts(statement.get("Resource")))):
        yield f"allows {', '.join(limitable)} on every resource. Name the resources"


def _is_wide(arn: str) -> bool:
    """Return whether an ARN is `*`, or names nothing after its account, as in `arn:aws:s3:::*`."""
    plain = PLACEHOLDER.sub("x", arn)
    named = plain.split(":", 5)[-1] if plain.startswith("arn:") and plain.count(":") >= 5 else plain
    return "*" in named and not named.strip("*:/")


def _principal(resource: Resource, principal: Any) -> Iterator[str]:
    named = list(principal.values()) if isinstance(principal, dict) and "Ref" not in principal else principal
    if "*" in resource.texts(named):
        yield "allows everybody (Principal *). Name the principals"


def _federation(resource: Resource, statement: dict[str, Any]) -> Iterator[str]:
    principal = statement.get("Principal")
    if not isinstance(principal, dict) or "Federated" not in principal:
        return
    equals = (statement.get("Condition") or {}).get("StringEquals") or {}
    audience, subject = resource.texts(equals.get(f"{OIDC}:aud")), resource.texts(equals.get(f"{OIDC}:sub"))
    if audience != ["sts.amazonaws.com"]:
        yield f"accepts tokens that are not meant for AWS. Set {OIDC}:aud to sts.amazonaws.com"
    if not subject or any("*" in text or ":ref:refs/heads/" not in text for text in subject):
        yield f"accepts other repositories or branches. Set {OIDC}:sub to one repository and branch"
