"""`tieout env`: the outputs of a stack as environment variables."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from loaders import stack
from loaders.aws.session import cloudformation_client
from loaders.stack import variable
from tests.python.loaders.conftest import Tieout

REGION = "eu-central-1"


@pytest.fixture
def responses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Responses of CloudFormation; the command sends no other requests."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIADOUBLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    client = cloudformation_client(REGION)
    monkeypatch.setattr(stack, "cloudformation_client", lambda region: client)
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def respond(responses: Stubber, outputs: dict[str, str], status: str = "CREATE_COMPLETE") -> None:
    found = {
        "StackName": "tieout",
        "CreationTime": datetime(2025, 1, 1, tzinfo=UTC),
        "StackStatus": status,
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
    }
    responses.add_response("describe_stacks", {"Stacks": [found]}, {"StackName": "tieout"})


@pytest.mark.parametrize(
    ("output", "expected"),
    [("RedshiftHost", "REDSHIFT_HOST"), ("TieoutS3Root", "TIEOUT_S3_ROOT"), ("TieoutKmsKey", "TIEOUT_KMS_KEY")],
)
def test_the_name_of_a_variable_follows_from_its_output(output: str, expected: str) -> None:
    assert variable(output) == expected


def test_a_shell_reads_outputs_with_any_characters(responses: Stubber, tieout: Tieout) -> None:
    respond(responses, {"RedshiftHost": "host.example", "TieoutSubnets": "a,b", "TieoutOdd": "it's $HOME `x`"})
    outcome = tieout("env")
    assert outcome.code == 0
    script = f'{outcome.out}\nprintf "%s|" "$AWS_REGION" "$REDSHIFT_HOST" "$TIEOUT_SUBNETS" "$TIEOUT_ODD"'
    read = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert read == f"{REGION}|host.example|a,b|it's $HOME `x`|"


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_is_read_after_an_update(status: str, responses: Stubber, tieout: Tieout) -> None:
    respond(responses, {"RedshiftHost": "host"}, status)
    assert tieout("env").code == 0


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE", "UPDATE_FAILED"])
def test_an_incomplete_stack_is_an_error(status: str, responses: Stubber, tieout: Tieout) -> None:
    respond(responses, {"RedshiftHost": "host"}, status)
    outcome = tieout("env", "tieout")
    assert (outcome.code, outcome.out) == (1, "")
    assert f"The stack tieout is {status}" in outcome.err


def test_a_stack_without_outputs_is_an_error(responses: Stubber, tieout: Tieout) -> None:
    respond(responses, {})
    outcome = tieout("env", "tieout")
    assert outcome.code == 1
    assert "has no outputs" in outcome.err


def test_a_missing_stack_is_named_with_its_region(responses: Stubber, tieout: Tieout) -> None:
    responses.add_client_error("describe_stacks", "ValidationError", "Stack with id tieout does not exist")
    outcome = tieout("env", "tieout")
    assert outcome.code == 1
    assert f"There is no stack tieout in {REGION}" in outcome.err


def test_a_missing_permission_is_named(responses: Stubber, tieout: Tieout) -> None:
    responses.add_client_error("describe_stacks", "AccessDenied", "User is not authorized")
    outcome = tieout("env", "tieout")
    assert outcome.code == 1
    assert "do not allow cloudformation:DescribeStacks at tieout" in outcome.err
