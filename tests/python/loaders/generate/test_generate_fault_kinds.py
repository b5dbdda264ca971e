"""`tieout generate --fault`: each kind of fault, in each entity."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from loaders.contract import load_contract
from loaders.deliveries import Inbox
from loaders.generate.faults.delivering import FaultyDeliveries
from loaders.generate.faults.kinds import REFUSED_KINDS, Effect, Kind
from loaders.generate.faults.request import FaultRequest
from loaders.generate.settings import Settings
from loaders.land import land
from tests.python.loaders.generate.bank import ENTITIES, Row
from tests.python.loaders.generate.faulty_run import (
    LAST_DAY,
    ROW_KINDS,
    GenerateRun,
    Run,
    breakable_of,
    copies,
    states,
)

pytestmark = pytest.mark.extended

KINDS_OF_EFFECT = {
    Effect.REJECTED: {
        Kind.NULL_KEY,
        Kind.ZERO_AMOUNT,
        Kind.NEGATIVE_AMOUNT,
        Kind.UNPARSABLE_DATE,
        Kind.UNPARSABLE_NUMBER,
        Kind.UNKNOWN_CODE,
        Kind.TEXT_TOO_LONG,
        Kind.FUTURE_UPDATE_TIME,
    },
    Effect.MALFORMED: {Kind.MALFORMED_LINE, Kind.WRONG_ENCODING},
    Effect.DUPLICATE: {Kind.EXACT_DUPLICATE},
    Effect.SUPERSEDED: {
        *(Kind.CHANGED_RESEND, Kind.OUT_OF_ORDER, Kind.SEVERAL_CHANGES, Kind.WITHDRAWN, Kind.REUSED_KEY),
    },
    Effect.CORRECTED: {Kind.SAME_DAY_CORRECTION},
    Effect.WITHDRAWN: {Kind.WITHDRAWN},
    Effect.UNKNOWN_MEMBER: {Kind.ORPHAN},
    Effect.REUSED_KEY: {Kind.REUSED_KEY},
    Effect.LATE: {Kind.LATE_ARRIVAL},
    Effect.REFUSED: set(REFUSED_KINDS),
}


def is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit() and not text.endswith(".")


def check(kind: Kind, run: Run, fault: Row) -> None:
    """Check that the delivered line has the fault that the truth file describes."""
    if kind is Kind.WRONG_ENCODING:
        with pytest.raises(UnicodeDecodeError):
            run.line(fault).decode()
    elif kind is Kind.MALFORMED_LINE:
        check_malformed(run, fault)
    else:
        check_key_and_amount(kind, run, fault)
        check_values(kind, run, fault)


def check_malformed(run: Run, fault: Row) -> None:
    line = run.line(fault)
    if fault["rule"] == "unclosed quote":
        assert line.count(b'"') % 2 == 1
        return
    width = len(ENTITIES[fault["entity"]].delivered_columns)
    found = len(next(csv.reader([line.decode()])))
    assert found != width
    assert fault["rule"] == f"expected {width} fields, found {found}"


def check_key_and_amount(kind: Kind, run: Run, fault: Row) -> None:
    breakable, values = breakable_of(fault["entity"]), run.values(fault)
    parts = zip(fault["key"].split("/"), breakable.key, strict=True)
    differing = [part for part, column in parts if part != values[column]]
    assert len(differing) <= (fault["effect"] == "rejected")
    if breakable.control_amount and is_number(values[breakable.control_amount]):
        is_equal = Decimal(fault["amount"] or 0) == Decimal(values[breakable.control_amount])
        assert is_equal or kind is Kind.UNPARSABLE_NUMBER


def corrected_by(file: str) -> str:
    """The file that corrects rows of another one on the same day."""
    return file.replace(".csv", ".corrected.csv")


def check_values(kind: Kind, run: Run, fault: Row) -> None:
    breakable, values = breakable_of(fault["entity"]), run.values(fault)
    rule = fault["rule"]
    column, _, what = rule.rpartition("_not_") if "_not_" in rule else rule.rpartition("_")
    days_late = (date.fromisoformat(fault["arrived_on"]) - date.fromisoformat(fault["due_on"])).days
    match kind:
        case Kind.EXACT_DUPLICATE:
            assert days_late <= 3
            assert copies(run)[fault["entity"], run.line(fault)] >= 2
        case Kind.CHANGED_RESEND | Kind.OUT_OF_ORDER | Kind.SEVERAL_CHANGES:
            assert datetime.fromisoformat(values["updated_at"]).microsecond
            assert days_late <= (0 if kind is Kind.SEVERAL_CHANGES else 3)
        case Kind.SAME_DAY_CORRECTION:
            corrections = csv.DictReader(run.content(corrected_by(fault["file"])).decode().splitlines())
            same = ("updated_at", *breakable.key)
            (good,) = (row for row in corrections if all(row[name] == values[name] for name in same))
            assert {name for name in values if good[name] != values[name]} == {breakable.correctable}
            assert days_late == 0
        case Kind.REUSED_KEY:
            assert "-REUSED-" in fault["key"]
            assert values["account_id"].startswith("NOSUCH-")
            assert days_late in ({0} if fault["effect"] == "superseded" else {2, 3})
        case Kind.LATE_ARRIVAL:
            assert 1 <= days_late <= 5
        case Kind.ORPHAN:
            lost = {parent for parent in breakable.parents if values[parent].startswith("NOSUCH-")}
            assert len(lost - {breakable.owner}) == 1 or lost == {breakable.owner}
            assert not breakable.owner or breakable.owner in lost
        case Kind.WITHDRAWN:
            assert "-WITHDRAWN-" in fault["key"]
            assert (values["record_status"], fault["effect"]) in {("", "superseded"), ("deleted", "withdrawn")}
            assert days_late <= 3
        case Kind.NULL_KEY:
            assert (values[column], what) == ("", "missing")
        case Kind.ZERO_AMOUNT:
            assert (Decimal(values[column]), what) == (Decimal(0), "positive")
        case Kind.NEGATIVE_AMOUNT:
            assert Decimal(values[column]) < 0
            assert what == "positive"
        case Kind.UNPARSABLE_DATE:
            assert what == "parsable"
            with pytest.raises(ValueError, match=r"time data|day is out of range"):
                datetime.strptime(values[column], "%Y-%m-%d")
        case Kind.UNPARSABLE_NUMBER:
            assert what == "parsable"
            assert not is_number(values[column])
        case Kind.UNKNOWN_CODE:
            assert (values[column], what) == ("NOSUCH", "unknown")
        case Kind.FUTURE_UPDATE_TIME:
            assert rule == "updated_at_after_arrival"
            assert values["updated_at"].startswith("22")
        case Kind.TEXT_TOO_LONG:
            assert rule == "text_too_long"
            assert max(len(value.encode()) for value in values.values()) > 4096
        case _:
            pytest.fail(f"{kind} is not checked")


@pytest.mark.parametrize("kind", ROW_KINDS)
def test_each_kind_occurs_in_every_entity_that_can_have_it(run: GenerateRun, kind: Kind) -> None:
    faulty = run("--fault", f"{kind}=0.4")
    truth = faulty.truth()
    assert {fault["kind"] for fault in truth} == {kind}
    assert {fault["entity"] for fault in truth} == {name for name in ENTITIES if kind in breakable_of(name).kinds(2)}
    assert {fault["effect"] for fault in truth} == {
        effect for effect, kinds in KINDS_OF_EFFECT.items() if kind in kinds
    }
    lines = faulty.lines()
    for fault in truth:
        domain = ENTITIES[fault["entity"]].domain
        assert fault["file"].startswith(f"{domain}/{fault['entity']}/dt={fault['arrived_on']}/")
        assert fault["due_on"] <= fault["arrived_on"] <= LAST_DAY
        assert lines[fault["entity"], fault["arrived_on"], faulty.line(fault)] >= 1
        check(kind, faulty, fault)


@pytest.mark.parametrize(("kind", "is_older"), [(Kind.CHANGED_RESEND, False), (Kind.OUT_OF_ORDER, True)])
def test_another_state_is_delivered_after_its_row(run: GenerateRun, kind: Kind, is_older: bool) -> None:
    faulty = run("--fault", f"{kind}=0.3")
    for fault in faulty.truth():
        moment = datetime.fromisoformat(faulty.values(fault)["updated_at"])
        on_due_day = states(faulty, fault["file"].replace(fault["arrived_on"], fault["due_on"]))
        near = [
            number
            for number, time in on_due_day[fault["key"]]
            if 0 < (time - moment if is_older else moment - time).total_seconds() < 0.5
        ]
        assert near
        assert fault["arrived_on"] > fault["due_on"] or min(near) < int(fault["line"])
        assert fault["arrived_on"] <= str(date.fromisoformat(fault["due_on"]) + timedelta(days=3))


def test_several_changes_are_delivered_before_their_row_in_the_order_of_time(run: GenerateRun) -> None:
    faulty = run("--fault", "several_changes=0.3")
    groups = Counter((fault["file"], fault["key"]) for fault in faulty.truth())
    assert {2, 3} <= set(groups.values())
    for (file, key), count in groups.items():
        times = [time for _, time in states(faulty, file)[key]]
        assert times == sorted(times)
        assert len(set(times)) == len(times) > count


def test_the_columns_that_faults_break_are_in_the_contract() -> None:
    assert len(ENTITIES) == len(load_contract().deliverable()), "two domains have an entity of the same name"
    assert len({breakable_of(name).number for name in ENTITIES}) == len(ENTITIES)
    for name, entity in ENTITIES.items():
        breakable = breakable_of(name)
        named = {
            *(*breakable.required, *breakable.positive, *breakable.codes, *breakable.texts, *breakable.parents),
            *({breakable.owner, breakable.correctable} - {""}),
        }
        assert named <= set(entity.delivered_columns)
        assert set(breakable.required) <= set(entity.key)
        assert set(breakable.positive) <= set(breakable.numbers)
        assert set(entity.money_columns) <= set(breakable.numbers)
        assert not breakable.owner or breakable.owner in breakable.parents


def invented_rows(name: str, day: date, count: int) -> pl.DataFrame:
    """Rows of any entity, with the types of the simulation."""
    breakable = breakable_of(name)
    numbers = pl.int_range(count, eager=True)
    moments = pl.Series([datetime(day.year, day.month, day.day, 8) + timedelta(seconds=n) for n in range(count)])
    columns: dict[str, pl.Series | pl.Expr] = {}
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


@pytest.mark.parametrize("name", ENTITIES)
def test_every_entity_of_the_contract_can_have_faults(name: str, tmp_path: Path) -> None:
    settings = Settings(3, date(2025, 1, 1), 1, 0, 1)
    kinds = breakable_of(name).kinds(2)
    made = Run(tmp_path)
    request = FaultRequest(shares=dict.fromkeys(kinds, 1 / len(kinds)), truth=made.folder / "truth")
    faulty = FaultyDeliveries(settings, request, Inbox(made.inbox))
    for number in range(3):
        faulty.deliver(settings.day(number), ENTITIES[name], invented_rows(name, settings.day(number), 100))
        faulty.end(settings.day(number))
    faulty.truth.write(request.truth)
    assert set(faulty.truth.kinds) == set(kinds)
    for fault in made.truth():
        check(Kind(fault["kind"]), made, fault)
    landed = land(made.inbox, tmp_path / "bronze")
    assert landed.problems == []
    assert landed.malformed_rows == sum(fault["effect"] == "malformed" for fault in made.truth())


def test_late_rows_arrive_on_days_without_other_rows_of_their_entity(tmp_path: Path) -> None:
    settings = Settings(6, date(2025, 1, 1), 1, 0, 1)
    made = Run(tmp_path)
    request = FaultRequest(shares={Kind.LATE_ARRIVAL: 0.5}, truth=made.folder / "truth")
    faulty = FaultyDeliveries(settings, request, Inbox(made.inbox))
    faulty.deliver(settings.day(0), ENTITIES["fx_rates"], invented_rows("fx_rates", settings.day(0), 40))
    for number in range(6):
        faulty.end(settings.day(number))
    faulty.truth.write(request.truth)
    assert made.lines().total() == 40
    assert {fault["arrived_on"] for fault in made.truth()} == {f"2025-01-0{number}" for number in range(2, 7)}
