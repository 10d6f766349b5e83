"""What `status` prints, whole, at 80 columns: the state of each listener first, and nothing wider than the terminal."""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from rich.cells import cell_len

import ops.status
from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ProofShown
from alb_mtls.session import Session
from ops.current_listeners import CurrentListener
from ops.output import Output
from ops.state_records import DeployedListener
from ops.status import status_of
from ops.status_text import print_status
from tests.helpers import stack_state
from tests.helpers.certificates import make_client, make_root
from tests.helpers.claims import claim_of
from tests.helpers.current import IDENTIFIER, current, deployed, in_cas, in_cluster, never_switched, on_alb, state_of
from tests.helpers.terminal import terminal

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ROOT = make_root(now=NOW, days=3650)
ALICE, BOB = (make_client(ROOT, now=NOW, days=days) for days in (365, 200))
ANOTHER = "2222aaaa-984f-6644-84eb-b234ea25f66a"
HOST = ListenerHost(host="demo.alb.ingress.top", namespace="default", ingress="https-ingress")
HELD = {"alb-mtls/hold.443.https": "locked out, ticket 4711"}
HTTP = Finding(
    code=FindingCode.HTTP_FORWARDS,
    subject="listener 80/HTTP of AlbConfig alb",
    evidence="it forwards demo.alb.ingress.top to Service default/demo-service",
    remedy="redirect it: kubectl annotate ingress https-ingress alb.ingress.kubernetes.io/ssl-redirect=true",
)


def _entry(manager: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "time": "2026-11-27T11:56:12Z", "fieldsV1": fields}


OURS = {**_entry("alb-mtls", {"f:spec": {"f:listeners": {}}}), "time": "2026-11-27T11:29:00Z"}
EDIT = _entry("kubectl-edit", {"f:spec": {"f:listeners": {}}})
HOLD = _entry("alb-mtls-ops", {"f:metadata": {"f:annotations": {f"f:{key}": {} for key in HELD}}})


def _listener(*, desired: bool = True, minutes: int = 30, **changes: Any) -> CurrentListener:
    """Return a listener that was proven some minutes ago, with changes to the AlbConfig and to the snapshot."""
    before = deployed(ROOT, generation=1, enabled=desired)
    shown = ProofShown(
        connections=300, bound=0.0133, addresses_asked=("a:443", "b:443"), addresses_known=("a:443", "b:443")
    )
    assert before.switch is not None
    proven_at = (NOW - timedelta(minutes=minutes)).isoformat()
    left = replace(before, switch=replace(before.switch, proven_at=proven_at, proof_shown=shown))
    written = {"/caEnabled": desired, "/caCertificates": [{"CertificateId": IDENTIFIER}]}
    claim = claim_of(owner="alb-mtls/test", token="token-1", attempt="attempt-1", previous={}, written=written)
    snapshot = {name: changes.pop(name) for name in ("on_alb", "bypasses", "hosts") if name in changes}
    albconfig = in_cluster(claim=claim, **{"enabled": desired, **changes})
    return current(ROOT, listener=left, albconfig=albconfig, **{"hosts": (HOST,), **snapshot})


ENFORCED = _listener(minutes=3)
OFF = _listener(desired=False, on_alb=on_alb(enabled=False))
HELD_OPEN = _listener(enabled=False, annotations=HELD, managed=[HOLD], on_alb=on_alb(enabled=False))
EDITED = _listener(enabled=False, managed=[EDIT], on_alb=on_alb(enabled=False), bypasses=(HTTP,))
REBOUND = _listener(identifiers=(ANOTHER,), managed=[EDIT], on_alb=on_alb(identifiers=(ANOTHER,)))
NOT_REACHED = replace(
    ENFORCED,
    snapshot=replace(
        ENFORCED.snapshot,
        albconfig=None,
        on_alb=None,
        load_balancer=None,
        ca=None,
        ca_searched=False,
        hosts=None,
        failures=(ClusterError("the cluster at https://127.0.0.1:9 cannot be reached"),),
    ),
)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Print the status of a stack with alice, and return the lines."""

    def show(
        *listeners: CurrentListener,
        columns: int = 80,
        forgotten: bool = False,
        accepted: tuple[AcceptedFinding, ...] = (),
        enabled: bool | None = None,
        colours: bool = False,
    ) -> list[str]:
        monkeypatch.setattr(ops.status, "current_listeners", lambda *_: listeners)
        former = [stack_state.issued(BOB, name="bob", status="forgotten")] if forgotten else []
        state = state_of(stack_state.clients(stack_state.issued(ALICE, name="alice"), *former), root=ROOT)
        state = replace(state, listeners=tuple(one.deployed for one in listeners))
        shown, output = terminal(monkeypatch, columns, colours=colours)
        found = status_of(state, cast("Session", None), within=None, now=NOW, accepted=accepted, enabled=enabled)
        print_status(found, output)
        # When a client is renewed is drawn by its certificate.
        return [re.sub(r"from 2027-[0-9-]{5}", "from 2027-08-01", line.rstrip()) for line in shown.lines]

    return show


def _text(lines: list[str]) -> str:
    return "\n".join(lines)


ENDS = """\
ends of certificates:
 certificate            ends         left        an up renews it
