"""Mistakes in the templates about encryption, secrets, retention and unknown types."""

from __future__ import annotations

# name of the mistake: template, text, replacement, and the resource and message that must be reported
KEEPING = {
    # Encryption
    "unencrypted cluster": (
        "stacks/provisioned.yml",
        "      Encrypted: true\n",
        "      Encrypted: false\n",
        "Cluster is not encrypted. Set Encrypted to true",
    ),
    "cluster without a statement": (
        "stacks/provisioned.yml",
        "      Encrypted: true\n",
        "",
        "Cluster is not encrypted. Set Encrypted to true",
    ),
    "unencrypted namespace": (
        "stacks/serverless.yml",
        "      KmsKeyId: !Ref KeyArn\n",
        "",
        "Namespace is not encrypted with the stack's key",
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
        "Cluster has a password that is not rotated",
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
        "Salt is in the template",
    ),
    "key without rotation": (
        "stacks/secrets.yml",
        "EnableKeyRotation: true",
        "EnableKeyRotation: false",
        "Key is never rotated",
    ),
    # Retention
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
        "BronzeBucket keeps old versions permanently",
    ),
    "bucket without access log": (
        "stacks/storage.yml",
        "      LoggingConfiguration:\n        DestinationBucketName: !Ref LogsBucket\n"
        "        LogFilePrefix: access/bronze/\n",
        "",
        "BronzeBucket has no access log",
    ),
    "bucket that is deleted with its stack": (
        "stacks/storage.yml",
        "    DeletionPolicy: Retain\n",
        "",
        "InboxBucket is deleted with its stack. Set DeletionPolicy to Retain",
    ),
    "log without retention": (
        "stacks/daily_run.yml",
        "  Log:\n    Type: AWS::Logs::LogGroup\n    Properties:\n      RetentionInDays: !Ref LogRetentionDays\n",
        "  Log:\n    Type: AWS::Logs::LogGroup\n",
        "Log keeps logs permanently",
    ),
    "function without a log group": (
        "stacks/serverless_password.yml",
        "      LoggingConfig:\n        LogGroup: !Ref Log\n",
        "",
        "Function creates its own log group",
    ),
    "warehouse without audit log": (
        "stacks/provisioned.yml",
        "            - useractivitylog\n".removeprefix("  "),
        "",
        "Cluster does not log everything. Export useractivitylog too",
    ),
    "audit log without retention": (
        "stacks/serverless.yml",
        "      LogGroupName: !Sub /aws/redshift/${Name}/userlog\n",
        "      LogGroupName: !Sub /aws/redshift/${Name}/userslog\n",
        "Namespace creates the log group of its userlog without retention",
    ),
    "data outside the network": (
        "stacks/serverless.yml",
        "      EnhancedVpcRouting: true\n",
        "",
        "Workgroup moves data outside the network",
    ),
    "mutable image tags": (
        "bootstrap.yml",
        "ImageTagMutability: IMMUTABLE",
        "ImageTagMutability: MUTABLE",
        "ImageRepository allows a tag to change its image",
    ),
    # Cost
    "bronze that is read without a limit": (
        "stacks/provisioned.yml",
        "      FeatureType: spectrum\n",
        "      FeatureType: cross-region-datasharing\n",
        "Cluster can use spectrum without a limit",
    ),
    "limit that is only logged": (
        "stacks/provisioned.yml",
        "      Amount: 60\n      Period: daily\n      BreachAction: disable\n",
        "      Amount: 60\n      Period: daily\n      BreachAction: log\n",
        "Cluster can use concurrency-scaling without a limit",
    ),
    "query of a cluster without end": (
        "stacks/provisioned.yml",
        'ParameterValue: "14400000"',
        'ParameterValue: "0"',
        "Parameters lets a query run without end. Set statement_timeout",
    ),
    "query of a workgroup without end": (
        "stacks/serverless.yml",
        '        - ParameterKey: max_query_execution_time\n          ParameterValue: "14400"\n',
        "",
        "Workgroup lets a query run without end. Set max_query_execution_time",
    ),
    # A type without checks
    "unknown type": (
        "stacks/catalog.yml",
        "  # A crawler that",
        "  Search:\n    Type: AWS::OpenSearchService::Domain\n\n  # A crawler that",
        "Search has a type without checks (AWS::OpenSearchService::Domain)",
    ),
}
