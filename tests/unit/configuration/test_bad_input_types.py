"""Every key of the configuration with a value of every wrong kind, misspelled, or with a secret in its place.

These tables decide that each mistake is reported by its key, all of them at once, and that no message has a secret.
"""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from alb_mtls.configuration.accepted import ACCEPT_KEYS
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from tests.helpers.certificates import P256
from tests.helpers.scanner import Scanner
from tests.helpers.stack_file import Change, put

Problems = Callable[..., tuple[str, ...]]

IMPORTED = put("rootCa", {"source": "imported"})
PURCHASED = put("rootCa", {"source": "purchased"})
RSA = put("rootCa.key", {"algorithm": "rsa"})
ACCEPT = put("accept", [{"code": "WEAK_TLS_POLICY", "subject": "a", "until": "2027-03-31", "reason": "old clients"}])
SECRET = put("clients.0.kubernetesSecret", {"namespace": "default", "name": "alice"})

SUBJECT = ("country", "state", "locality", "organization", "organizationalUnit", "commonName", "email")
TEXTS = (
    "rootCa.source",
    *(f"rootCa.subject.{attribute}" for attribute in SUBJECT),
    "rootCa.key.algorithm",
    "rootCa.key.curve",
    "rootCa.certificateFile",
    "rootCa.keyFile",
    "rootCa.validity",
    "rootCa.identifier",
    "clients.0.name",
    *(f"clients.0.subject.{attribute}" for attribute in SUBJECT),
    "clients.0.validity",
    "clients.0.renewBefore",
    "clients.0.csrFile",
    "clients.0.certificateFile",
    "clients.0.kubernetesSecret.namespace",
    "clients.0.kubernetesSecret.name",
    "cas.endpoint",
    "cas.repository",
    "alb.endpoint",
    "listeners.0.albConfig",
    "listeners.0.protocol",
    "listeners.0.takeOver",
    "listeners.0.write",
    "proof.mode",
    "proof.host",
    "proof.path",
    "proof.serverCa",
    "proof.client.certificateFile",
    "proof.client.keyFile",
    "onBypass",
    "clusterId",
    *(f"accept.0.{name}" for name in ACCEPT_KEYS if name != "until"),
)
INTEGERS = (
    "rootCa.key.size",
    "rootCa.trusted",
    "listeners.0.port",
    "proof.deadlineSeconds",
    "proof.connections",
)
BOOLEANS = ("enabled", "rootCa.protect")
OBJECTS = (
    "rootCa",
    "rootCa.subject",
    "rootCa.key",
    "clients.0",
    "clients.0.subject",
    "clients.0.key",
    "clients.0.kubernetesSecret",
    "cas",
    "alb",
    "listeners.0",
    "proof",
    "proof.client",
)
LISTS = ("rootCa.generations", "clients", "clients.0.sans", "listeners", "accept")
DAYS = ("accept.0.until",)
TEXTS_OR_LISTS = ("listeners.0.connectTo",)
EVERY_KEY = (*TEXTS, *INTEGERS, *BOOLEANS, *OBJECTS, *LISTS, *DAYS, *TEXTS_OR_LISTS)

