"""The queries of `tieout explain`. {where} is the condition on the key of a record."""

from __future__ import annotations

# {columns} are the values that make the content of a row, each as value_<name>.
STATES = """
select
    _source_file as source_file,
    _source_line as source_line,
    _arrived_on as arrived_on,
    _loaded_at as loaded_at,
    _failed_rules as failed_rules,
    {columns},
    updated_at
from {{silver}}.{base}
where {where}
order by
    case when _failed_rules = '' then 0 else 1 end,
    updated_at desc,
    _arrived_on desc,
    _source_file desc,
    _source_line desc
"""

REJECTED = """
select source_file, source_line, is_resolved, resolved_by_file, resolved_on
from {{audit}}.rejected_rows
where domain = {domain} and entity = {entity} and business_key = {key}
"""

# {contains}: the condition that a line contains all values of the key.
MALFORMED = """
select lines._source_file as bronze_file, lines._source_line as source_line, lines.reason, lines.raw_line
from {{silver}}.base_control__malformed_lines as lines
where {contains}
order by lines._source_file, lines._source_line
"""

# What landing made a file from, if it made it.
DERIVED = """
select derived_from
from {{silver}}.base_control__deliveries
where bronze_file = {file} and derived_from is not null
"""

DELIVERED_FILE = """
select delivered_file
from {{silver}}.base_control__deliveries
where bronze_file = {file}
"""

# {columns}: further columns to show.
STAGED = """
select
    _source_file as source_file,
    _source_line as source_line,
    _loaded_at as loaded_at{columns}
from {{silver}}.{stg}
where {where}
"""

# What the warehouse knew when.
SNAPSHOT = """
select
    updated_at,
    dbt_valid_from as known_from,
    dbt_valid_to as known_to,
    _source_file as source_file,
    _source_line as source_line
from {{silver}}.{snapshot}
where {where}
order by updated_at, dbt_valid_from
"""

# The transactions that this one replaces, and those that replace it, by the latest rows; the one that counts first.
REPLACEMENTS = """
select
    others.transaction_id,
    others._source_file as source_file,
    others._source_line as source_line,
    others.transaction_status,
    others.amount,
    others.currency,
    others.transaction_id = own.replaces_transaction_id as is_replaced
from {{silver}}.stg_banking__transactions as own
inner join {{silver}}.stg_banking__transactions as others
    on
        others.transaction_id = own.replaces_transaction_id
        or others.replaces_transaction_id = own.transaction_id
where
    own.transaction_id = {id}
    and coalesce(own.record_status, 'active') <> 'deleted'
    and coalesce(others.record_status, 'active') <> 'deleted'
order by others.updated_at desc, others._arrived_on desc, others._source_file desc, others._source_line desc
"""

FACT = """
select
    facts._source_file as source_file,
    facts._source_line as source_line,
    facts.date_id,
    facts.transaction_type_id,
    facts.channel_id,
    facts.currency_id,
    facts.account_id,
    facts.delivered_account_id,
    facts.account_sk,
    accounts.valid_from as account_valid_from,
    accounts.valid_to as account_valid_to,
    facts.customer_id,
    facts.customer_sk,
    customers.valid_from as customer_valid_from,
    customers.valid_to as customer_valid_to,
    facts.merchant_id,
    facts.delivered_merchant_id,
    facts.merchant_sk,
    merchants.valid_from as merchant_valid_from,
    merchants.valid_to as merchant_valid_to,
    facts.location_id,
    facts.delivered_location_id,
    facts.transaction_amount,
    facts.amount_signed,
    facts.posted_amount,
    facts.transaction_amount_reporting,
    facts.posted_amount_reporting,
    types.transaction_type_name,
    channels.channel_name,
    currencies.currency_code,
    reporting.currency_code as reporting_currency
from {{gold}}.fact_transaction as facts
inner join {{gold}}.dim_account_history as accounts on facts.account_sk = accounts.account_sk
inner join {{gold}}.dim_customer_history as customers on facts.customer_sk = customers.customer_sk
inner join {{gold}}.dim_merchant_history as merchants on facts.merchant_sk = merchants.merchant_sk
inner join {{gold}}.dim_transaction_type as types on facts.transaction_type_id = types.transaction_type_id
inner join {{gold}}.dim_channel as channels on facts.channel_id = channels.channel_id
inner join {{gold}}.dim_currency as currencies on facts.currency_id = currencies.currency_id
inner join {{gold}}.dim_currency as reporting on reporting.is_reporting_currency
where facts.transaction_id = {id}
"""
