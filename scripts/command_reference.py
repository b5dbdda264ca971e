"""Write `docs/commands.md`, the reference of the `tieout` command, from the command itself.

Usage: command_reference.py [--check]
With --check nothing is written; the exit code is 1 if the page is out of date.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from loaders.cli import complete_command

_KINDS = {int: "INTEGER", float: "NUMBER", Path: "PATH"}
PAGE = Path("docs/commands.md")

HEAD = """# The `tieout` command

Generated from the command's own help by `make commands`. Do not edit this page.

Bad input ends a command with a message that names the file, the line and the remedy, and with exit code 1. If an option
is missing, its environment variable is used.
"""


def main(check: bool) -> int:
    """Write or check the page; return the exit code."""
    text = page()
    if not check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE} is out of date. Run make commands.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def page() -> str:
    """Return the page as Markdown."""
    sections = [section(name, command) for name, command in commands("tieout", complete_command())]
    return HEAD + "".join(sections)


def commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Yield all commands below a command, by their full name. Groups themselves do nothing and are left out."""
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
    else:
        for child_name, child in children.items():
            yield from commands(f"{name} {child_name}", child)


def section(name: str, command: Any) -> str:
    """Return one command: its usage, its help text and its parameters."""
    parameters = [parameter for parameter in command.params if not parameter.hidden]
    arguments = [parameter for parameter in parameters if parameter.param_type_name == "argument"]
    options = [parameter for parameter in parameters if parameter.param_type_name == "option"]
    usage = " ".join([name, *(metavar(argument) for argument in arguments), *(["[OPTIONS]"] if options else [])])
    rows = [row(f"`{metavar(argument)}`", argument) for argument in arguments]
    rows += [row(option_names(option), option) for option in options]
    table = "| parameter | meaning | default |\n|---|---|---|\n" + "".join(rows) if rows else ""
    return f"\n## `{name}`\n\n```\n{usage}\n```\n\n{inspect.cleandoc(command.help or '')}\n\n{table}"


def metavar(argument: Any) -> str:
    """Return an argument the way a usage line shows it."""
    shown = argument.metavar or argument.name.upper()
    return shown if argument.required else f"[{shown}]"


def option_names(option: Any) -> str:
    """Return an option with its negation and its kind of value."""
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    kind = option.type_descriptor.annotation
    choices = "\\|".join(str(each.value) for each in kind) if isinstance(kind, type) and issubclass(kind, Enum) else ""
    shown = option.metavar or choices or _KINDS.get(kind, "TEXT")
    return f"{names} {shown}"


def row(names: str, parameter: Any) -> str:
    """Return a parameter as a row of the table."""
    meaning, shown = split_default(parameter.help or "")
    variables = [parameter.envvar] if isinstance(parameter.envvar, str) else list(parameter.envvar or [])
    meaning += "".join(f" Variable: `{variable}`." for variable in variables)
    default = shown or ("required" if parameter.required else default_of(parameter))
    return f"| {names} | {cell(meaning)} | {cell(default)} |\n"


def split_default(text: str) -> tuple[str, str]:
    """Separate the default that a help text states itself, `[default: dev]`, from the text."""
    match = re.search(r"\s*\[default: (.*)\]([.]?)\s*$", text)
    return (text[: match.start()] + match[2], match[1]) if match else (text, "")


def default_of(parameter: Any) -> str:
    """Return the default value as a user would type it; empty if there is none."""
    value = parameter.default
    if value is None or callable(value) or getattr(parameter, "is_flag", False):
        return ""
    values = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(getattr(each, "value", each)) for each in values)


def cell(text: str) -> str:
    """Return a text as one line that a Markdown table can hold."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
