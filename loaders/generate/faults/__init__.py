"""Faults on request: what a real bank's deliveries have wrong with them, each written down in a truth file.

The simulated bank stays as it is; faults are put into what it delivers. So the clean rows are the same at every rate,
and nothing good is lost: of every row a good copy arrives within the run.

- A row that is rejected or malformed (`null_key`, `zero_amount`, `negative_amount`, `unparsable_date`,
  `unparsable_number`, `unknown_code`, `text_too_long`, `malformed_line`, `wrong_encoding`) is a bad copy in front of
  the good row, as from a source that notices and sends the row once more. It breaks one rule and no other.
- `exact_duplicate`: the same line again, in the same file or up to three days later.
- `changed_resend`: a newer state of the row, differing in one harmless column (no amount that balances are made of, no
  code), in the same file or up to three days later. It comes less than half a second after the row, so that the next
  true state is still newer.
- `out_of_order`: an older state of the row, delivered behind it or up to three days later.
- `several_changes`: two or three older states of the row in front of it, in the order of their times.
- `orphan`: a further row with a key of its own and a parent that never arrives. Balances of accounts do not see it: a
  transaction whose merchant or location never arrives has no account either.
- `late_arrival`: the row is held back for one to five days. Rows that would come after the last day are not held back,
  so the end of a longer run differs from that of a shorter one.
- `added_column`, `missing_column`: the file comes with the wrong header and without any other fault, and is refused at
  the door; then it comes again as `<entity>.resent.csv`.

Modules:

- `kinds`: kinds and effects of faults.
- `request`: which faults are asked for, from the command line.
- `entities`: which columns of an entity can be broken, and the rules they break then. A new entity is a line there.
- `lines`: the faulty lines of one good row, by kind.
- `assembly`: good and faulty lines put together to files.
- `truth`: the truth file.
- `delivering`: the faulty deliveries of a run, day by day.
"""
