"""The assertions on the CloudFormation templates: those of the project pass, and every planted mistake is reported."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.checks.__main__ import findings
from infra.checks.templates import UnreadableTemplateError
from tests.python.infra.planted_access import ACCESS
from tests.python.infra.planted_keeping import KEEPING
from tests.python.warehouse import PROJECT

pytestmark = pytest.mark.extended

PLANTED = ACCESS | KEEPING


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A copy of the project's templates."""
    return shutil.copytree(PROJECT / "infra", tmp_path / "infra", ignore=shutil.ignore_patterns("*.py", "__pycache__"))


def plant(folder: Path, file: str, text: str, replacement: str) -> None:
    content = (folder / file).read_text(encoding="utf-8")
    assert text in content, f"{file} has changed. Adapt the planted mistake."
    (folder / file).write_text(content.replace(text, replacement, 1), encoding="utf-8")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of `make lint` and CI."""
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
def test_a_planted_mistake_is_reported_with_file_and_line(mistake: str, tmp_path: Path) -> None:
    file, text, replacement, expected = PLANTED[mistake]
    (tmp_path / file).parent.mkdir(exist_ok=True)
    shutil.copy(PROJECT / "infra" / file, tmp_path / file)
    plant(tmp_path, file, text, replacement)
    found = findings(tmp_path)
    named = [sentence for sentence in found if expected in sentence]
    assert named, found
    assert named[0].startswith(f"{tmp_path / file}:")


def test_planted_mistakes_fail_make_lint(templates: Path) -> None:
    mistakes = [PLANTED[name] for name in ("public bucket", "wildcard policy", "unencrypted cluster")]
    for file, text, replacement, _ in mistakes:
        plant(templates, file, text, replacement)
    outcome = lint(templates)
    assert outcome.returncode != 0
    assert [expected for _, _, _, expected in mistakes if expected not in outcome.stderr] == []


def test_make_lint_passes_correct_templates_and_runs_cfn_lint(templates: Path) -> None:
    assert lint(templates).returncode == 0
    plant(templates, "stacks/storage.yml", "Type: AWS::S3::Bucket\n", "Type: AWS::S3::Buckets\n")
    outcome = lint(templates)
    assert outcome.returncode != 0
    assert "E3006" in outcome.stdout


def test_the_reported_line_is_the_first_of_the_resource(templates: Path) -> None:
    file, text, replacement, _ = PLANTED["unencrypted cluster"]
    plant(templates, file, text, replacement)
    lines = (templates / file).read_text(encoding="utf-8").splitlines()
    (sentence,) = findings(templates)
    assert lines[int(sentence.split(":")[1]) - 1] == "  Cluster:"


def test_an_empty_folder_and_a_broken_template_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTemplateError, match="contains no template"):
        findings(tmp_path)
    (tmp_path / "broken.yml").write_text("Resources: [", encoding="utf-8")
    with pytest.raises(UnreadableTemplateError, match=r"broken\.yml is not a template"):
        findings(tmp_path)
