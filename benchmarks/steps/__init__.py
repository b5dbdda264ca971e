"""The way of a transaction from bronze to two summaries, outside of Tieout: base, stg, fact, customer, merchant.

Each script takes three folders: `bronze`, whose files it reads; `dimensions`, with the histories, rates and codes as
Parquet; and `output`, which it writes a table of each step to. It prints the totals of each table as JSON, by which the
benchmark sees that all results are the same.
"""
