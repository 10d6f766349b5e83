"""What the sentence about somebody's edit says."""

import pytest

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.listener import Fields, Meaning, meaning_of
from alb_mtls.listeners.refusal import edited, stopped_destroy, stopped_up
from alb_mtls.listeners.situation import Situation
from alb_mtls.listeners.verdict import Verdict
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of

STANDS: Fields = {"/caEnabled": False}
WRITTEN: Fields = {"/caEnabled": True, "/caCertificates": [{"CertificateId": "ca-ours"}]}


@pytest.mark.parametrize(
    ("claim", "expected", "named"),
    [
        (claim_of(written=WRITTEN), None, meaning_of(WRITTEN)),
        (claim_of(written=WRITTEN), meaning_of({}), meaning_of({})),
        (None, meaning_of(WRITTEN), meaning_of(WRITTEN)),
        (None, None, None),
    ],
    ids=["by the claim", "given beside a claim", "given", "not known"],
)
def test_an_edit_is_named_with_what_stands_and_where_that_is_known_with_what_should(
    claim: Claim | None, expected: Meaning | None, named: Meaning | None
) -> None:
    there = Situation(hold=None, claim=claim, fields=STANDS, deployment="d", token="t", ours=(), found=None)
    sentence = str(edited(there, albconfig(https()), LISTENER, expected=expected, remedy="run this again"))
    should = "" if named is None else f", and not: {named}"
    assert f": {meaning_of(STANDS)}{should}. That is left as it is; run this again" in sentence


@pytest.mark.parametrize(
    ("written", "back"),
    [
        (WRITTEN, "set caCertificates of the listener to ca-ours by hand again"),
        (STANDS, "take it off caCertificates of the listener"),
    ],
    ids=["this stack's CA was there", "none was there"],
)
def test_a_ca_of_an_edit_is_put_back_by_hand_or_replaced(written: Fields, back: str) -> None:
    there = Situation(
        hold=None,
        claim=claim_of(written=written),
        fields={"/caCertificates": [{"CertificateId": "ca-theirs"}]},
        deployment="d",
        token="t",
        ours=(),
        found=None,
    )
    sentence = str(stopped_up(Verdict.ANOTHER_CA, there, albconfig(https()), LISTENER))
    assert f"when nobody needs that CA, {back} (docs/how-to/incident.md); to replace it, add" in sentence
    assert "takeOver: ca-theirs (destroy then" in sentence


def test_a_deployment_whose_listener_was_taken_leaves_it_by_its_state_and_an_up_names_takeover() -> None:
    claim = claim_of(deployment="deployment-2")
    there = Situation(hold=None, claim=claim, fields=WRITTEN, deployment="d", token="t", ours=(), found=None)
    leaving = str(stopped_destroy(Verdict.CLAIMED, there, albconfig(https()), LISTENER))
    assert "pulumi state delete --target-dependents URN, with the URN of alb-443-https-claim" in leaving
    assert "take the listener out of this configuration" not in leaving
    assert "takeOver: deployment-2" in str(stopped_up(Verdict.CLAIMED, there, albconfig(https()), LISTENER))
