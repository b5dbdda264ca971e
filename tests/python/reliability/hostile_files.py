"""Hostile files and hostile file names, and the expected result of each, stated by hand and line by line."""

from __future__ import annotations

import gzip

from tests.python.hard_deliveries import CUSTOMERS, TRANSACTIONS
from tests.python.reliability.hostile_file import MB, HostileFile, between, c, lands, refused, t

UNCLOSED = "unclosed quote"
AFTER = "text after a closing quote"
INSIDE = "quote inside an unquoted value"
NO_UTF8 = "invalid UTF-8"
TOO_LONG = "record longer than 16,000 bytes"
TOO_MANY = "record of more than 1,000 lines"


def width(found: int) -> str:
    return f"expected 15 fields, found {found}"


HEADER = TRANSACTIONS.strip()
NAMES = HEADER.split(",")
GOOD = t("x1") + "\n"
PACKED = gzip.compress((TRANSACTIONS + GOOD).encode())
# A whole row inside a value. The text of a memo must not become a booking.
FORGED = t("@forged", "666.00")
NO_HEADER = "no field of line 1 is a column of the contract"
NOT_THE_CONTRACT = "does not match (version 1 of )?the contract"

FILES = {
    # Not a delivery at all.
    "empty": refused("it is empty", b""),
    "empty gzip": refused("it is empty", b"", ".csv.gz"),
    "gzip of nothing": refused("it is empty", gzip.compress(b""), ".csv.gz"),
    "line ends only": refused("line 1 is blank", "\n\n\n"),
    "CRLF only": refused("line 1 is blank", "\r\n"),
    "BOM only": refused("line 1 is blank", b"\xef\xbb\xbf"),
    "NUL bytes only": refused("NUL bytes", bytes(5_000)),
    "blanks only": refused(NO_HEADER, "   "),
    "UTF-16 LE": refused("UTF-16", (TRANSACTIONS + GOOD).encode("utf-16")),
    "UTF-16 BE": refused("UTF-16", b"\xfe\xff" + (TRANSACTIONS + GOOD).encode("utf-16-be")),
    "UTF-16 LE without BOM": refused("NUL bytes, as UTF-16", (TRANSACTIONS + GOOD).encode("utf-16-le")),
    "UTF-16 BE without BOM": refused("NUL bytes, as UTF-16", (TRANSACTIONS + GOOD).encode("utf-16-be")),
    "UTF-32": refused("UTF-16", (TRANSACTIONS + GOOD).encode("utf-32")),
    "a zip": refused("NUL bytes|not UTF-8", b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256))),
    "a Parquet file": refused("NUL bytes|not UTF-8", b"PAR1\x15\x04\x15\x10\x15\x14\x4c" + bytes(range(256))),
    "a web page": refused(NO_HEADER, "<!DOCTYPE html>\n<title>503</title>\n"),
    "JSON lines": refused("is malformed: quote inside an unquoted value", '{"transaction_id":"x1","amount":"1.00"}\n'),
    "a script": refused(NO_HEADER, "#!/bin/sh\nrm -rf /\n"),
    # Headers.
    "no header": refused(NO_HEADER, GOOD * 3),
    "no header, people": refused(NO_HEADER, c("p1") + "\n" + c("p2"), entity="customers"),
    "a line for Excel before the header": refused(NO_HEADER, "sep=,\n" + TRANSACTIONS + GOOD),
    "a comment before the header": refused(NO_HEADER, "# exported\n" + TRANSACTIONS + GOOD),
    "a blank line before the header": refused("line 1 is blank", "\n" + TRANSACTIONS + GOOD),
    "header of another entity": refused(NOT_THE_CONTRACT, CUSTOMERS + c("p1"), entity="transactions"),
    "header with a column twice": refused("duplicate: amount", HEADER + ",amount\n"),
    "header with a column twice and another one missing": refused(
        "missing: category; duplicate: amount", HEADER.replace("category", "amount") + "\n" + GOOD
    ),
    "header out of order": refused(
        "out of order: account_id instead of transaction_id",
        ",".join([NAMES[1], NAMES[0], *NAMES[2:]]) + "\n" + GOOD,
    ),
    "header without its last column": refused("missing: location_id", ",".join(NAMES[:-1]) + "\n" + GOOD),
    "header with one column more": refused("unexpected: field 16", HEADER + ",iban\n" + GOOD),
    "header with a comma at its end": refused("unexpected: field 16", HEADER + ",\n" + GOOD),
    "header in capitals": refused(NO_HEADER, HEADER.upper() + "\n" + GOOD),
    "header, one name in capitals": refused("missing: amount", HEADER.replace("amount", "Amount") + "\n" + GOOD),
    "header with blanks": refused("missing: account_id", HEADER.replace(",", ", ") + "\n" + GOOD),
    "header with a zero-width space": refused(
        "missing: amount", HEADER.replace("amount", "am\u200bount") + "\n" + GOOD
    ),
    "header with an accent": refused("not UTF-8", HEADER.encode().replace(b"amount", b"am\xf3unt") + b"\n"),
    "header in quotes that do not close": refused("malformed: unclosed quote", '"' + TRANSACTIONS + GOOD),
    "header that is one quoted text": refused(NO_HEADER, f'"{HEADER}"\n' + GOOD),
    "header broken across lines": refused("missing: amount", HEADER.replace("amount", "\namount") + "\n" + GOOD),
    "header of a megabyte": refused("longer than 16,000 bytes", HEADER + "," + "x" * MB + "\n" + GOOD),
    "header twice on one line": refused(NOT_THE_CONTRACT, HEADER + "," + HEADER + "\n" + GOOD),
    "header and first person on one line": refused(
        NOT_THE_CONTRACT, CUSTOMERS.strip() + "," + c("p1") + "\n" + c("p2") + "\n", entity="customers"
    ),
    "person in the header line, one value named like a column": refused(
        NOT_THE_CONTRACT, c("p1").replace("Mass", "segment") + "\n", entity="customers"
    ),
    "semicolons": refused(NO_HEADER, (TRANSACTIONS + GOOD).replace(",", ";")),
    "tabs": refused(NO_HEADER, (TRANSACTIONS + GOOD).replace(",", "\t")),
    "pipes": refused(NO_HEADER, (TRANSACTIONS + GOOD).replace(",", "|")),
    "unit separators": refused(NO_HEADER, (TRANSACTIONS + GOOD).replace(",", "\x1f")),
    "full-width commas": refused(NO_HEADER, (TRANSACTIONS + GOOD).replace(",", "\uff0c")),
    "lone CR as line end, people": refused(
        "carriage return", (CUSTOMERS + c("p1") + "\n" + c("p2") + "\n").replace("\n", "\r"), entity="customers"
    ),
    # Compression.
    "truncated gzip": refused("truncated", PACKED[:-9], ".csv.gz"),
    "gzip that ends within the header": refused("truncated", PACKED[:12], ".csv.gz"),
    "gzip with a wrong checksum": refused("damaged", PACKED[:-8] + bytes(4) + PACKED[-4:], ".csv.gz"),
    "gzip with a flipped byte": refused("damaged|truncated", PACKED[:60] + b"\xff" + PACKED[61:], ".csv.gz"),
    "gzip followed by text": refused("damaged", PACKED + b"the end", ".csv.gz"),
    "gzip twice over": refused("compressed twice", gzip.compress(PACKED), ".csv.gz"),
    "gzip without .gz in its name": refused("it is gzip although its name does not end in .gz", PACKED),
    "plain text with .gz in its name": refused("damaged", TRANSACTIONS + GOOD, ".csv.gz"),
    "zip with .gz in its name": refused("damaged", b"PK\x03\x04" + bytes(300), ".csv.gz"),
    "gzip": lands(t("@a") + "\n", t("@b") + "\n", good="2:a 3:b", suffix=".csv.gz", pack=True),
    "gzip in two members, and padding": HostileFile(
        PACKED + gzip.compress((t("x2") + "\n").encode()) + bytes(1_000),
        suffix=".csv.gz",
        good={2: "x1", 3: "x2"},
        delivered=2,
    ),
    "a bomb: 40 MB in one line": lands(
        t("@a") + "\n",
        "<40 MB of \\0>",
        "\n" + t("@b") + "\n",
        good="2:a 4:b",
        malformed={3: TOO_LONG},
        suffix=".csv.gz",
        pack=True,
    ),
    "a bomb: 10 MB of line ends": lands(
        t("@a") + "\n", "<10 MB of \\n>", t("@b"), good=f"2:a {3 + 10 * MB}:b", suffix=".csv.gz", pack=True
    ),
    # Line ends.
    "header only": lands(),
    "header only, without line end": lands(header=HEADER),
    "no line end at the end": lands(t("@a") + "\n" + t("@b"), good="2:a 3:b"),
    "CRLF": lands(t("@a") + "\r\n" + t("@b") + "\r\n", header=HEADER + "\r\n", good="2:a 3:b"),
    "LF and CRLF": lands(t("@a") + "\r\n" + t("@b") + "\n" + t("@c") + "\r\n", good="2:a 3:b 4:c"),
    "CRLF at the end of the header only": lands(t("@a") + "\n", header=HEADER + "\r\n", good="2:a"),
    "CR CR LF": lands(t("@a") + "\r\r\n" + t("@b") + "\n", good="2:a 3:b"),
    "lone CR between rows": lands(
        t("@a") + "\n" + t("@m") + "\r" + t("@n") + "\n" + t("@b"), good="2:a 4:b", malformed={3: width(29)}
    ),
    "blank lines everywhere": lands("\n\n" + t("@a") + "\n\n\r\n" + t("@b") + "\n\n\n", good="4:a 7:b"),
    "a line of blanks": between("   ", width(1)),
    "end of file mark of DOS": lands(t("@a") + "\n\x1a", good="2:a", malformed={3: width(1)}),
    "LF CR": lands(t("@a") + "\n\r" + t("@b") + "\n\r", good="2:a 3:b"),
    "form feed between rows": lands(t("@a") + "\n\x0c" + t("@b") + "\n", good="2:a 3:b"),
    "BOM": lands(t("@a") + "\n", header=b"\xef\xbb\xbf" + TRANSACTIONS.encode(), good="2:a"),
    "quoted header": lands(t("@a") + "\n", header=",".join(f'"{name}"' for name in NAMES) + "\n", good="2:a"),
    # Lines.
    "header in the middle": between(HEADER, "the header once more"),
    "a trailer": lands(t("@a") + "\n" + t("@b") + "\nTRAILER,2,20.00\n", good="2:a 3:b", malformed={4: width(3)}),
    "a comment": between("# made by a cron job, not by a person", width(2)),
    "a field too few": between(t("@m")[:-1], width(14)),
    "a field too many": between(t("@m") + ",", width(16)),
    "one comma": between(",", width(2)),
    "commas only": between(
        "," * 14,
        rejected="transaction_id_missing,account_id_missing,transaction_type_unknown,amount_missing,currency_unknown,"
        "transaction_ts_missing,transaction_status_unknown",
    ),
    "semicolons in one line": between(t("@m").replace(",", ";"), width(1)),
    "two rows on one line": between(t("@m") + t("@n"), width(29)),
    # Quotes.
    "all quoted": between(",".join(f'"{value}"' for value in t("@m").split(","))),
    "a quote that is not closed": between(t("@m", shop='"Shop'), UNCLOSED),
    "a quote that is not opened": between(t("@m", shop='Shop"'), UNCLOSED),
    "quotes inside an unquoted value": between(t("@m", shop='The "Shop"'), INSIDE),
    "text after a quoted value": between(t("@m", shop='"Shop" Inc'), AFTER),
    "a blank after a quoted value": between(t("@m", shop='"Shop" '), AFTER),
    "a blank before a quoted value": between(t("@m", shop=' "Shop"'), INSIDE),
    "a quote escaped by a backslash": between(t("@m", shop='"The \\"Shop\\""'), AFTER),
    "a backslash before the last quote": between(t("@m", shop='"Shop\\"')),
    "quotes in quotes": between(t("@m", shop='"""Shop"""')),
    "quotes only": between(t("@m", shop='""""""')),
    "three quotes": between(t("@m", shop='"""'), UNCLOSED),
    "single quotes": between(t("@m", shop="'a")),
    "a comma in single quotes": between(t("@m", shop="'a,b'"), width(16)),
    "typographic quotes": between(t("@m", shop="\u201ca,b\u201d"), width(16)),
    "a comma in quotes": between(t("@m", shop='"a,b"')),
    "the whole row in quotes": between(f'"{t("@m")}"', width(1)),
    "a quote alone": between('"', UNCLOSED),
    "two stray quotes, rows between them": lands(
        t("@a") + "\n" + t("@m", shop='"Shop') + "\n" + t("@b") + "\n" + t("@n", shop='Shop"x') + "\n" + t("@c"),
        good="2:a 4:b 6:c",
        malformed={3: UNCLOSED, 5: UNCLOSED},
    ),
    # Values over several lines.
    "LF in a value": lands(t("@a", shop='"Sh\nop"') + "\n" + t("@b"), good="2:a 4:b"),
    "CRLF in a value": lands(t("@a", shop='"Sh\r\nop"') + "\r\n" + t("@b"), good="2:a 4:b"),
    "CR in a value": lands(t("@a", shop="Sh\rop") + "\n" + t("@b"), good="2:a 3:b"),
    "a row in a value": lands(t("@a", shop=f'"x\n{FORGED}\n"') + "\n" + t("@b"), good="2:a 5:b"),
    "a row in a value of more than 1,000 lines": lands(
        t("@a") + "\n" + t("@m", shop='"x\n' + "\n" * 1_000 + FORGED + '\n"') + "\n" + t("@b"),
        good="2:a 1006:b",
        malformed={3: TOO_MANY},
    ),
    "a row in a value of more than 16,000 bytes": lands(
        t("@a") + "\n" + t("@m", shop='"' + "x" * 16_000 + f"\n{FORGED}\n" + '"') + "\n" + t("@b"),
        good="2:a 6:b",
        malformed={3: TOO_LONG},
    ),
    "rows in a value of 100 kB": lands(
        t("@a") + "\n" + t("@m", shop='"x\n' + f"{FORGED}\n" * 1_400 + '"') + "\n" + t("@b"),
        good="2:a 1405:b",
        malformed={3: TOO_LONG},
    ),
    "a row in a value of several MB": lands(
        t("@a") + "\n" + t("@m", shop=f'"<10 MB of x>\n{FORGED}\n"') + "\n" + t("@b"),
        good="2:a 6:b",
        malformed={3: TOO_LONG},
    ),
    "a row in a value that is not UTF-8": lands(
        *(t("@a") + "\n", t("@m", shop=f'"x\n{FORGED}\n<half>"').encode().replace(b"<half>", b"\xc3")),
        "\n" + t("@b"),
        good="2:a 6:b",
        malformed={3: NO_UTF8},
    ),
    # Lengths.
    "10 MB in a value": between(t("@m", shop="<10 MB of x>"), TOO_LONG),
    "10 MB in quotes": between(t("@m", shop='"<10 MB of x>"'), TOO_LONG),
    "10 MB in a quote that is not closed": between(t("@m", shop='"<10 MB of x>'), TOO_LONG),
    "10 MB of quotes": between('<10 MB of ">', TOO_LONG),
    "10 MB of commas": between("<10 MB of ,>", TOO_LONG),
    "the longest name that fits": between(t("@m", shop="x" * 4_096)),
    "a name one byte too long": between(t("@m", shop="x" * 4_097), rejected="text_too_long"),
    "a name too long in bytes, not in letters": between(t("@m", shop="\u00e9" * 2_049), rejected="text_too_long"),
    "a key too long": between(t("@m" + "x" * 256), rejected="text_too_long"),
    # Bytes.
    "NUL in a value": between(t("@m", shop="Sh\0op")),
    "NUL in an amount": between(t("@m", amount="1\x000.00"), rejected="amount_not_parsable"),
    "NUL for a value": between(t("@m", shop="\0")),
    "NUL for a line": between("\0", width(1)),
    "control characters": between(t("@m", shop="".join(map(chr, (*range(1, 9), 11, 12, *range(14, 32), 127))))),
    "control characters of C1": between(t("@m", shop="".join(map(chr, range(128, 160))))),
    "overlong UTF-8": between(t("@m", shop="\ufffe").encode().replace(b"\xef\xbf\xbe", b"\xc0\xaf"), NO_UTF8),
    "overlong comma": between(t("@m").encode().replace(b",A1", b"\xc0\xacA1"), NO_UTF8),
    "half a surrogate": between(t("@m", shop="\ufffe").encode().replace(b"\xef\xbf\xbe", b"\xed\xa0\x80"), NO_UTF8),
    "surrogates as in CESU-8": between(
        t("@m", shop="\ufffe").encode().replace(b"\xef\xbf\xbe", b"\xed\xa0\xbd\xed\xb8\x80"), NO_UTF8
    ),
    "beyond Unicode": between(t("@m", shop="\ufffe").encode().replace(b"\xef\xbf\xbe", b"\xf4\x90\x80\x80"), NO_UTF8),
    "half a letter": between(t("@m", shop="\ufffe").encode().replace(b"\xef\xbf\xbe", b"\xc3"), NO_UTF8),
    "half a letter at the end": lands(t("@a") + "\n" + t("@m"), b"\xe2\x82", good="2:a", malformed={3: NO_UTF8}),
    "Latin-1": between(t("@m", shop="Caf\u00e9").encode("latin-1"), NO_UTF8),
    "0xFF": between(b"\xff" * 20, NO_UTF8),
    "line separators of Unicode": between(t("@m", shop="a\u2028b\u2029c\x85d")),
    "right to left": between(t("@m", shop="\u202epohS\u202c")),
}