# Keys that are read only beside others.
BESIDE: dict[str, tuple[Change, ...]] = {
    "rootCa.key.size": (RSA,),
    "rootCa.certificateFile": (IMPORTED,),
    "rootCa.keyFile": (IMPORTED,),
    "rootCa.identifier": (PURCHASED,),
    "clients.0.kubernetesSecret.namespace": (SECRET,),
    "clients.0.kubernetesSecret.name": (SECRET,),
    **{f"accept.0.{name}": (ACCEPT,) for name in ACCEPT_KEYS},
}
WRONG: dict[str, tuple[tuple[str, ...], str, dict[str, Any]]] = {
    "text": (
        TEXTS,
        "must be a text, not",
        {"number": 7, "fraction": 0.5, "boolean": True, "object": {"a": 1}, "list": ["a"]},
    ),
    "day": (
        DAYS,
        "must be a day such as",
        {"number": 2027, "fraction": 0.5, "boolean": True, "object": {"a": 1}, "list": ["2027-03-31"]},
    ),
    "integer": (
        INTEGERS,
        "must be a whole number, not",
        {
            "words": "many",
            "fraction": 443.5,
            "infinity": float("inf"),
            "not a number": float("nan"),
            "boolean": True,
            "object": {"a": 1},
            "list": [443],
            "two signs": "--5",
            "underscore": "4_43",
            "blanks": " 443 ",
            "digits of another script": "٤٤٣",
            "more digits than Python reads": "4" * 5000,
        },
    ),
    "boolean": (
        BOOLEANS,
        "must be true or false, not",
        {"YAML 1.1": "yes", "capital": "True", "number": 1, "zero": 0, "object": {"a": 1}, "list": [True]},
    ),
    "object": (
        OBJECTS,
        "must be an object with the keys",
        {"text": "on", "number": 7, "boolean": False, "list": [{}]},
    ),
    "list": (LISTS, "must be a list, not", {"text": "1", "number": 1, "boolean": True, "object": {"0": {}}}),
    "text or list": (
        TEXTS_OR_LISTS,
        "must be a text or a list of them, not",
        {"number": 8443, "fraction": 0.5, "boolean": True, "object": {"0": "127.0.0.1:8443"}},
    ),
}
WRONG_CASES = [
    pytest.param(path, value, said, id=f"{path} {kind}")
    for paths, said, values in WRONG.values()
    for path in paths
    for kind, value in values.items()
]


def written(path: str) -> str:
    """Return a path as messages write it: `clients.0.name` is `clients[0].name`."""
    return path.replace(".0", "[0]")


def about(path: str, said: tuple[str, ...]) -> list[str]:
    """Return what is said about exactly this key."""
    return [line.removeprefix(f"{written(path)}: ") for line in said if line.startswith(f"{written(path)}: ")]


@pytest.mark.parametrize(("path", "value", "said"), WRONG_CASES)
def test_a_value_of_the_wrong_kind_is_reported_by_its_key(
    problems: Problems, path: str, value: object, said: str
) -> None:
    lines = about(path, problems(*BESIDE.get(path, ()), put(path, value)))
    assert any(line.startswith(said) for line in lines), lines


@pytest.mark.parametrize(("path", "value", "said"), WRONG_CASES)
def test_a_value_of_the_wrong_kind_is_reported_once_and_nothing_as_missing_in_it(
    problems: Problems, path: str, value: object, said: str
) -> None:
    beside = BESIDE.get(path, ())
    new = set(problems(*beside, put(path, value))) - set(problems(*beside))
    within = [line for line in new if line.startswith((f"{written(path)}: ", f"{written(path)}.", f"{written(path)}["))]
    assert [line.startswith(f"{written(path)}: {said}") for line in within] == [True], new


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "the number 1, as which YAML reads 01, 0x1F or 1e3 without quotes; put it in quotes"),
        (0.5, "the number 0.5, as which YAML reads 01, 0x1F or 1e3 without quotes; put it in quotes"),
        (True, "the YAML value true; put it in quotes"),
        # `dns: a.example`
        (
            {"dns": "a.example"},
            "an object, as which YAML reads a colon with a blank behind it; take the blank out, or put it in quotes",
        ),
        ({}, "an object"),
        (["a"], "a list"),
        (None, "nothing"),
    ],
)
def test_a_wrong_value_is_called_by_what_yaml_made_of_it(problems: Problems, value: object, kind: str) -> None:
    assert about("clients.0.sans[0]", problems(put("clients.0.sans", [value]))) == [f"must be a text, not {kind}"]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("rootCa.subject.state", 1, "must be a text, not the number 1, as which YAML reads 01, 0x1F or 1e3"),
        ("rootCa.subject.locality", False, "must be a text, not the YAML value false; put it in quotes"),
        # As the Pulumi CLI hands over a day without quotes.
        (
            "rootCa.subject.organization",
            "2026-12-31 00:00:00 +0000 UTC",
            "is 2026-12-31 00:00:00 +0000 UTC, which YAML makes of a day or a time without quotes; put it in quotes",
        ),
        (
            "listeners.0.port",
            "\uff14\uff14\uff13",
            "not the text '\uff14\uff14\uff13' (FULLWIDTH DIGIT FOUR (U+FF14) stands at position 1)",
        ),
        ("enabled", "on", "must be true or false, not the text 'on'"),
        ("enabled", 1, "must be true or false, not the number 1"),
    ],
)
def test_what_yaml_made_of_a_value_is_one_line(problems: Problems, path: str, value: object, said: str) -> None:
    [line] = problems(put(path, value))
    assert line.startswith(f"{written(path)}: ")
    assert said in line


