"""The loaders of the `tieout` command: they generate or import deliveries, and land them in bronze.

They know the bronze contract (`models/bronze/*.yml`) and never a model.
"""
