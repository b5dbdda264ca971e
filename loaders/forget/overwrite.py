"""Forgetting one person in bronze, file by file."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from loaders.contract import Contract, load_contract
from loaders.errors import TieoutError
from loaders.forget.journal import Journal, Overwritten, Request
from loaders.forget.people import (
    Holding,
    Person,
    entity_files,
    find_person,
    holdings,
    in_csv,
    malformed_files,
    mentions,
    opened,
    persons,
    word_pattern,
)
from loaders.forget.tombstones import tombstones_of, write_manifests, write_tombstones
from loaders.forget.values import FORGOTTEN_LINE, Replacements, is_overwritten
from loaders.landing.bronze import BronzeRoot, locked_bronze
from loaders.landing.durable import make_folder, sync
from loaders.landing.records import csv_line, split_fields
from loaders.landing.staging import BronzeFile, sha256_of

# A line whose first column after the source line, the key, has no value.
_KEYLESS = re.compile(rb'[0-9]+,(?:[ \t]*|"[ \t]*"),')

# Changes the values of a row, and returns how many it has changed.
ChangeRow = Callable[[list[str]], int]


@dataclass
class ForgetResult:
    """The result of one run, or of a dry run.

    Attributes:
        files: the files in which values were overwritten.
        completed: the person whose interrupted run was completed before; None if there was none.
        forgotten_before: when the person was last forgotten; None if never.
    """

    files: dict[str, Overwritten] = field(default_factory=dict)
    completed: str | None = None
    forgotten_before: str | None = None


def forget(
    root: Path,
    customer_id: str,
    reason: str,
    forgotten_by: str,
    *,
    dry_run: bool = False,
    contract: Contract | None = None,
) -> ForgetResult:
    """Overwrite what identifies a person in bronze: the columns that the contract tags, and malformed lines.

    The files keep their names, lines, keys and amounts. The manifests get the new digests, and the digests of the
    delivered files stay, so that a delivery that comes again is recognised. A run that was interrupted is completed by
    the next one.

    Args:
        root: folder of bronze.
        customer_id: the person's key.
        reason: why; it is recorded.
        forgotten_by: who; it is recorded.
        dry_run: count, but change nothing.
        contract: the bronze contract (default: the project's own).

    Raises:
        TieoutError: nobody has this key, a landing is running, or bronze cannot be read or written.
    """
    contract = contract or load_contract()
    if not root.is_dir():
        raise TieoutError(f"There is no bronze in {root}. Give its folder with --bronze-root.")
    result = ForgetResult()
    try:
        with locked_bronze(root, contract) as bronze:
            left = Journal.interrupted(root)
            if left and not dry_run:
                _Run(bronze, left, find_person(root, contract, left.request.customer_id)).complete()
                result.completed = left.request.customer_id
            person = find_person(root, contract, customer_id)
            if not person.is_known:
                raise TieoutError(
                    f"No delivered row belongs to a customer '{customer_id}', so nobody was forgotten. "
                    "Write the id as it is in the files."
                )
            before = [row["forgotten_at"] for row in tombstones_of(root, customer_id)]
            result.forgotten_before = max(before, default=None)
            request = Request(customer_id, reason, forgotten_by, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}")
            if dry_run:
                result.files = _Run(bronze, Journal(root, request), person).counted()
            else:
                replacements = Replacements(bytes.fromhex(request.key))
                marks = tuple(replacements.mark(*value) for value in sorted(person.values))
                journal = Journal.begun(root, replace(request, marks=marks))
                _Run(bronze, journal, person).complete()
                result.files = journal.files
    except OSError as error:
        raise TieoutError(
            f"Bronze cannot be written: {error.filename or root}: {error.strerror or error}. Correct this, then run "
            "the command again, which completes it."
        ) from error
    return result


@dataclass(frozen=True)
class _Task:
    """A file to look through.

    Attributes:
        path: the file.
        changes: returns the change of its rows, given the header.
        needles: texts of which a line has one, if it is to be changed.
        has_keyless: whether lines without the person's key may be the person's too.
    """

    path: Path
    changes: Callable[[list[str]], ChangeRow]
    needles: list[bytes]
    has_keyless: bool = False


class _Run:
    """Overwrites what identifies one person."""

    def __init__(self, bronze: BronzeRoot, journal: Journal, person: Person) -> None:
        self._bronze = bronze
        self._journal = journal
        self._person = person
        self._replacements = Replacements(bytes.fromhex(journal.request.key))
        self._before = {row["bronze_file"] for row in tombstones_of(bronze.root, journal.request.customer_id)}

    def counted(self) -> dict[str, Overwritten]:
        """Return the files in which there is something to overwrite."""
        found = {}
        for task in self._tasks():
            rows, values = _changed(task, lambda _: None)
            if rows:
                name = self._name(task.path)
                found[name] = Overwritten(name, rows, values, "")
        return found

    def complete(self) -> None:
        """Overwrite all files, then the digests in the manifests, then record it and destroy the key."""
        for task in self._tasks():
            known = self._journal.files.get(self._name(task.path))
            if known is None or sha256_of(task.path, lambda _: None)[1] != known.sha256:
                self._overwrite(task)
        files = self._journal.files
        write_manifests(self._bronze.root, files, self._write)
        if files or not self._before:
            write_tombstones(self._bronze.root, self._bronze.contract, self._journal.request, files, self._write)
        self._journal.remove()

    def _tasks(self) -> list[_Task]:
        """Return the files to look through.

        Malformed lines come first: they are recognised by values that the other files still have.
        """
        root = self._bronze.root
        words = [in_csv(word) for word in self._person.words()]
        tasks = [_Task(path, self._malformed, words) for path in malformed_files(root)]
        for holding in holdings(self._bronze.contract):
            keys = [in_csv(key) for key in self._person.keys(holding)]
            has_keyless = holding.entity == persons(self._bronze.contract)
            if keys:
                tasks.extend(
                    _Task(path, self._of_holding(holding, self._name(path)), keys, has_keyless)
                    for path in entity_files(root, holding.entity)
                )
        return [task for task in tasks if task.has_keyless or mentions(task.path, task.needles)]

    def _malformed(self, header: list[str]) -> ChangeRow:
        entity, text = header.index("entity"), header.index("raw_line")
        personal = {holding.entity.name for holding in holdings(self._bronze.contract)}
        word = word_pattern(self._person.words())
        values = {value for _, value in self._person.values}
        value = word_pattern(values) if values else None

        def change(row: list[str]) -> int:
            pattern = word if row[entity] in personal else value
            if row[text] == FORGOTTEN_LINE or pattern is None or not pattern.search(row[text]):
                return 0
            row[text] = FORGOTTEN_LINE
            return 1

        return change

    def _of_holding(self, holding: Holding, name: str) -> Callable[[list[str]], ChangeRow]:
        keys = self._person.keys(holding)
        dates = name not in self._before

        def changes(header: list[str]) -> ChangeRow:
            owner = header.index(holding.owner_column)
            personal = [(header.index(column.name), column) for column in holding.personal if column.name in header]

            def change(row: list[str]) -> int:
                key = row[owner].strip(" \t")
                if key not in keys:
                    texts = [(column.name, row[position].strip(" \t")) for position, column in personal]
                    if key or holding.owner or not self._identifies(texts):
                        return 0
                changed = 0
                for position, column in personal:
                    value = self._replacements.replaced(column, row[position], dates=dates)
                    changed += value != row[position]
                    row[position] = value
                return changed

            return change

        return changes

    def _identifies(self, texts: list[tuple[str, str]]) -> bool:
        """Return whether one of the values of a row without a key is the person's."""
        marks = self._journal.request.marks
        return any(
            text in self._person.values or self._replacements.mark(*text) in marks
            for text in texts
            if text[1] and not is_overwritten(text[1])
        )

    def _overwrite(self, task: _Task) -> None:
        target = self._bronze.staging / task.path.name
        with closing(BronzeFile(target, compressed=task.path.suffix == ".gz")) as bronze:
            rows, values = _changed(task, bronze.write)
            sha256 = bronze.finish()
        if not rows:
            target.unlink()
            return
        sync([target])
        self._journal.add(Overwritten(self._name(task.path), rows, values, sha256))
        target.replace(task.path)
        sync([task.path.parent])

    def _name(self, path: Path) -> str:
        return path.relative_to(self._bronze.root).as_posix()

    def _write(self, path: Path, content: bytes) -> None:
        staged = self._bronze.staging / path.name
        staged.write_bytes(content)
        sync([staged])
        changed = {path.parent, *make_folder(path.parent)}
        staged.replace(path)
        sync(changed)


def _changed(task: _Task, write: Callable[[bytes], None]) -> tuple[int, int]:
    """Write the lines of a file with their changes; return how many rows and values have changed."""
    rows = values = 0
    with opened(task.path) as file:
        header = next(file)
        write(header)
        change = task.changes(split_fields(header.decode().rstrip("\n")))
        for line in file:
            changed = 0
            if any(needle in line for needle in task.needles) or (task.has_keyless and _KEYLESS.match(line)):
                row = split_fields(line.decode().rstrip("\n"))
                changed = change(row)
                rows += bool(changed)
                values += changed
            write(csv_line(row).encode() if changed else line)
    return rows, values
