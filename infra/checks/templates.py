"""Reading templates: resources with file and line, and the strings that a value can resolve to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cfnlint.decode import decode


class UnreadableTemplateError(Exception):
    """A file is not a template; the message says why."""


@dataclass(frozen=True)
class Resource:
    """One resource of a template.

    Attributes:
        file: the template.
        line: the first line of the resource, from 1.
        name: its logical name.
        type: for example `AWS::S3::Bucket`.
        body: type, properties, metadata, deletion policy.
        template: the whole template.
    """

    file: Path
    line: int
    name: str
    type: str
    body: dict[str, Any]
    template: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties; an empty dict if there are none."""
        return dict(self.body.get("Properties") or {})

    def reason_for(self, exception: str) -> str:
        """Return the reason for an exception, from the metadata of the resource; empty if there is no exception."""
        return str(((self.body.get("Metadata") or {}).get("tieout") or {}).get(exception) or "").strip()

    def siblings(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield the properties of all resources of a type in the same template."""
        for body in self.template["Resources"].values():
            if body.get("Type") == kind:
                yield body.get("Properties") or {}

    def texts(self, value: Any) -> list[str]:
        """Return every string that a value can resolve to, as far as the template shows.

        A parameter counts as its default and as `${Name}`; both branches of a condition count.
        """
        return list(_texts(value, self.template.get("Parameters") or {}))


def read_resources(folder: Path) -> list[Resource]:
    """Read all templates of a folder.

    Raises:
        UnreadableTemplateError: the folder has no template, or one cannot be read.
    """
    files = sorted(folder.rglob("*.yml"))
    if not files:
        raise UnreadableTemplateError(f"{folder} contains no template.")
    return [resource for file in files for resource in _resources(file)]


def _resources(file: Path) -> Iterator[Resource]:
    template, mistakes = decode(str(file))
    if mistakes or not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        reasons = "; ".join(str(mistake.message) for mistake in mistakes) or "it has no resources"
        raise UnreadableTemplateError(f"{file} is not a template: {reasons}.")
    for name, body in template["Resources"].items():
        line = name.start_mark.line + 1 if hasattr(name, "start_mark") else 1
        yield Resource(file, line, str(name), str(body.get("Type")), body, template)


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping in a value, itself included, and in policies that are JSON texts."""
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from walk(part)
    elif isinstance(value, list):
        for part in value:
            yield from walk(part)
    elif isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            yield from walk(json.loads(value))
        except ValueError:
            return


def as_list(value: Any) -> list[Any]:
    """Return a list unchanged, a single value as a list, and None as an empty list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _texts(value: Any, parameters: dict[str, Any]) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            yield from _texts(part, parameters)
    elif not isinstance(value, dict):
        if value is not None:
            yield str(value)
    elif "Ref" in value:
        yield f"${{{value['Ref']}}}"
        parameter = parameters.get(value["Ref"]) or {}
        yield from (str(text) for text in (parameter.get("Default"), *as_list(parameter.get("AllowedValues"))) if text)
    elif "Fn::GetAtt" in value:
        yield f"${{{'.'.join(map(str, as_list(value['Fn::GetAtt'])))}}}"
    elif "Fn::Sub" in value:
        yield str(as_list(value["Fn::Sub"])[0])
    elif "Fn::If" in value:
        yield from _texts(value["Fn::If"][1:], parameters)
    elif "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        yield str(separator).join(text for part in as_list(parts) for text in list(_texts(part, parameters))[:1])
    else:
        for part in value.values():
            yield from _texts(part, parameters)
