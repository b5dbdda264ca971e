-- The totals of all reconciled tables of banking, from which layer_reconciliation is made.
{{ layer_totals('banking') }}
