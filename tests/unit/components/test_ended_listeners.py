"""What an up says of each listener once its own switch has ended, whatever becomes of the others."""

import asyncio
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from alb_mtls.cluster.errors import NoSuchAlbConfig, Unreachable
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.report_file import VARIABLE, begin_report
from components.preflight.listeners import report_listeners
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.fake_session import Logged, running
from tests.helpers.lab import wait_until
from tests.helpers.program import run_program
from tests.helpers.stack_file import put

Read = Callable[..., Settings]

PORTS = (443, 8443)
SHOWN = {"connections": 300, "bound": 0.01, "addressesAsked": ["192.0.2.1:443"], "answers": ["none accepted"]}


async def _proven(fails_once: Callable[[], bool] | None) -> bool:
    if fails_once is None:
        return True
    await asyncio.to_thread(wait_until, fails_once, "the other listener ends")
    message = "the listener was rolled back"
    raise RuntimeError(message)


def _patch(at: str | None, *, fails_once: Callable[[], bool] | None = None) -> Any:
    of = pulumi.Output.from_input
    outputs = {
        "provenAt": of(at),
        "proofNote": of(None),
        "proofShown": of(SHOWN),
        "awaiting": of(None),
        "kubeconfig": of(None),
        "attempt": of("one"),
    }
    switch = SimpleNamespace(proven=of(_proven(fails_once)), **outputs)
    return SimpleNamespace(switch=switch, known=of([]), present=of([]), made_here=of([]), ca_identifier=of("ca-1"))


def _ended(read: Read, *, second_fails: bool) -> Logged:
    settings = read(put("listeners", [{"albConfig": "alb", "port": port} for port in PORTS]))
    item = albconfig(*(https(port) for port in PORTS))
    # After the program has begun, which counts whole seconds.
    at = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()

    def first_has_ended() -> bool:
        reported = json.loads(Path(os.environ[VARIABLE]).read_text("utf-8"))
        return bool(logged.infos and reported["listeners"])

    def program() -> None:
        snapshots = [
            pulumi.Output.from_input(ListenerSnapshot(key=one.key, albconfig=item)) for one in settings.listeners
        ]
        patches = [_patch(at), _patch(at, fails_once=first_has_ended if second_fails else None)]
        report_listeners(settings, snapshots, patches, "deployment")

    with running() as logged:
        begin_report(os.environ)
        if second_fails:
            with pytest.raises(RuntimeError, match="rolled back"):
                run_program(program)
        else:
            run_program(program)
    return logged


@pytest.mark.parametrize("second_fails", [False, True])
def test_a_listener_that_has_ended_has_its_line_and_is_in_the_report_although_another_one_fails(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, second_fails: bool
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report.json"))
    logged = _ended(read, second_fails=second_fails)
    ports = PORTS[:1] if second_fails else PORTS
    assert sorted(logged.infos) == [
        f"{port}/HTTPS of alb: enforced, 1 address, 300 connections, none accepted" for port in ports
    ]
    reported = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert sorted(one["port"] for one in reported["listeners"]) == list(ports)
    assert all(one["changes"] and one["proof"]["inThisRun"] for one in reported["listeners"])
    assert reported["complete"] is not second_fails


OURS, OPEN = ({"caEnabled": on, "caCertificates": [{"CertificateId": "ca-1"}]} for on in (True, False))
LEFT = "this up has left it as it is, as --target does"
BEFORE_THIS_UP = "2026-01-02T03:04:05+00:00"


def _ended_alone(
    read: Read, before: dict[str, Any], now: dict[str, Any], *, at: str | None = BEFORE_THIS_UP, attempt: str = "one"
) -> Logged:
    """Say of one listener what became of it; `attempt` stands in its claim, and `one` in its switch."""
    settings, claim = read(), {LISTENER.claim_annotation: claim_of(attempt=attempt).to_text()}
    item, kept = (albconfig(https(**fields), annotations=claim) for fields in (before, now))

    def program() -> None:
        [one] = settings.listeners
        snapshot = pulumi.Output.from_input(ListenerSnapshot(key=one.key, albconfig=item))
        report_listeners(settings, [snapshot], [_patch(at)], "deployment")

    with running(kube=Cluster(item=kept)) as logged:
        begin_report(os.environ)
        run_program(program)
    return logged


@pytest.mark.parametrize(
    ("before", "now", "line"),
    [
        (OURS, OURS, "enforced with CA ca-1; nothing changed, proven on 2026-01-02 03:04 UTC"),
        # Somebody has put it right meanwhile.
        (OPEN, OURS, "enforced with CA ca-1; nothing changed, proven on 2026-01-02 03:04 UTC"),
        (OPEN, OPEN, f"off, so clients without a certificate are accepted; CA ca-1 stays; {LEFT}"),
        (
            {**OURS, "caCertificates": [{"CertificateId": "ca-of-others"}]},
            {**OURS, "caCertificates": [{"CertificateId": "ca-of-others"}]},
            f"enforced with CA ca-of-others; {LEFT}",
        ),
    ],
    ids=["as configured", "put right", "open", "another CA"],
)
def test_a_listener_that_was_left_out_is_described_as_it_stands_and_not_as_an_earlier_up_proved_it(
    read: Read,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: dict[str, Any],
    now: dict[str, Any],
    line: str,
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report.json"))
    assert _ended_alone(read, before, now).infos == [f"443/HTTPS of alb: {line}"]
    [reported] = json.loads((tmp_path / "report.json").read_text("utf-8"))["listeners"]
    is_left = line.endswith(LEFT)
    assert reported["proof"]["proven"] is not is_left
    assert (reported["proof"]["notProven"] == LEFT) is is_left
    if is_left:
        assert not reported["changes"]
        assert reported["after"] == reported["before"]


@pytest.mark.parametrize("failure", [Unreachable("no answer"), NoSuchAlbConfig("alb")], ids=["no answer", "gone"])
@pytest.mark.parametrize(("before", "is_left"), [(OPEN, True), (OURS, False)], ids=["open", "as configured"])
def test_where_nothing_can_be_read_once_more_a_listener_is_described_as_it_was_found(
    read: Read, before: dict[str, Any], failure: Exception, *, is_left: bool
) -> None:
    def unanswered(*_: object) -> Any:
        raise failure

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cluster, "albconfig", unanswered)
        [line] = _ended_alone(read, before, OURS).infos
    assert line.endswith(LEFT) is is_left
    assert ("proven on" in line) is not is_left


@pytest.mark.parametrize(("attempt", "is_left"), [("one", True), ("the one before", False)])
def test_without_a_proof_the_claim_says_whether_this_up_has_switched_a_listener(
    read: Read, attempt: str, *, is_left: bool
) -> None:
    # Also what stands there now would say so: a listener that was just switched is not read once more.
    [line] = _ended_alone(read, OPEN, OPEN, at=None, attempt=attempt).infos
    assert line.endswith(LEFT) is is_left
