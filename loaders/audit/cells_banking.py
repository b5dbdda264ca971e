"""The tables of gold that are made of balances, contacts, loans, instalments and investments."""

from __future__ import annotations

from loaders.audit.cell import Cell, Distinct, Formula, Quotient, Rows, Sum

# The last balance of an account in a month is its month-end balance; balances without a rate come last.
_BALANCES = Rows(
    "fact_daily_balances",
    "banking.daily_balances",
    ("delivered_account_id", "balance_date"),
    relation="""
        select
            balances.*,
            cast(date_trunc('month', balances.balance_date) as date) as month_start_date,
            row_number() over (
                partition by balances.delivered_account_id, date_trunc('month', balances.balance_date)
                order by
                    case when balances.closing_balance_reporting is null then 1 else 0 end,
                    balances.balance_date desc
            ) as rank_from_end,
            count(*) over (partition by balances.customer_id, balances.balance_date)
            - count(balances.closing_balance_reporting) over (
                partition by balances.customer_id, balances.balance_date
            ) as unconverted_on_day
        from {gold}.fact_daily_balances as balances
    """,
)
_CONTACTS = Rows("fact_customer_interactions", "banking.customer_interactions", ("interaction_id",))
_PAYMENTS = Rows("fact_loan_payment", "banking.loan_payments", ("payment_id",))
_LOANS = Rows(
    "dim_loan",
    "banking.loans",
    ("loan_id",),
    relation="""
        select loans.*, staged._source_file, staged._source_line
        from {gold}.dim_loan as loans
        inner join {silver}.stg_banking__loans as staged on loans.loan_id = staged.loan_id
    """,
)
# What is outstanding: the loan, less the principal of the instalments that were paid; nothing of a settled loan.
_OUTSTANDING = Rows(
    "dim_loan",
    "banking.loans",
    ("item",),
    relation="""
        select
            loans.loan_id,
            'loan ' || loans.loan_id as item,
            case when statuses.is_open or statuses.is_in_arrears or statuses.loan_status is null
                then cast(loans.loan_amount as decimal(38, 2)) else 0 end as amount,
            staged._source_file,
            staged._source_line
        from {gold}.dim_loan as loans
        inner join {silver}.stg_banking__loans as staged on loans.loan_id = staged.loan_id
        left join {silver}.loan_statuses as statuses on loans.loan_status = statuses.loan_status
        union all
        select
            payments.loan_id,
            'payment ' || payments.payment_id as item,
            case
                when not payments.is_paid then 0
                when statuses.is_open or statuses.is_in_arrears or statuses.loan_status is null
                    then -cast(payments.principal_amount as decimal(38, 2))
                else 0
            end as amount,
            payments._source_file,
            payments._source_line
        from {gold}.fact_loan_payment as payments
        inner join {gold}.dim_loan as loans on payments.loan_id = loans.loan_id
        left join {silver}.loan_statuses as statuses on loans.loan_status = statuses.loan_status
    """,
)
_DECISIONS = Rows(
    "fact_loan",
    "banking.loan_applications",
    ("application_id", "loan_id"),
    relation="""
        select
            decisions.*,
            coalesce(applications.requested_amount, loans.loan_amount) as delivered_amount,
            coalesce(applications._source_file, loans._source_file) as _source_file,
            coalesce(applications._source_line, loans._source_line) as _source_line
        from {gold}.fact_loan as decisions
        left join {silver}.stg_banking__loan_applications as applications
            on decisions.application_id = applications.application_id
        left join {silver}.stg_banking__loans as loans on decisions.loan_id = loans.loan_id
    """,
)
_RATE = "cast(case when currencies.is_reporting_currency then 1 else rates.rate_to_reporting end as decimal(18, 10))"
# At the rate of the day of the investment; before the first known rate, at that one.
_INVESTMENTS = Rows(
    "fact_investment",
    "banking.investments",
    ("investment_id",),
    relation=f"""
        select
            investments.*,
            cast(round(cast(investments.investment_amount as decimal(19, 2)) * {_RATE}, 2) as decimal(18, 2))
                as amount_reporting,
            cast(round(cast(investments.investment_return as decimal(19, 2)) * {_RATE}, 2) as decimal(18, 2))
                as return_reporting
        from {{gold}}.fact_investment as investments
        inner join {{gold}}.dim_currency as currencies on investments.currency_id = currencies.currency_id
        left join (
            select currency_code, min(rate_date) as first_date from {{gold}}.dim_fx_rate group by currency_code
        ) as first_rates on currencies.currency_code = first_rates.currency_code
        left join {{gold}}.dim_fx_rate as rates
            on
                first_rates.currency_code = rates.currency_code
                and greatest(investments.investment_date, first_rates.first_date) = rates.rate_date
    """,  # noqa: S608
)
_CONVERTED = "facts.amount_reporting is not null and facts.return_reporting is not null"
_ACCOUNTS = Rows(
    "dim_account",
    "banking.accounts",
    ("account_id",),
    relation="""
        select accounts.*, statuses.is_open, staged._source_file, staged._source_line
        from {gold}.dim_account as accounts
        inner join {silver}.stg_banking__accounts as staged on accounts.account_id = staged.account_id
        left join {silver}.account_statuses as statuses on accounts.account_status = statuses.account_status
    """,
)

