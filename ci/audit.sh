#!/usr/bin/env bash
# Fails when a package that is pinned has a known weakness. pip-audit lives in an environment of its own, since what it
# needs is none of what it looks at. What could not be looked at fails too.
# usage: ci/audit.sh
set -euo pipefail
cd "$(dirname "$0")/.."
environment=.cache/audit
"${PYTHON:-python3}" -m venv --clear "$environment"
"$environment/bin/python" -m pip install --disable-pip-version-check --no-input --quiet --require-hashes \
  -r requirements-audit.txt
code=0
for file in requirements requirements-build requirements-dev requirements-audit; do
  echo "==> $file.txt"
  "$environment/bin/pip-audit" --strict --require-hashes --disable-pip --progress-spinner off -r "$file.txt" || code=1
done
exit "$code"
