"""A CA in CAS is deleted when nothing uses it; otherwise it is left alone, or the deletion is refused by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.cluster.errors import CrdMissing, Forbidden, Unreachable
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.guarded_delete import ca_is_in_use, delete_ca
from tests.fakes.alb import BOUND, Alb
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.provider_world import World

OURS: dict[str, Any] = {"caCertificates": [{"CertificateId": "ca-1"}]}
WRITTEN = {"/caEnabled": False, **{f"/{key}": value for key, value in OURS.items()}}


class _EmptyAlb(Alb):
    def bound_listeners(self, identifier: str) -> list[Any]:
        """Return none, as an ALB that is not yet in step."""
        del identifier
        return []


class _UnnamedAlb(Alb):
    def bound_listeners(self, identifier: str) -> list[Any]:
        """Return another listener, which requests certificates of a CA that the ALB API does not name."""
        del identifier
        return [replace(BOUND, port=8443, hides_ca=True)]


def held(world: World, *, deployment: str = "deployment-1", **fields: Any) -> None:
    """Let a deployment claim the listener, which has these fields; its attempt wrote CA ca-1."""
    text = claim_of(deployment=deployment, written=WRITTEN).to_text()
    world.cluster.item = albconfig(https(**fields), annotations={LISTENER.claim_annotation: text})


def deleted(world: World, *, shown: list[str] | None = None) -> bool:
    """Delete ca-1 in the name of deployment-1."""
    world.cas.certificates["ca-1"] = (0, "")
    clients: dict[str, Any] = {"alb": world.alb, "kube": world.cluster}
    sentences: list[str] = [] if shown is None else shown
    cas: Any = world.cas
    gone = delete_ca(cas, "ca-1", **clients, deployment="deployment-1", show=sentences.append)
    assert gone == ("ca-1" not in world.cas.certificates)
    return gone


def in_use(world: World) -> bool:
    clients: dict[str, Any] = {"alb": world.alb, "kube": world.cluster}
    return ca_is_in_use("ca-1", **clients, show=lambda _: None)


def test_a_ca_that_nothing_names_is_deleted(world: World) -> None:
    assert not in_use(world)
    assert deleted(world)


@pytest.mark.parametrize("fields", [{}, OURS, {"caEnabled": True, **OURS}], ids=["lost", "off", "on"])
def test_a_ca_that_a_claim_of_the_same_deployment_has_written_is_left_alone(
    world: World, fields: dict[str, Any]
) -> None:
    held(world, **fields)
    assert in_use(world)
    shown: list[str] = []
    assert not deleted(world, shown=shown)
    (line,) = shown
    assert line == (
        "CA certificate ca-1 was not deleted from CAS, because this stack claims listener 443/HTTPS of AlbConfig alb "
        "with it. When no later `pulumi up` or `pulumi destroy` of this stack deletes it, since its state has lost "
        "that claim: put the listener back and remove the claim (docs/how-to/lost-state.md), and delete the "
        "certificate in CAS only then"
    )


UNREADABLE: dict[str, Callable[[str], str]] = {
    "newer": lambda identifier: json.dumps({"version": 2, "cas": [identifier]}),
    "another field": lambda identifier: claim_of(written={"/authority": identifier}).to_text(),
    "edited": lambda identifier: f'{{"written": {{"/caCertificates": [{{"CertificateId": "{identifier}"}}',
}


def unreadable(world: World, kind: str, identifier: str) -> None:
    """Let a claim that this program cannot read name a CA, on a listener that the AlbConfig no longer has."""
    annotations = {"alb-mtls/claim.8443.https": UNREADABLE[kind](identifier)}
    world.cluster.item = albconfig(https(), annotations=annotations)


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_ca_that_a_claim_names_which_cannot_be_read_is_refused_by_the_listener(world: World, kind: str) -> None:
    unreadable(world, kind, "ca-1")
    assert in_use(world)
    with pytest.raises(OperationFailed, match=r"the claim on listener 8443/HTTPS of AlbConfig alb names it, .* cannot"):
        deleted(world)
    assert "ca-1" in world.cas.certificates


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_claim_that_cannot_be_read_keeps_no_ca_that_it_does_not_name(world: World, kind: str) -> None:
    unreadable(world, kind, "ca-11")
    assert not in_use(world)
    assert deleted(world)


@pytest.mark.parametrize("deployment", ["deployment-1", "deployment-2"])
def test_a_claim_that_came_with_a_copy_of_another_albconfig_keeps_no_ca(world: World, deployment: str) -> None:
    text = claim_of(deployment=deployment, uid="uid-of-another", written=WRITTEN, previous=WRITTEN).to_text()
    world.cluster.item = albconfig(https(), annotations={LISTENER.claim_annotation: text})
    assert not in_use(world)
    assert deleted(world)


def test_a_ca_that_a_copy_of_another_albconfig_names_in_its_listener_is_not_deleted(world: World) -> None:
    text = claim_of(uid="uid-of-another", written=WRITTEN).to_text()
    world.cluster.item = albconfig(https(**OURS), annotations={LISTENER.claim_annotation: text})
    with pytest.raises(OperationFailed, match=r"still bound to listener 443/HTTPS"):
        deleted(world)


def test_a_claim_of_the_same_deployment_on_another_ca_keeps_nothing(world: World) -> None:
    text = claim_of(written={"/caCertificates": [{"CertificateId": "ca-2"}]}).to_text()
    world.cluster.item = albconfig(https(), annotations={LISTENER.claim_annotation: text})
    assert deleted(world)


@pytest.mark.parametrize("fields", [OURS, {"caEnabled": True, **OURS}], ids=["off", "on"])
def test_a_ca_that_another_deployment_uses_is_refused_by_the_listener(world: World, fields: dict[str, Any]) -> None:
    world.cluster.item = albconfig(https(**fields))
    with pytest.raises(OperationFailed, match=r"ca-1 was not deleted, .* bound to listener 443/HTTPS of ALB alb;"):
        deleted(world)
    assert "ca-1" in world.cas.certificates


@pytest.mark.parametrize("named", ["written", "previous"])
def test_a_ca_that_the_claim_of_another_deployment_names_is_refused_by_its_stack(world: World, named: str) -> None:
    text = claim_of(deployment="deployment-2", **{named: WRITTEN}).to_text()
    world.cluster.item = albconfig(https(), annotations={LISTENER.claim_annotation: text})
    assert in_use(world)
    with pytest.raises(
        OperationFailed,
        match=r"claim of stack alb-mtls/dev \(deployment deployment-2\) on listener 443/HTTPS .* names it",
    ):
        deleted(world)
    assert "ca-1" in world.cas.certificates


def test_a_ca_that_only_an_albconfig_names_is_refused_as_well(world: World) -> None:
    world.cluster.item = albconfig(https(**OURS))
    world.alb = _EmptyAlb(cluster=world.cluster)
    with pytest.raises(OperationFailed, match="still bound to listener 443/HTTPS of AlbConfig alb;"):
        deleted(world)


def test_a_ca_that_a_listener_may_have_whose_ca_the_alb_does_not_name_is_refused_with_what_to_do(world: World) -> None:
    world.cluster.item = albconfig(https())
    world.alb = _UnnamedAlb(cluster=world.cluster)
    with pytest.raises(OperationFailed) as caught:
        deleted(world)
    assert "not known whether a listener uses it: 8443/HTTPS of ALB alb, whose CA the ALB API does not" in str(
        caught.value
    )
    assert "Look at that listener in the ALB console; if it has another CA, delete the certificate in CAS" in str(
        caught.value
    )
    assert in_use(world)


def test_a_ca_that_a_person_has_deleted_as_that_sentence_says_counts_as_deleted(world: World) -> None:
    world.cluster.item = albconfig(https())
    world.alb = _UnnamedAlb(cluster=world.cluster)
    clients: dict[str, Any] = {"alb": world.alb, "kube": world.cluster}
    cas: Any = world.cas
    assert delete_ca(cas, "ca-1", **clients, deployment="deployment-1", show=pytest.fail)


def test_a_ca_that_an_albconfig_names_is_bound_whatever_other_listeners_do_not_name(world: World) -> None:
    world.cluster.item = albconfig(https(**OURS))
    world.alb = _UnnamedAlb(cluster=world.cluster)
    with pytest.raises(OperationFailed, match="still bound to listener 443/HTTPS of AlbConfig alb;"):
        deleted(world)


def test_without_the_cluster_the_alb_alone_is_searched_and_a_message_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> list[Any]:
        message = "the API server does not answer"
        raise Unreachable(message)

    monkeypatch.setattr(world.cluster, "albconfigs", unreachable)
    shown: list[str] = []
    assert deleted(world, shown=shown)
    assert shown == [
        "CA certificate ca-1: its use was looked up on the ALB only, not in the cluster: the API server does not answer"
    ]
    world.cluster.item = albconfig(https(**OURS))
    with pytest.raises(OperationFailed, match="still bound to listener 443/HTTPS of ALB alb"):
        deleted(world)


def test_a_cluster_that_is_there_and_does_not_say_keeps_the_ca(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden() -> list[Any]:
        raise Forbidden(verb="list", resource="albconfigs", user="alb-mtls")

    monkeypatch.setattr(world.cluster, "albconfigs", forbidden)
    with pytest.raises(Forbidden, match="may not list albconfigs"):
        deleted(world)
    assert "ca-1" in world.cas.certificates


def test_a_cluster_without_albconfigs_uses_no_ca(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such_kind() -> list[Any]:
        raise CrdMissing

    monkeypatch.setattr(world.cluster, "albconfigs", no_such_kind)
    shown: list[str] = []
    assert deleted(world, shown=shown)
    assert shown == []
