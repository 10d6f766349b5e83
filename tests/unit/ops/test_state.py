"""What is read from a state, for every shape that the program writes; the engine itself is asked in tests/stack."""

from datetime import timedelta

import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.resources import TypeToken
from ops.errors import EmptyStack, OpsError
from ops.state import StackState, parse_state
from tests.helpers import stack_state
from tests.helpers.certificates import make_client, make_root

ROOT = make_root()
ALICE = make_client(ROOT)


def _state(*resources: object, **more: object) -> StackState:
    return parse_state(stack_state.exported(*resources, **more), "stack test")  # type: ignore[arg-type] # JSON as it comes


def test_a_stack_without_anything_deployed_is_named_as_empty() -> None:
    with pytest.raises(EmptyStack, match="stack test is empty: nothing is deployed; `pulumi up` would deploy it"):
        parse_state({"deployment": {"manifest": {}}}, "stack test")


def test_a_stack_whose_up_was_stopped_by_its_checks_is_not_taken_for_one_of_another_program() -> None:
    with pytest.raises(EmptyStack, match="stack test has no resource yet: its `pulumi up` stopped"):
        _state()


def test_a_stack_of_another_program_is_not_taken_for_ours() -> None:
    with pytest.raises(EmptyStack, match="holds nothing of this program"):
        _state(stack_state.resource("random:index/randomId:RandomId", "id", {}))


def test_project_and_stack_are_those_of_the_state() -> None:
    state = _state(stack_state.component(TypeToken.ROOT_CA, "root-ca-1"))
    assert (state.project, state.stack) == ("alb-mtls", "test")


def test_a_generated_root_ca_brings_its_key_and_an_imported_one_does_not() -> None:
    component = stack_state.component(TypeToken.ROOT_CA, "root-ca-1")
    generated = _state(component, stack_state.root_ca(ROOT)).root_cas[0]
    imported = _state(component, stack_state.root_ca(ROOT, source="imported")).root_cas[0]
    assert generated.private_key_pem == private_key_pem(ROOT.key)
    assert imported.private_key_pem is None
    assert generated.generation == 1


def test_no_key_shows_in_the_text_of_a_record() -> None:
    state = _state(
        stack_state.component(TypeToken.ROOT_CA, "root-ca-1"), stack_state.root_ca(ROOT), stack_state.client(ALICE)
    )
    assert "PRIVATE KEY" not in repr(state)
    assert state.clients[0].private_key_pem is not None


def test_what_a_client_must_send_beside_its_certificate_is_in_its_chain() -> None:
    [client] = _state(stack_state.client(ALICE, chain=(ROOT.certificate,))).clients
    assert client.certificate_pem == certificate_pem(ALICE.certificate)
    assert client.chain_pem == certificate_pem(ALICE.certificate) + certificate_pem(ROOT.certificate)


def test_a_certificate_that_was_replaced_or_forgotten_is_no_client_and_is_still_known() -> None:
    renewed, bob = make_client(ROOT), make_client(ROOT)
    state = _state(
        stack_state.clients(
            stack_state.issued(renewed),
            stack_state.issued(ALICE, status="superseded"),
            stack_state.issued(bob, name="bob", status="forgotten"),
        )
    )
    assert [(one.name, one.certificate_pem) for one in state.clients] == [
        ("alice", certificate_pem(renewed.certificate))
    ]
    assert [(one.client, one.status) for one in state.former] == [("alice", "superseded"), ("bob", "forgotten")]


def test_a_client_that_brought_its_certificate_is_found_and_one_that_did_not_is_not_found_twice() -> None:
    state = _state(
        stack_state.client(ALICE),
        stack_state.brought(ALICE.certificate, name="alice"),
        stack_state.brought(make_client(ROOT).certificate, name="bob"),
    )
    assert [client.name for client in state.clients] == ["alice", "bob"]
    assert state.clients[1].private_key_pem is None
    assert state.clients[1].renewal is None