BANKING_CELLS = (
    Cell(
        "customer_balance_trend",
        _BALANCES,
        {"customer_id": "facts.customer_id", "month_start_date": "facts.month_start_date"},
        {
            "balance_count": "1",
            "day_count": Distinct("facts.balance_date"),
            "month_end_balance_reporting": Sum(
                "case when facts.rank_from_end = 1 then facts.closing_balance_reporting else 0 end", all_or_nothing=True
            ),
            "average_balance_reporting": Quotient(
                Sum("case when facts.unconverted_on_day = 0 then facts.closing_balance_reporting end"),
                Distinct("case when facts.unconverted_on_day = 0 then facts.balance_date end"),
                2,
            ),
            "balance_change_reporting": Formula("month_end_balance_reporting - previous_month_end_balance_reporting"),
            "balance_change_share": Formula("balance_change_reporting", "abs(previous_month_end_balance_reporting)", 6),
            "unconverted_count": "case when facts.closing_balance_reporting is null then 1 else 0 end",
        },
    ),
    Cell(
        "dim_account",
        _BALANCES,
        {"account_id": "facts.account_id", "delivered_balance_date": "facts.balance_date"},
        {"delivered_balance": "facts.closing_balance"},
        expected="false",
    ),
    Cell(
        "channel_effectiveness",
        _CONTACTS,
        {
            "month_start_date": "cast(date_trunc('month', facts.interaction_date) as date)",
            "channel_id": "facts.channel_id",
        },
        {
            "contact_count": "1",
            "resolved_count": "case when facts.is_resolved then 1 else 0 end",
            "resolution_rate": Formula("resolved_count", "contact_count", 6),
            "scored_count": "case when facts.satisfaction_score is not null then 1 else 0 end",
            "mean_satisfaction_score": Quotient(
                Sum("facts.satisfaction_score"),
                Sum("case when facts.satisfaction_score is not null then 1 else 0 end"),
                2,
            ),
            "mean_duration_seconds": Quotient(
                Sum("cast(facts.duration_seconds as bigint)"),
                Sum("case when facts.duration_seconds is not null then 1 else 0 end"),
                2,
            ),
        },
    ),
    Cell(
        "customer_segments",
        _ACCOUNTS,
        {"customer_id": "facts.customer_id"},
        {
            "account_count": "1",
            "open_account_count": "case when facts.is_open and not facts.is_deleted then 1 else 0 end",
        },
        expected="false",
    ),
    Cell(
        "fact_loan",
        _DECISIONS,
        {"loan_fact_id": "facts.loan_fact_id"},
        {"requested_amount": "facts.delivered_amount"},
    ),
    Cell(
        "loan_approval_rate",
        _DECISIONS,
        {"loan_type": "facts.loan_type", "grade": "coalesce(facts.grade, 'Unknown')"},
        {
            "application_count": "1",
            "approved_count": "case when facts.is_approved then 1 else 0 end",
            "rejected_count": "case when facts.is_decided and not facts.is_approved then 1 else 0 end",
            "pending_count": "case when facts.is_decided then 0 else 1 end",
            "approval_rate": Formula("approved_count", "approved_count + rejected_count", 6),
        },
    ),
    Cell(
        "loan_delinquency",
        _LOANS,
        {"loan_id": "facts.loan_id"},
        {
            "loan_amount": "facts.loan_amount",
            "expected_loss": Formula(
                "round(cast(outstanding_amount as decimal(24, 2)) "
                "* cast(probability_of_default * loss_given_default as decimal(14, 12)), 2)"
            ),
        },
        where="facts.is_granted and not facts.is_deleted",
    ),
    Cell(
        "loan_delinquency",
        _PAYMENTS,
        {"loan_id": "facts.loan_id"},
        {"unpaid_count": "case when facts.due_date <= cells.as_of_date and not facts.is_paid then 1 else 0 end"},
        expected="false",
    ),
    Cell(
        "loan_delinquency",
        _OUTSTANDING,
        {"loan_id": "facts.loan_id"},
        {"outstanding_amount": "facts.amount"},
        expected="false",
    ),
    Cell(
        "investment_performance",
        _INVESTMENTS,
        {"investment_type_id": "facts.investment_type_id"},
        {
            "investment_count": "1",
            "account_count": Distinct("facts.account_id"),
            "winning_count": "case when facts.investment_return > 0 then 1 else 0 end",
            "invested_amount_reporting": f"case when {_CONVERTED} then facts.amount_reporting end",
            "returned_amount_reporting": f"case when {_CONVERTED} then facts.return_reporting end",
            "return_on_investment": Formula("returned_amount_reporting", "invested_amount_reporting", 6),
            "unconverted_count": f"case when {_CONVERTED} then 0 else 1 end",
        },
    ),
)
