#!/usr/bin/env bash
# Publishes this commit for deployment: the image of the daily run, tagged with the commit, and the nested templates in the
# artefacts bucket. Writes target/main.packaged.yml for `aws cloudformation deploy`. Needs the AWS CLI, docker and the stack
# of infra/bootstrap.yml. An image that is published already is not built again.
set -euo pipefail
cd "$(dirname "$0")/.."

bootstrap=${TIEOUT_BOOTSTRAP:-tieout-bootstrap}
if [ -n "$(git status --porcelain)" ]; then
    echo "The checkout has changes, but the commit is the tag of the image. Commit first." >&2
    exit 1
fi
tag=$(git rev-parse --short=12 HEAD)

output() {
    aws cloudformation describe-stacks --stack-name "$bootstrap" --output text \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}
repository=$(output ImageRepository)
bucket=$(output ArtefactsBucket)
if [ -z "$repository" ] || [ -z "$bucket" ]; then
    echo "The stack $bootstrap has no ImageRepository or ArtefactsBucket. Deploy infra/bootstrap.yml (docs/deploy.md)." >&2
    exit 1
fi

if aws ecr describe-images --repository-name "${repository#*/}" --image-ids "imageTag=$tag" >/dev/null 2>&1; then
    echo "The image $repository:$tag is published already."
else
    aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}"
    docker build --platform linux/amd64 --file infra/Dockerfile --tag "$repository:$tag" .
    docker push "$repository:$tag"
fi

mkdir -p target
aws cloudformation package --template-file infra/main.yml --s3-bucket "$bucket" --s3-prefix templates \
    --output-template-file target/main.packaged.yml
echo "Published $tag. Next: aws cloudformation deploy ... --parameter-overrides ImageTag=$tag (docs/deploy.md)."
