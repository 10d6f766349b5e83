"""Keys of identity headers are claimed and given back each by itself, whatever somebody else does to the others."""

import json
from typing import Any

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.look import look_of
from tests.helpers.albconfigs import LISTENER, https
from tests.helpers.edits_of_others import annotations, edit, once_written
from tests.helpers.provider_world import CLAIM, Deployed, World, world

_KEY = "XForwardedForClientCert"
_OTHERS = ("Enabled", "ProtoEnabled", "SLBIdEnabled", "SLBPortEnabled", "ClientSrcPortEnabled")
SUBJECT = {"identityHeaders": {"subjectDn": ""}}
SUBJECT_ON = {f"{_KEY}SubjectDNEnabled": True}


def headers(made: World) -> dict[str, Any] | None:
    found: dict[str, Any] | None = made.cluster.element.get("xForwardedForConfig")
    return found


def edit_key(made: World, key: str, value: object) -> None:
    edit(made, xForwardedForConfig={**(headers(made) or {}), key: value})


def written_back(parent: dict[str, Any]) -> dict[str, Any]:
    """Return the object as a Go client writes it back: all thirteen keys."""
    parts = ("SubjectDN", "IssuerDN", "Fingerprint", "ClientVerify")
    zero = {f"XForwardedFor{name}": False for name in _OTHERS}
    zero |= {f"{_KEY}{part}Enabled": False for part in parts}
    return {**zero, **{f"{_KEY}{part}Alias": "" for part in parts}, **parent}


def version(made: World) -> int:
    found: int = json.loads(annotations(made)[CLAIM])["version"]
    return found


def test_headers_are_switched_on_and_claimed_and_nothing_is_left_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(monkeypatch)
    before = json.dumps(made.cluster.element)
    deployed = Deployed.up(identityHeaders={"subjectDn": "", "fingerprint": "x-print"})

    assert headers(made) == {
        **SUBJECT_ON,
        f"{_KEY}FingerprintEnabled": True,
        f"{_KEY}FingerprintAlias": "x-print",
    }
    assert version(made) == 2

    deployed.destroy()
    assert json.dumps(made.cluster.element) == before
    assert CLAIM not in annotations(made)


def test_without_headers_a_claim_is_one_that_an_earlier_program_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(monkeypatch, xForwardedForConfig={f"{_KEY}FingerprintEnabled": True})
    Deployed.up()

    assert version(made) == 1
    assert headers(made) == {f"{_KEY}FingerprintEnabled": True}


@pytest.mark.parametrize(
    "before",
    [
        {},
        {f"{_KEY}SubjectDNEnabled": True, f"{_KEY}SubjectDNAlias": "theirs"},
        {f"{_KEY}SubjectDNEnabled": False, "XForwardedForProtoEnabled": True},
        None,
    ],
    ids=json.dumps,
)
def test_each_key_goes_back_to_what_it_was_and_those_of_others_stay(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, Any] | None
) -> None:
    made = world(monkeypatch, xForwardedForConfig=before)
    deployed = Deployed.up(**SUBJECT)

    # Only where there was an alias it is said that there is none.
    emptied = {f"{_KEY}SubjectDNAlias": ""} if f"{_KEY}SubjectDNAlias" in (before or {}) else {}
    assert headers(made) == {**(before or {}), **SUBJECT_ON, **emptied}
    deployed.destroy()
    assert headers(made) == before
    assert "xForwardedForConfig" in made.cluster.element


def test_headers_that_are_added_to_a_claim_without_any_go_back_to_what_stood_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up()
    theirs = {f"{_KEY}SubjectDNEnabled": True, f"{_KEY}SubjectDNAlias": "theirs"}
    edit(made, xForwardedForConfig=dict(theirs))

    deployed.up_again(**SUBJECT)
    assert headers(made) == {**SUBJECT_ON, f"{_KEY}SubjectDNAlias": ""}
    deployed.destroy()
    assert headers(made) == theirs
    assert "caEnabled" not in made.cluster.element


def test_headers_that_leave_the_configuration_are_given_back_by_the_next_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(identityHeaders={"subjectDn": "", "issuerDn": ""})

    deployed.up_again(**SUBJECT)
    assert headers(made) == SUBJECT_ON
    deployed.up_again()
    assert headers(made) is None
    assert version(made) == 1


def test_a_key_that_somebody_edited_stays_when_it_leaves_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    edit_key(made, f"{_KEY}SubjectDNAlias", "theirs")

    deployed.up_again()
    assert headers(made) == {f"{_KEY}SubjectDNAlias": "theirs"}


