"""Cases of the dialect macros for text."""

from __future__ import annotations

from .case import BEYOND_ASCII, BLANKS, Case, hashed

CASES: dict[str, list[Case]] = {
    "matches_pattern": [
        Case(
            "{{ matches_pattern('words', '^[A-Z]{3}$') }}",
            "words",
            [(None, None), ("", False), (" ", False), ("EUR", True), ("eur", False), ("EURO", False), ("EUR\n", False)],
        ),
        Case("{{ matches_pattern('words', '^a.b$') }}", "words", [("a\nb", True), ("a🏦b", True), ("aéb", True)]),
        Case(
            "{{ matches_pattern('words', '^[^a]$') }}",
            "words",
            [("🏦", True), ("\n", True), ("é", True), ("e\u0301", False), ("a", False)],
        ),
        # Quotes and backslashes in a literal must be kept.
        Case(
            r"""{{ matches_pattern('words', "^it's [.] \\\\ \\.$") }}""",
            "words",
            [("it's . \\ .", True), ("it's x \\ .", False), ("it's . \\ x", False), ("it's .  .", False)],
        ),
        Case("{{ matches_pattern('words', '[[:digit:]]') }}", "words", [("a1", True), ("٣", False), ("", False)]),
        Case(
            "{{ matches_pattern('words || more_words', 'ab') }}",
            "words",
            [({"words": "a", "more_words": "b"}, True), ({"words": "ab"}, None)],
        ),
        Case("not {{ matches_pattern('words', 'a|b') }}", "words", [("b", False), ("c", True), (None, None)]),
    ],
    "replace_pattern": [
        Case(
            "{{ replace_pattern('words', '[0-9]+', '#') }}",
            "words",
            [(None, None), ("", ""), ("a", "a"), ("a1b22c", "a#b#c"), ("東1京", "東#京"), ("٣", "٣"), ("1\n2", "#\n#")],
        ),
        Case("{{ replace_pattern('words', 'é', '') }}", "words", [("éaé", "a"), ("é", ""), ("e\u0301", "e\u0301")]),
        Case("{{ replace_pattern('words', 'x.', 'y') }}", "words", [("x\nx", "yx"), ("x🏦x1", "yy")]),
        Case("""{{ replace_pattern('words', "'", "''") }}""", "words", [("it's", "it''s")]),
        Case(
            # The pattern that masks personal data in a record, with escaped quotes and backslashes.
            r"""{{ replace_pattern('words', '"name":"([^"\\\\]|\\\\.)*"', '"name":"***"') }}""",
            "words",
            [
                ('{"name":"O\'Hara","city":"x"}', '{"name":"***","city":"x"}'),
                ('{"name":"a\\"b\\\\","city":"x"}', '{"name":"***","city":"x"}'),
                ('{"name":"","name":"東京🏦"}', '{"name":"***","name":"***"}'),
                ('{"name":null}', '{"name":null}'),
            ],
        ),
    ],
    "text_literal": [
        Case(f"{{{{ text_literal({text!r}) }}}}", "words", [(None, text)])
        for text in (
            "",
            " ",
            "it's",
            "''",
            "a\\b",
            "\\",
            "\\'",
            "\\n",
            "-- x",
            "/* x */",
            "%s",
            "$1",
            BEYOND_ASCII,
            "é" * 128,
        )
    ],
    "joined_texts": [
        Case(
            """{{ joined_texts(['words', 'more_words', "'!'"]) }}""",
            "words",
            [
                ({"words": "a", "more_words": "b"}, "ab!"),
                ({"words": " a ", "more_words": ""}, " a !"),
                ({"words": "a"}, "a!"),
                ({"more_words": BEYOND_ASCII}, f"{BEYOND_ASCII}!"),
                ({}, "!"),
            ],
        ),
        Case("{{ joined_texts(['words']) }}", "words", [("a", "a"), ("", ""), (None, "")]),
    ],
    "byte_length": [
        Case(
            "{{ byte_length('words') }}",
            "words",
            [
                (None, None),
                ("", 0),
                (" ", 1),
                ("a", 1),
                ("é", 2),
                ("e\u0301", 3),
                ("東", 3),
                ("🏦", 4),
                ("é" * 300, 600),
            ],
        ),
    ],
    "try_to_text": [
        Case(
            "{{ try_to_text('words', 4) }}",
            "words",
            [
                *((blank, blank) for blank in BLANKS),
                *((None, None), ("abcd", "abcd"), ("abcde", None), ("éé", "éé"), ("ééé", None), ("éab", "éab")),
                *(("🏦", "🏦"), ("🏦a", None), ("a   ", "a   "), ("a    ", None)),
            ],
        ),
        Case("{{ try_to_text('words', 65535) }}", "words", [("x" * 65535, "x" * 65535)]),
    ],
    "trimmed_or_null": [
        Case(
            "{{ trimmed_or_null('words') }}",
            "words",
            [
                *((None, None), ("", None), (" ", None), ("\t", None), (" \t \t", None)),
                *(("a", "a"), (" a", "a"), ("a ", "a"), ("\ta", "a"), ("a\t", "a"), (" a b ", "a b")),
                ("\ta\tb\t", "a\tb"),
                # Texts that sort near the blanks are kept, with and without blanks around them.
                *(("!", "!"), (" ! ", "!"), ("!a", "!a"), ("a!", "a!"), ("\x1fa", "\x1fa"), ("a\x1f", "a\x1f")),
                *(("\x1f \t", "\x1f"), ("\x01", "\x01"), ("\x7f", "\x7f"), ("\x7f ", "\x7f"), ('"', '"'), ('" ', '"')),
                *(
                    ("\u00a0a\u00a0", "\u00a0a\u00a0"),
                    ("\na\n", "\na\n"),
                    ("\na\r\n ", "\na\r\n"),
                    (" 東京 🏦\t", "東京 🏦"),
                    ("\u3000", "\u3000"),
                    # A blank beside a character that is drawn together with the next or the last one.
                    ("\u0600 ", "\u0600"),
                    ("é\u200d\t", "é\u200d"),
                    (" \u0301", "\u0301"),
                    ("e\u0301 ", "e\u0301"),
                ),
            ],
        ),
    ],
    "sha256": [
        Case(
            "{{ sha256('words') }}",
            "words",
            [
                (None, None),
                ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                *(
                    hashed(text)
                    for text in (" ", "a", "a ", "a\\b", "it's", BEYOND_ASCII, "e\u0301", "é", "x" * 60_000)
                ),
            ],
        ),
    ],
    "source_file": [
        Case(
            "{{ source_file('files') }}",
            "",
            [
                ({"filename": on_duckdb, "$path": on_redshift}, answer)
                for on_duckdb, on_redshift, answer in (
                    (
                        "data/bronze/banking/loans/dt=2024-02-29/loans.csv",
                        "s3://bucket/prefix/banking/loans/dt=2024-02-29/loans.csv",
                        "banking/loans/dt=2024-02-29/loans.csv",
                    ),
                    (
                        "/a b/dt=2025-01-01/x/banking/loans/dt=2025-01-02/é 東.csv.gz",
                        "s3://b/banking/loans/dt=2025-01-02/é 東.csv.gz",
                        "banking/loans/dt=2025-01-02/é 東.csv.gz",
                    ),
                    ("data/bronze/loans.csv", "s3://bucket/loans.csv", ""),
                    (None, None, None),
                )
            ],
            relation="dialect_bronze.files as files",
        ),
    ],
}
