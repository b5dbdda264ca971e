#!/usr/bin/env bash
# Creates the virtual environment in the given folder and installs the versions that requirements.txt pins.
# Needs Python 3.11 or later with pip. uv, also from the package index, installs the rest in seconds.
set -euo pipefail

venv=$1
python=${PYTHON:-python3}
uv_version=0.13.9

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Tieout needs Python 3.11 or later, and '$python' is not. Install it, or name another: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
# The interpreter itself, not the link in an environment, because that environment may be the one to be replaced.
python=$("$python" -c 'import sys; print(sys._base_executable)')
if ! "$python" -m pip --version >/dev/null 2>&1; then
    echo "'$python' has no pip. Install it (Debian: apt-get install python3-pip) and run make again." >&2
    exit 1
fi

# Without pip, because Debian's Python can create such environments without further packages.
"$python" -m venv --clear --without-pip "$venv"
if ! "$python" -m pip --python "$venv/bin/python" install --quiet --disable-pip-version-check "uv==$uv_version"; then
    echo "pip could not install uv $uv_version. Check that the Python package index can be reached." >&2
    exit 1
fi
export UV_PYTHON_DOWNLOADS=never
# Containers and CI jobs often keep no bytecode. Each start of dbt would compile thousands of files again, for seconds.
export UV_COMPILE_BYTECODE=1
if ! "$venv/bin/uv" pip install --quiet --require-hashes --python "$venv/bin/python" --requirement requirements.txt; then
    echo "The packages of requirements.txt could not be installed. See the lines above." >&2
    exit 1
fi
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
echo "Installed $("$venv/bin/uv" pip list --python "$venv/bin/python" 2>/dev/null | tail -n +3 | wc -l) packages."
