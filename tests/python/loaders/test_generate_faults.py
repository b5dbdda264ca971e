"""`tieout generate --faults`: every kind by itself, the truth about each fault, and nothing good that is lost."""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from loaders.contract import load_contract, project_root
from loaders.deliveries import Inbox
from loaders.generate.faults.delivering import FaultyDeliveries
from loaders.generate.faults.entities import BREAKABLE
from loaders.generate.faults.kinds import FILE_KINDS, Effect, Kind
from loaders.generate.faults.request import FaultRequest, fault_request
from loaders.generate.settings import Settings
from loaders.land import land

BANK = ["--days", 5, "--start", "2025-03-30", "--customers", 1200, "--transactions-per-day", 120, "--seed", 5]
ENTITIES = {entity.name: entity for entity in load_contract().deliverable()}
ROW_KINDS = [kind for kind in Kind if kind not in FILE_KINDS]
EFFECTS = {
    Effect.REJECTED: {
        Kind.NULL_KEY,
        Kind.ZERO_AMOUNT,
        Kind.NEGATIVE_AMOUNT,
        Kind.UNPARSABLE_DATE,
        Kind.UNPARSABLE_NUMBER,
        Kind.UNKNOWN_CODE,
        Kind.TEXT_TOO_LONG,
    },
    Effect.MALFORMED: {Kind.MALFORMED_LINE, Kind.WRONG_ENCODING},
    Effect.DUPLICATE: {Kind.EXACT_DUPLICATE},
    Effect.SUPERSEDED: {Kind.CHANGED_RESEND, Kind.OUT_OF_ORDER, Kind.SEVERAL_CHANGES},
    Effect.UNKNOWN_MEMBER: {Kind.ORPHAN},
    Effect.LATE: {Kind.LATE_ARRIVAL},
    Effect.REFUSED: set(FILE_KINDS),
}


