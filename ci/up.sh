#!/usr/bin/env bash
# Deploys a stack; shows on the page of the run what it did, also when it fails. Nobody would look at a preview here: the
# pull request had one, and what stops a preview stops an `up` before it touches anything.
# usage: ci/up.sh STACK
set -euo pipefail
source "$(dirname "$0")/environment.sh"
stack="$(stack_of "$@")"
start_report "$stack"

code=0
pulumi up --stack "$stack" --yes --skip-preview --non-interactive --suppress-progress --suppress-outputs || code=$?
finish "$stack" up "$code"
