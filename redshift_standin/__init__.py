"""A local stand-in for Amazon Redshift: PostgreSQL behind a proxy that checks statements as Redshift does."""

from .postgres import StandInError
from .server import DATABASE, USER, StandIn

__all__ = ["DATABASE", "USER", "StandIn", "StandInError"]
