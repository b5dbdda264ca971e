#!/usr/bin/env bash
# Runs a command in the container of the daily run on AWS and waits until it ends. Without a command, runs the daily run:
#   eval "$(tieout env)"
#   scripts/run_task.sh dbt build --target prod --full-refresh
# Needs the AWS CLI. Prints the log and exits with the command's exit code.
set -euo pipefail

if [ -z "${TIEOUT_CLUSTER:-}" ]; then
    echo "The variables of the stack are not set. Run: eval \"\$(tieout env)\"" >&2
    exit 1
fi
if [ $# -eq 0 ]; then
    set -- scripts/daily_run.sh
fi

running=$(aws ecs list-tasks --cluster "$TIEOUT_CLUSTER" --query 'taskArns[0]' --output text)
if [ "$running" != None ]; then
    echo "$running is still running, and only one run may build at a time. Run again when it has ended." >&2
    exit 1
fi
overrides=$(python3 -c '
import json, sys
print(json.dumps({"containerOverrides": [{"name": "tieout", "command": sys.argv[1:]}]}))
' "$@")
task=$(aws ecs run-task --cluster "$TIEOUT_CLUSTER" --task-definition "$TIEOUT_TASK" --launch-type FARGATE \
    --network-configuration "awsvpcConfiguration={subnets=[$TIEOUT_SUBNETS],securityGroups=[$TIEOUT_SECURITY_GROUP],assignPublicIp=DISABLED}" \
    --overrides "$overrides" --query 'tasks[0].taskArn' --output text)
if [ "$task" = None ]; then
    echo "AWS started no task. Run aws ecs run-task by hand to see the reasons." >&2
    exit 1
fi
echo "Started $task: $*"

tell() {
    aws ecs describe-tasks --cluster "$TIEOUT_CLUSTER" --tasks "$task" --query "tasks[0].$1" --output text
}
while [ "$(tell lastStatus)" != STOPPED ]; do
    sleep "${TIEOUT_POLL_SECONDS:-10}"
done
aws logs tail "$TIEOUT_LOG" --log-stream-names "run/tieout/${task##*/}" --since 1d --format short || true
code=$(tell 'containers[0].exitCode')
if [ "$code" = None ]; then
    echo "The task did not start: $(tell stoppedReason)" >&2
    exit 1
fi
exit "$code"
