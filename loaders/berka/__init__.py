"""`tieout import berka`: import the PKDD'99 data of a Czech bank ("Berka") as deliveries.

- `source`: reads the files. Every line is a row or a malformed line; none is lost.
- `transactions`: the transactions, by the mapping `transactions.yml` of `tieout import table`.
- `mapping`: customers, accounts and loans, which are made of several files each.
- `command`: the command line, and the arrival days.
"""
