"""Deliveries that hurt, and the lines they are made of."""

from __future__ import annotations

CUSTOMERS = (
    "customer_id,first_name,last_name,email,phone,date_of_birth,address,city,state,country,segment,credit_score,"
    "signup_date,updated_at,location_id\n"
)
ACCOUNTS = "account_id,customer_id,account_type,currency,account_status,branch,opened_date,updated_at\n"
TRANSACTIONS = (
    "transaction_id,account_id,transaction_type,amount,currency,transaction_ts,channel,transaction_status,"
    "merchant_name,category,counterparty_account,balance_after,updated_at,merchant_id,location_id\n"
)
LOANS = (
    "loan_id,account_id,customer_id,loan_type,loan_amount,currency,interest_rate,term_months,monthly_payment,"
    "loan_status,start_date,updated_at,product,application_id\n"
)


def customer(key: str, city: str, updated_at: str) -> str:
    return f"{key},Ann,Lee,ann@example.com,,1980-02-29,1 Main St,{city},Ohio,US,Mass,700,2020-01-01,{updated_at},\n"


def account(key: str, owner: str, updated_at: str, status: str = "Active") -> str:
    return f"{key},{owner},Checking,USD,{status},,2024-01-01,{updated_at}\n"


def transaction(key: str, owner: str, amount: str, ts: str, status: str = "Completed", updated_at: str = "") -> str:
    return f'{key},{owner},Payment,{amount},USD,{ts},Online,{status},"O""Hara, Inc.",Dining,,,{updated_at},,\n'


def loan(key: str, owner: str, borrower: str, status: str, updated_at: str) -> str:
    return f"{key},{owner},{borrower},Auto,1200.00,USD,4.5,12,102.46,{status},2025-01-02,{updated_at},,\n"


# What hurts: late, early, repeated, corrected and broken deliveries, each (arrival day, entity, text, part of name).
HARD_DELIVERIES = [
    (
        "2025-01-01",
        "transactions",
        TRANSACTIONS
        + transaction("T1", "A1", "10.00", "2025-01-01 08:00:00")
        + transaction("T2", "A1", "20.00", "2025-01-01 09:00:00", "Pending")
        + transaction("T3", "A9", "\t30.00 ", "2025-01-01 10:00:00")
        + transaction("T4", "A1", "-5.00", "2025-01-01 11:00:00")
        + transaction("T4", "A1", "abc", "2025-02-30 11:00:00", "Lost")
        + transaction("T5", "A1", "50.00", "2025-01-05 00:00:00"),
    ),
    ("2025-01-01", "accounts", ACCOUNTS + account("A1", "C1", "2025-01-01 07:00:00")),
    # The owner arrives after the account, and an older state of the owner after the newer one.
    ("2025-01-02", "customers", CUSTOMERS + customer("C1", "Akron", "2025-01-01 08:30:00")),
    (
        "2025-01-02",
        "transactions",
        TRANSACTIONS
        # T5 was dated wrongly: its day must vanish from the daily tables. T2 completes. T1 comes twice.
        + transaction("T5", "A1", "50.00", "2025-01-02 00:00:00", updated_at="2025-01-05 01:00:00")
        + transaction("T2", "A1", "20.00", "2025-01-01 09:00:00", "Completed", "2025-01-02 03:00:00")
        + transaction("T1", "A1", "10.00", "2025-01-01 08:00:00"),
    ),
    ("2025-01-02", "loans", LOANS + loan("L1", "A1", "C1", "Active", "2025-01-02 12:00:00")),
    (
        "2025-01-03",
        "customers",
        CUSTOMERS
        + customer("C1", "Boston", "2025-01-01 06:00:00")
        + customer("C1", "Cleveland", "2025-01-02 00:00:00")
        + customer("C1", "Dayton", "2025-01-02 06:00:00"),
    ),
    # The orphan's account, at last; and a correction of a known state under its own update time.
    (
        "2025-01-03",
        "accounts",
        ACCOUNTS + account("A9", "C1", "2025-01-01 00:00:00") + account("A1", "C1", "2025-01-01 07:00:00", "Dormant"),
    ),
    ("2025-01-03", "loans", LOANS + loan("L1", "A1", "C1", "Paid Off", "2025-01-03 12:00:00")),
    # Redelivered whole under another name, with one more line that is cut off.
    (
        "2025-01-03",
        "transactions",
        TRANSACTIONS
        + transaction("T1", "A1", "10.00", "2025-01-01 08:00:00")
        + transaction("T3", "A9", "30.00", "2025-01-01 10:00:00")
        + 'T6,A1,Payment,"60.0',
        ".again",
    ),
]
