"""`tieout generate --faults`: no good row is lost, refused files come again, and output is reproducible."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from loaders.contract import project_root
from loaders.generate.faults.kinds import HEADER_KINDS, ON_REQUEST, Kind
from loaders.land import land
from tests.python.loaders.generate.bank import ENTITIES
from tests.python.loaders.generate.faulty_run import BANK, LAST_DAY, GenerateRun, Run, breakable_of

pytestmark = pytest.mark.extended


def test_rate_0_gives_the_same_deliveries_and_an_empty_truth_file(run: GenerateRun, clean: Run) -> None:
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
def test_every_good_line_is_delivered_at_any_rate(run: GenerateRun, clean: Run, rate: float) -> None:
    """Without the faulty lines, and with late lines on their due days, the deliveries equal those without faults."""
    faulty = run("--faults", rate)
    lines, truth = faulty.lines(), faulty.truth()
    for fault in truth:
        if fault["line"]:
            lines[fault["entity"], fault["arrived_on"], faulty.line(fault)] -= 1
        if fault["kind"] == "late_arrival":
            lines[fault["entity"], fault["due_on"], faulty.line(fault)] += 1
        if fault["kind"] == "late_file":
            late = {int(one["line"]) for one in truth if one["line"] and one["file"] == fault["file"]}
            for number, line in enumerate(faulty.content(fault["file"]).split(b"\n")[:-1], 1):
                if number > 1 and number not in late:
                    lines[fault["entity"], fault["arrived_on"], line] -= 1
                    lines[fault["entity"], fault["due_on"], line] += 1
    assert +lines == clean.lines()
    assert min(lines.values()) >= 0


def test_the_share_of_faulty_rows_is_about_the_rate(run: GenerateRun, clean: Run) -> None:
    truth = run("--faults", 0.5).truth()
    faulty = {(fault["entity"], fault["due_on"], fault["kind"], fault["key"]) for fault in truth if fault["line"]}
    assert 0.45 < len(faulty) / clean.lines().total() < 0.55
    # A fault of some kinds has several lines.
    counts = Counter(kind for entity, _, kind, _ in faulty if entity == "transactions")
    assert set(counts) == set(breakable_of("transactions").kinds(2)) - set(ON_REQUEST)
    assert max(counts.values()) < 4 * min(counts.values())


def test_nothing_is_late_on_the_last_day(run: GenerateRun) -> None:
    truth = run("--fault", "late_arrival=0.5").truth()
    assert max(fault["due_on"] for fault in truth) < LAST_DAY
    assert max(fault["arrived_on"] for fault in truth) == LAST_DAY
    assert run("--fault", "late_arrival=0.5", "--days", 1, folder="one_day").truth() == []


@pytest.mark.parametrize("kind", HEADER_KINDS)
@pytest.mark.parametrize("compressed", [False, True])
def test_a_refused_file_is_delivered_again_under_another_name(
    run: GenerateRun, kind: Kind, compressed: bool, tmp_path: Path
) -> None:
    faulty = run("--fault", f"{kind}=0.5", *(["--gzip"] if compressed else []))
    truth = faulty.truth()
    assert {fault["kind"] for fault in truth} == {kind}
    landed = land(faulty.inbox, tmp_path / "bronze")
    assert landed.refused == len(truth) == len(landed.problems) > 2
    for fault in truth:
        assert (fault["line"], fault["effect"], fault["key"]) == ("", "refused", "")
        refused = faulty.content(fault["file"]).split(b"\n")
        again = faulty.content(fault["file"].replace(".csv", ".resent.csv")).split(b"\n")
        columns, header = list(ENTITIES[fault["entity"]].delivered_columns), refused[0].decode().split(",")
        assert again[0].decode().split(",") == columns
        assert len(refused) == len(again)
        what, _, named = fault["rule"].partition(": ")
        if what == "missing":
            assert named in columns
            assert named not in header
        else:
            assert what == "unexpected"
            assert header[int(named.removeprefix("field ")) - 1] not in columns
        assert any(fault["arrived_on"] in problem and f"({fault['rule']})" in problem for problem in landed.problems)


@pytest.mark.parametrize("compressed", [False, True])
def test_half_a_file_is_refused_by_its_control_file(run: GenerateRun, compressed: bool, tmp_path: Path) -> None:
    faulty = run("--control-files", "--fault", "half_file=0.5", *(["--gzip"] if compressed else []))
    truth = faulty.truth()
    landed = land(faulty.inbox, tmp_path / "bronze")
    assert landed.refused == len(truth) == len(landed.problems) > 2
    assert all(staged.stated_by for staged in landed.landed)
    for fault in truth:
        assert (fault["kind"], fault["line"], fault["effect"], fault["key"]) == ("half_file", "", "refused", "")
        half = faulty.content(fault["file"])
        assert faulty.content(fault["file"].replace(".csv", ".resent.csv")).startswith(half)
        assert any(fault["arrived_on"] in problem and fault["rule"] in problem for problem in landed.problems)


def test_control_files_change_no_delivery(run: GenerateRun, tmp_path: Path) -> None:
    with_them = run("--control-files", "--fault", "malformed_line=0.3", "--fault", "wrong_encoding=0.1", folder="with")
    without = run("--fault", "malformed_line=0.3", "--fault", "wrong_encoding=0.1", folder="without")
    found = with_them.files()
    deliveries = {name: content for name, content in found.items() if not name.endswith(".ctl")}
    assert deliveries == without.files()
    assert len(found) == 2 * len(deliveries) - 1  # the truth file has none
    assert land(with_them.inbox, tmp_path / "bronze").problems == []


def test_landing_finds_exactly_the_malformed_lines(run: GenerateRun, tmp_path: Path) -> None:
    """Several unclosed quotes in one file do not close one another."""
    faulty = run("--fault", "malformed_line=0.5", "--fault", "wrong_encoding=0.4")
    land(faulty.inbox, tmp_path / "bronze")
    found = []
    for file in (tmp_path / "bronze" / "control" / "malformed_lines").glob("*/*.csv"):
        with file.open(encoding="utf-8", newline="") as text:
            found += [(row["bronze_file"], row["source_line"], row["reason"]) for row in csv.DictReader(text)]
    assert sorted(found) == sorted((fault["file"], fault["line"], fault["rule"]) for fault in faulty.truth())
    assert len(found) > 500


def test_files_do_not_depend_on_hash_seed_time_zone_or_threads(tmp_path: Path) -> None:
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


def test_the_same_run_again_changes_no_file(run: GenerateRun) -> None:
    before = run("--faults", 0.3).files()
    assert run("--faults", 0.3).files() == before


def test_the_truth_names_compressed_files(run: GenerateRun) -> None:
    faulty = run("--faults", 0.2, "--gzip")
    truth = faulty.truth()
    assert {fault["file"].endswith(".csv.gz") for fault in truth} == {True}
    plain = run("--faults", 0.2, folder="plain")
    assert [fault | {"file": fault["file"].removesuffix(".gz")} for fault in truth] == plain.truth()
    assert faulty.lines() == plain.lines()


def test_faults_in_rows_do_not_change_which_files_are_refused(run: GenerateRun) -> None:
    one = run("--fault", "added_column=0.3").truth()
    other = run("--fault", "added_column=0.3", "--fault", "orphan=0.1", folder="other").truth()
    assert [fault for fault in other if fault["kind"] == "added_column"] == one


def test_existing_deliveries_without_faults_are_not_overwritten(run: GenerateRun, clean: Run) -> None:
    before = clean.files()
    with pytest.raises(AssertionError, match="exists already with other content"):
        run("--faults", 0.3, folder="clean")
    assert clean.files() == before
