"""The `tieout` command."""

from __future__ import annotations

import sys

import typer

from loaders.audit.check import command as check
from loaders.audit.explain import command as explain
from loaders.audit.rejects import app as rejects
from loaders.audit.status import command as status
from loaders.berka.command import berka
from loaders.catalog import command as catalog
from loaders.errors import TieoutError
from loaders.fetch import command as fetch
from loaders.generate.command import generate
from loaders.land import command as land
from loaders.push import command as push
from loaders.stack import command as env

app = typer.Typer(
    name="tieout",
    help="Bring deliveries into the Tieout warehouse, here or on AWS, and tell whether every row and cent ties out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

imports = typer.Typer(name="import", help="Import real banks' data as deliveries.", no_args_is_help=True)

app.command()(generate)
app.command(name="fetch")(fetch)
app.command(name="land")(land)
app.command(name="push")(push)
app.command(name="catalog")(catalog)
app.command(name="env")(env)
app.command(name="check")(check)
app.command(name="explain")(explain)
app.command(name="status")(status)
imports.command()(berka)
app.add_typer(imports)
app.add_typer(rejects)


def main() -> None:
    """Run the command; a TieoutError becomes its sentence on stderr and exit code 1."""
    try:
        app()
    except TieoutError as error:
        typer.echo(f"tieout: {error}", err=True)
        sys.exit(1)
