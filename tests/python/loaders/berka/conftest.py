"""A small bank in Berka's format, with an example of every rule of the mapping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.loaders.conftest import InboxReader, Outcome, ReadInbox, Tieout

FILES = {
    "account": """
        "account_id";"district_id";"frequency";"date"
        10;1;"POPLATEK MESICNE";930105
        20;2;"POPLATEK TYDNE";930220
        30;9;"POPLATEK MESICNE";930105
    """,
    "card": """
        "card_id";"disp_id";"type";"issued"
        1;1;"classic";930601 00:00:00
        2;2;"junior";930602 00:00:00
        3;2;"gold";930701 00:00:00
        4;3;"gold";930101 00:00:00
        5;99;"gold";930901 00:00:00
        6;4;"platinum";930801 00:00:00
        7;4;"platinum";930802 00:00:00
    """,
    "client": """
        "client_id";"birth_number";"district_id"
        1;"706213";1
        2;"450204";1
        3;"60101";2
        4;"995001";9
        5;"500101";2
    """,
    "disp": """
        "disp_id";"client_id";"account_id";"type"
        1;1;10;"OWNER"
        2;2;10;"DISPONENT"
        3;3;20;"OWNER"
        4;4;20;"DISPONENT"
        5;2;20;"DISPONENT"
    """,
    "district": """
        A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16
        1;"Hl.m. Praha";"Prague";1204953;0;0;0;1;1;100.0;12541;0.29;0.43;167;85677;99107
        2;"Jesenik";"north Moravia";42821;4;13;5;1;3;48.4;8173;?;7.01;124;?;1358
    """,
    "loan": """
        "loan_id";"account_id";"date";"amount";"duration";"payments";"status"
        501;10;930315;96396;12;8033.00;"A"
        502;20;930316;165960;36;4610.00;"B"
        503;30;930317;80952;24;3373.00;"C"
        504;10;930318;30276;12;2523.00;"D"
        505;10;930318;30276;12;2523.00;"X"
    """,
    "order": """
        "order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"
        29401;1;"YZ";"87144583";2452.00;"SIPO"
    """,
    "trans": """
        "trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"
        1;10;930105;"PRIJEM";"VKLAD";700.00;700.00;"";;
        2;10;930106;"PRIJEM";"PREVOD Z UCTU";3401.10;4101.10;"DUCHOD";"YZ";"62457513"
        3;10;930106;"PRIJEM";"";5.10;4106.20;"UROK";;
        4;10;930107;"VYDAJ";"VYBER";100.00;4006.20;"";;
        5;10;930107;"VYBER";"VYBER";100.00;3906.20;" ";;
        6;10;930108;"VYDAJ";"VYBER KARTOU";200.00;3706.20;"";;
        7;10;930109;"VYDAJ";"PREVOD NA UCET";300.00;3406.20;"SIPO";"QR";"00123"
        8;10;930131;"VYDAJ";"VYBER";14.60;3391.60;"SLUZBY";;
        9;10;930131;"VYDAJ";"VYBER";1.00;3390.60;"SANKC. UROK";;
        10;10;930131;"VYDAJ";"VYBER";10.00;3380.60;"POJISTNE";;
        11;10;930131;"VYDAJ";"VYBER";10.00;3370.60;"UVER";;
        12;10;930131;"VYDAJ";"VYBER";10.00;3360.60;"SIPO";;
        13;10;930201;"VYDAJ";"";10.00;3350.60;"";;
        14;10;930201;"PRIJEM";"VYBER";10.00;3360.60;"";;
        15;10;930201;"OPRAVA";"VKLAD";10.00;3370.60;"";;
        16;10;930201;"VYDAJ";"INKASO";10.00;3380.60;"LEASING";;
        17;20;930228;"PRIJEM";"VKLAD";0.10;-0.10;"";;
        18;77;930302;"VYDAJ";"PREVOD NA UCET";123456789012.34;-1.00;"";"";"55"
    """,
}

Row = dict[str, str]
Rows = Callable[[str], list[Row]]
ImportBank = Callable[..., Outcome]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder with the bank's files."""
    folder = tmp_path / "bank"
    folder.mkdir()
    for name, text in FILES.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (folder / f"{name}.asc").write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    return folder


@pytest.fixture
def berka_inbox(tmp_path: Path, read_inbox: ReadInbox) -> InboxReader:
    return read_inbox(tmp_path / "inbox")


@pytest.fixture
def import_bank(source: Path, berka_inbox: InboxReader, tieout: Tieout) -> ImportBank:
    """Import the bank with the given options, from the given folder, to the given inbox."""

    def run(*options: object, folder: Path = source, inbox: InboxReader = berka_inbox) -> Outcome:
        return tieout("import", "berka", folder, "--inbox", inbox.root, *options)

    return run


@pytest.fixture
def rows(berka_inbox: InboxReader, import_bank: ImportBank) -> Rows:
    """Import the bank; return its rows by entity."""
    outcome = import_bank()
    assert outcome.code == 0, outcome.err
    return berka_inbox.rows


def append(source: Path, name: str, text: str) -> None:
    """Append text to a file of the bank."""
    with (source / f"{name}.asc").open("ab") as file:
        file.write(text.encode())
