"""Where a rollover stands, in one line of `status`: per listener, with who may be behind."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import OtherGeneration
from alb_mtls.resources import TypeToken
from ops.rollover import Rollover, rollover_of
from ops.state import StackState
from ops.state_records import DeployedListener
from tests.helpers import stack_state
from tests.helpers.certificates import ROOT_SUBJECT, ClientCredential, make_client, make_root
from tests.helpers.current import state_of

NOW = datetime.now(UTC)
FIRST = make_root(now=NOW)
SECOND = make_root(now=NOW, subject=replace(ROOT_SUBJECT, common_name="root G2"))


def _listener(port: int, trusted: int | None, *others: int, abandoned: tuple[int, ...] = ()) -> DeployedListener:
    key = ListenerKey(alb_config="alb", port=port, protocol="HTTPS")
    beside = tuple(OtherGeneration(generation=one, certificate_pem="") for one in others)
    desired = stack_state.desired_of(key, generation=trusted, other_generations=beside, abandoned=abandoned)
    return DeployedListener(claim=stack_state.claim_of(key), desired=desired, switch=stack_state.switch_of(desired))


def _state(*listeners: DeployedListener, former: bool = True, signed_by: int = 2) -> StackState:
    """Return a stack whose client alice was handed generation 1 before it got generation 2."""
    older = make_client(FIRST, now=NOW)
    past = [stack_state.issued(older, name="alice", status="superseded")] if former else []
    current = stack_state.issued(make_client(SECOND, now=NOW), name="alice", generation=signed_by)
    state = state_of(stack_state.clients(current, *past), root=FIRST)
    return replace(state, listeners=listeners)


def _found(*listeners: DeployedListener, former: bool = True) -> Rollover:
    found = rollover_of(_state(*listeners, former=former), NOW)
    assert found is not None
    return found


def test_outside_of_a_rollover_there_is_none() -> None:
    assert rollover_of(_state(_listener(443, 1)), NOW) is None
    # A state of before there were generations.
    assert rollover_of(_state(_listener(443, None)), NOW) is None


@pytest.mark.parametrize(
    ("former", "words"), [(True, "1 client may still hold generation 1 (alice)"), (False, "no client is behind")]
)
def test_in_the_first_step_it_names_who_may_be_behind(*, former: bool, words: str) -> None:
    found = _found(_listener(443, 1, 2), former=former)
    assert found.line == (
        "rollover, step 1 of 3: generation 2 signs all clients, the listeners trust generation 1; "
        f"{words}; next: rootCa.trusted: 2, once all clients have fetched their files"
    )
    assert found.to_json()["behind"] == (["alice"] if former else [])


def test_after_the_swap_it_names_what_is_next() -> None:
    found = _found(_listener(443, 2, 1))
    assert found.line.startswith("rollover, step 2 of 3: the listeners trust generation 2; next: remove 1 from")
    assert (found.signs, found.trusted) == (2, {"alb/443": 2})


def test_with_a_listener_that_was_put_back_it_says_which() -> None:
    found = _found(_listener(443, 2, 1), _listener(8443, 1, 2))
    assert found.line == (
        "rollover, step 2 of 3 has not ended: listeners trust generation 1 by alb/8443 and generation 2 by alb/443; "
        "run `pulumi up`"
    )


def test_after_a_hard_swap_it_does_not_advise_to_trust_the_generation_again_that_is_given_up() -> None:
    found = _found(_listener(443, 2, 1, abandoned=(1,)))
    assert found.line == (
        "hard swap: the listeners trust generation 2 and reject generation 1, which is given up; next: clients that "
        "have no files of 2 yet fetch theirs, and remove 1 from rootCa.generations"
    )


def test_after_a_swap_that_gives_nothing_up_it_names_the_way_back() -> None:
    assert _found(_listener(443, 2, 1)).line.endswith("or go back with rootCa.trusted: 1")


def test_a_generation_that_has_not_signed_all_clients_yet_is_not_called_the_one_that_does() -> None:
    found = rollover_of(_state(_listener(443, 1, 2), signed_by=1), NOW)
    assert found is not None
    assert found.line == ("rollover: generation 2 is there, but has not signed all clients yet; run `pulumi up`")


@pytest.mark.parametrize(("root", "behind"), [(FIRST, ["partner"]), (SECOND, [])])
def test_a_client_that_brings_a_certificate_is_behind_until_the_newest_generation_signs_it(
    root: ClientCredential, behind: list[str]
) -> None:
    certificate = make_client(root, name="partner", now=NOW).certificate
    state = state_of(
        stack_state.root_ca(SECOND, generation=2),
        stack_state.component(TypeToken.ROOT_CA, "root-ca-2"),
        stack_state.brought(certificate, name="partner"),
        root=FIRST,
    )
    found = rollover_of(replace(state, listeners=(_listener(443, 1, 2),)), NOW)
    assert found is not None
    assert found.to_json()["behind"] == behind
