#!/usr/bin/env bash
# Begins what a preview hands on: its folder with a file, so that even without a comment there is something to hand on.
# Otherwise a job that is run again, and fails before it previews, would hand on the comment of the time before.
# usage: ci/begin.sh STACK
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "ci-out/$1"
rm -f "ci-out/$1/comment.md"
: > "ci-out/$1/begun"
