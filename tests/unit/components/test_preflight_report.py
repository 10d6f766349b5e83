"""What a preview says of listeners, of bypasses and of clients that end early; and what stops it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pulumi
import pytest

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.hosts import Finding, ListenerHost
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.snapshot import ListenerSnapshot
from components.preflight.report import report, report_early_ends
from components.root_ca import RootCa, RootCaArgs
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.certificates import NOW as READ_AT
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.fake_session import Logged, running
from tests.helpers.program import run_program
from tests.helpers.stack_file import IMPORTED, Change, files_of, put

Read = Callable[..., Settings]

WAY = Finding(code="HTTP_FORWARDS", subject="listener 80/HTTP", evidence="it forwards", remedy="redirect it")
WAY_LINE = "listener 80/HTTP: it forwards; redirect it (HTTP_FORWARDS)"
DISABLED = put("enabled", "false")
FAIL = put("onBypass", "fail")
NOW = datetime.now(UTC)


def _snapshots(*bypasses: Finding) -> list[ListenerSnapshot]:
    host = ListenerHost(host="demo.alb.ingress.top", namespace="default", ingress="web")
    return [ListenerSnapshot(key=LISTENER, albconfig=albconfig(https()), hosts=(host,), bypasses=bypasses)]


def _reported(settings: Settings, *bypasses: Finding) -> Logged:
    with running() as logged:
        report(settings, _snapshots(*bypasses))
    return logged


def test_a_bypass_is_warned_of_in_preview_and_up_and_none_is_not(read: Read) -> None:
    for preview in (True, False):
        warned = _reported(read(preview=preview), WAY).warnings
        assert warned == ["listener 80/HTTP (HTTP_FORWARDS)\n  it forwards\n  To do: redirect it"]
        assert _reported(read(preview=preview)).warnings == []


RELEASE = {"meta.helm.sh/release-name": "edge", "meta.helm.sh/release-namespace": "ingress"}


@pytest.mark.parametrize("change", [DISABLED, FAIL, put("onBypass", "warn")])
def test_a_preview_warns_of_who_undoes_a_patch_whatever_bypasses_may_do(read: Read, change: Change) -> None:
    def warnings(annotations: dict[str, str], *changes: Change) -> list[str]:
        with running() as logged:
            report(
                read(change, *changes, preview=True),
                [ListenerSnapshot(key=LISTENER, albconfig=albconfig(https(), annotations=annotations), hosts=())],
            )
        return logged.warnings

    (warned,) = warnings(RELEASE)
    assert warned.startswith(f"{LISTENER.label} (OTHER_WRITER)\n  Helm release ingress/edge keeps this AlbConfig")
    assert "docs/how-to/gitops/helm.md" in " ".join(warned.split())
    # Who applies a file is asked to by nobody, and Git that is to write undoes nothing.
    assert warnings({"kubectl.kubernetes.io/last-applied-configuration": "{}"}) == warnings({}) == []
    assert warnings(RELEASE, put("listeners.0.write", "none")) == []
    entry = {"code": "OTHER_WRITER", "subject": LISTENER.label, "until": f"{NOW:%Y-%m-%d}", "reason": "it is kept off"}
    assert warnings(RELEASE, put("accept", [entry])) == []


def test_nothing_bypasses_a_listener_that_is_off(read: Read) -> None:
    assert _reported(read(DISABLED, preview=True), WAY).warnings == []
    assert len(_reported(read(preview=True), WAY).warnings) == 1


def test_what_two_listeners_share_is_warned_of_once(read: Read) -> None:
    with running() as logged:
        report(read(), [*_snapshots(WAY), *_snapshots(WAY)])
    assert len(logged.warnings) == 1


@pytest.mark.parametrize(
    ("held", "take_over", "warned"),
    [
        (claim_of(deployment="another"), "another", "stack alb-mtls/dev (deployment another)"),
        (None, "ca-theirs", "whoever bound CA ca-theirs to it"),
        (claim_of(deployment="another"), None, None),
        # A value that was left standing takes nothing, and warns of nothing.
        (claim_of(deployment="mine"), "another", None),
        (None, "ca-of-a-third", None),
    ],
)
def test_a_preview_warns_of_whom_takeover_takes_a_listener_from_and_of_who_is_rejected_then(
    read: Read, held: Claim | None, take_over: str | None, warned: str | None
) -> None:
    bound = https(caEnabled=True, caCertificates=[{"CertificateId": "ca-theirs"}])
    annotations = {} if held is None else {LISTENER.claim_annotation: held.to_text()}
    snapshot = ListenerSnapshot(key=LISTENER, albconfig=albconfig(bound, annotations=annotations), hosts=())

    def warnings(*changes: Change) -> list[str]:
        with running() as logged:
            report(read(put("listeners.0.takeOver", take_over), *changes, preview=True), [snapshot])
        return logged.warnings

    rejected = ". Clients with certificates of CA ca-theirs are rejected from then on, unless the root CA"
    line = f"{LISTENER.label}: takeOver takes it from {warned}"
    assert [one.startswith(line + rejected) for one in warnings()] == [True] * (warned is not None)
    assert warnings(DISABLED) == ([line] if warned else [])


@pytest.mark.parametrize("preview", [True, False])
def test_a_bypass_stops_everything_where_it_is_set_so_and_is_named_once(read: Read, *, preview: bool) -> None:
    with running() as logged, pytest.raises(pulumi.RunError) as refused:
        report(read(FAIL, preview=preview), _snapshots(WAY))
    assert logged.warnings == []
    head = (
        "onBypass is fail, and this was found; nothing was touched in cluster and cloud. Close each, accept it "
        "until a day (`accept`), or set onBypass: warn:"
    )
    assert str(refused.value) == f"{head}\n  {WAY_LINE}"


def _accepting(until: date, **changes: str) -> Change:
    entry = {"code": WAY.code, "subject": WAY.subject, "until": until.isoformat(), "reason": "old app", **changes}
    return put("accept", [entry])


def test_an_accepted_bypass_stops_nothing_and_is_shown_until_its_day_has_ended(read: Read) -> None:
    in_force, ended = (_accepting(NOW.date() + timedelta(days=days)) for days in (0, -1))
    logged = _reported(read(FAIL, in_force, preview=True), WAY)
    assert logged.warnings == []
    head = f"listener 80/HTTP: accepted until {NOW:%Y-%m-%d}: old app (HTTP_FORWARDS)"
    assert f"{head}\n  it forwards\n" in "\n".join([*logged.infos, ""])
    with pytest.raises(pulumi.RunError, match=r"it forwards; redirect it \(HTTP_FORWARDS\)"):
        _reported(read(FAIL, ended, preview=True), WAY)
    [_, line] = _reported(read(ended, preview=True), WAY).warnings
    assert line.endswith(
        f"has ended on {NOW - timedelta(days=1):%Y-%m-%d}, and what it accepted counts again; remove it"
    )


def test_an_entry_that_matches_nothing_is_named_where_everything_was_looked_at(read: Read) -> None:
    entry = _accepting(NOW.date(), subject="listener 81/HTTP")
    [line] = _reported(read(entry, preview=True)).warnings
    assert line == "accept[0] (HTTP_FORWARDS, listener 81/HTTP) matches nothing; remove it"
    assert _reported(read(entry, DISABLED, preview=True)).warnings == []
    # What only ops finds, or may find where a preview does not.
    for code in ("FORGOTTEN_CLIENT", "CA_EXPIRING", "WEAK_TLS_POLICY"):
        assert _reported(read(_accepting(NOW.date(), code=code), preview=True)).warnings == []
    with running() as logged:
        report(read(entry, preview=True), [replace(_snapshots()[0], failures=(OSError("not there"),))])
    assert logged.warnings == []


@pytest.mark.parametrize("changes", [(), (FAIL, DISABLED)], ids=["onBypass warn", "disabled"])
def test_a_bypass_stops_nothing_where_it_is_not(read: Read, changes: tuple[Change, ...]) -> None:
    _reported(read(*changes), WAY)
    _reported(read(FAIL))


def _early(settings: Settings, root: dict[str, Any] | None = None) -> list[str]:
    """Return what is said of clients that end early; `root` is what the engine knows of the root CA."""
    infos: list[str] = []

    def program() -> None:
        report_early_ends(settings, RootCa("root-ca-1", RootCaArgs(settings=settings.root_ca)).not_after)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pulumi.log, "info", infos.append)
        outputs = {"pulumi-python:dynamic/pki:RootCertificate": root or {}}
        run_program(program, outputs=outputs, preview=settings.preview)
    return infos


def _said(end: datetime) -> list[str]:
    return [f"Ending with the root CA on {end:%Y-%m-%d}, earlier than configured: alice"]


def _clients(days: int) -> Change:
    return put("clients", [{"name": "alice", "validity": f"{days}d"}, {"name": "bob", "validity": "30d"}])


def test_a_client_that_would_outlive_a_planned_root_is_named_and_one_that_would_not_is_not(read: Read) -> None:
    year = put("rootCa.validity", "365d")
    assert _early(read(year, _clients(730), preview=True)) == _said(NOW + timedelta(days=365))
    assert _early(read(year, _clients(365), preview=True)) == []
    assert _early(read(year, _clients(730), preview=False)) == []


@pytest.mark.parametrize(
    ("validity", "preview", "named"), [("12m", True, True), ("12m", False, False), ("1d", True, False)]
)
def test_a_life_of_less_than_a_day_is_named_in_a_preview_and_a_longer_one_is_not(
    read: Read, validity: str, preview: bool, named: bool
) -> None:
    clients = put("clients", [{"name": "alice", "validity": validity}, {"name": "bob", "validity": "30d"}])
    infos = " ".join("\n".join(_reported(read(clients, preview=preview)).infos).split())
    assert ("(m is minutes), which need an `up` in each renewal window: alice" in infos) is named
    assert "bob" not in infos


def test_a_root_in_the_state_ends_when_it_ends_and_not_as_configured(read: Read) -> None:
    end = NOW + timedelta(days=100)
    known = {"notAfter": end.isoformat()}
    assert _early(read(_clients(365), preview=True), known) == _said(end)
    assert _early(read(_clients(90), preview=True), known) == []


def test_an_imported_root_clamps_in_its_first_preview_already(read: Read) -> None:
    # Made when the settings are read, and ending 200 days from now.
    root = make_root(days=(NOW - READ_AT).days + 200)
    ending = _said(root.certificate.not_valid_after_utc)
    assert _early(read(IMPORTED, _clients(365), files=files_of(root), preview=True)) == ending
    assert _early(read(IMPORTED, _clients(198), files=files_of(root), preview=True)) == []


@pytest.mark.parametrize(("days_left", "logged"), [(29, True), (31, False)])
def test_an_imported_root_that_ends_soon_is_a_finding_like_a_bypass(read: Read, days_left: int, logged: bool) -> None:
    root = make_root(now=NOW - timedelta(days=100), days=100 + days_left)
    warnings = _reported(read(IMPORTED, files=files_of(root))).warnings
    assert [text.splitlines()[0].rpartition(" ")[2] for text in warnings] == ["(CA_EXPIRING)"] * logged
    if logged:
        with pytest.raises(pulumi.RunError, match=r"root CA generation 1: ends on .*\(CA_EXPIRING\)"):
            _reported(read(IMPORTED, FAIL, files=files_of(root)))


def test_a_preview_says_what_it_leaves_to_an_up_where_a_listener_will_change_and_only_there(read: Read) -> None:
    head = "Not tried in a preview; an up tries it before it touches anything:\n"
    patch, answer = (
        "  whether the cluster takes the patch: permissions, webhooks, policies",
        "  whether the listener answers",
    )
    assert f"{head}{patch}\n{answer}" in _reported(read(preview=True)).infos
    assert f"{head}{patch}" in _reported(read(put("proof.mode", "api"), preview=True)).infos
    assert not any(line.startswith(head) for line in _reported(read()).infos)
    held = claim_of(uid="uid-of-alb")
    bound = https(caEnabled=True, caCertificates=[{"CertificateId": "ca-of-ours"}])
    item = albconfig(bound, annotations={LISTENER.claim_annotation: held.to_text()})
    with running() as logged:
        report(read(preview=True), [ListenerSnapshot(key=LISTENER, albconfig=item)])
    assert not any(line.startswith(head) for line in logged.infos)
