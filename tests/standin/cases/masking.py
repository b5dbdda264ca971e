"""Masking policies: created, attached, detached and dropped."""

from __future__ import annotations

from .case import fails, passes

MASK = "create masking policy hide with (value varchar(10)) using (cast('***' as varchar(10)))"
SHOW = "create masking policy show with (value varchar(10)) using (value)"
ATTACH = "attach masking policy hide on public.t (name) to role engineer priority 10"
ATTACHED = "select table_name, output_columns, grantee, priority from svv_attached_masking_policy"

CASES = [
    passes("r_CREATE_MASKING_POLICY", f"{MASK}; select policy_name from svv_masking_policy", "hide"),
    fails("r_CREATE_MASKING_POLICY", f"{MASK}; {MASK}", "already exists"),
    fails(
        "r_CREATE_MASKING_POLICY",
        "create masking policy hide with (value varchar(10)) using ('***')",
        "is not of type varchar(10)",
    ),
    fails(
        "r_CREATE_MASKING_POLICY",
        "create masking policy hide with (value varchar(10)) using (cast(string_agg(value, '') as varchar(10)))",
        "no function string_agg()",
    ),
    passes("r_ATTACH_MASKING_POLICY", f"{MASK}; {ATTACH}; {ATTACHED}", "t", '["name"]', "engineer", 10),
    passes(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on t (name) to public; {ATTACHED}",
        "t",
        '["name"]',
        "public",
        0,
    ),
    passes(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; {ATTACH}; attach masking policy hide on t (name) to role analyst priority 10",
    ),
    fails("r_ATTACH_MASKING_POLICY", ATTACH, 'masking policy "hide" does not exist'),
    fails("r_ATTACH_MASKING_POLICY", f"{MASK}; {ATTACH}; {ATTACH}", "already has a masking policy"),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; {SHOW}; {ATTACH}; attach masking policy show on t (name) to role analyst priority 10",
        "with priority 10",
    ),
    passes(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; {SHOW}; {ATTACH}; attach masking policy show on t (name) to role analyst priority 20",
    ),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on t (id) to role engineer priority 1",
        'is for type varchar(10), but column "id" has type integer',
    ),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on u (note) to role engineer priority 1",
        'is for type varchar(10), but column "note" has type varchar(20)',
    ),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on t (nothing) to role engineer priority 1",
        'column "nothing" of relation "t" does not exist',
    ),
    fails(
        "r_ATTACH_MASKING_POLICY",
        f"{MASK}; attach masking policy hide on t (name) to role nobody_there priority 1",
        'role "nobody_there" does not exist',
    ),
    passes(
        "r_DETACH_MASKING_POLICY",
        f"{MASK}; {ATTACH}; detach masking policy hide on t (name) from role engineer; "
        "select count(*) from svv_attached_masking_policy",
        0,
    ),
    fails(
        "r_DETACH_MASKING_POLICY",
        f"{MASK}; detach masking policy hide on t (name) from role engineer",
        "is not attached",
    ),
    fails("r_DROP_MASKING_POLICY", f"{MASK}; {ATTACH}; drop masking policy hide", "is still attached"),
    fails("r_DROP_MASKING_POLICY", "drop masking policy hide", "does not exist"),
    passes("r_DROP_MASKING_POLICY", f"{MASK}; drop masking policy hide; select count(*) from svv_masking_policy", 0),
    passes("r_DROP_MASKING_POLICY", f"{MASK}; {ATTACH}; drop table t; drop masking policy hide"),
    passes(
        "t_ddm-considerations",
        f"{MASK}; {ATTACH}; alter table t rename to renamed; {ATTACHED}",
        "renamed",
        '["name"]',
        "engineer",
        10,
    ),
]
