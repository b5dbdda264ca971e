"""Three days of difficult deliveries: generated days, late, repeated and broken files, and unusual values."""

from __future__ import annotations

from tests.python.berka_sample import BERKA
from tests.python.hard_deliveries import (
    CUSTOMERS,
    HARD_DELIVERIES,
    SALES,
    SHOP_DELIVERIES,
    TRANSACTIONS,
    customer,
    sale,
    transaction,
)
from tests.python.reliability.hostile_rows import value_deliveries
from tests.python.warehouse import DOMAINS, Warehouse

# The days of deliveries, by the build that reads them.
DAYS = {"first": (1, 2), "later": (3,)}
# The last month of Berka's transactions.
LAST_OF_BERKA = "1993-07-31"
# The hard deliveries by day, in the order of arrival. The first ones arrive late, on the second day.
_HARD = {
    1: HARD_DELIVERIES[2:4],
    2: HARD_DELIVERIES[:2] + SHOP_DELIVERIES[0],
    3: HARD_DELIVERIES[4:] + SHOP_DELIVERIES[1],
}

# A correction of the same day under a name that comes first in the alphabet, and an update time in the future.
_CORRECTED = (
    ("2025-01-03", TRANSACTIONS + transaction("S1", "A1", "100.00", "2025-01-03 08:00:00"), ".9"),
    (
        "2025-01-03",
        TRANSACTIONS
        + transaction("S1", "A1", "90.00", "2025-01-03 08:00:00")
        + transaction("S2", "A1", "5.00", "2025-01-03 08:00:00", updated_at="2205-01-03 08:00:00"),
        ".10",
    ),
)

# Deleted and replaced records, by day. The deletion of D2 and the transaction that replaces P2 arrive first.
_STATUS = ",record_status\n"
_REPLACES = ",record_status,replaces_transaction_id\n"
_BOOKED = ",record_status,replaces_transaction_id,booking_date\n"


def _transaction(key: str, updated_at: str, status: str = "", replaces: str = "") -> str:
    made = transaction(key, "A1", "7.00", "2025-01-02 08:00:00", updated_at=updated_at)
    return made.replace("\n", f",{status},{replaces}\n")


# The bank books them on another day, which a correction changes, and on a day that does not exist.
_BOOKING_DATES = {
    2: [("B1", "2025-01-02 08:00:00", "2025-01-04"), ("B2", "2025-01-02 08:00:00", "")],
    3: [
        ("B1", "2025-01-03 08:00:00", "2025-01-05"),
        ("B2", "2025-01-03 08:00:00", "2025-01-04 00:00:00"),
        ("B3", "2025-01-03 08:00:00", "2025-02-30"),
    ],
}

_DELETED = {
    2: (
        ("customers", CUSTOMERS + customer("D9", "Akron", "2025-01-02 07:00:00")),
        (
            "transactions",
            TRANSACTIONS.replace("\n", _REPLACES)
            + _transaction("D1", "2025-01-02 08:00:00")
            + _transaction("D2", "2025-01-02 09:00:00", "Deleted")
            + _transaction("P1", "2025-01-02 08:00:00")
            + _transaction("Q2", "2025-01-02 09:00:00", replaces="P2"),
        ),
        ("sales", SALES + sale("D1", "P1", "2025-01-02 08:00:00")),
    ),
    3: (
        (
            "customers",
            CUSTOMERS.replace("\n", _STATUS)
            + customer("D9", "Akron", "2025-01-03 07:00:00").replace("\n", ",deleted\n"),
        ),
        (
            "transactions",
            TRANSACTIONS.replace("\n", _REPLACES)
            + _transaction("D1", "2025-01-03 08:00:00", "deleted")
            + _transaction("D2", "2025-01-02 08:00:00")
            + _transaction("Q1", "2025-01-03 08:00:00", replaces="P1")
            + _transaction("P2", "2025-01-02 08:00:00")
            + _transaction("P3", "2025-01-03 08:00:00", replaces="P3")
            + _transaction("D3", "2025-01-03 08:00:00", "gone"),
        ),
        (
            "sales",
            SALES.replace("\n", _STATUS)
            + sale("D1", "P1", "2025-01-02 08:00:00", "2025-01-03 08:00:00").replace("\n", ",deleted\n"),
        ),
    ),
}

_LONG = "é" * 600  # 1,200 bytes in 600 characters
_BACKSLASHES = "\\" * 7_000
_UNUSUAL_TEXTS = (
    "back\\slash\\",
    "\\'; drop table customers; --",
    "it''s $1 $$ {{ jinja }} {% raw %} %s :name",
    "Žluťoučký kůň 東京 🏦",
    "no\u00a0break",
    "tab\tinside",
    " around ",
    "null",
    "=1+1",
    '{"json": "\\u0041"}',
    "-",
    ",",
)
_UNUSUAL_AMOUNTS = (
    "9999999999999999.99",
    "10000000000000000.00",
    "0.005",
    "0.01",
    "-0.00",
    "+7",
    "1e3",
    "NaN",
    "1,234.56",
    "12.300000",
    "12.3000001",
    ".5",
    "5.",
    "٣",
)
_UNUSUAL_TIMES = (
    "2024-02-29",
    "2023-02-29",
    "2025-01-01T23:59:59.999999+14:00",
    "2025-01-01 00:00:00-05:00",
    "2025-01-01 24:00:00",
    "2025-01-01 12:00",
    "0000-00-00",
    "9999-12-31 23:59:59",
    "1969-12-31 23:59:59Z",
    "20250101",
    "Jan 8 1999",
    "2024-12-30 10:00:00.5",
)


