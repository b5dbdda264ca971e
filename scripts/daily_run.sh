#!/usr/bin/env bash
# The daily run, from the inbox in S3 to gold and the check, in the container that infra/stacks/daily_run.yml starts. If
# TIEOUT_PUBLISH_TO names a place, it then publishes gold there: only a warehouse that ties out gets so far. All
# settings come from the environment (docs/deploy.md). It can be repeated at any time and continues where it stopped. A
# refused file does not stop the others, but the run then exits with 1, and a notification is sent.
#
# On Redshift, another writer can undo a transaction of the build (a serialization error, 1023). Then the build runs once more.
#
# On Sundays the audit works out everything again from base (the full proof). TIEOUT_FULL_PROOF_DAY is another day of the
# week, 1 (Monday) to 7, in UTC.
set -euo pipefail
cd "$(dirname "$0")/.."

# Runs a command under a title. If it fails, prints the command and the state of the warehouse.
step() {
    local title=$1 state=$2
    shift 2
    printf '\n==> %s: %s\n' "$title" "$*"
    "$@" || {
        echo "The daily run failed at '$title' ($*), exit code $?. See the lines above. $state" >&2
        return 1
    }
}

proof=daily
if [[ $(date -u +%u) == "${TIEOUT_FULL_PROOF_DAY:-7}" ]]; then
    proof=full
fi

problems=0
step "fetch" "The run continues with the files that were fetched." tieout fetch data/inbox || problems=1
step "land" "All other files have landed, and the run continues with them." tieout land data/inbox || problems=1
step "push" "S3 has the batches that were pushed completely. Gold is unchanged." tieout push
step "catalog" "Bronze in S3 is complete. Gold is unchanged." tieout catalog

output=$(mktemp)
trap 'rm -f "$output"' EXIT
build() {
    step "build" "Bronze is complete. Remove the cause and run again; the run continues." \
        dbt build --target prod --vars "proof: $proof" | tee "$output"
}
build || {
    grep -qiE 'serializable isolation violation|conflict with concurrent transaction' "$output" || exit 1
    echo "Another transaction has undone one of this build. The build runs once more."
    sleep "${TIEOUT_RETRY_SECONDS:-60}"
    build
}
step "check" "Gold is built. Do not use it until the difference is explained." tieout check --target prod
if [[ -n ${TIEOUT_PUBLISH_TO:-} ]]; then
    step "publish" "Gold is built and ties out. Readers of published tables see those of an earlier run, or new ones. Run again." \
        tieout publish "$TIEOUT_PUBLISH_TO" --target prod
fi

if ((problems)); then
    echo "The daily run has built gold, but not from all deliveries. The lines above name the files that were left out or refused." >&2
    exit 1
fi
echo "The daily run has succeeded."
