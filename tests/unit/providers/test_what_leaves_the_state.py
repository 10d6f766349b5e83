"""What left the inputs leaves the state, where it would count on, or stand in the clear; what was made here stays."""

from typing import Any

import pulumi
import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.properties import from_props
from components.providers.cas_certificate import CasCertificateProvider
from components.providers.cas_repository import CasRepositoryProvider
from components.providers.listener_claim import ListenerClaim, ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitch, ListenerSwitchProvider
from components.providers.resource import TypedResource
from components.providers.root_certificate import RootCertificateProvider
from tests.helpers.certificates import make_root
from tests.helpers.provider_world import (
    Deployed,
    World,
    claim_inputs,
    repository_inputs,
    switch_inputs,
    uploaded_inputs,
)

PEM = certificate_pem(make_root().certificate)


def settled(provider: Any, news: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Create with more inputs than `news` has, take those away, and return the outputs once nothing differs."""
    created = provider.create({**news, **given})
    assert given.keys() <= created.outs.keys()
    assert provider.diff(created.id, created.outs, news).changes
    updated = provider.update(created.id, created.outs, news).outs
    assert not provider.diff(created.id, updated, news).changes
    assert not given.keys() & updated.keys()
    left: dict[str, Any] = {key: value for key, value in updated.items() if key not in news}
    assert left == {key: created.outs[key] for key in left}
    return left


@pytest.mark.usefixtures("world")
def test_a_claim_keeps_its_token_and_forgets_how_it_was_reached() -> None:
    left = settled(ListenerClaimProvider(), claim_inputs(mode="required"), {"kubeconfig": "TOKEN"})
    assert left.keys() == {"token", "uid", "kubeSystemUid", "cluster", "found", "known"}


@pytest.mark.usefixtures("world")
def test_an_uploaded_ca_keeps_its_identifier() -> None:
    left = settled(CasCertificateProvider(), uploaded_inputs(PEM), {"kubeconfig": "TOKEN"})
    assert left.keys() == {"caIdentifier", "owned", "fingerprint"}


@pytest.mark.usefixtures("world")
def test_a_repository_keeps_nothing_but_its_inputs() -> None:
    assert settled(CasRepositoryProvider(), repository_inputs(PEM), {"kubeconfig": "TOKEN"}) == {}


@pytest.mark.usefixtures("world")
def test_a_switch_forgets_the_kubeconfig_and_keeps_what_it_proved() -> None:
    token = {"token": "0" * 32}
    left = settled(ListenerSwitchProvider(), switch_inputs(token), {"kubeconfig": "TOKEN"})
    assert {"uid", "attempt", "previous", "proven"} <= left.keys()


def test_a_root_keeps_its_certificate_and_no_input_that_left() -> None:
    provider = RootCertificateProvider()
    olds = {
        "source": "generated",
        "generation": 1,
        "certificatePem": PEM,
        "privateKeyPem": "KEY",
        "fingerprint": "f",
        "notBefore": "2026",
        "notAfter": "2036",
    }
    outputs = provider.update("f", {**olds, "comment": "old"}, {"source": "generated", "generation": 1}).outs
    assert outputs == olds


@pytest.mark.parametrize(
    ("kind", "given"),
    [(ListenerClaim, claim_inputs(mode="required")), (ListenerSwitch, switch_inputs({"token": "0" * 32}))],
    ids=["claim", "switch"],
)
def test_the_kubeconfig_in_the_outputs_is_a_secret_too(
    kind: type[TypedResource], given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    options: list[pulumi.ResourceOptions] = []

    def register(_self: Any, _provider: Any, _name: str, _props: Any, opts: pulumi.ResourceOptions) -> None:
        options.append(opts)

    monkeypatch.setattr("pulumi.dynamic.Resource.__init__", register)
    inputs = from_props(kind.inputs_record, given)
    kind("alb-443-https", pulumi.ResourceOptions(depends_on=[]), **vars(inputs))
    assert options[0].additional_secret_outputs == ["kubeconfig"]


def test_a_kubeconfig_that_changed_is_the_one_that_a_refresh_uses(world: World) -> None:
    deployed = Deployed.up(kubeconfig="OLD")
    news = switch_inputs(deployed.claim, kubeconfig="NEW")
    attempt = deployed.switch["attempt"]
    provider = ListenerSwitchProvider()
    assert provider.diff("id", deployed.switch, news).changes
    updated = provider.update("id", deployed.switch, news).outs or {}
    world.kubeconfigs.clear()
    provider.read("id", updated)
    assert world.kubeconfigs == ["NEW"]
    # The listener was left alone.
    assert updated["attempt"] == attempt


def test_with_another_kubeconfig_a_drift_is_repaired_all_the_same(world: World) -> None:
    deployed = Deployed.up(kubeconfig="OLD")
    assert world.cluster.item is not None
    world.cluster.item["spec"]["listeners"][0]["caEnabled"] = False
    news = switch_inputs(deployed.claim, kubeconfig="NEW")
    updated = ListenerSwitchProvider().update("id", deployed.switch, news).outs or {}
    assert world.cluster.element["caEnabled"] is True
    assert updated["attempt"] != deployed.switch["attempt"]
