"""What doctor names of a lost state: claims and repositories that this state does not know, and what binds them."""

from typing import Any

import pytest

from alb_mtls.aliyun.alb_models import BoundListener
from alb_mtls.session import Session
from ops.configuration import Configuration, parse_configuration
from ops.doctor.diagnosis import Health, Line
from ops.doctor.left_behind import Known, examine_claims, examine_repositories
from ops.state import StackState
from tests.fakes.alb import BOUND, Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers import stack_state
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.current import state_of
from tests.helpers.fake_session import running

CA = "1ed33c69-984f-6644-84eb-b234ea25f66a"
KEY = LISTENER.claim_annotation
ROOT = make_root()


def _configuration(*ports: int) -> Configuration:
    listeners = [{"albConfig": "alb", "port": port} for port in ports]
    printed: dict[str, Any] = {
        "alb-mtls:rootCa": {"value": "{}", "objectValue": {}},
        "alb-mtls:cas": {"value": "{}", "objectValue": {"endpoint": "international"}},
        "alb-mtls:listeners": {"value": "[]", "objectValue": listeners},
        "alicloud:region": {"value": "cn-hangzhou"},
    }
    return parse_configuration(printed, {})


def _state(*, repository: str = "alb-mtls-test-0a1b2c3d", owned: bool = True) -> StackState:
    return state_of(
        stack_state.deployment("deployment-1"),
        *stack_state.listener(),
        stack_state.repository(repository, owned=owned),
        root=ROOT,
    )


def _known(state: StackState | None) -> Known:
    return Known(project="alb-mtls", stack="test", state=state)


def _claims(state: StackState | None, *, ports: tuple[int, ...] = (443,), **claim: Any) -> list[Line]:
    values = {"owner": "alb-mtls/test", "written": {"/caCertificates": [{"CertificateId": CA}]}, **claim}
    kube: Any = Cluster(item=albconfig(https(), annotations={KEY: claim_of(**values).to_text()}))
    return list(examine_claims(kube, _known(state), _configuration(*ports)))


def test_the_claim_in_the_state_is_fine() -> None:
    (line,) = _claims(_state())

    assert line.health is Health.FINE


@pytest.mark.parametrize("state", [_state(), None], ids=["another state", "no state"])
@pytest.mark.parametrize("owner", ["alb-mtls/test", "other/prod"])
def test_the_claim_of_another_deployment_on_a_configured_listener_would_stop_an_up(
    state: StackState | None, owner: str
) -> None:
    (line,) = _claims(state, deployment="deployment-2", owner=owner, repository="alb-mtls-test-ffffffff")

    assert line.health is Health.PROBLEM
    for piece in (LISTENER.label, owner, "deployment-2", CA, "alb-mtls-test-ffffffff"):
        assert piece in line.found
    for piece in ("takeOver: deployment-2", "docs/how-to/lost-state.md"):
        assert piece in line.remedy


@pytest.mark.parametrize(
    ("deployment", "owner", "noted"),
    [("deployment-2", "alb-mtls/test", True), ("deployment-2", "other/prod", False)],
    ids=["of this name", "of another stack"],
)
def test_elsewhere_only_a_claim_of_this_name_is_worth_a_line(deployment: str, owner: str, noted: bool) -> None:
    (line,) = _claims(_state(), ports=(8443,), deployment=deployment, owner=owner)

    assert line.health is (Health.NOTE if noted else Health.FINE)


@pytest.mark.parametrize("port", [443, 8443], ids=["on a configured listener", "elsewhere"])
def test_a_claim_that_came_with_a_copy_of_another_albconfig_is_noted_and_stops_nothing(port: int) -> None:
    (line,) = _claims(_state(), ports=(port,), deployment="deployment-2", uid="uid-of-another")

    assert line.health is Health.NOTE
    assert "came with a copy" in line.found
    assert "ops release" in line.remedy


def test_a_claim_of_this_deployment_whose_listener_a_restored_state_does_not_have_is_noted() -> None:
    older = state_of(stack_state.deployment("deployment-1"), root=ROOT)
    (line,) = _claims(older, ports=(443,))

    assert line.health is Health.NOTE


@pytest.mark.parametrize(("port", "health"), [(443, Health.PROBLEM), (8443, Health.FINE)])
def test_a_claim_that_cannot_be_read_is_a_problem_where_an_up_meets_it(port: int, health: Health) -> None:
    kube: Any = Cluster(item=albconfig(https(), annotations={KEY: "no claim"}))
    (line,) = examine_claims(kube, _known(_state()), _configuration(port))

    assert line.health is health


class Binding(Alb):
    """An ALB API with one listener that binds a CA."""

    def bound_listeners(self, identifier: str) -> list[BoundListener]:
        """Return the listener when it binds this CA."""
        return [BOUND] if identifier.endswith("bound") else []


def _repositories(
    state: StackState | None, *names: str, bound: bool = False, annotations: dict[str, str] | None = None
) -> list[Line]:
    cas: Any = Cas()
    for name in names:
        place = cas.add_repository(name)
        cas.certificates[f"ca-of-{name}-{'bound' if bound else 'free'}"] = (place.warehouse_id, "PEM")
    item = albconfig(https(), annotations=annotations)
    with running(alb=Binding(), cas=cas):
        return list(examine_repositories(_known(state), _configuration(443), Session(lambda _: None), lambda: [item]))


def test_the_repository_of_the_state_and_those_of_others_are_no_line() -> None:
    names = ("alb-mtls-test-0a1b2c3d", "alb-mtls-test", "alb-mtls-test-2-0a1b2c3d", "team", "alb-mtls-prod-0a1b2c3d")

    assert _repositories(_state(), *names) == []


@pytest.mark.parametrize("state", [_state(), None], ids=["another state", "no state"])
def test_a_repository_of_this_name_that_no_state_knows_is_named_with_its_ca(state: StackState | None) -> None:
    (line,) = _repositories(state, "alb-mtls-test-ffffffff")

    assert line.health is Health.NOTE
    assert "alb-mtls-test-ffffffff" in line.found
    assert "CA ca-of-alb-mtls-test-ffffffff-free, bound to nothing" in line.found
    assert line.remedy.startswith("delete it in CAS when no other deployment")


def test_what_binds_it_is_named_and_then_it_is_not_to_be_deleted() -> None:
    (line,) = _repositories(None, "alb-mtls-test-ffffffff", bound=True)

    assert "bound to 443/HTTPS of ALB alb" in line.found
    assert line.remedy.startswith("something uses it")


def test_a_claim_that_names_it_counts_as_a_use() -> None:
    claim = claim_of(repository="alb-mtls-test-ffffffff").to_text()
    (line,) = _repositories(None, "alb-mtls-test-ffffffff", annotations={KEY: claim})

    assert f"claims name it: {LISTENER.label}" in line.found
    assert line.remedy.startswith("something uses it")


def test_a_stack_that_was_renamed_still_finds_what_its_former_name_has_drawn() -> None:
    state = _state(repository="alb-mtls-before-0a1b2c3d")
    (line,) = _repositories(state, "alb-mtls-before-0a1b2c3d", "alb-mtls-before-ffffffff")

    assert "alb-mtls-before-ffffffff" in line.found


def test_the_name_that_a_user_gave_draws_nothing() -> None:
    assert _repositories(_state(repository="team-00000001", owned=False), "team-00000001", "team-00000002") == []
