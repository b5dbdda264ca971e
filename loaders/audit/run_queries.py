"""The queries of `tieout check` for what the runs of dbt have done: `run_history`."""

from __future__ import annotations

# When the last build of all nodes began that has ended.
_BUILDS = """(
    select max(run_started_at) as built_at
    from {audit}.run_history
    where command = 'build' and node_id = 'run.ended' and node_name = 'all nodes'
) as builds"""

# What was built after the audit, successfully or not. The audit does not cover it. A run that compares totals of
# earlier runs is no audit.
BUILT_SINCE = """
select distinct history.node_name
from {audit}.run_history as history
cross join (
    select max(compared.run_started_at) as audited_at
    from {audit}.run_history as compared
    inner join {audit}.run_history as totals on compared.invocation_id = totals.invocation_id
    where
        compared.node_name = 'layer_reconciliation'
        and compared.resource_type = 'model'
        and compared.status = 'success'
        and totals.node_name in ('layer_totals_banking', 'layer_totals_commerce')
        and totals.resource_type = 'model'
        and totals.status = 'success'
) as audits
where
    history.resource_type in ('model', 'snapshot', 'seed')
    and history.run_started_at > audits.audited_at
    and history.status not in ('skipped', 'no-op')
"""

# What the last run of each node came to. Nodes that the last build of all nodes lacks are gone from the project.
FAILED = f"""
select node_name, resource_type, status, failure_count
from (
    select
        history.*,
        row_number() over (partition by history.node_id order by history.run_started_at desc) as run_rank
    from {{audit}}.run_history as history
    cross join {_BUILDS}
    where history.run_started_at >= coalesce(builds.built_at, history.run_started_at)
) as latest
where run_rank = 1 and status in {{failed}}
order by resource_type, node_name
"""  # noqa: S608

# Runs that have started and not ended, unless a later build of all nodes has ended, or the same command again.
UNFINISHED = f"""
select started.command, started.run_started_at
from {{audit}}.run_history as started
left join {{audit}}.run_history as own_end
    on started.invocation_id = own_end.invocation_id and own_end.node_id = 'run.ended'
left join (
    select command, node_name, max(run_started_at) as ended_at
    from {{audit}}.run_history
    where node_id = 'run.ended'
    group by command, node_name
) as same_command
    on
        started.command = same_command.command
        and started.node_name = same_command.node_name
        and started.run_started_at < same_command.ended_at
cross join {_BUILDS}
where
    started.node_id = 'run.started'
    and own_end.invocation_id is null
    and same_command.command is null
    and started.run_started_at > coalesce(builds.built_at, cast('1900-01-01' as timestamp))
order by started.run_started_at
"""  # noqa: S608

# Tables whose last build is older than the last file that was loaded, because later runs did not select them.
LEFT_OUT = f"""
select history.node_name
from {{audit}}.run_history as history
cross join {_BUILDS}
cross join (
    select max(_loaded_at) as loaded_at
    from {{audit}}.deliveries
) as files
where
    history.resource_type in ('model', 'snapshot')
    and history.status = 'success'
    and history.run_started_at >= coalesce(builds.built_at, history.run_started_at)
group by history.node_name
having max(history.run_started_at) < max(files.loaded_at)
order by history.node_name
"""  # noqa: S608

# When the outcomes of all rows were last worked out from base: by the first build, by one that rebuilt everything, or
# by a full proof. The last two count only if they have compared the files and their rows too.
FULL_PROOF = """
select
    coalesce(
        max(case when compared.invocation_id is not null then outcomes.run_started_at end),
        min(outcomes.run_started_at)
    ) as proved_at
from {audit}.run_history as outcomes
left join (
    select invocation_id
    from {audit}.run_history
    where
        node_name in ('differing_files', 'unexplained_rows')
        and resource_type = 'model'
        and status = 'success'
    group by invocation_id
    having count(distinct node_name) = 2
) as compared on outcomes.invocation_id = compared.invocation_id and outcomes.is_full_proof
where
    outcomes.node_name = 'row_outcomes'
    and outcomes.resource_type = 'model'
    and outcomes.status = 'success'
"""
