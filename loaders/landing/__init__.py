"""Landing: from the delivered files of an inbox to the canonical CSV of bronze.

`inbox` lists the deliveries, and `left_out` remembers what is none. `reader` reads a file once, and `header` finds its
contract version. `splitter` splits its text into records, `numbering` numbers them, `records` defines the canonical
dialect, and `totals` computes the control totals. `control_files`, `statements` and `trailer` read what a source states
about a file, `comparing` compares it, and `late_statements` does so for what comes later. `staging` writes one file to
the staging folder, and `bronze` moves a batch into place, with `durable` writes. `manifests` reads batches back.
`result` is what a landing has done.
"""
