-- One row per granted loan, as of the last due date that does not lie ahead of the deliveries: days past due of the
-- oldest unpaid instalment, and expected loss = probability of default (PD) x loss given default (LGD) x outstanding
-- amount. A loan that the bank has declared defaulted has the PD 1, whatever its instalments say.
with

loans as (select * from {{ ref('dim_loan') }}),

payments as (select * from {{ ref('fact_loan_payment') }}),

loan_statuses as (select * from {{ ref('loan_statuses') }}),

dpd_bands as (select * from {{ ref('dpd_bands') }}),

losses as (select * from {{ ref('loss_given_default') }}),

deliveries as (select * from {{ ref('base_control__deliveries') }}),

last_arrival as (
    {{ last_arrival_of('deliveries', 'banking', 'loan_payments') }}
),

-- A date from the data, not today's date, so that the same deliveries always give the same result. A schedule can be
-- delivered for years ahead. What a bank has been paid is known until the day on which its last file arrived.
as_of as (
    select least(max(payments.due_date), max(last_arrival.arrived_on)) as as_of_date
    from payments
    cross join last_arrival
),

-- An instalment that is paid before it is due is repaid.
instalments as (
    select
        payments.loan_id,
        min(case when payments.due_date <= as_of.as_of_date and not payments.is_paid then payments.due_date end)
            as oldest_unpaid_date,
        cast(sum(case when payments.is_paid then payments.principal_amount else 0 end) as decimal(38, 2))
            as repaid_amount,
        cast(
            sum(case when payments.due_date <= as_of.as_of_date and not payments.is_paid then 1 else 0 end) as bigint
        ) as unpaid_count
    from payments
    cross join as_of
    group by payments.loan_id
),

loans_with_days_past_due as (
    select
        loans.loan_id,
        loans.customer_id,
        loans.loan_type,
        loans.currency,
        loans.loan_status,
        coalesce(not loan_statuses.is_open and loan_statuses.is_in_arrears, false) as is_defaulted,
        as_of.as_of_date,
        loans.loan_amount,
        coalesce(instalments.unpaid_count, 0) as unpaid_count,
        -- Nothing is owed on a loan that is neither open nor in arrears, even if an old instalment was never updated.
        cast(
            case
                when not loan_statuses.is_open and not loan_statuses.is_in_arrears then 0
                else cast(loans.loan_amount as decimal(38, 2)) - coalesce(instalments.repaid_amount, 0)
            end as decimal(38, 2)
        ) as outstanding_amount,
        case
            when not loan_statuses.is_open and not loan_statuses.is_in_arrears then 0
            when instalments.oldest_unpaid_date is null then 0
            else {{ dbt.datediff('instalments.oldest_unpaid_date', 'as_of.as_of_date', 'day') }}
        end as days_past_due
    from loans
    cross join as_of
    left join instalments on loans.loan_id = instalments.loan_id
    left join loan_statuses on loans.loan_status = loan_statuses.loan_status
    where
        loans.is_granted
        and not loans.is_deleted
        and loans.loan_id <> 'unknown'
),

loans_with_band as (
    select
        loans_with_days_past_due.*,
        dpd_bands.days_past_due_band,
        dpd_bands.is_non_performing or loans_with_days_past_due.is_defaulted as is_non_performing,
        case
            when loans_with_days_past_due.is_defaulted then cast(1 as decimal(9, 6))
            else dpd_bands.probability_of_default
        end as probability_of_default,
        losses.loss_given_default
    from loans_with_days_past_due
    -- The last band has no upper bound.
    left join dpd_bands
        on
            loans_with_days_past_due.days_past_due >= dpd_bands.least_days
            and (dpd_bands.most_days is null or loans_with_days_past_due.days_past_due <= dpd_bands.most_days)
    left join losses on loans_with_days_past_due.loan_type = losses.loan_type
),

final as (
    select
        loan_id,
        customer_id,

        loan_type,
        currency,
        loan_status,
        as_of_date,
        days_past_due_band,
        is_non_performing,

        cast(days_past_due as integer) as days_past_due,
        cast(unpaid_count as bigint) as unpaid_count,
        loan_amount,
        outstanding_amount,
        probability_of_default,
        loss_given_default,
        -- The product of two decimals needs the digits of both and one more, at most 38.
        cast(
            round(
                cast(outstanding_amount as decimal(23, 2))
                * cast(probability_of_default * loss_given_default as decimal(14, 12)),
                2
            ) as decimal(38, 2)
        ) as expected_loss
    from loans_with_band
)

select * from final
