"""Lets DuckDB read bronze in S3: a plugin of dbt-duckdb, named in the profile.

The DuckDB extension for the standard credential chain must be downloaded from DuckDB's servers, so boto3 finds the
credentials instead. The extension that reads S3 is a Python package of the environment. So dbt downloads nothing.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError
from duckdb import DuckDBPyConnection, __version__

from loaders.aws.session import S3Root, credentials, s3_client
from loaders.errors import TieoutError

_PACKAGE = "duckdb_extension_httpfs"


class Plugin(BasePlugin):
    """Connects DuckDB to S3 if the bronze root is in S3; does nothing otherwise."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Read the bronze root from the profile."""
        self._bronze_root = str(plugin_config.get("bronze_root") or "")

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Load the extension and pass the credentials on.

        Raises:
            DbtRuntimeError: there are no usable credentials, or the root is not an address in S3.
        """
        if self._bronze_root.startswith("s3:"):
            try:
                connect(conn, S3Root.parse(self._bronze_root))
            except TieoutError as error:
                raise DbtRuntimeError(str(error)) from error


def connect(connection: DuckDBPyConnection, root: S3Root) -> None:
    """Let a connection read below a root in S3, with the credentials, region and endpoint that boto3 finds.

    Temporary credentials are not renewed: a build that takes longer than they are valid fails and must be run again.

    Raises:
        TieoutError: there are no usable credentials.
    """
    connection.execute(f"load {_literal(str(_extension()))}")
    key = credentials()
    client = s3_client().meta
    endpoint = urlsplit(client.endpoint_url)
    settings = {
        "key_id": key.access_key or "",
        "secret": key.secret_key or "",
        "session_token": key.token or "",
        "region": client.region_name or "us-east-1",
        "endpoint": endpoint.netloc,
        "use_ssl": str(endpoint.scheme == "https").lower(),
        # Most other S3-compatible stores have no host name for each bucket, so the bucket goes into the path.
        "url_style": "vhost" if endpoint.netloc.endswith((".amazonaws.com", ".amazonaws.com.cn")) else "path",
        "scope": str(root),
    }
    listed = ", ".join(f"{name} {_literal(value)}" for name, value in settings.items())
    connection.execute(f"create or replace temporary secret tieout_bronze (type s3, {listed})")


def _extension() -> Path:
    """Return the file of the extension for this version of DuckDB.

    Raises:
        TieoutError: it is not installed.
    """
    found = find_spec(_PACKAGE)
    if found and found.origin:
        file = Path(found.origin).parent / "extensions" / f"v{__version__}" / "httpfs.duckdb_extension"
        if file.is_file():
            return file
    raise TieoutError(
        f"DuckDB's extension for S3 is not installed. Run pip install duckdb-extension-httpfs=={__version__}."
    )


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
