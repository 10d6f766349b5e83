"""What a preview says of listeners, of ways around them and of clients that end early; and what stops it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest

from alb_mtls.cluster.hosts import Finding, ListenerHost
from alb_mtls.cluster.listener import state_of
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.snapshot import Seen
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from components.client_certificate import ClientCertificate, ClientCertificateArgs
from components.preflight.clamping import announce_clamped
from components.preflight.report import announce
from components.root_ca import RootCa, RootCaArgs
from tests.helpers.albconfigs import https
from tests.helpers.certificates import NOW as READ_AT
from tests.helpers.certificates import make_root
from tests.helpers.looked_at import Told, running
from tests.helpers.program import run_program
from tests.helpers.stack_file import Change, put

Read = Callable[..., Settings]

WAY = Finding(code="HTTP_FORWARDS", subject="listener 80/HTTP", evidence="it forwards", remedy="redirect it")
SAID_OF_WAY = "HTTP_FORWARDS: listener 80/HTTP: it forwards"
DISABLED = put("enabled", "false")
FAIL = put("onBypass", "fail")
NOW = datetime.now(UTC)


def _seen(settings: Settings, *findings: Finding) -> list[Seen]:
    host = ListenerHost(host="demo.alb.ingress.top", namespace="default", ingress="web")
    return [Seen(settings=settings.listeners[0], state=state_of(https()), hosts=(host,), findings=findings)]


def _announced(settings: Settings, *findings: Finding, preview: bool = True) -> Told:
    with running(preview=preview) as told:
        announce(settings, _seen(settings, *findings))
    return told


def test_a_way_around_is_warned_of_in_preview_and_up_and_none_is_not(read: Read) -> None:
    for preview in (True, False):
        assert _announced(read(), WAY, preview=preview).warnings == [f"{SAID_OF_WAY}. redirect it"]
        assert _announced(read(), preview=preview).warnings == []


def test_nothing_leads_around_a_door_that_is_open_but_a_preview_says_what_will(read: Read) -> None:
    told = _announced(read(DISABLED), WAY)
    assert told.warnings == []
    [text] = [line for line in told.infos if line.startswith("Listener ")]
    assert f"  ways around it, once it asks for certificates:\n    {SAID_OF_WAY}" in text
    assert "ways around it" not in "\n".join(_announced(read(), WAY).infos)
    assert "ways around it" not in "\n".join(_announced(read(DISABLED)).infos)


@pytest.mark.parametrize("preview", [True, False])
def test_a_way_around_stops_everything_where_it_is_set_so(read: Read, *, preview: bool) -> None:
    with running(preview=preview), pytest.raises(pulumi.RunError) as refused:
        announce(read(FAIL), _seen(read(FAIL), WAY))
    assert str(refused.value) == (
        f"onBypass is fail, and there are ways around the listeners; nothing was touched:\n  {SAID_OF_WAY}"
    )


@pytest.mark.parametrize("changes", [(), (FAIL, DISABLED)], ids=["onBypass warn", "disabled"])
def test_a_way_around_stops_nothing_where_it_is_not(read: Read, changes: tuple[Change, ...]) -> None:
    _announced(read(*changes), WAY)
    _announced(read(FAIL))


def test_an_edition_that_nobody_could_be_asked_about_is_said_to_be_unknown(read: Read) -> None:
    assert "edition of the ALB: not known" in "\n".join(_announced(read()).infos)


def _clamped(settings: Settings, root: dict[str, Any] | None = None, *, preview: bool = True) -> list[str]:
    """Return what is said of clients that end early; `root` is what the engine knows of the root CA."""
    infos: list[str] = []

    def program() -> None:
        root_ca = RootCa("root-ca-1", RootCaArgs(settings=settings.root_ca))
        clients = [
            ClientCertificate(f"client-{one.name}", ClientCertificateArgs(settings=one, root_ca=root_ca))
            for one in settings.clients
        ]
        announce_clamped(settings, root_ca, clients)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pulumi.log, "info", infos.append)
        outputs = {"pulumi-python:dynamic/pki:RootCertificate": root or {}}
        run_program(program, outputs=outputs, preview=preview)
    return infos


def _said(end: datetime) -> list[str]:
    return [f"Ending with the root CA on {end:%Y-%m-%d}, earlier than configured: alice"]


def _clients(days: int) -> Change:
    return put("clients", [{"name": "alice", "validityDays": days}, {"name": "bob", "validityDays": 30}])


def test_a_client_that_would_outlive_a_planned_root_is_named_and_one_that_would_not_is_not(read: Read) -> None:
    year = put("rootCa.validityDays", 365)
    assert _clamped(read(year, _clients(730))) == _said(NOW + timedelta(days=365))
    assert _clamped(read(year, _clients(365))) == []
    assert _clamped(read(year, _clients(730)), preview=False) == []


def test_a_root_in_the_state_ends_when_it_ends_and_not_as_configured(read: Read) -> None:
    end = NOW + timedelta(days=100)
    known = {"notAfter": end.isoformat()}
    assert _clamped(read(_clients(365)), known) == _said(end)
    assert _clamped(read(_clients(90)), known) == []


def test_an_imported_root_clamps_in_its_first_preview_already(read: Read) -> None:
    # Made when the settings are read, and ending 200 days from now.
    root = make_root(days=(NOW - READ_AT).days + 200)
    files = {"ca.pem": certificate_pem(root.certificate), "ca.key": private_key_pem(root.key)}
    imported = put("rootCa", {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"})
    assert _clamped(read(imported, _clients(365), files=files)) == _said(root.certificate.not_valid_after_utc)
    assert _clamped(read(imported, _clients(198), files=files)) == []


@pytest.mark.parametrize(("days_left", "told"), [(29, True), (31, False)])
def test_an_imported_root_that_ends_soon_is_a_finding_like_a_way_around(read: Read, days_left: int, told: bool) -> None:
    root = make_root(now=NOW - timedelta(days=100), days=100 + days_left)
    files = {"ca.pem": certificate_pem(root.certificate), "ca.key": private_key_pem(root.key)}
    imported = put("rootCa", {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"})
    warnings = _announced(read(imported, files=files)).warnings
    assert [text.partition(":")[0] for text in warnings] == ["CA_EXPIRING"] * told
    if told:
        with pytest.raises(pulumi.RunError, match=r"CA_EXPIRING: root CA of rootCa\.certificateFile: ends on"):
            _announced(read(imported, FAIL, files=files))
