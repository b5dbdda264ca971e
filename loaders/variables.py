"""The variables of the dbt project, which the loaders share with the models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loaders.contract import project_root, read_yaml
from loaders.errors import TieoutError

PROJECT_FILE = "dbt_project.yml"


def dbt_variables() -> Mapping[str, Any]:
    """Return the variables in `dbt_project.yml`.

    Raises:
        TieoutError: the file cannot be read, is not YAML, or has no variables.
    """
    file = project_root() / PROJECT_FILE
    try:
        variables = read_yaml(file)["vars"]["tieout"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TieoutError(
            f"The variables of the project cannot be read from {file}: {error!r}. Correct the file."
        ) from None
    if not isinstance(variables, Mapping):
        raise TieoutError(f"{file}: vars.tieout is no mapping of names to values. Correct the file.")
    return variables