def deliver(warehouse: Warehouse, day: int) -> None:
    """Land the deliveries of one day."""
    generated = f"tieout generate --days {day} --start 2025-01-01 --customers 60 --transactions-per-day 150 --seed 3"
    folder = warehouse.folder / f"generated_{day}"
    warehouse.run(*generated.split(), "--inbox", str(folder))
    # The folder also contains the previous days. Landing them again changes nothing.
    warehouse.land(folder)
    for arrived, entity, text, *part in _HARD[day]:
        warehouse.deliver(arrived, entity, text, ".hard" + "".join(part))
    if day == 3:
        for arrived, text, suffix in _CORRECTED:
            warehouse.deliver(arrived, "transactions", text, suffix)
    if day in _BOOKING_DATES:
        rows = [
            _transaction(key, updated_at).replace("\n", f",{booked_on}\n")
            for key, updated_at, booked_on in _BOOKING_DATES[day]
        ]
        warehouse.deliver(
            f"2025-01-0{day}", "transactions", TRANSACTIONS.replace("\n", _BOOKED) + "".join(rows), ".booked"
        )
    for entity, text in _DELETED.get(day, ()):
        warehouse.deliver(f"2025-01-0{day}", entity, text, ".deleted")
    if day == 2:
        warehouse.deliver("2025-01-02", "customers", CUSTOMERS + _unusual_customers(), ".unusual")
        warehouse.deliver("2025-01-02", "transactions", TRANSACTIONS + _unusual_transactions(), ".unusual")
        folder = warehouse.folder / "hostile"
        for entity, name, text in value_deliveries():
            file = folder / "2025-01-02" / DOMAINS[entity] / f"{entity}{name}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        warehouse.land(folder)
        if (BERKA / "trans.asc").is_file():
            folder = warehouse.folder / "berka"
            warehouse.run("tieout", "import", "berka", str(BERKA), "--inbox", str(folder), "--by", "month")
            # test_berka.py looks at all months. Here some are enough for every kind of transaction.
            for file in folder.rglob("transactions.csv"):
                if file.parts[-3] > LAST_OF_BERKA:
                    file.unlink()
            warehouse.land(folder)


def _unusual_customers() -> str:
    lines = [
        f"N{number},{_quoted(text)},{_quoted(text)},{_quoted(text)},{_quoted(text)},1980-02-29,{_quoted(text)},"
        f"{_quoted(text)},{_quoted(text)},US,Mass,700,2020-01-01,2025-01-02 08:00:{number:02},\n"
        for number, text in enumerate(_UNUSUAL_TEXTS)
    ]
    lines.append(f"LONG1,{_LONG},Lee,,,,,,,US,Mass,700,2020-01-01,2025-01-02 08:00:00,\n")
    lines.append(f"{_LONG},Ann,Lee,,,,,,,US,Mass,700,2020-01-01,2025-01-02 08:00:00,\n")
    lines.append(f"LONG2,Ann,Lee,,,,{_BACKSLASHES},,,US,Mass,700,2020-01-01,2025-01-02 08:00:00,\n")
    lines.append(f"LONG3,Ann,Lee,,,,{'x' * 40_000},,,US,Mass,700,2020-01-01,2025-01-02 08:00:00,\n")
    lines.append("unknown,Ann,Lee,,,,,,,US,Nobody,9e2,2020-13-01,,\n")
    return "".join(lines)


def _unusual_transactions() -> str:
    lines = [
        transaction(f"NA{number}", "A1", _quoted(amount), "2025-01-02 09:00:00")
        for number, amount in enumerate(_UNUSUAL_AMOUNTS)
    ]
    lines += [transaction(f"NT{number}", "A1", "1.00", time) for number, time in enumerate(_UNUSUAL_TIMES)]
    lines += [
        f"NX{number},A1,Payment,1.00,USD,2025-01-02 09:00:00,Online,Completed,{_quoted(text)},{_quoted(text)},"
        f"{_quoted(text)},-0.01,,,\n"
        for number, text in enumerate(_UNUSUAL_TEXTS)
    ]
    lines.append(transaction("NO1", "", "1.00", "2025-01-02 09:00:00"))
    lines.append("NO2,A1,Gift,1.00,XXX,2025-01-02 09:00:00,Pigeon,Lost,,,,x,2025-01-32,,\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
