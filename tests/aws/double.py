"""A local double of S3 and the Glue catalog (moto's server), and an unreliable network link to it."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

from redshift_standin.postgres import die_with_parent

REGION = "eu-west-1"
_WAIT_SECONDS = 60
_RUNNING = re.compile(r"Running on http://127\.0\.0\.1:(\d+)")
_REQUEST = re.compile(r'"([A-Z]+) (\S+) HTTP/1\.\d" (\d{3})')


class AwsDouble:
    """A local AWS double that runs inside a `with` block. Commands with its `environment` connect to it."""

    def __init__(self) -> None:
        """Prepare the double; it starts at `with`."""
        self._log = tempfile.NamedTemporaryFile(prefix="tieout-aws-", suffix=".log")  # noqa: SIM115
        self._server: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}
        self.port = 0

    def __enter__(self) -> Self:
        """Start the server, and wait until it listens."""
        self._server = subprocess.Popen(
            [sys.executable, "-c", "from moto.server import main; main(['-p', '0'])"],
            stdout=self._log,
            stderr=self._log,
            # Safe although threads run: the function makes one system call and takes no lock.
            preexec_fn=die_with_parent(),  # noqa: PLW1509
        )
        deadline = time.monotonic() + _WAIT_SECONDS
        while (running := _RUNNING.search(self._read())) is None:
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"moto's server does not start:\n{self._read()}")
            time.sleep(0.05)
        self.port = int(running[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the server."""
        if self._server:
            self._server.kill()
            self._server.wait()
        self._log.close()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point the AWS SDK to this double."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "AKIADOUBLE",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Ignore the configuration of the user.
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def client(self, service: str) -> Any:
        if service not in self._clients:
            create: Callable[..., Any] = boto3.client  # Its stubs need a literal service name.
            self._clients[service] = create(
                service,
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id="AKIADOUBLE",
                aws_secret_access_key="none",
            )
        return self._clients[service]

    def make_bucket(self, name: str) -> None:
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Return the keys of all objects below a prefix, without it."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return sorted(found["Key"].removeprefix(prefix) for page in pages for found in page.get("Contents", []))

    def objects(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        """Return every object's content by its key below a prefix."""
        client = self.client("s3")
        return {
            key: client.get_object(Bucket=bucket, Key=prefix + key)["Body"].read() for key in self.keys(bucket, prefix)
        }

    def requests(self) -> list[tuple[str, str]]:
        """Return method and path of every request so far, in order."""
        return [(method, path) for method, path, _ in _REQUEST.findall(self._read())]

    def require_permission(self, required: bool) -> None:
        """Turn the check of IAM permissions on or off. At first it is off."""
        allowed_before = b"0" if required else b"inf"
        request = urllib.request.Request(
            f"{self.endpoint}/moto-api/reset-auth", data=allowed_before, headers={"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(request).close()

    def _read(self) -> str:
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")


Spoil = Callable[[str, str], str | None]
"""Decides on each request by method and path: "refuse" answers 503, "lose" forwards it and drops the answer."""


class BadLink:
    """An unreliable link to the double that runs inside a `with` block."""

    def __init__(self, double: AwsDouble, spoil: Spoil) -> None:
        """Prepare the link; it starts at `with`."""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                what = spoil(self.command, self.path)
                if what == "refuse":
                    self.send_response(503)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                upstream = http.client.HTTPConnection("127.0.0.1", double.port)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
                upstream.request(self.command, self.path, body, headers)
                answer = upstream.getresponse()
                content = answer.read()
                upstream.close()
                if what == "lose":
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_any  # noqa: N815

            def log_message(self, *args: object) -> None:
                """Write no log."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                """Write no traceback: a killed client closes its connection."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Start the link."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the link."""
        self._server.shutdown()
        self._server.server_close()
