#!/usr/bin/env bash
# The daily run, in the container that infra/stacks/daily_run.yml starts: from the inbox in S3 to gold, and the proof.
# Everything it needs comes from the environment (docs/deploy.md), and it may be repeated at any time: what is done is not
# done again. A refused file does not stop the good ones, but the run then ends with 1, and somebody is notified.
set -euo pipefail
cd "$(dirname "$0")/.."

# Runs a command under its title; tells what failed, and what stands.
step() {
    local title=$1 stands=$2
    shift 2
    printf '\n==> %s: %s\n' "$title" "$*"
    "$@" || {
        echo "The daily run failed at '$title' ($*), exit code $?; the lines above say why. $stands" >&2
        return 1
    }
}

complaints=0
step "fetch" "The run goes on with what was fetched." tieout fetch data/inbox || complaints=1
step "land" "All other files have landed, and the run goes on with them." tieout land data/inbox || complaints=1
step "push" "What landed is in S3 as far as whole batches go; gold is as it was." tieout push
step "catalog" "Bronze is complete in S3; gold is as it was." tieout catalog
step "build" "Bronze is complete; run again when the cause is removed, and it goes on." dbt build --target prod
step "check" "Gold is built, but do not rely on it before the difference is explained." tieout check --target prod

if ((complaints)); then
    echo "The daily run has built gold, but not from all that was delivered: see what was left out or refused above." >&2
    exit 1
fi
echo "The daily run has ended well."
