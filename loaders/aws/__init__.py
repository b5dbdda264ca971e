"""AWS: bronze in S3 and its tables in the Glue catalog.

`session` connects and puts what AWS answers into sentences, `objects` writes and compares objects, `tables` derives the
catalog's tables from the contract, `glue` reads and writes the catalog, `duckdb_s3` lets DuckDB read S3. boto3 is
imported where it is used: it takes a while.
"""
