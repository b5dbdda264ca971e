"""The functions of the templates, which stand in for what CloudFormation lacks."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.python.infra.test_templates import Template, read

WORKGROUP = "arn:aws:redshift-serverless:eu-central-1:1:workgroup/one"


class Limits:
    """The usage limits of Redshift Serverless."""

    class exceptions:  # noqa: N801
        class ResourceNotFoundException(Exception):  # noqa: N818
            pass

    def __init__(self) -> None:
        self.limits: dict[str, dict[str, Any]] = {}

    def create_usage_limit(self, **limit: Any) -> Template:
        if any(limit["resourceArn"] == other["resourceArn"] for other in self.limits.values()):
            raise ValueError("ConflictException")
        name = f"limit-{len(self.limits) + 1}"
        self.limits[name] = limit
        return {"usageLimit": {"usageLimitId": name}}

    def update_usage_limit(self, usageLimitId: str, **changed: Any) -> None:  # noqa: N803
        self.limits[usageLimitId] |= changed

    def delete_usage_limit(self, usageLimitId: str) -> None:  # noqa: N803
        if self.limits.pop(usageLimitId, None) is None:
            raise self.exceptions.ResourceNotFoundException


def test_the_function_sets_changes_and_removes_the_usage_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits()

    def sent(request: str, properties: Template, **event: Any) -> tuple[str, str]:
        event |= {"RequestType": request, "ResourceProperties": properties}
        ((status, _, limit, _),) = answers("serverless_limit", event, limits, monkeypatch)
        return status, limit

    low, high = {"WorkgroupArn": WORKGROUP, "Amount": "96"}, {"WorkgroupArn": WORKGROUP, "Amount": "200"}
    assert sent("Create", low) == ("SUCCESS", "limit-1")
    expected = {"resourceArn": WORKGROUP, "usageType": "serverless-compute", "period": "daily"}
    assert limits.limits == {"limit-1": {**expected, "amount": 96, "breachAction": "deactivate"}}
    assert sent("Update", high, PhysicalResourceId="limit-1", OldResourceProperties=low) == ("SUCCESS", "limit-1")
    assert limits.limits["limit-1"]["amount"] == 200
    # CloudFormation removes the former limit once the function answers with another id.
    other = {"WorkgroupArn": WORKGROUP + "-2", "Amount": "96"}
    assert sent("Update", other, PhysicalResourceId="limit-1", OldResourceProperties=high) == ("SUCCESS", "limit-2")
    for _ in range(2):
        assert sent("Delete", high, PhysicalResourceId="limit-1") == ("SUCCESS", "limit-1")
    assert list(limits.limits) == ["limit-2"]


def test_a_limit_that_cannot_be_set_fails_the_stack_and_the_stack_can_be_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = Limits()
    limits.create_usage_limit(resourceArn=WORKGROUP)
    event = {"RequestType": "Create", "ResourceProperties": {"WorkgroupArn": WORKGROUP, "Amount": "96"}}
    ((status, _, limit, reason),) = answers("serverless_limit", event, limits, monkeypatch)
    assert (status, limit) == ("FAILED", "no-limit")
    assert "ConflictException" in reason
    event |= {"RequestType": "Delete", "PhysicalResourceId": limit}
    ((status, *_),) = answers("serverless_limit", event, limits, monkeypatch)
    assert (status, list(limits.limits)) == ("SUCCESS", ["limit-1"])


def test_every_serverless_warehouse_has_a_usage_limit() -> None:
    resources = read("main.yml")["Resources"]
    assert resources["ServerlessLimit"]["Condition"] == resources["Serverless"]["Condition"]
    parameters = resources["ServerlessLimit"]["Properties"]["Parameters"]
    assert parameters["WorkgroupArn"] == {"Fn::GetAtt": ["Serverless", "Outputs.WorkgroupArn"]}


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
def test_the_function_returns_the_secret_to_cloudformation(request_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked_for_password(request_type, {"adminPasswordSecretArn": "arn:secret"}, monkeypatch) == (
        "SUCCESS",
        {} if request_type == "Delete" else {"PasswordSecret": "arn:secret"},
        None,
    )


def test_a_namespace_without_a_managed_password_fails_the_stack_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    status, data, reason = asked_for_password("Create", {}, monkeypatch)
    assert (status, data) == ("FAILED", {})
    assert "The secret of the namespace was not found" in reason


def asked_for_password(request_type: str, namespace: Template, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Any, Any]:
    client = SimpleNamespace(get_namespace=lambda namespaceName: {"namespace": namespace})  # noqa: N803
    event = {"RequestType": request_type, "ResourceProperties": {"Namespace": "tieout"}}
    ((status, data, _, reason),) = answers("serverless_password", event, client, monkeypatch)
    return status, data, reason


def answers(stack: str, event: Template, client: object, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Run the function of a template; return what it sends to CloudFormation: status, data, id and reason."""
    sent: list[tuple[Any, ...]] = []
    response = SimpleNamespace(
        SUCCESS="SUCCESS",
        FAILED="FAILED",
        send=lambda event, context, status, data, resource, reason=None: sent.append((status, data, resource, reason)),
    )
    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=lambda service: client))
    monkeypatch.setitem(sys.modules, "cfnresponse", response)
    function: dict[str, Any] = {}
    exec(read(f"stacks/{stack}.yml")["Resources"]["Function"]["Properties"]["Code"]["ZipFile"], function)
    function["handler"](event, None)
    return sent
