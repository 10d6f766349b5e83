"""What is read of a stack file beside its single values: defaults, what is lacking, names that are derived.

The values are in test_bad_input_values.py and their kinds in test_bad_input_types.py. These tests decide what a person
reads before anything is touched; whether nothing is touched, a stack test decides.
"""

from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.configuration.targets import repository_stem
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
    assert settings.proof.connections == 300
    assert settings.on_bypass == "warn"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("rootCa.key.size", 2048, "goes with algorithm rsa"),
        ("rootCa.generations", [{"number": 0}], "a list of whole numbers between 1 and"),
        ("rootCa.generations", [{"number": 2}], "rootCa.subject: stands beside generations"),
        ("rootCa.generations", [1, 1], "rootCa.generations: has generation 1 twice"),
        ("rootCa.generations", [2, 3], "rootCa.trusted: is needed: 2 or 3"),
        ("rootCa.trusted", 2, "rootCa.trusted: is 2, but must be one of the generations [1]"),
        ("rootCa.abandoned", [1], "rootCa.abandoned: names generation 1, which rootCa.trusted names too"),
        ("rootCa.abandoned", ["1"], "rootCa.abandoned: must be a list of numbers of generations"),
        ("rootCa.compromised", [1], "rootCa.compromised: names generation 1, which rootCa.trusted names too"),
        ("clients.0.kubernetesSecret", {"name": "tls"}, "kubernetesSecret.namespace: is needed"),
        ("cas", {}, "cas.endpoint: set the site"),
        ("listeners", [], "name at least one listener"),
        ("listeners.0.hosts", [], "listeners[0].hosts: names no host; name those that may be on the listener"),
        ("listeners.0.albConfig", "", "name the AlbConfig"),
        ("proof.client", {"certificateFile": "a.crt"}, "proof.client.keyFile: a client certificate"),
    ],
)
def test_what_is_lacking_contradicts_itself_or_is_not_available_is_refused_by_its_key(
    problems: Problems, path: str, value: object, said: str
) -> None:
    assert any(said in line for line in problems(put(path, value))), problems(put(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("enabled", "false"),
        ("listeners.0.takeOver", "1ed65580-cn-hangzhou"),
        ("proof.serverCa", "insecure"),
    ],
)
def test_a_value_without_bounds_is_accepted(problems: Problems, path: str, value: object) -> None:
    assert problems(put(path, value)) == ()


def test_a_listener_is_patched_unless_git_writes_its_albconfig_which_leaves_nothing_to_take_over(
    read: Read, problems: Problems
) -> None:
    assert read().listeners[0].write == "patch"
    assert read(put("listeners.0.write", "none")).listeners[0].write == "none"
    taken = problems(put("listeners.0.write", "none"), put("listeners.0.takeOver", "ca-of-theirs"))
    assert any("listeners[0].takeOver: takes a listener by a patch" in line for line in taken), taken
    assert any("must be one of patch, none" in line for line in problems(put("listeners.0.write", "git")))


def test_one_listener_named_twice_is_refused_and_two_ports_are_not(problems: Problems) -> None:
    twice = [{"albConfig": "alb", "port": 443}, {"albConfig": "alb", "port": 443}]
    assert any("name each only once" in line for line in problems(put("listeners", twice)))
    assert problems(put("listeners", [{"albConfig": "alb", "port": 443}, {"albConfig": "alb", "port": 8443}])) == ()


def test_two_clients_of_one_name_are_refused_and_two_names_are_not(problems: Problems) -> None:
    assert any("is the name of" in line for line in problems(put("clients", [{"name": "a"}, {"name": "a"}])))
    assert problems(put("clients", [{"name": "a"}, {"name": "b"}])) == ()


def test_a_generation_from_the_second_on_has_a_name_of_its_own(read: Read) -> None:
    assert read(put("rootCa.generations", [1])).root_ca.subject.common_name == "root"
    assert read(put("rootCa.generations", [2])).root_ca.subject.common_name == "root G2"


def test_a_purchased_ca_leaves_only_ready_made_client_certificates(problems: Problems) -> None:
    purchased = put("rootCa", {"source": "purchased", "identifier": "1ed65580"})
    assert any("clients bring their certificates" in line for line in problems(purchased))
    assert problems(purchased, put("clients", [])) == ()


def test_the_name_of_our_repository_begins_with_project_and_stack_and_leaves_room_for_what_is_drawn() -> None:
    assert repository_stem("Alb_mTLS", "dev") == "alb-mtls-dev"
    assert len(repository_stem("alb-mtls", "x" * 100)) == 31


def test_a_preview_does_without_the_key_of_the_proofs_client_and_an_up_does_not(problems: Problems) -> None:
    root = make_root()
    client = make_client(root)
    pair = put("proof.client", {"certificateFile": "probe.pem", "keyFile": "probe.key"})
    files = {"probe.pem": certificate_pem(client.certificate)}
    assert problems(pair, files=files, preview=True) == ()
    assert any("probe.key" in line for line in problems(pair, files=files, preview=False))
