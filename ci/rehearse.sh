#!/usr/bin/env bash
# Plays how a team works with all of this, on a lab; fails when something of it is not as announced.
# usage: ci/rehearse.sh
set -euo pipefail
cd "$(dirname "$0")/.."
exec make rehearsal
