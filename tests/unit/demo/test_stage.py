"""What the demo shows of a command, what it calls a rejection, and that it waits for an interrupted command.

pulumi gives its lock back then.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.demo.stage import DemoError, Stage, printed, report

CURL = "curl: (56) OpenSSL SSL_read: OpenSSL/3.0.19: error:0A00045C:SSL routines::tlsv13 alert"
CUT = "curl: (18) HTTP/2 stream 1 was not closed cleanly before end of the underlying stream"
RUN = """\
Previewing update (dev):

@ previewing update....
 +  pulumi:pulumi:Stack alb-mtls-dev create warning: listener 80/HTTP of AlbConfig alb
Diagnostics:
  pulumi-python:dynamic/alb:ListenerSwitch (alb-443-https-switch):
    error: it failed

  pulumi:pulumi:Stack (alb-mtls-dev):
    warning: listener 80/HTTP of AlbConfig alb
      To do: this

Outputs:
  + curl: "curl"

Resources:
    + 12 to create

Duration: 9s
"""


def test_of_a_run_of_pulumi_its_findings_and_counts_are_shown_and_not_the_way_to_them() -> None:
    assert [line for line in report(RUN) if line] == [
        "    error: it failed",
        "    warning: listener 80/HTTP of AlbConfig alb",
        "      To do: this",
        "    + 12 to create",
    ]


def test_what_a_killed_run_had_begun_is_one_line_and_not_advice_for_other_clouds() -> None:
    pending = """\
    warning: Attempting to deploy or update resources with 1 pending operations from previous deployment.
      * urn:pulumi:dev::alb-mtls::a:b:C::switch, interrupted while creating
    These resources are in an unknown state because the Pulumi CLI was interrupted.
    Note that `pulumi refresh` will need to be run interactively to clear pending CREATE operations.
"""
    found = "    error: it failed\n"
    assert [line for line in report(RUN.replace(found, pending + found)) if line] == [
        "    what the interrupted pulumi had begun is put in order",
        *[line for line in report(RUN) if line],
    ]


def _python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def test_standard_error_is_shown_of_a_command_that_fails_and_else_only_what_a_step_needs() -> None:
    script = "import sys; print('out'); print('port in use', file=sys.stderr); print('noise', file=sys.stderr); "
    printed.clear()
    Stage().shows(*_python(script), aside=("in use",))
    assert [line.strip() for line in printed[1:]] == ["out", "port in use"]
    printed.clear()
    Stage().shows(*_python(f"{script}sys.exit(3)"), codes=(3,))
    assert [line.strip() for line in printed[1:]] == ["out", "port in use", "noise"]
    with pytest.raises(DemoError, match="ended with 3"):
        Stage().shows(*_python(f"{script}sys.exit(3)"))


def _interrupt(monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Let a person press Ctrl-C as often while a command is waited for."""
    communicate, interruptions = subprocess.Popen.communicate, iter([KeyboardInterrupt] * times)

    def interrupted(process: "subprocess.Popen[str]", timeout: float | None = None) -> tuple[str, str]:
        for interruption in interruptions:
            raise interruption
        return communicate(process, timeout=timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)


def test_after_an_interruption_the_command_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = tmp_path / "done"
    _interrupt(monkeypatch, times=1)
    with pytest.raises(KeyboardInterrupt):
        Stage().shows(*_python(f"import time; time.sleep(0.5); open({str(done)!r}, 'w')"))
    assert done.exists()


def test_interrupted_twice_it_is_ended_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = tmp_path / "done"
    _interrupt(monkeypatch, times=2)
    with pytest.raises(KeyboardInterrupt):
        Stage().shows(*_python(f"import time; time.sleep(30); open({str(done)!r}, 'w')"))
    assert not done.exists()


def _printing(*printed: str, folder: Path) -> list[str]:
    """Return a command that prints one of these in turn, the last one again and again, and ends as curl does."""
    script = f"""
import pathlib, re, sys
count = pathlib.Path({str(folder / "runs")!r})
run = len(count.read_text()) if count.exists() else 0
count.write_text("x" * (run + 1))
text = {printed!r}[min(run, {len(printed) - 1})]
sys.stderr.write(text + "\\n")
sys.exit(int(re.search(r"\\d+", text)[0]))
"""
    return [sys.executable, "-c", script]


@pytest.mark.parametrize(
    "alert",
    [
        f"{CURL} certificate required, errno 0",
        f"{CURL} unknown ca, errno 0",
        f"{CURL} handshake failure",
        "curl: (56) GnuTLS recv error (-12): A TLS fatal alert has been received.",
    ],
)
def test_an_alert_about_the_certificate_is_a_rejection_also_after_connections_that_were_cut(
    tmp_path: Path, alert: str
) -> None:
    Stage().shows_rejection(*_printing(CUT, "curl: (52) Empty reply", alert, folder=tmp_path))
    assert (tmp_path / "runs").read_text() == "xxx"


@pytest.mark.parametrize(
    "printed",
    [
        CUT,
        f"{CURL} unrecognized name",
        "curl: (35) OpenSSL/3.0.19: ... unable to get local issuer certificate",
        "curl: (56) GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
    ],
)
def test_three_connections_without_such_an_alert_stop_the_demo(tmp_path: Path, printed: str) -> None:
    with pytest.raises(DemoError, match="3 connections were cut without one"):
        Stage().shows_rejection(*_printing(printed, folder=tmp_path))


def test_a_refused_connection_is_no_rejection_and_is_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"curl: \(7\) Failed to connect"):
        Stage().shows_rejection(*_printing("curl: (7) Failed to connect", folder=tmp_path))
    assert (tmp_path / "runs").read_text() == "x"
