"""`tieout import statements`: bank statements as deliveries.

The readers make a `model` of each file, with the line of each entry, and judge nothing:

- `reading`: what a file is, and its text.
- `mt940`, `mt940_details`; `camt`, `camt_entries`, `xml_reader`; `ofx`, `ofx_entries`: the formats.
- `values`: amounts and dates, exactly as written.

The import, of one file after the other:

- `judge`: whether a statement proves itself. `balances`: the balance of each of its days.
- `known`: the statements that were imported before. `keys`: the keys of entries. `booked`: a statement with keys.
- `rows`, `deliveries`: what it gives of the contract. `quiet_days`: days without a statement.
- `staging`: the files. `proof`: rows and money in and out. `run`: all of this for one file.

And: `chain` names gaps between statements, `command` is the command line.
"""
