"""Landing: from the delivered files of an inbox to the canonical CSV of bronze.

`inbox` lists the deliveries. `reader` reads a file once, and `header` finds its contract version. `splitter` splits its
text into records, `numbering` numbers them, `records` defines the canonical dialect, and `totals` computes the control
totals. `staging` writes one file to the staging folder, and `bronze` moves a batch into place, with `durable` writes.
`manifests` reads batches back.
"""
