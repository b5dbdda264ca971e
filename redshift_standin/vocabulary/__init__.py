"""The words of Redshift's SQL: functions, reserved words, types, and the syntax that the stand-in supports.

The files beside this module list one entry per line:

- functions.txt: the functions that Redshift has.
- reserved.txt: its reserved words.
- syntax.txt: syntax that means the same on Redshift and PostgreSQL. A line is a node type of sqlglot and the parts that
  it can have.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def _lines(name: str) -> list[str]:
    return (_HERE / name).read_text(encoding="utf-8").splitlines()


REDSHIFT_FUNCTIONS = frozenset(_lines("functions.txt"))
RESERVED_WORDS = frozenset(_lines("reserved.txt"))
SUPPORTED_SYNTAX = {node: frozenset(parts) for node, *parts in map(str.split, _lines("syntax.txt"))}

# Functions that give the same result in the stand-in: PostgreSQL's own, or those of the setup scripts.
SUPPORTED_FUNCTIONS = frozenset(
    """
    abs add_months any_value ascii asin bool_and bool_or btrim ceil ceiling char_length charindex chr coalesce
    concat convert_timezone cos count current_database current_date current_user date_part date_trunc dateadd
    datediff dense_rank extract first_value floor fnv_hash getdate greatest initcap lag last_day last_value lead least
    left len length listagg ln lower lpad ltrim max md5 min mod nth_value ntile nullif nvl octet_length percent_rank
    pg_backend_pid position power radians random rank regexp_replace regexp_substr repeat replace replicate reverse
    right round row_number rpad rtrim session_user sha2 sign sin split_part sqrt strpos substring sum sysdate
    to_char translate trim trunc upper version
    """.split()
)
LEADER_ONLY_FUNCTIONS = frozenset(
    """
    age current_schema current_schemas current_time current_timestamp factorial generate_series get_bit get_byte getbit
    has_database_privilege has_schema_privilege has_table_privilege isfinite localtime localtimestamp log now set_bit
    set_byte substr to_ascii
    """.split()
)
COMPUTE_ONLY_FUNCTIONS = frozenset(["approximate", "listagg", "median", "percentile_cont", "percentile_disc"])
# Leader-node functions that are called without parentheses.
LEADER_ONLY_WORDS = frozenset(["current_time", "current_timestamp", "localtime", "localtimestamp"])
# Words that can precede a parenthesis without being a function: keywords, types and parts of window clauses.
NOT_FUNCTIONS = frozenset(
    """
    all and any as between bigint boolean by case cast char character decimal default distinct double else end except
    exists filter from group having in inner insert integer intersect interval into is join key like limit minus not
    null numeric on or order over partition precision references returning rows select set some table then timestamp
    timestamptz try_cast union unique update using values varchar varying when where with within grouping sets
    """.split()
)
SYSTEM_COLUMNS = frozenset("oid tableoid xmin cmin xmax cmax ctid".split())
UNKNOWN_TYPES = frozenset("json jsonb uuid bytea money serial bigserial xml inet cidr hstore bit array enum".split())
# A cast to one of these types can lose digits or bytes. Only `cast(... as ...)` is checked for that (queries.py).
LOSSY_TYPES = frozenset(
    """
    smallint int2 integer int int4 bigint int8 boolean bool numeric decimal char nvarchar bpchar
    """.split()
)
