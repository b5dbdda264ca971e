"""The queries of `tieout check` about what sources have delivered."""

from __future__ import annotations

MISSING = """
select domain, entity, frequency, expected_on
from {audit}.expected_deliveries
where delivery_status = 'missing'
order by domain, entity, expected_on
"""

LATE = """
select domain, entity, count(*) as day_count, min(expected_on) as first_on
from {audit}.expected_deliveries
where delivery_status = 'late'
group by domain, entity
order by domain, entity
"""

REFUSED = """
select domain, entity, arrived_on, delivered_file, refusal_reason, is_derived
from {audit}.refused_files
where not is_resolved
order by arrived_on, delivered_file, delivered_sha256
"""

REPAIRED = """
select count(*) as file_count
from {audit}.refused_files
where is_resolved and not is_derived
having count(*) > 0
"""

# The days between which a domain delivered nothing at all, of domains of which something is expected by day.
PAUSES = """
select domain, count(*) as pause_count, max(arrived_on) as last_on, max(next_on) as resumed_on
from (
    select domain, arrived_on, lead(arrived_on) over (partition by domain order by arrived_on) as next_on
    from (
        select distinct domain, arrived_on
        from {audit}.deliveries
    ) as days
) as following
where
    next_on - arrived_on > {pause_days}
    and domain in (select domain from {audit}.expected_deliveries where frequency <> 'monthly')
group by domain
order by domain
"""

# The first row of each file in a list of what files did wrong, and the number of its rows.
_FIRST_OF_EACH_FILE = """
select *
from (
    select
        *,
        count(*) over (partition by source_file) as row_count,
        row_number() over (partition by source_file order by {order}) as file_rank
    from {{audit}}.{table}
) as ranked
where file_rank = 1
order by source_file
"""

# Files that take back more units of order lines than were sold.
EXCESS_RETURNS = _FIRST_OF_EACH_FILE.format(table="excess_returns", order="order_line_id")

# Files that use keys of earlier rows for something else.
REUSED = _FIRST_OF_EACH_FILE.format(table="reused_keys", order="source_line")
