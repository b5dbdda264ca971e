"""Reading what the warehouse says of itself: `tieout check`, `explain`, `status` and `rejects`.

Unlike the loaders, these commands know models: those of the audit, and the way of a transaction. They only read.
"""
