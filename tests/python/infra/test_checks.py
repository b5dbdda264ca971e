"""The assertions on the CloudFormation templates: the project's own pass, and every planted mistake is named."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.checks.__main__ import findings
from infra.checks.templates import UnreadableTemplateError
from tests.python.warehouse import PROJECT

BRONZE_BUCKET = """  BronzeBucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
"""

# What is planted: the template, what stands there, what is put in its place, and the resource and sentence that say so.
PLANTED = {
    # Public access
    "public bucket": (
        "stacks/storage.yml",
        "BlockPublicPolicy: true",
        "BlockPublicPolicy: false",
        "InboxBucket could be made public: set PublicAccessBlockConfiguration.BlockPublicPolicy to true",
    ),
    "bucket with a public ACL": (
        "stacks/storage.yml",
        BRONZE_BUCKET,
        f"{BRONZE_BUCKET}      AccessControl: PublicRead\n",
        "BronzeBucket has an ACL",
    ),
    "bucket as a website": (
        "stacks/storage.yml",
        BRONZE_BUCKET,
        f"{BRONZE_BUCKET}      WebsiteConfiguration:\n        IndexDocument: index.html\n",
        "BronzeBucket is a website",
    ),
    "bucket policy for everybody": (
        "stacks/storage.yml",
        '            Effect: Deny\n            Principal: "*"\n            Action: s3:*',
        '            Effect: Allow\n            Principal: "*"\n            Action: s3:GetObject',
        "InboxBucketPolicy allows everybody (Principal *)",
    ),
    "topic policy for everybody": (
        "stacks/notifications.yml",
        "            Principal:\n              Service: events.amazonaws.com\n",
        '            Principal:\n              AWS: "*"\n',
        "TopicPolicy allows everybody (Principal *)",
    ),
    "public cluster": (
        "stacks/provisioned.yml",
        "PubliclyAccessible: false",
        "PubliclyAccessible: true",
        "Cluster is public: set PubliclyAccessible to false",
    ),
    "public workgroup by a condition": (
        "stacks/serverless.yml",
        "PubliclyAccessible: false",
        "PubliclyAccessible: !Ref Public",
        "Workgroup is public: set PubliclyAccessible to false",
    ),
    "workgroup that does not say": (
        "stacks/serverless.yml",
        "      PubliclyAccessible: false\n",
        "",
        "Workgroup does not say that it is not public",
    ),
    "open security group": (
        "stacks/network.yml",
        "          SourceSecurityGroupId: !Ref RunGroup\n      SecurityGroupEgress:",
        "          CidrIp: 0.0.0.0/0\n      SecurityGroupEgress:",
        "WarehouseGroup lets 0.0.0.0/0 in",
    ),
    "security group open to IPv6": (
        "stacks/network.yml",
        "      CidrIp: !Ref ClientCidr",
        "      CidrIpv6: ::/0",
        "WarehouseClients lets ::/0 in",
    ),
    "security group open by default": (
        "stacks/network.yml",
        "    Description: Private network whose",
        '    Default: "0.0.0.0/0"\n    Description: Private network whose',
        "WarehouseClients lets 0.0.0.0/0 in",
    ),
    "security group open from the root": (
        "main.yml",
        "        ClientCidr: !Ref ClientCidr",
        "        ClientCidr: 0.0.0.0/0",
        "Network is handed the whole internet",
    ),
    "every protocol let in": (
        "stacks/network.yml",
        "      Description: Clients of one private network\n      IpProtocol: tcp",
        "      Description: Clients of one private network\n      IpProtocol: -1",
        "WarehouseClients lets every protocol in",
    ),
    "subnet with public addresses": (
        "stacks/network.yml",
        "      CidrBlock: !Select [0,",
        "      MapPublicIpOnLaunch: true\n      CidrBlock: !Select [0,",
        "PublicSubnetA is public: set MapPublicIpOnLaunch to false",
    ),
    "run with a public address": (
        "stacks/daily_run.yml",
        "AssignPublicIp: DISABLED",
        "AssignPublicIp: ENABLED",
        "DailySchedule is public: set AssignPublicIp to DISABLED",
    ),
    "function for everybody": (
        "stacks/serverless_password.yml",
        "  Lookup:\n",
        "  Open:\n    Type: AWS::Lambda::Permission\n    Properties:\n      Action: lambda:InvokeFunction\n"
        '      FunctionName: !Ref Function\n      Principal: "*"\n\n  Lookup:\n',
        "Open allows everybody (Principal *)",
    ),
    # Wildcards, and who may what
    "wildcard policy": (
        "stacks/access.yml",
        "                Action: s3:GetObject\n"
        "                Resource: !Sub arn:${AWS::Partition}:s3:::${BronzeBucket}/bronze/*",
        '                Action: "*"\n                Resource: "*"',
        "BronzeReaderRole allows *: list the actions",
    ),
    "wildcard of a service": (
        "stacks/access.yml",
        "                Action: s3:GetObject\n"
        "                Resource: !Sub arn:${AWS::Partition}:s3:::${BronzeBucket}/bronze/*",
        "                Action: s3:*\n                Resource: !Sub arn:${AWS::Partition}:s3:::${BronzeBucket}/*",
        "BronzeReaderRole allows s3:*: list the actions",
    ),
    "wildcard in the policy of a key": (
        "stacks/secrets.yml",
        "              - kms:CancelKeyDeletion\n",
        "              - kms:*\n",
        "Key allows kms:*: list the actions",
    ),
    "wildcard resource": (
        "stacks/access.yml",
        "                Resource: !Sub arn:${AWS::Partition}:s3:::${BronzeBucket}/bronze/*",
        '                Resource: "*"',
        "BronzeReaderRole allows s3:GetObject on every resource",
    ),
    "wildcard resource of a service": (
        "stacks/access.yml",
        "                Resource: !Sub arn:${AWS::Partition}:s3:::${BronzeBucket}/bronze/*",
        "                Resource: !Sub arn:${AWS::Partition}:s3:::*",
        "BronzeReaderRole allows s3:GetObject on every resource",
    ),
    "wildcard resource by a parameter": (
        "stacks/access.yml",
        "  KeyArn:\n    Type: String\n",
        '  KeyArn:\n    Type: String\n    Default: "*"\n',
        "ExporterRole allows kms:Decrypt, kms:GenerateDataKey on every resource",
    ),
    "all but": (
        "stacks/access.yml",
        "                Action: s3:GetObject\n"
        "                Resource: !Sub arn:${AWS::Partition}:s3:::${InboxBucket}/inbox/*",
        "                NotAction: iam:CreateUser\n"
        "                Resource: !Sub arn:${AWS::Partition}:s3:::${InboxBucket}/inbox/*",
        "LoaderRole allows by NotAction",
    ),
    "administrator": (
        "stacks/access.yml",
        "      Description: The daily run reads",
        "      ManagedPolicyArns:\n        - arn:aws:iam::aws:policy/AdministratorAccess\n"
        "      Description: The daily run reads",
        "LoaderRole is given arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    "loader that deletes": (
        "stacks/access.yml",
        "                  - s3:ListMultipartUploadParts\n",
        "                  - s3:DeleteObject\n",
        "LoaderRole allows s3:DeleteObject, by which objects can be deleted",
    ),
    "CI of every branch": (
        "bootstrap.yml",
        "!Sub repo:${GitHubRepository}:ref:refs/heads/${GitHubBranch}",
        "!Sub repo:${GitHubRepository}:*",
        "CiRole may be taken by other repositories or branches",
    ),
    "CI of everybody": (
        "bootstrap.yml",
        "                token.actions.githubusercontent.com:sub: !Sub repo:${GitHubRepository}:ref:refs/heads/"
        "${GitHubBranch}\n",
        "",
        "CiRole may be taken by other repositories or branches",
    ),
    # Encryption
    "unencrypted cluster": (
        "stacks/provisioned.yml",
        "      Encrypted: true\n",
        "      Encrypted: false\n",
        "Cluster is not encrypted: set Encrypted to true",
    ),
    "cluster that does not say": (
        "stacks/provisioned.yml",
        "      Encrypted: true\n",
        "",
        "Cluster is not encrypted: set Encrypted to true",
    ),
    "unencrypted namespace": (
        "stacks/serverless.yml",
        "      KmsKeyId: !Ref KeyArn\n",
        "",
        "Namespace is not encrypted by a key of ours",
    ),
    "unencrypted connections": (
        "stacks/serverless.yml",
        '        - ParameterKey: require_ssl\n          ParameterValue: "true"\n',
        "",
        "Workgroup does not set require_ssl",
    ),
    "unencrypted bucket": (
        "bootstrap.yml",
        "      BucketEncryption:\n        ServerSideEncryptionConfiguration:\n"
        "          - ServerSideEncryptionByDefault:\n              SSEAlgorithm: AES256\n",
        "",
        "LogsBucket is not encrypted",
    ),
    "bucket without TLS": (
        "stacks/storage.yml",
        'aws:SecureTransport: "false"',
        'aws:SecureTransport: "true"',
        "InboxBucket can be read without TLS",
    ),
    "bucket with TLS for objects only": (
        "stacks/storage.yml",
        "              - !GetAtt InboxBucket.Arn\n",
        "",
        "InboxBucket can be read without TLS",
    ),
    "unencrypted topic": (
        "stacks/notifications.yml",
        "      KmsMasterKeyId: !Ref KeyArn\n",
        "      DisplayName: Tieout\n",
        "Topic is not encrypted",
    ),
    # Passwords and keys
    "password in the template": (
        "stacks/serverless.yml",
        "      ManageAdminPassword: true\n",
        "      AdminUserPassword: Tieout-2025\n",
        "Namespace has its password in the template",
    ),
    "password that nothing rotates": (
        "stacks/provisioned.yml",
        "      ManageMasterPassword: true\n",
        "      ManageMasterPassword: false\n",
        "Cluster has a password that nothing rotates",
    ),
    "secret without rotation or reason": (
        "stacks/secrets.yml",
        "        never rotated: another salt cuts off all later joins with earlier exports\n",
        '        never rotated: ""\n',
        "Salt is never rotated",
    ),
    "secret in the template": (
        "stacks/secrets.yml",
        "      GenerateSecretString:\n        PasswordLength: 64\n        ExcludePunctuation: true\n",
        "      SecretString: pepper\n",
        "Salt stands in the template",
    ),
    "key without rotation": (
        "stacks/secrets.yml",
        "EnableKeyRotation: true",
        "EnableKeyRotation: false",
        "Key is never rotated",
    ),
    # What is kept
    "bucket without versions": (
        "stacks/storage.yml",
        "      VersioningConfiguration:\n        Status: Enabled\n",
        "",
        "InboxBucket keeps no versions",
    ),
    "bucket without lifecycle": (
        "stacks/storage.yml",
        "          - Id: cool-down\n            Status: Enabled\n",
        "          - Id: cool-down\n            Status: Disabled\n",
        "BronzeBucket keeps old versions for ever",
    ),
    "bucket without access log": (
        "stacks/storage.yml",
        "      LoggingConfiguration:\n        DestinationBucketName: !Ref LogsBucket\n"
        "        LogFilePrefix: access/bronze/\n",
        "",
        "BronzeBucket has no access log",
    ),
    "bucket that goes with its stack": (
        "stacks/storage.yml",
        "    DeletionPolicy: Retain\n",
        "",
        "InboxBucket goes with its stack: set DeletionPolicy to Retain",
    ),
    "log without retention": (
        "stacks/daily_run.yml",
        "  Log:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      RetentionInDays: !Ref LogRetentionDays\n",
        "  Log:\n    Type: AWS::Logs::LogGroup\n",
        "Log keeps logs for ever",
    ),
    "function without a log group": (
        "stacks/serverless_password.yml",
        "      LoggingConfig:\n        LogGroup: !Ref Log\n",
        "",
        "Function makes its log group itself",
    ),
    "warehouse without audit log": (
        "stacks/provisioned.yml",
        "            - useractivitylog\n".removeprefix("  "),
        "",
        "Cluster does not log everything: export useractivitylog too",
    ),
    "audit log without retention": (
        "stacks/serverless.yml",
        "      LogGroupName: !Sub /aws/redshift/${Name}/userlog\n",
        "      LogGroupName: !Sub /aws/redshift/${Name}/userslog\n",
        "Namespace makes the log group of its userlog itself",
    ),
    "data past the network": (
        "stacks/serverless.yml",
        "      EnhancedVpcRouting: true\n",
        "",
        "Workgroup moves data outside of the network",
    ),
    "image that changes": (
        "bootstrap.yml",
        "ImageTagMutability: IMMUTABLE",
        "ImageTagMutability: MUTABLE",
        "ImageRepository lets an image change under its tag",
    ),
    # What nobody has judged
    "unknown type": (
        "stacks/catalog.yml",
        "  # What a crawler",
        "  Search:\n    Type: AWS::OpenSearchService::Domain\n\n  # What a crawler",
        "Search is of a type that no check knows (AWS::OpenSearchService::Domain)",
    ),
}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A copy of the project's templates."""
    return shutil.copytree(PROJECT / "infra", tmp_path / "infra", ignore=shutil.ignore_patterns("*.py", "__pycache__"))