def test_a_text_that_only_looks_like_what_yaml_makes_is_taken(problems: Problems) -> None:
    for text in ("01", "NO", "2026-12-31", "1e3", "null"):
        assert problems(put("rootCa.subject.organization", text)) == ()


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("clients.0.name", "\uff41lice", "FULLWIDTH LATIN SMALL LETTER A (U+FF41) stands at position 1"),
        (
            "clients.0.name",
            "al\u0456ce",
            "CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I (U+0456) stands at position 3",
        ),
        ("clients.0.name", "\u201calice\u201d", "LEFT DOUBLE QUOTATION MARK (U+201C) stands at position 1"),
        ("rootCa.subject.country", "\uff23\uff2e", "FULLWIDTH LATIN CAPITAL LETTER C (U+FF23) stands at position 1"),
        ("listeners.0.albConfig", "alb\u2013two", "EN DASH (U+2013) stands at position 4"),
        ("proof.host", "demo\u3002example", "IDEOGRAPHIC FULL STOP (U+3002) stands at position 5"),
        ("cas.endpoint", "\uff43hina", "FULLWIDTH LATIN SMALL LETTER C (U+FF43) stands at position 1"),
    ],
)
def test_a_character_that_looks_like_another_is_named(problems: Problems, path: str, value: object, named: str) -> None:
    [line] = problems(put(path, value))
    assert named in line


def test_other_scripts_are_taken_where_they_may_stand(problems: Problems) -> None:
    for text in ("北京", "Пример", "Παράδειγμα", "Müller \u2013 Söhne"):
        assert problems(put("rootCa.subject.locality", text)) == ()


def test_a_key_in_full_width_letters_is_named_with_the_one_that_was_meant(problems: Problems) -> None:
    assert about("proof.\uff48ost", problems(put("proof.\uff48ost", "x"))) == [
        "unknown key (FULLWIDTH LATIN SMALL LETTER H (U+FF48) stands at position 1); did you mean 'host'?"
    ]


def test_a_line_about_capitals_says_where_they_belong_for_a_client_and_not_for_a_fleet(problems: Problems) -> None:
    assert problems(put("clients.0.name", "Alice")) == (
        (
            "clients[0].name: is 'Alice', but may hold only a-z, 0-9 and -, and at most 40 of them, such as alice; "
            "capitals and blanks belong into subject.commonName"
        ),
    )
    [line] = problems(put("fleets", [{"name": "Devices", "namesFile": "names.txt"}]), put("clients", []))[:1]
    assert line.endswith("at most 40 of them, such as devices")


def test_the_wrong_kinds_of_all_keys_are_reported_at_once(problems: Problems) -> None:
    texts = [path for path in TEXTS if path not in BESIDE]
    integers = [path for path in INTEGERS if path not in BESIDE]
    wrong = [SECRET, *(put(path, 7) for path in texts), *(put(path, "many") for path in (*integers, *BOOLEANS))]
    wrong += [put("alb", []), put("clients.0.sans", "dns:a"), put("rootCa.generations", {})]
    found = {line.partition(": ")[0] for line in problems(*wrong)}
    # What an object holds is not read when the object is none.
    expected = {written(path) for path in (*texts, *integers, *BOOLEANS) if not path.startswith("alb.")}
    assert found >= expected | {"alb", "clients[0].sans", "rootCa.generations"}


BLANKS = {"NO-BREAK SPACE": "\u00a0", "IDEOGRAPHIC SPACE": "\u3000"}
PATHS = tuple(path for path in TEXTS if path.endswith(("File", "serverCa")))


