"""A stand-in for Amazon Redshift: PostgreSQL behind a proxy that speaks, reads and refuses as Redshift does."""
