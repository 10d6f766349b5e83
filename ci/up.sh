#!/usr/bin/env bash
# Deploys a stack; shows on the page of the run what it did, also when it fails.
# usage: ci/up.sh STACK
set -euo pipefail
source "$(dirname "$0")/environment.sh"
stack="$(stack_of "$@")"
start_report "$stack"

code=0
ALB_MTLS_REPORT="$report" \
  pulumi up --stack "$stack" --yes --non-interactive --suppress-progress --suppress-outputs || code=$?

write_comment "$stack" up "$code"
exit "$code"