@pytest.mark.parametrize("name", BLANKS)
@pytest.mark.parametrize("path", TEXTS)
def test_a_blank_that_looks_like_another_is_reported_by_its_name_and_taken_in_a_path(
    problems: Problems, path: str, name: str
) -> None:
    lines = about(path, problems(*BESIDE.get(path, ()), put(path, f"a{BLANKS[name]}b")))
    if path in PATHS:
        assert not any("plain blank" in line for line in lines)
    else:
        where = f"holds {name} (U+{ord(BLANKS[name]):04X}) at position 2"
        assert lines == [f"{where}, which looks like a blank and is none; type a plain blank instead"]


@pytest.mark.parametrize("path", EVERY_KEY)
def test_null_and_nothing_mean_that_a_key_is_left_out(problems: Problems, path: str) -> None:
    said = problems(*BESIDE.get(path, ()), put(path, None))
    assert not any("must be" in line for line in about(path, said))


def misspelled(name: str) -> list[str]:
    """Return slips of the keyboard: a letter left out, doubled or swapped, the wrong case, an underscore."""
    middle = len(name) // 2
    swapped = name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    slips = {
        name[:middle] + name[middle + 1 :],
        name[:middle] + name[middle] + name[middle:],
        swapped,
        name.upper(),
        name[0].upper() + name[1:],
        snake,
    }
    return sorted(slips - {name})


@pytest.mark.parametrize("path", [path for path in EVERY_KEY if not path.endswith(".0")])
def test_a_misspelled_key_is_reported_with_the_one_that_was_meant(problems: Problems, path: str) -> None:
    *parents, name = path.split(".")
    for slip in misspelled(name):
        wrong = ".".join([*parents, slip])
        lines = about(wrong, problems(*BESIDE.get(path, ()), put(wrong, "x")))
        assert lines == [f"unknown key; did you mean {name!r}?"], slip


def test_a_key_like_no_other_is_reported_with_those_that_exist(problems: Problems) -> None:
    assert about("cas.mode", problems(put("cas.mode", "x"))) == ["unknown key; known here are endpoint, repository"]


KEY = generate_private_key(P256)
PASTED = {
    "PEM": private_key_pem(KEY),
    "PEM in one line": private_key_pem(KEY).replace("\n", ""),
    "PEM after a path": f"ca.key\n{private_key_pem(KEY)}",
    "base64 of PKCS#8": base64.b64encode(KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode(),
    "base64 of SEC 1": base64.b64encode(
        KEY.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    ).decode(),
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    """Knows the key that is pasted."""
    scanner = Scanner()
    scanner.learn_key("the pasted key", private_key_pem(KEY))
    return scanner


@pytest.mark.parametrize("form", PASTED)
@pytest.mark.parametrize("path", EVERY_KEY)
def test_a_private_key_pasted_as_a_value_is_reported_and_not_repeated(
    problems: Problems, scanner: Scanner, path: str, form: str
) -> None:
    said = problems(*BESIDE.get(path, ()), put(path, PASTED[form]))
    assert about(path, said)
    assert scanner.find("messages", "\n".join(said)) == []


@pytest.mark.parametrize("form", PASTED)
@pytest.mark.parametrize("parent", ["", "rootCa.", "clients.0.", "listeners.0.", "proof.client."])
def test_a_private_key_pasted_as_a_key_is_reported_and_not_repeated(
    problems: Problems, scanner: Scanner, parent: str, form: str
) -> None:
    # Dots part the keys of a path here, and no form of a private key has one.
    said = problems(put(f"{parent}{PASTED[form]}".replace("ca.key", "key"), "x"))
    assert any("(a private key): unknown key" in line for line in said)
    assert scanner.find("messages", "\n".join(said)) == []


def test_a_private_key_among_the_names_of_a_client_is_reported_and_not_repeated(
    problems: Problems, scanner: Scanner
) -> None:
    said = problems(put("clients.0.sans", ["dns:alice.example", PASTED["base64 of SEC 1"]]))
    assert about("clients.0.sans[1]", said)
    assert scanner.find("messages", "\n".join(said)) == []


def test_the_content_of_a_file_where_its_path_belongs_is_reported_as_that(problems: Problems) -> None:
    said = problems(IMPORTED, put("rootCa.certificateFile", "-----BEGIN CERTIFICATE-----\nMIIB"))
    assert "holds the content of a file; give the path of the file" in about("rootCa.certificateFile", said)
