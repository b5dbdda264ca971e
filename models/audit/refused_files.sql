-- Every file that was refused at the door, and the file that repaired it: one of the same entity and day that landed
-- after it under the same name, or under its name with a further part, or one of a later day with the day in its name.
-- A control file that differs from a file that has landed is refused in its own name.
-- What landing has derived from a full export, and withheld, is settled by the next export of which it landed too.

with

deliveries as (select * from {{ ref('base_control__deliveries') }}),

refused_deliveries as (
    select
        *,
        {{ replace_pattern('delivered_file', '[.]([cC][tT][lL]|[mM][dD]5|[sS][hH][aA](1|256))$', '') }}
            as data_file
    from deliveries
    where delivery_status = 'refused'
),

refused as (
    select
        delivery_sk,
        domain,
        entity,
        arrived_on,
        delivered_file,
        refusal_reason,
        delivered_sha256,
        derived_from is not null as is_derived,
        -- banking/transactions.2 of banking/transactions.2.csv.gz, and of its control file
        -- banking/transactions.2.csv.ctl
        {{ replace_pattern('data_file', '[.][cC][sS][vV]([.][gG][zZ])?$', '') }}
            as file_stem,
        cast(arrived_on as varchar(10)) as day_name,
        -- Files that landed before the manifest had numbers.
        coalesce(landing_number, 0) as landing_number,
        _loaded_at
    from refused_deliveries
),

landed as (
    select
        domain,
        entity,
        arrived_on,
        delivered_file,
        bronze_file,
        derived_from is not null as is_derived,
        coalesce(landing_number, 0) as landing_number
    from deliveries
    where delivery_status = 'landed'
),

repairs as (
    select
        refused.delivery_sk,
        landed.bronze_file,
        row_number() over (
            partition by refused.delivery_sk
            order by landed.arrived_on, landed.landing_number, landed.bronze_file
        ) as repair_rank
    from refused
    inner join landed
        on
            refused.domain = landed.domain
            and refused.entity = landed.entity
            and refused.is_derived = landed.is_derived
            and refused.arrived_on <= landed.arrived_on
    where
        (
            refused.arrived_on = landed.arrived_on
            and refused.landing_number <= landed.landing_number
            and position(refused.file_stem || '.' in landed.delivered_file) = 1
        )
        or (
            refused.arrived_on < landed.arrived_on
            and (
                refused.is_derived
                or position(refused.day_name in landed.delivered_file) > 0
                or position(replace(refused.day_name, '-', '') in landed.delivered_file) > 0
            )
        )
),

final as (
    select
        refused.delivery_sk,

        refused.domain,
        refused.entity,
        refused.arrived_on,
        refused.delivered_file,
        refused.refusal_reason,
        refused.delivered_sha256,
        refused.is_derived,

        repairs.bronze_file is not null as is_resolved,
        repairs.bronze_file as resolved_by_file,

        refused._loaded_at
    from refused
    left join repairs
        on
            refused.delivery_sk = repairs.delivery_sk
            and repairs.repair_rank = 1
)

select * from final
