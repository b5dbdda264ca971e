"""Warehouse: encrypted with the stack's key, TLS only, managed password, all queries logged, use limited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.checks.templates import Resource, as_list

AUDIT_LOGS = {"connectionlog", "userlog", "useractivitylog"}
# Sessions must be encrypted, and the text of their queries logged.
SESSION = ("require_ssl", "enable_user_activity_logging")
# What a cluster is charged for beyond its nodes.
METERED = {"spectrum", "concurrency-scaling"}


def check(resource: Resource) -> Iterator[str]:
    """Yield the findings about a warehouse."""
    properties = resource.properties
    match resource.type:
        case "AWS::Redshift::Cluster":
            if properties.get("Encrypted") is not True:
                yield "is not encrypted. Set Encrypted to true"
            yield from _common(properties, "ManageMasterPassword", "MasterUserPassword")
            logging = properties.get("LoggingProperties") or {}
            yield from _audit_logs(resource, logging.get("LogExports"))
            yield from _vpc_routing(properties)
            if "ClusterParameterGroupName" not in properties:
                yield "uses the default parameters, which allow connections without TLS. Set ClusterParameterGroupName"
            if resource.body.get("DeletionPolicy") not in ("Snapshot", "Retain"):
                yield "is deleted with its stack. Set DeletionPolicy to Snapshot"
            yield from _usage_limits(resource)
        case "AWS::RedshiftServerless::Namespace":
            yield from _common(properties, "ManageAdminPassword", "AdminUserPassword")
            yield from _audit_logs(resource, properties.get("LogExports"))
            if "FinalSnapshotName" not in properties:
                yield "is deleted with its stack. Set FinalSnapshotName"
        case "AWS::Redshift::ClusterParameterGroup":
            yield from _session(properties.get("Parameters"), "ParameterName", "statement_timeout")
        case "AWS::RedshiftServerless::Workgroup":
            yield from _session(properties.get("ConfigParameters"), "ParameterKey", "max_query_execution_time")
            yield from _vpc_routing(properties)


def _common(properties: dict[str, Any], managed: str, password: str) -> Iterator[str]:
    if not properties.get("KmsKeyId"):
        yield "is not encrypted with the stack's key. Set KmsKeyId"
    if properties.get(managed) is not True:
        yield f"has a password that is not rotated. Set {managed} to true"
    if password in properties:
        yield f"has its password in the template. Remove {password}, so that Secrets Manager creates one"


def _audit_logs(resource: Resource, exports: Any) -> Iterator[str]:
    missing = AUDIT_LOGS - set(map(str, as_list(exports)))
    if missing:
        yield f"does not log everything. Export {', '.join(sorted(missing))} too"
    groups = [
        text for group in resource.siblings("AWS::Logs::LogGroup") for text in resource.texts(group.get("LogGroupName"))
    ]
    for kind in sorted(AUDIT_LOGS - missing):
        if not any(group.endswith(f"/{kind}") for group in groups):
            yield f"creates the log group of its {kind} without retention. Add one to the template"


def _vpc_routing(properties: dict[str, Any]) -> Iterator[str]:
    if properties.get("EnhancedVpcRouting") is not True:
        yield "moves data outside the network. Set EnhancedVpcRouting to true"


def _usage_limits(resource: Resource) -> Iterator[str]:
    limited = {
        limit.get("FeatureType")
        for limit in resource.siblings("AWS::Redshift::UsageLimit")
        if limit.get("BreachAction") == "disable"
    }
    for feature in sorted(METERED - limited):
        yield f"can use {feature} without a limit. Add a usage limit that disables it"


def _session(parameters: Any, key: str, time_limit: str) -> Iterator[str]:
    values = {parameter.get(key): parameter.get("ParameterValue") for parameter in as_list(parameters)}
    for name in SESSION:
        if values.get(name) != "true":
            yield f"does not set {name}. Set it to true"
    if not int(values.get(time_limit) or 0):
        yield f"lets a query run without end. Set {time_limit}"
