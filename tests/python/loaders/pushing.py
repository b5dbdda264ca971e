"""What the tests of pushing share: the landed days, and what they look at in S3."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from loaders.aws.session import S3Root
from loaders.contract import load_contract
from tests.aws.double import AwsDouble

HEADER = ",".join(load_contract().entity("banking", "transactions").headers()[1]) + "\n"
DAYS = ("2025-01-01", "2025-01-02", "2025-01-03")
DATA = "banking/transactions/dt=2025-01-02/transactions.csv"
PARTS = 3


def there(aws: AwsDouble, root: S3Root) -> dict[str, bytes]:
    return aws.objects(root.bucket, root.prefix)


def writes(aws: AwsDouble, since: int) -> list[str]:
    """Return the paths of all writing requests after the given number of requests."""
    return [path.split("?")[0] for method, path in aws.requests()[since:] if method in ("PUT", "POST", "DELETE")]


def with_a_full_disk(*command: object) -> subprocess.CompletedProcess[str]:
    """Run `tieout` in a process that cannot write to files."""
    return subprocess.run(
        [Path(sys.executable).with_name("tieout"), *map(str, command)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        capture_output=True,
        text=True,
        check=False,
    )
