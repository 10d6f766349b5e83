"""`init` in a terminal: one short question for each thing that cluster and cloud do not show, with a default."""

import io
import os
import pty
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from ops.cli import app
from ops.command import is_terminal
from ops.init import command
from tests.fakes.cas import Cas
from tests.helpers.albconfigs import albconfig, http
from tests.helpers.certificates import make_root, signing_request
from tests.helpers.ingresses import ingress
from tests.helpers.init_command import DNS_NAME, GENERATED, World, make_world, run_init, strict


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A cluster with one listener that can be switched, and a person."""
    monkeypatch.setattr(command, "is_terminal", lambda: True)
    return make_world(tmp_path, monkeypatch)


def _answered(*answers: str, options: tuple[str, ...] = ()) -> str:
    done = run_init(*options, answers=answers)
    assert done.code == 0, done.err
    return done.words


SUBJECT_ANSWERS = ("SG", "Singapore", "Singapore", "Example", "Platform")


def test_a_person_who_takes_every_default_answers_what_nobody_else_knows(world: World) -> None:
    _answered("", "generated", *SUBJECT_ANSWERS, "alice", "bob", "")

    settings = world.settings
    assert [one.name for one in settings.clients] == ["alice", "bob"]
    assert settings.root_ca.subject is not None
    assert settings.root_ca.subject.organizational_unit == "Platform"
    assert (settings.enabled, len(settings.listeners)) == (False, 1)


def test_a_wrong_answer_is_explained_and_the_question_comes_again(world: World) -> None:
    said = _answered("alb/80", "alb/443", "none", "generated", *SUBJECT_ANSWERS, "Alice", "alice", "alice", "")
    assert "the cluster has no listener alb/80; these can: alb/443" in said
    assert "must be imported or generated" in said
    assert "'Alice' is no name of a client" in said
    assert "client alice is there already" in said
    assert len(world.settings.clients) == 1


def test_listeners_are_chosen_among_those_that_are_shown_with_their_hosts(world: World) -> None:
    world.kube.items = [albconfig(http(), strict(), strict(8443), dnsname=DNS_NAME)]
    said = _answered("alb/443, alb/8443", "demo.alb.ingress.top", "", options=GENERATED)
    assert "alb/443: demo.alb.ingress.top (edition Standard)" in said
    assert "alb/80" not in said
    assert [one.key.port for one in world.settings.listeners] == [443, 8443]


def test_a_bypass_is_shown_with_a_question_and_none_is_without(world: World) -> None:
    assert "While this is so" not in _answered("", "", options=GENERATED)
    world.file.unlink()
    world.kube.items = [albconfig(http(), strict(), dnsname=DNS_NAME)]
    world.kube.routes = [ingress(ports='[{"HTTP": 80}, {"HTTPS": 443}]')]
    assert "While this is so" in _answered("", "warn", "", options=GENERATED)
    assert world.settings.on_bypass == "warn"


def test_the_context_that_is_current_is_suggested(world: World) -> None:
    world.contexts("staging", "prod", current="prod")
    said = _answered("", "", "", options=GENERATED)
    assert "has the contexts staging, prod" in said
    assert world.settings.access["kubernetes:context"] == "prod"


def test_where_both_sites_accept_the_credential_the_certificates_of_the_listener_suggest_one(world: World) -> None:
    world.sites = {"china": Cas(), "international": Cas()}
    listeners = [{"portAndProtocol": "443/HTTPS", "certificates": [{"certificateId": "1-ap-southeast-1"}]}]
    world.kube.items = [albconfig(strict(), dnsname=DNS_NAME, listeners=listeners)]
    _answered("", "", "", options=GENERATED)
    assert world.settings.cas.endpoint == "https://cas.ap-southeast-1.aliyuncs.com"


def test_a_file_that_is_missing_is_named_with_the_command_that_makes_it(world: World) -> None:
    said = _answered("", "", "pki/none.pem", *_imported(world), "")
    assert "mkdir -p pki && openssl req -x509" in said
    assert world.settings.root_ca.source == "imported"


def _imported(world: World) -> tuple[str, str]:
    root = make_root()
    (world.folder / "ca.pem").write_text(certificate_pem(root.certificate), "utf-8")
    (world.folder / "ca.key").write_text(private_key_pem(root.key), "utf-8")
    return "ca.pem", "ca.key"


def test_an_end_of_the_answers_writes_nothing(world: World) -> None:
    done = run_init(answers=[""])
    assert (done.code, "was not written" in done.err) == (2, True)
    assert not world.file.exists()


def test_with_yes_there_is_no_question(world: World) -> None:
    done = run_init(*GENERATED, "--yes")
    assert (done.code, "Root CA" in done.err) == (0, False)
    assert world.settings.clients == ()


def test_a_client_brings_its_request(world: World) -> None:
    request = signing_request(ec.generate_private_key(ec.SECP256R1()), "device-7")
    (world.folder / "device-7.pem").write_bytes(request.public_bytes(Encoding.PEM))
    said = _answered("", "device-7=nothing.pem", "device-7=device-7.pem", "", options=GENERATED)
    assert "openssl req -new" in said
    [device] = world.settings.clients
    assert device.csr_pem is not None


def test_a_pseudo_terminal_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path, monkeypatch)
    master, slave = pty.openpty()
    os.write(master, b"\nalice\n\n")
    with os.fdopen(slave, encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        with pytest.raises(SystemExit) as ended:
            app(["init", "prod", *GENERATED])
    os.close(master)
    assert ended.value.code == 0
    assert [one.name for one in world.settings.clients] == ["alice"]


@pytest.mark.parametrize("stdin", [None, io.StringIO("alice\n")])
def test_there_is_no_question_where_standard_input_is_closed_or_no_terminal(
    world: World, monkeypatch: pytest.MonkeyPatch, stdin: io.StringIO | None
) -> None:
    monkeypatch.setattr(command, "is_terminal", is_terminal)
    monkeypatch.setattr("ops.command.sys", SimpleNamespace(stdin=stdin))
    done = run_init()
    assert done.code == 2
    assert "--certificate-file" in done.words
    assert not world.file.exists()


def test_an_attribute_of_the_subject_that_an_up_refuses_has_its_question_again_at_once(world: World) -> None:
    said = _answered("", "generated", "Singapore", "SG", "\x1b[31mred", *SUBJECT_ANSWERS[1:], "")
    assert "'SINGAPORE' is not a country of two letters" in said
    assert "holds a character (U+001B)" in said
    assert world.settings.root_ca.subject is not None


def test_whoever_has_answered_in_a_terminal_is_not_sent_to_one(world: World) -> None:
    (world.folder / "ca.pem").write_text("no certificate", "utf-8")
    (world.folder / "ca.key").write_text("no key", "utf-8")
    done = run_init("--certificate-file", "ca.pem", answers=["", "", ""])
    assert done.code == 2
    assert done.words.endswith("was not written; give what is missing or wrong")
