"""Names keep the bounds of RFC 5280 (docs/facts/x509-and-tls.md, Bounds of names)."""

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.name_constraints import name_text, whole_name
from alb_mtls.pki.san import parse_san, san_problem
from alb_mtls.pki.subject import Subject, subject_problems, to_name
from tests.helpers.certificates import ROOT_SUBJECT

UPPER_BOUNDS = {
    "state": 128,
    "locality": 128,
    "organization": 64,
    "organizational_unit": 64,
    "common_name": 64,
}
OIDS = {
    "state": x509.NameOID.STATE_OR_PROVINCE_NAME,
    "locality": x509.NameOID.LOCALITY_NAME,
    "organization": x509.NameOID.ORGANIZATION_NAME,
    "organizational_unit": x509.NameOID.ORGANIZATIONAL_UNIT_NAME,
    "common_name": x509.NameOID.COMMON_NAME,
}
LONGEST_DOMAIN = ".".join(["d" * 63, "d" * 63, "d" * 63, "d" * 61])


def _said(**attributes: str) -> list[str]:
    return [f"{p.field}: {p.message}" for p in subject_problems(Subject(**attributes).normalised(), required=())]


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ({"country": "cn"}, {"country": "C1"}),
        ({"country": "CN"}, {"country": "CHN"}),
        ({"country": "SS"}, {"country": "ß"}),
        ({"country": "CN"}, {"country": "C"}),
        ({"country": "CN"}, {"country": "CN\n"}),
        *[({field: "x" * bound}, {field: "x" * (bound + 1)}) for field, bound in UPPER_BOUNDS.items()],
        ({"organization": "阿" * 64}, {"organization": "阿" * 65}),
        ({"common_name": "阿" * 21}, {"common_name": "阿" * 22}),
        ({"common_name": "root ca"}, {"common_name": "root\nca"}),
        ({"common_name": "r"}, {"common_name": "r\0"}),
        ({"common_name": "r"}, {"common_name": "r\u202e"}),
        ({"common_name": "r"}, {"common_name": " r"}),
        ({"common_name": "r"}, {"common_name": "r "}),
        ({"common_name": "r"}, {"common_name": "  "}),
        ({"common_name": "r"}, {"common_name": ""}),
        ({"email": "a.b@ali.example"}, {"email": "example@ali"}),
        ({"email": "a@ali.example"}, {"email": "ä@ali.example"}),
        ({"email": "a@ali.example"}, {"email": "a@älï.example"}),
        ({"email": "a@ali.example"}, {"email": "a b@ali.example"}),
        ({"email": "a@ali.example"}, {"email": "A <a@ali.example>"}),
        ({"email": "a@ali.example"}, {"email": ".a@ali.example"}),
        ({"email": "a@ali.example"}, {"email": "a..b@ali.example"}),
        ({"email": "a@ali.example"}, {"email": "a@b@ali.example"}),
        ({"email": "a" * 64 + "@ali.example"}, {"email": "a" * 65 + "@ali.example"}),
        ({"email": "a@" + LONGEST_DOMAIN[2:]}, {"email": "ab@" + LONGEST_DOMAIN[1:]}),
    ],
)
def test_a_name_within_its_bound_is_taken_and_its_twin_beyond_is_not(
    allowed: dict[str, str], refused: dict[str, str]
) -> None:
    assert _said(**allowed) == []
    assert len(_said(**refused)) == 1


@given(
    st.sampled_from(sorted(UPPER_BOUNDS)),
    st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1, max_size=140),
)
def test_a_printable_value_is_refused_exactly_when_it_is_longer_than_its_bound(field: str, value: str) -> None:
    assert (_said(**{field: value}) == []) is (len(value) <= UPPER_BOUNDS[field])


@given(st.sampled_from(sorted(UPPER_BOUNDS)), st.text(min_size=1, max_size=140))
def test_whatever_passes_as_a_value_is_encoded_and_read_back_as_it_is(field: str, value: str) -> None:
    subject = Subject(**{field: value})
    if not subject_problems(subject, required=()):
        name = x509.Name.from_rfc4514_string(to_name(subject).rfc4514_string())
        assert [a.value for a in name.get_attributes_for_oid(OIDS[field])] == [value]


@given(
    st.sampled_from([*sorted(UPPER_BOUNDS), "country", "email"]),
    st.text(max_size=30),
    st.characters(categories=["Cc", "Zl", "Zp"]),
    st.text(max_size=30),
)
def test_a_control_character_is_refused_wherever_it_stands(field: str, before: str, control: str, after: str) -> None:
    assert len(_said(**{field: before + control + after})) == 1


