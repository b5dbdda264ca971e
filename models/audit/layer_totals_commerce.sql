-- The totals of all reconciled tables of commerce, from which layer_reconciliation is made.
{{ layer_totals('commerce') }}
