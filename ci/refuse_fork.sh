#!/usr/bin/env bash
# Fails for a pull request from a fork, before anything else: its preview could look at nothing, and a green one would
# say that nobody is rejected.
# usage: HEAD_REPOSITORY=OWNER/NAME BASE_REPOSITORY=OWNER/NAME ci/refuse_fork.sh
set -euo pipefail
base="${BASE_REPOSITORY:-${GITHUB_REPOSITORY:?or BASE_REPOSITORY must name the repository}}"
head="${HEAD_REPOSITORY:-}"
if [ "$head" = "$base" ]; then exit 0; fi

reason="This pull request comes from ${head:-a repository that is gone}, not from $base. A preview runs the program of \
the branch with the credentials of the stack, so there is none for a fork. Somebody who may push to $base reads the \
change, pushes it to a branch of $base, and opens a pull request from there."
if [ -n "${GITHUB_ACTIONS:-}" ]; then
  echo "::error title=No preview for a fork::$reason"
else
  echo "$reason" >&2
fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then printf '%s\n' "$reason" >> "$GITHUB_STEP_SUMMARY"; fi
exit 1
