"""`tieout env`: the outputs of the CloudFormation stack, as environment variables for dbt's profile and `tieout`."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.aws.errors import aws_errors, error_code
from loaders.aws.session import RegionOption, cloudformation_client
from loaders.errors import TieoutError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

REGION_VARIABLE = "AWS_REGION"
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def variable(output: str) -> str:
    """Return the name of the variable for an output: REDSHIFT_HOST for `RedshiftHost`."""
    return _WORD.sub("_", output).upper()


def stack_variables(client: CloudFormationClient, stack: str) -> dict[str, str]:
    """Return the outputs of a stack by variable, and its region as AWS_REGION.

    Raises:
        TieoutError: the stack does not exist, is not complete or has no outputs, or AWS refuses or cannot be reached.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415

    region = client.meta.region_name
    with aws_errors(stack):
        try:
            (found,) = client.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if error_code(error) != "ValidationError":
                raise
            raise TieoutError(
                f"There is no stack {stack} in {region}. Deploy it (docs/deploy.md), or give its name and --region."
            ) from None
    status = found["StackStatus"]
    if not status.endswith("_COMPLETE") or status.startswith(("DELETE_", "ROLLBACK_")):
        raise TieoutError(f"The stack {stack} is {status}. Wait until it is complete, or deploy it again.")
    outputs = {variable(output["OutputKey"]): output["OutputValue"] for output in found.get("Outputs", [])}
    if not outputs:
        raise TieoutError(f"The stack {stack} has no outputs. Give the name of the stack of infra/main.yml.")
    return {REGION_VARIABLE: region, **outputs}


def command(
    stack: Annotated[str, typer.Argument(help="Name of the stack of infra/main.yml.")] = "tieout",
    region: RegionOption = None,
) -> None:
    """Print the outputs of the stack as environment variables, for: eval "$(tieout env)".

    RedshiftHost becomes REDSHIFT_HOST. The outputs contain the names of secrets, not their values.
    """
    for name, value in stack_variables(cloudformation_client(region), stack).items():
        typer.echo(f"export {name}={shlex.quote(value)}")