def test_a_missing_attribute_is_named_by_its_configuration_key() -> None:
    problems = subject_problems(Subject(common_name="root"), required=("commonName", "organizationalUnit"))
    assert [(p.field, p.message) for p in problems] == [("organizationalUnit", "is required")]


def test_every_wrong_attribute_is_reported_at_once() -> None:
    said = _said(country="C", organization="o" * 65, email="nobody")
    assert [line.partition(":")[0] for line in said] == ["country", "organization", "email"]


def test_a_name_is_written_in_the_usual_order_with_the_string_types_of_rfc_5280() -> None:
    name = to_name(ROOT_SUBJECT)
    assert [a.oid.dotted_string for a in name] == [
        *("2.5.4.6", "2.5.4.8", "2.5.4.7", "2.5.4.10", "2.5.4.11", "2.5.4.3", "1.2.840.113549.1.9.1")
    ]
    encoded = name.public_bytes()
    printable, utf8, ia5 = b"\x13\x02CN", b"\x0c\x07alibaba", b"\x16\x10root@ali.example"
    for value in (printable, utf8, ia5):
        assert value in encoded


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        ("dns:alice.example", "alice.example"),
        ("dns:alice.example", "ip:192.0.2.1"),
        ("dns:alice.example", "DNS:alice.example"),
        ("dns:alice.example", "dns:*.alice.example"),
        ("dns:alice.example", "dns:alice.example."),
        ("dns:alice.example", "dns:alice..example"),
        ("dns:alice.example", "dns:"),
        ("dns:device-7", "dns:device_7"),
        ("dns:192.0.2.1.example", "dns:192.0.2.1"),
        ("dns:" + "a" * 63 + ".example", "dns:" + "a" * 64 + ".example"),
        ("dns:" + LONGEST_DOMAIN, "dns:d" + LONGEST_DOMAIN),
        ("dns:" + LONGEST_DOMAIN, "dns:d." + LONGEST_DOMAIN),
        ("dns:xn--bcher-kva.example", "dns:bücher.example"),
        ("email:alice@ali.example", "email:alice"),
        ("uri:spiffe://example.com/alice", "uri:spiffe://example/alice"),
        ("uri:spiffe://example.com/alice", "uri:alice"),
        ("uri:urn:example:alice", "uri:urn:"),
        ("uri:https://192.0.2.1/a", "uri:https:///a"),
        ("uri:https://[2001:db8::1]/a", "uri:https://[2001:db8::1/a"),
        ("uri:https://a.example:65535/", "uri:https://a.example:65536/"),
        ("uri:https://a.example/%20", "uri:https://a.example/%2"),
        ("uri:https://a.example/a", "uri:https://a.example/a b"),
        ("uri:https://a.example/a", "uri:https://a.example/ä"),
    ],
)
def test_a_subject_alternative_name_is_taken_and_its_broken_twin_is_not(allowed: str, refused: str) -> None:
    assert san_problem(allowed) is None
    assert parse_san(allowed).value == allowed.partition(":")[2]
    assert san_problem(refused) is not None
    with pytest.raises(PkiError):
        parse_san(refused)


@given(st.sampled_from(["dns:", "email:", "uri:", "uri:https://", ""]), st.text(max_size=60))
def test_whatever_passes_as_a_subject_alternative_name_is_encoded_and_read_back_as_it_is(kind: str, text: str) -> None:
    given_text = kind + text
    if san_problem(given_text) is None:
        value = given_text.partition(":")[2]
        assert value.encode("ascii") in x509.SubjectAlternativeName([parse_san(given_text)]).public_bytes()


@pytest.mark.parametrize("kind", ["", "dns:", "email:", "uri:"])
def test_what_was_pasted_by_mistake_is_not_repeated_in_full(kind: str) -> None:
    pasted = "".join(str(number) for number in range(1000))
    assert pasted[:100] not in str(san_problem(f"{kind}{pasted}\n"))
    assert pasted[:100] not in str(_said(email=pasted))


def test_a_name_is_written_with_the_keyword_that_readers_know_and_however_long_it_is() -> None:
    organization = "o" * 64
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(x509.NameOID.EMAIL_ADDRESS, "ca@example.com"),
        ]
    )
    assert whole_name(name) == f"emailAddress=ca@example.com,O={organization}"
    assert organization not in name_text(name)
