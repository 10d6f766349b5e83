# shellcheck shell=bash
# Sourced by the scripts beside it: the folder, the environment, and the files that hold secrets for the time of a run.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
export PATH="$PWD/.venv/bin:$PATH"
export PULUMI_SKIP_UPDATE_CHECK=true
# Only clusterId and kubernetesSecret need the plugins of the packages: set it to false where one of these is used.
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION="${PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION:-true}"
# Outside of Alibaba Cloud the credential chain would wait for an address that is not there.
export ALIBABA_CLOUD_ECS_METADATA_DISABLED="${ALIBABA_CLOUD_ECS_METADATA_DISABLED:-true}"
# For the token of a workflow only, never for the program.
unset GITHUB_TOKEN GH_TOKEN

# GitHub's runner obeys what it finds in a log, such as `::add-mask::` at the begin of a line, or `##[error]` anywhere, and
# names and messages of a cluster get there. In one stream, since it reads two in no order (docs.github.com, "Workflow
# commands", stopping and starting them).
resume=""
if [ -n "${GITHUB_ACTIONS:-}" ]; then
  exec 2>&1
  resume="::$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')::"
  echo "::stop-commands::${resume//:/}"
fi

umask 077
# What a killed run has left of its secrets, on a runner that is not thrown away; no run lasts a day.
temporary="${TMPDIR:-/tmp}"
find "$temporary" -maxdepth 1 -type d -name 'alb-mtls-ci.*' -user "$(id -u)" -mmin +1440 -exec rm -rf {} + || true
private="$(mktemp -d "$temporary/alb-mtls-ci.XXXXXXXX")"
written=()
# shellcheck disable=SC2317,SC2329 # called by the trap
remove_secrets() {
  rm -rf "$private"
  if [ "${#written[@]}" -gt 0 ]; then rm -f "${written[@]}"; fi
  if [ -n "$resume" ]; then printf '\n%s\n' "$resume"; fi
}
trap remove_secrets EXIT

if [ -n "${KUBECONFIG_CONTENT:-}" ]; then
  printf '%s\n' "$KUBECONFIG_CONTENT" > "$private/kubeconfig"
  export KUBECONFIG="$private/kubeconfig"
fi
# Only `up` signs with the key of an imported root CA: a preview does without it.
if [ -n "${ROOT_CA_KEY:-}" ]; then
  : "${ROOT_CA_KEY_FILE:?must name the file that rootCa.keyFile names, in a folder in memory}"
  if [ -e "$ROOT_CA_KEY_FILE" ]; then
    echo "ROOT_CA_KEY_FILE: $ROOT_CA_KEY_FILE is there already; unset ROOT_CA_KEY, or name a file that is not there; remove it if a run that was killed left it" >&2
    exit 2
  fi
  written+=("$ROOT_CA_KEY_FILE")
  printf '%s\n' "$ROOT_CA_KEY" > "$ROOT_CA_KEY_FILE"
fi
unset KUBECONFIG_CONTENT ROOT_CA_KEY

# GitHub's token for Alibaba Cloud, where the job may ask for one: docs/how-to/ci.md, "Without access keys".
if [ -n "${ALIBABA_CLOUD_OIDC_PROVIDER_ARN:-}" ] && [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
  python3 ci/oidc_token.py "$private/oidc-token"
  export ALIBABA_CLOUD_OIDC_TOKEN_FILE="$private/oidc-token"
fi
unset ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN

# Where this run can be read.
run_url=""
if [ -n "${GITHUB_RUN_ID:-}" ]; then
  run_url="${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
elif [ -n "${CI_JOB_URL:-}" ]; then
  run_url="$CI_JOB_URL"
fi

# stack_of ARGUMENTS: the one stack that a script is called with.
stack_of() {
  if [ "$#" -ne 1 ] || ! [[ "$1" =~ ^[A-Za-z0-9][A-Za-z0-9._/-]*$ ]]; then
    echo "usage: $0 STACK" >&2
    exit 2
  fi
  printf '%s' "$1"
}

# start_report STACK: the files of this run; what an earlier one has left must not be taken for them.
start_report() {
  local out="$PWD/ci-out/$1"
  report="$out/report.json"
  comment="$out/comment.md"
  mkdir -p "$out"
  rm -f "$report" "$comment"
  export ALB_MTLS_REPORT="$report"
}

# finish STACK COMMAND EXIT_CODE: write what people should read of a run, also of one that failed, and end with its code;
# with 1 where it ended well and the comment says why the job is red, and with 2 where there is no comment.
finish() {
  local words=(--report "$report" --exit-code "$3" --command "$2" --stack "$1" --gate) gate=0
  if [ -n "$run_url" ]; then words+=(--run-url "$run_url"); fi
  python -m ops comment "${words[@]}" > "$comment" || gate=$?
  if [ "$gate" -gt 1 ] || [ ! -s "$comment" ]; then
    # ci/post_comment.py then writes that nothing is known, over what an earlier run has left.
    rm -f "$comment"
    annotate "alb-mtls $1" "there is no comment on this $2; the reason stands above"
    exit 2
  fi
  summarize "$comment"
  if [ "$3" != 0 ]; then exit "$3"; fi
  exit "$gate"
}

# summarize FILE: show a Markdown file on the page of the run, where the CI has one.
summarize() {
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$1" >> "$GITHUB_STEP_SUMMARY"; fi
}

# annotate TITLE SENTENCE
annotate() {
  if [ -n "$resume" ]; then
    # On a line of its own, whatever stands before it.
    printf '\n%s\n' "$resume" "::error title=$1::$2" "::stop-commands::${resume//:/}"
  else
    echo "$1: $2" >&2
  fi
}
