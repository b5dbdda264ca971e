"""`tieout import berka`: import the PKDD'99 data of a Czech bank ("Berka") as deliveries.

- `source`: reads the files. Every line is a row or a malformed line; none is lost.
- `mapping`: maps the bank's tables to the entities of the bronze contract.
- `command`: the command line, and the arrival days.
"""
