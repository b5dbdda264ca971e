#!/usr/bin/env bash
# Installs the dbt packages of packages.yml from the package hub, or offline_packages/ if the hub cannot be reached.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT

rm -rf dbt_packages
if timeout 120 dbt --no-use-colors deps >"$log" 2>&1; then
    echo "Installed the dbt packages of packages.yml from the package hub."
    exit 0
elif [ $? -ne 124 ] && ! grep -qiE 'connection|resolve|timed? ?out|proxy|unreachable|ssl|certificate' "$log"; then
    cat "$log" >&2
    echo "dbt deps failed, although the package hub can be reached. See above." >&2
    exit 1
fi
rm -rf dbt_packages package-lock.yml
mkdir dbt_packages
cp -r offline_packages/*/ dbt_packages/
echo "Installed offline_packages/ instead of packages.yml, because the dbt package hub cannot be reached."
