"""What is read from a state, for every shape that the program writes; the engine itself is asked in tests/stack."""

import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from ops.errors import EmptyStack, OpsError
from ops.state import StackState, parse_state
from tests.helpers import stack_state
from tests.helpers.certificates import make_client, make_root

ROOT = make_root()
ALICE = make_client(ROOT)


def _state(*resources: object, **more: object) -> StackState:
    return parse_state(stack_state.exported(*resources, **more), "stack test")  # type: ignore[arg-type] # JSON as it comes


def test_a_stack_without_anything_deployed_is_named_as_empty() -> None:
    with pytest.raises(EmptyStack, match="stack test is empty: nothing has been deployed yet; run `pulumi up`"):
        parse_state({"deployment": {"manifest": {}}}, "stack test")


def test_a_stack_of_another_program_is_not_taken_for_ours() -> None:
    with pytest.raises(EmptyStack, match="holds nothing of this program"):
        _state(stack_state.resource("random:index/randomId:RandomId", "id", {}))


def test_project_and_stack_are_those_of_the_state() -> None:
    state = _state(stack_state.component("RootCa", "root-ca-1"))
    assert (state.project, state.stack) == ("alb-mtls", "test")


def test_a_generated_root_ca_brings_its_key_and_an_imported_one_does_not() -> None:
    component = stack_state.component("RootCa", "root-ca-1")
    generated = _state(component, stack_state.root_ca(ROOT)).root_cas[0]
    imported = _state(component, stack_state.root_ca(ROOT, source="imported")).root_cas[0]
    assert generated.private_key_pem == private_key_pem(ROOT.key)
    assert imported.private_key_pem is None
    assert generated.generation == 1


def test_no_key_shows_in_the_text_of_a_record() -> None:
    state = _state(stack_state.component("RootCa", "root-ca-1"), stack_state.root_ca(ROOT), stack_state.client(ALICE))
    assert "PRIVATE KEY" not in repr(state)
    assert state.clients[0].private_key_pem is not None


def test_the_chain_of_a_client_is_that_of_the_outputs_as_long_as_they_are_of_the_same_certificate() -> None:
    certificate = certificate_pem(ALICE.certificate)
    chain = certificate + certificate_pem(ROOT.certificate)
    told = {"clients": stack_state.secret({"alice": {"certificate": certificate, "chain": chain, "key": None}})}
    component = stack_state.component("ClientCertificate", "client-alice")
    current = _state(component, stack_state.client(ALICE), outputs=told).clients[0]
    renewed = make_client(ROOT)
    outdated = _state(component, stack_state.client(renewed), outputs=told).clients[0]
    assert current.chain_pem == chain
    assert outdated.chain_pem == certificate_pem(renewed.certificate)


def test_a_client_that_brought_its_certificate_is_found_in_the_outputs() -> None:
    certificate = certificate_pem(ALICE.certificate)
    told = {"clients": stack_state.secret({"bob": {"certificate": certificate, "chain": certificate, "key": None}})}
    state = _state(stack_state.component("ClientCertificate", "client-bob"), outputs=told)
    assert [client.name for client in state.clients] == ["bob"]
    assert state.clients[0].private_key_pem is None


def test_a_purchased_ca_has_an_identifier_and_no_certificate() -> None:
    state = _state(stack_state.component("UploadedCa", "uploaded-ca-1", {"identifier": "bought"}))
    assert state.uploaded_cas[0].identifier == "bought"
    assert state.uploaded_cas[0].certificate_pem is None


def test_an_uploaded_ca_is_read_once_although_component_and_resource_tell_of_it() -> None:
    component = stack_state.component("UploadedCa", "uploaded-ca-1", {"identifier": "id-1"})
    state = _state(component, stack_state.uploaded_ca(ROOT))
    assert [ca.identifier for ca in state.uploaded_cas] == ["id-1"]
    assert state.uploaded_cas[0].certificate_pem == certificate_pem(ROOT.certificate)


def test_a_listener_that_was_never_switched_is_there_and_says_so() -> None:
    component = stack_state.component("AlbConfigPatch", "alb-443-https")
    switched = _state(component, *stack_state.listener()).listeners[0]
    claimed = _state(component, *stack_state.listener(switched=False)).listeners[0]
    assert (switched.key.port, switched.enabled, switched.identifier) == (443, True, "id-1")
    assert (claimed.key.port, claimed.enabled, claimed.identifier) == (443, None, None)


def test_what_a_refresh_found_at_the_listener_is_not_taken_for_what_is_wanted() -> None:
    component = stack_state.component("AlbConfigPatch", "alb-443-https")
    found = {"enabled": False, "identifier": "id-of-another"}
    record = _state(component, *stack_state.listener(refreshed=found)).listeners[0]
    assert (record.enabled, record.identifier) == (True, "id-1")


def test_what_a_replacement_left_for_deletion_does_not_count() -> None:
    component = stack_state.component("RootCa", "root-ca-1")
    old = {**stack_state.root_ca(make_root()), "delete": True}
    state = _state(component, stack_state.root_ca(ROOT), old)
    assert len(state.root_cas) == 1


def test_an_interrupted_operation_is_named() -> None:
    pending = [{"resource": stack_state.uploaded_ca(ROOT), "type": "creating"}]
    state = _state(stack_state.component("RootCa", "root-ca-1"), pending_operations=pending)
    assert state.pending == ("uploaded-ca-1",)


def test_a_state_of_another_version_is_refused_without_quoting_it() -> None:
    broken = stack_state.root_ca(ROOT)
    del broken["outputs"]["certificatePem"]
    with pytest.raises(OpsError, match="not as this version of the program writes it") as refused:
        _state(stack_state.component("RootCa", "root-ca-1"), broken)
    assert "PRIVATE KEY" not in str(refused.value)
    assert refused.value.__cause__ is None
