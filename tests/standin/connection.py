"""Connections to a stand-in through its proxy, with the driver that dbt-redshift uses."""

from __future__ import annotations

import redshift_connector
from redshift_connector.core import Connection

from redshift_standin import DATABASE, USER, StandIn


def connect(stand_in: StandIn) -> Connection:
    """Connect as the user that dbt connects as."""
    return redshift_connector.connect(
        host="127.0.0.1", port=stand_in.port, database=DATABASE, user=USER, password="none", ssl=False
    )
