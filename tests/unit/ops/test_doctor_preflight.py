"""Whatever stops an up is a problem of doctor, in the same words; and what stops none is no problem there.

The configuration itself: tests/unit/ops/test_settings.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pulumi
import pytest

from alb_mtls.certificate_resources import RootCertificateOutputs
from alb_mtls.cluster.errors import AdmissionDenied, Forbidden, WebhookUnavailable
from alb_mtls.configuration.model import Settings
from alb_mtls.handshake.errors import BackendBroken, HandshakeError, Unreachable
from alb_mtls.listeners import dry_run
from alb_mtls.listeners.generation_numbers import UsedNumbers
from alb_mtls.listeners.other_deployments import held_by_others
from alb_mtls.preflight.found import found_on_listeners
from alb_mtls.preflight.reachability import unreachable_listeners
from alb_mtls.preflight.root_cas import inputs_of
from alb_mtls.session import Session
from components.preflight.report import report
from components.preflight.run import run_preflight as run_as_the_program
from ops.doctor.diagnosis import Health
from ops.doctor.preflight import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, http, https
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.controller_deployment import IMAGE
from tests.helpers.current import IDENTIFIER, deployed, in_cluster, state_of
from tests.helpers.fake_session import running
from tests.helpers.ingresses import deployment, ingress
from tests.helpers.preflights import PURCHASED
from tests.helpers.stack_file import Change, put

Read = Callable[..., Settings]

BOUND: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-of-theirs"}]}
BESIDE = ingress(ports='[{"HTTP": 80}, {"HTTPS": 443}]')


@dataclass(frozen=True, kw_only=True)
class World:
    """A stack in a world.

    Attributes:
        says: a part of what an `up` says of it; empty when that goes on.
        silent: what the listener answers with.
    """

    says: str
    changes: tuple[Change, ...] = ()
    kube: Callable[[], Cluster] = Cluster
    edition: str = "Standard"
    cas: Cas = field(default_factory=Cas)
    silent: HandshakeError | None = None


def _claimed(**claim: Any) -> Callable[[], Cluster]:
    return lambda: Cluster(
        item=albconfig(https(), annotations={LISTENER.claim_annotation: claim_of(**claim).to_text()})
    )


def _may_not(verb: str) -> Forbidden:
    return Forbidden(verb=verb, resource="albconfigs", user="x")


def _judged(error: Exception) -> Callable[[], Cluster]:
    def judge(_: object) -> None:
        raise error

    return lambda: Cluster(judge=judge)


WORLDS = {
    "a listener that is not there": World(
        says="AlbConfig alb has no listener 8443/HTTPS", changes=(put("listeners.0.port", 8443),)
    ),
    "no AlbConfig": World(says="does not exist", kube=lambda: Cluster(item=None)),
    "a cluster that this user may not read": World(
        says="may not get albconfigs",
        kube=lambda: Cluster(failure=Forbidden(verb="get", resource="albconfigs", user="x")),
    ),
    "no server certificate": World(
        says="certificate", kube=lambda: Cluster(item=albconfig({"port": 443, "protocol": "HTTPS"}))
    ),
    "a hold": World(
        says="is held: ticket 4711",
        kube=lambda: Cluster(item=albconfig(https(), annotations={LISTENER.hold_annotation: "ticket 4711"})),
    ),
    "the CA of somebody else": World(
        says="already has the CA ca-of-theirs", kube=lambda: Cluster(item=albconfig(https(**BOUND)))
    ),
    "a claim of another deployment": World(
        says="is claimed by stack alb-mtls/another (deployment deployment-2)",
        kube=_claimed(owner="alb-mtls/another", deployment="deployment-2"),
    ),
    "a claim that cannot be read": World(
        says="claim", kube=lambda: Cluster(item=albconfig(https(), annotations={LISTENER.claim_annotation: "none"}))
    ),
    "edition Basic": World(says="is of edition Basic", edition="Basic"),
    "a WAF that the next write takes away": World(says="(EDITION_REVERT)", edition="StandardWithWaf"),
    "a controller of before mutual TLS": World(
        says="mutual TLS is supported since", kube=lambda: Cluster(controllers=[deployment(f"{IMAGE}:v2.10.0")])
    ),
    "no host for the proof": World(
        says="has no host for the proof", changes=(put("proof", {}),), kube=lambda: Cluster(routes=[])
    ),
    "a purchased CA that CAS does not have": World(says="CAS has no certificate 1ed65580", changes=PURCHASED),
    "a webhook that denies the patch": World(
        says="no change on Fridays", kube=_judged(AdmissionDenied("alb", by="webhook w", text="no change on Fridays"))
    ),
    "a webhook that is silent": World(
        says="webhook w", kube=_judged(WebhookUnavailable("alb", by="webhook w", text="no answer"))
    ),
    "a user who may not patch": World(says="may not patch", kube=_judged(_may_not("patch"))),
    "a listener that does not answer": World(
        says="does not answer", silent=Unreachable("127.0.0.1:9 does not answer: nothing listens")
    ),
    "a backend that is broken": World(says="HTTP 503", silent=BackendBroken("it answers HTTP 503")),
    "a host for the proof that no Ingress routes": World(
        says="(no Ingress on listener 443/HTTPS of AlbConfig alb has proof.host nosuch.example; hosts on it: demo.alb",
        changes=(put("proof.host", "nosuch.example"),),
        silent=BackendBroken("it answers HTTP 503"),
    ),
    "a host that is not in the list": World(
        says="demo.alb.ingress.top", changes=(put("listeners.0.hosts", ["another.example"]),)
    ),
    "a bypass where none is allowed": World(
        says="(HTTP_FORWARDS)",
        changes=(put("onBypass", "fail"),),
        kube=lambda: Cluster(item=albconfig(http(), https()), routes=[BESIDE]),
    ),
    "everything in order": World(says=""),
    "the CA of somebody else, taken over": World(
        says="",
        changes=(put("listeners.0.takeOver", "ca-of-theirs"),),
        kube=lambda: Cluster(item=albconfig(https(**BOUND))),
    ),
    "a claim that is taken over": World(
        says="",
        changes=(put("listeners.0.takeOver", "deployment-2"),),
        kube=_claimed(owner="alb-mtls/another", deployment="deployment-2"),
    ),
    "a bypass that is only warned of": World(
        says="", kube=lambda: Cluster(item=albconfig(http(), https()), routes=[BESIDE])
    ),
    "a silent listener that nobody probes": World(
        says="", changes=(put("proof.mode", "api"),), silent=Unreachable("nothing listens")
    ),
    "edition Basic, switched off": World(says="", changes=(put("enabled", "false"),), edition="Basic"),
}


@contextmanager
def _in(world: World) -> Iterator[None]:
    kube = world.kube()

    def baseline(*_: object, **__: object) -> None:
        if world.silent is not None:
            raise world.silent

    with (
        running(kube=kube, alb=Alb(cluster=kube, edition=world.edition), cas=world.cas),
        patch("alb_mtls.preflight.preflight.unreachable_listeners", unreachable_listeners),
        patch("alb_mtls.handshake.baseline.baseline", baseline),
        patch("alb_mtls.listeners.reached.proof_targets", lambda *_: []),
        patch.object(dry_run, "TRY_SECONDS", 0.1),
    ):
        yield


def _stops_the_program(world: World, settings: Settings) -> list[str]:
    """Return the sentences with which an `up` stops, without their heads."""
    with _in(world):
        try:
            snapshots = run_as_the_program(settings, None)
            report(settings, snapshots)
        except pulumi.RunError as stopped:
            return [line.strip() for line in str(stopped).splitlines() if "nothing was touched" not in line.lower()]
        return [str(error) for error in held_by_others(found_on_listeners(settings, snapshots), None)]


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_what_stops_an_up_is_a_problem_in_the_same_words_and_what_stops_none_is_none(read: Read, world: World) -> None:
    settings = read(*world.changes)
    stopped = _stops_the_program(world, settings)
    with _in(world):
        session = Session(settings.access.get)
        examined = run_preflight(settings, session, None, state=None, knows_state=True, now=datetime.now(UTC))
    problems = [line.found for line in examined.lines if line.stops_up]
    assert bool(stopped) is bool(world.says)
    assert not stopped or any(world.says in sentence for sentence in stopped)
    for sentence in stopped:
        assert any(sentence in problem for problem in problems), problems
    assert len(problems) == len(stopped)


def test_doctor_names_what_an_up_would_meet_only_after_the_first_problem_is_repaired(read: Read) -> None:
    listeners = [{"albConfig": "alb", "port": port, "connectTo": "192.0.2.1:443"} for port in (443, 8443, 9443)]
    item = albconfig(https(), https(8443), annotations={"alb-mtls/hold.443.https": "ticket 4711"})
    routes = [ingress(ports='[{"HTTPS": 443}, {"HTTPS": 8443}]')]
    world = World(says="", kube=lambda: Cluster(item=item, routes=routes), silent=Unreachable("it does not answer"))
    settings = read(put("listeners", listeners))
    with _in(world):
        examined = run_preflight(
            settings, Session(settings.access.get), None, state=None, knows_state=True, now=datetime.now(UTC)
        )
    problems = [line.found for line in examined.lines if line.stops_up]
    assert ["ticket 4711" in problems[0], "no listener 9443/HTTPS" in problems[1]] == [True, True]
    # A listener that is held or missing is neither patched nor probed.
    assert problems[2:] == ["listeners[1]: it does not answer"]


@pytest.mark.parametrize(("write", "found"), [("patch", 1), ("none", 0)])
def test_a_tool_that_undoes_a_patch_is_a_problem_that_stops_no_up_and_none_where_git_writes(
    read: Read, write: str, found: int
) -> None:
    labels = {"kustomize.toolkit.fluxcd.io/name": "edge", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
    item = albconfig(https())
    item["metadata"]["labels"] = labels
    settings = read(put("listeners.0.write", write))
    with _in(World(says="", kube=lambda: Cluster(item=item))):
        examined = run_preflight(
            settings, Session(settings.access.get), None, state=None, knows_state=True, now=datetime.now(UTC)
        )
    lines = [line for line in examined.lines if "(OTHER_WRITER)" in line.found]
    assert [(line.health, line.stops_up) for line in lines] == [(Health.PROBLEM, False)] * found
    assert all("Flux Kustomization flux-system/edge keeps this AlbConfig" in line.found for line in lines)


def test_without_the_state_nobody_knows_whose_the_claims_are(read: Read) -> None:
    world = World(says="", kube=_claimed(owner="alb-mtls/test", deployment="deployment-2"))
    settings = read()
    with _in(world):
        examined = run_preflight(
            settings, Session(settings.access.get), None, state=None, knows_state=False, now=datetime.now(UTC)
        )
    assert [line.health for line in examined.lines if line.stops_up] == []
    [line] = [line for line in examined.lines if line.health is Health.UNKNOWN]
    assert "only its state says" in line.found


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ((), None),
        ((put("rootCa.subject.organization", "another"),), "exists and never changes, but its subject did"),
        ((put("rootCa.validity", "365d"),), "exists and never changes, but its validity did"),
        ((put("rootCa.generations", [1, 2]),), "rootCa.generations: 2 was listed before"),
        ((put("rootCa.generations", [1, 4]),), None),
    ],
)
def test_a_root_ca_that_an_up_refuses_for_the_sake_of_the_one_in_the_state_is_a_problem(
    read: Read, changes: tuple[Change, ...], sentence: str | None
) -> None:
    made = inputs_of(read().root_ca)
    outputs = {"certificate_pem": "PEM", "fingerprint": "f", "not_before": "b", "not_after": "a"}
    root = RootCertificateOutputs(**{**vars(made), **outputs})
    numbers = UsedNumbers(listed=(1,), newest=3)
    state = replace(state_of(root=make_root()), root_cas=(root,), deployment="deployment-1", numbers=numbers)
    settings = read(*changes)
    with _in(World(says="")):
        examined = run_preflight(
            settings, Session(settings.access.get), None, state=state, knows_state=True, now=datetime.now(UTC)
        )
    problems = [line.found for line in examined.lines if line.stops_up]
    assert [sentence is not None and sentence in one for one in problems] == [True] * (sentence is not None)


WRITTEN = {"/caEnabled": True, "/caCertificates": [{"CertificateId": IDENTIFIER}]}


@pytest.mark.parametrize(
    ("stands", "changes", "sentence"),
    [
        ({}, (), None),
        ({"identifiers": ("ca-of-theirs",)}, (), "already has the CA ca-of-theirs; what this stack put there was"),
        ({"identifiers": ("ca-of-theirs",)}, (put("listeners.0.takeOver", "ca-of-theirs"),), None),
        # Drift that an up announces and repairs.
        ({"enabled": False}, (), None),
    ],
    ids=["as the last up left it", "the CA of somebody else", "the same, taken over", "opened by somebody"],
)
def test_an_edit_by_hand_that_an_up_does_not_undo_is_a_problem(
    read: Read, stands: dict[str, Any], changes: tuple[Change, ...], sentence: str | None
) -> None:
    root = make_root()
    claim = claim_of(owner="alb-mtls/test", token="token-1", attempt="attempt-1", written=WRITTEN)
    cluster = Cluster(item=in_cluster(claim=claim, **stands))
    state = replace(state_of(root=root), root_cas=(), listeners=(deployed(root),), deployment="deployment-1")
    settings = read(*changes)
    with _in(World(says="", kube=lambda: cluster)):
        examined = run_preflight(
            settings, Session(settings.access.get), None, state=state, knows_state=True, now=datetime.now(UTC)
        )
    problems = [line.found for line in examined.lines if line.stops_up]
    assert [sentence is not None and sentence in one for one in problems] == [True] * (sentence is not None)
