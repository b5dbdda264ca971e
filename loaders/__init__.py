"""The loaders behind the `tieout` command: they make or import deliveries and land them in bronze.

They know the bronze contract (`models/bronze/*.yml`) and never a model.
"""
