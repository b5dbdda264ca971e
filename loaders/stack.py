"""`tieout env`: the outputs of the CloudFormation stack as the variables that dbt's profile and `tieout` read."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from loaders.aws.session import RegionOption, aws_errors, cloudformation_client, error_code
from loaders.errors import TieoutError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

REGION_VARIABLE = "AWS_REGION"
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def variable(output: str) -> str:
    """Return the variable of an output: `RedshiftHost` is REDSHIFT_HOST."""
    return _WORD.sub("_", output).upper()


def stack_variables(client: CloudFormationClient, stack: str) -> dict[str, str]:
    """Return the outputs of a stack by variable, and its region as AWS_REGION.

    Raises:
        TieoutError: there is no such stack, it is not complete, it has no outputs, or AWS refuses or cannot be reached.
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
                f"There is no stack {stack} in {region}: deploy it (docs/deploy.md), or give its name and --region."
            ) from None
    status = found["StackStatus"]
    if not status.endswith("_COMPLETE") or status.startswith(("DELETE_", "ROLLBACK_")):
        raise TieoutError(f"The stack {stack} is {status}: wait until it is complete, or deploy it anew.")
    outputs = {variable(output["OutputKey"]): output["OutputValue"] for output in found.get("Outputs", [])}
    if not outputs:
        raise TieoutError(f"The stack {stack} has no outputs: give the name of the stack of infra/main.yml.")
    return {REGION_VARIABLE: region, **outputs}


def command(
    stack: Annotated[str, typer.Argument(help="Name of the stack of infra/main.yml.")] = "tieout",
    region: RegionOption = None,
) -> None:
    """Print the outputs of the stack as variables, for: eval "$(tieout env)".

    RedshiftHost becomes REDSHIFT_HOST. Secrets are not among them, only where they are kept.
    """
    for name, value in stack_variables(cloudformation_client(region), stack).items():
        typer.echo(f"export {name}={shlex.quote(value)}")
