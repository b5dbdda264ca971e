{% set rules = {
    'customer_id_missing': 'raw_customer_id is null',
    'customer_id_reserved': "raw_customer_id = 'unknown'",
    'date_of_birth_not_parsable': 'raw_date_of_birth is not null and date_of_birth is null',
    'segment_unknown': 'segments.customer_segment is null',
    'credit_score_not_parsable': 'raw_credit_score is not null and credit_score is null',
    'credit_score_out_of_range': 'credit_score not between 300 and 850',
    'signup_date_not_parsable': 'raw_signup_date is not null and signup_date is null',
    'updated_at_missing': 'raw_updated_at is null',
    'updated_at_not_parsable': 'raw_updated_at is not null and updated_at is null',
    'updated_at_out_of_range': out_of_time('updated_at'),
    'text_too_long': too_long([
        'customer_id', 'first_name', 'last_name', 'email', 'phone', 'address',
        'city', 'state', 'country', 'segment', 'location_id',
    ]),
} %}
{{ config(meta={'rules': rules}) }}

with

delivered as (
    {{ delivered_rows('banking', 'customers') }}
),

segments as (select * from {{ ref('bank_segments') }}),

typed as (
    select
        delivered.*,
        {{ try_to_text('raw_customer_id', 256) }} as customer_id,
        {{ try_to_text('raw_first_name', 1024) }} as first_name,
        {{ try_to_text('raw_last_name', 1024) }} as last_name,
        {{ try_to_text('raw_email', 1024) }} as email,
        {{ try_to_text('raw_phone', 256) }} as phone,
        {{ try_to_text('raw_address', 4096) }} as address,
        {{ try_to_text('raw_city', 1024) }} as city,
        {{ try_to_text('raw_state', 1024) }} as state,
        {{ try_to_text('raw_country', 256) }} as country,
        {{ try_to_text('raw_segment', 256) }} as segment,
        {{ try_to_text('raw_location_id', 256) }} as location_id,
        {{ try_to_date('raw_date_of_birth') }} as date_of_birth,
        {{ try_to_integer('raw_credit_score') }} as credit_score,
        {{ try_to_date('raw_signup_date') }} as signup_date,
        {{ try_to_utc('raw_updated_at') }} as updated_at
    from delivered
),

judged as (
    select
        typed.*,
        {{ failed_rules(rules) }} as _failed_rules
    from typed
    left join segments on typed.raw_segment = segments.customer_segment
),

final as (
    select
        customer_id,
        location_id,

        first_name,
        last_name,
        email,
        phone,
        date_of_birth,
        address,
        city,
        state,
        country,
        segment,
        credit_score,
        signup_date,
        updated_at,

        _source_file,
        _source_line,
        _arrived_on,
        _loaded_at,
        {{ row_hash('banking', 'customers') }} as _row_hash,
        _failed_rules,
        case when _failed_rules <> '' then {{ raw_record('banking', 'customers') }} end as _raw_record
    from judged
)

select * from final
