"""Network: nothing has a public address or is open to the internet."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from infra.checks.templates import Resource, as_list, walk

# Properties that give a public address, in any resource, and the value that does not.
CLOSED = {
    "AssignPublicIp": "DISABLED",
    "AssociatePublicIpAddress": False,
    "MapPublicIpOnLaunch": False,
    "PubliclyAccessible": False,
    "Scheme": "internal",
}
EVERYWHERE = {"0.0.0.0/0", "::/0"}
MUST_SAY = {
    "AWS::Redshift::Cluster": "PubliclyAccessible",
    "AWS::RedshiftServerless::Workgroup": "PubliclyAccessible",
}


def check(resource: Resource) -> Iterator[str]:
    """Yield how a resource can be reached from outside."""
    for mapping in walk(resource.properties):
        for name, closed in CLOSED.items():
            if name in mapping and mapping[name] != closed:
                yield f"is public. Set {name} to {str(closed).lower() if closed is False else closed}"
    must_say = MUST_SAY.get(resource.type)
    if must_say and must_say not in resource.properties:
        yield f"does not state that it is not public. Set {must_say} to false"
    if resource.type == "AWS::CloudFormation::Stack" and EVERYWHERE & {
        text for value in (resource.properties.get("Parameters") or {}).values() for text in resource.texts(value)
    }:
        yield "gets the whole internet as its network. Use a private network"
    for rule in _ingress(resource):
        yield from _open(resource, rule)


def _ingress(resource: Resource) -> list[dict[str, Any]]:
    if resource.type == "AWS::EC2::SecurityGroup":
        return as_list(resource.properties.get("SecurityGroupIngress"))
    return [resource.properties] if resource.type == "AWS::EC2::SecurityGroupIngress" else []


def _open(resource: Resource, rule: dict[str, Any]) -> Iterator[str]:
    if "Fn::If" in rule:
        for branch in rule["Fn::If"][1:]:
            for inner in as_list(branch):
                yield from _open(resource, inner)
        return
    if str(rule.get("IpProtocol")) == "-1":
        yield "accepts every protocol. Name protocol and port"
    for source in (rule.get("CidrIp"), rule.get("CidrIpv6")):
        for text in resource.texts(source):
            # The pattern in the root template limits the values of a parameter.
            if not text.startswith("${") and not _is_private(text):
                yield f"accepts {text}. Name a private network or a security group"


def _is_private(text: str) -> bool:
    try:
        return ip_network(text).is_private
    except ValueError:
        return False
