"""The job by hand, as text to paste into bash: what the program of this project replaces.

openssl makes the CA and the client, `upload-ca` stands in for the console, curl stands in for kubectl, and sends
requests to the listener. Each `# answers:` line has what the command above it prints.
"""

import json
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lab.paths import DEFAULT_NAME, PROJECT
from lab.stack_file import where

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lab.paths import LabPaths
    from lab.status import Status

GIVE_BACK = "Give the listener back exactly as it was"
HOST = "demo.alb.ingress.top"
ANSWERS = "# answers: "
ACCEPTED, REJECTED = "old", "rejected"

_ALBCONFIG, _LISTENER, _INDEX = "alb", "443/HTTPS", 1
_DAYS = 3650


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        title: what it is for.
        commands: to paste.
        answer: the one line that they print, None when they print nothing.
    """

    title: str
    commands: str
    answer: str | None = None


def procedure_text(paths: "LabPaths", status: "Status") -> str:
    """Return the whole procedure for a running lab.

    Raises:
        StackFileMissingError: the dev stack has no file.
    """
    return as_text(_steps(paths, status))


def request_function(server_ca: "Path", address: str) -> str:
    """Return a short name for a request: it prints the answer, that a TLS alert rejected it, or what curl says.

    An alert can get lost (docs/facts/x509-and-tls.md, Rejections): a connection that was cut is tried again. A curl
    with GnuTLS does not say which alert it was.

    Args:
        server_ca: the file of the CA that signed the listener's certificate.
        address: where the listener is reached.
    """
    return f"""
request() {{
  local answer
  for _ in 1 2 3; do
    answer=$(curl --silent --show-error --fail --max-time 5 --cacert {shlex.quote(str(server_ca))} \\
      --connect-to {HOST}:443:{address} "$@" https://{HOST}/ 2>&1) && break
    case $answer in
      *" alert "*certificate*|*" alert unknown ca"*|*" alert handshake failure"*) answer={REJECTED}; break ;;
      *"TLS fatal alert has been received"*) answer={REJECTED}; break ;;
      "curl: (18)"*|"curl: (52)"*|"curl: (55)"*|"curl: (56)"*) ;;
      *) break ;;
    esac
  done
  echo "$answer"
}}""".strip()


def as_text(steps: "Sequence[Step]") -> str:
    """Return steps as they are printed."""
    return "\n".join(_text(number, step) for number, step in enumerate(steps, start=1))


def _text(number: int, step: Step) -> str:
    answer = f"{ANSWERS}{step.answer}\n" if step.answer else ""
    return f"# {number}. {step.title}\n{step.commands.strip()}\n{answer}"


def _steps(paths: "LabPaths", status: "Status") -> list[Step]:
    name = "" if paths.name == DEFAULT_NAME else f" --name {paths.name}"
    return [
        _preparation(paths, status, name),
        Step(title="The listener does not request a client certificate yet", commands="request", answer=ACCEPTED),
        _root_ca(),
        _client(),
        Step(
            title="Upload the CA: in the cloud that is done in the console",
            commands=f'CA_ID=$(python -m lab upload-ca{name} "$WORK/ca.crt")\ntest -n "$CA_ID" && echo uploaded',
            answer="uploaded",
        ),
        _switch_on(),
        Step(
            title="A request without a certificate is rejected",
            commands=f"request_until {REJECTED}",
            answer=REJECTED,
        ),
        Step(
            title="A request with the certificate is accepted",
            commands='request --cert "$WORK/client.crt" --key "$WORK/client.key"',
            answer=ACCEPTED,
        ),
        _switch_off(),
        Step(
            title="Requests without a certificate are accepted again",
            commands=f"request_until {ACCEPTED}",
            answer=ACCEPTED,
        ),
        Step(title="The listener keeps caCertificates", commands=_count_certificates(), answer="1"),
        _give_back(where(paths, status)),
        Step(title="Done", commands='rm -r "$WORK"'),
    ]


def _preparation(paths: "LabPaths", status: "Status", name: str) -> Step:
    address = status["albconfigs"][_ALBCONFIG]["listeners"][_LISTENER]["address"]
    server = json.loads(paths.program_kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    url = f"{server}/apis/alibabacloud.com/v1/albconfigs/{_ALBCONFIG}"
    return Step(
        title="A folder for keys, the lab's environment, and three short names for long commands",
        commands=f"""
