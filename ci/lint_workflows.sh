#!/usr/bin/env bash
# actionlint and zizmor on all workflows, or on some; both come from `make setup`.
# usage: ci/lint_workflows.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
files=("$@")
if [ "${#files[@]}" = 0 ]; then files=(.github/workflows/*.yml); fi
actionlint="$(python -c 'from tools.toolchain import locate; print(locate("actionlint"))')"

code=0
# Without the linters of shell and Python that it calls where they happen to be installed: a step calls one script.
"$actionlint" -shellcheck= -pyflakes= "${files[@]}" || code=1
zizmor --offline --no-progress --quiet --persona auditor "${files[@]}" || code=1
exit "$code"
