"""Full joins, set operations, inserted rows, and the nodes on which functions run."""

from __future__ import annotations

from .case import fails, gives, passes, unsupported

_FULL = "select count(*) from t full outer join u on "
_LISTED = "select listagg(name, ',') within group (order by name desc) from t"

CASES = [
    passes("r_FROM_clause30", f"{_FULL}t.id = u.id", 4),
    passes("r_FROM_clause30", f"{_FULL}u.id = t.id and t.name = u.note", 5),
    passes("r_FROM_clause30", "select count(*) from t full join u using (id)", 4),
    passes(
        "r_FROM_clause30",
        "with one as (select id from t), other as (select id from u union all select id from t) "
        "select count(*) from one full join other on one.id = other.id",
        5,
    ),
    *(
        fails("r_FROM_clause30", f"{_FULL}{condition}", "the condition of a full join must be column = column")
        for condition in (
            "t.id > u.id",
            "t.id = u.id + 0",
            "t.id = u.id or t.name = u.note",
            "t.id = u.id and t.name is null",
            "t.id = u.id and t.name = 'a'",
            "t.id = t.id",
            "cast(t.id as bigint) = u.id",
            "id = note",
            "true",
        )
    ),
    fails(
        "r_FROM_clause30",
        "with one as (select 1 as id) select count(*) from one full join u on one.id = u.id",
        "a full join with one, which reads no table",
    ),
    fails(
        "r_FROM_clause30",
        "select count(*) from t full join (select id from u union all select 1 as id) as o on t.id = o.id",
        "a full join with o, which reads no table",
    ),
    fails("r_UNION", "(select id from t limit 1) union all select id from u", "limit may not be used within input"),
    passes("r_UNION", "select id from u union select id from u order by 1 limit 1", 1),
    fails("r_INSERT_30", "insert into u values (8, 'a'), ((select max(id) from t), 'b')", "takes no subqueries"),
    passes("r_INSERT_30", "insert into u values ((select max(id) from t), 'b'); select max(id) from u", 4),
    passes("r_INSERT_30", "insert into u values (8, 'a'), (9, 'b'); select max(id) from u", 9),
    fails("c-spectrum-external-tables", "delete from lake.files", "external table lake.files is read-only"),
    fails(
        "c-spectrum-external-tables",
        "insert into lake.files (a) values ('b')",
        "external table lake.files is read-only",
    ),
    fails("c_SQL_functions_compute_node_only", "select listagg('a', ',')", "must be applied on at least one user"),
    fails("c_SQL_functions_compute_node_only", "select median(1)", "must be applied on at least one user"),
    fails(
        "c_SQL_functions_compute_node_only",
        "select listagg(relname, ',') from pg_class",
        "must be applied on at least one user",
    ),
    fails(
        "c_SQL_functions_compute_node_only",
        "select percentile_cont(0.5) within group (order by a) from (select 1 as a) as s",
        "must be applied on at least one user",
    ),
    passes("c_SQL_functions_compute_node_only", _LISTED, "b,a"),
    gives(
        "r_LISTAGG", "select ok, listagg(name) from t where id < 3 group by 1 order by 1", [[False, "b"], [True, "a"]]
    ),
    unsupported("r_LISTAGG", "select listagg(name) within group (order by lower(name)) from t", "listagg ordered by"),
    fails("c_SQL_functions_leader_node_only", "select log(id) from t", "log runs on the leader node only"),
    fails("c_SQL_functions_leader_node_only", "insert into u (note) values (current_schema())", "leader node only"),
    fails(
        "c_SQL_functions_leader_node_only",
        "select count(*) from sys_query_history where start_time < now()",
        "cannot be used with table sys_query_history",
    ),
    passes("c_SQL_functions_leader_node_only", "select count(*) from pg_class where current_schema() = 'x'", 0),
    passes("c_serial_isolation", "select trim(isolation_level) from stv_db_isolation_level", "Snapshot Isolation"),
]
