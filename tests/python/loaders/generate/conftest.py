"""Generated banks and a shop. Those that several test files use are generated once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from loaders.generate.settings import Settings
from tests.python.loaders.conftest import InboxReader, Tieout
from tests.python.loaders.generate.bank import Delivered
from tests.python.loaders.generate.faulty_run import BANK, GenerateRun, Run

HONEST_BANK = Settings(25, date(2025, 1, 10), customers=500, transactions_per_day=600, seed=7)
BANK_WITH_FRAUD = Settings(25, date(2025, 1, 20), customers=500, transactions_per_day=900, seed=11, fraud=0.03)
SHOP = Settings(40, date(2025, 1, 10), customers=200, transactions_per_day=20, seed=4, orders_per_day=60)

Generate = Callable[[Settings], Delivered]


@pytest.fixture(scope="session")
def generate(tmp_path_factory: pytest.TempPathFactory) -> Generate:
    """Generate the deliveries of a run in a folder of its own."""

    def run(settings: Settings) -> Delivered:
        folder: Path = tmp_path_factory.mktemp("generated")
        return Delivered(settings, InboxReader(folder / "inbox"))

    return run


@pytest.fixture(scope="session")
def honest_bank(generate: Generate) -> Delivered:
    return generate(HONEST_BANK)


@pytest.fixture(scope="session")
def bank(generate: Generate) -> Delivered:
    """A bank with fraud."""
    return generate(BANK_WITH_FRAUD)


@pytest.fixture(scope="session")
def shop(generate: Generate) -> Delivered:
    return generate(SHOP)


@pytest.fixture
def run(tieout: Tieout, tmp_path: Path) -> GenerateRun:
    """Generate a small bank with the given options in a folder of its own."""

    def generate_run(*options: object, folder: str = "faulty") -> Run:
        made = Run(tmp_path / folder)
        outcome = tieout("generate", *BANK, *options, "--inbox", made.inbox, "--truth", made.folder / "truth")
        assert outcome.code == 0, outcome.err
        return made

    return generate_run


@pytest.fixture
def clean(tieout: Tieout, tmp_path: Path) -> Run:
    """The same bank without faults."""
    made = Run(tmp_path / "clean")
    assert tieout("generate", *BANK, "--inbox", made.inbox).code == 0
    (made.folder / "truth").mkdir()
    (made.folder / "truth" / "faults.csv").write_text("effect\n")
    return made
