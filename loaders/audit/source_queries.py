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

# The first order line of each file that takes back more units than were sold.
EXCESS_RETURNS = """
select
    source_file, line_count, order_line_id, order_id, return_flag, sold_quantity, returned_quantity, return_line_count
from (
    select
        *,
        count(*) over (partition by source_file) as line_count,
        row_number() over (partition by source_file order by order_line_id) as line_rank
    from {audit}.excess_returns
) as ranked
where line_rank = 1
order by source_file
"""

# The first key of each file that uses keys of earlier rows for something else.
REUSED = """
select
    domain, entity, source_file, key_count, business_key, source_line, reuse_detail, earlier_source_file,
    earlier_source_line
from (
    select
        *,
        count(*) over (partition by source_file) as key_count,
        row_number() over (partition by source_file order by source_line) as line_rank
    from {audit}.reused_keys
) as ranked
where line_rank = 1
order by source_file
"""
