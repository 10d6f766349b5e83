"""`request`, which `make lab` prints to paste, calls rejected what a TLS alert rejected; else it is as curl says."""

import subprocess
from pathlib import Path

import pytest

from lab.procedure import ACCEPTED, REJECTED, request_function

ALERT = "curl: (56) OpenSSL SSL_read: OpenSSL/3.0.19: error:0A000418:SSL routines::tlsv1 alert"
CUT = [
    "curl: (18) HTTP/2 stream 1 was not closed cleanly before end of the underlying stream",
    "curl: (52) Empty reply from server",
    "curl: (55) Send failure: Broken pipe",
    "curl: (56) OpenSSL SSL_read: Connection reset by peer, errno 104",
    "curl: (56) GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
]


def _requested(folder: Path, *answers: str) -> tuple[str, int]:
    """Return what `request` prints and how often it sent one, of a curl that gives these answers, then the last."""
    (folder / "answers").write_text("".join(f"{answer}\n" for answer in answers))
    script = f"""
curl() {{
  echo x >> {folder}/runs
  local number=$(wc -l < {folder}/runs) found
  found=$(sed -n "$((number < {len(answers)} ? number : {len(answers)}))p" {folder}/answers)
  case $found in "curl: ("*) echo "$found" >&2; found=${{found#*(}}; return "${{found%%)*}}" ;; *) echo "$found" ;; esac
}}
{request_function(Path("server-ca.pem"), "127.0.0.1:10443")}
request
"""
    done = subprocess.run(["bash", "-e"], input=script, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.rstrip("\n"), len((folder / "runs").read_text().splitlines())


@pytest.mark.parametrize(
    "alert",
    [
        *(f"{ALERT} certificate {why}" for why in ("required, errno 0", "expired")),
        *(f"{ALERT} {why}" for why in ("unknown ca", "bad certificate", "handshake failure")),
        "curl: (56) GnuTLS recv error (-12): A TLS fatal alert has been received.",
    ],
)
def test_an_alert_about_the_certificate_is_a_rejection(tmp_path: Path, alert: str) -> None:
    assert _requested(tmp_path, alert) == (REJECTED, 1)


@pytest.mark.parametrize(
    "printed",
    [
        "curl: (7) Failed to connect to 127.0.0.1 port 10443: Connection refused",
        "curl: (22) The requested URL returned error: 502",
        "curl: (28) Operation timed out after 5001 milliseconds with 0 bytes received",
        "curl: (35) OpenSSL/3.0.19: error:0A000458:SSL routines::tlsv1 unrecognized name",
        "curl: (35) OpenSSL/3.0.19: error:0A00042E:SSL routines::tlsv1 alert protocol version",
        "curl: (58) could not load PEM client certificate from alice.chain.pem, No such file or directory",
        "curl: (60) SSL certificate problem: unable to get local issuer certificate",
        "curl: (77) error setting certificate file: server-ca.pem",
    ],
)
def test_any_other_failure_is_printed_as_curl_says_it_and_not_tried_again(tmp_path: Path, printed: str) -> None:
    assert _requested(tmp_path, printed) == (printed, 1)


@pytest.mark.parametrize("cut", CUT)
def test_a_connection_that_was_cut_is_tried_again_until_it_shows_whether_it_is_a_rejection(
    tmp_path: Path, cut: str
) -> None:
    for number, (later, expected) in enumerate([(f"{ALERT} unknown ca", REJECTED), (ACCEPTED, ACCEPTED), (cut, cut)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert _requested(folder, cut, cut, later) == (expected, 3)
