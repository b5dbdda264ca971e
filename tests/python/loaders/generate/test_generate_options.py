"""`tieout generate`: presets, the configuration file, their precedence, and messages about wrong options."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from loaders.errors import TieoutError
from loaders.generate import reference
from loaders.generate.options import DEFAULTS, PRESETS, resolve
from tests.python.loaders.conftest import ReadInbox, Tieout

pytestmark = pytest.mark.extended

WriteConfig = Callable[[str], Path]


@pytest.fixture
def config(tmp_path: Path) -> WriteConfig:
    def write(text: str) -> Path:
        file = tmp_path / "bank.yml"
        file.write_text(text)
        return file

    return write


def test_the_defaults() -> None:
    assert resolve({}, None, None) == DEFAULTS


def test_presets(config: WriteConfig) -> None:
    assert resolve({}, "million", None)["transactions-per-day"] == 1_000_000
    demo = resolve({}, "demo", None)
    assert (demo["customers"], round(demo["days"] * demo["transactions-per-day"], -2)) == (100, 10_000)
    assert resolve({}, None, config("preset: medium\n"))["days"] == 365
    assert resolve({}, "demo", config("preset: medium\n"))["days"] == 30


def test_the_command_line_overrides_the_file_and_the_file_overrides_the_preset(config: WriteConfig) -> None:
    file = config("days: 4\ncustomers: 7\nstart: 2024-05-06\ngzip: true\nfraud: 0\n")
    asked = resolve({"customers": 9, "gzip": False, "days": None}, "demo", file)
    assert asked | {"truth": None, "inbox": None} == asked
    assert [asked[name] for name in ("days", "customers", "transactions-per-day", "start", "gzip", "fraud")] == [
        4,
        9,
        PRESETS["demo"]["transactions-per-day"],
        date(2024, 5, 6),
        False,
        0.0,
    ]


def test_the_command_accepts_preset_and_file(
    config: WriteConfig, read_inbox: ReadInbox, tieout: Tieout, tmp_path: Path
) -> None:
    file = config(f"days: 2\ninbox: {tmp_path / 'inbox'}\nfraud: 0.1\ntruth: {tmp_path / 'labels'}\ngzip: true\n")
    outcome = tieout("generate", "--preset", "demo", "--config", file, "--days", 3, "--no-gzip")
    assert outcome.code == 0, outcome.err
    reader = read_inbox(tmp_path / "inbox")
    assert {path.parts[-3] for path in reader.files()} == {"2025-01-01", "2025-01-02", "2025-01-03"}
    assert len(reader.rows("customers")) >= 100
    assert (tmp_path / "labels" / "fraud.csv").exists()
    assert tieout("generate", "--config", config(""), "--days", 1, "--inbox", tmp_path / "other").code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dayz: 3\n", "'dayz' in"),
        ("3: 3\n", "'3' in"),
        ("transactions_per_day: 3\n", "The options are: preset, days, start"),
        ("days: many\n", "must be a whole number, not 'many'"),
        ("days: 2.5\n", "must be a whole number"),
        ("days: true\n", "must be a whole number"),
        ("days:\n", "must be a whole number"),
        ("days: 0\n", "--days must be at least 1"),
        ("start: 2025-02-30\n", "is not valid YAML: day is out of range"),
        ("start: '2025-02-30'\n", "must be a date, YYYY-MM-DD, not '2025-02-30'"),
        ("start: 2025-02-03 10:00:00\n", "must be a date"),
        ("fraud: lots\n", "must be a number"),
        ("fraud: 0.9\n", "--fraud must be between 0 and 0.2"),
        ("fraud: .nan\n", "--fraud must be between 0 and 0.2"),
        ("gzip: maybe\n", "must be true or false"),
        ("inbox: 3\n", "must be a path"),
        ("preset: huge\n", "'huge' is not a preset"),
        ("preset: 1\n", "preset"),
        ("- days\n", "must contain options"),
        ("days: [\n", "is not valid YAML"),
    ],
)
def test_errors_of_configuration_files(
    config: WriteConfig, tieout: Tieout, tmp_path: Path, text: str, words: str
) -> None:
    outcome = tieout("generate", "--inbox", tmp_path / "inbox", "--config", config(text))
    assert outcome.code == 1
    assert outcome.err.startswith("tieout: ")
    assert words in outcome.err
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "inbox").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "huge"], "Give one of: demo, medium, million"),
        (["--fraud", "-0.1"], "--fraud must be between"),
        (["--config", "nowhere.yml"], "nowhere.yml cannot be read"),
    ],
)
def test_errors_of_options(tieout: Tieout, tmp_path: Path, arguments: list[object], words: str) -> None:
    outcome = tieout("generate", "--inbox", tmp_path / "inbox", *arguments)
    assert outcome.code == 1
    assert words in outcome.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--days", 0], "--days must be at least 1"),
        (["--customers", 0], "--customers must be at least 1"),
        (["--transactions-per-day", -1], "--transactions-per-day must be at least 0"),
        (["--seed", -1], "--seed must be at least 0"),
        (["--start", "yesterday"], "must be a date, YYYY-MM-DD, not 'yesterday'"),
        (["--start", "2025-02-30"], "must be a date, YYYY-MM-DD, not '2025-02-30'"),
        (["--start", "0001-01-01"], "must be between 1970-01-01 and 2049-12-29"),
        (["--start", "2049-12-29", "--days", 2], "must be between 1970-01-01 and 2049-12-29"),
        (["--days", 10**9], "must be between 1970-01-01 and 2049-12-29"),
    ],
)
def test_errors_of_numbers_and_dates(tieout: Tieout, tmp_path: Path, arguments: list[object], words: str) -> None:
    outcome = tieout("generate", "--inbox", tmp_path, *arguments)
    assert outcome.code == 1
    assert words in outcome.err
    assert outcome.err.startswith("tieout: ")
    assert not list(tmp_path.iterdir())


def test_text_instead_of_a_number_is_a_usage_error(tieout: Tieout, tmp_path: Path) -> None:
    assert tieout("generate", "--inbox", tmp_path, "--days", "many").code == 2


def test_error_if_the_inbox_cannot_be_written(tieout: Tieout, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = tieout("generate", "--inbox", tmp_path / "file" / "inbox", "--days", 1, "--customers", 1)
    assert outcome.code == 1
    assert "cannot be written" in outcome.err


def test_error_if_a_dbt_seed_is_missing_or_incomplete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reference, "project_root", lambda: tmp_path)
    reference._seed.cache_clear()
    try:
        with pytest.raises(TieoutError, match="transaction_types"):
            reference.transaction_signs(("Deposit",))
        (tmp_path / "seeds" / "reference").mkdir(parents=True)
        (tmp_path / "seeds" / "reference" / "transaction_types.csv").write_text(
            "transaction_type_name,amount_sign\nDeposit,1\n"
        )
        with pytest.raises(TieoutError, match="Payment"):
            reference.transaction_signs(("Deposit", "Payment"))
    finally:
        reference._seed.cache_clear()
