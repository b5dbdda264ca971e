"""Hand-written deliveries that are late, early, repeated, corrected or broken, and functions that write their lines."""

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
INTERACTIONS = (
    "interaction_id,customer_id,channel,interaction_type,interaction_ts,duration_seconds,satisfaction_score,"
    "is_resolved,updated_at\n"
)


def customer(key: str, city: str, updated_at: str) -> str:
    return f"{key},Ann,Lee,ann@example.com,,1980-02-29,1 Main St,{city},Ohio,US,Mass,700,2020-01-01,{updated_at},\n"


def account(key: str, owner: str, updated_at: str, status: str = "Active") -> str:
    return f"{key},{owner},Checking,USD,{status},,2024-01-01,{updated_at}\n"


def transaction(key: str, owner: str, amount: str, ts: str, status: str = "Completed", updated_at: str = "") -> str:
    return f'{key},{owner},Payment,{amount},USD,{ts},Online,{status},"O""Hara, Inc.",Dining,,,{updated_at},,\n'


def loan(key: str, owner: str, borrower: str, status: str, updated_at: str) -> str:
    return f"{key},{owner},{borrower},Auto,1200.00,USD,4.5,12,102.46,{status},2025-01-02,{updated_at},,\n"


# Each one is (arrival day, entity, text, part of the file name).
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
        + transaction("T5", "A1", "50.00", "2024-12-28 00:00:00"),
    ),
    ("2025-01-01", "accounts", ACCOUNTS + account("A1", "C1", "2025-01-01 07:00:00")),
    # The owner arrives after the account, and an older version of the owner arrives after a newer one.
    ("2025-01-02", "customers", CUSTOMERS + customer("C1", "Akron", "2025-01-01 08:30:00")),
    (
        "2025-01-02",
        "transactions",
        TRANSACTIONS
        # T5 had a wrong date: that day must disappear from the daily tables. T2 completes. T1 is a repeat.
        + transaction("T5", "A1", "50.00", "2025-01-02 00:00:00", updated_at="2025-01-02 01:00:00")
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
    # The account of the orphan T3, and a correction of a known version with an unchanged update time.
    (
        "2025-01-03",
        "accounts",
        ACCOUNTS + account("A9", "C1", "2025-01-01 00:00:00") + account("A1", "C1", "2025-01-01 07:00:00", "Dormant"),
    ),
    ("2025-01-03", "loans", LOANS + loan("L1", "A1", "C1", "Paid Off", "2025-01-03 12:00:00")),
    # The file again under another name, with one more line that is cut off.
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

PRODUCTS = "product_id,product_name,category,brand,list_price,updated_at\n"
COSTS = "product_id,effective_date,unit_cost,updated_at\n"
CAMPAIGNS = "campaign_id,campaign_name,ad_platform,start_date,end_date,budget_amount,updated_at\n"
SALES = (
    "order_line_id,order_id,sold_at,product_id,customer_id,channel,campaign_id,quantity,unit_price,gross_amount,"
    "discount_amount,tax_amount,shipping_charged_to_customer,actual_shipping_cost,is_returned,updated_at\n"
)
SALES_WITH_FEES = SALES.replace(
    "\n", ",record_status,currency,payment_fee_amount,platform_fee_amount,returned_line_id\n"
)
RATES = "currency,rate_date,rate_to_usd,updated_at\n"
SPEND = "campaign_id,spend_date,impressions,clicks,spend,updated_at\n"


def sale(
    key: str, product: str, sold_at: str, updated_at: str = "", campaign: str = "M1", returned: str = "false"
) -> str:
    return (
        f"{key},O{key},{sold_at},{product},C1,Online,{campaign},2,10.00,20.00,2.00,1.08,5.95,4.10,{returned},"
        f"{updated_at or sold_at}\n"
    )


def priced(
    key: str, order: str, quantity: int, price: str, gross: str, campaign: str = "", returned: str = "false"
) -> str:
    return (
        f"{key},{order},2025-02-01 08:00:00,P3,C1,Online,{campaign},{quantity},{price},{gross},0,0,0,0,{returned},"
        "2025-02-01 08:00:00\n"
    )


# Deliveries of a shop in two parts. The second part changes figures of the first one.
SHOP_DELIVERIES = (
    [
        # Products and the campaign arrive after the sales that refer to them, two costs after the sales they apply to.
        (
            "2025-01-31",
            "sales",
            SALES
            + sale("S1", "P1", "2025-01-10 08:00:00")
            + sale("S2", "P1", "2025-01-20 08:00:00", campaign="")
            + sale("S3", "P1", "2025-01-30 08:00:00")
            # The only sale of its month and day. The second part corrects the date, so both must disappear.
            + sale("S4", "P2", "2025-03-01 08:00:00", "2025-01-31 08:00:00")
            + sale("S5", "P2", "2025-01-25 08:00:00", returned="perhaps"),
        ),
        # In euros, of which the rate arrives later.
        (
            "2025-01-31",
            "sales",
            SALES_WITH_FEES
            + "E1,OE1,2025-01-20 08:00:00,P1,C1,Online,,2,10.00,20.00,2.00,1.00,5.00,4.00,false,2025-01-20 08:00:00,"
            + ",EUR,0.80,0.20,\n",
            ".euros",
        ),
        ("2025-01-31", "cost_of_goods", COSTS + "P1,2025-01-15,7.00,2025-01-15 06:00:00\n"),
        ("2025-01-31", "marketing_spend", SPEND + "M1,2025-01-31,1000,50,25.00,2025-01-31 23:50:00\n"),
    ],
    [
        (
            "2025-02-01",
            "products",
            PRODUCTS
            + "P1,Kettle,Home and Kitchen,Norvik,10.00,2025-01-01 06:00:00\n"
            + "P1,Kettle 2,Home and Kitchen,Norvik,12.00,2025-01-25 06:00:00\n"
            + 'P2,"Monitor 27""",Electronics,,10.00,2025-01-01 06:00:00\n'
            + "P3,Pen,Electronics,,3.33,2025-01-01 06:00:00\n",
        ),
        (
            "2025-02-01",
            "campaigns",
            CAMPAIGNS + "M1,Kettles,Google Ads,2025-01-01,,500.00,2025-01-01 06:00:00\n",
        ),
        # One cost from before all sales, one between them, and a correction of the known one.
        (
            "2025-02-01",
            "cost_of_goods",
            COSTS
            + "P1,2025-01-01,6.00,2025-02-01 06:00:00\n"
            + "P1,2025-01-28,8.00,2025-02-01 06:00:00\n"
            + "P1,2025-01-15,7.50,2025-02-01 06:00:00\n"
            + "P3,2025-01-01,0.01,2025-02-01 06:00:00\n",
        ),
        (
            "2025-02-01",
            "sales",
            SALES
            + sale("S3", "P1", "2025-01-30 08:00:00", "2025-02-01 09:00:00", returned="true")
            + sale("S4", "P2", "2025-02-01 08:00:00", "2025-02-01 08:30:00")
            # An amount that is rounded up, a price below a cent, and a free item.
            + priced("S6", "O6", 3, "3.33", "10.00")
            + priced("S7", "O7", 1000, "0.0035", "3.50", "M1")
            + priced("S8", "O8", 2, "0", "0.00")
            # A line that takes one of S6 back. Its own flag does not matter.
            + priced("S9", "O6-back", -1, "3.33", "-3.33", "M1", "true")
            # More than half a cent per unit away, no quantity, and a sign that differs from that of the quantity.
            + priced("B1", "O9", 1, "3.33", "3.34")
            + priced("B2", "O9", 0, "3.33", "0.00")
            + priced("B3", "O9", -1, "3.33", "3.33"),
        ),
        # A rate that holds on the day of E1, not on that of its return. Lines without goods: money that is paid back,
        # and amounts of an order.
        ("2025-01-03", "fx_rates", RATES + "EUR,2025-01-18,1.10,2025-01-03 07:00:00\n", ".late"),
        (
            "2025-02-01",
            "sales",
            SALES_WITH_FEES
            + "E1-back,OE1,2025-02-01 08:00:00,P1,C1,Online,,-1,10.00,-10.00,-1.00,-0.50,0,0,false,2025-02-01 08:00:00,"
            + ",EUR,0,-0.10,E1\n"
            + "E1-refund,OE1,2025-02-01 08:00:00,P9,C1,Online,,0,0,-3.00,0,0,0,0,false,2025-02-01 08:00:00,"
            + ",USD,,,E1\n"
            + "E1-amounts,OE2,2025-02-01 08:00:00,P9,,Online,,0,0,0,1.50,0,2.00,0,false,2025-02-01 08:00:00,"
            + ",USD,0.30,,\n",
            ".euros",
        ),
        ("2025-02-01", "marketing_spend", SPEND + "M1,2025-01-31,1000,40,20.00,2025-02-01 06:00:00\n"),
    ],
)
