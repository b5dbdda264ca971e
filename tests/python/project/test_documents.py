"""Everything that the documents name exists: commands, options, targets, scripts, tables, pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import click
import pytest
from botocore import xform_name
from dbt.cli.main import cli as dbt

from loaders.cli import complete_command
from tests.python.project.recipes import PAGE, edits
from tests.python.warehouse import PROJECT

DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
SCRIPTS = [*sorted((PROJECT / "scripts").glob("*.sh")), *sorted((PROJECT / ".github" / "workflows").glob("*.yml"))]
# Commands of the AWS CLI that are not an operation of a service, with the options in use.
AWS_OWN = {
    ("cloudformation", "deploy"): {
        *("stack-name", "template-file", "capabilities", "parameter-overrides"),
        *("no-execute-changeset", "no-fail-on-empty-changeset"),
    },
    ("cloudformation", "package"): {"template-file", "s3-bucket", "s3-prefix", "output-template-file"},
    ("cloudformation", "wait"): {"stack-name"},
    ("ecr", "get-login-password"): set(),
    ("logs", "tail"): {"since", "format", "log-stream-names"},
    ("s3", "cp"): {"recursive"},
    ("s3", "rb"): set(),
    ("s3", "sync"): {"delete"},
    ("cloudfront", "create-invalidation"): {"distribution-id", "paths"},
}
AWS_ALWAYS = {"output", "query", "region", "force"}
# Tables without a file of their own.
OWN_TABLES = {"masked_columns", "pii_salt", "run_lock"}


# A command begins a line, a workflow step or a substitution, or follows another command.
BEGINS = r"(?m)(?:^\s*(?:- run: |if |[A-Z_]+=\S+ )?|\$\(|[|;&]\s*|run_task\.sh )"
QUOTED = r"\"[^\"]*\"|'[^']*'|\$\([^)]*\)"


def code_of(path: Path) -> str:
    """Return the commands of a file: the code of a document, or a whole script, with continued lines joined."""
    text = re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))
    if path.suffix == ".md":
        text = "\n".join(re.findall(r"(?s)```bash\n(.*?)```", text) + re.findall(r"`([^`\n]+)`", text))
    return re.sub(r"(?m)(^|\s)#.*$", "", text)


def calls(program: str, paths: list[Path]) -> Iterator[tuple[Path, list[str], set[str]]]:
    """Yield each call of a program: file, words and options."""
    for path in paths:
        for arguments in re.findall(rf"{BEGINS}{program} ((?:{QUOTED}|[^|;&)\n])*)", code_of(path)):
            plain = re.sub(QUOTED, "VALUE", arguments)
            words = [word for word in plain.split() if re.fullmatch(r"[a-z0-9][a-z0-9_-]*", word)]
            yield path, words, set(re.findall(r"(?:^|\s)--([a-z0-9-]+)", plain))


def options(command: Any) -> set[str]:
    return {
        name.removeprefix("--")
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
        if name.startswith("--")
    }


def test_commands_of_aws_exist_with_their_options() -> None:
    session = botocore.session.get_session()
    services = set(session.get_available_services())
    seen = 0
    for path, words, given in calls("aws", [*DOCUMENTS, *SCRIPTS]):
        service, *rest = [*words, ""]
        if service in ("ecs", "logs", "s3api", "cloudformation") or service in services:
            model = session.get_service_model("s3" if service == "s3api" else service)
            operations = {xform_name(name, "-"): name for name in model.operation_names}
            known = AWS_OWN.get((service, rest[0]))
            if known is None:
                assert rest[0] in operations, f"{path}: aws {service} {rest[0]}"
                shape = model.operation_model(operations[rest[0]]).input_shape
                known = {xform_name(name, "-") for name in (shape.members if shape else ())}
            assert given - AWS_ALWAYS <= known, f"{path}: aws {service} {rest[0]}: {given - AWS_ALWAYS - known}"
            seen += 1
        else:
            raise AssertionError(f"{path}: aws {service}")
    assert seen > 30


def test_commands_of_tieout_exist_with_their_options() -> None:
    root = complete_command()
    seen = 0
    for path, words, given in calls("tieout", [*DOCUMENTS, *SCRIPTS]):
        command: Any = root
        for word in words:
            if word not in getattr(command, "commands", {}):
                break
            command = command.commands[word]
        assert command is not root, f"{path}: tieout {' '.join(words)}"
        assert given <= options(command) | {"help"}, f"{path}: tieout {' '.join(words)}: {given - options(command)}"
        seen += 1
    assert seen > 30


def test_commands_and_operations_of_dbt_exist_with_their_options() -> None:
    macros = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "macros").rglob("*.sql"))
    seen = 0
    for path, words, given in calls("dbt", [*DOCUMENTS, *SCRIPTS]):
        if not words:
            continue  # the word dbt alone
        command = dbt.commands.get(words[0])
        assert command is not None, f"{path}: dbt {words[0]}"
        if isinstance(command, click.Group) and len(words) > 1:
            command = command.commands[words[1]]
        if words[0] == "run-operation" and len(words) > 1:
            assert f"macro {words[1]}(" in macros, f"{path}: dbt run-operation {words[1]}"
        assert given <= options(command), f"{path}: dbt {' '.join(words)}: {given - options(command)}"
        seen += 1
    assert seen > 30


def test_make_targets_exist() -> None:
    made = set(re.findall(r"(?m)^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8")))
    asked = {word for _, words, _ in calls("make", DOCUMENTS) for word in words[:1]}
    assert len(asked) > 10
    assert asked <= made


def test_files_of_the_recipes_exist() -> None:
    """New files of a recipe, what commands write to `target/`, and places without a slash are left out."""
    text = "".join(page.read_text(encoding="utf-8") for page in (PAGE, PROJECT / "docs" / "changing.md"))
    new = {edit.path for title in re.findall(r"(?m)^## (.*)$", text) for edit in edits(title) if edit.kind != "diff"}
    named = {name for name in re.findall(r"`([a-z_]+/[\w./-]+)`", text) if not name.startswith("target/")} - new
    assert len(named) > 30
    assert {name for name in named if not (PROJECT / name).exists()} == set()


def test_scripts_exist() -> None:
    named = {
        name for path in DOCUMENTS for name in re.findall(r"\bscripts/[\w./]+\w", path.read_text(encoding="utf-8"))
    }
    assert named
    assert {name for name in named if not (PROJECT / name).is_file()} == set()


def test_tables_exist() -> None:
    there = OWN_TABLES | {
        path.stem
        for folder, ending in (("models", "sql"), ("snapshots", "*"), ("seeds", "csv"))
        for path in (PROJECT / folder).rglob(f"*.{ending}")
    }
    named = {
        (path.name, table)
        for path in DOCUMENTS
        for table in re.findall(r"\b(?:dev|prod)_(?:silver|gold|audit)[.](\w+)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert {(name, table) for name, table in named if table not in there} == set()


def anchors(path: Path) -> set[str]:
    """Return the anchors of the headings."""
    headings = re.findall(r"(?m)^#+ (.*)$", path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_exist(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http", "mailto")):
            page, _, anchor = target.partition("#")
            linked = path.parent / page if page else path
            assert linked.exists(), target
            assert not anchor or linked.suffix != ".md" or anchor in anchors(linked), target
