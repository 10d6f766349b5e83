"""Which patches an up tries before it touches anything, and what stops it there."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from alb_mtls.cluster.errors import AdmissionDenied, DryRunUnsupported, Forbidden, WebhookUnavailable
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners import dry_run
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.fake_session import running
from tests.helpers.stack_file import put

Read = Callable[..., Settings]

OFF = https()
ON = https(caEnabled=True, caCertificates=[{"CertificateId": "1ed65580"}])
HEAD = "an up tries first whether the cluster takes its patches; nothing was touched in cluster and cloud, because:"
DENIED = AdmissionDenied("alb", by="admission webhook w", text="no change on Fridays")
NO_ANSWER = WebhookUnavailable("alb", by="admission webhook w", text="context deadline exceeded")
NO_PERMISSION = Forbidden(verb="patch", resource="albconfigs", user="deployer")


def _cluster(element: dict[str, Any] = OFF, *, claimed: bool = False, error: Exception | None = None) -> Cluster:
    def judge(_: object) -> None:
        if error is not None:
            raise error

    annotations = {LISTENER.claim_annotation: claim_of(owner="alb-mtls/test").to_text()} if claimed else None
    return Cluster(item=albconfig(element, annotations=annotations), judge=judge)


@pytest.mark.parametrize(
    ("element", "claimed", "changes"), [(OFF, False, True), (OFF, True, True), (ON, True, False)], ids=str
)
def test_the_patch_of_a_listener_that_will_be_changed_is_tried_and_of_one_that_stays_is_not(
    read: Read, *, element: dict[str, Any], claimed: bool, changes: bool
) -> None:
    cluster = _cluster(element, claimed=claimed)
    with running(alb=Alb(), kube=cluster):
        run_preflight(read(), None)
    assert bool(cluster.tried) is changes


def test_a_preview_tries_none_for_who_previews_may_not_patch(read: Read) -> None:
    cluster = _cluster(error=DENIED)
    with running(alb=Alb(), kube=cluster, preview=True):
        run_preflight(read(preview=True), None)
    assert cluster.tried == []


@pytest.mark.parametrize("error", [DENIED, NO_ANSWER, NO_PERMISSION], ids=lambda error: type(error).__name__)
def test_a_patch_that_the_cluster_would_not_take_stops_an_up_with_the_words_of_the_cluster(
    read: Read, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "TRY_SECONDS", 0.1)
    with running(alb=Alb(), kube=_cluster(error=error)), pytest.raises(pulumi.RunError) as refused:
        run_preflight(read(), None)
    assert str(refused.value).splitlines() == [HEAD, f"  listeners[0]: {error}"]


def test_every_listener_whose_patch_is_denied_is_named_but_a_webhook_that_is_silent_is_waited_for_once(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "TRY_SECONDS", 0.1)
    listeners = [{"albConfig": "alb", "port": port, "connectTo": "192.0.2.1:443"} for port in (443, 8443)]
    for error, problems in ((DENIED, 2), (NO_ANSWER, 1)):
        cluster = _cluster(error=error)
        cluster.item = albconfig(https(), https(8443))
        with running(alb=Alb(cluster=cluster), kube=cluster), pytest.raises(pulumi.RunError) as refused:
            run_preflight(read(put("listeners", listeners)), None)
        assert len(str(refused.value).splitlines()) == 1 + problems


def test_a_permission_that_several_listeners_need_is_missed_in_one_sentence(read: Read) -> None:
    listeners = [{"albConfig": "alb", "port": port, "connectTo": "192.0.2.1:443"} for port in (443, 8443)]
    cluster = _cluster(error=NO_PERMISSION)
    cluster.item = albconfig(https(), https(8443))
    with running(alb=Alb(cluster=cluster), kube=cluster), pytest.raises(pulumi.RunError) as refused:
        run_preflight(read(put("listeners", listeners)), None)
    assert str(refused.value).splitlines() == [HEAD, f"  listeners[0], listeners[1]: {NO_PERMISSION}"]


def test_where_it_cannot_be_tried_an_up_goes_on_with_one_line(read: Read) -> None:
    error = DryRunUnsupported("alb", by="admission webhook w")
    with running(alb=Alb(), kube=_cluster(error=error)) as logged:
        run_preflight(read(), None)
    [line] = [each for each in logged.warnings if "could not be tried" in each]
    assert line == f"{LISTENER.label}: whether the cluster takes its patch could not be tried: {error}"
