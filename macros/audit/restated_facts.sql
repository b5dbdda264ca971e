{#
    The facts whose totals monthly_totals follows by month: those of audited_facts that have an amount. What they add to
    their mapping:

    currency: the column of base with the currency of a row; a literal where the fact has no currency of its own.
    identity: where a row is booked: the columns of the fact that its fingerprint covers, each with its expression in base.
    columns: the columns of the fact that the measures need, each with its expression in base.
    prices: the prices that rows need, an exchange rate or a unit cost: by the column that holds one, its entity in
        restated_prices and the column of base that it is looked up by.
    valued_by: the measures whose change is that of one of several prices, if both are new; all others are of the other one.
    priced: the columns of the fact that need a price, each with its expression over the columns above.
    joins: seeds that the expressions need, each with its column and the column of base.
    measures: each measure with its expression over the columns of the fact.

    Rows of base are `delivered` in the expressions.
#}
{% macro restated_facts() %}
    {%- set measures = {} -%}
    {%- do measures.update(restated_banking()) -%}
    {%- do measures.update(restated_commerce()) -%}
    {%- set facts = [] -%}
    {%- for fact in audited_facts() if fact.entity and fact.amount -%}
        {%- if fact.table not in measures -%}
            {{ exceptions.raise_compiler_error(
                "The fact " ~ fact.table ~ " has an amount. Add its measures to restated_" ~ fact.domain
                ~ " in macros/audit/restated_facts.sql, so that changes of closed months are found."
            ) }}
        {%- endif -%}
        {%- set contract = contract_entity(fact.domain, fact.entity) -%}
        {%- do facts.append(dict(fact, **dict(
            {'prices': {}, 'priced': {}, 'valued_by': {}, 'joins': []},
            **dict(measures[fact.table], **{
                'base': 'base_' ~ fact.domain ~ '__' ~ fact.entity,
                'stg': 'stg_' ~ fact.domain ~ '__' ~ fact.entity,
                'key': entity_key(fact.domain, fact.entity),
                'replaces': contract.replaces,
            })
        ))) -%}
    {%- endfor -%}
    {{ return(facts) }}
{% endmacro %}


{% macro restated_banking() %}
    {%- set posted = 'case when transaction_statuses.moves_balance then delivered.amount * transaction_types.amount_sign else 0 end' -%}
    {{ return({
        'fact_transaction': {
            'currency': 'delivered.currency',
            'identity': {
                'transaction_id': 'delivered.transaction_id',
                'delivered_account_id': 'delivered.account_id',
                'transaction_date': transaction_date_of('delivered'),
            },
            'columns': {'transaction_amount': 'delivered.amount', 'posted_amount': posted},
            'priced': {
                'transaction_amount_reporting': in_reporting_currency('transaction_amount', 'currency_code', 'rate'),
                'posted_amount_reporting': in_reporting_currency('posted_amount', 'currency_code', 'rate'),
            },
            'prices': {'rate': ('fx_rates', 'currency')},
            'joins': [
                ('transaction_types', 'transaction_type_name', 'transaction_type'),
                ('transaction_statuses', 'transaction_status', 'transaction_status'),
            ],
            'measures': {
                'transaction_amount': 'transaction_amount',
                'posted_amount': 'posted_amount',
                'transaction_amount_reporting': 'transaction_amount_reporting',
                'posted_amount_reporting': 'posted_amount_reporting',
            },
        },
        'fact_daily_balances': {
            'currency': 'delivered.currency',
            'identity': {'delivered_account_id': 'delivered.account_id', 'balance_date': 'delivered.balance_date'},
            'columns': {'closing_balance': 'delivered.closing_balance'},
            'priced': {'closing_balance_reporting': in_reporting_currency('closing_balance', 'currency_code', 'rate')},
            'prices': {'rate': ('fx_rates', 'currency')},
            'measures': {
                'closing_balance': 'closing_balance',
                'closing_balance_reporting': 'closing_balance_reporting',
            },
        },
        'fact_loan_payment': {
            'currency': none,
            'identity': {
                'payment_id': 'delivered.payment_id',
                'delivered_loan_id': 'delivered.loan_id',
                'due_date': 'delivered.due_date',
            },
            'columns': {
                'payment_amount': 'delivered.payment_amount',
                'principal_amount': 'delivered.principal_amount',
                'interest_amount': 'delivered.interest_amount',
            },
            'measures': {
                'payment_amount': 'payment_amount',
                'principal_amount': 'principal_amount',
                'interest_amount': 'interest_amount',
            },
        },
        'fact_investment': {
            'currency': 'delivered.currency',
            'identity': {
                'investment_id': 'delivered.investment_id',
                'delivered_account_id': 'delivered.account_id',
                'investment_date': 'delivered.investment_date',
            },
            'columns': {
                'investment_amount': 'delivered.investment_amount',
                'investment_return': 'delivered.investment_return',
            },
            'measures': {'investment_amount': 'investment_amount', 'investment_return': 'investment_return'},
        },
    }) }}
{% endmacro %}


{# The measures of sales are those of product_profitability, in the reporting currency. #}
{% macro restated_commerce() %}
    {%- set amounts = sales_amounts('delivered') -%}
    {%- set line_currency = 'coalesce(delivered.currency, ' ~ text_literal(reporting_currency()) ~ ')' -%}
    {%- set priced = {'calculated_total_cogs': 'quantity * cast(cost as decimal(19, 2))'} -%}
    {%- for name in amounts -%}
        {%- do priced.update({name ~ '_reporting': in_reporting_currency(name, 'line_currency', 'rate')}) -%}
    {%- endfor -%}
    {%- set revenue = 'gross_revenue_reporting - discount_amount_reporting' -%}
    {{ return({
        'fact_sales': {
            'currency': text_literal(reporting_currency()),
            'identity': {
                'order_line_id': 'delivered.order_line_id',
                'delivered_product_id': 'delivered.product_id',
                'delivered_campaign_id': 'delivered.campaign_id',
                'sold_date': business_date('delivered.sold_at', 'commerce', 'delivered.has_time'),
            },
            'columns': dict(amounts, **{
                'quantity': 'delivered.quantity',
                'line_currency': line_currency,
                'return_flag': 'delivered.is_returned and delivered.quantity > 0',
                'is_return_line': takes_back('delivered'),
            }),
            'prices': {'rate': ('fx_rates', 'currency'), 'cost': ('cost_of_goods', 'product_id')},
            'valued_by': {'cogs': 'cost'},
            'priced': priced,
            'measures': {
                'gross_revenue': 'case when is_return_line then 0 else gross_revenue_reporting end',
                'discount_amount': 'case when is_return_line then 0 else discount_amount_reporting end',
                'returned_revenue': 'case when return_flag or is_return_line then abs(' ~ revenue ~ ') else 0 end',
                'net_revenue': 'case when return_flag then 0 else ' ~ revenue ~ ' end',
                'cogs': 'case when return_flag or ' ~ revenue ~ ' is null then 0 else calculated_total_cogs end',
                'tax_amount': 'tax_amount_reporting',
                'shipping_charged_to_customer': 'shipping_charged_to_customer_reporting',
                'actual_shipping_cost': 'actual_shipping_cost_reporting',
                'payment_fee_amount': 'payment_fee_amount_reporting',
                'platform_fee_amount': 'platform_fee_amount_reporting',
            },
        },
        'fact_marketing_spend': {
            'currency': text_literal(reporting_currency()),
            'identity': {'delivered_campaign_id': 'delivered.campaign_id', 'spend_date': 'delivered.spend_date'},
            'columns': {'spend': 'delivered.spend'},
            'measures': {'spend': 'spend'},
        },
    }) }}
{% endmacro %}


{# The measures that are amounts in the reporting currency, as fact.measure: those that are converted, and those of the shop. #}
{% macro measures_in_reporting_currency() %}
    {%- set names = [] -%}
    {%- for fact in restated_facts() -%}
        {%- for measure in fact.measures
            if measure.endswith('_reporting') or fact.currency == text_literal(reporting_currency()) -%}
            {%- do names.append(fact.table ~ '.' ~ measure) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{#
    The prices by which gold converts or values rows, by entity: the lineage column of the facts with their load time, the key,
    the day from which a price holds, its value, for how many days after that day it holds (none: until the next one), and
    the key by whose price it is divided (none: by no other).
#}
{% macro restated_prices() %}
    {{ return({
        'fx_rates': {
            'base': 'base_banking__fx_rates',
            'loaded': '_fx_rate_loaded_at',
            'key': 'currency',
            'day': 'rate_date',
            'value': 'rate_to_usd',
            'days': var('fx_rate_valid_days'),
            'divided_by': reporting_currency() if reporting_currency() != 'USD' else none,
        },
        'cost_of_goods': {
            'base': 'base_commerce__cost_of_goods',
            'loaded': '_cost_loaded_at',
            'key': 'product_id',
            'day': 'effective_date',
            'value': 'unit_cost',
            'days': none,
            'divided_by': none,
        },
    }) }}
{% endmacro %}


{#
    The sums of a fact's measures, as columns total_1, cells_1, total_2, ... The cells are the amounts weighted with a number
    made of the key and of where the row is booked, so they differ where the money is in other rows, though its sum is the
    same. They are sums too, so the order of rows does not matter and changes add up. 19 digits, because DuckDB multiplies
    decimals of up to 18 digits in 64 bits, which can overflow.

    fact: one of restated_facts.
    sign: a column of 1 and -1 that all amounts are multiplied with, and for a price of valued_by its name with the price
        before it; none where amounts are only added up.
#}
{% macro sums_of_measures(fact, sign=none) -%}
    {%- for measure, expression in fact.measures.items() %}
    {%- set own = fact.valued_by[measure] ~ '_' if measure in fact.valued_by else '' -%}
    {%- set amount = (own ~ sign ~ ' * ' if sign else '') ~ 'cast(coalesce(' ~ expression ~ ', 0) as decimal(19, 2))' %}
    cast(sum({{ amount }}) as decimal(38, 2)) as total_{{ loop.index }},
    cast(sum({{ amount }} * cell_number) as decimal(38, 2)) as cells_{{ loop.index }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{#
    The number of a row in the cells of its month: below 1,000,003, so that sums of amounts weighted with it fit into a decimal.

    fact: one of restated_facts.
#}
{% macro cell_number(fact) -%}
    cast(mod({{ fingerprint(fact.identity.keys() | list) }}, 1000003) as decimal(7, 0))
{%- endmacro %}


{# A number that shows whether two fingerprints come from the same hash: an upgrade of an engine may change it. #}
{% macro hash_check() -%}
    {{ fingerprint([text_literal('tieout')]) }}
{%- endmacro %}


{# The currency of a fact's row: that of the row, of the shop, or Any where the fact has it from elsewhere. #}
{% macro currency_in_fact(fact) -%}
    {%- if fact.currency is none -%}
        {{- text_literal('Any') -}}
    {%- elif fact.currency.startswith('delivered.') -%}
        currencies.currency_code
    {%- else -%}
        {{- fact.currency -}}
    {%- endif -%}
{%- endmacro %}
