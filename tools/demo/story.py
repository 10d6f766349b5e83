"""The story: enforced, proven, opened, enforced again, on the stack of Pulumi.dev.yaml."""

import json
import shlex
import sys
import time

from lab.paths import DEFAULT_NAME
from lab.stack_file import STACK
from tools.demo.hints import hints
from tools.demo.locks import left_behind
from tools.demo.place import Place
from tools.demo.stage import FAILED, DemoError, Stage, chapter, remark, report, show, with_words


def play(place: Place) -> None:
    """Tell and show the whole job.

    Args:
        place: its lab is started unless it runs, on free ports where the default ones are in use.

    Raises:
        DemoError: something was not as announced.
    """
    started = time.monotonic()
    stage = Stage()
    chapter(1, "A lab as strict as the cloud", "Kubernetes, the cloud's APIs, an ALB controller and real listeners.")
    stage.shows(sys.executable, "-m", "lab", "up", "--ports", "auto", *place.options, aside=("in use by", "is ready"))
    stage.enter_lab(place.options)
    _copy_stack_file(stage, place)
    if place.has_stack:
        remark(f"this lab has a stack {STACK} of before; it is destroyed first")
        _destroy(stage, place)
    # `stack init` knows no --config-file; it leaves the committed file alone, because that has its salt already.
    stage.silently("pulumi", "stack", "select", "--create", STACK)
    without = place.curl()

    chapter(2, "Before: requests without a certificate are accepted")
    _answers_old(stage, without)

    chapter(3, "What would happen", "A preview changes nothing and names who will be rejected.")
    _pulumi(stage, place, "preview")

    chapter(
        4,
        "A controller that ignores it: proven, or rolled back",
        "The open-source build of the controller accepts caEnabled and does nothing, without an error.",
        "A plain kubectl edit would look like success. Here the update fails, and the listener is put back.",
    )
    stage.shows("pulumi", "config", "set", "--path", "proof.deadlineSeconds", "10", *place.where())
    _controller(stage, place, "open-source")
    up = ("pulumi", "up", "--yes", "--skip-preview", "--suppress-outputs", *place.where())
    stage.shows(*up, pick=_cause, codes=FAILED)
    _answers_old(stage, without)
    _controller(stage, place, "managed")
    # From here on with the stack file as it is committed, which is what the hints let people preview.
    _copy_stack_file(stage, place)

    chapter(5, "Do it, with the controller that ACK runs", "The update ends only when handshakes have proven it.")
    _pulumi(stage, place, "up", "--yes", "--skip-preview")
    stage.shows(
        "pulumi", "stack", "output", "listeners", "--json", "--stack", STACK, pick=with_words("enabled", "proven")
    )

    chapter(6, "Enforced: only alice is accepted")
    stage.shows_rejection(*without)
    remark("rejected without a certificate")
    stage.shows(sys.executable, "-m", "ops", "export", "alice", "--stack", STACK, "--out", str(place.client))
    _answers_old(stage, place.curl(certificate=True))

    chapter(7, "Off: all clients are accepted, the CA stays on the listener")
    stage.shows("pulumi", "config", "set", "enabled", "false", *place.where())
    _pulumi(stage, place, "up", "--yes", "--skip-preview")
    _answers_old(stage, without)

    chapter(8, "On again")
    stage.shows("pulumi", "config", "set", "enabled", "true", *place.where())
    _pulumi(stage, place, "up", "--yes", "--skip-preview")
    stage.shows_rejection(*without)
    remark("rejected again")
    _farewell(place, time.monotonic() - started)


def end(place: Place) -> None:
    """Destroy what the demo made, and end the lab; a sentence where neither is there.

    Raises:
        DemoError: something was not as announced, or pulumi still works on the stack.
    """
    if not place.paths.folder.exists():
        show("No demo and no lab runs here, and no file of one is left.")
        return
    stage = Stage()
    if place.works and place.has_stack:
        stage.enter_lab(place.options)
        chapter(1, "Destroy: the listener, the AlbConfig and CAS are as they were before")
        if not place.config.exists():
            _copy_stack_file(stage, place)
        _destroy_or_name_the_way_out(stage, place)
    chapter(2, "End the lab")
    stage.shows(sys.executable, "-m", "lab", "down", *place.options)


def _destroy_or_name_the_way_out(stage: Stage, place: Place) -> None:
    try:
        _destroy(stage, place)
    except DemoError as error:
        down = "make lab-down" if place.name == DEFAULT_NAME else place.paths.command("down")
        message = (
            f"{error}\nThe lab still runs. Do what is named above, in a shell with the lab's environment "
            f"(`{place.enter}`), then run `make demo-down` again. "
            f"Or end the lab without a destroy: `{down}`; stack, state and cloud are all parts of it."
        )
        raise DemoError(message) from None


def _destroy(stage: Stage, place: Place) -> None:
    for lock in left_behind(place.paths.pulumi_backend):
        remark(f"pulumi (pid {lock.pid}) was interrupted and left a lock on the stack; it is cancelled")
        stage.shows("pulumi", "cancel", "--yes", "--stack", STACK)
    # Whoever interrupts the fourth chapter leaves it as the build that does nothing.
    _set_controller(stage, place, "managed")
    stage.shows("pulumi", "destroy", "--yes", "--skip-preview", *place.where(), pick=report)


def _copy_stack_file(stage: Stage, place: Place) -> None:
    place.config.write_text(stage.silently(sys.executable, "-m", "lab", "stack-file", *place.options))


def _pulumi(stage: Stage, place: Place, *arguments: str) -> None:
    stage.shows("pulumi", *arguments, "--suppress-outputs", *place.where(), pick=report)


def _controller(stage: Stage, place: Place, mode: str) -> None:
    remark(f"the lab's controller now behaves like the {mode} build")
    _set_controller(stage, place, mode)


def _cause(text: str) -> list[str]:
    return with_words("error: listener")("\n".join(report(text)))


def _set_controller(stage: Stage, place: Place, mode: str) -> None:
    patch = ["--request", "PATCH", "--json", json.dumps({"mode": mode})]
    stage.silently("curl", "--silent", "--fail", *patch, f"http://{place.status['endpoints']['management']}/controller")


def _answers_old(stage: Stage, command: list[str]) -> None:
    body = stage.shows(*command).strip()
    if body != "old":
        message = f"{shlex.join(command)} should have answered 'old', but answered {body[:200]!r}"
        raise DemoError(message)
    remark("accepted: the backend answered 'old'")


def _farewell(place: Place, seconds: float) -> None:
    show()
    show(f"Done in {seconds:.0f} s. The lab still runs. What to try next:", style="bold")
    for hint in hints(place):
        show(f"  # {hint.what}")
        show(f"  {hint.command}")
