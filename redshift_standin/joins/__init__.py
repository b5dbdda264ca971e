"""Which joins of a build move rows between the nodes of a cluster, judged from its statements."""

from __future__ import annotations

from .placement import Join, Verdict
from .statements import JoinReader

__all__ = ["Join", "JoinReader", "Verdict"]
