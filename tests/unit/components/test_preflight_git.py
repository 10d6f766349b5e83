"""What is looked at before an `up` on a listener whose AlbConfig Git owns: everything but whether it may be patched."""

from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.preflight.found import found_on_listeners
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.fake_session import running
from tests.helpers.preflights import stopped_by
from tests.helpers.stack_file import put

Read = Callable[..., Settings]
GIT = put("listeners.0.write", "none")
THEIRS: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-of-theirs"}]}


@pytest.mark.parametrize(("changes", "tried"), [((), 1), ((GIT,), 0)])
def test_no_patch_is_tried_where_none_is_ever_sent(read: Read, changes: Any, tried: int) -> None:
    kube = Cluster()
    with running(kube=kube, alb=Alb(), cas=Cas()):
        run_preflight(read(*changes), None)
    assert len(kube.tried) == tried


def test_the_ca_of_another_team_is_no_refusal_where_a_commit_replaces_it(read: Read) -> None:
    bound = Cluster(item=albconfig(https(**THEIRS)))
    assert "already has the CA ca-of-theirs" in stopped_by(read(), kube=bound, alb=Alb(), cas=Cas())
    with running(kube=bound, alb=Alb(), cas=Cas()):
        settings = read(GIT)
        [found] = found_on_listeners(settings, run_preflight(settings, None))
    assert (found.ca_identifiers, found.deployment) == ((), None)


def test_the_claim_of_another_deployment_is_found_all_the_same(read: Read) -> None:
    claim = claim_of(owner="alb-mtls/another", deployment="deployment-2")
    held = Cluster(item=albconfig(https(), annotations={"alb-mtls/claim.443.https": claim.to_text()}))
    with running(kube=held, alb=Alb(), cas=Cas()):
        settings = read(GIT)
        [found] = found_on_listeners(settings, run_preflight(settings, None))
    assert found.deployment == "deployment-2"


def test_what_a_commit_would_do_to_hosts_that_may_not_be_there_stops_an_up_too(read: Read) -> None:
    stopped = stopped_by(read(GIT, put("listeners.0.hosts", ["api.example.com"])), kube=Cluster(), alb=Alb(), cas=Cas())
    assert "demo.alb.ingress.top" in stopped
    assert "Basic" in stopped_by(read(GIT), kube=Cluster(), alb=Alb(edition="Basic"), cas=Cas())


@pytest.mark.parametrize(("enabled", "may_be"), [(True, (1, 2)), (False, ())])
def test_which_generation_is_bound_no_claim_says_so_it_may_be_any_that_is_listed(
    *, enabled: bool, may_be: tuple[int, ...]
) -> None:
    snapshot = ListenerSnapshot(key=LISTENER, albconfig=albconfig(https(**{**THEIRS, "caEnabled": enabled})))
    assert snapshot.may_trust([1, 2], "none") == may_be
    assert snapshot.may_trust([1, 2], "patch") == ()
