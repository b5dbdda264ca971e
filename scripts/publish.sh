#!/usr/bin/env bash
# Publishes this commit for deployment: the image of the daily run under the commit as its tag, the nested templates in the
# artefacts bucket, and target/main.packaged.yml, which names them and is what `aws cloudformation deploy` takes.
# Needs the AWS CLI, docker and the stack of infra/bootstrap.yml. Publishing again publishes nothing anew.
set -euo pipefail
cd "$(dirname "$0")/.."

bootstrap=${TIEOUT_BOOTSTRAP:-tieout-bootstrap}
if [ -n "$(git status --porcelain)" ]; then
    echo "The checkout differs from its commit, and the commit is the image's tag: commit first." >&2
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
    echo "The stack $bootstrap has no ImageRepository or ArtefactsBucket: deploy infra/bootstrap.yml (docs/deploy.md)." >&2
    exit 1
fi

if aws ecr describe-images --repository-name "${repository#*/}" --image-ids "imageTag=$tag" >/dev/null 2>&1; then
    echo "The image $repository:$tag has been published before."
else
    aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}"
    docker build --platform linux/amd64 --file infra/Dockerfile --tag "$repository:$tag" .
    docker push "$repository:$tag"
fi

mkdir -p target
aws cloudformation package --template-file infra/main.yml --s3-bucket "$bucket" --s3-prefix templates \
    --output-template-file target/main.packaged.yml
echo "Published $tag. Next: aws cloudformation deploy ... --parameter-overrides ImageTag=$tag (docs/deploy.md)."
