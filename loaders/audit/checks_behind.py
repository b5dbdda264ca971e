"""The reconciliations on the way from the delivered files to a table of gold."""

from __future__ import annotations

from rich.console import Console

from loaders.audit.cell import Cell
from loaders.audit.console import add, table
from loaders.audit.warehouse import Row, Warehouse, literal

# All of an entity: which of them lead to a table follows from the layers that they name.
_CHECKS = """
select from_layer, to_layer, measure, amount_in, amount_set_aside, amount_out, difference
from {{audit}}.layer_reconciliation
where domain = {domain} and entity = {entity}
order by from_layer, to_layer, measure
"""


def checks_behind(warehouse: Warehouse, cell: Cell, out: Console) -> None:
    """Print the reconciliations between the files and the table of a cell."""
    domain, entity = cell.rows.entity.split(".")
    found = warehouse.rows(_CHECKS.format(domain=literal(domain), entity=literal(entity)))
    end = cell.table if any(check["to_layer"] == cell.table for check in found) else cell.rows.table
    numbers = ("In", "Set aside", "Out", "Difference")
    printed = table(f"Checks of {entity} in the last audit", ("From", "To", "Measure", *numbers), numbers=numbers)
    for check in _leading_to(end, found):
        counts = [
            int(amount) if check["measure"] in ("rows", "days") else amount
            for amount in (check["amount_in"], check["amount_set_aside"], check["amount_out"], check["difference"])
        ]
        add(printed, check["from_layer"], check["to_layer"], check["measure"], *counts, alarm=bool(check["difference"]))
    out.print(printed)
    if end != cell.table:
        out.print(f"{cell.table} is in no reconciliation of its own; its rows are added up above.\n", markup=False)


def _leading_to(end: str, checks: list[Row]) -> list[Row]:
    """Return the checks whose layers lead to a table, from the files on."""
    reached = {end}
    way: list[Row] = []
    while True:
        steps = [check for check in checks if check["to_layer"] in reached and check not in way]
        if not steps:
            order = {"delivered": 0, "base": 1, "stg": 2}
            return sorted(way, key=lambda check: (order.get(check["from_layer"], 3), check["to_layer"] == end))
        way += steps
        reached |= {check["from_layer"] for check in steps}
