"""When certificates end, and from which moment that is worth an exit code."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.renewal import RenewBefore
from ops.errors import OpsError
from ops.expiry import Expiry, expiries, expiry_findings, expiry_of, parse_within
from ops.state_records import CrossRecord
from tests.helpers import stack_state
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.current import deployed, state_of

ROOT = make_root(days=100)
ALICE = make_client(ROOT, days=40)


def _expiries() -> list[Expiry]:
    return expiries(state_of(stack_state.client(ALICE), root=ROOT))


def test_every_certificate_of_the_stack_is_listed_the_next_end_first() -> None:
    assert [(one.kind, one.name) for one in _expiries()] == [("client", "alice"), ("root CA", "generation 1")]


def test_a_client_shows_from_when_an_up_renews_it_and_a_root_ca_that_nothing_does() -> None:
    client, root = _expiries()
    window = (client.not_after - client.not_before) * 33 / 100
    assert client.renewed_from is not None
    assert client.not_after - window <= client.renewed_from <= client.not_after - window / 2
    assert root.renewed_from is None


CLIENT, BOTH = ["CLIENT_EXPIRING"], ["CLIENT_EXPIRING", "CA_EXPIRING"]


@pytest.mark.parametrize(
    ("within", "days_later", "codes"),
    [
        # From the first moment of the window on; a root CA has a code of its own.
        ("30d", 9.9, []),
        ("30d", 10, CLIENT),
        ("30d", 41, CLIENT),
        ("30d", 71, BOTH),
        # A window longer than a life means always.
        ("4000d", 0, BOTH),
        ("9999999d", 0, BOTH),
        # A share of each life.
        ("50%", 19.9, []),
        ("50%", 50, BOTH),
    ],
)
def test_a_certificate_is_a_finding_inside_its_window(within: str, days_later: float, codes: list[str]) -> None:
    found = expiry_findings(_expiries(), parse_within(within), NOW + timedelta(days=days_later))
    assert [str(one.code) for one in found] == codes


def test_an_ended_certificate_is_listed_as_ended() -> None:
    found = expiry_findings(_expiries(), parse_within("1d"), NOW + timedelta(days=41))
    assert found[0].evidence.startswith("ended on 2027-01-02 12:00 UTC")


def test_a_certificate_that_was_brought_is_renewed_by_whoever_brought_it() -> None:
    brought = expiry_of("client", "bob", ALICE.certificate)
    found = expiry_findings([brought], parse_within("90d"), NOW)
    assert "certificateFile" in found[0].remedy


@pytest.mark.parametrize("text", ["soon", "30", "0d", "-1d", ""])
def test_a_window_that_is_neither_time_nor_share_is_refused(text: str) -> None:
    with pytest.raises(OpsError, match="--within"):
        parse_within(text)


def _self_renewing(left: timedelta, *, renewed: timedelta) -> Expiry:
    """Return a client that ends in a while and that an `up` renews from another moment on."""
    found = expiry_of("client", "alice", ALICE.certificate, renewed_from=NOW + renewed)
    return replace(found, not_after=NOW + left)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("left", "renewed", "found"),
    [
        # Not due: nobody has to do anything, however near the end is.
        (2 * DAY, timedelta(minutes=1), False),
        (timedelta(minutes=5), timedelta(minutes=1), False),
        # Due, and more than a third of the time is left.
        (31 * DAY, -60 * DAY, False),
        (timedelta(minutes=2), -timedelta(minutes=3), False),
        # A third is left: no `up` runs.
        (30 * DAY, -60 * DAY, True),
        (timedelta(minutes=1), -timedelta(minutes=4), True),
    ],
)
def test_without_within_what_renews_itself_is_a_finding_when_its_renewal_is_overdue(
    left: timedelta, renewed: timedelta, found: bool
) -> None:
    assert bool(expiry_findings([_self_renewing(left, renewed=renewed)], None, NOW)) is found


@pytest.mark.parametrize(("days_left", "found"), [(30.1, False), (30, True)])
def test_without_within_what_nothing_renews_is_a_finding_30_days_before_its_end(days_left: float, found: bool) -> None:
    for kind in ("client", "root CA"):
        one = expiry_of(kind, "bob", ALICE.certificate)
        one = replace(one, not_before=NOW - 335 * DAY, not_after=NOW + timedelta(days=days_left))
        assert bool(expiry_findings([one], None, NOW)) is found


@pytest.mark.parametrize(("minutes_left", "found"), [(11, False), (10, True)])
def test_without_within_a_short_life_that_nothing_renews_is_a_finding_in_its_last_third(
    minutes_left: int, found: bool
) -> None:
    one = expiry_of("client", "bob", ALICE.certificate)
    end = NOW + timedelta(minutes=minutes_left)
    one = replace(one, not_before=end - timedelta(minutes=30), not_after=end)
    assert bool(expiry_findings([one], None, NOW)) is found


@pytest.mark.parametrize(("life", "named"), [(timedelta(minutes=17), "; its whole life is 17 minutes"), (2 * DAY, "")])
def test_a_finding_says_of_a_life_of_less_than_a_day_how_long_it_was(life: timedelta, named: str) -> None:
    one = replace(expiry_of("client", "bob", ALICE.certificate), not_before=NOW - life, not_after=NOW)
    [found] = expiry_findings([one], None, NOW)
    assert found.evidence == f"ended on {NOW:%Y-%m-%d %H:%M} UTC{named}"


@pytest.mark.parametrize(
    ("renewed", "said"),
    [(1 * DAY, "nothing yet: an `up` renews it from"), (-1 * DAY, "run `pulumi up`, which renews it, and hand out")],
)
def test_with_within_an_end_counts_whoever_renews_it_and_the_remedy_says_whether_to_do_something(
    renewed: timedelta, said: str
) -> None:
    [found] = expiry_findings([_self_renewing(5 * DAY, renewed=renewed)], parse_within("30d"), NOW)
    assert found.remedy.startswith(said)
    assert expiry_findings([_self_renewing(5 * DAY, renewed=renewed)], parse_within("4d"), NOW) == []


def test_a_client_that_ends_with_its_root_is_renewed_by_nobody_and_the_remedy_is_a_generation() -> None:
    state = state_of(stack_state.client(make_client(ROOT, days=300)), root=ROOT)
    client = next(one for one in expiries(state) if one.kind == "client")
    assert (client.renewed_from, client.ends_with) == (None, "root CA generation 1")
    [found] = expiry_findings([client], None, client.not_after - DAY)
    assert found.remedy.startswith("introduce a new generation of the root CA")
    assert client.to_json(NOW)["endsWith"] == "root CA generation 1"


def test_minutes_are_a_time_within_which_something_may_end() -> None:
    assert parse_within("1m").duration == timedelta(minutes=1)
    [found] = expiry_findings([_self_renewing(timedelta(minutes=4), renewed=DAY)], parse_within("5m"), NOW)
    assert found.evidence.endswith("in 4 minutes; its whole life is 9 minutes")


@pytest.mark.parametrize(("in_use", "codes"), [(True, ["CA_EXPIRING"]), (False, [])])
def test_a_cross_certificate_is_a_finding_while_a_listener_trusts_the_older_generation(
    in_use: bool, codes: list[str]
) -> None:
    cross = CrossRecord(
        generation=2,
        signer_generation=1,
        pem=certificate_pem(ALICE.certificate),
        outlives=10 * DAY,
        ends=((1, ROOT.certificate.not_valid_after_utc),),
        in_use=in_use,
    )
    [one] = [each for each in expiries(replace(state_of(root=ROOT), crosses=(cross,))) if each.kind != "root CA"]
    assert one.name == "of generation 2, signed by generation 1"
    assert one.renewed_from == one.not_after - 10 * DAY
    assert [found.code for found in expiry_findings([one], parse_within("90d"), NOW)] == codes
    assert [found.code for found in expiry_findings([one], None, one.not_after - 3 * DAY)] == codes
    assert expiry_findings([one], None, one.not_after - 4 * DAY) == []


def test_a_root_ca_ends_with_the_first_of_those_above_it() -> None:
    short = make_root(days=30)
    state = state_of(root=ca_below(short))
    [found] = expiries(state)
    assert found.not_after == short.certificate.not_valid_after_utc


def _in_a_rollover(*trusted: int | None) -> list[Expiry]:
    """Return the ends of two generations, of which each listener trusts one."""
    newer = stack_state.root_ca(make_root(days=3650), generation=2)
    listeners = tuple(deployed(ROOT, generation=one) for one in trusted)
    return expiries(replace(state_of(newer, root=ROOT), listeners=listeners))


@pytest.mark.parametrize("within", [None, parse_within("30d")])
def test_the_end_of_the_older_root_ca_counts_while_a_listener_trusts_it_and_the_remedy_is_the_next_step(
    within: RenewBefore | None,
) -> None:
    soon = ROOT.certificate.not_valid_after_utc - 10 * DAY
    for trusted in ((1,), (2, 1), (None,), ()):
        [found] = expiry_findings(_in_a_rollover(*trusted), within, soon)
        assert (found.code, found.subject) == ("CA_EXPIRING", "root CA generation 1")
        assert "set rootCa.trusted to 2" in found.remedy
        assert "make a new generation" not in found.remedy
    assert expiry_findings(_in_a_rollover(2), within, soon) == []
    assert expiry_findings(_in_a_rollover(2, 2), within, soon) == []


def test_of_the_newest_root_ca_the_remedy_is_a_new_generation() -> None:
    [found] = expiry_findings(expiries(state_of(root=ROOT)), None, ROOT.certificate.not_valid_after_utc - 10 * DAY)
    assert "make a new generation" in found.remedy
    [_, late] = expiry_findings(_in_a_rollover(1), None, NOW + 3640 * DAY)
    assert (late.subject, "make a new generation" in late.remedy) == ("root CA generation 2", True)