def test_an_edit_of_one_key_neither_stops_a_destroy_nor_is_undone_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(identityHeaders={"subjectDn": "", "issuerDn": ""})
    edit_key(made, f"{_KEY}SubjectDNAlias", "theirs")

    deployed.destroy()
    assert headers(made) == {f"{_KEY}SubjectDNAlias": "theirs"}
    assert not {"caEnabled", "caCertificates"} & made.cluster.element.keys()
    assert CLAIM not in annotations(made)


def test_what_a_go_client_writes_back_is_no_edit_and_goes_with_the_object_that_was_made_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    edit(made, xForwardedForConfig=written_back(SUBJECT_ON))

    patches = made.cluster.item
    deployed.up_again(**SUBJECT)
    assert made.cluster.item is patches
    deployed.destroy()
    assert "xForwardedForConfig" not in made.cluster.element


def test_an_object_that_was_made_here_stays_while_somebody_uses_another_key_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    edit_key(made, "XForwardedForProtoEnabled", True)

    deployed.destroy()
    assert headers(made) == {"XForwardedForProtoEnabled": True}


def test_drift_of_a_key_is_announced_and_repaired_and_what_was_before_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    edit_key(made, f"{_KEY}SubjectDNEnabled", False)

    deployed.up_again(**SUBJECT)
    assert headers(made) == SUBJECT_ON
    assert f"{_KEY}SubjectDNEnabled is false" in capsys.readouterr().out
    deployed.destroy()
    assert headers(made) is None


def test_an_attempt_that_fails_puts_each_key_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {f"{_KEY}SubjectDNAlias": "theirs", "XForwardedForProtoEnabled": True}
    made = world(monkeypatch, xForwardedForConfig=before)
    made.alb.hides_headers = True

    with pytest.raises(OperationFailed, match="does not show the identity headers as they were written"):
        Deployed.up(**SUBJECT)
    assert headers(made) == before
    assert CLAIM not in annotations(made)


def test_an_attempt_that_gives_keys_back_and_fails_leaves_them_as_it_found_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    edit(made, xForwardedForConfig=written_back(SUBJECT_ON))
    made.alb.stuck = True

    with pytest.raises(OperationFailed, match="did not"):
        deployed.up_again()
    assert headers(made) == written_back(SUBJECT_ON)
    claim = read_claim(made.cluster.albconfig("alb"), LISTENER)
    assert claim is not None
    assert claim.edit is None
    made.alb.stuck = False
    deployed.up_again().destroy()
    assert headers(made) is None


def test_a_key_edited_after_a_run_that_failed_stops_the_next_up_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    made.alb.stuck = True
    with pytest.raises(OperationFailed, match="did not"):
        deployed.up_again(**SUBJECT, enabled=False)
    made.alb.stuck = False
    edit_key(made, f"{_KEY}SubjectDNAlias", "theirs")

    with pytest.raises(OperationFailed, match=f'{_KEY}SubjectDNAlias is "theirs", and not: {_KEY}SubjectDNAlias is ""'):
        deployed.up_again(**SUBJECT)
    assert headers(made) == {f"{_KEY}SubjectDNEnabled": True, f"{_KEY}SubjectDNAlias": "theirs"}


def test_an_edit_that_a_failed_up_had_announced_may_be_written_over_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    edit_key(made, f"{_KEY}SubjectDNAlias", "theirs")
    made.alb.stuck = True
    with pytest.raises(OperationFailed):
        deployed.up_again(**SUBJECT)
    made.alb.stuck = False
    assert headers(made) == {f"{_KEY}SubjectDNEnabled": True, f"{_KEY}SubjectDNAlias": "theirs"}

    deployed.up_again(**SUBJECT)
    assert headers(made) == {**SUBJECT_ON, f"{_KEY}SubjectDNAlias": ""}


