"""Which step between generations a listener may take, and the sentence with the way out for each that it may not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ListenerSwitchInputs, OtherGeneration, ProofSettings
from alb_mtls.listeners.generation_steps import refused_step
from alb_mtls.listeners.look import look_of
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.resources import AlbApi
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.certificates import NOW, ROOT_SUBJECT, make_root
from tests.helpers.claims import claim_of

OLDER = make_root()
NEWER = make_root(subject=replace(ROOT_SUBJECT, common_name="root G2"))
CROSS = certificate_pem(
    issue_cross(
        older=Authority(certificate=OLDER.certificate, key=OLDER.key),
        newer=NEWER.certificate,
        outlives=timedelta(days=365),
        now=NOW,
    )
)
LABEL = "listener 443/HTTPS of AlbConfig alb"
AFTER_ITS_END = NOW + timedelta(days=731)


def stands(
    *listed: int, trusted: int, enabled: bool = True, cross: bool = True, issued: int | None = None, **more: Any
) -> ListenerSwitchInputs:
    """Return the inputs of a listener in a stack that lists these generations."""
    newest = max(listed)
    others = [one for one in listed if one != trusted]
    return ListenerSwitchInputs(
        listener=ListenerKey(alb_config="alb", port=443, protocol="HTTPS"),
        owner="alb-mtls/test",
        deployment="d",
        token="t",
        enabled=enabled,
        ca_identifier=f"ca-{trusted}",
        alb=AlbApi(endpoint=None, region="cn-hangzhou"),
        proof=ProofSettings(mode="api", host=None, path="/", deadline_seconds=30, server_ca="system"),
        generation=trusted,
        issued_generation=issued or newest,
        cross_generation=min(listed) if cross and len(listed) > 1 else None,
        other_generations=tuple(
            OtherGeneration(generation=one, certificate_pem="", cross_pem=CROSS if cross else None) for one in others
        ),
        **more,
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (stands(1, trusted=1), stands(1, 2, trusted=1)),
        (stands(1, 2, trusted=1), stands(1, 2, trusted=2)),
        (stands(1, 2, trusted=2), stands(2, trusted=2)),
        # Back, as long as nothing was dropped.
        (stands(1, 2, trusted=2), stands(1, 2, trusted=1)),
        (stands(1, 2, trusted=1), stands(1, trusted=1)),
        # Forward to a third, before the swap, when the key of the second was stolen.
        (stands(1, 2, trusted=1), stands(1, 3, trusted=1)),
        (stands(1, 3, trusted=1), stands(1, 3, trusted=3)),
    ],
)
def test_a_single_step_rejects_nobody_and_is_taken(old: ListenerSwitchInputs, new: ListenerSwitchInputs) -> None:
    assert refused_step(old, new, NOW) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            stands(1, trusted=1),
            stands(1, 2, trusted=2),
            "rootCa.trusted: 2 would reject every client, for none has been handed a certificate of generation 2 yet",
        ),
        (
            stands(1, trusted=1),
            stands(2, trusted=2),
            "trusts generation 1 of the root CA until this `up` has swapped it, and rejects what this `up` issues",
        ),
        (
            stands(1, 2, trusted=1),
            stands(2, trusted=2),
            "keep generation 1 in rootCa.generations: [1, 2] until an `up` with another rootCa.trusted has ended",
        ),
        (
            stands(1, 2, trusted=2),
            stands(1, trusted=1),
            "keep generation 2 in rootCa.generations: [1, 2] until an `up` with another rootCa.trusted has ended",
        ),
        (
            stands(1, trusted=1),
            stands(1, 2, trusted=2, cross=False),
            "because as configured generation 1 cannot certify generation 2. If its keyFile was removed after the",
        ),
        (
            stands(1, 2, trusted=2, cross=False),
            stands(1, 2, trusted=1),
            "because the cross certificate between the two was never made",
        ),
    ],
    ids=["both steps", "replaced", "swapped and dropped", "back and dropped", "no key", "no cross"],
)
def test_a_step_that_would_reject_clients_is_refused_unless_they_are_given_up(
    old: ListenerSwitchInputs, new: ListenerSwitchInputs, words: str
) -> None:
    refusal = refused_step(old, new, NOW)
    assert refusal is not None
    assert refusal.startswith(LABEL)
    assert words in refusal
    assert refusal.endswith(f"rootCa.abandoned: [{old.generation}]")
    assert refused_step(old, replace(new, abandoned=(old.generation or 0,)), NOW) is None
    # Giving up another one confirms nothing.
    assert refused_step(old, replace(new, abandoned=(7,)), NOW) == refusal


def test_past_a_stolen_generation_only_the_step_is_advised_that_is_not_refused() -> None:
    old, new = stands(1, 2, trusted=1), stands(1, 3, trusted=3)
    advised, stolen = (refused_step(old, replace(new, abandoned=given_up), NOW) for given_up in ((), (2,)))
    assert advised is not None
    assert "Take the first step alone" in advised
    assert stolen is not None
    assert "Take the first step alone" not in stolen
    assert "may accept whoever has the key of generation 2" in stolen
    assert stolen.endswith("rootCa.abandoned: [1]")
    assert refused_step(old, replace(new, abandoned=(1, 2)), NOW) is None


def test_the_way_back_ends_with_the_cross_certificate_that_clients_hold() -> None:
    swapped, back = stands(1, 2, trusted=2), stands(1, 2, trusted=1)
    assert refused_step(swapped, back, NOW) is None
    refusal = refused_step(swapped, back, AFTER_ITS_END)
    assert refusal is not None
    assert "because the cross certificate between the two ended on 2028-11-22. Keep rootCa.trusted: 2, or" in refusal


def test_a_listener_that_is_off_takes_any_step_and_is_held_to_the_rules_once_it_requests_certificates() -> None:
    on, off = stands(1, trusted=1), stands(1, 2, trusted=2, enabled=False)
    assert refused_step(on, off, NOW) is None
    assert refused_step(off, stands(1, 2, trusted=2), NOW) is None
    assert refused_step(off, stands(2, trusted=2), NOW) is None
    never_told = stands(1, trusted=1, enabled=False)
    assert refused_step(never_told, stands(1, 2, trusted=2), NOW) is not None
    # Nobody is rejected meanwhile, so both may go at once when an earlier `up` has issued.
    assert refused_step(stands(1, 2, trusted=1, enabled=False), stands(2, trusted=2), NOW) is None


def test_what_is_bound_by_a_run_that_was_killed_counts_and_not_what_the_state_says() -> None:
    # The state says 1; the process that outlived its CLI has bound 2, and the claim says so.
    killed = stands(1, 2, trusted=1)
    fields: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-a"}]}
    written = {f"/{name}": value for name, value in fields.items()}
    for bound, refused in ((1, True), (2, False)):
        claim = claim_of(written=written, generation=bound).to_text()
        look = look_of(albconfig(https(**fields), annotations={LISTENER.claim_annotation: claim}), LISTENER)
        assert (refused_step(killed, stands(2, trusted=2, observed=look), NOW) is not None) is refused


@pytest.mark.parametrize(("on", "refused"), [(True, True), (False, False)])
def test_a_listener_that_a_killed_run_has_switched_off_rejects_nobody_meanwhile(*, on: bool, refused: bool) -> None:
    # Without a claim that names a generation, the state is all there is.
    listed: dict[str, Any] = {"caEnabled": on, "caCertificates": [{"CertificateId": "ca-a"}]}
    look = look_of(albconfig(https(**listed)), LISTENER)
    step = refused_step(stands(1, 2, trusted=1), stands(2, trusted=2, observed=look), NOW)
    assert (step is not None) is refused


def test_an_up_that_did_not_end_for_this_listener_does_not_count() -> None:
    # The state keeps the inputs of the one before.
    assert refused_step(stands(1, trusted=1), stands(1, 2, trusted=2), NOW) is not None
    assert refused_step(stands(1, 2, trusted=1), stands(1, 2, trusted=2), NOW) is None


def test_a_state_of_before_there_were_generations_is_of_the_first() -> None:
    before = replace(stands(1, trusted=1), generation=None, issued_generation=None)
    assert refused_step(before, stands(1, trusted=1), NOW) is None
    assert refused_step(before, stands(1, 2, trusted=1), NOW) is None
    assert refused_step(before, stands(1, 2, trusted=2), NOW) is not None


def test_between_two_generations_that_issue_nothing_here_every_swap_has_to_be_confirmed() -> None:
    first, second = (
        replace(stands(1, 2, trusted=one, cross=False), issued_generation=None, cross_generation=None) for one in (1, 2)
    )
    assert refused_step(first, first, NOW) is None
    refusal = refused_step(first, second, NOW)
    assert refusal is not None
    assert "rootCa.trusted: 2 rejects all clients of generation 1, and none of generation 2 is issued here" in refusal
    assert refused_step(first, replace(second, abandoned=(1,)), NOW) is None


def test_a_purchased_ca_is_not_replaced_under_its_number() -> None:
    purchased = replace(stands(1, trusted=1), ca_certificate_pem=None, issued_generation=None, ca_identifier="ca-a")
    assert refused_step(purchased, purchased, NOW) is None
    refusal = refused_step(purchased, replace(purchased, ca_identifier="ca-b"), NOW)
    assert refusal == (
        f"{LABEL}: generation 1 of the root CA was CA ca-a and would be CA ca-b. A generation never changes; list the "
        "other CA as a generation of its own in rootCa.generations"
    )
    # What was uploaded here may get another identifier, as at another site.
    generated = replace(purchased, ca_certificate_pem=CROSS)
    assert refused_step(generated, replace(generated, ca_identifier="ca-b"), NOW) is None


@pytest.mark.parametrize(("on_listener", "refused"), [("ca-1", True), ("ca-2", False), ("ca-of-theirs", False)])
def test_where_git_writes_a_generation_is_dropped_only_once_git_has_brought_the_next(
    on_listener: str, *, refused: bool
) -> None:
    """An `up` that awaits Git has ended too, with the older CA on the listener."""
    item = albconfig(https(caEnabled=True, caCertificates=[{"CertificateId": on_listener}]))
    old = stands(1, 2, trusted=2, write="none")
    older = OtherGeneration(generation=1, certificate_pem="", cross_pem=CROSS, ca_identifier="ca-1")
    old = replace(old, other_generations=(older,))
    new = stands(2, trusted=2, write="none", observed=look_of(item, LISTENER))
    found = refused_step(old, new, NOW)
    assert (found is not None) == refused
    if found is not None:
        assert "trusts generation 1 of the root CA until Git has brought generation 2" in found
        assert "until an `up` has proven that Git has brought the other one" in found
    assert refused_step(old, replace(new, abandoned=(1,)), NOW) is None
    assert refused_step(old, replace(new, write=None), NOW) is None
