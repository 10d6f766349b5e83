"""What an up says at its end: what connections have shown of each listener, and why nothing was where nothing was."""

from datetime import UTC, datetime
from typing import Any

import pytest

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ProofShown
from alb_mtls.listeners.proved_lines import ProvedListener, proved_lines

BEGAN = datetime(2026, 11, 27, 20, 46, 0, 5, tzinfo=UTC)
OLD = "2026-11-01T02:00:00+00:00"
SHOWN = ProofShown(
    connections=602,
    bound=0.01,
    addresses_asked=("192.0.2.1:443", "192.0.2.2:443"),
    answers=("none accepted without a certificate",),
)


def _proved(name: str = "alb", **changes: Any) -> ProvedListener:
    values: dict[str, Any] = {
        "key": ListenerKey(alb_config=name, port=443, protocol="HTTPS"),
        "enabled": True,
        "ca_identifier": "ca-1",
        "mode": "required",
        "proven": True,
        "at": "2026-11-27T20:46:00+00:00",
        "note": "",
        "shown": SHOWN,
        "since": BEGAN,
    }
    return ProvedListener(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "enforced, 2 addresses, 1,204 connections, none accepted without a certificate"),
        (
            {"enabled": False, "shown": ProofShown(connections=50, bound=0.1, addresses_asked=("a:1",))},
            "off, 1 address, 50 connections",
        ),
        # Proven by an earlier up.
        (
            {"at": "2026-11-27T20:45:59+00:00"},
            "enforced with CA ca-1; nothing changed, proven on 2026-11-27 20:45 UTC",
        ),
        ({"enabled": False, "at": OLD}, "off; nothing changed, proven on 2026-11-01 02:00 UTC"),
        (
            {"proven": False, "mode": "api", "at": None, "shown": None},
            "requests client certificates of CA ca-1; not proven: proof.mode is api",
        ),
        # Proven by an earlier up, and not looked at by this one.
        ({"mode": "off", "at": OLD}, "requests client certificates of CA ca-1; not proven: proof.mode is off"),
        ({"mode": "api", "at": OLD, "enabled": False}, "off; not proven: proof.mode is api"),
        # Made by an up with another proof.mode, and nothing has changed since.
        (
            {"proven": False, "at": None, "shown": None},
            (
                "requests client certificates of CA ca-1; not proven: no up has proven it since it was last changed; "
                "python -m ops verify proves it now"
            ),
        ),
        ({"proven": False, "mode": "off", "enabled": False, "at": None}, "off; not proven: proof.mode is off"),
        (
            {"proven": False, "note": "the proof shows rejections only"},
            "requests client certificates of CA ca-1; not proven: the proof shows rejections only",
        ),
    ],
)
def test_a_line_says_what_was_proven_and_what_was_not(changes: dict[str, Any], line: str) -> None:
    assert proved_lines([_proved(**changes)]) == [f"443/HTTPS of alb: {line}"]


def test_listeners_with_the_same_line_share_it_and_others_do_not() -> None:
    lines = proved_lines([_proved(f"gw-{number}", ca_identifier=str(number)) for number in range(200, 0, -1)])
    assert [line.partition(": enforced")[0] for line in lines] == [
        "443/HTTPS of gw-1, 443/HTTPS of gw-2, 443/HTTPS of gw-3, 443/HTTPS of gw-4, 443/HTTPS of gw-5 and 195 more"
    ]
    others = [_proved(f"gw-{number}", note=f"note {number}", proven=False) for number in range(25, 0, -1)]
    lines = proved_lines(others)
    assert len(lines) == 21
    assert lines[0].startswith("443/HTTPS of gw-1: ")
    assert lines[-1] == "and 5 more lines: pulumi stack output listeners"


@pytest.mark.parametrize("mode", ["required", "api", "off"])
def test_the_report_has_an_earlier_proof_only_where_proofs_are_required(mode: str) -> None:
    reported = _proved(mode=mode, at=OLD).to_json()
    assert (reported["proven"], reported["notProven"]) == (
        (True, "") if mode == "required" else (False, f"proof.mode is {mode}")
    )


@pytest.mark.parametrize("mode", ["required", "api"])
def test_of_a_listener_that_awaits_git_only_that_is_printed(mode: str) -> None:
    awaiting = _proved(mode=mode, proven=False, at=None, shown=None, note="Git is awaited", awaiting="Git")
    assert proved_lines([awaiting]) == ["443/HTTPS of alb: Git is awaited"]
    assert awaiting.to_json()["notProven"] == "Git is awaited"
