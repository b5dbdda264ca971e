"""Create none of dbt's debug events where nothing logs them.

dbt creates several for each statement, even if no log takes them. This is a fifth of the time of a small build.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from dbt_common.events.base_types import BaseEvent, DebugLevel, DynamicLevel, EventLevel
from dbt_common.events.event_manager import EventManager


@contextmanager
def without_debug_events() -> Iterator[None]:
    """Leave out the events whose level is always debug."""
    create = BaseEvent.__init__
    fire = EventManager.fire_event

    def create_if_shown(self: BaseEvent, *arguments: Any, **fields: Any) -> None:
        if not _is_debug(self):
            create(self, *arguments, **fields)

    def fire_if_shown(
        self: EventManager, e: BaseEvent, level: EventLevel | None = None, *arguments: Any, **options: Any
    ) -> None:
        if not _is_debug(e):
            fire(self, e, level, *arguments, **options)

    with patch.object(BaseEvent, "__init__", create_if_shown), patch.object(EventManager, "fire_event", fire_if_shown):
        yield


def _is_debug(event: BaseEvent) -> bool:
    return isinstance(event, DebugLevel) and not isinstance(event, DynamicLevel)
