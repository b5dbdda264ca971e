"""The warehouses of the scenarios, for those who attack them."""

from tests.python.scenarios.conftest import built_once, built_warehouse, made_once, new_warehouse, parsed, warehouse

__all__ = ["built_once", "built_warehouse", "made_once", "new_warehouse", "parsed", "warehouse"]
