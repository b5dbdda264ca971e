#!/usr/bin/env bash
# Installs the dbt packages: offline_packages/, with which the tests run, or with TIEOUT_DBT_PACKAGES=hub the packages of
# packages.yml from the package hub.
set -euo pipefail

case "${TIEOUT_DBT_PACKAGES:-offline}" in
    offline)
        rm -rf dbt_packages package-lock.yml
        mkdir dbt_packages
        cp -r offline_packages/*/ dbt_packages/
        echo "Installed the dbt packages of offline_packages/."
        ;;
    hub)
        rm -rf dbt_packages package-lock.yml
        timeout 120 dbt --no-use-colors deps || {
            echo "dbt deps failed, see above. Without TIEOUT_DBT_PACKAGES=hub, set-up needs no package hub." >&2
            exit 1
        }
        echo "Installed the dbt packages of packages.yml from the package hub."
        ;;
    *)
        echo "TIEOUT_DBT_PACKAGES is '$TIEOUT_DBT_PACKAGES'. Set it to offline or hub, or leave it unset." >&2
        exit 1
        ;;
esac
