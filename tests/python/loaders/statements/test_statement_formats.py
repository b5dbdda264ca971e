"""What each format gives which column of the contract."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loaders.land import land
from tests.python.loaders.statements.conftest import Counter
from tests.python.loaders.statements.written import IBAN, camt, entry, mt940, ofx, paid, statement

pytestmark = pytest.mark.extended

SWIFT = mt940(
    "C241231EUR100,",
    ":61:2412311231DR4,50NTRFNONREF//B1\n/OCMT/USD4,9//CHGS/EUR0,5/\n"
    ":86:166?00GUTSCHRIFT?20Miete Januar?31DE89370400440532013000?32Erika?33Muster\n"
    ":61:2501030102C20,00NMSCREF1\n- not the end\n:86:text\n:-\n"
    ":61:250102RC1,NCHGNONREF\n:86:fee taken back\n",
    "C250103EUR114,50",
)


@pytest.mark.parametrize(
    ("opens", "closes", "entry_days", "booked"),
    [
        # Valued back a year.
        ("250109", "250110", "2401150110", "2025-01-10"),
        # Around New Year, within the statement's days and beside them.
        ("241230", "250102", "2501021231", "2024-12-31"),
        ("250102", "250102", "2501021231", "2024-12-31"),
        ("241230", "241231", "2412310102", "2025-01-02"),
        # A year and longer.
        ("231231", "241231", "2401020102", "2024-01-02"),
        ("230101", "241231", "2303030303", "2023-03-03"),
    ],
)
def test_the_year_of_a_booking_date_of_mt940_follows_from_the_statement(
    counter: Counter, opens: str, closes: str, entry_days: str, booked: str
) -> None:
    counter.imported("a.sta", mt940(f"C{opens}EUR5,", f":61:{entry_days}D1,NTRF\n", f"C{closes}EUR4,"))
    assert [row["booking_date"] for row in counter.rows("transactions")] == [booked]


def test_mt940(counter: Counter) -> None:
    printed = counter.imported("jan.sta", SWIFT)
    assert (
        "statement 1/1 of account DE02120300000000202051 (line 1): 100.00 EUR on 2024-12-31 + 3 entries of 14.50"
        in printed
    )
    out, into, reversal = counter.rows("transactions")
    assert out | {"transaction_id": ""} == {
        **dict.fromkeys(out, ""),
        "account_id": IBAN,
        "transaction_type": "Payment",
        "amount": "4.50",
        "currency": "EUR",
        "transaction_ts": "2024-12-31",
        "transaction_status": "Completed",
        "category": "NTRF",
        "counterparty_account": "DE89370400440532013000",
        "updated_at": "2024-12-31",
        "booking_date": "2024-12-31",
    }
    assert (into["transaction_type"], into["transaction_ts"], into["booking_date"]) == (
        "Deposit",
        "2025-01-03",
        "2025-01-02",
    )
    assert (reversal["transaction_type"], reversal["amount"], reversal["category"]) == (
        "Payment",
        "1.00",
        "reversal NCHG",
    )
    kept = counter.kept("entries.csv")[0]
    assert (kept["original_amount"], kept["charges"], kept["name"]) == ("4.9 USD", "0.5 EUR", "ErikaMuster")
    assert [tuple(row.values())[:4] for row in counter.rows("daily_balances")] == [
        (IBAN, "2024-12-31", "100.00", "95.50"),
        (IBAN, "2025-01-02", "95.50", "114.50"),
        (IBAN, "2025-01-03", "114.50", "114.50"),
    ]


def test_camt_in_two_currencies_with_reversal_charges_and_foreign_amount(counter: Counter) -> None:
    more = (
        "<RvslInd>true</RvslInd><AcctSvcrRef>R1</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>CCRD</Cd><SubFmlyCd>POSD</SubFmlyCd></Fmly></Domn></BkTxCd>"
        '<AmtDtls><InstdAmt><Amt Ccy="CHF">4.20</Amt></InstdAmt></AmtDtls><Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.10'
        "</TtlChrgsAndTaxAmt></Chrgs><NtryDtls><TxDtls><RltdPties><Cdtr><Pty><Nm>SHOP &amp; CO</Nm></Pty></Cdtr>"
        "<CdtrAcct><Id><IBAN>FR1</IBAN></Id></CdtrAcct></RltdPties></TxDtls><TxDtls/></NtryDtls>"
    )
    euros = statement(
        entry("4.50", more=more) + entry("1.00", sign="CRDT", status="<Cd>BOOK</Cd>"),
        ("-10.00", "2025-04-01"),
        ("-13.50", "2025-04-30"),
        head="<LglSeqNb>12</LglSeqNb><CreDtTm>2025-05-02T01:00:00+02:00</CreDtTm>",
    )
    dollars = statement(
        entry("99.99", day="2025-04-20").replace("EUR", "USD"),
        ("2500.00", "2025-04-01"),
        ("2400.01", "2025-04-30"),
        account="<Othr><Id>US 99</Id></Othr>",
    ).replace("EUR", "USD")
    counter.imported("april.xml", camt(euros, dollars))
    first, second, third = counter.rows("transactions")
    assert (first["category"], first["merchant_name"], first["channel"], first["counterparty_account"]) == (
        "reversal PMNT-CCRD-POSD",
        "SHOP & CO",
        "In-Store",
        "FR1",
    )
    kept = counter.kept("entries.csv")[0]
    assert (kept["original_amount"], kept["charges"], kept["payments"]) == ("4.20 CHF", "0.10 EUR", "2")
    assert (second["transaction_type"], third["account_id"], third["currency"]) == ("Deposit", "US99", "USD")
    assert sorted((row["account_id"], row["currency"]) for row in counter.rows("accounts")) == [
        (IBAN, "EUR"),
        ("US99", "USD"),
    ]
    # It arrives on the day on which the bank made it.
    assert [path.name for path in sorted(counter.inbox.glob("2*"))] == ["2025-05-02"]
    assert counter.record()["statements"][0]["number"] == "12"


def test_camt_without_namespace_and_with_a_prefix_give_the_same(counter: Counter) -> None:
    text = camt(statement(entry("4.50"), ("10.00", "2025-04-07"), ("5.50", "2025-04-07")))
    prefixed = (
        text.replace("</", "</n:")
        .replace("<", "<n:")
        .replace("<n:/n:", "</n:")
        .replace("<n:?", "<?")
        .replace("xmlns=", "xmlns:n=")
    )
    bare = text.replace(' xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"', "")
    for name, each in (("plain.xml", text), ("prefix.xml", prefixed), ("bare.xml", bare)):
        counter.imported(name, each)
    assert list(counter.posted().values()) == [-4.5]


def test_a_page_between_others_begins_and_ends_with_interim_balances(counter: Counter) -> None:
    page = (
        statement(entry("4.50"), ("10.00", "2025-04-07"), ("5.50", "2025-04-07"))
        .replace("OPBD", "ITBD")
        .replace("CLBD", "ITBD")
    )
    assert "10.00 EUR on 2025-04-07 + 1 entry of -4.50 = 5.50" in counter.imported("page.xml", camt(page))


@pytest.mark.parametrize(
    ("message", "element", "what"),
    [
        ("BkToCstmrAcctRpt", "Rpt", "an interim report (camt.052)"),
        ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "a notification of entries (camt.054)"),
    ],
)
def test_what_comes_again_in_a_statement_is_left_out(counter: Counter, message: str, element: str, what: str) -> None:
    printed = counter.imported("day.xml", camt(statement(entry("4.50"), element=element), message=message))
    assert "Rows:    1 read = 0 delivered + 0 set aside + 1 left out." in printed
    assert f"Left out: 1 entry because the entry is in {what} and comes again in the statement." in printed
    assert counter.rows("transactions") == []


def test_mt942_is_left_out(counter: Counter) -> None:
    printed = counter.imported(
        "day.sta", ":20:X\n:25:A\n:28C:1/1\n:34F:EUR0,\n:61:2501020102C1,NTRFNONREF\n:90C:1EUR1,\n-\n"
    )
    assert "(MT942) -> no delivery" in printed
    assert "amount 1.00 read = 0 delivered + 0 set aside + 1.00 left out." in printed


def test_pending_entries_are_left_out_with_their_money(counter: Counter) -> None:
    pending = entry("2.00", status="PDNG") + entry("3.00", status="<Cd>INFO</Cd>") + entry("0.00")
    printed = counter.imported(
        "april.xml", camt(statement(entry("4.50") + pending, ("10.00", "2025-04-01"), ("5.50", "2025-04-30")))
    )
    assert "Rows:    4 read = 1 delivered + 0 set aside + 3 left out." in printed
    assert "Amounts: amount 9.50 read = 4.50 delivered + 0 set aside + 5.00 left out." in printed
    assert "Left out: 1 entry because the entry is pending, not booked." in printed


def test_ofx(counter: Counter) -> None:
    pending = "<STMTTRNP><TRNTYPE>DEBIT<DTTRAN>20250408<TRNAMT>-9.00</STMTTRNP>"
    text = ofx(
        [
            paid("-6.60", "F1", kind="POS", more="<NAME>JOE&amp;S<MEMO>x</MEMO><DTAVAIL>20250409"),
            paid("-20", "F2", kind="ATM", day="20250408235900.000[-5:EST]"),
            paid(
                "+1,25",
                "F3",
                day="20250410",
                more="<NAME><![CDATA[A < B]]><ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>",
            ),
        ],
        "74.65<DTASOF>20250430120000",
    ).replace("</BANKTRANLIST>", f"</BANKTRANLIST><BANKTRANLISTP>{pending}</BANKTRANLISTP>")
    printed = counter.imported("april.qfx", text)
    assert "3 read = 3 delivered" not in printed
    assert "4 read = 3 delivered + 0 set aside + 1 left out" in printed
    card, cash, credit = counter.rows("transactions")
    assert (card["account_id"], card["merchant_name"], card["channel"], card["transaction_ts"]) == (
        "123/9100",
        "JOE&S",
        "In-Store",
        "2025-04-09",
    )
    assert (card["booking_date"], cash["transaction_type"], cash["booking_date"]) == (
        "2025-04-07",
        "Withdrawal",
        "2025-04-08",
    )
    kept = counter.kept("entries.csv")[2]
    assert (credit["amount"], kept["text"], kept["original_amount"]) == ("1.25", "A < B", "EUR at 1.1")
    assert counter.balances() == {
        "2025-04-07": ("100.00", "93.40"),
        "2025-04-08": ("93.40", "73.40"),
        "2025-04-10": ("73.40", "74.65"),
        "2025-04-30": ("74.65", "74.65"),
    }
    (account,) = counter.rows("accounts")
    assert (account["account_type"], account["customer_id"], account["updated_at"]) == (
        "Savings",
        "123/9100",
        "1900-01-02 00:00:00",
    )


def test_ofx_as_xml_without_a_header_and_a_credit_card(counter: Counter) -> None:
    text = (
        "<OFX><CCSTMTRS><CURDEF>USD</CURDEF><CCACCTFROM><ACCTID>42</ACCTID></CCACCTFROM>"
        "<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20250407</DTPOSTED><TRNAMT>-5.50</TRNAMT><FITID>1</FITID>"
        "</STMTTRN></BANKTRANLIST></CCSTMTRS></OFX>"
    )
    counter.imported("card.ofx", text)
    assert [row["account_type"] for row in counter.rows("accounts")] == ["Credit Card"]
    assert list(counter.posted().values()) == [-5.5]


def test_trades_and_amounts_with_more_decimals_are_set_aside(counter: Counter) -> None:
    text = (
        "<OFX><INVSTMTRS><CURDEF>USD<INVACCTFROM><BROKERID>b<ACCTID>X</INVACCTFROM><INVTRANLIST>"
        "<BUYSTOCK><INVBUY><INVTRAN><FITID>9</INVTRAN><TOTAL>-100.50</INVBUY></BUYSTOCK>\n"
        f"<INVBANKTRAN><STMTTRN>{paid('-00001500.0000', 'A')}</STMTTRN></INVBANKTRAN>"
        f"<INVBANKTRAN><STMTTRN>{paid('115.8331', 'B')}</STMTTRN></INVBANKTRAN></INVTRANLIST></INVSTMTRS></OFX>"
    )
    printed = counter.imported("broker.ofx", text)
    assert "amount 1716.3331 read = 1500.00 delivered + 216.3331 set aside." in printed
    assert [row["reason"] for row in counter.kept("rejects.csv")] == [
        "BUYSTOCK is a trade, and statements have only entries of an account",
        "the amount '115.8331' has more than two decimals, which the contract cannot hold",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_encodings(counter: Counter, encoding: str) -> None:
    text = mt940("C250101EUR0,", ":61:2501020102C1,NTRFNONREF\n:86:020?00X?32Jürgen Öl\n", "C250102EUR1,").replace(
        "\n", "\r\n"
    )
    counter.imported("jan.sta", text.encode(encoding))
    assert [row["name"] for row in counter.kept("entries.csv")] == ["Jürgen Öl"]


def test_what_is_imported_lands_and_leads_back_to_the_original(counter: Counter) -> None:
    counter.imported("jan.sta", SWIFT)
    landed = land(counter.inbox, counter.folder / "bronze")
    assert (landed.problems, landed.landed_rows, landed.malformed_rows) == ([], 3 + 3 + 1 + 1, 0)
    assert [(row["original_line"], row["delivered_line"]) for row in counter.kept("lines.csv")][:3] == [
        ("5", "2"),
        ("8", "3"),
        ("12", "4"),
    ]


def test_check_writes_nothing(counter: Counter) -> None:
    assert "Nothing was written." in counter.imported("jan.sta", SWIFT, "--check")
    assert not counter.inbox.exists()


def test_options(counter: Counter) -> None:
    counter.imported("jan.sta", SWIFT, "--no-accounts", "--arrived-on", "2025-02-01", "--currency-in-account")
    assert {row["account_id"] for row in counter.rows("transactions")} == {f"{IBAN}-EUR"}
    assert counter.rows("accounts") == []
    assert [path.name for path in counter.inbox.glob("2*")] == ["2025-02-01"]
    counter.imported("other.sta", SWIFT.replace(IBAN, "B2"), "--customer", "C7")
    assert [row["customer_id"] for row in counter.rows("customers")] == ["C7"]
    assert "it cannot have arrived on 2025-01-02" in counter.refused(
        "third.sta", SWIFT.replace(IBAN, "B3"), "--arrived-on", "2025-01-02"
    )


def test_a_correction_of_ofx_is_set_aside_and_not_added(counter: Counter) -> None:
    first = "<TRNTYPE>DEBIT<DTPOSTED>20250402<TRNAMT>-10.00<FITID>F1"
    second = "<TRNTYPE>DEBIT<DTPOSTED>20250403<TRNAMT>-12.00<FITID>F2<CORRECTFITID>F1<CORRECTACTION>REPLACE"
    counter.imported("a.ofx", ofx([first, second]))
    assert list(counter.posted().values()) == [Decimal("-10.00")]
    (aside,) = counter.kept("rejects.csv")
    assert "the entry is to replace 'F1', which is imported by hand" in aside["reason"]
