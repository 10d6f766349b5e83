"""The cross certificate in the state: made once, renewed before a client would outlive it, refused in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.cross_gate import Crossing
from alb_mtls.pki.encoding import certificate_pem, load_certificate
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.verification import problems_of
from alb_mtls.session import Session
from components.providers import process
from components.providers.cross_certificate import CrossCertificateProvider
from tests.helpers.certificates import ROOT_SUBJECT, ClientCredential, make_client, make_root
from tests.helpers.provider_world import World

NOW = datetime.now(UTC)
OLDER = make_root(now=NOW)
NEWER = make_root(now=NOW, subject=replace(ROOT_SUBJECT, common_name="root G2"))
Properties = dict[str, Any]


def given(older: ClientCredential = OLDER, newer: ClientCredential = NEWER, **changes: Any) -> Properties:
    """Return the inputs of a cross certificate of generation 2 by generation 1, both generated."""
    return {
        "generation": 2.0,
        "certificatePem": certificate_pem(newer.certificate),
        "signerGeneration": 1.0,
        "signerCertificatePem": certificate_pem(older.certificate),
        "privateKeys": {"1": private_key_pem(older.key), "2": private_key_pem(newer.key)},
        "outlives": "365d",
        "required": True,
        "listeners": [],
        "alb": {"region": "cn-hangzhou"},
        **changes,
    }


def made(inputs: Properties) -> Properties:
    return dict(CrossCertificateProvider().create(inputs).outs or {})


def failures(inputs: Properties, olds: Properties | None = None) -> list[str]:
    return [one.reason for one in CrossCertificateProvider().check(olds or {}, inputs).failures]


def test_it_certifies_the_newer_key_and_keeps_no_private_one() -> None:
    outputs = made(given())
    cross = load_certificate(outputs["crossPem"])
    leaf = make_client(NEWER, now=NOW).certificate
    assert problems_of(leaf, [cross], OLDER.certificate, datetime.now(UTC)) == []
    assert datetime.fromisoformat(outputs["notAfter"]) == cross.not_valid_after_utc
    assert "PRIVATE" not in str(outputs)


@pytest.mark.parametrize(("outlives", "due"), [("365d", False), ("800d", True)])
def test_it_is_renewed_when_a_client_issued_now_would_outlive_it_and_the_preview_says_so(
    outlives: str, capsys: pytest.CaptureFixture[str], *, due: bool
) -> None:
    held, inputs = made(given()), given(outlives=outlives)
    provider = CrossCertificateProvider()
    assert provider.diff("2-1", held, inputs).changes is due
    assert ("the cross certificate of generation 2 is renewed: it ends on" in capsys.readouterr().out) is due
    if due:
        renewed = provider.update("2-1", held, inputs).outs or {}
        assert datetime.fromisoformat(renewed["notAfter"]) > datetime.fromisoformat(held["notAfter"])
        assert not provider.diff("2-1", renewed, inputs).changes


def test_how_listeners_are_reached_and_whether_it_is_required_still_is_no_change() -> None:
    proof = {"mode": "api", "path": "/", "deadlineSeconds": 30.0, "serverCa": "system"}
    asked = [{"listener": {"albConfig": "alb", "port": 443.0, "protocol": "HTTPS"}, "proof": proof}]
    otherwise = given(required=False, listeners=asked, kubeconfig="other")
    assert not CrossCertificateProvider().diff("2-1", made(given()), otherwise).changes


def test_an_older_root_that_ends_before_a_rollover_could_is_refused_in_the_preview_with_the_way_out() -> None:
    ending = make_root(now=NOW - timedelta(days=9, hours=23), days=10)
    assert failures(given()) == []
    [line] = failures(given(ending))
    assert line.startswith("generation 2 of the root CA cannot be introduced while the listeners trust generation 1: ")
    assert "the older root CA ends on" in line
    assert line.endswith("rootCa.trusted: 2 and rootCa.abandoned: [1]")


def test_one_that_exists_is_not_refused_because_its_older_root_ends_by_now() -> None:
    ending = make_root(now=NOW - timedelta(days=9, hours=23), days=10)
    assert failures(given(ending), given(ending)) == []


def test_a_hard_swap_goes_on_without_one_and_without_it_nothing_else_does(capsys: pytest.CaptureFixture[str]) -> None:
    ended = make_root(now=NOW - timedelta(days=11), days=10)
    hard = given(ended, required=False)
    assert failures(hard) == []
    outputs = made(hard)
    assert outputs.get("crossPem") is None
    assert (
        "generation 2 gets no cross certificate of generation 1: the older root CA ends on" in capsys.readouterr().out
    )
    assert not CrossCertificateProvider().diff("2-1", outputs, hard).changes
    with pytest.raises(OperationFailed, match="cannot be introduced while the listeners trust generation 1"):
        made(given(ended))


def test_what_a_hard_swap_could_not_make_is_made_when_it_is_required() -> None:
    ended = make_root(now=NOW - timedelta(days=11), days=10)
    without = {**made(given(ended, required=False)), "signerCertificatePem": given()["signerCertificatePem"]}
    provider = CrossCertificateProvider()
    assert provider.diff("2-1", without, given()).changes
    assert (provider.update("2-1", without, given()).outs or {})["crossPem"]


def test_two_generations_of_one_name_or_one_key_are_refused() -> None:
    for newer, words in ((make_root(now=NOW), "the same subject"), (OLDER, "the same key")):
        [line] = failures(given(newer=newer))
        assert line.startswith(f"generation 2 of the root CA: it has {words} as the older generation")


def test_the_key_file_of_an_imported_older_root_is_tried_before_anything_is_touched(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "session", lambda: Session(lambda _: None))
    _, right = OLDER.write(tmp_path, "older")
    _, wrong = NEWER.write(tmp_path, "newer")
    assert failures(given(signerKeyFile=str(right), privateKeys={})) == []
    [line] = failures(given(signerKeyFile=str(wrong), privateKeys={}))
    assert "is not the key of rootCa.certificateFile" in line
    # Where previews of pull requests run it need not be.
    assert failures(given(signerKeyFile=str(tmp_path / "absent"), privateKeys={})) == []


PROOF = {"mode": "required", "host": "demo.alb.ingress.top", "path": "/", "deadlineSeconds": 30.0, "serverCa": "system"}
ASKED = [{"listener": {"albConfig": "alb", "port": 443.0, "protocol": "HTTPS"}, "proof": PROOF}]


@pytest.fixture
def asked(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Crossing]:
    """Collect what listeners are asked with; one of them could not be."""
    assert world.kubeconfigs == []
    crossings: list[Crossing] = []

    def ask(_listeners: Any, crossing: Crossing, **_: Any) -> list[str]:
        crossings.append(crossing)
        return ["listener 8443/HTTPS was not tried"]

    monkeypatch.setattr("alb_mtls.listeners.cross_gate.refuse_if_cross_is_rejected", ask)
    return crossings


def test_the_listeners_are_tried_with_both_keys_before_there_is_one_and_not_again_when_it_is_renewed(
    asked: list[Crossing], capsys: pytest.CaptureFixture[str]
) -> None:
    held = made(given(listeners=ASKED))
    [crossing] = asked
    assert crossing.newer is not None
    assert (crossing.older.key.public_key(), crossing.newer.key.public_key()) == (
        OLDER.key.public_key(),
        NEWER.key.public_key(),
    )
    assert certificate_pem(crossing.cross) == held["crossPem"]
    assert "listener 8443/HTTPS was not tried" in capsys.readouterr().out
    CrossCertificateProvider().update("2-1", held, given(listeners=ASKED, outlives="800d"))
    assert len(asked) == 1


def test_without_the_newer_key_the_listeners_are_tried_with_what_there_is(asked: list[Crossing]) -> None:
    made(given(listeners=ASKED, privateKeys={"1": private_key_pem(OLDER.key)}))
    assert [one.newer for one in asked] == [None]


def test_a_hard_swap_and_a_stack_that_requests_no_certificates_try_no_listener(asked: list[Crossing]) -> None:
    made(given(listeners=ASKED, required=False))
    made(given(listeners=[]))
    assert asked == []


@pytest.mark.usefixtures("world")
def test_a_listener_that_rejects_it_keeps_the_cross_certificate_from_being_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any, **__: Any) -> list[str]:
        message = "listener 443/HTTPS rejected a client of generation 2 with its cross certificate"
        raise OperationFailed(message)

    monkeypatch.setattr("alb_mtls.listeners.cross_gate.refuse_if_cross_is_rejected", refuse)
    with pytest.raises(OperationFailed, match="rejected a client of generation 2"):
        made(given(listeners=ASKED))
    assert made(given())["crossPem"]


@pytest.mark.parametrize(("first", "times"), [("a hard swap that did not end well", 1), ("an `up` that asked", 0)])
def test_one_that_a_failed_hard_swap_left_is_tried_before_clients_are_handed_it_and_no_other_again(
    asked: list[Crossing], first: str, times: int
) -> None:
    provider = CrossCertificateProvider()
    held = made(given(required=first != "a hard swap that did not end well", listeners=ASKED))
    asked.clear()
    soft = given(listeners=ASKED)
    assert provider.diff("2-1", held, soft).changes is (times > 0)
    after = provider.update("2-1", held, soft).outs or {} if times else held
    assert [one.cross for one in asked] == [load_certificate(held["crossPem"])] * times
    # What clients were handed by then stays.
    assert after["crossPem"] == held["crossPem"]
    assert not provider.diff("2-1", after, soft).changes
