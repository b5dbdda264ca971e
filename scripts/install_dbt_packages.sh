#!/usr/bin/env bash
# Installs the dbt packages: those of packages.yml from the package hub, or offline_packages/ where it cannot be reached.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT

rm -rf dbt_packages
if timeout 120 dbt --no-use-colors deps >"$log" 2>&1; then
    echo "Installed the dbt packages of packages.yml from the package hub."
    exit 0
elif [ $? -ne 124 ] && ! grep -qiE 'connection|resolve|timed? ?out|proxy|unreachable|ssl|certificate' "$log"; then
    cat "$log" >&2
    echo "dbt deps failed, and not because the package hub cannot be reached: see above." >&2
    exit 1
fi
rm -rf dbt_packages package-lock.yml
mkdir dbt_packages
cp -r offline_packages/*/ dbt_packages/
echo "Installed offline_packages/ in the place of packages.yml, because the dbt package hub cannot be reached from here."