─────────────────────────────────────────────────────────────────
 client alice           2027-11-27   365 days    from 2027-08-01
 root CA generation 1   2036-11-24   3650 days   never
"""


CLIENTS_OF_AN_OPEN_ONE = """\
clients:
 client      with its certificate                     listener
───────────────────────────────────────────────────────────────────────
 everybody   accepted, with any certificate or none   443/HTTPS of alb
"""


def test_an_enforced_listener_is_proven_some_minutes_ago_and_how_far(screen: Callable[..., list[str]]) -> None:
    assert (
        _text(screen(ENFORCED))
        == f"""\
stack alb-mtls/test at 2026-11-27 12:00 UTC
443/HTTPS of alb: enforced, proven 3 minutes ago
    300 connections in a row to each of 2 addresses were answered as they must
    be: at most 1.3% of the machines behind answer otherwise (95%)

findings: none

clients:
 client   with its certificate   listener
──────────────────────────────────────────────────
 alice    accepted               443/HTTPS of alb

{ENDS}
hosts that demand a certificate, on 443/HTTPS of alb: demo.alb.ingress.top
    (default/https-ingress)"""
    )


def test_one_that_the_stack_switched_off_is_open_to_everybody_as_desired(screen: Callable[..., list[str]]) -> None:
    assert (
        _text(screen(OFF))
        == f"""\
stack alb-mtls/test at 2026-11-27 12:00 UTC
443/HTTPS of alb: OPEN TO EVERYBODY, as desired (enabled: false)
    proven at 2026-11-27 11:30 UTC: 300 connections in a row to each of 2
    addresses were answered as they must be: at most 1.3% of the machines behind
    answer otherwise (95%)

findings: none

{CLIENTS_OF_AN_OPEN_ONE}
{ENDS}"""
    )


def test_one_that_somebody_edited_is_open_and_one_finding_says_who_when_and_what(
    screen: Callable[..., list[str]],
) -> None:
    assert (
        _text(screen(EDITED))
        == f"""\
stack alb-mtls/test at 2026-11-27 12:00 UTC
443/HTTPS of alb: OPEN TO EVERYBODY, not as desired, since 11:56 UTC or before
    the last proof, at 2026-11-27 11:30 UTC, was of another state

problem: listener 443/HTTPS of AlbConfig alb: not enforced
  caEnabled is false in the AlbConfig, desired is true; edited since this stack
  wrote it, last by field manager kubectl-edit at 2026-11-27T11:56:12Z
  the ALB requests no client certificate (status Running, client authentication
  off, CA 1ed33c69-984f-6644-84eb-b234ea25f66a)
  To do: `pulumi preview` shows what differs; `pulumi up` repairs and proves it
  [NOT_ENFORCED]
warning: listener 80/HTTP of AlbConfig alb: a bypass without a certificate
  it forwards demo.alb.ingress.top to Service default/demo-service
  To do: redirect it:
      kubectl annotate ingress https-ingress alb.ingress.kubernetes.io/ssl-redirect=true
  [HTTP_FORWARDS]