cd {shlex.quote(str(PROJECT))}
eval "$(.venv/bin/python -m lab env{name})"
WORK=$(mktemp -d)
{request_function(paths.server_ca, address)}
request_until() {{ for _ in $(seq 50); do test "$(request)" = "$1" && break; sleep 0.1; done; request; }}
albconfig() {{ curl --config {shlex.quote(str(paths.program_curl))} --fail "$@" {url}; }}
""",
    )


def _root_ca() -> Step:
    return Step(
        title="A root CA: X.509 version 3, which `openssl x509 -req -signkey` would not make",
        commands=f"""
cat > "$WORK/ca.cnf" <<'END'
[req]
distinguished_name = dn
prompt = no
x509_extensions = ca
[dn]
C = CN
ST = bj
L = bj
O = alibaba
OU = test
CN = root
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
END
openssl req -x509 -newkey rsa:4096 -nodes -sha256 -days {_DAYS} -config "$WORK/ca.cnf" \\
  -keyout "$WORK/ca.key" -out "$WORK/ca.crt" 2> "$WORK/openssl.log"
""",
    )


def _client() -> Step:
    return Step(
        title="A client's key and certificate, signed by that CA",
        commands=f"""
cat > "$WORK/client.cnf" <<'END'
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
openssl req -new -newkey rsa:4096 -nodes -sha256 -subj /C=CN/ST=bj/L=bj/O=alibaba/OU=test/CN=client \\
  -keyout "$WORK/client.key" -out "$WORK/client.csr" 2>> "$WORK/openssl.log"
openssl x509 -req -sha256 -days {_DAYS - 1} -in "$WORK/client.csr" -CA "$WORK/ca.crt" -CAkey "$WORK/ca.key" \\
  -extfile "$WORK/client.cnf" -out "$WORK/client.crt" 2>> "$WORK/openssl.log"
openssl verify -x509_strict -purpose sslclient -CAfile "$WORK/ca.crt" "$WORK/client.crt" | sed 's/.*: //'
""",
        answer="OK",
    )


def _switch_on() -> Step:
    return _patch(
        "Request a client certificate, in place of `kubectl edit albconfig`",
        [
            {"op": "add", "path": "caEnabled", "value": True},
            {"op": "add", "path": "caCertificates", "value": [{"CertificateId": "$CA_ID"}]},
        ],
    )


def _switch_off() -> Step:
    return _patch("Do not request a client certificate any more", [{"op": "add", "path": "caEnabled", "value": False}])


def _give_back(stack: str) -> Step:
    undo = _patch(GIVE_BACK, [{"op": "remove", "path": key} for key in ("caEnabled", "caCertificates")])
    why = (
        "# A stack refuses a listener that has the CA of somebody else. It takes it over instead of this step after:\n"
        f"#   pulumi config set --path 'listeners[0].takeOver' \"$CA_ID\" {stack}\n"
    )
    return replace(undo, commands=why + undo.commands.strip())


def _patch(title: str, changes: list[dict[str, object]]) -> Step:
    listener = f"/spec/listeners/{_INDEX}"
    # The index alone is no name: somebody may have put a listener before this one.
    guards = [
        {"op": "test", "path": f"{listener}/port", "value": 443},
        {"op": "test", "path": f"{listener}/protocol", "value": "HTTPS"},
    ]
    operations = [*guards, *({**change, "path": f"{listener}/{change['path']}"} for change in changes)]
    lines = ",\n  ".join(json.dumps(operation) for operation in operations)
    return Step(
        title=title,
        commands=f"""
albconfig --request PATCH --header 'Content-Type: application/json-patch+json' --output /dev/null \\
  --data @- <<END
[ {lines} ]
END
""",
    )


def _count_certificates() -> str:
    certificates = f'json.load(sys.stdin)["spec"]["listeners"][{_INDEX}]["caCertificates"]'
    return f"albconfig | python -c 'import json, sys; print(len({certificates}))'"
