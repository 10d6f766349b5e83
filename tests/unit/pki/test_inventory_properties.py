"""Whatever clients come, leave, change and are renewed, in whatever order: nothing that is accepted is ever lost."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from alb_mtls.pki.inventory import (
    BroughtCertificate,
    CertificateRequest,
    Inventory,
    IssuedCertificate,
    continued,
    leaving,
)
from alb_mtls.pki.subject import Subject
from tests.helpers.certificates import NOW
from tests.helpers.examples import examples

NAMES = ("alice", "bob", "fleet/a", "fleet/b")
LIFE = timedelta(days=10)


@dataclass(frozen=True)
class Run:
    """An `up`: who is issued here in which version, who brings which certificate, and how much later it is.

    A run that is `killed` ends before its one write.
    """

    issued: dict[str, int]
    brought: dict[str, int]
    days: int
    killed: bool


@st.composite
def _runs(draw: st.DrawFn) -> Run:
    ways = draw(st.fixed_dictionaries({name: st.sampled_from(("issued", "brought", "absent")) for name in NAMES}))
    versions = draw(st.fixed_dictionaries({name: st.integers(1, 2) for name in NAMES}))
    return Run(
        issued={name: versions[name] for name in NAMES if ways[name] == "issued"},
        brought={name: versions[name] for name in NAMES if ways[name] == "brought"},
        days=draw(st.integers(0, 4)),
        killed=draw(st.booleans()),
    )


def _request(name: str, version: int) -> CertificateRequest:
    subject = Subject(common_name=f"{name} {version}")
    return CertificateRequest(name=name, subject=subject, validity="10d", renew_before="33%")


@settings(max_examples=examples(500), deadline=None)
@given(runs=st.lists(_runs(), max_size=8))
def test_no_certificate_that_has_not_ended_is_ever_lost_or_in_force_for_somebody_else(runs: list[Run]) -> None:
    serials, now, held = count(1), NOW, Inventory()
    handed_out: dict[str, IssuedCertificate] = {}
    forgotten: set[str] = set()
    for run in runs:
        now += timedelta(days=run.days)
        requests = [_request(name, version) for name, version in run.issued.items()]
        brought = [_brought(name, version) for name, version in run.brought.items()]
        in_force, asked = held.in_force(), {one.name: one for one in held.requests}
        due = [one for one in requests if one.name not in in_force or asked[one.name] != one]
        fresh = [_issued(one.name, next(serials), now + LIFE) for one in due]
        certificates = continued(held, requests, brought, fresh, now)
        announced = {one.fingerprint for one in leaving(held, requests, brought)}
        if run.killed:
            # What was issued and not saved was handed to nobody.
            continue
        before = {one.fingerprint for one in held.certificates if one.status == "issued"}
        held = replace(held, requests=tuple(requests), brought=tuple(brought), certificates=certificates)
        handed_out |= {one.fingerprint: one for one in fresh}
        handed_out |= {one.fingerprint: one.in_inventory("issued") for one in brought}

        known = [*held.certificates, *(one.in_inventory("issued") for one in held.brought)]
        fingerprints = [one.fingerprint for one in known]
        assert len(fingerprints) == len(set(fingerprints))
        assert set(fingerprints) >= {
            one.fingerprint for one in handed_out.values() if datetime.fromisoformat(one.not_after) > now
        }
        assert {one.client for one in held.certificates if one.status == "issued"} == set(run.issued)
        there = {*run.issued, *run.brought}
        past = {one.fingerprint: one for one in known if one.status != "issued"}
        assert all(one.status == "forgotten" for one in past.values() if one.client not in there)
        assert all(past[one].status == "forgotten" for one in forgotten & set(past))
        forgotten = {one.fingerprint for one in past.values() if one.status == "forgotten"}
        # What goes out of force was announced, or replaced by what the run issued.
        gone = before - {one.fingerprint for one in known if one.status == "issued"}
        assert gone <= announced | {one.fingerprint for one in in_force.values() if one.client in run.issued}


def _issued(name: str, serial: int, end: datetime) -> IssuedCertificate:
    return BroughtCertificate(
        client=name,
        certificate_pem=f"{serial}",
        fingerprint=f"issued {serial}",
        serial_number=f"{serial:x}",
        not_before=NOW.isoformat(),
        not_after=end.isoformat(),
    ).in_inventory("issued")


def _brought(name: str, version: int) -> BroughtCertificate:
    return BroughtCertificate(
        client=name,
        certificate_pem=f"{name} {version}",
        fingerprint=f"brought {name} {version}",
        serial_number="1",
        not_before=NOW.isoformat(),
        not_after=(NOW + timedelta(days=5 * version)).isoformat(),
    )
