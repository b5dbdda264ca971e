"""The options --faults, --fault and --truth of `tieout generate`, and messages about wrong values."""

from __future__ import annotations

from pathlib import Path

import pytest

from loaders.generate.faults.kinds import Kind
from loaders.generate.faults.request import FaultRequest, fault_request
from tests.python.loaders.conftest import Tieout
from tests.python.loaders.generate.faulty_run import BANK

pytestmark = pytest.mark.extended


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--faults", -0.1], "--faults must be a rate between 0 and 0.5, not -0.1"),
        (["--faults", 0.51], "--faults must be a rate between 0 and 0.5"),
        (["--faults", "nan"], "--faults must be a rate between 0 and 0.5"),
        (["--fault", "typo=0.1"], "'typo' is not a kind. The kinds are: exact_duplicate, changed_resend"),
        (["--fault", "half_file=0.1"], "--fault half_file needs --control-files"),
        (["--fault", "orphan"], "the rate is missing. Example: orphan=0.01"),
        (["--fault", "orphan=often"], "'often' is not a number. Example: orphan=0.01"),
        (["--fault", "orphan="], "'' is not a number"),
        (["--fault", "orphan=0.6"], "--fault orphan must be a rate between 0 and 0.5"),
        (["--fault", "orphan=0.1", "--fault", "orphan=0.1"], "--fault has orphan twice"),
        (["--faults", 0.5, "--fault", "orphan=0.3", "--fault", "null_key=0.3"], "faults in 110% of the rows"),
        (["--faults", 0.5, *"--fault added_column=0.5 --fault missing_column=0.1".split()], "110% of the files"),
    ],
)
def test_errors_of_rates_and_kinds(tieout: Tieout, tmp_path: Path, options: list[object], words: str) -> None:
    outcome = tieout("generate", *BANK, *options, "--inbox", tmp_path / "inbox", "--truth", tmp_path / "truth")
    assert outcome.code == 1
    assert words in outcome.err
    assert outcome.err.startswith("tieout: ")
    assert not list(tmp_path.iterdir())


def test_the_truth_is_never_written_where_a_loader_reads(
    tieout: Tieout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEOUT_BRONZE_ROOT", str(tmp_path / "bronze"))
    for truth, where in ((tmp_path / "inbox" / "truth", "inbox"), (tmp_path / "bronze", "bronze root")):
        outcome = tieout("generate", *BANK, "--faults", 0.1, "--inbox", tmp_path / "inbox", "--truth", truth)
        assert outcome.code == 1
        assert f"is inside the {where}" in outcome.err
    assert not list(tmp_path.iterdir())


def test_error_if_the_truth_file_cannot_be_written(tieout: Tieout, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = tieout(
        *("generate", *BANK, "--faults", 0.1, "--inbox", tmp_path / "inbox", "--truth", tmp_path / "file" / "truth")
    )
    assert outcome.code == 1
    assert "Give another --truth" in outcome.err


def test_either_option_requests_faults() -> None:
    assert fault_request(None, None, None) is None
    assert fault_request(None, ["orphan=0.1"], None) == FaultRequest(shares={Kind.ORPHAN: 0.1})
    assert fault_request(0.2, [], Path("truth")) == FaultRequest(0.2, truth=Path("truth"))
    # --truth alone does not, because --fraud uses it too.
    assert fault_request(None, [], Path("truth")) is None
