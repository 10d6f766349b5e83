"""Every mistake of a stack file is reported at once, by its key, with the value against the bound.

These tests decide what a person reads before anything is touched; whether nothing is touched, a stack test decides.
"""

from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.configuration.targets import derived_name
from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.certificates import make_client, make_root
from tests.helpers.stack_file import put

Problems = Callable[..., tuple[str, ...]]
Read = Callable[..., Any]


def test_a_working_stack_file_is_read_with_every_default_filled_in(read: Read) -> None:
    settings = read()
    assert settings.enabled is True
    assert settings.root_ca.validity == "3650d"
    assert settings.clients[0].renew_before == "33%"
    assert settings.listeners[0].key.protocol == "HTTPS"
    assert settings.proof.path == "/"
    assert settings.proof.deadline_seconds == 120
    assert settings.on_bypass == "warn"


def test_all_mistakes_are_reported_in_one_go(problems: Problems) -> None:
    said = problems(
        put("enabled", "yes"),
        put("rootCa.subject.country", "China"),
        put("clients.0.name", "Alice"),
        put("cas.endpoint", "mars"),
        put("listeners.0.port", 70000),
        put("onBypass", "ignore"),
    )
    keys = {line.split(": ", 1)[0] for line in said}
    assert keys == {
        "enabled",
        "rootCa.subject.country",
        "clients[0].name",
        "cas.endpoint",
        "listeners[0].port",
        "onBypass",
    }


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("enabled", 1, "enabled: must be true or false"),
        ("rootCa", "generated", "rootCa: must be an object"),
        ("rootCa.source", "bought", "rootCa.source: is 'bought', but must be one of generated"),
        ("rootCa.subject.organisation", "x", "did you mean 'organization'?"),
        ("rootCa.key.size", 2048, "goes with algorithm rsa"),
        ("rootCa.key", {"algorithm": "rsa", "size": 2048}, "is 2048 bits, but must lie between 3072 and 4096"),
        ("rootCa.key", {"algorithm": "rsa", "size": 3500}, "is 3500 bits, but must be 3072 or 4096"),
        ("rootCa.key", {"algorithm": "ecdsa", "curve": "P-521"}, "rootCa.key.curve: is 'P-521'"),
        ("rootCa.validityDays", 3650, "rootCa.validityDays: unknown key; did you mean 'validity'?"),
        ("rootCa.validity", "29m", "is 29m, but must lie between 30m and 36500d"),
        ("rootCa.validity", "36501d", "is 36501d, but must lie between 30m and 36500d"),
        ("rootCa.validity", "a year", "'a year' is no duration; it looks like 365d, 12h or 30m"),
        ("rootCa.validity", 3650, "rootCa.validity: must be a text, not a number"),
        ("rootCa.validity", "47h", "is 47h, but the certificates of its clients need a root CA of at least 2d"),
        ("rootCa.generations", [{"number": 0}], "a list of whole numbers between 1 and"),
        ("rootCa.generations", [{"number": 2}], "rootCa.subject: stands beside generations"),
        ("rootCa.abandoned", [1], "rootCa.abandoned: is not available yet; remove it"),
        ("rootCa.compromised", [1], "rootCa.compromised: is not available yet; remove it"),
        ("clients.0.rotateKey", True, "clients[0].rotateKey: is not available yet; remove it"),
        ("fleets", [], "fleets: is not available yet; remove it"),
        ("listeners.0.hosts", [], "listeners[0].hosts: is not available yet; remove it"),
        ("listeners.0.takeOver", True, "listeners[0].takeOver: must be a text, not true or false"),
        ("rootCa.generations", [1, 2], "more than one generation"),
        ("rootCa.trusted", 3, "must be one of the generations [1]"),
        ("rootCa.identifier", "abc", "goes with source purchased"),
        ("rootCa.keyFile", "ca.key", "goes with source imported"),
        ("clients.0.name", "a" * 41, "at most 40 of them"),
        ("clients.0.sans", ["alice.example"], "clients[0].sans[0]:"),
        ("clients.0.renewBefore", "soon", "clients[0].renewBefore:"),
        ("clients.0.csrFile", "missing.pem", "cannot read missing.pem: No such file"),
        ("clients.0.Name", "x", "did you mean 'name'?"),
        ("clients.0.kubernetesSecret", {"name": "tls"}, "kubernetesSecret.namespace: is needed"),
        ("cas", {}, "cas.endpoint: set the site"),
        ("cas.endpoint", "http://cas.aliyuncs.com", "cas.endpoint:"),
        ("listeners", [], "name at least one listener"),
        ("listeners.0.albConfig", "", "name the AlbConfig"),
        ("listeners.0.protocol", "QUIC", "cannot request client certificates"),
        ("listeners.0.protocol", "HTTP", "cannot request client certificates"),
        ("listeners.0.write", "none", "not available yet"),
        ("listeners.0.connectTo", "127.0.0.1", "is no host:port"),
        ("proof.path", "health", "must begin with /"),
        ("proof.deadlineSeconds", 1, "is 1 seconds, but must lie between 5 and 3600"),
        ("proof.client", {"certificateFile": "a.crt"}, "proof.client.keyFile: a client certificate"),
        ("onByPass", "fail", "did you mean 'onBypass'?"),
    ],
)
def test_a_wrong_value_is_refused_by_its_key(problems: Problems, path: str, value: object, said: str) -> None:
    assert any(said in line for line in problems(put(path, value))), problems(put(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("enabled", "false"),
        ("rootCa.key", {"algorithm": "rsa", "size": 3072}),
        ("rootCa.key", {"algorithm": "ecdsa", "curve": "P-384"}),
        ("rootCa.validity", "48h"),
        ("rootCa.validity", "36500d"),
        ("clients.0.validity", "30m"),
        ("listeners.0.takeOver", "1ed65580-cn-hangzhou"),
        ("rootCa.generations", [2]),
        ("clients.0.name", "a" * 40),
        ("clients.0.sans", ["dns:alice.example", "email:alice@example.com", "uri:spiffe://example.com/alice"]),
        ("clients.0.renewBefore", "30d"),
        ("clients.0.kubernetesSecret", {"namespace": "default", "name": "alice-tls"}),
        ("cas.endpoint", "china"),
        ("cas.endpoint", "http://127.0.0.1:18080"),
        ("cas.repository", "team-repository"),
        ("listeners.0.connectTo", "[::1]:8443"),
        ("proof.deadlineSeconds", 5),
        ("proof.serverCa", "insecure"),
        ("onBypass", "fail"),
    ],
)
def test_its_allowed_twin_is_accepted(problems: Problems, path: str, value: object) -> None:
    assert problems(put(path, value)) == ()


