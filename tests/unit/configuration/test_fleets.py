"""Fleets of clients: what is taken for one, and what is reported by file or line, all at once."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.configuration.model import FleetSettings
from alb_mtls.configuration.parse import parse_settings
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import generate_private_key
from alb_mtls.text_files import read_text
from tests.helpers.certificates import P256, signing_request
from tests.helpers.documents import REPOSITORY
from tests.helpers.imported_stack import ROOT, generated, imported
from tests.helpers.stack_file import surroundings

Parse = Callable[..., Any]
KEYS = [generate_private_key(P256) for _ in range(4)]
REQUESTS = [signing_request(key, "device").public_bytes(Encoding.PEM) for key in KEYS]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a fleet with three requests."""
    path = tmp_path / "csr"
    path.mkdir()
    for name, request in zip("abc", REQUESTS, strict=False):
        (path / f"{name}.csr").write_bytes(request)
    return path


def fleets(**changes: Any) -> dict[str, Any]:
    return {"rootCa": generated(), "fleets": [{"name": "devices", "csrFolder": "csr", **changes}]}


def of_names(**changes: Any) -> dict[str, Any]:
    return {"rootCa": generated(), "fleets": [{"name": "devices", "namesFile": "names.pem", **changes}]}


def read(values: dict[str, Any]) -> FleetSettings:
    deployment = {"cas": {"endpoint": "china"}, "listeners": [{"albConfig": "alb", "port": 443}]}
    [fleet] = parse_settings({**deployment, **values}, surroundings(read_file=read_text)).fleets
    return fleet


def named(fleet: FleetSettings) -> list[str]:
    return [client.name for client in fleet.clients]


def test_each_request_of_a_folder_is_a_client_that_is_called_after_its_file(parse: Parse, folder: Path) -> None:
    (folder / "D-4.node-1.PEM").write_bytes(REQUESTS[3])
    assert parse(fleets()).problems == ()
    fleet = read(fleets(sans=["dns:{name}.example"], subject={"organization": "Example"}))
    assert sorted(named(fleet)) == ["devices/D-4.node-1", "devices/a", "devices/b", "devices/c"]
    assert (fleet.clients[1].subject.common_name, fleet.clients[1].subject.organization) == ("a", "Example")
    assert fleet.clients[1].sans == ("dns:a.example",)
    assert (fleet.clients[1].validity, fleet.clients[1].renew_before, fleet.kept) == ("365d", "33%", ())


def test_other_files_hidden_files_and_folders_below_are_passed_over(parse: Parse, folder: Path) -> None:
    (folder / "README.md").write_text("no request")
    (folder / "._a.csr").write_bytes(b"\0")
    (folder / "below").mkdir()
    (folder / "below" / "x.csr").write_bytes(b"no request")
    assert parse(fleets()).problems == ()
    assert named(read(fleets())) == ["devices/a", "devices/b", "devices/c"]


def test_each_line_of_a_file_of_names_is_a_client_whose_key_is_made_here(parse: Parse) -> None:
    text = "\ufeff# workers\r\nw-1  # the first\r\n\r\n  w-2\t\rw-3\n"
    assert parse(of_names(), names=text).problems == ()
    fleet = read(of_names())
    assert named(fleet) == ["devices/w-1", "devices/w-2", "devices/w-3"]
    assert (fleet.clients[0].key.algorithm, fleet.clients[0].key.curve) == ("ecdsa", "P-256")
    assert read(of_names(key={"algorithm": "rsa"})).clients[0].key.size == 4096


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"namesFile": "names.pem"}, "fleets[0].csrFolder: a fleet has either csrFolder or namesFile, but both"),
        ({"csrFolder": None}, "fleets[0].csrFolder: a fleet has either csrFolder or namesFile, but none is"),
        ({"name": ""}, "fleets[0].name: each fleet needs a name"),
        ({"name": "Devices"}, "fleets[0].name: is 'Devices', but may hold only a-z"),
        ({"key": {"algorithm": "rsa"}}, "fleets[0].key: cannot be given with csrFolder"),
        ({"rotateKey": False}, "fleets[0].rotateKey: cannot be given with csrFolder"),
        ({"onBadRequest": "ignore"}, "fleets[0].onBadRequest: is 'ignore', but must be one of stop, skip"),
        ({"subject": {"commonName": "device"}}, "fleets[0].subject.commonName: must hold {name}"),
        ({"subject": {"commonName": "{nmae}", "email": "{name}@x.example"}}, "subject.commonName: holds {nmae}"),
        ({"subject": {"country": "CHN"}}, "fleets[0].subject.country: 'CHN' is not a country"),
        ({"sans": ["dns:*.{name}.example"]}, "fleets[0].sans[0]: '*.a.example' is a wildcard"),
        ({"csrFolder": "nowhere"}, "fleets[0].csrFolder: cannot read the folder nowhere: No such file or directory"),
        ({"csrFolder": "csr/a.csr"}, "fleets[0].csrFolder: cannot read the folder csr/a.csr: Not a directory"),
        ({"csrFolder": "empty"}, "fleets[0].csrFolder: the folder empty holds no file that ends in .csr or .pem"),
    ],
)
def test_a_mistake_in_the_fleet_itself_is_reported_by_its_key(
    parse: Parse, folder: Path, change: dict[str, Any], said: str
) -> None:
    (folder.parent / "empty").mkdir()
    [line] = parse(fleets(**change), names="w-1").problems
    assert said in line


