"""Editions, and what a reused load balancer does not take or is reset in, before anything is registered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.configuration.model import Settings
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import albconfig, http, https
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.fake_session import running
from tests.helpers.preflights import PURCHASED, stopped_by
from tests.helpers.stack_file import put

Read = Callable[..., Settings]


def test_an_alb_of_edition_basic_stops_whoever_switches_on_and_nobody_else(read: Read) -> None:
    assert "is of edition Basic" in stopped_by(read(), alb=Alb(edition="Basic"))
    with running(alb=Alb(edition="Basic")):
        [snapshot] = run_preflight(read(put("enabled", "false")), None)
    assert snapshot.edition == "Basic"


def test_an_edition_that_no_document_names_stops_who_has_not_listed_it(read: Read) -> None:
    for preview in (True, False):
        refused = stopped_by(read(preview=preview), alb=Alb(edition="Extensible"))
        assert "set alb.editions: [Standard, StandardWithWaf, Extensible]" in refused
    item = albconfig(https())
    item["spec"]["config"]["edition"] = "Extensible"
    for taken in (put("alb", {"editions": ["Standard", "Extensible"]}), put("enabled", "false")):
        with running(kube=Cluster(item=item), alb=Alb(edition="Extensible")) as logged:
            run_preflight(read(taken), None)
        assert logged.warnings == []


def _waf(**scene: Any) -> dict[str, Any]:
    return {"alb": Alb(edition="StandardWithWaf", cluster=scene.get("kube", Cluster())), **scene}


@pytest.mark.parametrize("preview", [True, False])
def test_a_waf_that_our_write_would_take_away_stops_before_anything_is_touched(
    read: Read,
    preview: bool,
) -> None:
    refused = stopped_by(read(preview=preview), **_waf())
    assert "nothing was touched" in refused
    assert "spec.config.edition: StandardWithWaf" in refused
    assert "(EDITION_REVERT)" in refused
    said = albconfig(https())
    said["spec"]["config"]["edition"] = "StandardWithWaf"
    with running(**_waf(kube=Cluster(item=said))) as logged:
        run_preflight(read(preview=preview), None)
    assert logged.warnings == []


@pytest.mark.parametrize("preview", [True, False])
def test_switching_off_is_not_stopped_by_a_waf_that_goes_and_warns_of_it_once(
    read: Read,
    preview: bool,
) -> None:
    two = put("listeners", [{"albConfig": "alb", "port": port} for port in (443, 8443)])
    with running(**_waf(kube=Cluster(item=albconfig(https(), https(8443))))) as logged:
        run_preflight(read(two, put("enabled", "false"), preview=preview), None)
    [warning] = logged.warnings
    assert "spec.config.edition: StandardWithWaf" in warning
    assert warning.endswith("(EDITION_REVERT); switching off is not stopped by it")


def _claimed(bound: str) -> dict[str, Any]:
    claim = claim_of(owner="alb-mtls/test", token="t", attempt="a", previous={})
    on = https(caEnabled=True, caCertificates=[{"CertificateId": bound}])
    return albconfig(on, annotations={"alb-mtls/claim.443.https": claim.to_text()})


@pytest.mark.parametrize(("bound", "stops"), [("1ed65580", False), ("another", True)])
def test_a_waf_stops_an_up_that_swaps_the_ca_and_is_a_warning_where_nothing_will_be_written(
    read: Read,
    bound: str,
    stops: bool,
) -> None:
    kube = Cluster(item=_claimed(bound))
    scene, settings = _waf(kube=kube, cas=Cas.of("1ed65580", make_root().pem)), read(*PURCHASED)
    if stops:
        assert "(EDITION_REVERT)" in stopped_by(settings, **scene)
        return
    with running(**scene) as logged:
        run_preflight(settings, None)
    assert [one.endswith("(EDITION_REVERT)") for one in logged.warnings] == [True]


def _reused(**config: Any) -> dict[str, Any]:
    item = albconfig(https(), http())
    item["spec"]["config"] = {"id": "alb-of-alb", **config}
    return item


class ConsoleAlb(Alb):
    """An ALB whose listeners the console has made, or edited."""

    fields: ClassVar[dict[str, Any]] = {"description": "made in the console"}

    def listener(self, identifier: str, *, port: int, protocol: str) -> Listener:
        """Return the listener."""
        return replace(super().listener(identifier, port=port, protocol=protocol), fields=self.fields)


class EditedAlb(ConsoleAlb):
    """Of which the controller has made the listeners."""

    fields: ClassVar[dict[str, Any]] = {"description": "ingress-auto-listener-443", "idleTimeout": 60}


def test_a_listener_that_the_albconfig_has_no_effect_on_stops_who_switches_on_and_warns_who_switches_off(
    read: Read,
) -> None:
    def scene(**config: Any) -> dict[str, Any]:
        kube = Cluster(item=_reused(**config))
        return {"kube": kube, "alb": ConsoleAlb(cluster=kube)}

    for preview in (True, False):
        refused = stopped_by(read(preview=preview), **scene())
        assert "add `spec.config.listenerForceOverride: true`" in refused
    with running(**scene()) as logged:
        run_preflight(read(put("enabled", "false")), None)
    assert [one for one in logged.warnings if "caEnabled has no effect" in one] == logged.warnings
    with running(**scene(listenerForceOverride=True)) as logged:
        run_preflight(read(), None)
    assert [one for one in logged.warnings if "caEnabled has no effect" in one] == []


def test_what_any_write_wakes_on_a_reused_alb_is_warned_of_once_for_each_albconfig(read: Read) -> None:
    kube = Cluster(item=_reused())
    with running(kube=kube, alb=EditedAlb(cluster=kube)) as logged:
        run_preflight(read(preview=True), None)
    [warning] = logged.warnings
    head, *lines = warning.split("\n")
    assert head.startswith("AlbConfig alb: with the next write to it")
    assert head.endswith("add to the AlbConfig what should stay:")
    assert "  listener 443/HTTPS: idleTimeout is 60 on the ALB, and 15 in the AlbConfig by default" in lines


@dataclass(kw_only=True)
class TwoAlbConfigs(Cluster):
    """A cluster in which another AlbConfig wants the same ALB."""

    def albconfigs(self) -> list[dict[str, Any]]:
        """Return both."""
        second = albconfig(https(), name="second")
        second["spec"]["config"] = {"id": "alb-of-alb"}
        return [*super().albconfigs(), second]


def test_another_albconfig_of_the_same_alb_is_a_warning_and_stops_the_one_that_has_no_alb(read: Read) -> None:
    named = "ALB alb-of-alb is named by AlbConfig alb and by second too"
    with running(kube=TwoAlbConfigs(), alb=Alb()) as logged:
        run_preflight(read(), None)
    [warning] = logged.warnings
    assert warning.startswith(named)
    without = _reused()
    without["status"] = {}
    refused = stopped_by(read(), kube=TwoAlbConfigs(item=without), alb=Alb())
    assert "AlbConfig alb has no ALB yet" in refused
    assert named in refused


def test_a_waf_stops_an_up_that_may_take_a_listener_over(read: Read) -> None:
    taken = put("listeners", [{"albConfig": "alb", "port": 443, "takeOver": "deployment-1"}])
    scene = _waf(kube=Cluster(item=_claimed("1ed65580")), cas=Cas.of("1ed65580", make_root().pem))
    assert "(EDITION_REVERT)" in stopped_by(read(*PURCHASED, taken), **scene)


@pytest.mark.parametrize(("generation", "stops"), [(1, False), (2, True)])
def test_a_waf_stops_an_up_that_brings_another_generation_of_a_generated_ca(
    read: Read,
    generation: int,
    stops: bool,
) -> None:
    settings = read(put("rootCa.generations", [generation]), put("rootCa.trusted", generation))
    subject = read().root_ca.subject
    assert subject is not None
    kube = Cluster(item=_claimed("1ed65580"))
    scene = _waf(kube=kube, cas=Cas.of("1ed65580", make_root(subject=subject).pem))
    if stops:
        assert "(EDITION_REVERT)" in stopped_by(settings, **scene)
        return
    with running(**scene) as logged:
        run_preflight(settings, None)
    assert [one.endswith("(EDITION_REVERT)") for one in logged.warnings] == [True]
