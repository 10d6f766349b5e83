"""What a preview says of listeners: one line where nothing changes, a block where something does, few for many."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.planned import PlannedHeaders, PlannedListener, planned
from alb_mtls.listeners.planned_lines import planned_blocks
from alb_mtls.listeners.snapshot import ListenerSnapshot
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.stack_file import Change, put

Read = Callable[..., Settings]

WAY = Finding(code="HTTP_FORWARDS", subject="listener 80/HTTP", evidence="it forwards", remedy="redirect it")
DISABLED = put("enabled", "false")
ON: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-1"}]}
HOST = ListenerHost(host="demo.alb.ingress.top", namespace="default", ingress="web")
HELD = claim_of(generation=1, written={"/caEnabled": True, "/caCertificates": [{"CertificateId": "ca-1"}]})


def _planned(settings: Settings, *, changes: bool = True, **fields: Any) -> PlannedListener:
    held = fields.pop("claim", None)
    known = {name: fields.pop(name) for name in ("ca_identifier", "not_proven", "known") if name in fields}
    given = {"bypasses": (), "hosts": (HOST,), "field_managers": (), **fields}
    of_snapshot = {name: given.pop(name) for name in ("bypasses", "hosts", "field_managers")}
    annotations = None if held is None else {LISTENER.claim_annotation: held.to_text()}
    item = albconfig(https(**given), annotations=annotations)
    plan = planned(settings, ListenerSnapshot(key=LISTENER, albconfig=item, **of_snapshot), changes=changes, **known)
    assert plan is not None
    return plan


def _text(*plans: PlannedListener) -> str:
    return "\n".join(line for block in planned_blocks(plans, 76) for line in block)


def test_a_listener_that_changes_is_described_before_and_after_with_whom_that_concerns(read: Read) -> None:
    assert _text(_planned(read(put("proof.host", None)), field_managers=("kubectl-edit",))).splitlines() == [
        "Listener 443/HTTPS of AlbConfig alb",
        "  now: requests no client certificate (caEnabled absent, CA none)",
        "  then: requests client certificates (caEnabled true, CA of this stack)",
        "  edition of the ALB: not known",
        "  hosts on it: demo.alb.ingress.top (Ingress default/web)",
        "  host of the proof: demo.alb.ingress.top (Ingress default/web); set",
        "    proof.host to request another",
        "  clients without a certificate of this stack's root CA will be rejected",
        "  others that write this AlbConfig and may undo the change: kubectl-edit",
    ]


def test_who_keeps_the_albconfig_is_a_line_of_its_own_and_no_other_writer(read: Read) -> None:
    tracked = {"argocd.argoproj.io/tracking-id": "shop:alibabacloud.com/AlbConfig:/alb"}
    managers = ("argocd-controller", "kubectl apply (last-applied-configuration)", "kubectl-edit")
    snapshot = ListenerSnapshot(key=LISTENER, albconfig=albconfig(https(), annotations=tracked))
    snapshot.albconfig["metadata"]["managedFields"] = [_spec_of("argocd-controller")]  # type: ignore[index] # just made
    plan = planned(read(), replace(snapshot, field_managers=managers), changes=True)
    assert plan is not None
    assert _text(plan).splitlines()[-2:] == [
        "  this AlbConfig is kept by: Argo CD application shop",
        "  others that write this AlbConfig and may undo the change: kubectl-edit",
    ]
    evidence = "annotation argocd.argoproj.io/tracking-id, field manager argocd-controller"
    shop = {"tool": "Argo CD", "kind": "application", "name": "shop", "namespace": None}
    assert plan.to_json()["owners"] == [{**shop, "evidence": evidence, "syncs": True}]


def _spec_of(manager: str) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {"f:listeners": {}}}}


@pytest.mark.parametrize(
    ("changes", "fields", "line"),
    [
        ((), ON, "443/HTTPS of alb: enforced with CA ca-1; nothing changes"),
        (
            (),
            {**ON, "not_proven": "proof.mode is api"},
            "443/HTTPS of alb: enforced with CA ca-1; not proven: proof.mode is api; nothing changes",
        ),
        (
            (DISABLED,),
            {**ON, "caEnabled": False},
            "443/HTTPS of alb: off, so clients without a certificate are accepted; CA ca-1 stays; nothing changes",
        ),
    ],
)
def test_a_listener_that_stays_is_one_line_without_anybody_who_would_be_rejected(
    read: Read, changes: tuple[Change, ...], fields: dict[str, Any], line: str
) -> None:
    text = _text(_planned(read(*changes), changes=False, **fields))
    assert " ".join(text.split()) == line


@pytest.mark.parametrize(
    ("fields", "ca_identifier", "stays"),
    [
        (ON, "ca-1", True),
        (ON, "ca-2", False),
        (ON, None, False),
        ({**ON, "caEnabled": False}, "ca-1", False),
        ({**ON, "caCertificates": [*ON["caCertificates"], {"CertificateId": "ca-2"}]}, "ca-1", False),
    ],
    ids=["nothing of it", "another CA", "a CA without a name", "it is switched on", "one of two CAs goes"],
)
def test_fields_that_stay_while_something_else_changes_are_one_line(
    read: Read, fields: dict[str, Any], ca_identifier: str | None, *, stays: bool
) -> None:
    text = _text(_planned(read(), ca_identifier=ca_identifier, **fields))
    assert ("  now and then: requests client certificates (caEnabled true, CA ca-1)" in text) == stays
    assert ("  then: " in text) == (not stays)


def test_only_who_is_accepted_now_will_be_rejected(read: Read) -> None:
    rejected = "will be rejected"
    assert rejected in _text(_planned(read()))
    # It checks clients with a CA of this stack already; whom a swap rejects, the rollover says.
    assert rejected not in _text(_planned(read(), **ON, claim=HELD, ca_identifier="ca-2"))
    assert rejected in _text(_planned(read(), **ON, claim=None, ca_identifier="ca-2"))
    assert rejected not in _text(_planned(read(), hosts=()))
    # They may be there.
    assert rejected in _text(_planned(read(), hosts=None))
    assert rejected not in _text(_planned(read(DISABLED)))


def test_the_ca_that_comes_is_named_as_soon_as_it_has_a_name(read: Read) -> None:
    assert "(caEnabled true, CA of this stack)" in _text(_planned(read()))
    assert "(caEnabled true, CA ca-1 of this stack)" in _text(_planned(read(), caEnabled=False, ca_identifier="ca-1"))


def test_bypasses_of_a_listener_that_is_off_are_listed_for_later_and_of_one_that_is_on_not_here(read: Read) -> None:
    later = "  bypasses, once it requests client certificates:\n    listener 80/HTTP: it forwards (HTTP_FORWARDS)"
    assert later in _text(_planned(read(DISABLED), bypasses=(WAY,)))
    assert "bypasses" not in _text(_planned(read(DISABLED)))
    assert "bypasses" not in _text(_planned(read(), bypasses=(WAY,)))


@pytest.mark.parametrize(
    ("changes", "probed"),
    [
        ((put("proof.host", None),), "demo.alb.ingress.top (Ingress default/web); set proof.host to request another"),
        ((), "demo.alb.ingress.top (proof.host; Ingress default/web)"),
        ((put("proof.host", "b.example"),), "b.example (proof.host; no Ingress on this listener names it)"),
        ((put("proof.mode", "api"),), ""),
    ],
)
def test_the_host_that_a_proof_probes_is_named_with_its_ingress(
    read: Read, changes: tuple[Change, ...], probed: str
) -> None:
    plan = _planned(read(*changes))
    assert plan.probed == probed
    assert ("host of the proof" in _text(plan)) == bool(probed)


def test_identity_headers_are_named_before_and_after_and_those_that_go_back(read: Read) -> None:
    subject = {"XForwardedForClientCertSubjectDNEnabled": True}
    prints = put("listeners.0.identityHeaders", {"fingerprint": "x-print"})
    text = _text(_planned(read(prints), xForwardedForConfig=subject))
    assert "identity headers now: X-Forwarded-Clientcert-subjectdn\n" in text
    assert "identity headers then: X-Forwarded-Clientcert-subjectdn, x-print" in text
    assert "header" not in _text(_planned(read()))

    key = "/xForwardedForConfig/XForwardedForClientCertSubjectDNEnabled"
    held = claim_of(written={"/xForwardedForConfig": {}, key: True})
    plan = _planned(read(), claim=held, xForwardedForConfig=subject)
    name = ("X-Forwarded-Clientcert-subjectdn",)
    assert plan.headers == PlannedHeaders(before=name, after=(), given_back=name)
    assert "it goes back to what it was" in " ".join(_text(plan).split())


def test_a_listener_that_could_not_be_read_is_not_described(read: Read) -> None:
    assert planned(read(), ListenerSnapshot(key=LISTENER), changes=True) is None


def _many(settings: Settings) -> list[PlannedListener]:
    """Return 200 listeners with a host and a bypass each; half of them are enforced already."""
    plans = []
    for number in range(200, 0, -1):
        key = ListenerKey(alb_config=f"gw-{number}", port=443, protocol="HTTPS")
        hosts = (ListenerHost(host=f"h{number}.example", namespace="default", ingress=f"web-{number}"),)
        way = replace(WAY, subject=f"listener 80/HTTP of AlbConfig gw-{number}", evidence=f"Ingress web-{number}")
        stays = number % 2 == 0
        plan = _planned(settings, changes=not stays, hosts=hosts, bypasses=(way,), **(ON if stays else {}))
        plans.append(replace(plan, key=key))
    return plans


@pytest.mark.parametrize("changes", [(), (DISABLED,)], ids=["on", "off"])
def test_two_hundred_listeners_are_few_lines_in_the_order_in_which_people_count(
    read: Read, changes: tuple[Change, ...]
) -> None:
    text = _text(*_many(read(*changes)))
    assert len(text.splitlines()) < 40
    assert max(map(len, text.splitlines())) <= 76
    flat = " ".join(text.split())
    assert "of gw-2, 443/HTTPS of gw-4, 443/HTTPS of gw-6, 443/HTTPS of gw-8, 443/HTTPS of gw-10 and 95 more:" in flat
    assert "100 listeners: 443/HTTPS of gw-1, 443/HTTPS of gw-3," in flat
    assert "hosts on them (100): h1.example (Ingress default/web-1) h3.example" in flat
    assert "h11.example" not in flat


def test_each_of_them_is_whole_in_the_report(read: Read) -> None:
    [first, *_] = [plan.to_json() for plan in _many(read())]
    assert first == {
        "listener": "gw-200/443",
        "albConfig": "gw-200",
        "port": 443,
        "protocol": "HTTPS",
        "looked": True,
        "leaves": False,
        "changes": False,
        "stopsUp": False,
        "before": {"caEnabled": True, "caIdentifiers": ["ca-1"]},
        "after": {"caEnabled": True, "caIdentifiers": ["ca-1"]},
        "rejectsClientsWithoutCertificate": False,
        "noLongerTrusted": [],
        "rejectsClientsOfAnotherCa": False,
        "edition": None,
        "hosts": [{"host": "h200.example", "ingress": "default/web-200"}],
        "allowedHosts": None,
        "takeOver": None,
        "identityHeaders": {"before": [], "after": [], "givenBack": []},
        "owners": [],
        "otherWriters": [],
    }
    changed = _planned(read()).to_json()
    assert changed["after"] == {"caEnabled": True, "caIdentifiers": None}
    assert changed["rejectsClientsWithoutCertificate"] is True


THEIRS: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-theirs"}]}


def _edited(settings: Settings, known: tuple[str, ...] | None = ("ca-1",)) -> PlannedListener:
    return _planned(settings, claim=HELD, ca_identifier="ca-1", known=known, **THEIRS)


def test_a_listener_with_a_ca_that_somebody_bound_by_hand_is_where_an_up_stops_and_nothing_changes(read: Read) -> None:
    plan = _edited(read())
    assert " ".join(_text(plan).split()) == (
        "443/HTTPS of alb: requests client certificates, with CA ca-theirs that this stack did not bind; an up stops "
        "here and changes nothing"
    )
    assert (plan.to_json()["changes"], plan.to_json()["after"]) == (False, plan.to_json()["before"])


@pytest.mark.parametrize(
    ("take_over", "known"),
    [("ca-theirs", ("ca-1",)), (None, ("ca-1", "ca-theirs")), (None, None)],
    ids=["takeOver names it", "this stack has bound it", "what it has bound is not known"],
)
def test_no_up_stops_at_a_ca_that_is_taken_over_or_its_own(
    read: Read, take_over: str | None, known: tuple[str, ...] | None
) -> None:
    listener = {"albConfig": "alb", "port": 443, "takeOver": take_over}
    plan = _edited(read(put("listeners", [{key: value for key, value in listener.items() if value}])), known)
    assert "an up stops here" not in _text(plan)
    assert plan.to_json()["changes"] is True


def test_the_report_names_a_ca_whose_clients_are_rejected_from_then_on_and_none_that_stays(read: Read) -> None:
    assert _planned(read(), **THEIRS).no_longer_trusted == ["ca-theirs"]
    assert _planned(read(), ca_identifier="ca-theirs", **THEIRS).no_longer_trusted == []
    assert _planned(read(DISABLED), **THEIRS).no_longer_trusted == []
    assert _planned(read(), **{**THEIRS, "caEnabled": False}).no_longer_trusted == []
    assert _planned(read(), changes=False, **THEIRS).no_longer_trusted == []


GIT = put("listeners.0.write", "none")


def test_what_git_owns_is_described_by_what_its_commit_does_and_whom_that_rejects(read: Read) -> None:
    text = _text(_planned(read(GIT), changes=False, field_managers=("argocd-controller",)))
    assert "Git owns it (write: none): an up writes nothing, and prints what is" in text
    assert "will be rejected, once that is synced" in " ".join(text.split())
    assert "argocd-controller" not in text
    assert "Git owns it" not in _text(_planned(read()))


def test_what_git_has_brought_is_proven_and_once_it_is_nothing_changes(read: Read) -> None:
    brought = _planned(read(GIT), **ON, ca_identifier="ca-1")
    assert "Git owns it (write: none) and has that already; an up proves it" in _text(brought)
    assert "rejected" not in _text(brought)
    patched = _text(_planned(read(GIT), **ON, ca_identifier="ca-1", claim=HELD))
    assert "handed over to Git (write: none)" in patched
    assert "before the next sync" in " ".join(patched.split())
    staying = _planned(read(GIT), changes=False, **ON, ca_identifier="ca-1")
    assert _text(staying) == "443/HTTPS of alb: enforced with CA ca-1; nothing changes"
    off = _planned(read(GIT, DISABLED), changes=False, caEnabled=False)
    assert _text(off).startswith("443/HTTPS of alb: off")


def test_clients_of_another_team_are_named_and_those_of_another_generation_are_left_to_the_rollover(read: Read) -> None:
    line = "clients of CA ca-1 will be rejected, once that is synced"
    assert line in " ".join(_text(_planned(read(GIT), **ON, ca_identifier="ca-2")).split())
    assert line not in " ".join(_text(_planned(read(GIT), **ON, ca_identifier="ca-2", known=["ca-1"])).split())


@pytest.mark.parametrize(("fields", "rejects"), [(ON, False), ({}, True), ({**ON, "caEnabled": False}, True)])
def test_patching_a_listener_again_that_git_had_rejects_nobody_who_was_accepted(
    read: Read, fields: dict[str, Any], *, rejects: bool
) -> None:
    plan = _planned(read(), ca_identifier="ca-1", **fields)
    assert (plan.rejects, plan.no_longer_trusted) == (rejects, [])
    assert ("will be rejected" in _text(plan)) == rejects


@pytest.mark.parametrize("git", [False, True])
def test_a_listener_that_checks_with_another_ca_is_no_lock_out_of_who_has_no_certificate(
    read: Read, *, git: bool
) -> None:
    changes, synced = ((GIT,), ", once that is synced") if git else ((), "")
    plan = _planned(read(*changes), ca_identifier="ca-2", **ON)
    assert (plan.rejects, plan.rejects_others, plan.no_longer_trusted) == (False, True, ["ca-1"])
    text = " ".join(_text(plan).split())
    assert (f"clients of CA ca-1 will be rejected{synced}" in text, "without a certificate" in text) == (True, False)


@pytest.mark.parametrize(
    "fields",
    [{**ON, "caEnabled": False}, {**ON, "caCertificates": []}, {}],
    ids=["it is off", "it has no CA to check with", "it has neither"],
)
def test_a_listener_that_checks_nobody_locks_out_whoever_has_no_certificate(read: Read, fields: dict[str, Any]) -> None:
    plan = _planned(read(), ca_identifier="ca-2", **fields)
    assert (plan.rejects, plan.rejects_others) == (True, False)
    assert "clients without a certificate" in _text(plan)


def test_a_ca_of_another_generation_is_nobody_elses(read: Read) -> None:
    plan = _planned(read(), ca_identifier="ca-2", known=["ca-1"], **ON)
    assert (plan.rejects, plan.rejects_others, plan.no_longer_trusted) == (False, False, ["ca-1"])


def test_nobody_is_rejected_where_no_host_is(read: Read) -> None:
    plan = _planned(read(), ca_identifier="ca-2", hosts=(), **ON)
    assert (plan.rejects, plan.rejects_others) == (False, False)
    assert "will be rejected" not in _text(plan)


def test_listeners_that_reject_clients_of_different_cas_are_not_one_block(read: Read) -> None:
    assert "2 listeners" not in _text(_planned(read(), **ON), _planned(read(), **THEIRS))
    assert "2 listeners" in _text(_planned(read(), **ON), _planned(read(), **ON))
