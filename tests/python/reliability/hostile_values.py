"""Hostile values for every column of every entity, and the expected result of each, stated by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

# One good row of each entity.
VALID = {
    "customers": (
        "C1,Ann,Lee,ann@example.com,555,1980-02-29,1 Main St,Akron,Ohio,US,Mass,700,2020-01-01,2025-01-01 08:00:00,P1"
    ),
    "accounts": "A1,C1,Checking,USD,Active,Main Branch,2024-01-01,2025-01-01 08:00:00",
    "transactions": (
        "T1,A1,Payment,10.00,USD,2025-01-01 08:00:00,Online,Completed,Shop,Dining,Other/1,100.00,"
        "2025-01-01 08:00:00,M1,P1"
    ),
    "loans": "L1,A1,C1,Auto,1200.00,USD,4.5,12,102.46,Active,2025-01-01,2025-01-01 08:00:00,Car Loan,N1",
    "merchants": "M1,Shop,Groceries,P1,2025-01-01 08:00:00",
    "locations": "P1,US,Ohio,Akron,40.7,-74.0,2025-01-01 08:00:00",
    "loan_applications": "N1,C1,Car Loan,Auto,1200.00,USD,12,B,Approved,2025-01-01,2025-01-01,2025-01-01 08:00:00",
    "loan_payments": "Y1,L1,2025-01-01,2025-01-01,0,100.00,90.00,10.00,Paid,2025-01-01 08:00:00",
    "investments": "I1,A1,Mutual Funds,100.00,1.00,USD,2025-01-01,2025-01-01 08:00:00",
    "customer_interactions": "X1,C1,Online,Inquiry,2025-01-01 08:00:00,60,5,true,2025-01-01 08:00:00",
    "daily_balances": "A1,2025-01-01,0.00,1.00,USD,2025-01-01 08:00:00",
    "fx_rates": "EUR,2025-01-01,1.1000000000,2025-01-01 08:00:00",
    "products": "P1,Kettle,Electronics,Norvik,10.00,2025-01-01 08:00:00",
    "cost_of_goods": "P1,2025-01-01,7.00,2025-01-01 08:00:00",
    "campaigns": "M1,Kettles,Google Ads,2025-01-01,2025-02-01,500.00,2025-01-01 08:00:00",
    "sales": ("S1,O1,2025-01-01 08:00:00,P1,C1,Online,M1,2,10.00,20.00,2.00,1.08,5.95,4.10,false,2025-01-01 08:00:00"),
    "marketing_spend": "M1,2025-01-01,1000,50,25.00,2025-01-01 08:00:00",
}

# The kind of each column: key, any text, code (listed), amount, rate, whole number, day, time, boolean, record status,
# or the key of another row (replaced).
KINDS = {
    "customers": (
        "customer_id key, first_name text, last_name text, email text, phone text, date_of_birth day, address text, "
        "city text, state text, country text, segment listed, credit_score whole, signup_date day, updated_at moment, "
        "location_id text"
    ),
    "accounts": (
        "account_id key, customer_id text, account_type listed, currency listed, account_status listed, branch text, "
        "opened_date day, updated_at moment"
    ),
    "transactions": (
        "transaction_id key, account_id text, transaction_type listed, amount amount, currency listed, "
        "transaction_ts moment, channel listed, transaction_status listed, merchant_name text, category text, "
        "counterparty_account text, balance_after amount, updated_at moment, merchant_id text, location_id text"
    ),
    "loans": (
        "loan_id key, account_id text, customer_id text, loan_type listed, loan_amount amount, currency listed, "
        "interest_rate rate, term_months whole, monthly_payment amount, loan_status listed, start_date day, "
        "updated_at moment, product text, application_id text"
    ),
    "merchants": "merchant_id key, merchant_name text, category listed, location_id text, updated_at moment",
    "locations": (
        "location_id key, country text, state text, city text, latitude rate, longitude rate, updated_at moment"
    ),
    "loan_applications": (
        "application_id key, customer_id text, product text, loan_type listed, requested_amount amount, "
        "currency listed, term_months whole, grade listed, application_status listed, applied_date day, "
        "decided_date day, updated_at moment"
    ),
    "loan_payments": (
        "payment_id key, loan_id text, due_date day, paid_date day, days_late whole, payment_amount amount, "
        "principal_amount amount, interest_amount amount, payment_status listed, updated_at moment"
    ),
    "investments": (
        "investment_id key, account_id text, investment_type listed, investment_amount amount, "
        "investment_return amount, currency listed, investment_date day, updated_at moment"
    ),
    "customer_interactions": (
        "interaction_id key, customer_id text, channel listed, interaction_type listed, interaction_ts moment, "
        "duration_seconds whole, satisfaction_score whole, is_resolved boolean, updated_at moment"
    ),
    "daily_balances": (
        "account_id key, balance_date day, opening_balance amount, closing_balance amount, currency listed, "
        "updated_at moment"
    ),
    "fx_rates": "currency listed, rate_date day, rate_to_usd rate, updated_at moment",
    "products": (
        "product_id key, product_name text, category listed, brand text, list_price amount, updated_at moment"
    ),
    "cost_of_goods": "product_id key, effective_date day, unit_cost amount, updated_at moment",
    "campaigns": (
        "campaign_id key, campaign_name text, ad_platform listed, start_date day, end_date day, budget_amount amount, "
        "updated_at moment"
    ),
    "sales": (
        "order_line_id key, order_id text, sold_at moment, product_id text, customer_id text, channel listed, "
        "campaign_id text, quantity whole, unit_price rate, gross_amount amount, discount_amount amount, "
        "tax_amount amount, shipping_charged_to_customer amount, actual_shipping_cost amount, is_returned boolean, "
        "updated_at moment"
    ),
    "marketing_spend": (
        "campaign_id key, spend_date day, impressions whole, clicks whole, spend amount, updated_at moment"
    ),
}
COLUMNS = {entity: dict(column.split(" ") for column in text.split(", ")) for entity, text in KINDS.items()}
# Later versions of the contract added these at the end. In a good row they are empty.
for _entity in COLUMNS.keys() - {"fx_rates", "cost_of_goods"}:
    COLUMNS[_entity]["record_status"] = "status"
COLUMNS["transactions"]["replaces_transaction_id"] = "replaced"
COLUMNS["transactions"]["booking_date"] = "day"
COLUMNS["sales"] |= {
    "currency": "listed",
    "payment_fee_amount": "amount",
    "platform_fee_amount": "amount",
    "returned_line_id": "text",
}

# Valid texts: each must arrive unchanged in base, and must not be executed or break a file.
TEXTS = (
    *("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "=1+1", "#REF!", "sep=,"),
    *("'; drop table x; --", '"; drop table x; --', "' or '1'='1", "1); delete from t; --", "--", "/* x", "*/", ";"),
    *("{{ 1/0 }}", "{% raw %}", "{{ env_var('HOME') }}", "{% endraw %}{{ this }}", "{# x", "${HOME}", "$(id)", "`id`"),
    *("\\", "\\\\", '\\"', "\\n", "\\u0041", "\\N", "ends in \\", "NULL", "null", "None", "true", "NaN", "0", "-0"),
    *("[1,2]", '{"a":1}', '"', '""', '","', '","email":"x', '"email":"x"', "}", "a,b", ",", "|", "'", "''", "in\tside"),
    *(
        "%s%n",
        "%00",
        "%",
        "_",
        "*",
        "?",
        "^",
        "$",
        "[a-z]",
        "(",
        "..",
        "../../etc/passwd",
        "C:\\temp\\",
        "/",
        "#",
        "# x",
    ),
    *("<script>alert(1)</script>", "&amp;", "Unknown", "unknown'", "nobody", "inside   blanks"),
    *("\u200b", "\u200bzero", "\u202eevil", "\u2066x\u2069", "\ufeffbom", "\u00a0nbsp\u00a0", "\u2028", "\u3000wide"),
    *(
        "e\u0301",
        "\u00e9",
        "\ufb01",
        "\u0130",
        "\u00df",
        "\U0001f469\u200d\U0001f467",
        "\U0010ffff",
        "\ufffe",
        "\ufffd",
    ),
    *("\ud7ff", "\U0001d54f", "\uff41", "\u0661", "x" * 200),
)
NO_NUMBERS = (
    *("1e400", "1e3", "1E-2", "NaN", "nan", "Infinity", "-Infinity", "inf", "1,234.56", "1.234,56", "1 234.56", "1,5"),
    *("1\u00a0234.56", "1'234.56", "0x10", "0b1", "1_000", "\uff11\uff12", "\u0663", "\u00b2", "\u00bd", "\u22121"),
    *("1.", ".5", "1..0", "1.2.3", "--1", "+-1", "- 1", "1-", "(5.00)", "$5", "5 USD", "5%", "\u20ac5", "1\u200b"),
    *("\u200b1", "\u202e1", "\u00a01", "9" * 400, "1" + "0" * 17, "null", "NULL", "None", "\\N", "#REF!", "=1+1", "'1"),
    *("true", "1/0", "1;2", "1'; drop table x; --", "{{ 1 }}", '"1"', "+", "-", ".", "\u0661.50"),
)
NO_DAYS = (
    *("2025-02-30", "2023-02-29", "1900-02-29", "2025-04-31", "2025-13-01", "2025-00-10", "2025-01-00", "2025-01-32"),
    *(
        "0000-00-00",
        "0000-01-01",
        "10000-01-01",
        "-001-01-01",
        "-2025-01-01",
        "2025-1-1",
        "25-01-01",
        "2025-01",
        "2025",
    ),
    *("01/02/2025", "01.02.2025", "2025/01/01", "2025.01.01", "20250101", "Jan 1 2025", "2025-W01-1", "2025-001"),
    *("\uff12025-01-01", "2025\u201001\u201001", "2025-01-01\u200b", "today", "now", "infinity", "-infinity", "epoch"),
    *("1735718400", "45658", "NULL", "2025-01-01 BC", "2025-01-01'", "2025 -01-01"),
)
NO_MOMENTS = (
    *NO_DAYS,
    *("2025-01-01 24:00:00", "2025-01-01 23:59:60", "2025-01-01 08", "2025-01-01 8:00", "2025-01-01 08:60"),
    *("2025-01-01 08:00:61", "2025-01-01 08:00:00.1234567890", "2025-01-01 08:00:00.", "2025-01-01 08:00:00,5"),
    *("2025-01-01 08:00:00+15:00", "2025-01-01 08:00:00+14:60", "2025-01-01 08:00:00+100", "2025-01-01 08:00:00+1"),
    *("2025-01-01 08:00:00  +01:00", "2025-01-01 08:00:00 CET", "2025-01-01 08:00:00 utc", "2025-01-01T08:00:00z"),
    *("2025-01-01t08:00:00", "2025-01-01  08:00:00", "2025-01-01T 08:00", "2025-01-01 08:00 PM", "2025-02-30T08:00Z"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:59", "9999-12-31 23:59:59.999999-00:01"),
    *("2025-01-01T08:00:00ZZ", "2025-01-01T08:00:00+01:00Z", "2025-01-01T08:00:00\u221201:00", "08:00:00"),
)
REFUSED_VALUES = {
    "amount": (*NO_NUMBERS, "12.345", "0.001", "1.001", "12345678901234567", "-12345678901234567.00"),
    "rate": NO_NUMBERS,
    "whole": (*NO_NUMBERS, "1.5", "1.000001", ".0", "12345678901", "2147483648", "1234567890.0"),
    "day": (*NO_DAYS, "2025-01-01T00:00:01", "2025-01-01 12:00:00", "2025-01-01 00:00:00+00", "2025-01-01Z"),
    "moment": NO_MOMENTS,
    "boolean": (
        "yes",
        "no",
        "T",
        "F",
        "2",
        "-0",
        "1.00",
        "tRUE",
        "TrUe",
        "\uff54rue",
        "true\u200b",
        "NULL",
        "wahr",
        "'true'",
    ),
    "listed": TEXTS,
    "status": (*TEXTS, "delete", "dELETED", "removed", "inactive", "true", "D"),
}
REASONS = {"listed": "{}_unknown"} | dict.fromkeys(
    ("amount", "rate", "whole", "day", "moment", "boolean", "status"), "{}_not_parsable"
)

# Unusual values that are valid, and how they are read. Signs, zeros and blanks around a value are allowed.
GOOD_VALUES: dict[str, tuple[tuple[str, object], ...]] = {
    "balance_after": tuple(
        (text, Decimal(value))
        for text, value in (
            *(("5", "5"), ("+5", "5"), ("-5", "-5"), ("-0", "0"), ("+0.0", "0"), ("0005.50", "5.5"), (" 5 ", "5")),
            *(("\t5.1\t", "5.1"), ("1.50", "1.5"), ("1.5000000", "1.5"), ("1.10" + "0" * 60, "1.1")),
            *(("9999999999999999.99", "9999999999999999.99"), ("-9999999999999999.99", "-9999999999999999.99")),
            *(("0000000000000001", "1"), ("-0.01", "-0.01"), ("0" * 16 + "." + "0" * 40, "0")),
        )
    ),
    "transaction_ts": tuple(
        (text, datetime.fromisoformat(value))
        for text, value in (
            ("2025-01-01", "2025-01-01"),
            ("2025-01-01 23:59:59.999999", "2025-01-01 23:59:59.999999"),
            ("2025-01-01T08:00", "2025-01-01 08:00"),
            ("2025-01-01T08:00Z", "2025-01-01 08:00"),
            ("2025-01-01 08:00:00.5Z", "2025-01-01 08:00:00.5"),
            ("2025-01-01T08:00:00+05:45", "2025-01-01 02:15"),
            ("2025-01-01T08:00:00-03:30", "2025-01-01 11:30"),
            ("2025-01-01T00:30+14:00", "2024-12-31 10:30"),
            ("2025-01-01T00:30:00+14:59", "2024-12-31 09:31"),
            ("2025-01-01T23:30:00-14:59", "2025-01-02 14:29"),
            ("2025-01-01T08:00:00-00:00", "2025-01-01 08:00"),
            ("2024-02-29T23:59:59-00:01", "2024-03-01 00:00:59"),
            ("\t2025-01-01 08:00 ", "2025-01-01 08:00"),
            ("2025-01-01 08:00:00+00", "2025-01-01 08:00"),
            ("2025-01-01T08:00:00.250+0545", "2025-01-01 02:15:00.250"),
            (" 2025-01-01 08:00:00.9999999 -03:30 ", "2025-01-01 11:30:00.999999"),
            ("2025-01-01 08:00:00.123456789 UTC", "2025-01-01 08:00:00.123456"),
        )
    ),
    "opened_date": tuple(
        (text, date.fromisoformat(text.strip()))
        for text in ("0001-01-01", "1900-01-01", "2024-02-29", "2000-02-29", "9999-12-31", " 2025-01-01\t")
    )
    + tuple((text, date(2025, 1, 1)) for text in ("2025-01-01 00:00:00.0000000", "2025-01-01T00:00 ")),
    "duration_seconds": (
        *(("0", 0), ("+7", 7), ("007", 7), ("-0", 0), ("999999999", 999999999), (" 7 ", 7)),
        *(("700.0", 700), ("0.00", 0), (" 999999999.000 ", 999999999)),
    ),
    "interest_rate": (
        ("0", Decimal(0)),
        ("+4.5", Decimal("4.5")),
        ("100.0000", Decimal(100)),
        ("0.0001", Decimal("0.0001")),
    ),
    "record_status": tuple((text, text.strip().lower()) for text in ("active", " Deleted", "REINSTATED", "deleted\t")),
    "is_resolved": (
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        (" False ", False),
        ("FALSE", False),
        *(("t", True), (" f", False), ("1", True), ("0", False), ("1.0", True), ("0.0", False)),
    ),
}

MOST, LEAST = "9999999999999999.99", "-9999999999999999.99"
# A price has twelve digits before the point.
MOST_PRICE, MOST_PRICE_ROUNDED = "999999999999.999999", "1000000000000.00"
# Rows that pass all rules, with the largest, smallest, earliest and latest values. Nothing may overflow. They arrive on
# 2025-01-02, and an update time may be one day later.
EXTREMES = {
    "customers": (
        {"customer_id": "C1", "date_of_birth": "0001-01-01", "signup_date": "9999-12-31", "credit_score": "850"},
        {"customer_id": "C2", "date_of_birth": "9999-12-31", "signup_date": "0001-01-01", "credit_score": "300"},
        {"customer_id": "C2", "updated_at": "2025-01-03 23:59:59.999999"},
        {"customer_id": "C2", "updated_at": "1900-01-01 00:00:00.000001"},
    ),
    "accounts": (
        {"account_id": "A1", "currency": "EUR", "opened_date": "0001-01-01"},
        {"account_id": "A2", "currency": "JPY", "opened_date": "9999-12-31", "customer_id": "C2"},
        {"account_id": "A2", "currency": "JPY", "customer_id": "C2", "updated_at": "2025-01-03 23:59:59.999999"},
    ),
    "transactions": tuple(
        {
            "transaction_id": f"extreme-{number}",
            "account_id": account,
            "currency": currency,
            "transaction_type": kind,
            "amount": amount,
            "balance_after": balance,
            "transaction_ts": moment,
            "updated_at": "2025-01-02 08:00:00",
        }
        for number, (account, currency, kind, amount, balance, moment) in enumerate(
            (account, currency, kind, amount, balance, moment)
            for account, currency in (("A1", "EUR"), ("A2", "JPY"), ("A1", "USD"))
            for kind in ("Deposit", "Payment")
            for amount, balance in ((MOST, MOST), (MOST, LEAST), ("0.01", "0.00"))
            for moment in ("2025-01-01 08:00:00", "1971-01-01 00:00:00", "2049-12-31 23:59:59.999999")
        )
    ),
    "loans": (
        {"loan_id": "L1", "loan_amount": MOST, "monthly_payment": MOST, "interest_rate": "100", "currency": "EUR"},
        {"loan_id": "L2", "loan_amount": "0.01", "monthly_payment": LEAST, "interest_rate": "0", "term_months": "1"},
        {"loan_id": "L3", "loan_amount": MOST, "term_months": "999999999", "loan_status": "Defaulted"},
    ),
    "merchants": ({"merchant_name": "x" * 4096},),
    "locations": (
        {"location_id": "P1", "latitude": "90", "longitude": "180.000000"},
        {"location_id": "P2", "latitude": "-90.0", "longitude": "-180"},
    ),
    "loan_applications": (
        {"application_id": "N1", "requested_amount": MOST, "term_months": "999999999", "decided_date": "9999-12-31"},
        {"application_id": "N2", "requested_amount": "0.01", "term_months": "1", "decided_date": ""},
    ),
    "loan_payments": tuple(
        {
            "payment_id": f"extreme-{number}",
            "loan_id": loan,
            "days_late": "999999999",
            "paid_date": paid,
            "payment_amount": MOST,
            "principal_amount": principal,
            "interest_amount": interest,
            "payment_status": status,
        }
        for number, (loan, paid, principal, interest, status) in enumerate(
            (loan, paid, principal, interest, status)
            for loan, status in (("L1", "Paid"), ("L3", "Missed"), ("L3", "Late"))
            for paid in ("0001-01-01", "9999-12-31", "")
            for principal, interest in ((MOST, "0.00"), ("0.00", MOST))
        )
    ),
    "investments": (
        {
            "investment_id": "I1",
            "investment_type": "Stocks",
            "investment_amount": "0.01",
            "investment_return": MOST,
            "currency": "CZK",
        },
        {"investment_id": "I2", "investment_amount": MOST, "investment_return": LEAST, "currency": "JPY"},
        {"investment_id": "I3", "investment_amount": MOST, "investment_return": MOST},
        {"investment_id": "I4", "investment_type": "Bonds", "investment_amount": "0.01", "investment_return": LEAST},
    ),
    "customer_interactions": (
        {"interaction_id": "X1", "duration_seconds": "999999999"},
        {"interaction_id": "X2", "duration_seconds": "999999999", "satisfaction_score": ""},
        {"interaction_id": "X3", "duration_seconds": "999999999", "customer_id": "C2"},
    ),
    "daily_balances": tuple(
        {
            "account_id": account,
            "balance_date": day,
            "opening_balance": opening,
            "closing_balance": closing,
            "currency": currency,
        }
        for account, currency in (("A1", "EUR"), ("A2", "JPY"))
        for day, opening, closing in (
            ("2025-01-01", LEAST, MOST),
            ("2025-01-02", MOST, LEAST),
            ("1971-01-01", MOST, MOST),
            ("2049-12-31", LEAST, LEAST),
        )
    ),
    "fx_rates": (
        {"currency": "EUR", "rate_to_usd": "99999999.9999999999"},
        {"currency": "JPY", "rate_to_usd": "0.0000000001"},
        {"currency": "USD", "rate_to_usd": "1"},
        {"currency": "CZK", "rate_to_usd": "1"},
        {"currency": "EUR", "rate_date": "1971-01-01", "rate_to_usd": "1.08"},
        {"currency": "JPY", "rate_date": "2049-12-31", "rate_to_usd": "2.5"},
    ),
    "products": ({"product_id": "P1", "list_price": MOST}, {"product_id": "P2", "list_price": "0.01"}),
    "cost_of_goods": (
        {"product_id": "P1", "unit_cost": "9999999.99", "effective_date": "1971-01-01"},
        {"product_id": "P2", "unit_cost": "0.01", "effective_date": "2049-12-31"},
    ),
    "campaigns": (
        {"campaign_id": "M1", "budget_amount": MOST, "start_date": "0001-01-01", "end_date": "9999-12-31"},
        {"campaign_id": "M2", "budget_amount": "0.01", "start_date": "9999-12-31", "end_date": ""},
    ),
    "sales": tuple(
        {
            "order_line_id": f"extreme-{number}",
            "quantity": quantity,
            "unit_price": price,
            "gross_amount": gross,
            "discount_amount": discount,
            "tax_amount": LEAST if quantity.startswith("-") else MOST,
            "shipping_charged_to_customer": MOST,
            "actual_shipping_cost": MOST,
            "is_returned": returned,
            "payment_fee_amount": MOST,
            "platform_fee_amount": LEAST if quantity.startswith("-") else MOST,
            "currency": currency,
        }
        for number, (quantity, price, gross, discount, returned, currency) in enumerate(
            (quantity, price, gross, discount, returned, currency)
            for quantity, price, gross, discount in (
                ("999999999", "10000000.00", "9999999990000000.00", "0.00"),
                ("1", MOST_PRICE, MOST_PRICE_ROUNDED, MOST_PRICE_ROUNDED),
                ("-1", MOST_PRICE, "-" + MOST_PRICE_ROUNDED, "0.00"),
                ("-999999999", "10000000.00", "-9999999990000000.00", "0.00"),
                ("999999999", "0.000001", "1000.00", "0.00"),
                ("-999999999", "0", "-4999999.99", "0.00"),
                ("1", "0.01", "0.01", "0.00"),
            )
            for returned, currency in (("true", ""), ("false", "EUR"), ("false", "JPY"))
        )
    )
    + tuple(
        {
            "order_line_id": f"extreme-{currency}-{gross}",
            "quantity": "0",
            "unit_price": MOST_PRICE,
            "gross_amount": gross,
            "discount_amount": discount,
            "tax_amount": LEAST,
            "shipping_charged_to_customer": LEAST,
            "actual_shipping_cost": LEAST,
            "payment_fee_amount": LEAST,
            "platform_fee_amount": LEAST,
            "currency": currency,
            "returned_line_id": returned_line,
        }
        for currency in ("USD", "EUR")
        for gross, discount, returned_line in ((LEAST, "0.00", "extreme-0"), ("0.00", MOST, ""))
    ),
    "marketing_spend": (
        {"campaign_id": "M1", "impressions": "999999999", "clicks": "999999999", "spend": "0.01"},
        {"campaign_id": "M2", "impressions": "999999999", "clicks": "0", "spend": MOST},
        {"campaign_id": "M2", "spend_date": "2049-12-31", "impressions": "1", "clicks": "1", "spend": MOST},
        {"campaign_id": "M3", "impressions": "0", "clicks": "0", "spend": MOST},
    ),
}


TOGETHER_COLUMN = "together"
NOTHING_BACK = {"discount_amount": "0", "tax_amount": "0"}
# Values that are valid on their own. A rule rejects the row; no sum or product may overflow before that.
TOGETHER = {
    "loan_payments": (
        (
            {"principal_amount": MOST, "interest_amount": MOST, "payment_amount": MOST},
            "payment_not_principal_and_interest",
        ),
        (
            {"principal_amount": LEAST, "interest_amount": LEAST, "payment_amount": "1.00"},
            "payment_not_principal_and_interest",
        ),
    ),
    "sales": (
        (
            {"quantity": "999999999", "unit_price": MOST_PRICE, "gross_amount": MOST},
            "gross_amount_not_quantity_times_price",
        ),
        (
            {
                "quantity": "-999999999",
                "unit_price": MOST_PRICE,
                "gross_amount": LEAST,
                "discount_amount": "0",
                "tax_amount": "0",
            },
            "gross_amount_not_quantity_times_price",
        ),
    ),
    "transactions": (
        ({"amount": "-0"}, "amount_not_positive"),
        ({"amount": LEAST}, "amount_not_positive"),
    ),
}