@pytest.mark.parametrize(("trusted", "in_use"), [(1, True), (2, False)])
def test_a_cross_certificate_is_known_with_what_it_must_outlive_and_whether_a_listener_needs_it(
    trusted: int, in_use: bool
) -> None:
    older, newer = make_root(), make_root()
    given = {
        "generation": 2,
        "certificatePem": certificate_pem(newer.certificate),
        "signerGeneration": 1,
        "signerCertificatePem": certificate_pem(older.certificate),
    }
    cross = stack_state.resource(
        TypeToken.CROSS_CERTIFICATE,
        "cross-certificate-2-1",
        {**given, "crossPem": certificate_pem(ALICE.certificate)},
        inputs={**given, "outlives": "365d", "required": True, "alb": {"region": "cn-hangzhou"}},
    )
    claim, switch = stack_state.listener()
    switch["inputs"]["generation"] = trusted
    [found] = _state(stack_state.root_ca(older), stack_state.root_ca(newer, generation=2), cross, claim, switch).crosses
    assert (found.generation, found.signer_generation, found.in_use) == (2, 1, in_use)
    assert found.outlives == timedelta(days=365)
    ends = [one.certificate.not_valid_after_utc for one in (older, newer)]
    assert found.ends == ((1, ends[0]), (2, ends[1]))
    without = {**cross, "outputs": {name: one for name, one in cross["outputs"].items() if name != "crossPem"}}
    assert _state(stack_state.root_ca(older), without).crosses == ()


def test_a_ca_in_cas_is_known_with_its_certificate() -> None:
    [ca] = _state(stack_state.in_cas(ROOT)).in_cas
    assert (ca.ca_identifier, ca.certificate_pem) == ("id-1", certificate_pem(ROOT.certificate))


def test_a_listener_that_was_never_switched_is_there_and_says_so() -> None:
    component = stack_state.component(TypeToken.ALB_CONFIG_PATCH, "alb-443-https")
    switched = _state(component, *stack_state.listener()).listeners[0]
    claimed = _state(component, *stack_state.listener(switched=False)).listeners[0]
    assert (switched.key.port, switched.enabled, switched.ca_identifier) == (443, True, "id-1")
    assert (claimed.key.port, claimed.enabled, claimed.ca_identifier) == (443, None, None)


@pytest.mark.parametrize("ports", [(443, 8443), (8443, 443)])
def test_listeners_stand_in_their_own_order_whichever_was_registered_first(ports: tuple[int, ...]) -> None:
    component = stack_state.component(TypeToken.ALB_CONFIG_PATCH, "alb-443-https")
    resources = [one for port in ports for one in stack_state.listener(port=port)]
    assert [one.key.port for one in _state(component, *resources).listeners] == [443, 8443]


def test_what_a_refresh_found_at_the_listener_is_not_taken_for_what_is_desired() -> None:
    component = stack_state.component(TypeToken.ALB_CONFIG_PATCH, "alb-443-https")
    found = {"enabled": False, "ca_identifier": "id-of-another"}
    record = _state(component, *stack_state.listener(refreshed=found)).listeners[0]
    assert (record.enabled, record.ca_identifier) == (True, "id-1")


def test_what_a_replacement_left_for_deletion_does_not_count() -> None:
    component = stack_state.component(TypeToken.ROOT_CA, "root-ca-1")
    old = {**stack_state.root_ca(make_root()), "delete": True}
    state = _state(component, stack_state.root_ca(ROOT), old)
    assert len(state.root_cas) == 1


def test_an_interrupted_operation_is_named() -> None:
    pending = [{"resource": stack_state.in_cas(ROOT), "type": "creating"}]
    state = _state(stack_state.component(TypeToken.ROOT_CA, "root-ca-1"), pending_operations=pending)
    assert state.pending == ("uploaded-ca-1",)


@pytest.mark.parametrize(("operation", "pending"), [("creating", ()), ("updating", ("uploaded-ca-1",))])
def test_what_a_later_up_has_made_is_interrupted_no_more(operation: str, pending: tuple[str, ...]) -> None:
    made = stack_state.in_cas(ROOT)
    component = stack_state.component(TypeToken.ROOT_CA, "root-ca-1")
    state = _state(component, made, pending_operations=[{"resource": made, "type": operation}])
    assert state.pending == pending


def test_a_state_of_another_version_is_refused_without_quoting_it() -> None:
    broken = stack_state.root_ca(ROOT)
    del broken["outputs"]["certificatePem"]
    with pytest.raises(OpsError, match="not as this version of the program writes it") as refused:
        _state(stack_state.component(TypeToken.ROOT_CA, "root-ca-1"), broken)
    assert "PRIVATE KEY" not in str(refused.value)
    assert refused.value.__cause__ is None
