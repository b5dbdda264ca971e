"""The metrics: their definitions in `models/metrics/`, as queries that both engines answer alike.

The YAML is MetricFlow's. Here it becomes SQL without MetricFlow, whose start takes longer than the whole report
(docs/decisions/0035). Ratios and differences are computed from the answers, as exact decimals.
"""
