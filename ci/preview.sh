#!/usr/bin/env bash
# Previews a stack, and writes ci-out/STACK/comment.md for its pull request, also when the preview fails.
# Ends with 0 only when the preview did, could look at every listener, and locks nobody out whom the stack file does not
# name. Nothing is changed.
# usage: ci/preview.sh STACK
set -euo pipefail
source "$(dirname "$0")/environment.sh"
stack="$(stack_of "$@")"
start_report "$stack"

code=0
pulumi preview --stack "$stack" --diff --non-interactive --suppress-progress || code=$?
finish "$stack" preview "$code"
