"""What a client is handed: which files, with what in them, and what is sentence about those that are missing."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.subject import Subject
from ops.errors import OpsError
from ops.export import Exported, export_client
from ops.state import StackState, parse_state
from ops.state_records import CrossRecord
from tests.helpers import stack_state
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import make_client, make_root
from tests.helpers.client_identities import cross_certificate
from tests.helpers.documents import DOCS, REPOSITORY

ROOT = make_root()
ALICE = make_client(ROOT)


def _state(*resources: dict[str, Any], **more: Any) -> StackState:
    return parse_state(stack_state.exported(*resources, **more), "stack test")


@pytest.fixture
def state() -> StackState:
    return _state(stack_state.root_ca(ROOT), stack_state.client(ALICE))


def _export(state: StackState, out: Path, name: str = "alice", **options: Any) -> Exported:
    return export_client(state, name, out=out, **{"password_file": None, "legacy": False, **options})


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


@pytest.mark.parametrize("legacy", [False, True])
def test_a_client_gets_key_certificate_chain_root_ca_and_a_pkcs12_that_its_password_opens(
    state: StackState, tmp_path: Path, legacy: bool
) -> None:
    _export(state, tmp_path, legacy=legacy)
    assert _modes(tmp_path) == {
        "alice.crt": 0o644,
        "alice.chain.pem": 0o644,
        "ca.crt": 0o644,
        "alice.key": 0o600,
        "alice.p12": 0o600,
        "alice.p12.password": 0o600,
    }
    password = (tmp_path / "alice.p12.password").read_bytes().strip()
    opened = load_pkcs12((tmp_path / "alice.p12").read_bytes(), password)
    assert opened.cert is not None
    assert opened.cert.certificate == ALICE.certificate
    assert [each.certificate for each in opened.additional_certs] == [ROOT.certificate]
    assert (tmp_path / "ca.crt").read_text() == certificate_pem(ROOT.certificate)


@pytest.mark.parametrize(("name", "own", "issuer"), [("ca", "ca.crt", "issuer.crt"), ("cab", "cab.crt", "ca.crt")])
def test_the_certificate_of_a_client_that_is_called_ca_is_not_lost_under_the_root_ca(
    tmp_path: Path, name: str, own: str, issuer: str
) -> None:
    state = _state(stack_state.root_ca(ROOT), stack_state.client(ALICE, name=name))
    exported = _export(state, tmp_path, name)
    assert len({one.path for one in exported.files}) == len(exported.files)
    assert (tmp_path / own).read_text() == certificate_pem(ALICE.certificate)
    assert (tmp_path / issuer).read_text() == certificate_pem(ROOT.certificate)


def test_beside_a_cross_certificate_of_its_name_the_root_ca_stays_out_of_the_pkcs12_but_not_out_of_the_folder(
    tmp_path: Path,
) -> None:
    older = make_root(subject=Subject(country="SG", organization="example", common_name="older"))
    cross = cross_certificate(ROOT, older)
    state = _state(stack_state.root_ca(ROOT), stack_state.client(ALICE, chain=(cross,)))
    _export(state, tmp_path)
    password = (tmp_path / "alice.p12.password").read_bytes().strip()
    opened = load_pkcs12((tmp_path / "alice.p12").read_bytes(), password)
    assert [each.certificate for each in opened.additional_certs] == [cross]
    assert (tmp_path / "ca.crt").read_text() == certificate_pem(ROOT.certificate)


def test_every_export_makes_another_password(state: StackState, tmp_path: Path) -> None:
    for name in ("one", "two"):
        _export(state, tmp_path / name)
    passwords = {(tmp_path / name / "alice.p12.password").read_text() for name in ("one", "two")}
    assert len(passwords) == 2


def test_a_password_of_ones_own_opens_the_file_and_is_not_written_down(state: StackState, tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    password_file.write_text("correct horse\nsecond line\n")
    exported = _export(state, tmp_path / "out", password_file=password_file)
    assert not (tmp_path / "out" / "alice.p12.password").exists()
    assert load_pkcs12((tmp_path / "out" / "alice.p12").read_bytes(), b"correct horse").key is not None
    assert "correct horse" not in str(exported.to_json())


def test_an_empty_password_is_refused_and_nothing_is_written(state: StackState, tmp_path: Path) -> None:
    password_file = tmp_path / "password"
    password_file.write_text("\n")
    with pytest.raises(OpsError, match="is empty"):
        _export(state, tmp_path / "out", password_file=password_file)
    assert not (tmp_path / "out").exists()


def test_a_client_that_keeps_its_key_gets_the_rest_with_the_reason(tmp_path: Path) -> None:
    state = _state(stack_state.root_ca(ROOT), stack_state.client(ALICE, keeps_its_key=True))
    exported = _export(state, tmp_path)
    assert set(_modes(tmp_path)) == {"alice.crt", "alice.chain.pem", "ca.crt"}
    assert "the client keeps its own key, which was never here" in exported.notes[0]


def test_a_key_of_an_earlier_export_that_does_not_fit_any_more_is_pointed_out(tmp_path: Path) -> None:
    with_key = _state(stack_state.root_ca(ROOT), stack_state.client(ALICE))
    _export(with_key, tmp_path)
    without = _state(stack_state.root_ca(ROOT), stack_state.client(make_client(ROOT), keeps_its_key=True))
    exported = _export(without, tmp_path)
    assert any("alice.key is of an earlier export" in note for note in exported.notes)


def test_the_ca_that_goes_along_is_the_one_that_signed_this_client(tmp_path: Path) -> None:
    state = _state(
        stack_state.root_ca(make_root(), generation=1),
        stack_state.root_ca(ROOT, generation=2),
        stack_state.client(ALICE),
    )
    _export(state, tmp_path)
    assert (tmp_path / "ca.crt").read_text() == certificate_pem(ROOT.certificate)


def test_without_its_ca_in_the_state_a_client_gets_the_rest(tmp_path: Path) -> None:
    exported = _export(_state(stack_state.client(ALICE)), tmp_path)
    assert "ca.crt" not in _modes(tmp_path)
    assert any("a purchased CA is in CAS only" in note for note in exported.notes)


def test_an_unknown_client_is_answered_with_the_known_ones(state: StackState, tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="no client 'bob'; its clients are: alice"):
        _export(state, tmp_path / "out", "bob")
    assert not (tmp_path / "out").exists()


def test_a_client_that_left_the_configuration_is_refused_by_name(tmp_path: Path) -> None:
    state = _state(
        stack_state.clients(
            stack_state.issued(ALICE), stack_state.issued(make_client(ROOT), name="bob", status="forgotten")
        )
    )
    with pytest.raises(OpsError, match=r"client bob is no longer in the configuration.* accepted until 20"):
        _export(state, tmp_path / "out", "bob")
    assert not (tmp_path / "out").exists()


def test_one_name_that_is_taken_by_a_symlink_stops_the_whole_export_before_it_begins(
    state: StackState, tmp_path: Path
) -> None:
    (tmp_path / "alice.p12").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OpsError, match="is a symbolic link"):
        _export(state, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["alice.p12"]


ISSUING = ca_below(ROOT)
BELOW = make_client(ISSUING)


def test_of_an_intermediate_the_chain_goes_to_the_client_and_all_of_it_stands_in_ca_crt(tmp_path: Path) -> None:
    state = _state(
        stack_state.root_ca(ISSUING, source="imported"), stack_state.client(BELOW, chain=(ISSUING.certificate,))
    )
    _export(state, tmp_path)
    assert (tmp_path / "alice.chain.pem").read_text() == BELOW.pem + certificate_pem(ISSUING.certificate)
    assert (tmp_path / "ca.crt").read_text() == ISSUING.pem
    password = (tmp_path / "alice.p12.password").read_bytes().strip()
    opened = load_pkcs12((tmp_path / "alice.p12").read_bytes(), password)
    assert [each.certificate for each in opened.additional_certs] == [ISSUING.certificate, ROOT.certificate]


def test_who_brought_its_certificate_gets_the_chain_of_its_ca_all_the_same(tmp_path: Path) -> None:
    state = _state(
        stack_state.root_ca(ISSUING, source="imported"), stack_state.brought(BELOW.certificate, name="alice")
    )
    steps = _export(state, tmp_path).receiver.steps
    assert (tmp_path / "alice.chain.pem").read_text() == BELOW.pem + certificate_pem(ISSUING.certificate)
    assert (tmp_path / "alice.crt").read_text() == BELOW.pem
    assert any("it must send all 2 certificates" in step for step in steps)


def test_what_is_printed_for_scripts_holds_no_content(state: StackState, tmp_path: Path) -> None:
    shown = str(_export(state, tmp_path).to_json())
    assert "BEGIN" not in shown
    assert (tmp_path / "alice.p12.password").read_text().strip() not in shown


def test_the_receiver_is_named_the_file_to_send_and_the_day_by_which_new_ones_are_needed(
    state: StackState, tmp_path: Path
) -> None:
    receiver = _export(state, tmp_path).receiver
    first, second, third = receiver.steps
    assert "alice.chain.pem and alice.key, or alice.p12" in first
    assert "not alice.crt" in second
    assert third.startswith("install new files before 2027-11-23 12:00 UTC")
    assert re.search("a `pulumi up` from 2027-0[789]-[0-9]+ on makes them", third)


def test_before_a_swap_the_receiver_is_named_the_step_by_which_the_files_are_needed_and_after_it_not(
    tmp_path: Path,
) -> None:
    older = make_root(subject=Subject(country="SG", organization="example", common_name="older"))
    cross = cross_certificate(ROOT, older)
    state = _state(stack_state.root_ca(ROOT), stack_state.client(ALICE, chain=(cross,)))
    for in_use, named in ((True, 1), (False, 0)):
        record = CrossRecord(
            generation=2,
            signer_generation=1,
            pem=certificate_pem(cross),
            outlives=timedelta(days=90),
            ends=(),
            in_use=in_use,
        )
        steps = _export(replace(state, crosses=(record,)), tmp_path).receiver.steps
        assert sum("before the stack's rootCa.trusted becomes 2" in step for step in steps) == named
        assert ("it must send all 2 certificates" in steps[1]) is in_use


def test_the_receiver_of_a_chain_must_send_all_of_it(tmp_path: Path) -> None:
    middle = make_root()
    state = _state(stack_state.root_ca(ROOT), stack_state.client(ALICE, chain=(middle.certificate,)))
    assert "it must send all 2 certificates" in _export(state, tmp_path).receiver.steps[1]


def test_a_client_with_its_own_key_is_not_named_files_that_it_does_not_get(tmp_path: Path) -> None:
    state = _state(stack_state.root_ca(ROOT), stack_state.client(ALICE, keeps_its_key=True))
    steps = _export(state, tmp_path).receiver.steps
    assert "beside the client's own key" in steps[0]
    assert "alice.key" not in str(steps)
    assert ".p12" not in str(steps)


def test_of_a_certificate_that_was_brought_no_renewal_is_promised(tmp_path: Path) -> None:
    state = _state(stack_state.root_ca(ROOT), stack_state.brought(ALICE.certificate, name="alice"))
    steps = str(_export(state, tmp_path).receiver.steps)
    assert "pulumi up" not in steps
    assert "next generation" not in steps


def test_of_a_client_that_ends_with_its_root_no_renewal_is_promised(tmp_path: Path) -> None:
    short = make_root(days=100)
    state = _state(stack_state.root_ca(short), stack_state.client(make_client(short, days=365)))
    steps = str(_export(state, tmp_path).receiver.steps)
    assert "pulumi up" not in steps
    assert "the next generation of that CA makes new ones" in steps


def test_each_kind_of_client_has_a_page_that_exists(state: StackState, tmp_path: Path) -> None:
    pages = _export(state, tmp_path).to_json()["receiver"]["pages"]
    folder = DOCS / "how-to" / "handing-over"
    assert {REPOSITORY / page for page in pages.values()} == set(folder.glob("*.md")) - {folder / "README.md"}