@dataclass(frozen=True)
class Run:
    """What one run wrote: an inbox and a truth file."""

    folder: Path

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def truth(self) -> list[dict[str, str]]:
        with (self.folder / "truth" / "faults.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def content(self, bronze_file: str) -> bytes:
        domain, _, day, name = bronze_file.split("/")
        content = (self.inbox / day.removeprefix("dt=") / domain / name).read_bytes()
        return gzip.decompress(content) if name.endswith(".gz") else content

    def line(self, row: dict[str, str]) -> bytes:
        """The delivered line that a row of the truth speaks of, without its LF."""
        return _lines(self, row["file"])[int(row["line"]) - 1]

    def values(self, row: dict[str, str]) -> dict[str, str]:
        contract = ENTITIES[row["entity"]]
        (values,) = csv.reader([self.line(row).decode()])
        return dict(zip(contract.delivered_columns, values, strict=True))

    def lines(self) -> Counter[tuple[str, str, bytes]]:
        """Every line of a file that is not refused, with its entity and day."""
        refused = {row["file"] for row in self.truth() if row["effect"] == "refused"}
        counted: Counter[tuple[str, str, bytes]] = Counter()
        for file in self.inbox.glob("*/*/*.csv*"):
            day, domain, entity = *file.parts[-3:-1], file.name.split(".")[0]
            name = f"{domain}/{entity}/dt={day}/{file.name}"
            if name not in refused:
                counted.update((entity, day, line) for line in self.content(name).split(b"\n")[1:-1])
        return counted

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


# Looked into once for every line of the truth.
@cache
def _lines(run: Run, bronze_file: str) -> list[bytes]:
    return run.content(bronze_file).split(b"\n")


@cache
def _copies(run: Run) -> Counter[tuple[str, bytes]]:
    """How often each line is delivered, refused files included."""
    counted: Counter[tuple[str, bytes]] = Counter()
    for name, content in run.files().items():
        counted.update((Path(name).name.split(".")[0], line) for line in content.split(b"\n"))
    return counted


@cache
def _states(run: Run, bronze_file: str) -> dict[str, list[tuple[int, datetime]]]:
    """The states of each key in a file: line and update time."""
    (key,) = BREAKABLE[bronze_file.split("/")[1]].key
    states: dict[str, list[tuple[int, datetime]]] = {}
    rows = csv.DictReader(line.decode() for line in _lines(run, bronze_file) if line)
    for number, row in enumerate(rows, 2):
        states.setdefault(row[key], []).append((number, datetime.fromisoformat(row["updated_at"])))
    return states


@pytest.fixture
def run(tieout, tmp_path):
    def generate(*options, folder="faulty", bank=BANK):
        made = Run(tmp_path / folder)
        outcome = tieout(
            *("generate", *bank, *options, "--inbox", made.inbox, "--truth", made.folder / "truth"),
        )
        assert outcome.code == 0, outcome.err
        return made

    return generate


@pytest.fixture
def clean(tieout, tmp_path):
    made = Run(tmp_path / "clean")
    assert tieout("generate", *BANK, "--inbox", made.inbox).code == 0
    (made.folder / "truth").mkdir()
    (made.folder / "truth" / "faults.csv").write_text("effect\n")
    return made


# The clean rows


def test_without_a_rate_there_is_no_truth_and_at_rate_0_the_same_bytes(run, clean):
    at_rate_0 = run("--faults", 0)
    assert at_rate_0.truth() == []
    assert at_rate_0.content("banking/loans/dt=2025-03-30/loans.csv")
    inboxes = [
        {name: content for name, content in made.files().items() if name.startswith("inbox")}
        for made in (clean, at_rate_0)
    ]
    assert inboxes[0] == inboxes[1]
    header = (at_rate_0.folder / "truth" / "faults.csv").read_text()
    assert header == "kind,entity,key,due_on,arrived_on,file,line,effect,rule,amount\n"


@pytest.mark.parametrize("rate", [0.05, 0.5])
def test_every_good_line_is_delivered_at_any_rate(run, clean, rate):
    """Without the faulty lines, and with the late ones on the days they were due on, the files are the clean ones."""
    faulty = run("--faults", rate)
    lines = faulty.lines()
    for row in faulty.truth():
        if row["line"]:
            lines[row["entity"], row["arrived_on"], faulty.line(row)] -= 1
        if row["effect"] == "late":
            lines[row["entity"], row["due_on"], faulty.line(row)] += 1
    assert +lines == clean.lines()
    assert min(lines.values()) >= 0


def test_about_as_many_rows_have_a_fault_as_were_asked_for(run, clean):
    truth = run("--faults", 0.2).truth()
    faulty = {(row["entity"], row["due_on"], row["kind"], row["key"]) for row in truth if row["line"]}
    assert 0.17 < len(faulty) / clean.lines().total() < 0.23
    counts = Counter(row["kind"] for row in truth if row["entity"] == "transactions" and row["line"])
    assert set(counts) == set(BREAKABLE["transactions"].kinds(1))
    assert max(counts.values()) < 4 * min(counts.values())


# Each kind


@pytest.mark.parametrize("kind", ROW_KINDS)
def test_each_kind_alone_is_in_every_entity_that_can_have_it(run, kind):
    faulty = run("--fault", f"{kind}=0.4")
    truth = faulty.truth()
    assert {row["kind"] for row in truth} == {kind}
    assert {row["entity"] for row in truth} == {entity for entity in ENTITIES if kind in BREAKABLE[entity].kinds(1)}
    assert {row["effect"] for row in truth} == {effect for effect, kinds in EFFECTS.items() if kind in kinds}
    lines = faulty.lines()
    for row in truth:
        domain = ENTITIES[row["entity"]].domain
        assert row["file"].startswith(f"{domain}/{row['entity']}/dt={row['arrived_on']}/")
        assert row["due_on"] <= row["arrived_on"] <= "2025-04-03"
        assert lines[row["entity"], row["arrived_on"], faulty.line(row)] >= 1
        _check(kind, faulty, row)


def _check(kind: Kind, faulty: Run, row: dict[str, str]) -> None:
    """Look at the delivered line that the truth speaks of."""
    breakable = BREAKABLE[row["entity"]]
    line = faulty.line(row)
    days_late = (date.fromisoformat(row["arrived_on"]) - date.fromisoformat(row["due_on"])).days
    if kind is Kind.WRONG_ENCODING:
        with pytest.raises(UnicodeDecodeError):
            line.decode()
        return
    if kind is Kind.MALFORMED_LINE:
        width = len(ENTITIES[row["entity"]].delivered_columns)
        found = len(next(csv.reader([line.decode()])))
        unclosed = row["rule"] == "unclosed quote" and line.count(b'"') % 2 == 1
        assert unclosed or (found != width and row["rule"] == f"expected {width} fields, found {found}")
        return
    values = faulty.values(row)
    differing = [part for part, name in zip(row["key"].split("/"), breakable.key, strict=True) if part != values[name]]
    assert len(differing) <= (row["effect"] == "rejected")
    column, _, what = row["rule"].rpartition("_not_") if "_not_" in row["rule"] else row["rule"].rpartition("_")
    if breakable.money and values[breakable.money].removeprefix("-").replace(".", "", 1).isdigit():
        assert Decimal(row["amount"] or 0) == Decimal(values[breakable.money]) or kind is Kind.UNPARSABLE_NUMBER
    match kind:
        case Kind.EXACT_DUPLICATE:
            assert days_late <= 3
            assert _copies(faulty)[row["entity"], line] >= 2
        case Kind.CHANGED_RESEND | Kind.OUT_OF_ORDER | Kind.SEVERAL_CHANGES:
            assert datetime.fromisoformat(values["updated_at"]).microsecond
            assert days_late <= (0 if kind is Kind.SEVERAL_CHANGES else 3)
        case Kind.LATE_ARRIVAL:
            assert 1 <= days_late <= 5
        case Kind.ORPHAN:
            lost = {parent for parent in breakable.parents if values[parent].startswith("NOSUCH-")}
            assert len(lost - {breakable.owner}) == 1 or lost == {breakable.owner}
            assert not breakable.owner or breakable.owner in lost
        case Kind.NULL_KEY:
            assert (values[column], what) == ("", "missing")
        case Kind.ZERO_AMOUNT:
            assert (Decimal(values[column]), what) == (0, "positive")
        case Kind.NEGATIVE_AMOUNT:
            assert Decimal(values[column]) < 0
            assert what == "positive"
        case Kind.UNPARSABLE_DATE:
            assert what == "parsable"
            with pytest.raises(ValueError, match=r"time data|day is out of range"):
                datetime.strptime(values[column], "%Y-%m-%d")
        case Kind.UNPARSABLE_NUMBER:
            assert what == "parsable"
            assert not values[column].removeprefix("-").replace(".", "", 1).isdigit() or values[column].endswith(".")
        case Kind.UNKNOWN_CODE:
            assert (values[column], what) == ("NOSUCH", "unknown")
        case Kind.TEXT_TOO_LONG:
            assert row["rule"] == "text_too_long"
            assert max(len(value.encode()) for value in values.values()) > 4096


def test_states_out_of_order_stand_behind_newer_ones_and_several_changes_in_front_of_the_last(run):
    for kind, is_older, days in ((Kind.CHANGED_RESEND, False, 3), (Kind.OUT_OF_ORDER, True, 3)):
        faulty = run("--fault", f"{kind}=0.3", folder=kind)
        for row in faulty.truth():
            values = faulty.values(row)
            moment = datetime.fromisoformat(values["updated_at"])
            due = _states(faulty, row["file"].replace(row["arrived_on"], row["due_on"]))
            near = [
                number
                for number, time in due[row["key"]]
                if 0 < (time - moment if is_older else moment - time).total_seconds() < 0.5
            ]
            assert near
            assert row["arrived_on"] > row["due_on"] or min(near) < int(row["line"])
            assert row["arrived_on"] <= str(date.fromisoformat(row["due_on"]) + timedelta(days=days))
    faulty = run("--fault", "several_changes=0.3", folder="several")
    groups = Counter((row["file"], row["key"]) for row in faulty.truth())
    assert {2, 3} <= set(groups.values())
    for file, key in groups:
        lines = [line for line in faulty.content(file).decode().split("\n") if line.startswith(f"{key},")]
        times = [values[-2 if file.startswith("banking/customers") else -1] for values in csv.reader(lines)]
        assert times == sorted(times)
        assert len(set(times)) == len(times) > groups[file, key]


def test_nothing_is_late_on_the_last_day(run):
    truth = run("--fault", "late_arrival=0.5").truth()
    assert max(row["due_on"] for row in truth) < "2025-04-03"
    assert max(row["arrived_on"] for row in truth) == "2025-04-03"
    assert run("--fault", "late_arrival=0.5", folder="day", bank=[*BANK, "--days", 1]).truth() == []


@pytest.mark.parametrize("kind", FILE_KINDS)
@pytest.mark.parametrize("compressed", [False, True])
def test_a_refused_file_comes_again_under_another_name(run, kind, compressed, tmp_path):
    faulty = run("--fault", f"{kind}=0.5", *(["--gzip"] if compressed else []))
    truth = faulty.truth()
    assert {row["kind"] for row in truth} == {kind}
    landed = land(faulty.inbox, tmp_path / "bronze")
    assert landed.refused == len(truth) == len(landed.problems) > 2
    for row in truth:
        assert (row["line"], row["effect"], row["key"]) == ("", "refused", "")
        refused = faulty.content(row["file"]).split(b"\n")
        again = faulty.content(row["file"].replace(".csv", ".resent.csv")).split(b"\n")
        contract = ",".join(ENTITIES[row["entity"]].delivered_columns).encode()
        assert again[0] == contract
        assert len(refused) == len(again)
        what, _, named = row["rule"].partition(": ")
        columns, header = contract.decode().split(","), refused[0].decode().split(",")
        if what == "missing":
            assert (named in columns, named in header) == (True, False)
        else:
            assert (what, header[int(named.removeprefix("field ")) - 1] in columns) == ("unexpected", False)
        assert any(f"{row['arrived_on']}" in problem and f"({row['rule']})" in problem for problem in landed.problems)


def test_landing_finds_the_malformed_lines_of_the_truth(run, tmp_path):
    """Many unclosed quotes in one file do not close one another."""
    faulty = run("--fault", "malformed_line=0.5", "--fault", "wrong_encoding=0.4")
    land(faulty.inbox, tmp_path / "bronze")
    found = []
    for file in (tmp_path / "bronze" / "control" / "malformed_lines").glob("*/*.csv"):
        with file.open(encoding="utf-8", newline="") as text:
            found += [(row["bronze_file"], row["source_line"], row["reason"]) for row in csv.DictReader(text)]
    assert sorted(found) == sorted((row["file"], row["line"], row["rule"]) for row in faulty.truth())
    assert len(found) > 500


# The same bytes


def test_other_processes_write_the_same_bytes(tmp_path):
    command = [sys.executable, "-c", "from loaders.cli import main; main()", "generate", *BANK, "--faults", 0.3]
    processes = [
        subprocess.Popen(
            [
                str(part)
                for part in [*command, "--inbox", tmp_path / name / "inbox", "--truth", tmp_path / name / "truth"]
            ],
            cwd=project_root(),
            env=os.environ | {"PYTHONHASHSEED": name, "TZ": time_zone, "POLARS_MAX_THREADS": threads},
        )
        for name, time_zone, threads in (("0", "Asia/Tokyo", "1"), ("4711", "America/New_York", "4"))
    ]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    one, other = (Run(tmp_path / name).files() for name in ("0", "4711"))
    assert one == other
    assert len(one) > 15


def test_the_same_run_again_leaves_all_files_alone(run):
    before = run("--faults", 0.3).files()
    assert run("--faults", 0.3).files() == before


def test_compressed_files_are_named_by_the_truth(run):
    faulty = run("--faults", 0.2, "--gzip")
    truth = faulty.truth()
    assert {row["file"].endswith(".csv.gz") for row in truth} == {True}
    plain = run("--faults", 0.2, folder="plain")
    assert [row | {"file": row["file"].removesuffix(".gz")} for row in truth] == plain.truth()
    assert faulty.lines() == plain.lines()


def test_one_kind_more_does_not_move_the_files_that_are_refused(run):
    one = run("--fault", "added_column=0.3").truth()
    other = run("--fault", "added_column=0.3", "--fault", "orphan=0.1", folder="other").truth()
    assert [row for row in other if row["kind"] == "added_column"] == one


# All entities of the contract


def test_what_can_be_broken_is_in_the_contract():
    assert set(BREAKABLE) == set(ENTITIES)
    assert len(ENTITIES) == len(load_contract().deliverable())  # no name stands in two domains
    assert len({breakable.number for breakable in BREAKABLE.values()}) == len(BREAKABLE)
    for name, breakable in BREAKABLE.items():
        entity = ENTITIES[name]
        named = {
            *(*breakable.key, *breakable.required, *breakable.dates, *breakable.numbers, *breakable.positive),
            *(*breakable.codes, *breakable.texts, *breakable.parents),
            *({breakable.owner, breakable.money, breakable.correctable} - {""}),
        }
        assert named <= set(entity.delivered_columns)
        assert set(breakable.required) <= set(breakable.key)
        assert set(breakable.positive) <= set(breakable.numbers)
        assert not breakable.owner or breakable.owner in breakable.parents
        assert not breakable.money or breakable.money in entity.money_columns
        assert set(entity.money_columns) <= set(breakable.numbers)


def rows_of(name: str, day: date, count: int) -> pl.DataFrame:
    """Made-up rows of any entity, typed as the simulation types them."""
    breakable = BREAKABLE[name]
    numbers = pl.int_range(count, eager=True)
    moments = pl.Series([datetime(day.year, day.month, day.day, 8) + timedelta(seconds=n) for n in range(count)])
    columns = {}
    for column in ENTITIES[name].delivered_columns:
        if column == "updated_at" or column.endswith("_ts"):
            columns[column] = moments
        elif column in breakable.dates:
            columns[column] = pl.repeat(day, count, eager=True)
        elif column in breakable.numbers:
            columns[column] = (numbers + 1).cast(pl.Decimal(18, 2))
        else:
            columns[column] = f'{column}, "{day:%d}" ' + numbers.cast(pl.String)
    return pl.DataFrame(columns)


@pytest.mark.parametrize("name", BREAKABLE)
def test_every_entity_of_the_contract_can_have_faults(name, tmp_path):
    settings = Settings(3, date(2025, 1, 1), 1, 0, 1)
    entity = ENTITIES[name]
    kinds = BREAKABLE[name].kinds(1)
    made = Run(tmp_path)
    request = FaultRequest(shares=dict.fromkeys(kinds, 1 / len(kinds)), truth=made.folder / "truth")
    faulty = FaultyDeliveries(settings, request, Inbox(made.inbox))
    for number in range(3):
        faulty.deliver(settings.day(number), entity, rows_of(name, settings.day(number), 100))
        faulty.end(settings.day(number))
    faulty.truth.write(request.truth)
    assert set(faulty.truth.kinds) == set(kinds)
    for row in made.truth():
        _check(Kind(row["kind"]), made, row)
    landed = land(made.inbox, tmp_path / "bronze")
    assert landed.problems == []
    assert landed.malformed_rows == sum(row["effect"] == "malformed" for row in made.truth())


def test_what_is_held_back_comes_though_its_entity_has_nothing_else_that_day(tmp_path):
    settings = Settings(6, date(2025, 1, 1), 1, 0, 1)
    entity = ENTITIES["fx_rates"]
    made = Run(tmp_path)
    request = FaultRequest(shares={Kind.LATE_ARRIVAL: 0.5}, truth=made.folder / "truth")
    faulty = FaultyDeliveries(settings, request, Inbox(made.inbox))
    faulty.deliver(settings.day(0), entity, rows_of("fx_rates", settings.day(0), 40))
    for number in range(6):
        faulty.end(settings.day(number))
    faulty.truth.write(request.truth)
    assert made.lines().total() == 40
    assert {row["arrived_on"] for row in made.truth()} == {f"2025-01-0{number}" for number in range(2, 7)}


# Errors


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--faults", -0.1], "--faults must be a rate between 0 and 0.5, not -0.1"),
        (["--faults", 0.51], "--faults must be a rate between 0 and 0.5"),
        (["--faults", "nan"], "--faults must be a rate between 0 and 0.5"),
        (["--fault", "typo=0.1"], "there is no kind 'typo'; the kinds are exact_duplicate, changed_resend"),
        (["--fault", "orphan"], "the rate is missing; write orphan=0.01"),
        (["--fault", "orphan=often"], "'often' is no number; write orphan=0.01"),
        (["--fault", "orphan="], "'' is no number"),
        (["--fault", "orphan=0.6"], "--fault orphan must be a rate between 0 and 0.5"),
        (["--fault", "orphan=0.1", "--fault", "orphan=0.1"], "--fault names orphan twice"),
        (["--faults", 0.5, "--fault", "orphan=0.3", "--fault", "null_key=0.3"], "faults in 110% of the rows"),
        (["--faults", 0.5, *"--fault added_column=0.5 --fault missing_column=0.1".split()], "110% of the files"),
    ],
)
def test_bad_rates_and_kinds_end_in_a_sentence(tieout, tmp_path, options, words):
    outcome = tieout("generate", *BANK, *options, "--inbox", tmp_path / "inbox", "--truth", tmp_path / "truth")
    assert outcome.code == 1
    assert words in outcome.err
    assert outcome.err.startswith("tieout: ")
    assert not list(tmp_path.iterdir())


