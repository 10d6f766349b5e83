"""What is said of listeners at the end of a run: by what the engine says of their switches."""

import runpy
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from alb_mtls.configuration.model import Settings
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.documents import REPOSITORY
from tests.helpers.fake_session import running
from tests.helpers.program import run_program

Read = Callable[..., Settings]

SWITCH = "pulumi-python:dynamic/alb:ListenerSwitch"
PROVEN = {
    "proven": True,
    "provenAt": "2999-01-01T00:00:00+00:00",
    "proofNote": "",
    "proofShown": {
        "connections": 300,
        "bound": 0.1,
        "addressesAsked": ["192.0.2.1:443"],
        "answers": ["none accepted without a certificate"],
    },
}


def _infos(settings: Settings, switch: dict[str, Any] | None) -> list[str]:
    """Run the program; `switch` is what the engine knows of the switch at its end."""

    def program() -> None:
        runpy.run_path(str(REPOSITORY / "__main__.py"))

    outputs = {"pulumi-python:dynamic/cas:Certificate": {"caIdentifier": "ca-1"}, SWITCH: switch or {}}
    with (
        patch("components.settings.load_settings", lambda: settings),
        running(preview=settings.preview, kube=Cluster(), alb=Alb(), cas=Cas()) as logged,
    ):
        run_program(program, outputs=outputs, preview=settings.preview)
    return [text for text in logged.infos if "443/HTTPS" in text]


def test_a_preview_describes_a_listener_whose_switch_changes_and_says_in_a_line_of_another_that_it_stays(
    read: Read,
) -> None:
    [changing] = _infos(read(preview=True), None)
    assert changing.startswith("Listener 443/HTTPS of AlbConfig alb\n  now: requests no client certificate")
    [staying] = _infos(read(preview=True), PROVEN)
    assert staying.startswith("443/HTTPS of alb: ")
    assert staying.endswith("nothing changes")


def test_an_up_says_what_it_proved_and_nothing_of_a_switch_that_is_not_there(read: Read) -> None:
    assert _infos(read(), PROVEN) == [
        "443/HTTPS of alb: enforced, 1 address, 300 connections, none accepted without a certificate"
    ]
    # As with --target.
    assert _infos(read(), None) == []
