"""Landing: from the delivered files of an inbox to the canonical CSV of bronze.

`inbox` finds the deliveries, `reader` reads them once, `splitter` takes them apart into records, `records` knows the
canonical dialect, `totals` adds up the money, `staging` writes one file aside, `bronze` puts a batch in place,
`manifests` reads batches back.
"""