def test_the_truth_does_not_lie_where_it_could_be_read(tieout, tmp_path, monkeypatch):
    monkeypatch.setenv("TIEOUT_BRONZE_ROOT", str(tmp_path / "bronze"))
    for truth, where in ((tmp_path / "inbox" / "truth", "inbox"), (tmp_path / "bronze", "bronze root")):
        outcome = tieout("generate", *BANK, "--faults", 0.1, "--inbox", tmp_path / "inbox", "--truth", truth)
        assert outcome.code == 1
        assert f"lies in the {where}" in outcome.err
    assert not list(tmp_path.iterdir())


def test_a_truth_that_cannot_be_written_is_told(tieout, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = tieout(
        *("generate", *BANK, "--faults", 0.1, "--inbox", tmp_path / "inbox", "--truth", tmp_path / "file" / "truth")
    )
    assert outcome.code == 1
    assert "Choose another --truth" in outcome.err


def test_an_inbox_without_faults_is_not_written_over(run, tieout, tmp_path):
    assert tieout("generate", *BANK, "--inbox", tmp_path / "inbox").code == 0
    outcome = tieout("generate", *BANK, "--faults", 0.3, "--inbox", tmp_path / "inbox", "--truth", tmp_path / "truth")
    assert outcome.code == 1
    assert "exists already with other content" in outcome.err
    assert not (tmp_path / "truth").exists()


def test_faults_are_asked_for_by_either_option():
    assert fault_request(None, None, None) is None
    assert fault_request(None, ["orphan=0.1"], None) == FaultRequest(shares={Kind.ORPHAN: 0.1})
    assert fault_request(0.2, [], Path("truth")) == FaultRequest(0.2, truth=Path("truth"))
    # The folder of the truth is for fraud too.
    assert fault_request(None, [], Path("truth")) is None