def test_what_is_wrong_for_every_client_is_reported_once(parse: Parse, folder: Path) -> None:
    (folder / "bad.csr").touch()
    problems = parse(fleets(sans=["dns:{name}", "10.0.0.1"])).problems
    assert [line.split(": ")[0] for line in problems] == ["fleets[0].sans[1]", "fleets[0].csrFolder"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("# nobody\n", "holds no name"),
        (b"caf\xe9\n", "is not in UTF-8; save it so"),
        ("w 1\n", "names.pem:1: the name 'w 1' may hold only A-Z, a-z and 0-9"),
        ("w-1\n\n-w\n", "names.pem:3: the name '-w' may hold only"),
        ("w-1\nW-1\n", "names.pem:1: names.pem:2 has the same name"),
        ("com1.lan\n", "names.pem:1: the name 'com1.lan' is that of a device on Windows"),
        ("w" * 65, "has 65 characters, but at most 64"),
    ],
)
def test_what_is_wrong_with_names_is_reported_by_line(parse: Parse, content: str | bytes, said: str) -> None:
    problems = parse(of_names(), names=content).problems
    assert any(said in line for line in problems), problems


@pytest.mark.parametrize(("names", "taken"), [("w-1\nw-2", True), ("w-1\nw-2\nw-3", False)])
def test_a_fleet_of_more_clients_than_were_tried_is_refused(
    parse: Parse, monkeypatch: pytest.MonkeyPatch, names: str, *, taken: bool
) -> None:
    monkeypatch.setattr("alb_mtls.configuration.fleet_sources.MOST_CLIENTS", 2)
    problems = parse(of_names(), names=names).problems
    said = "fleets[0].namesFile: a fleet has at most 2 clients, but here are 3; make several stacks of them"
    assert problems == (() if taken else (said,))


def test_names_in_utf16_are_read_as_windows_writes_them(parse: Parse) -> None:
    assert parse(of_names(), names="w-1\r\nw-2\r\n".encode("utf-16")).problems == ()
    assert named(read(of_names())) == ["devices/w-1", "devices/w-2"]


def _spoilt(folder: Path) -> dict[str, str]:
    """Put one of each kind of file that cannot be used into a folder; return what is said of each."""
    (folder / "text.csr").write_text("no request")
    (folder / "empty.csr").touch()
    (folder / "der.csr").write_bytes(signing_request(KEYS[3], "device").public_bytes(Encoding.DER))
    (folder / "huge.csr").write_bytes(b"x" * 65_537)
    (folder / "dangling.csr").symlink_to("nowhere")
    (folder / "folder.csr").mkdir()
    os.mkfifo(folder / "pipe.csr")
    (folder / "sha1.csr").write_bytes((REPOSITORY / "tests/cases/csr-sha1.pem").read_bytes())
    (folder / "a b.csr").write_bytes(REQUESTS[3])
    return {
        "text.csr": "this is not a certificate signing request in PEM form",
        "empty.csr": "this is not a certificate signing request in PEM form",
        "der.csr": "it is not text; give the PEM form, not DER",
        "huge.csr": "it has 65,537 octets, but a request has at most 65,536",
        "dangling.csr": "it cannot be read: No such file or directory",
        "folder.csr": "it is no regular file",
        "pipe.csr": "it is no regular file",
        "sha1.csr": "is signed with SHA-1",
        "a b.csr": "the name 'a b' may hold only",
    }


def test_every_request_that_cannot_be_used_is_named_by_its_file_at_once(parse: Parse, folder: Path) -> None:
    said = _spoilt(folder)
    problems = parse(fleets()).problems
    for name, sentence in said.items():
        [line] = [one for one in problems if one.startswith(f"fleets[0].csrFolder: csr/{name}: ")]
        assert sentence in line
    assert len(problems) == len(said)


def test_with_skip_only_their_own_clients_are_passed_over_and_kept(parse: Parse, folder: Path) -> None:
    said = _spoilt(folder)
    found = parse(fleets(onBadRequest="skip"))
    assert (found.problems, len(found.warnings)) == ((), len(said))
    assert all("(skipped: this client keeps what it has)" in line for line in found.warnings)
    fleet = read(fleets(onBadRequest="skip"))
    assert named(fleet) == ["devices/a", "devices/b", "devices/c"]
    assert set(fleet.kept) == {
        *(f"devices/{name.removesuffix('.csr')}" for name in said if name != "a b.csr"),
        "devices/*",
    }


