"""Casts: those that lose digits or bytes are refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from .case import fails, passes, unsupported

CASES = [
    passes("r_enable_numeric_rounding", "select cast(1.50 as decimal(5, 1))", Decimal("1.5")),
    fails("r_enable_numeric_rounding", "select cast(1.55 as decimal(5, 1))", "would truncate 1.55"),
    passes("r_enable_numeric_rounding", "select cast(amount as integer) from t where id = 2", -2),
    fails("r_enable_numeric_rounding", "select cast(amount as integer) from t where id = 1", "would truncate"),
    passes("r_Numeric_types201", "select cast(round(1.005, 2) as decimal(5, 2))", Decimal("1.01")),
    passes("r_Numeric_types201", "select cast('1.2300' as decimal(5, 2))", Decimal("1.23")),
    passes("r_Numeric_types201", "select cast(null as decimal(5, 2))", None),
    fails("r_Numeric_types201", "select cast(1000 as decimal(5, 2))", "numeric field overflow"),
    fails("r_Numeric_types201", "select cast(1 as decimal(39, 2))", "more than 38 digits"),
    fails("r_Numeric_types201", "select cast('NaN' as decimal(5, 2))", "invalid input for a number"),
    fails("r_Numeric_types201", "select cast('0x1F' as integer)", "invalid input for a number"),
    fails("r_Numeric_types201", "select cast('1_000' as integer)", "invalid input for a number"),
    passes("r_Numeric_types201", "select cast('12' as integer)", 12),
    passes("r_Character_types", "select cast('é' as varchar(2))", "é"),
    fails("r_Character_types", "select cast('éa' as varchar(2))", "would truncate a text of 3 bytes"),
    passes("r_Character_types", "select cast('a' as varchar(max))", "a"),
    unsupported("r_Character_types", "select cast('a' as char(1))", "cast to char(1)"),
    fails("r_CAST_function", "select cast(ok as varchar(5)) from t", "no cast from boolean to varchar"),
    fails("r_CAST_function", "select ok::varchar from t", "no cast from boolean to varchar"),
    unsupported("r_CAST_function", "select cast(name as boolean) from t", "a cast to boolean"),
    passes("r_CAST_function", "select cast(ok as integer) from t where id = 1", 1),
    passes("r_CAST_function", "select '2024-01-31'::date", date(2024, 1, 31)),
    unsupported("r_CAST_function", "select amount::integer from t", "::integer"),
    unsupported("r_CAST_function", "select amount::decimal(5, 1) from t", "::decimal"),
    unsupported("r_CAST_function", "select name::varchar(1) from t", "::varchar(1)"),
    passes("r_TRY_CAST", "select try_cast('12.30' as decimal(5, 2))", Decimal("12.30")),
    passes("r_TRY_CAST", "select try_cast('x' as integer)", None),
    passes("r_TRY_CAST", "select try_cast('2024-02-30' as date)", None),
    passes("r_TRY_CAST", "select try_cast('123456' as decimal(5, 2))", None),
    fails("r_TRY_CAST", "select try_cast('12.345' as decimal(5, 2))", "would truncate"),
    fails("r_TRY_CAST", "select try_cast('x' as boolean)", "does not support try_cast to boolean"),
    fails("r_TRY_CAST", "select try_cast(' ' as integer)", "try_cast of a blank text"),
    fails("r_TRY_CAST", "select try_cast('NaN' as decimal(5, 2))", "not supported: try_cast of 'NaN'"),
    fails("r_TRY_CAST", "select try_cast('today' as date)", "not supported: try_cast of 'today'"),
]
