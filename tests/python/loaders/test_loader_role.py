"""The role of the loader in the template allows the daily run and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cfnlint.decode import decode

from loaders.aws.objects import PART_BYTES
from loaders.aws.session import S3Root
from loaders.contract import load_contract
from tests.aws.double import REGION, AwsDouble
from tests.python.loaders.cloud import DAY, accounts
from tests.python.loaders.conftest import Tieout
from tests.python.warehouse import PROJECT

ACCOUNT = "123456789012"
INBOX, BRONZE, OTHER = "role-inbox", "role-bronze", "role-other"
DATABASE = "prod_bronze"
PARAMETERS = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "BronzeBucket": BRONZE,
    "GlueDatabase": DATABASE,
    "InboxBucket": INBOX,
    "KeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000",
}


def resolved(value: Any) -> Any:
    """Replace references by the parameters that the root template passes."""
    if isinstance(value, list):
        return [resolved(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return PARAMETERS[value["Ref"]]
    if "Fn::Sub" in value:
        return re.sub(r"\$\{([^}]+)\}", lambda match: PARAMETERS[match[1]], value["Fn::Sub"])
    return {key: resolved(part) for key, part in value.items()}


def loader_policy() -> str:
    """Return the policy of the role without what the double does not support: conditions and resources of Glue."""
    template, _ = decode(str(PROJECT / "infra" / "stacks" / "access.yml"))
    (policy,) = template["Resources"]["LoaderRole"]["Properties"]["Policies"]
    document = resolved(policy["PolicyDocument"])
    kept = [statement for statement in document["Statement"] if "Condition" not in statement]
    assert len(kept) == len(document["Statement"]) - 1
    for statement in kept:
        if str(statement["Action"][0]).startswith("glue:"):
            statement["Resource"] = "*"
    return json.dumps({**document, "Statement": kept})


@pytest.fixture
def loader(aws: AwsDouble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give this process the environment of the daily run, and put deliveries into the inbox."""
    for bucket in (INBOX, BRONZE, OTHER):
        aws.make_bucket(bucket)
    s3 = aws.client("s3")
    s3.put_object(Bucket=INBOX, Key=f"inbox/{DAY}/banking/accounts.csv", Body=accounts("A1"))
    transactions = load_contract().entity("banking", "transactions").delivered_columns
    row = f"T,A1,Deposit,1.50,EUR,{DAY},,Completed,{'merchant' * 1000},,,,,,\n"
    large = ",".join(transactions) + "\n" + row * (PART_BYTES // len(row) + 10)
    s3.put_object(Bucket=INBOX, Key=f"inbox/{DAY}/banking/transactions.csv", Body=large.encode())
    aws.client("glue").create_database(DatabaseInput={"Name": DATABASE})
    iam = aws.client("iam")
    iam.create_user(UserName="loader")
    key = iam.create_access_key(UserName="loader")["AccessKey"]
    iam.put_user_policy(UserName="loader", PolicyName="load", PolicyDocument=loader_policy())
    for variable, value in {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "TIEOUT_BRONZE_ROOT": str(tmp_path / "bronze"),
        "TIEOUT_GLUE_DATABASE": DATABASE,
        "TIEOUT_KMS_KEY": PARAMETERS["KeyArn"],
        "TIEOUT_S3_INBOX": f"s3://{INBOX}/inbox",
        "TIEOUT_S3_ROOT": f"s3://{BRONZE}/bronze",
    }.items():
        monkeypatch.setenv(variable, value)
    aws.require_permission(True)
    yield
    aws.require_permission(False)


@pytest.mark.usefixtures("loader")
def test_the_role_allows_the_daily_run_and_nothing_else(
    aws: AwsDouble,
    tieout: Tieout,
    tmp_path: Path,
) -> None:
    inbox = tmp_path / "inbox"
    for command in (("fetch", inbox), ("land", inbox), ("push",), ("catalog",), ("catalog",)):
        outcome = tieout(*command)
        assert (outcome.code, outcome.err) == (0, ""), outcome
    s3 = boto3.client("s3", endpoint_url=aws.endpoint, region_name=REGION)
    glue = boto3.client("glue", endpoint_url=aws.endpoint, region_name=REGION)
    data = S3Root(BRONZE, "bronze/").key(f"banking/accounts/dt={DAY}/accounts.csv")
    attempts: tuple[Callable[[], object], ...] = (
        lambda: s3.delete_object(Bucket=BRONZE, Key=data),
        lambda: s3.delete_bucket(Bucket=BRONZE),
        lambda: s3.put_object(Bucket=BRONZE, Key="elsewhere.csv", Body=b""),
        lambda: s3.put_object(Bucket=INBOX, Key=f"inbox/{DAY}/banking/accounts.csv", Body=b""),
        lambda: s3.put_object(Bucket=OTHER, Key="bronze/x.csv", Body=b""),
        lambda: s3.list_objects_v2(Bucket=OTHER),
        lambda: s3.put_bucket_versioning(Bucket=BRONZE, VersioningConfiguration={"Status": "Suspended"}),
        lambda: glue.delete_table(DatabaseName=DATABASE, Name="banking__accounts"),
        lambda: glue.delete_database(Name=DATABASE),
    )
    for attempt in attempts:
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt()
    aws.require_permission(False)
    assert data in aws.keys(BRONZE)
