"""The parsed project, read once by the server of tests/python/forks.py. To read it takes a fifth of a small build.

Only the server imports this module, when it starts.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder

from tests.python.forks import PARSED


def _read() -> Manifest | None:
    path = Path(os.environ.get(PARSED, ""))
    if not path.is_file():
        return None
    manifest: Manifest = Manifest.from_msgpack(path.read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    gc.freeze()  # the forks share it
    return manifest


MANIFEST = _read()
