"""When two subjects are one, as RFC 5280 compares names, and when a small difference is one."""

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from hypothesis import given
from hypothesis import strategies as st

from alb_mtls.pki.same_name import comparable_name, comparable_subject
from alb_mtls.pki.subject import Subject, to_name

ALICE = Subject(organization="Alibaba Cloud", common_name="Alice", email="alice@ali.example")


@pytest.mark.parametrize(
    "spelling",
    [
        "alibaba cloud",
        "Alibaba  Cloud",
        "Alibaba\u00a0Cloud",
        "Alibaba\u3000Cloud",
        "\uff21libaba Cloud",
        "Alibaba\u200b Cloud",
        "Ali\u034fbaba Cloud",
        "Alibaba\ufe0f Cloud",
    ],
)
def test_another_spelling_of_a_name_is_the_same_name(spelling: str) -> None:
    other = Subject(organization=spelling, common_name="ALICE", email="Alice@Ali.Example")
    assert comparable_subject(other) == comparable_subject(ALICE)


@pytest.mark.parametrize(
    "other",
    [
        Subject(organization="Alibaba Cloud", common_name="Alice"),
        Subject(organization="AlibabaCloud", common_name="Alice", email="alice@ali.example"),
        Subject(organizational_unit="Alibaba Cloud", common_name="Alice", email="alice@ali.example"),
        Subject(organization="Alibaba Cloud", common_name="Älice", email="alice@ali.example"),
    ],
)
def test_a_name_with_other_letters_or_attributes_is_another(other: Subject) -> None:
    assert comparable_subject(other) != comparable_subject(ALICE)


def test_the_encoding_of_a_name_makes_no_difference_and_the_order_of_its_parts_does() -> None:
    organization, name = x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COMMON_NAME
    parts = [
        x509.NameAttribute(oid, value, _type)
        for oid, value in ((organization, "alibaba"), (name, "alice"))
        for _type in (_ASN1Type.UTF8String, _ASN1Type.PrintableString)
    ]
    utf8, printable = x509.Name(parts[::2]), x509.Name(parts[1::2])
    assert utf8.public_bytes() != printable.public_bytes()
    assert comparable_name(utf8) == comparable_name(printable)
    assert comparable_name(utf8) != comparable_name(x509.Name(parts[2::-2]))


def test_a_control_character_inside_makes_no_difference_and_a_tab_is_a_blank() -> None:
    plain, with_null, with_tab = (
        comparable_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, value)]))
        for value in ("ali ce", "ali\0 ce", "ali\tce")
    )
    assert plain == with_null == with_tab
    assert plain != comparable_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ali\0ce")]))


def test_the_order_within_a_part_makes_no_difference() -> None:
    two = [x509.NameAttribute(x509.NameOID.COMMON_NAME, "alice"), x509.NameAttribute(x509.NameOID.USER_ID, "a1")]
    one_part, turned = (x509.Name([x509.RelativeDistinguishedName(each)]) for each in (two, two[::-1]))
    assert comparable_name(one_part) == comparable_name(turned)
    assert comparable_name(one_part) != comparable_name(x509.Name(two))


def test_a_value_of_bits_is_compared_as_it_is() -> None:
    identifier = x509.ObjectIdentifier("2.5.4.45")
    first, second = (
        x509.Name([x509.NameAttribute(identifier, bits, _ASN1Type.BitString)]) for bits in (b"\x01\x02", b"\x01\x03")
    )
    assert comparable_name(first) != comparable_name(second)


LETTERS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@given(organization=LETTERS, common_name=LETTERS)
def test_a_subject_is_the_same_before_and_after_it_has_become_a_certificates_name(
    organization: str, common_name: str
) -> None:
    subject = Subject(organization=organization, common_name=common_name)
    assert comparable_subject(subject) == comparable_name(to_name(subject))