def test_a_claim_that_vanished_is_written_again_with_what_the_state_found(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {f"{_KEY}SubjectDNAlias": "theirs"}
    made = world(monkeypatch, xForwardedForConfig=before)
    deployed = Deployed.up(**SUBJECT)
    made.cluster.lose_claim()

    deployed.up_again(**SUBJECT).destroy()
    assert headers(made) == before


def test_a_destroy_without_the_claim_goes_by_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(monkeypatch, xForwardedForConfig={f"{_KEY}SubjectDNAlias": "theirs"})
    deployed = Deployed.up(**SUBJECT)
    made.cluster.lose_claim()

    deployed.destroy()
    assert headers(made) == {f"{_KEY}SubjectDNAlias": "theirs"}
    assert "caEnabled" not in made.cluster.element


def test_who_takes_a_listener_over_gets_what_was_before_the_other_and_gives_back_what_is_not_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world(monkeypatch)
    Deployed.up(identityHeaders={"subjectDn": "", "issuerDn": ""})
    other = {"deployment": "deployment-2", "takeOver": "deployment-1", "caIdentifier": "ca-of-others"}

    taken = Deployed.up(**SUBJECT, **other)
    assert headers(made) == SUBJECT_ON
    taken.destroy()
    assert headers(made) is None


def test_a_kept_file_that_is_applied_again_takes_the_headers_off_and_a_destroy_finds_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    assert made.cluster.item is not None
    made.cluster.item["spec"]["listeners"][0] = https()

    deployed.destroy()
    assert not {"xForwardedForConfig", "caEnabled"} & made.cluster.element.keys()
    assert CLAIM not in annotations(made)


def test_headers_are_given_back_where_only_the_two_fields_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    edit(made, caEnabled=False, caCertificates=None)

    deployed.destroy()
    assert "xForwardedForConfig" not in made.cluster.element


def test_a_key_edited_while_an_up_runs_fails_it_stays_and_lets_the_two_fields_go_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = world(monkeypatch)
    once_written(made, monkeypatch, lambda one: edit_key(one, f"{_KEY}FingerprintAlias", "theirs"))

    with pytest.raises(
        OperationFailed, match=f'FingerprintAlias is "theirs", written was {_KEY}FingerprintAlias is ""'
    ):
        Deployed.up(mode="off", identityHeaders={"subjectDn": "", "fingerprint": ""})
    assert headers(made) == {f"{_KEY}FingerprintAlias": "theirs"}
    assert not {"caEnabled", "caCertificates"} & made.cluster.element.keys()
    assert CLAIM not in annotations(made)


@pytest.mark.parametrize("mode", ["off", "api"])
def test_a_key_edited_while_a_later_up_runs_is_why_it_fails_and_the_next_stops_too(
    monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    made = world(monkeypatch)
    deployed = Deployed.up(**SUBJECT)
    once_written(made, monkeypatch, lambda one: edit_key(one, f"{_KEY}SubjectDNAlias", "theirs"))
    changed = f'changed while this run worked, last by .*SubjectDNAlias is "theirs", written was {_KEY}SubjectDNAlias'
    with pytest.raises(OperationFailed, match=changed) as failed:
        deployed.up_again(mode=mode, identityHeaders={"subjectDn": "x-ours"})
    assert "Controller" not in str(failed.value)

    assert made.cluster.item is not None
    # The roll-back wrote the whole list since.
    made.cluster.item["metadata"].pop("managedFields")
    with pytest.raises(OperationFailed, match=f'last by field manager kubectl-edit.*{_KEY}SubjectDNAlias is "theirs"'):
        deployed.up_again(**SUBJECT)
    assert headers(made) == {f"{_KEY}SubjectDNEnabled": True, f"{_KEY}SubjectDNAlias": "theirs"}

    edit_key(made, f"{_KEY}SubjectDNAlias", "")
    deployed.up_again(identityHeaders={"subjectDn": "x-ours"})
    assert headers(made) == {f"{_KEY}SubjectDNEnabled": True, f"{_KEY}SubjectDNAlias": "x-ours"}


@pytest.mark.parametrize(("part", "stops"), [("SubjectDN", True), ("IssuerDN", False)])
def test_a_key_edited_since_the_look_stops_an_up_that_writes_it_and_no_other(
    monkeypatch: pytest.MonkeyPatch, part: str, *, stops: bool
) -> None:
    made = world(monkeypatch, xForwardedForConfig={})
    look = look_of(made.cluster.albconfig("alb"), LISTENER)
    edit_key(made, f"{_KEY}{part}Alias", "theirs")

    if stops:
        with pytest.raises(OperationFailed, match=rf'{part}Alias is "theirs"\. That is left as it is; look at'):
            Deployed.up(observed=look, **SUBJECT)
    else:
        Deployed.up(observed=look, **SUBJECT)
    assert headers(made) == {f"{_KEY}{part}Alias": "theirs", **({} if stops else SUBJECT_ON)}


@pytest.mark.parametrize("edited", [{f"{_KEY}SubjectDNEnabled": "yes"}, [], "on"], ids=json.dumps)
def test_what_no_controller_takes_is_refused_by_its_place(monkeypatch: pytest.MonkeyPatch, edited: object) -> None:
    world(monkeypatch, xForwardedForConfig=edited)

    with pytest.raises(OperationFailed, match=r"spec\.listeners\[0\]\.xForwardedForConfig.* but must be "):
        Deployed.up(**SUBJECT)
