#!/usr/bin/env bash
# Looks at a deployed stack, and proves its listeners again; changes nothing.
# Ends with 0 when both found nothing, 1 with a finding, 2 where something could not be decided and nothing was found.
# usage: ci/verify.sh STACK
set -euo pipefail
source "$(dirname "$0")/environment.sh"
stack="$(stack_of "$@")"
start_report "$stack"

verdict=0
for command in status verify; do
  code=0
  printed="$(python -m ops "$command" --stack "$stack" 2>&1)" || code=$?
  printf '==> python -m ops %s --stack %s\n%s\n<== exit code %s\n' "$command" "$stack" "$printed" "$code"
  # Indented, since what the cluster says could end a fence.
  {
    printf '%s\n\n' "### \`$command\` of $stack: exit code $code"
    printf '%s\n' "$printed" | sed 's/^/    /'
    echo
  } >> "$comment"
  # Python ends with 1 too where the command itself is broken, and that is no finding.
  if [[ "$code" = 1 && "$printed" == *"Traceback (most recent call last)"* ]]; then code=2; fi
  case "$code" in
    0) ;;
    1) verdict=1 ;;
    *) if [ "$verdict" = 0 ]; then verdict=2; fi ;;
  esac
done
summarize "$comment"

case "$verdict" in
  0) echo "$stack: nothing found" ;;
  1) annotate "alb-mtls $stack: a finding" "status and verify above have its code and what to do" ;;
  *) annotate "alb-mtls $stack: could not be decided" "this is no finding: see above what could not be read" ;;
esac
exit "$verdict"
