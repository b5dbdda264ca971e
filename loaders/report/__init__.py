"""`tieout report`: static pages for analysts and controllers, of which every figure explains itself.

The pages show the metrics of `models/metrics/` and rows of gold and audit. They read nothing of silver or bronze, so
that the role `analyst` can write them, and they need neither a server nor a network (docs/report.md).
"""
