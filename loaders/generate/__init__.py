"""`tieout generate`: simulate a bank and a shop day by day, with the same output for the same arguments.

The command:

- `command`: the command line.
- `options`: presets, the configuration file, and their precedence.
- `settings`: the arguments of a run.
- `simulation`: the order of events within a day.

The bank, one module per subject. Each keeps the current state and returns what is new or changed on a day:

- `customers`, `accounts`, `loans`, `loan_payments`, `applications`, `investments`, `interactions`, `fx`, `merchants`,
  `locations`: the entities of these names.
- `transactions`: creates, posts and settles transactions, from planned ones (`plan`):
  `people` plans what customers do, `bookings` what the bank does, and `fraud` what fraudsters do.
- `ledger`: computes balances and finds debits that exceed a limit. `balances`: the daily balances.
- `trips`: where customers are. `habits`: when and how they pay. `cities`, `pools`: real cities, invented names.
- `world`: what transactions refer to.

The shop: `commerce`. Faults in the deliveries: `faults`.

Tools: `streams` (random numbers per seed, day and subject), `tables` (common operations on tables), `reference`
(codes from the dbt seeds).
"""
