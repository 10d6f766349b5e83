"""The story: enforced, proven, opened, enforced again, on the stack of Pulumi.dev.yaml."""

import json
import shlex
import shutil
import sys
import time

from tools.demo.stage import FAILED, PROJECT, REJECTED, DemoError, Stage, chapter, remark, show

STACK = "dev"
FOLDER = PROJECT / ".lab" / "default"
# A copy, so that running the demo leaves the committed stack file as it is.
CONFIG = FOLDER / f"Pulumi.{STACK}.yaml"
CLIENT = FOLDER / "alice"

_WORTH_SEEING = (
    "Listener ",
    "443/HTTPS of alb: ",
    "now:",
    "then:",
    "edition of",
    "hosts on it",
    "will be rejected",
    "HTTP_FORWARDS",
    "created",
    "updated",
    "unchanged",
    "to ",
)


def play() -> None:
    """Tell and show the whole job.

    Raises:
        DemoError: something was not as announced.
    """
    started = time.monotonic()
    stage = Stage()
    chapter(1, "A lab as strict as the cloud", "Kubernetes, the cloud's APIs, an ALB controller and real listeners.")
    stage.shows(sys.executable, "-m", "lab", "up")
    stage.enter_lab()
    if CONFIG.exists():
        remark("an earlier demo left its stack in this lab; it is destroyed first")
        _destroy(stage)
    _prepare(stage)
    # What the stack's output `curl` says, once with and once without the certificate.
    without = _curl()

    chapter(2, "Before: requests without a certificate are accepted")
    _answers_old(stage, without)

    chapter(3, "What would happen", "A preview changes nothing and names who will be rejected.")
    _pulumi(stage, "preview")

    chapter(
        4,
        "A controller that ignores it: proven, or rolled back",
        "The open-source build of the controller accepts caEnabled and does nothing, without an error.",
        "A plain kubectl edit would look like success. Here the update fails, and the listener is put back.",
    )
    stage.shows("pulumi", "config", "set", "--path", "proof.deadlineSeconds", "15", *_where())
    _controller(stage, "open-source")
    up = ("pulumi", "up", "--yes", "--skip-preview", "--suppress-outputs", *_where())
    stage.shows(*up, only=("error: listener",), codes=FAILED)
    _answers_old(stage, without)
    _controller(stage, "managed")
    # From here on with the stack file as it is committed, which is what `_farewell` lets people preview.
    _copy_stack_file()

    chapter(5, "Do it, with the controller that ACK runs", "The update ends only when handshakes have proven it.")
    _pulumi(stage, "up", "--yes", "--skip-preview")
    stage.shows("pulumi", "stack", "output", "listeners", "--json", *_where()[:2], only=("enabled", "proven"))

    chapter(6, "Enforced: only alice is accepted")
    stage.shows(*without, codes=REJECTED)
    remark("rejected without a certificate")
    stage.shows(sys.executable, "-m", "ops", "export", "alice", "--stack", STACK, "--out", str(CLIENT))
    _answers_old(stage, _curl(certificate=True))

    chapter(7, "Off: all clients are accepted, the CA stays on the listener")
    stage.shows("pulumi", "config", "set", "enabled", "false", *_where())
    _pulumi(stage, "up", "--yes", "--skip-preview")
    _answers_old(stage, without)

    chapter(8, "On again")
    stage.shows("pulumi", "config", "set", "enabled", "true", *_where())
    _pulumi(stage, "up", "--yes", "--skip-preview")
    stage.shows(*without, codes=REJECTED)
    remark("rejected again")
    # What `_farewell` says of this command is checked too.
    stage.silently("pulumi", "preview", "--expect-no-changes", "--stack", STACK)
    _farewell(time.monotonic() - started)


def end() -> None:
    """Destroy what the demo made, and end the lab."""
    stage = Stage()
    if CONFIG.exists():
        stage.enter_lab()
        chapter(1, "Destroy: the listener, the AlbConfig and CAS are as they were before")
        _destroy(stage)
    chapter(2, "End the lab")
    stage.shows(sys.executable, "-m", "lab", "down")


def _destroy(stage: Stage) -> None:
    stage.shows("pulumi", "destroy", "--yes", "--skip-preview", *_where(), only=("- ",))


def _prepare(stage: Stage) -> None:
    CONFIG.parent.mkdir(parents=True, exist_ok=True)
    _copy_stack_file()
    (FOLDER / "pulumi-state").mkdir(exist_ok=True)
    # `stack init` knows no --config-file; it leaves the committed file alone, because that has its salt already.
    stage.silently("pulumi", "stack", "select", "--create", STACK)


def _copy_stack_file() -> None:
    shutil.copyfile(PROJECT / f"Pulumi.{STACK}.yaml", CONFIG)


def _where() -> list[str]:
    return ["--stack", STACK, "--config-file", str(CONFIG)]


def _pulumi(stage: Stage, *arguments: str) -> None:
    stage.shows("pulumi", *arguments, "--suppress-outputs", *_where(), only=_WORTH_SEEING)


def _controller(stage: Stage, mode: str) -> None:
    remark(f"the lab's controller now behaves like the {mode} build")
    management = json.loads(stage.silently(sys.executable, "-m", "lab", "status", "--json"))["endpoints"]["management"]
    patch = ["--request", "PATCH", "--json", json.dumps({"mode": mode})]
    stage.silently("curl", "--silent", "--fail", *patch, f"http://{management}/controller")


def _curl(*, certificate: bool = False) -> list[str]:
    words = ["curl", "--silent", "--show-error", "--cacert", str(FOLDER / "server-ca.pem")]
    words += ["--connect-to", "demo.alb.ingress.top:443:127.0.0.1:10443"]
    if certificate:
        words += ["--cert", str(CLIENT / "alice.chain.pem"), "--key", str(CLIENT / "alice.key")]
    return [*words, "https://demo.alb.ingress.top/"]


def _answers_old(stage: Stage, command: list[str]) -> None:
    body = stage.shows(*command).strip()
    if body != "old":
        message = f"{shlex.join(command)} should have answered 'old', but answered {body[:200]!r}"
        raise DemoError(message)
    remark("accepted: the backend answered 'old'")


def _farewell(seconds: float) -> None:
    show()
    show(f"Done in {seconds:.0f} s. The lab still runs. What to try next:", style="bold")
    for line in (
        'eval "$(.venv/bin/python -m lab env)"           # pulumi, kubectl and the lab\'s credentials in this shell',
        "pulumi preview --stack dev                      # nothing to do: everything is as desired",
        "pulumi stack output --stack dev                 # listeners, certificates, a curl line to paste",
        "kubectl edit albconfig alb                      # set caEnabled: false by hand, then preview again",
        "make demo-down                                  # destroy, and end the lab without a trace",
    ):
        show(f"  {line}")
