"""Clients of several generations of a CA, by OpenSSL's verdict on whole chains: who is accepted, and what it shows."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509

from alb_mtls.handshake.baseline import Baseline
from alb_mtls.handshake.checks import Check, Client, Proof
from alb_mtls.handshake.credentials import ClientCredential, ClientNames, names_of
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.former_sessions import with_sessions_of
from alb_mtls.handshake.generations import Generation, with_generations, without_cross
from alb_mtls.handshake.observation import Observation
from alb_mtls.handshake.probe_clients import ProbeClients, probe_clients_of
from alb_mtls.handshake.proof import prove_enforced
from alb_mtls.handshake.proving import Measure
from alb_mtls.pki.verification import problems_of
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.certificates import make_client
from tests.helpers.generations import CROSS, NEWER, OLDER, trusting
from tests.helpers.handshakes import (
    NOW,
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    Answering,
    Request,
    ScriptedListener,
    few,
    opened,
    switched,
)

FIRST = Generation(number=1, certificate=OLDER.certificate, key=OLDER.key, cross=[CROSS])
SECOND = Generation(number=2, certificate=NEWER.certificate, key=NEWER.key, cross=[CROSS])


def probes(trusted: Generation, *others: Generation, former: int | None = None) -> ProbeClients:
    """Return all clients of a CA that has other generations."""
    own = probe_clients_of(trusted.certificate, trusted.key, NOW)
    return with_generations(own, trusted, others, NOW, former=former)


BEFORE_THE_SWAP = probes(FIRST, SECOND)
AFTER_THE_SWAP = probes(SECOND, FIRST, former=1)
WITHOUT_THE_OLD_KEY = probes(SECOND, replace(FIRST, key=None), former=1)


def accepted(client: ClientCredential, ca: x509.Certificate) -> bool:
    return not problems_of(client.chain[0], client.chain[1:], ca, NOW)


def swapped(
    clients: ProbeClients, is_now: Answering, was: Answering | None = None, **how: Any
) -> tuple[Proof, ScriptedListener]:
    """Return the proof of a listener that trusted the older CA, unless `was` is given, and answers by a rule now."""
    earlier, listener = switched(was or trusting(OLDER), is_now)
    return prove_swapped(earlier, listener, clients, **how), listener


def prove_swapped(earlier: Baseline, listener: ScriptedListener, clients: ProbeClients, **how: Any) -> Proof:
    given = {"deadline_seconds": 9.0, "context": ProofContext(), "is_swap": True, "measure": few(), **how}
    return prove_enforced(earlier, clients, send=listener, **given)


def of(client: Client, proof: Proof) -> Sequence[Check]:
    return [check for check in proof.checks if check.client is client]


def test_before_the_swap_the_newest_leaf_is_accepted_with_its_cross_certificate_and_not_alone() -> None:
    [client] = BEFORE_THE_SWAP.with_cross
    assert accepted(client, OLDER.certificate)
    assert not accepted(replace(client, chain=client.chain[:1]), OLDER.certificate)
    assert (BEFORE_THE_SWAP.old_generation, BEFORE_THE_SWAP.former) == ([], None)


def test_after_the_swap_the_older_leaf_is_rejected_alone_and_with_all_that_anybody_holds() -> None:
    alone, beside = AFTER_THE_SWAP.old_generation
    assert (len(alone.chain), beside.chain[1:]) == (1, [CROSS, OLDER.certificate])
    for client in (alone, beside):
        assert accepted(client, OLDER.certificate)
        assert not accepted(client, NEWER.certificate)
    assert AFTER_THE_SWAP.former is alone
    # What clients hold by now is accepted before and after.
    assert AFTER_THE_SWAP.with_cross == []
    held = AFTER_THE_SWAP.still_with_cross
    assert held is not None
    assert accepted(held, OLDER.certificate)
    assert accepted(held, NEWER.certificate)


def test_a_key_that_is_not_at_hand_is_named_and_no_client_is_made_with_it() -> None:
    assert (WITHOUT_THE_OLD_KEY.old_generation, WITHOUT_THE_OLD_KEY.former) == ([], None)
    assert WITHOUT_THE_OLD_KEY.not_made == ["a client of generation 1: the key of that CA is not at hand"]
    proof, _ = swapped(WITHOUT_THE_OLD_KEY, trusting(NEWER))
    assert proof.proven
    assert WITHOUT_THE_OLD_KEY.not_made[0] in proof.not_tried
    assert not AFTER_THE_SWAP.not_made


def test_a_client_of_a_newer_ca_has_the_names_that_the_older_one_permits() -> None:
    permits = x509.NameConstraints(permitted_subtrees=[x509.DNSName("clients.example")], excluded_subtrees=None)
    constrained = issued(None, "root", *ca_of_depth(), (permits, True), begin=NOW - DAY, end=NOW + DAY)
    names = ClientNames(
        subject=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "partner")]),
        sans=x509.SubjectAlternativeName([x509.DNSName("partner.clients.example")]),
    )
    trusted = Generation(number=1, certificate=constrained.certificate, key=constrained.key)
    own = probe_clients_of(trusted.certificate, trusted.key, NOW, names=names)
    for older, expected in ((trusted, names), (replace(FIRST, cross=()), None)):
        [client] = with_generations(own, older, [SECOND], NOW, names=names).with_cross
        assert (names_of(client.chain[0]) == expected) is (expected is not None)


def test_a_client_without_what_an_older_root_vouches_for_keeps_its_own_intermediates() -> None:
    client = make_client(NEWER, now=NOW)
    chain = [client.certificate, OLDER.certificate, CROSS]
    with_all = ClientCredential(chain=chain, key=client.key)
    assert without_cross(with_all, NEWER.certificate).chain == chain[:2]
    plain = ClientCredential(chain=chain[:2], key=client.key)
    assert without_cross(plain, NEWER.certificate) is plain


def test_a_listener_of_the_older_ca_is_proven_with_the_clients_of_the_newer_one() -> None:
    proof, _ = swapped(BEFORE_THE_SWAP, trusting(OLDER), was=opened, is_swap=False)
    assert proof.proven
    assert of(Client.WITH_CROSS, proof)
    assert not of(Client.OLD_GENERATION, proof)


def test_a_listener_that_takes_no_chain_fails_with_the_way_out() -> None:
    with pytest.raises(ProofFailed, match=r"generation of our CA, and its cross .*verify depth.*rootCa\.abandoned"):
        swapped(BEFORE_THE_SWAP, trusting(OLDER, longest_chain=1), was=opened, is_swap=False, deadline_seconds=0)


def test_a_listener_that_follows_the_cross_certificate_to_a_ca_that_it_does_not_trust_fails_a_swap() -> None:
    def follows_what_is_sent(request: Request) -> Observation:
        sent = () if request.credential is None else request.credential.chain
        return REJECTED if CROSS in sent else trusting(NEWER)(request)

    with pytest.raises(ProofFailed, match=r"trusted generation of our CA, and its cross .* out of rootCa\.generations"):
        swapped(AFTER_THE_SWAP, follows_what_is_sent, deadline_seconds=0)
    assert of(Client.STILL_WITH_CROSS, swapped(AFTER_THE_SWAP, trusting(NEWER))[0])


def test_a_swap_is_proven_by_the_client_that_it_turns_and_not_by_those_without_a_certificate() -> None:
    proof, listener = swapped(AFTER_THE_SWAP, trusting(NEWER))
    assert proof.proven
    assert {check.route.tls for check in of(Client.OLD_GENERATION, proof)} == {"1.2", "1.3"}
    by_client = [
        sum(request.credential is client for request in listener.requests) for client in (AFTER_THE_SWAP.former, None)
    ]
    assert by_client[0] > 12 + 2
    assert by_client[1] < 12


def test_without_the_old_key_a_swap_is_proven_by_the_new_client_that_sends_no_cross_certificate() -> None:
    proof, listener = swapped(WITHOUT_THE_OLD_KEY, trusting(NEWER))
    assert (proof.proven, proof.connections) == (True, 12)
    alone = [one for one in listener.requests if one.credential is WITHOUT_THE_OLD_KEY.valid]
    assert len(alone) > 12
    assert all(len(one.credential.chain) == 1 for one in alone if one.credential)


def asked_often(client: ClientCredential | None, other: Answering, then: Answering) -> Answering:
    """Let every fifth connection of one client meet a machine that has not followed, once rounds are clean."""
    counter = itertools.count(1)

    def rule(request: Request) -> Observation:
        if request.credential is not client or next(counter) < 30 or next(counter) % 5:
            return then(request)
        return other(request)

    return rule


@pytest.mark.parametrize(
    ("clients", "words"),
    [
        (AFTER_THE_SWAP, r"with a certificate of another generation of our CA must be rejected, but was: accepted"),
        (WITHOUT_THE_OLD_KEY, r"with a certificate must be accepted, but was: rejected"),
    ],
    ids=["with the old key", "without it"],
)
def test_a_machine_that_still_trusts_the_older_ca_is_found(clients: ProbeClients, words: str) -> None:
    lagging = asked_often(clients.former or clients.valid, trusting(OLDER), trusting(NEWER))
    with pytest.raises(ProofFailed, match=r"met machines of the ALB that have not followed; the last client " + words):
        swapped(clients, lagging, deadline_seconds=3, measure=Measure())


def test_a_listener_that_trusts_both_cas_fails_a_swap_and_passes_before_it() -> None:
    both = trusting(OLDER, NEWER)
    with pytest.raises(ProofFailed, match=r"accepted a client with a certificate of another generation of our CA"):
        swapped(AFTER_THE_SWAP, both, deadline_seconds=0)
    assert swapped(BEFORE_THE_SWAP, both, was=opened, is_swap=False)[0].proven


def test_a_swap_back_is_proven_by_the_newer_leaf_that_is_alone() -> None:
    back = probes(FIRST, SECOND, former=2)
    [alone] = back.old_generation
    assert (alone.chain, alone) == ([alone.chain[0]], back.former)
    proof, _ = swapped(back, trusting(OLDER), was=trusting(NEWER))
    assert proof.proven
    with pytest.raises(ProofFailed, match="of another generation"):
        swapped(back, trusting(NEWER, OLDER), was=trusting(NEWER), deadline_seconds=0)


def _resuming(how: Answering, then: Answering) -> Answering:
    return lambda request: how(request) if request.session is not None else then(request)


def resumed(_request: Request) -> Observation:
    return replace(REQUESTED_AND_ACCEPTED, requested=False, resumed=True)


def test_a_session_of_the_older_generation_must_not_be_resumed_after_the_swap() -> None:
    earlier, listener = switched(trusting(OLDER), trusting(OLDER))
    with_sessions = with_sessions_of(AFTER_THE_SWAP.former, earlier, send=listener)
    assert {route.tls for route in with_sessions.former_sessions} == {"1.2", "1.3"}
    listener.rule = trusting(NEWER)
    proof = prove_swapped(with_sessions, listener, AFTER_THE_SWAP)
    assert len(of(Client.RESUMED_OLD_GENERATION, proof)) == 2

    listener.rule = _resuming(resumed, trusting(NEWER))
    with pytest.raises(ProofFailed, match="resumes TLS sessions that clients of the former CA have opened"):
        prove_swapped(with_sessions, listener, AFTER_THE_SWAP, deadline_seconds=0)


def test_no_session_is_opened_for_nobody_or_for_who_is_not_accepted() -> None:
    for former, rule in ((None, trusting(OLDER)), (AFTER_THE_SWAP.former, trusting(NEWER))):
        earlier, listener = switched(rule, rule)
        assert not with_sessions_of(former, earlier, send=listener).former_sessions
        assert bool(listener.requests) is (former is not None)
