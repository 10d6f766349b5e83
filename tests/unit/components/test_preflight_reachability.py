"""Which listeners an up asks before it touches anything, and what stops it there."""

from collections.abc import Callable, Iterable, Sequence
from threading import Barrier
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.handshake import baseline as handshakes
from alb_mtls.handshake.errors import BackendBroken, Unreachable
from alb_mtls.handshake.target import Target
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.preflight import reachability
from alb_mtls.preflight.look import LookedAt
from alb_mtls.progress import begins, watched_by
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.current import LOAD_BALANCER
from tests.helpers.stack_file import put

Read = Callable[..., Settings]

OFF = https()
ON = https(caEnabled=True, caCertificates=[{"CertificateId": "1ed65580"}])
DISABLED = https(caEnabled=False, caCertificates=[{"CertificateId": "1ed65580"}])
CLAIM = claim_of(owner="alb-mtls/test", token="t", attempt="a", previous={})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Target, bool]]:
    """Record what is asked, and whether a broken backend counts; nothing is connected to."""
    asked: list[tuple[Target, bool]] = []

    def baseline(targets: Iterable[Target], *, needs_backend: bool, deadline_seconds: float) -> None:
        assert deadline_seconds == 20
        asked.extend((target, needs_backend) for target in targets)

    monkeypatch.setattr(handshakes, "baseline", baseline)
    monkeypatch.setattr(
        "alb_mtls.handshake.target.addresses_of", lambda host, port: [f"192.0.2.1:{port}", f"{host}:{port}"]
    )
    return asked


def _snapshot(element: dict[str, Any] | None, *, claimed: bool = False) -> ListenerSnapshot:
    annotations = {LISTENER.claim_annotation: CLAIM.to_text()} if claimed else None
    return ListenerSnapshot(
        key=LISTENER,
        albconfig=None if element is None else albconfig(element, annotations=annotations),
        load_balancer=LOAD_BALANCER,
    )


def _unreachable(settings: Settings, snapshots: Sequence[ListenerSnapshot]) -> list[str]:
    found = [
        LookedAt(index=index, listener=listener, snapshot=snapshot, problems=())
        for index, (listener, snapshot) in enumerate(zip(settings.listeners, snapshots, strict=True))
    ]
    return reachability.unreachable_listeners(settings, found)


def _ask(settings: Settings, element: dict[str, Any] | None = OFF, *, claimed: bool = False) -> None:
    assert _unreachable(settings, [_snapshot(element, claimed=claimed)]) == []


def test_every_address_of_a_listener_is_probed_as_the_proof_will_probe_it(
    read: Read, asked: list[tuple[Target, bool]]
) -> None:
    _ask(read(put("proof.path", "/healthz"), put("proof.serverCa", "insecure")))
    common = {"port": 443, "host": "demo.alb.ingress.top", "path": "/healthz", "server_ca": "insecure"}
    addresses = ("192.0.2.1:443", "alb.example:443")
    assert asked == [(Target(address=address, **common), True) for address in addresses]  # type: ignore[arg-type] # one value each


def test_a_tunnel_is_probed_in_place_of_the_alb(read: Read, asked: list[tuple[Target, bool]]) -> None:
    _ask(read(put("listeners.0.connectTo", "127.0.0.1:8443")))
    assert [target.address for target, _ in asked] == ["192.0.2.1:443", "127.0.0.1:8443:443"]


@pytest.mark.parametrize(
    ("enabled", "element", "claimed", "changes"),
    [
        ("true", OFF, False, True),
        ("true", ON, True, False),
        ("true", ON, False, True),
        ("true", DISABLED, True, True),
        ("false", DISABLED, True, False),
        ("false", ON, True, True),
        ("false", OFF, True, True),
    ],
)
def test_a_listener_that_will_be_changed_is_probed_and_one_that_stays_is_not(
    read: Read, asked: list[tuple[Target, bool]], *, enabled: str, element: dict[str, Any], claimed: bool, changes: bool
) -> None:
    _ask(read(put("enabled", enabled)), element, claimed=claimed)
    assert bool(asked) is changes
    # Whoever switches off is not stopped by a broken backend.
    assert {needs_backend for _, needs_backend in asked} <= {enabled == "true"}


@pytest.mark.parametrize("mode", ["api", "off"])
def test_without_handshakes_or_without_the_cluster_nothing_is_probed(
    read: Read, asked: list[tuple[Target, bool]], mode: str
) -> None:
    _ask(read(put("proof", {"mode": mode})))
    _ask(read(), None)
    assert asked == []


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("deadline", "patience"), [(8, 8), (21, 20)])
def test_a_listener_that_does_not_answer_is_probed_for_no_longer_than_a_proof_may_take(
    read: Read, monkeypatch: pytest.MonkeyPatch, deadline: int, patience: int
) -> None:
    given: list[float] = []
    monkeypatch.setattr(handshakes, "baseline", lambda *_, deadline_seconds, **__: given.append(deadline_seconds))
    _ask(read(put("proof.deadlineSeconds", deadline)))
    assert given == [patience]


def _of_two_listeners(read: Read) -> Settings:
    listeners = [{"albConfig": "alb", "port": port, "connectTo": f"192.0.2.1:{port}"} for port in (443, 8443)]
    return read(put("listeners", listeners))


def test_every_listener_that_cannot_be_probed_is_named_in_the_order_of_the_listeners(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [Unreachable("alb does not answer"), BackendBroken("it answers HTTP 502")]
    waiting = Barrier(2, timeout=10)

    def baseline(targets: Iterable[Target], **_: object) -> None:
        # Either one goes on once both are probed.
        waiting.wait()
        raise failures[any("8443" in target.address for target in targets)]

    monkeypatch.setattr(handshakes, "baseline", baseline)
    assert _unreachable(_of_two_listeners(read), [_snapshot(OFF), _snapshot(OFF)]) == [
        "listeners[0]: alb does not answer",
        "listeners[1]: it answers HTTP 502",
    ]


def test_who_watches_learns_what_each_of_several_listeners_is_waited_for(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "baseline", lambda *_, **__: begins("an answer"))
    lines: list[str] = []
    with watched_by(lines.append):
        _unreachable(_of_two_listeners(read), [_snapshot(OFF), _snapshot(OFF)])
    assert lines == ["an answer", "an answer"]