def test_one_listener_named_twice_is_refused_and_two_ports_are_not(problems: Problems) -> None:
    twice = [{"albConfig": "alb", "port": 443}, {"albConfig": "alb", "port": 443}]
    assert any("name each only once" in line for line in problems(put("listeners", twice)))
    assert problems(put("listeners", [{"albConfig": "alb", "port": 443}, {"albConfig": "alb", "port": 8443}])) == ()


def test_two_clients_of_one_name_are_refused_and_two_names_are_not(problems: Problems) -> None:
    assert any("is the name of" in line for line in problems(put("clients", [{"name": "a"}, {"name": "a"}])))
    assert problems(put("clients", [{"name": "a"}, {"name": "b"}])) == ()


def test_without_a_region_the_alb_api_cannot_be_found_but_an_endpoint_will_do(problems: Problems) -> None:
    assert any(line.startswith("alicloud:region:") for line in problems(region=None))
    assert problems(put("alb", {"endpoint": "http://127.0.0.1:18081"}), region=None) == ()


def test_a_generation_from_the_second_on_has_a_name_of_its_own(read: Read) -> None:
    assert read(put("rootCa.generations", [1])).root_ca.subject.common_name == "root"
    assert read(put("rootCa.generations", [2])).root_ca.subject.common_name == "root G2"


def test_a_name_that_grows_too_long_with_its_generation_is_refused(problems: Problems) -> None:
    long_name = put("rootCa.subject.commonName", "r" * 62)
    assert problems(long_name) == ()
    assert any("65 characters" in line for line in problems(long_name, put("rootCa.generations", [2])))


def test_a_wrong_value_never_appears_in_the_message_when_its_type_is_wrong(problems: Problems) -> None:
    said = problems(put("rootCa", "-----BEGIN PRIVATE KEY----- pasted here"))
    assert said
    assert not any("PRIVATE KEY" in line for line in said)


def test_a_purchased_ca_leaves_only_ready_made_client_certificates(problems: Problems) -> None:
    purchased = put("rootCa", {"source": "purchased", "identifier": "1ed65580"})
    assert any("clients bring their certificates" in line for line in problems(purchased))
    assert problems(purchased, put("clients", [])) == ()


def test_the_name_of_our_repository_is_derived_and_differs_between_stacks() -> None:
    assert derived_name("alb-mtls", "dev").startswith("alb-mtls-dev-")
    assert derived_name("alb-mtls", "dev") != derived_name("alb-mtls", "prod")
    assert len(derived_name("alb-mtls", "x" * 100)) <= 40


def test_a_preview_does_without_the_key_of_the_proofs_client_and_an_up_does_not(problems: Problems) -> None:
    root = make_root()
    client = make_client(root)
    pair = put("proof.client", {"certificateFile": "probe.pem", "keyFile": "probe.key"})
    files = {"probe.pem": certificate_pem(client.certificate)}
    assert problems(pair, files=files, preview=True) == ()
    assert any("probe.key" in line for line in problems(pair, files=files, preview=False))