BAD_NAME = "a delivery is named"
# File names that are left out, and the pattern of the message. None of them may get into a path in SQL.
NAMES_LEFT_OUT = {
    **dict.fromkeys(
        (
            *("transactions.a b.csv", " transactions.csv", "transactions.csv ", "transactions. .csv"),
            *(
                "transactions.'.csv",
                'transactions.".csv',
                "transactions.'; drop table x; --.csv",
                "transactions.`id`.csv",
            ),
            *("transactions.*.csv", "transactions.?.csv", "transactions.[a].csv", "transactions.{a,b}.csv"),
            *("transactions.$(id).csv", "transactions.%2e%2e.csv", "transactions.\\..\\x.csv", "transactions.#.csv"),
            *(
                "transactions.a\nb.csv",
                "transactions.\x1b[2J.csv",
                "transactions.\x07.csv",
                "transactions.\u202evsc.csv",
            ),
            *(
                "transactions.{{ this }}.csv",
                "transactions.{% raw %}.csv",
                "transactions.\u00e9.csv",
                "transactions..csv",
            ),
            *(
                "transactions.csv.exe",
                "transactions.csv.zip",
                "transactions",
            ),
            *("transactions.\udcff.csv", "=cmd.csv", "dt=2025-01-01.csv", "transactions,a.csv", "csv", "~.csv"),
        ),
        BAD_NAME,
    ),
    **dict.fromkeys(
        ("-rf.csv", "--help.csv", "Transactions.csv", "TRANSACTIONS.csv", "transaction.csv"), "entity|contract"
    ),
}
