"""The templates agree with the rest of the project: variables, roles, the last line of a successful run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
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
    readers += [*(PROJECT / "loaders").rglob("*.py"), PROJECT / container()["Command"][0]]
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
    of_bronze = {resource["Fn::Sub"].rsplit(":", 1)[-1] for resource in denied["glue:BatchDelete*"]["Resource"]}
    assert of_bronze == {"database/${GlueDatabase}", "table/${GlueDatabase}/*"}
    assert denied["s3:PutObject"]["Condition"]["Null"] == {"s3:if-none-match": "true"}


def test_the_daily_run_may_publish_only_if_it_does() -> None:
    access, main = read("stacks/access.yml"), read("main.yml")
    policies = access["Resources"]["LoaderRole"]["Properties"]["ManagedPolicyArns"]
    assert policies == {"Fn::If": ["Publishes", [{"Ref": "PublisherPolicy"}], {"Ref": "AWS::NoValue"}]}
    assert (
        access["Conditions"]["Publishes"]
        == main["Conditions"]["Publishes"]
        == {"Fn::Equals": [{"Ref": "Publish"}, "true"]}
    )
    assert main["Parameters"]["Publish"]["Default"] == "false"
    passed = main["Resources"]["DailyRun"]["Properties"]["Parameters"]["PublishTo"]
    output = main["Outputs"]["TieoutPublishTo"]
    assert passed == {"Fn::If": [output["Condition"], output["Value"], ""]}
    assert output["Value"] == main["Outputs"]["TieoutS3Curated"]["Value"]


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
