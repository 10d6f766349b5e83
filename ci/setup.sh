#!/usr/bin/env bash
# Makes .venv with the packages of requirements.txt, all hashed, and looks at the Pulumi CLI. It needs no secret.
# usage: ci/setup.sh   (PYTHON=python3.11 names another Python)
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "$python is missing or older than Python 3.11: install it, and name it with PYTHON=" >&2
  exit 1
fi

# shasum and sha256sum are each missing somewhere.
packages="$(cat requirements-build.txt requirements.txt | "$python" -c '
import hashlib, sys
print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')"
if [ ! -x .venv/bin/python ] || [ "$(cat .venv/ci-installed 2>/dev/null)" != "$packages" ]; then
  "$python" -m venv --clear .venv
  install=(.venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet --require-hashes)
  "${install[@]}" -r requirements-build.txt
  "${install[@]}" --no-build-isolation -r requirements.txt
  printf '%s\n' "$packages" > .venv/ci-installed
fi

if ! command -v pulumi >/dev/null; then
  echo "pulumi is not on PATH: install the Pulumi CLI (https://www.pulumi.com/docs/iac/download-install/)" >&2
  exit 1
fi
version="$(PULUMI_SKIP_UPDATE_CHECK=true pulumi version)"
PYTHONPATH=. .venv/bin/python -c '
import sys
from alb_mtls.pulumi_cli import is_supported, other_cli
sys.exit(None if is_supported(sys.argv[1]) else other_cli(sys.argv[1]))
' "$version"
echo "Python packages of requirements.txt, and pulumi $version: ready"
