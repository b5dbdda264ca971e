"""`tieout generate`: a believable bank, simulated day by day, the same for the same arguments.

- `settings`: what is asked for.
- `streams`: one random stream per (seed, day, subject), so that a longer run begins as a shorter one.
- `pools`: names, places and merchants (Faker), made once.
- `reference`: signs, from the seeds of the dbt project.
- `tables`: what the entities' tables have in common.
- `customers`, `accounts`, `transactions`, `loans`: one subject each, its state, what is new and what changes on a day.
- `simulation`: the order of a day.
- `faults`: what is wrong with the deliveries, on request, and the truth about it.
- `command`: the command line.
"""
