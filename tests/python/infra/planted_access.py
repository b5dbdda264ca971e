"""Mistakes in the templates that open something: public access, wildcards, too many permissions."""

from __future__ import annotations

BRONZE_BUCKET = """  BronzeBucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
"""

# name of the mistake: template, text, replacement, and the resource and message that must be reported
ACCESS = {
    # Public access
    "public bucket": (
        "stacks/storage.yml",
        "BlockPublicPolicy: true",
        "BlockPublicPolicy: false",
        "InboxBucket could be made public. Set PublicAccessBlockConfiguration.BlockPublicPolicy to true",
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
        "Cluster is public. Set PubliclyAccessible to false",
    ),
    "public workgroup by a condition": (
        "stacks/serverless.yml",
        "PubliclyAccessible: false",
        "PubliclyAccessible: !Ref Public",
        "Workgroup is public. Set PubliclyAccessible to false",
    ),
    "workgroup without a statement": (
        "stacks/serverless.yml",
        "      PubliclyAccessible: false\n",
        "",
        "Workgroup does not state that it is not public",
    ),
    "open security group": (
        "stacks/network.yml",
        "          SourceSecurityGroupId: !Ref RunGroup\n      SecurityGroupEgress:",
        "          CidrIp: 0.0.0.0/0\n      SecurityGroupEgress:",
        "WarehouseGroup accepts 0.0.0.0/0",
    ),
    "security group open to IPv6": (
        "stacks/network.yml",
        "      CidrIp: !Ref ClientCidr",
        "      CidrIpv6: ::/0",
        "WarehouseClients accepts ::/0",
    ),
    "security group open by default": (
        "stacks/network.yml",
        "    Description: Private network whose",
        '    Default: "0.0.0.0/0"\n    Description: Private network whose',
        "WarehouseClients accepts 0.0.0.0/0",
    ),
    "security group open from the root": (
        "main.yml",
        "        ClientCidr: !Ref ClientCidr",
        "        ClientCidr: 0.0.0.0/0",
        "Network gets the whole internet as its network",
    ),
    "every protocol let in": (
        "stacks/network.yml",
        "      Description: Clients of one private network\n      IpProtocol: tcp",
        "      Description: Clients of one private network\n      IpProtocol: -1",
        "WarehouseClients accepts every protocol",
    ),
    "subnet with public addresses": (
        "stacks/network.yml",
        "      CidrBlock: !Select [0,",
        "      MapPublicIpOnLaunch: true\n      CidrBlock: !Select [0,",
        "PublicSubnetA is public. Set MapPublicIpOnLaunch to false",
    ),
    "run with a public address": (
        "stacks/daily_run.yml",
        "AssignPublicIp: DISABLED",
        "AssignPublicIp: ENABLED",
        "DailySchedule is public. Set AssignPublicIp to DISABLED",
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
        "BronzeReaderRole allows *. List the actions",
    ),
    "wildcard of a service": (
        "stacks/access.yml",
        "                Action: s3:GetObject\n"
        "                Resource: !Sub arn:${AWS::Partition}:s3:::${BronzeBucket}/bronze/*",
        "                Action: s3:*\n                Resource: !Sub arn:${AWS::Partition}:s3:::${BronzeBucket}/*",
        "BronzeReaderRole allows s3:*. List the actions",
    ),
    "wildcard in the policy of a key": (
        "stacks/secrets.yml",
        "              - kms:CancelKeyDeletion\n",
        "              - kms:*\n",
        "Key allows kms:*. List the actions",
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
        "        - - !Ref PublisherPolicy\n",
        "        - - arn:aws:iam::aws:policy/AdministratorAccess\n",
        "LoaderRole has arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    "loader that may delete": (
        "stacks/access.yml",
        "                  - s3:ListMultipartUploadParts\n",
        "                  - s3:DeleteObject\n",
        "LoaderRole allows s3:DeleteObject, which can delete objects",
    ),
    "CI of every branch": (
        "bootstrap.yml",
        "!Sub repo:${GitHubRepository}:ref:refs/heads/${GitHubBranch}",
        "!Sub repo:${GitHubRepository}:*",
        "CiRole accepts other repositories or branches",
    ),
    "CI of everybody": (
        "bootstrap.yml",
        "                token.actions.githubusercontent.com:sub: !Sub repo:${GitHubRepository}:ref:refs/heads/"
        "${GitHubBranch}\n",
        "",
        "CiRole accepts other repositories or branches",
    ),
}
