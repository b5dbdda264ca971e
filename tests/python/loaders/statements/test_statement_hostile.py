"""Files that are damaged or meant to do harm: a sentence, and nothing is read or written outside."""

from __future__ import annotations

import fcntl
import gzip
import io
import os
import random
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from loaders.statements.reading import read_statements
from loaders.statements.values import MOST_TEXT
from tests.python.loaders.statements.conftest import Counter
from tests.python.loaders.statements.written import camt, entry, mt940, ofx, paid, statement

pytestmark = pytest.mark.extended

GOOD = camt(statement(entry("4.50"), ("10.00", "2025-04-07"), ("5.50", "2025-04-07")))
SWIFT = mt940("C250102EUR10,", ":61:2501020102D2,50NTRF\n:86:COFFEE\n", "C250102EUR7,50")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def doctype(declared: str) -> str:
    return GOOD.replace("<Document", f"<!DOCTYPE Document [{declared}]>\n<Document")


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", b"<" * 10_000_000)
    return target.getvalue()


NO_TEXT = "is no whole XML: not well-formed (invalid token)"
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "bomb.xml": (doctype(f'<!ENTITY l0 "ha">{LAUGHS}').replace("COFFEE", "&l9;"), "line 2 has a document type"),
    "external.xml": (doctype('<!ENTITY x SYSTEM "/etc/passwd">').replace("COFFEE", "&x;"), "has a document type"),
    "remote.xml": (GOOD.replace("<Doc", '<!DOCTYPE D SYSTEM "http://localhost:9/x.dtd"><Doc'), "has a document type"),
    "undefined.xml": (GOOD.replace("COFFEE", "&x;"), "is no whole XML: undefined entity"),
    "bomb.ofx": ("<!DOCTYPE OFX [<!ENTITY a 'b'>]>" + ofx([paid("1", "1")]), "has a document type (DOCTYPE), which no"),
    "deep.xml": (GOOD.replace("COFFEE", "<a>" * 5_000 + "</a>" * 5_000), "is nested more than 64 elements deep"),
    "long.xml": (GOOD.replace("COFFEE", "x" * (MOST_TEXT + 1)), "has an element with more than 100,000 characters"),
    "cut.xml": (GOOD[: GOOD.index("<Ntry>") + 6], "is no whole XML: no element found. Was it cut?"),
    "latin.xml": (GOOD.replace("COFFEE", "Jürgen").encode("latin-1"), NO_TEXT),
    "encoding.xml": (GOOD.replace("UTF-8", "klingon"), "is in an encoding that cannot be read"),
    "nul.xml": (GOOD.replace("COFFEE", "a\0b"), NO_TEXT),
    "other.xml": ("<html><body>x</body></html>", "has none of the messages camt.052, camt.053 and camt.054"),
    "empty.xml": (camt(), "has no statement"),
    "nul.sta": (SWIFT.replace("COFFEE", "a\0b"), "line 6 has NUL characters"),
    "utf16.sta": (SWIFT.encode("utf-16-le"), "is no bank statement that can be read"),
    "bytes.sta": (SWIFT.encode().replace(b"COFFEE", b"\x81\x8d"), "line 6 is text neither in UTF-8 nor in Windows"),
    "line.sta": (SWIFT.replace("COFFEE", "x" * (MOST_TEXT + 1)), "line 6 has more than 100,000 characters"),
    "empty.sta": ("", "is no bank statement that can be read"),
    "long.ofx": (ofx([paid("-1", "x" * (MOST_TEXT + 1))]), "line 10 has an element with more than 100,000 characters"),
    "no_statement.ofx": ("OFXHEADER:100\n<OFX></OFX>", "has no statement (STMTRS, CCSTMTRS or INVSTMTRS)"),
    "bomb.zip": (zipped(), "is a spreadsheet or a zip archive. Unpack an archive"),
    "a.sta.gz": (gzip.compress(SWIFT.encode()), "is compressed. Unpack it"),
    "a.pdf": (b"%PDF-1.7", "is a PDF. Ask the bank"),
    "amount.sta": (SWIFT.replace("D2,50N", f"D{'9' * 400},N"), "digits before the decimal point"),
    "account.sta": (SWIFT.replace(":25:", f":25:{'9' * 400}"), "its account has more than 150 letters"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_and_a_good_file_beside_it_is_imported(counter: Counter, name: str) -> None:
    content, sentence = HOSTILE[name]
    bad, good = counter.file(name, content), counter.file("good.xml", GOOD)
    outcome = counter.run(bad, good)
    told = outcome.err + "".join(row["reason"] for row in counter.kept("rejects.csv"))
    assert sentence in told
    assert str(bad) in outcome.err or name == "amount.sta"
    assert len(counter.posted()) == 1
    assert not list(counter.inbox.rglob(".staging-*"))


def test_an_unparsed_instruction_or_comment_does_no_harm(counter: Counter) -> None:
    counter.imported("a.xml", GOOD.replace("<Ntry>", '<?php include "/etc/passwd" ?><!-- <Ntry> --><Ntry>'))
    assert len(counter.posted()) == 1


def test_links_folders_and_missing_files_are_refused(counter: Counter) -> None:
    secret = counter.file("secret.xml", GOOD)
    link = counter.folder / "link.xml"
    link.symlink_to(secret)
    assert "is a link, and a link can point to any file" in counter.run(link).err
    assert "is no file. Give the statement" in counter.run(counter.folder / "missing.xml").err


def test_values_cannot_break_out_of_the_delivery(counter: Counter) -> None:
    name = 'x",=cmd|"&#10;&#13;../../etc'
    payee = f"<NtryDtls><TxDtls><RltdPties><Cdtr><Nm>{name}</Nm></Cdtr></RltdPties></TxDtls></NtryDtls>"
    paying = entry("4.50", more=f"<AcctSvcrRef>../../r\n</AcctSvcrRef>{payee}")
    account = "<Othr><Id>../../a,b</Id></Othr>"
    text = camt(statement(paying, ("10.00", "2025-04-07"), ("5.50", "2025-04-07"), account=account))
    counter.imported("..a b;$(x).xml", text)
    (row,) = counter.rows("transactions")
    assert row["account_id"] == "../../a,b"
    assert {path.parts[len(counter.inbox.parts)] for path in counter.inbox.rglob("*")} == {"2025-04-07", ".imports"}


def test_a_value_that_is_too_long_for_its_column_does_not_cost_the_entry(counter: Counter) -> None:
    counter.imported("a.sta", SWIFT.replace("COFFEE", f"020?00X?31{'9' * 3_000}?32Name"))
    (row,) = counter.rows("transactions")
    assert (row["counterparty_account"], row["amount"]) == ("", "2.50")
    assert counter.kept("entries.csv")[0]["counterparty_account"] == "9" * 3_000


def test_one_import_at_a_time(counter: Counter) -> None:
    """The numbers of equal entries depend on the statements that were imported before."""
    file = counter.file("a.sta", SWIFT)
    counter.imported("first.sta", SWIFT)
    before = sorted(counter.inbox.rglob("*"))
    with (counter.inbox / ".imports" / ".statements.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        outcome = counter.run(file)
        assert (outcome.code, outcome.out) == (1, "")
        assert f"Another import of statements is writing to {counter.inbox}. Wait until it has finished" in outcome.err
        assert counter.run(file, "--check").code == 0
    assert sorted(counter.inbox.rglob("*")) == before


def test_an_inbox_that_cannot_be_written(counter: Counter) -> None:
    counter.inbox.mkdir()
    (counter.inbox / ".imports").write_text("a file", encoding="utf-8")
    assert "No statement was imported:" in counter.refused("a.sta", SWIFT)


def test_a_gigantic_batch_is_not_kept_in_memory(tmp_path: Path) -> None:
    payment = f"<TxDtls><RmtInf><Ustrd>{'x' * 500}</Ustrd></RmtInf></TxDtls>"
    paying = entry("4.50", more=f"<NtryDtls>{payment * 15_000}</NtryDtls>")
    batch = statement(paying, ("10.00", "2025-04-07"), ("5.50", "2025-04-07"))
    file = tmp_path / "a.xml"
    file.write_text(camt(batch), encoding="utf-8")
    tracemalloc.start()
    read = read_statements(file, file)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.statements[0].entries[0].count == 15_000
    assert most < 5_000_000 < file.stat().st_size


def test_no_damage_ends_in_a_traceback(counter: Counter) -> None:
    chosen = random.Random(7)
    texts = (GOOD, SWIFT, ofx([paid("-1", "1"), paid("2", "2")], "5<DTASOF>20250430"))
    files = []
    for number in range(150):
        damaged = bytearray(texts[number % 3].encode())
        for _ in range(chosen.randrange(1, 4)):
            at = chosen.randrange(len(damaged))
            damaged[at : at + chosen.choice((0, 1, 30))] = bytes([chosen.randrange(256)])
        files.append(counter.file(f"{number}.txt", bytes(damaged)))
    counter.run(*files, "--check")


def test_a_name_that_is_no_text_is_refused(counter: Counter) -> None:
    """As `unzip` leaves the names of archives from Windows."""
    file = counter.folder / os.fsdecode(b"Ums\xe4tze.sta")
    file.write_text(mt940("C250102EUR10,", "", "C250102EUR10,"), encoding="utf-8")
    outcome = counter.run(file)
    assert outcome.code == 1
    assert "Ums\\udce4tze.sta is not UTF-8. Rename the file, then import it." in outcome.err
