"""AWS: bronze in S3 and its tables in the Glue catalog.

`session` makes clients, and `errors` turns errors of AWS into messages. `objects` writes and compares objects. `tables`
derives the catalog's tables from the contract, `glue` reads and writes the catalog. `duckdb_s3` lets DuckDB read S3.
boto3 is imported only where it is used, because the import takes long.
"""
