"""The names of control files: which files of an inbox state what another one holds, and which one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

DIGESTS = {"md5": 32, "sha1": 40, "sha256": 64}
"""The checksum files that sources write, by their ending, with the number of hexadecimal digits of a checksum."""

CONTROL_ENDING = "ctl"

_CONTROL_FILE = re.compile(rf"(?P<about>.+)[.](?P<ending>{CONTROL_ENDING}|{'|'.join(DIGESTS)})", re.IGNORECASE)
_ENDING = re.compile(r"(?i:[.]csv)?(?i:[.]gz)?$", re.ASCII)


def is_control_file(name: str) -> bool:
    """Return whether a name has the ending of a control file or of a checksum file."""
    return _CONTROL_FILE.fullmatch(name) is not None


def ending(name: str) -> str:
    """Return the ending of a control file, in lower case."""
    return name.rpartition(".")[2].lower()


def about(name: str) -> str:
    """Return the name that a control file has without its ending."""
    return name.rpartition(".")[0]


class Companions:
    """The deliveries of a folder, found by the names of their control files.

    `transactions.csv.ctl`, `transactions.ctl` and the like are about `transactions.csv` and `transactions.csv.gz`. A
    file with exactly the name counts before one with another ending, and the same letters before other cases.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names of the deliveries."""
        self._ranked: list[defaultdict[str, list[str]]] = [defaultdict(list) for _ in range(4)]
        for name in names:
            stems = {_ENDING.sub("", name), name[:-3] if name.lower().endswith(".gz") else name} - {name}
            self._ranked[0][name].append(name)
            self._ranked[2][name.lower()].append(name)
            for stem in stems:
                self._ranked[1][stem].append(name)
            for stem in {stem.lower() for stem in stems}:
                self._ranked[3][stem].append(name)

    def of(self, control_file: str) -> list[str]:
        """Return the names of the files that a control file is about; none if there is no such file."""
        name = about(control_file)
        exact, stem, any_case, any_case_stem = self._ranked
        for known, key in ((exact, name), (stem, name), (any_case, name.lower()), (any_case_stem, name.lower())):
            if key in known:
                return known[key]
        return []
