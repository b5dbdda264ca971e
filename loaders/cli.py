"""The `tieout` command.

Only the module of the command that runs is imported: together, the modules take seconds to import.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from loaders.errors import TieoutError

if TYPE_CHECKING:
    from typer import Context


class LazyGroup(TyperGroup):
    """A group whose commands are placeholders with a summary, for `--help`, until one of them runs."""

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Any, list[str]]:  # type: ignore[override]
        """Find the command to run, and import it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.load(name) if name else command, rest

    def load(self, name: str) -> Any:
        """Return a command as it is defined in its module, or one that is not a placeholder unchanged."""
        placeholder: Any = self.commands[name]
        target = getattr(placeholder.callback, "target", None)
        if target is None:
            return placeholder
        module, attribute = target.split(":")
        defined = getattr(import_module(module), attribute)
        holder = typer.Typer(**_STYLE)
        if isinstance(defined, typer.Typer):
            holder.add_typer(defined, name=name)
        else:
            holder.command(name=name)(defined)
        return get_group(holder).commands[name]


_STYLE: dict[str, Any] = {
    "no_args_is_help": True,
    "add_completion": False,
    "pretty_exceptions_enable": False,
    "rich_markup_mode": "markdown",
}

app = typer.Typer(
    name="tieout",
    help="Bring deliveries into the Tieout warehouse, locally or on AWS, and check that every row and cent ties out.",
    cls=LazyGroup,
    **_STYLE,
)
imports = typer.Typer(name="import", help="Import real banks' data as deliveries.", no_args_is_help=True, cls=LazyGroup)


def _register(group: typer.Typer, name: str, target: str, summary: str) -> None:
    def placeholder() -> None:
        raise NotImplementedError

    placeholder.target = target  # type: ignore[attr-defined]
    group.command(name=name, help=summary)(placeholder)


_register(app, "generate", "loaders.generate.command:generate", "Generate the deliveries of a simulated bank and shop.")
_register(app, "fetch", "loaders.fetch:command", "Fetch new deliveries from an inbox in S3.")
_register(app, "land", "loaders.land:command", "Check deliveries against the contract and land them in bronze.")
_register(app, "forget", "loaders.forget.command:command", "Forget a customer: overwrite personal data in bronze.")
_register(app, "push", "loaders.push:command", "Push bronze to S3.")
_register(app, "catalog", "loaders.catalog:command", "Update the Glue catalog: the tables and partitions of bronze.")
_register(app, "env", "loaders.stack:command", "Print the outputs of the CloudFormation stack as variables.")
_register(app, "check", "loaders.audit.check:command", "Check that every delivered row and every cent ties out.")
_register(app, "explain", "loaders.audit.explain:command", "Explain a record, from its file to gold, or a figure.")
_register(app, "status", "loaders.audit.status:command", "Show freshness, sizes, the last runs and the slowest models.")
_register(app, "report", "loaders.report.command:command", "Write the report: pages for analysts and controllers.")
_register(app, "publish", "loaders.publish.command:command", "Publish tables of gold as Parquet, locally or to S3.")
_register(imports, "berka", "loaders.berka.command:berka", "Import the Berka data set of a Czech bank.")
_register(imports, "statements", "loaders.statements.command:statements", "Import bank statements as deliveries.")
_register(imports, "table", "loaders.table_import.command:table", "Import exports of any bank or shop by a mapping.")
app.add_typer(imports)
_register(app, "rejects", "loaders.audit.rejects:app", "Export rejected rows as files to correct.")


def complete_command() -> Any:
    """Return the `tieout` command with all its commands imported, for documents and tests."""
    return _loaded(get_group(app))


def _loaded(group: Any) -> Any:
    if isinstance(group, LazyGroup):
        for name in group.commands:
            group.commands[name] = _loaded(group.load(name))
    return group


def main() -> None:
    """Run the command; a TieoutError becomes its sentence on stderr and exit code 1."""
    try:
        app()
    except TieoutError as error:
        typer.echo(f"tieout: {error}", err=True)
        sys.exit(1)