{CLIENTS_OF_AN_OPEN_ONE}
{ENDS}"""
    )


def test_one_that_is_held_open_says_why_and_how_that_ends_and_shows_no_proof(
    screen: Callable[..., list[str]],
) -> None:
    found = _text(screen(HELD_OPEN))
    first = "443/HTTPS of alb: OPEN TO EVERYBODY, held (locked out, ticket 4711), since 11:56\n    UTC or before\n"
    assert first in found
    assert "the last proof, at 2026-11-27 11:30 UTC, was of another state" in found
    assert found.count("problem: ") == 1
    assert "\n      python -m ops resume alb/443 --stack test\n" in found
    assert "pulumi up" not in found


@pytest.mark.parametrize(("minutes", "is_later"), [(30, True), (3, False)])
def test_whoever_wrote_the_listeners_after_the_proof_stands_beside_it(
    screen: Callable[..., list[str]], *, minutes: int, is_later: bool
) -> None:
    found = " ".join(_text(screen(_listener(minutes=minutes, managed=[OURS, EDIT]))).split())
    assert f"enforced, proven {minutes} minutes ago" in found
    later = "were written since, at 2026-11-27 11:56 UTC: `python -m ops verify` proves this one again"
    assert (later in found) is is_later


def test_no_up_is_promised_to_repair_what_it_stops_at(screen: Callable[..., list[str]]) -> None:
    assert "repairs" in _text(screen(EDITED))
    found = _text(screen(REBOUND))
    assert f"443/HTTPS of alb: ENFORCED WITH ANOTHER CA than this stack's:\n    {ANOTHER}\n" in found
    assert "repairs" not in found
    assert f"takeOver: {ANOTHER}" in found
    assert found.count("[UNEXPECTED_CA]") == 1


@pytest.mark.parametrize("listener", [OFF, HELD_OPEN, EDITED])
def test_who_is_accepted_by_an_open_listener_has_no_name(
    screen: Callable[..., list[str]], listener: CurrentListener
) -> None:
    assert not [line for line in screen(listener) if line.startswith(" alice")]
    both = screen(listener, _another_of(ENFORCED, 8443))
    assert [line.split()[-3:] for line in both if line.startswith(" alice")] == [["8443/HTTPS", "of", "alb"]]


def test_without_the_cluster_it_is_not_known_and_the_reason_stands_once(screen: Callable[..., list[str]]) -> None:
    found = _text(screen(NOT_REACHED))
    assert "443/HTTPS of alb: not known\n" in found
    assert found.count("cannot be reached") == 1
    assert "proven" not in found


def test_without_the_alb_an_edited_albconfig_leaves_open_who_is_accepted(screen: Callable[..., list[str]]) -> None:
    def without_alb(one: CurrentListener) -> CurrentListener:
        return replace(one, snapshot=replace(one.snapshot, on_alb=None, load_balancer=None))

    assert "accepted, if the listener is as the last up left it" in _text(screen(without_alb(ENFORCED), columns=120))
    for listener in (EDITED, REBOUND):
        found = _text(screen(without_alb(listener), columns=120))
        assert "accepted, if" not in found
        assert "alice    not known: the AlbConfig is not as the last up left it" in found


def test_an_accepted_finding_stands_below_with_its_day_and_reason_and_no_remedy(
    screen: Callable[..., list[str]],
) -> None:
    by = AcceptedFinding(code="FORGOTTEN_CLIENT", subject="client bob", until=date(2027, 1, 31), reason="he is away")
    with_it, without = (_text(screen(ENFORCED, forgotten=True, accepted=some)) for some in ((by,), ()))
    assert "warning: client bob: accepted still\n" in without
    assert "findings: none\naccepted: until 2027-01-31: he is away\n  client bob: it left the configuration" in with_it
    assert "deny list" not in with_it


def _another_of(one: CurrentListener, port: int, alb_config: str = "alb") -> CurrentListener:
    """Return a listener as another one is."""
    key = ListenerKey(alb_config=alb_config, port=port, protocol="HTTPS")
    left = one.deployed
    assert left.desired is not None
    assert left.switch is not None
    left = replace(
        left,
        claim=replace(left.claim, listener=key),
        desired=replace(left.desired, listener=key),
        switch=replace(left.switch, listener=key),
    )
    albconfig = copy.deepcopy(one.snapshot.albconfig)
    assert albconfig is not None
    albconfig["metadata"]["name"] = alb_config
    annotations = albconfig["metadata"]["annotations"]
    annotations[key.claim_annotation] = annotations.pop(one.key.claim_annotation)
    albconfig["spec"]["listeners"][0]["port"] = port
    return CurrentListener(deployed=left, snapshot=replace(one.snapshot, key=key, albconfig=albconfig))


def test_two_hundred_listeners_fit_on_a_screen(screen: Callable[..., list[str]]) -> None:
    hosts = tuple(replace(HOST, host=f"h{number}.example") for number in range(100))
    enforced = replace(ENFORCED, snapshot=replace(ENFORCED.snapshot, hosts=hosts, bypasses=(HTTP,)))
    fleet = [_another_of(enforced, 443 + number % 2, f"gw-{number // 2}") for number in range(194)]
    fleet += [_another_of(EDITED, 443, f"gw-{number}") for number in range(97, 103)]
    found = screen(*fleet)
    assert len(found) < 50
    assert found[1].startswith("6 listeners: OPEN TO EVERYBODY, not as desired, each since 11:56 UTC or before:")
    assert found[2].startswith("    443/HTTPS of gw-97, ")
    assert "194 listeners: enforced, proven 3 minutes ago: 443/HTTPS of gw-0, 444/HTTPS of" in found
    assert "problem: not enforced: 6 times" in found
    assert "and 95 more" in _text(found)


def _not_proven(one: CurrentListener, note: str) -> CurrentListener:
    assert one.deployed.switch is not None
    switch = replace(one.deployed.switch, proven=False, proven_at=None, proof_shown=None, proof_note=note)
    return replace(one, deployed=replace(one.deployed, switch=switch))


def test_of_many_that_are_alike_what_is_not_proven_stands_apart_and_why(screen: Callable[..., list[str]]) -> None:
    proven = [_another_of(ENFORCED, port) for port in range(1, 7)]
    others = [_another_of(_not_proven(ENFORCED, "nobody issues clients"), port) for port in range(11, 17)]
    others += [_another_of(_not_proven(ENFORCED, "TLS 1.3 is not spoken"), 17)]
    found = _text(screen(*proven, *others, columns=120))
    assert "6 listeners: enforced, proven 3 minutes ago: 1/HTTPS of alb," in found
    assert "\n    300 connections in a row to each of 2 addresses" in found
    assert "7 listeners: enforced: 11/HTTPS of alb," in found
    assert (
        "    11/HTTPS of alb, 12/HTTPS of alb, 13/HTTPS of alb, 14/HTTPS of alb, 15/HTTPS of alb and 1 more: no"
        in found
    )
    assert "\n    17/HTTPS of alb: no handshakes have proven it: TLS 1.3 is not spoken\n" in found
    assert found.count("proven 3 minutes ago") == 1


def test_one_that_was_opened_after_it_was_held_is_open_since_that_edit(screen: Callable[..., list[str]]) -> None:
    early = {**HOLD, "time": "2026-11-27T10:00:00Z"}
    for managed, since in (([HOLD], "11:56"), ([early], "10:00"), ([early, EDIT], "11:56")):
        held = _listener(enabled=False, annotations=HELD, managed=managed, on_alb=on_alb(enabled=False))
        assert f"held (locked out, ticket 4711), since {since} UTC or before" in _text(screen(held, columns=120))


@pytest.mark.parametrize("columns", [80, 120])
def test_nothing_but_a_command_is_wider_than_the_terminal(screen: Callable[..., list[str]], columns: int) -> None:
    long = replace(HOST, host=f"{'long-name.' * 6}example", ingress="an-ingress-with-a-long-name-of-its-own")
    wide = replace(REBOUND, snapshot=replace(REBOUND.snapshot, hosts=(long, HOST)))
    for listener in (ENFORCED, OFF, HELD_OPEN, EDITED, REBOUND, NOT_REACHED, wide):
        lines = screen(listener, columns=columns, forgotten=True)
        assert [one for one in lines if cell_len(one) > columns and not one.startswith("      kubectl ")] == []


def test_the_state_and_how_bad_a_finding_is_have_colours_and_nothing_else(screen: Callable[..., list[str]]) -> None:
    lines = screen(EDITED, colours=True)
    [opened] = [line for line in lines if "OPEN TO EVERYBODY" in line]
    assert opened.startswith("443/HTTPS of alb: \x1b[1;31mOPEN TO EVERYBODY\x1b[0m, not as desired")
    coloured = [re.sub(r"\x1b\[[0-9;]*m", "|", line) for line in lines if "\x1b" in line]
    assert [line for line in coloured if line.startswith("|")] == [
        "|problem|: listener 443/HTTPS of AlbConfig alb: not enforced",
        "|warning|: listener 80/HTTP of AlbConfig alb: a bypass without a certificate",
    ]


def test_in_a_pipe_there_are_no_colours_and_the_width_is_always_the_same(
    screen: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at_a_terminal = screen(EDITED)
    monkeypatch.undo()
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(ops.status, "current_listeners", lambda *_: (EDITED,))
    state = state_of(stack_state.client(ALICE), root=ROOT)
    state = replace(state, listeners=(EDITED.deployed,))
    print_status(status_of(state, cast("Session", None), within=None, now=NOW), Output(as_json=False))
    piped = capsys.readouterr().out
    assert "\x1b" not in piped
    assert piped.splitlines()[:18] == at_a_terminal[:18]


def test_scripts_get_the_state_whether_a_proof_stands_and_since_when(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(listener: CurrentListener) -> tuple[Any, ...]:
        monkeypatch.setattr(ops.status, "current_listeners", lambda *_: (listener,))
        state = replace(state_of(stack_state.client(ALICE), root=ROOT), listeners=(listener.deployed,))
        found = status_of(state, cast("Session", None), within=None, now=NOW).to_json()["listeners"]["alb/443"]
        return found["state"], found["proofStands"], found["since"]

    assert shown(ENFORCED) == ("enforced", True, None)
    assert shown(OFF) == ("open", True, None)
    assert shown(EDITED) == ("open", False, "2026-11-27T11:56:12+00:00")
    assert shown(REBOUND) == ("anotherCa", False, None)
    assert shown(NOT_REACHED) == ("notKnown", False, None)


def test_a_proof_stands_beside_nothing_but_the_listener_and_the_ca_that_it_was_of(
    screen: Callable[..., list[str]],
) -> None:
    switch, shown = ENFORCED.deployed.switch, ENFORCED.snapshot.on_alb
    assert switch is not None
    assert shown is not None
    named = replace(ENFORCED, deployed=replace(ENFORCED.deployed, switch=replace(switch, listener_id="lsn-1")))
    as_it_was: tuple[dict[str, Any], ...] = ({}, {"ca": None, "ca_searched": False})
    for changes in as_it_was:
        same = replace(named, snapshot=replace(named.snapshot, **changes))
        assert "enforced, proven 3 minutes ago" in _text(screen(same))
    made_again: tuple[dict[str, Any], ...] = (
        {"on_alb": replace(shown, listener_id="lsn-2")},
        {"on_alb": replace(shown, load_balancer_id="alb-2")},
        {"ca": None},
        {"ca": in_cas(make_root(now=NOW))},
    )
    for changes in made_again:
        another = replace(named, snapshot=replace(named.snapshot, **changes))
        assert "alb: enforced\n    the last proof, at 2026-11-27 11:57 UTC, was of another state" in _text(
            screen(another)
        )


def test_one_that_is_configured_otherwise_than_the_last_up_left_it_is_not_as_desired(
    screen: Callable[..., list[str]],
) -> None:
    for configured in (False, None):
        assert "OPEN TO EVERYBODY, as desired (enabled: false)\n    proven at" in _text(screen(OFF, enabled=configured))
    found = _text(screen(OFF, enabled=True))
    assert (
        "OPEN TO EVERYBODY, as the last up left it (enabled: false)\n"
        "    the configuration has enabled: true, which no up has made so yet\n    proven at"
    ) in found
    assert "as desired" not in found
    assert "the configuration has" not in _text(screen(ENFORCED, enabled=True))
    assert (
        "443/HTTPS of alb: enforced, proven 3 minutes ago\n"
        "    the configuration has enabled: false, which no up has made so yet\n"
    ) in _text(screen(ENFORCED, enabled=False))


def test_a_ca_of_this_stack_that_a_killed_run_has_bound_is_not_called_anothers(
    screen: Callable[..., list[str]],
) -> None:
    def bound(left: DeployedListener, identifier: str) -> str:
        left = replace(left, claim=replace(left.claim, known=(IDENTIFIER, ANOTHER)))
        found = replace(ENFORCED.snapshot, on_alb=on_alb(identifiers=(identifier,)))
        return _text(screen(CurrentListener(deployed=left, snapshot=found), columns=120))

    assert "443/HTTPS of alb: enforced; no up has finished yet\n" in bound(never_switched(), ANOTHER)
    assert f"ENFORCED WITH ANOTHER CA of this stack than the last up set: {ANOTHER}\n" in bound(
        ENFORCED.deployed, ANOTHER
    )
    for left in (never_switched(), ENFORCED.deployed):
        assert "ENFORCED WITH ANOTHER CA than this stack's: ca-of-somebody\n" in bound(left, "ca-of-somebody")
