"""`tieout import berka`: the PKDD'99 data of a Czech bank ("Berka") as deliveries.

- `source`: reading the files; every line is either a row or a broken line, none is lost.
- `mapping`: what the bank's tables mean in the terms of the bronze contract.
- `command`: the command line, and the arrival days.
"""
