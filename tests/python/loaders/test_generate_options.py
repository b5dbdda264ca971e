"""`tieout generate`: presets, the configuration file, and what wins over what."""

from __future__ import annotations

from datetime import date

import pytest

from loaders.generate.options import DEFAULTS, PRESETS, resolve


@pytest.fixture
def config(tmp_path):
    def write(text):
        file = tmp_path / "bank.yml"
        file.write_text(text)
        return file

    return write


def test_without_anything_the_defaults_hold():
    assert resolve({}, None, None) == DEFAULTS


def test_a_preset_may_be_chosen(config):
    assert resolve({}, "million", None)["transactions-per-day"] == 1_000_000
    demo = resolve({}, "demo", None)
    assert (demo["customers"], round(demo["days"] * demo["transactions-per-day"], -2)) == (100, 10_000)
    assert resolve({}, None, config("preset: medium\n"))["days"] == 365
    assert resolve({}, "demo", config("preset: medium\n"))["days"] == 30


def test_the_command_line_wins_over_the_file_and_the_file_over_the_preset(config):
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


def test_the_command_takes_preset_and_file(config, read_inbox, tieout, tmp_path):
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
        ("transactions_per_day: 3\n", "it knows preset, days, start"),
        ("days: many\n", "--days 'many'"),
        ("days: 2.5\n", "is no whole number"),
        ("days: true\n", "is no whole number"),
        ("days:\n", "is no whole number"),
        ("days: 0\n", "--days must be at least 1"),
        ("start: 2025-02-30\n", "cannot be understood: day is out of range"),
        ("start: '2025-02-30'\n", "--start '2025-02-30'"),
        ("start: 2025-02-03 10:00:00\n", "is no date"),
        ("fraud: lots\n", "is no number"),
        ("fraud: 0.9\n", "--fraud must lie between 0 and 0.2"),
        ("fraud: .nan\n", "--fraud must lie between 0 and 0.2"),
        ("gzip: maybe\n", "neither true nor false"),
        ("inbox: 3\n", "is no path"),
        ("preset: huge\n", "'huge' is no preset"),
        ("preset: 1\n", "preset"),
        ("- days\n", "must hold options"),
        ("days: [\n", "cannot be understood"),
    ],
)
def test_a_bad_file_ends_in_a_sentence(config, tieout, tmp_path, text, words):
    outcome = tieout("generate", "--inbox", tmp_path / "inbox", "--config", config(text))
    assert outcome.code == 1
    assert outcome.err.startswith("tieout: ")
    assert words in outcome.err
    assert "Traceback" not in outcome.err
    assert not (tmp_path / "inbox").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "huge"], "choose one of demo, medium, million"),
        (["--fraud", "-0.1"], "--fraud must lie between"),
        (["--config", "nowhere.yml"], "nowhere.yml cannot be read"),
    ],
)
def test_bad_options_end_in_a_sentence(tieout, tmp_path, arguments, words):
    outcome = tieout("generate", "--inbox", tmp_path / "inbox", *arguments)
    assert outcome.code == 1
    assert words in outcome.err
