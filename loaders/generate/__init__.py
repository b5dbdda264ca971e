"""`tieout generate`: a believable bank and a shop, simulated day by day, the same for the same arguments.

- `settings`: what is asked for.
- `streams`: one random stream per (seed, day, subject), so that a longer run begins as a shorter one.
- `options`: presets, the configuration file, and what wins over what.
- `pools`: names (Faker), made once. `places`: real cities.
- `habits`: hours, weekdays, seasons, paydays and channels.
- `reference`: signs, from the seeds of the dbt project.
- `tables`: what the entities' tables have in common.
- `locations`, `merchants`, `customers`, `accounts`, `applications`, `loans`, `loan_payments`, `investments`,
  `interactions`, `fx`: one subject each, its state, what is new and what changes on a day.
- `trips`: where customers are. `plan`: planned transactions. `bookings` and `fraud` plan some, `transactions` the rest
  and makes them all; `ledger` says what the accounts can bear; `balances` closes the books of a day.
- `commerce`: the shop in which customers buy.
- `simulation`: the order of a day.
- `faults`: what is wrong with the deliveries, on request, and the truth about it. `truth`: the labels of fraud.
- `command`: the command line.
"""
