"""Fraud on request (`--fraud`): incidents of six typologies in the bank's transactions, and labels that list them.

The transactions of an incident are in addition to the ordinary ones and obey the same limits: a debit that the account
cannot cover fails. Money leaves an account by `Withdrawal` with a counterparty, because a `Transfer` is a credit.

- `typologies`: the kinds of fraud. `scene`: what the incidents of a day need to know.
- `incidents`: the transactions of one incident, by typology.
- `planner`: how many incidents of which typology take place on a day.
- `labels`: the file that lists the fraudulent transactions.
"""
