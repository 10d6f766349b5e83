#!/usr/bin/env bash
# Deploys a stack; shows on the page of the run what it did, also when it fails.
# usage: ci/up.sh STACK
set -euo pipefail
source "$(dirname "$0")/environment.sh"
stack="$(stack_of "$@")"
start_report "$stack"

code=0
pulumi up --stack "$stack" --yes --non-interactive --suppress-progress --suppress-outputs || code=$?
finish "$stack" up "$code"
