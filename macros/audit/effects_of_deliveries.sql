{#
    What each delivery changed between two revisions of the monthly totals, as CTEs up to `effects`: a row for what a
    transaction adds after it, and one less than zero for what it added before, each with the file that caused the change.

    A transaction counts if its latest row is not withdrawn and no other one replaces it. So the transactions with new rows
    are looked at, those that they name, and of both those that replace them.

    intervals: name of a CTE with revision, loaded_after and loaded_until.
#}
{% macro effects_of_deliveries(intervals) -%}
{{- expect_expression('effects_of_deliveries', 'intervals', intervals) -}}
states as (
    select
        base_transactions.transaction_id,
        base_transactions.replaces_transaction_id,
        {{ is_active('base_transactions') }} as is_active,
        {{ month_start(transaction_date_of('base_transactions')) }} as month_start,
        base_transactions.currency as currency_code,
        base_transactions.amount,
        case
            when transaction_statuses.moves_balance then base_transactions.amount * transaction_types.amount_sign
            else 0
        end as posted_amount,
        base_transactions.updated_at,
        base_transactions._source_file,
        base_transactions._source_line,
        base_transactions._arrived_on,
        base_transactions._loaded_at
    from {{ ref('base_banking__transactions') }} as base_transactions
    inner join {{ ref('transaction_types') }} as transaction_types
        on base_transactions.transaction_type = transaction_types.transaction_type_name
    inner join {{ ref('transaction_statuses') }} as transaction_statuses
        on base_transactions.transaction_status = transaction_statuses.transaction_status
    where base_transactions._failed_rules = ''
),

pairs as (
    {{ replacement_pairs('base_banking__transactions', 'transaction_id', 'replaces_transaction_id') }}
),

-- Transactions with a row that was loaded between two revisions.
touched as (
    select distinct
        intervals.revision,
        intervals.loaded_after,
        intervals.loaded_until,
        states.transaction_id
    from states
    inner join {{ intervals }} as intervals
        on
            states._loaded_at > intervals.loaded_after
            and states._loaded_at <= intervals.loaded_until
),

affected as (
    select *
    from touched
    union
    select
        touched.revision,
        touched.loaded_after,
        touched.loaded_until,
        pairs.replaced_key as transaction_id
    from touched
    inner join pairs on touched.transaction_id = pairs.replacing_key
),

to_rank as (
    select *
    from affected
    union
    select
        affected.revision,
        affected.loaded_after,
        affected.loaded_until,
        pairs.replacing_key as transaction_id
    from affected
    inner join pairs on affected.transaction_id = pairs.replaced_key
),

-- All rows of these transactions, ranked as of each revision and as of the one before it.
ranked as (
    select
        to_rank.revision,
        states.*,
        states._loaded_at <= to_rank.loaded_after as was_known,
        row_number() over (
            partition by to_rank.revision, states.transaction_id
            order by
                states.updated_at desc, states._arrived_on desc, states._source_file desc, states._source_line desc
        ) as rank_now,
        row_number() over (
            partition by to_rank.revision, states.transaction_id, states._loaded_at <= to_rank.loaded_after
            order by
                states.updated_at desc, states._arrived_on desc, states._source_file desc, states._source_line desc
        ) as rank_before
    from states
    inner join to_rank
        on
            states.transaction_id = to_rank.transaction_id
            and states._loaded_at <= to_rank.loaded_until
),

{% for moment, condition in [('after', 'rank_now = 1'), ('before', 'was_known and rank_before = 1')] -%}
states_{{ moment }} as (
    select *
    from ranked
    where {{ condition }}
),

replaced_{{ moment }} as (
    select distinct
        revision,
        replaces_transaction_id
    from states_{{ moment }}
    where
        is_active
        and replaces_transaction_id is not null
),

counted_{{ moment }} as (
    select states.*
    from states_{{ moment }} as states
    left join replaced_{{ moment }} as replaced
        on
            states.revision = replaced.revision
            and states.transaction_id = replaced.replaces_transaction_id
    where
        states.is_active
        and replaced.revision is null
),

{% endfor -%}
-- The file of the latest row; for a transaction without a new row, the file of the one that replaces it or did so.
caused_by as (
    select
        touched.revision,
        touched.transaction_id,
        states_after._source_file as source_file
    from touched
    inner join states_after
        on
            touched.revision = states_after.revision
            and touched.transaction_id = states_after.transaction_id
    union all
    select
        touched.revision,
        pairs.replaced_key as transaction_id,
        max(states_after._source_file) as source_file
    from touched
    inner join pairs on touched.transaction_id = pairs.replacing_key
    inner join states_after
        on
            touched.revision = states_after.revision
            and touched.transaction_id = states_after.transaction_id
    left join touched as also_touched
        on
            touched.revision = also_touched.revision
            and pairs.replaced_key = also_touched.transaction_id
    where also_touched.revision is null
    group by
        touched.revision,
        pairs.replaced_key
),

effects as (
    {% for moment, sign in [('after', ''), ('before', '-')] -%}
    select
        counted.revision,
        counted.month_start,
        counted.currency_code,
        caused_by.source_file,
        {{ sign }}1 as transaction_count,
        {{ sign }}counted.amount as amount,
        {{ sign }}counted.posted_amount as posted_amount
    from counted_{{ moment }} as counted
    inner join caused_by
        on
            counted.revision = caused_by.revision
            and counted.transaction_id = caused_by.transaction_id
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),
{%- endmacro %}
