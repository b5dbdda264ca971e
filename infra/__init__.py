"""The AWS side: CloudFormation templates and the checks they must pass."""