def test_of_many_that_are_skipped_ten_are_named_and_the_rest_counted(parse: Parse, folder: Path) -> None:
    for number in range(12):
        (folder / f"bad-{number:02}.csr").touch()
    warnings = parse(fleets(onBadRequest="skip")).warnings
    assert len(warnings) == 11
    assert "12 requests are skipped, of which 10 are named here" in warnings[-1]
    assert len(parse(fleets()).problems) == 12


def test_while_nobody_may_be_rejected_a_bad_request_stops_nothing(parse: Parse, folder: Path) -> None:
    (folder / "bad.csr").touch()
    assert len(parse(fleets()).problems) == 1
    found = parse({**fleets(), "enabled": False})
    assert (found.problems, len(found.warnings)) == ((), 1)
    gone = parse({**fleets(csrFolder="nowhere"), "enabled": False})
    assert (gone.problems, len(gone.warnings)) == ((), 1)
    assert read({**fleets(csrFolder="nowhere"), "enabled": False}).kept == ("devices/*",)


def test_a_folder_that_cannot_be_read_stops_although_requests_are_skipped(parse: Parse) -> None:
    assert len(parse(fleets(csrFolder="nowhere", onBadRequest="skip")).problems) == 1


def test_two_requests_with_one_key_are_both_named_and_both_kept(parse: Parse, folder: Path) -> None:
    (folder / "copy.csr").write_bytes(REQUESTS[0])
    problems = parse(fleets()).problems
    assert [line.split(": ")[1] for line in problems] == ["csr/a.csr", "csr/copy.csr"]
    assert all("holds the same key; one key under two names is one client" in line for line in problems)
    fleet = read(fleets(onBadRequest="skip"))
    assert (named(fleet), set(fleet.kept)) == (["devices/b", "devices/c"], {"devices/a", "devices/copy"})


@pytest.mark.parametrize(("second", "same"), [("a.pem", True), ("A.csr", True), ("d.csr", False)])
def test_two_files_that_would_be_one_on_another_system_are_refused(
    parse: Parse, folder: Path, second: str, *, same: bool
) -> None:
    (folder / second).write_bytes(REQUESTS[3])
    assert len(parse(fleets()).problems) == (2 if same else 0)


def test_a_key_or_a_subject_of_another_client_is_refused_in_a_fleet(parse: Parse, folder: Path) -> None:
    (folder.parent / "alice.pem").write_bytes(REQUESTS[1])
    own = {"clients": [{"name": "alice", "csrFile": "alice.pem"}, {"name": "bob", "subject": {"commonName": "A"}}]}
    assert parse(fleets(subject={"commonName": "device {name}"})).problems == ()
    problems = parse({**fleets(), **own}).problems
    assert any("csr/a.csr: its subject is that of client 'bob' too" in line for line in problems), problems
    assert any("csr/b.csr: holds the same key as client 'alice'" in line for line in problems), problems
    assert len(problems) == 2


def test_two_fleets_may_have_clients_of_one_name_but_not_of_one_subject_or_fleet_name(parse: Parse) -> None:
    first = {"name": "devices", "namesFile": "names.pem"}
    second: dict[str, Any] = {**first, "name": "workers"}
    values = {"rootCa": generated(), "fleets": [first, second]}
    assert "its subject is that of client 'devices/w-1' too" in parse(values, names="w-1").problems[0]
    second["subject"] = {"commonName": "worker {name}"}
    assert parse(values, names="w-1").problems == ()
    second["name"] = "devices"
    assert "fleets[1].name: 'devices' is the name of fleets[0] too" in parse(values, names="w-1").problems[0]


def test_a_fleet_that_is_called_as_a_client_is_refused(parse: Parse) -> None:
    values = {**of_names(), "clients": [{"name": "devices"}]}
    assert "fleets[0].name: 'devices' is the name of clients[0] too" in parse(values, names="w-1").problems[0]


@pytest.mark.parametrize(("name", "taken"), [("w_1", False), ("w-1", True)])
def test_a_name_that_breaks_a_subject_alternative_name_is_refused_by_its_line(
    parse: Parse, name: str, *, taken: bool
) -> None:
    problems = parse(of_names(sans=["dns:{name}.example"]), names=name).problems
    assert [line.startswith("fleets[0].namesFile: names.pem:1: ") for line in problems] == ([] if taken else [True])


def test_a_request_with_the_key_of_the_root_ca_is_refused(parse: Parse, folder: Path) -> None:
    values = imported(clients=[], fleets=fleets()["fleets"])
    parse_beside = partial(parse, ca=certificate_pem(ROOT.certificate))
    assert parse_beside(values).problems == ()
    (folder / "root.csr").write_bytes(signing_request(ROOT.key, "root").public_bytes(Encoding.PEM))
    [line] = parse_beside(values).problems
    assert "csr/root.csr: it carries the root CA's own key" in line


def test_a_root_ca_that_cannot_sign_has_no_fleet(parse: Parse) -> None:
    values = {"rootCa": {"source": "purchased", "identifier": "1ed65580"}, "fleets": of_names()["fleets"]}
    assert any("nothing can be signed with a purchased root CA" in line for line in parse(values, names="w-1").problems)
