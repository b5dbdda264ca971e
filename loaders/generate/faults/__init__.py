"""Faults on request (`--faults`): realistic defects in the deliveries, all listed in a truth file.

Faults change the deliveries, not the simulated bank. So the good rows are the same at every rate, and a good copy of
every row is delivered within the run.

- `null_key`, `zero_amount`, `negative_amount`, `unparsable_date`, `unparsable_number`, `unknown_code`,
  `text_too_long`: a bad copy before the good row, as from a source that sends the row again. It breaks only one rule.
- `future_update_time`: the same, with an update time of another century.
- `malformed_line`, `wrong_encoding`: also a bad copy, but landing sets the line aside.
- `exact_duplicate`: the same line again, in the same file or up to three days later.
- `changed_resend`: a newer state of the row, in the same file or up to three days later.
- `out_of_order`: an older state of the row, after it in the file or up to three days later.
- `several_changes`: two or three older states of the row before it, in the order of their times.
- `same_day_correction`: another state with the same update time in the place of the row, which comes on the same day
  in `<entity>.corrected.csv`.
- `orphan`: an additional row with its own key, whose parent is never delivered.
- `withdrawn`: an additional row with its own key, and up to three days later the row that deletes it.
- `reused_key`: an additional row with its own key, and two or three days later another event with the same key. Only
  `--fault` asks for it, because it is a finding of `tieout check` that a person has to clear up.
- `late_arrival`: the row itself, one to five days late.
- `added_column`, `missing_column`: the file with a wrong header, which is refused; then the good file, as
  `<entity>.resent.csv`.
- `half_file`: only with control files. The file ends in the middle, and its control file states the whole one, so it is
  refused; then the whole file, as `<entity>.resent.csv`.
- `late_file`: the file one day late, with its own day in its name.

Other states of a row differ in one column that has no consequences, neither a code nor part of a balance. Their update
times differ by less than half a second, so that the next true state is still newer. Orphans do not change balances: a
transaction without a merchant or location has no account either. No row is delivered later than the last day of the
run, so the last days of a shorter run differ from a longer one.

Modules:

- `kinds`: the kinds of faults and their effects.
- `request`: the faults that the command line asks for.
- `entities`: the columns that faults can break, by entity. Add new entities there.
- `rows`: a good row that gets a fault. `lines`: its faulty lines, by kind.
- `assembly`: files from good and faulty lines.
- `truth`: the truth file.
- `delivering`: the faulty deliveries of a run, day by day.
"""
