"""UNLOAD: its query, its target, its options."""

from __future__ import annotations

from .case import fails, passes, unsupported

_TO = "to 's3://bucket/t/' iam_role 'arn:aws:iam::123456789012:role/exporter' format as parquet manifest verbose"

CASES = [
    passes("r_UNLOAD", f"unload ('select id, name, day from t') {_TO} partition by (day) encrypted auto"),
    passes("r_UNLOAD", f"unload ('select id from t where name = ''a''') {_TO} allowoverwrite parallel off"),
    passes("r_UNLOAD", "unload ('select id from t') to 's3://bucket/t/' iam_role default parquet manifest verbose"),
    passes("r_UNLOAD", f"unload ('select id from t where id in (select id from u limit 1)') {_TO}"),
    fails(
        "r_UNLOAD", f"unload ('select id from t limit 1') {_TO}", "the outer select of an unload cannot have a limit"
    ),
    fails("r_UNLOAD", f"unload ('delete from t') {_TO}", "only the result of a query can be unloaded"),
    fails("r_UNLOAD", f"unload ('select string_agg(name, '','') from t') {_TO}", "string_agg"),
    fails("r_UNLOAD", f"unload ('select missing from t') {_TO}", "missing"),
    fails(
        "r_UNLOAD", f"unload ('select id from t') {_TO} partition by (day)", "partition column day is not in the query"
    ),
    fails("r_UNLOAD", f"unload ('select day from t') {_TO} partition by (day)", "a column that is no partition column"),
    fails("r_UNLOAD", f"unload ('select id from t') {_TO} gzip", "parquet cannot be unloaded with gzip"),
    fails(
        "r_UNLOAD", f"unload ('select id from t') {_TO} cleanpath allowoverwrite", "either allowoverwrite or cleanpath"
    ),
    fails(
        "r_UNLOAD", "unload ('select 1') to '/tmp/t' iam_role default parquet manifest verbose", "s3://bucket/prefix"
    ),
    fails("r_UNLOAD", "unload ('select id from t') to 's3://bucket/t/' parquet manifest verbose", "needs iam_role"),
    unsupported("r_UNLOAD", f"unload ('select id from t') {_TO} cleanpath", "cleanpath"),
    unsupported(
        "r_UNLOAD", f"unload ('select id, day from t') {_TO} partition by (day) include", "unload with include"
    ),
    unsupported("r_UNLOAD", "unload ('select id from t') to 's3://bucket/t/' iam_role default csv", "unload with csv"),
    unsupported(
        "r_UNLOAD", "unload ('select id from t') to 's3://bucket/t/' iam_role default", "unload without format"
    ),
    unsupported("r_UNLOAD", "unload ($$select 1$$) to 's3://bucket/t/' iam_role default", "this form of unload"),
]
