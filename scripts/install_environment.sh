#!/usr/bin/env bash
# Makes the virtual environment in the given folder and installs exactly what requirements.txt pins.
# Needs Python 3.11 or later with pip; uv, itself from the package index, installs the rest in seconds.
set -euo pipefail

venv=$1
python=${PYTHON:-python3}
uv_version=0.13.9

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Tieout needs Python 3.11 or later, and '$python' is none: install it, or name one: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
# The interpreter itself, not an environment's link to it: the environment may be the one that is made anew.
python=$("$python" -c 'import sys; print(sys._base_executable)')
if ! "$python" -m pip --version >/dev/null 2>&1; then
    echo "'$python' has no pip: install it (Debian: apt-get install python3-pip) and run make again." >&2
    exit 1
fi

# Without pip inside: Debian's Python can make such environments without further packages.
"$python" -m venv --clear --without-pip "$venv"
if ! "$python" -m pip --python "$venv/bin/python" install --quiet --disable-pip-version-check "uv==$uv_version"; then
    echo "pip could not install uv $uv_version: check that the Python package index can be reached." >&2
    exit 1
fi
export UV_PYTHON_DOWNLOADS=never
if ! "$venv/bin/uv" pip install --quiet --require-hashes --python "$venv/bin/python" --requirement requirements.txt; then
    echo "The packages of requirements.txt could not be installed: the lines above say which and why." >&2
    exit 1
fi
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
echo "Installed $("$venv/bin/uv" pip list --python "$venv/bin/python" 2>/dev/null | tail -n +3 | wc -l) packages."
