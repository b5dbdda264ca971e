"""Mappings and exports that are meant to do harm: a sentence in little time, and nothing outside is read or written."""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

import pytest

from tests.python.loaders.table_import.books import book
from tests.python.loaders.table_import.conftest import EXPORT, MAPPING, Desk

pytestmark = pytest.mark.extended

NESTED = "(" * 1_500 + "a" + ")" * 1_500
# Each takes ages with an engine that tries one way after the other.
SLOW = ["(a+)+$", "(a|aa)+$", "(.*)*x", "(a?){60}a{60}", NESTED]


@pytest.mark.parametrize("pattern", SLOW, ids=lambda pattern: pattern[:9])
def test_no_pattern_takes_long(desk: Desk, pattern: str) -> None:
    long = "a" * 3_000
    export = desk.export(f"{long}!\n{EXPORT.replace('Brot', long)}{long}!\n")
    sql = f"category: {{sql: \"regexp_matches(Zweck, '{pattern}x')\"}}"
    for changes in (
        {"table": f"table: {{delimiter: ;, skip_before: {{until: '{pattern}z'}}}}"},
        {"table": f"table: {{delimiter: ;, skip_before: 1, skip_after: {{from: '{pattern}z'}}}}"},
        {
            "files": f"files: {{arrival_day: {{in_name: '({pattern})'}}}}",
            "table": "table: {delimiter: ;, skip_before: 1}",
        },
        {"table": "table: {delimiter: ;, skip_before: 1}", "name": f"states: {{rows: '({pattern}z)'}}"},
        {"files": f"files: {{pattern: '{'*a' * 500}!', arrival_day: {{given: 2025-01-10}}}}"},
    ):
        outcome = desk.run(mapping=desk.mapping(**changes), export=export)
        assert outcome.code == 1
        assert outcome.err.startswith("tieout: "), outcome.err
    mapping = desk.mapping(table="table: {delimiter: ;, skip_before: 1, skip_after: 1}", category=f"  {sql}")
    assert desk.run(mapping=mapping, export=export).err.count("Traceback") == 0


MAPPINGS = {
    "deep": ("[" * 5_000 + "]" * 5_000, "line 1: it is nested more than 20 levels deep, and a mapping is not."),
    "deep blocks": ("\n".join(f"{' ' * level}a:" for level in range(500)), "it is nested more than 20 levels deep"),
    "endless": ("entity: &a [*a]\n", "line 1: it is nested more than 20 levels deep"),
    "large": (MAPPING + "#" * 1_000_000, "is no file, or has more than 1,000,000 bytes."),
    "tag": ("entity: !!python/object/apply:os.system [id]\n", "has no meaning in a mapping"),
    "name": (MAPPING + "name: ../../x\n", "'../../x' becomes part of a file name. Use letters, digits, _ and - only."),
    "pattern": (MAPPING.replace("files: {", "files: {pattern: ../*, "), "does not have the name '../*' of the files"),
    "time zone": (MAPPING.replace("dates: {", "dates: {time_zone: ../../etc/passwd, "), "is no time zone"),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_hostile_mappings_are_refused(desk: Desk, name: str) -> None:
    text, sentence = MAPPINGS[name]
    outcome = desk.run(mapping=desk.mapping(text))
    assert (outcome.code, sentence in outcome.err) == (1, True), outcome.err
    assert desk.deliveries() == []


def test_a_mapping_without_end_is_not_read(desk: Desk) -> None:
    assert "/dev/zero is no file, or has more than" in desk.run(mapping=Path("/dev/zero")).err


def test_nothing_outside_of_the_inbox_is_written_whatever_a_file_is_called(desk: Desk) -> None:
    name = "..\\..\\%2e%2e'\"; copy (select 1) to 'x' --.csv"
    assert desk.run(export=desk.export(name=name)).code == 0
    made = {path.relative_to(desk.folder).parts[0] for path in desk.folder.rglob("*")}
    assert made == {"bank.yml", "inbox", name}
    (delivery,) = desk.deliveries()
    assert re.fullmatch(r"transactions\.bank-[A-Za-z0-9-]+-[0-9a-f]{8}\.csv", delivery.name)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Nr;Tag\n" + "x" * 2_100_000 + "\n", "has a line of more than 2,000,000 bytes"),
        ("a;" * 1_500 + "a\n" + "1;" * 1_500 + "1\n", "line 1 has 1,501 fields, and tables have up to 1,000 columns."),
    ],
    ids=["line", "columns"],
)
def test_gigantic_exports_are_refused(desk: Desk, text: str, sentence: str) -> None:
    export = desk.export(text)
    assert sentence in desk.refusal(text)
    assert sentence in desk.tieout("import", "table", "--propose", export).err


def test_a_proposal_for_texts_that_are_slow_to_match_takes_no_time(desk: Desk) -> None:
    rows = "".join(f'2025-01-{day:02};1{" " * 30_000}x;{"1" * 30_000}"\n' for day in range(1, 28))
    proposed = desk.tieout("import", "table", "--propose", desk.export(f"Date;Amount;Text\n{rows}"))
    assert proposed.code == 0, proposed.err


def test_what_a_killed_import_left_is_removed_by_the_next_one(desk: Desk) -> None:
    left, running = (desk.inbox / ".imports" / f".staging-{name}" for name in ("left", "running"))
    outside = desk.folder / "outside"
    for folder in (left, running, outside):
        folder.mkdir(parents=True)
        (folder / "original").write_text("personal data", encoding="utf-8")
    (desk.inbox / ".imports" / ".staging-link").symlink_to(outside)
    lock = os.open(running, os.O_RDONLY)
    try:
        # As a running import does.
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert desk.run().code == 0
        assert not left.exists()
        assert (running / "original").exists()
        assert (outside / "original").exists()
    finally:
        os.close(lock)
    assert desk.run().code == 0
    assert not running.exists()


def test_a_book_in_a_folder_that_is_a_link_is_refused(desk: Desk) -> None:
    book_of_others = desk.folder / "secret.xlsx"
    book_of_others.write_bytes(book({"A": [["x"]]}))
    (desk.folder / "exports").mkdir()
    (desk.folder / "exports" / "a.xlsx").symlink_to(book_of_others)
    outcome = desk.run(mapping=desk.mapping(table="table: {sheet: A}"), export=desk.folder / "exports")
    assert "is a link, and a link can point to any file" in outcome.err
