"""The templates agree with the rest of the project: variables, roles, the last line of a successful run."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any

import pytest
from cfnlint.decode import decode

from infra.checks.templates import as_list, walk
from loaders.publish.places import SUPERSEDED
from loaders.stack import variable
from tests.python.warehouse import PROJECT

Template = dict[str, Any]


def read(name: str) -> Template:
    template: Template
    template, mistakes = decode(str(PROJECT / "infra" / name))
    assert not mistakes
    return template


def container() -> Template:
    defined: Template
    (defined,) = read("stacks/daily_run.yml")["Resources"]["Task"]["Properties"]["ContainerDefinitions"]
    return defined


def container_variables() -> set[str]:
    return {setting["Name"] for setting in [*container()["Environment"], *container()["Secrets"]]}


def statements(role: str) -> list[Template]:
    body = read("stacks/access.yml")["Resources"][role]["Properties"]
    return [
        statement
        for policy in body.get("Policies", [{"PolicyDocument": body.get("PolicyDocument")}])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def allowed(role: str) -> Iterator[tuple[str, str]]:
    """Yield action and resource of every permission that is not denied."""
    denied = [
        pattern
        for statement in statements(role)
        if statement["Effect"] == "Deny" and "Condition" not in statement
        for pattern in as_list(statement["Action"])
    ]
    for statement in statements(role):
        if statement["Effect"] == "Allow":
            for action in as_list(statement["Action"]):
                assert not any(fnmatchcase(action, pattern) for pattern in denied)
                for resource in as_list(statement["Resource"]):
                    yield action, next(iter(resource.values()))


# Variables


def test_the_container_has_the_required_variables_of_the_profile() -> None:
    profile = (
        (PROJECT / "profiles" / "profiles.yml").read_text(encoding="utf-8").split("prod:")[1].split("redshift_dev:")[0]
    )
    required = set(re.findall(r"env_var\('(\w+)'\)", profile))
    assert required
    assert required | {"DBT_ENV_SECRET_REDSHIFT_PASSWORD", "TIEOUT_PII_SALT"} <= container_variables()


def test_every_variable_of_the_container_is_used() -> None:
    readers = [PROJECT / "profiles" / "profiles.yml", *(PROJECT / "macros").rglob("*.sql")]
    readers += (PROJECT / "loaders").rglob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in readers)
    assert {name for name in container_variables() if name not in text} == set()


def test_the_outputs_of_the_stack_are_the_variables_of_the_container_but_for_secrets() -> None:
    outputs = {variable(name) for name in read("main.yml")["Outputs"]}
    secrets = {setting["Name"] for setting in container()["Secrets"]}
    assert container_variables() - secrets - {"AWS_REGION"} <= outputs
    assert not secrets & outputs


def test_the_alarm_counts_the_last_line_of_a_successful_run() -> None:
    pattern = read("stacks/daily_run.yml")["Resources"]["RunsThatEndedWell"]["Properties"]["FilterPattern"]
    script = (PROJECT / container()["Command"][0]).read_text(encoding="utf-8")
    assert script.rstrip().splitlines()[-1] == f"echo {json.dumps(json.loads(pattern))}"


# Permissions


@pytest.mark.parametrize(
    ("role", "bucket"),
    [
        ("LoaderRole", "BronzeBucket"),
        ("ExporterRole", "CuratedBucket"),
        ("PublisherPolicy", "CuratedBucket"),
        ("DeliveryPolicy", "InboxBucket"),
    ],
)
def test_each_writer_writes_one_bucket(role: str, bucket: str) -> None:
    written = [resource for action, resource in allowed(role) if action.startswith("s3:Put")]
    assert written
    assert all(resource.startswith(f"arn:${{AWS::Partition}}:s3:::${{{bucket}}}/") for resource in written)


def test_the_reader_of_bronze_only_reads() -> None:
    actions = {action for action, _ in allowed("BronzeReaderRole")}
    assert actions
    assert all(re.match(r"(s3|glue):(Get|List|BatchGet)|kms:Decrypt$", action) for action in actions)


@pytest.mark.parametrize(
    ("role", "database"),
    [
        ("BronzeReaderRole", "GlueDatabase"),
        ("LoaderRole", "GlueDatabase"),
        ("PublisherPolicy", "PublishedDatabase"),
    ],
)
def test_a_role_may_use_one_database_of_the_catalog(role: str, database: str) -> None:
    resources = {resource for action, resource in allowed(role) if action.startswith("glue:")}
    assert {resource.rsplit(":", 1)[-1] for resource in resources} == {
        "catalog",
        f"database/${{{database}}}",
        f"table/${{{database}}}/*",
    }


def test_the_publisher_deletes_no_object() -> None:
    deleting = {action for action, _ in allowed("PublisherPolicy") if "Delete" in action}
    assert deleting == {"glue:BatchDeletePartition", "glue:DeletePartition"}


def test_superseded_files_of_published_tables_expire() -> None:
    rules = read("stacks/storage.yml")["Resources"]["CuratedBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    tags = [
        (tag["Key"], tag["Value"]) for rule in rules for tag in rule.get("TagFilters", []) if rule["ExpirationInDays"]
    ]
    assert tags == [(SUPERSEDED, "superseded")]


def test_the_loader_is_denied_to_delete_and_overwrite() -> None:
    denied = {
        action: statement
        for statement in statements("LoaderRole")
        if statement["Effect"] == "Deny"
        for action in as_list(statement["Action"])
    }
    assert {"s3:Delete*", "glue:Delete*", "glue:BatchDelete*"} <= denied.keys()
    assert denied["s3:Delete*"]["Resource"] == "*"
    assert denied["s3:PutObject"]["Condition"]["Null"] == {"s3:if-none-match": "true"}


def test_only_the_dbt_user_may_use_the_roles_of_the_warehouse() -> None:
    resources = read("stacks/access.yml")["Resources"]
    for role in ("BronzeReaderRole", "ExporterRole"):
        (trust,) = resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        user, further = trust["Condition"]["StringLike"]["sts:ExternalId"]
        assert user["Fn::Sub"].endswith(":dbuser:${WarehouseName}/${DatabaseUser}")
        condition, iam_user, nobody = further["Fn::If"]
        assert (condition, nobody) == ("HasIamUser", {"Ref": "AWS::NoValue"})
        assert iam_user["Fn::Sub"].endswith(":dbuser:${WarehouseName}/${IamDatabaseUser}")
    # A workgroup is known to roles by its id: arn:aws:redshift:REGION:ACCOUNT:dbuser:serverless-ACCOUNT-ID/USER.
    _, serverless, cluster = read("main.yml")["Resources"]["Access"]["Properties"]["Parameters"]["WarehouseName"][
        "Fn::If"
    ]
    assert serverless == {"Fn::Sub": "serverless-${AWS::AccountId}-*"}
    assert cluster == {"Ref": "Name"}


def test_ci_cannot_execute_its_change_sets() -> None:
    role = read("bootstrap.yml")["Resources"]["CiRole"]["Properties"]
    actions = {action for mapping in walk(role["Policies"]) for action in as_list(mapping.get("Action"))}
    assert "cloudformation:CreateChangeSet" in actions
    assert not {action for action in actions if action.startswith(("iam:", "cloudformation:Execute"))}


# The functions that stand in for what CloudFormation lacks


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