def plant(folder: Path, file: str, there: str, instead: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert there in text, f"{file} has changed: plant the mistake anew."
    (folder / file).write_text(text.replace(there, instead, 1), encoding="utf-8")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `make lint`, and so CI, does with the templates."""
    return subprocess.run(
        ["make", "--no-print-directory", "lint-infra", f"INFRA={folder}"],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_templates_of_the_project_pass() -> None:
    assert findings(PROJECT / "infra") == []


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_named_with_its_place(mistake: str, tmp_path: Path) -> None:
    file, there, instead, expected = PLANTED[mistake]
    (tmp_path / file).parent.mkdir(exist_ok=True)
    shutil.copy(PROJECT / "infra" / file, tmp_path / file)
    plant(tmp_path, file, there, instead)
    found = findings(tmp_path)
    named = [sentence for sentence in found if expected in sentence]
    assert named, found
    assert named[0].startswith(f"{tmp_path / file}:")


@pytest.mark.parametrize("mistake", ["public bucket", "wildcard policy", "unencrypted cluster"])
def test_a_planted_mistake_fails_the_command_of_ci(mistake: str, templates: Path) -> None:
    file, there, instead, expected = PLANTED[mistake]
    plant(templates, file, there, instead)
    outcome = lint(templates)
    assert outcome.returncode != 0
    assert expected in outcome.stderr


def test_the_command_of_ci_passes_templates_without_mistakes_and_fails_what_cfn_lint_knows(templates: Path) -> None:
    assert lint(templates).returncode == 0
    plant(templates, "stacks/storage.yml", "Type: AWS::S3::Bucket\n", "Type: AWS::S3::Buckets\n")
    outcome = lint(templates)
    assert outcome.returncode != 0
    assert "E3006" in outcome.stdout


def test_a_line_is_that_of_the_resource(templates: Path) -> None:
    file, there, instead, _ = PLANTED["unencrypted cluster"]
    plant(templates, file, there, instead)
    lines = (templates / file).read_text(encoding="utf-8").splitlines()
    (sentence,) = findings(templates)
    assert lines[int(sentence.split(":")[1]) - 1] == "  Cluster:"


def test_a_folder_without_templates_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTemplateError, match="There is no template in"):
        findings(tmp_path)
    (tmp_path / "broken.yml").write_text("Resources: [", encoding="utf-8")
    with pytest.raises(UnreadableTemplateError, match=r"broken\.yml is no template"):
        findings(tmp_path)
