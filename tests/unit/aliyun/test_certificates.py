"""When two PEM texts are the same certificate, and which serial numbers rule one out."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alb_mtls.aliyun.certificates import may_be_serial_number, same_certificate, same_chain, serial_number
from tests.helpers.plain_certificate import self_signed

ROOT = self_signed("root")
OTHER = self_signed("root")


@pytest.mark.parametrize(
    "rewritten",
    [ROOT.replace("\n", "\r\n"), ROOT.rstrip(), f"\n\n{ROOT}\n", f"subject=CN root\n{ROOT}", ROOT + OTHER],
    ids=["crlf", "no newline at the end", "blank lines", "text before it", "with a chain"],
)
def test_the_same_certificate_is_recognised_however_it_is_written(rewritten: str) -> None:
    assert same_certificate(ROOT, rewritten)


@pytest.mark.parametrize("text", [OTHER, OTHER + ROOT, "", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"])
def test_another_certificate_of_the_same_name_and_serial_number_is_not(text: str) -> None:
    assert not same_certificate(ROOT, text)


@pytest.mark.parametrize("chain", [ROOT, ROOT + OTHER])
def test_a_chain_is_the_same_however_it_is_written_and_another_with_more_less_or_in_another_order(chain: str) -> None:
    assert same_chain(chain, f"subject=CN root\n{chain}".replace("\n", "\r\n"))
    for other in (chain + OTHER, OTHER + chain, OTHER, ""):
        assert not same_chain(chain, other)
        assert not same_chain(other, chain)


def test_what_cannot_be_decoded_is_no_chain() -> None:
    broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"
    assert not same_chain(broken, broken)
    assert not same_chain(ROOT + broken, ROOT + broken)


def test_two_texts_without_a_certificate_are_not_the_same() -> None:
    assert not same_certificate("nothing", "nothing")


def test_the_serial_number_is_read_from_the_certificate() -> None:
    assert serial_number(ROOT) == 4711


def test_a_text_without_a_certificate_has_no_serial_number() -> None:
    with pytest.raises(ValueError, match=r"no X\.509 certificate"):
        serial_number("-----BEGIN CERTIFICATE-----\nbWFkZS11cA==\n-----END CERTIFICATE-----\n")


@given(st.integers(min_value=1, max_value=2**159 - 1))
def test_a_serial_number_is_recognised_in_every_usual_notation(serial: int) -> None:
    digits = f"{serial:x}"
    even = digits.zfill(len(digits) + len(digits) % 2)
    colons = ":".join(even[at : at + 2] for at in range(0, len(even), 2))
    for text in (str(serial), digits, digits.upper(), even, f"0x{digits}", colons, colons.upper()):
        assert may_be_serial_number(text, serial)


@given(st.integers(min_value=1, max_value=2**159 - 1), st.integers(min_value=1, max_value=2**159 - 1))
@example(serial=0x20, other=20)
def test_another_serial_number_is_ruled_out(serial: int, other: int) -> None:
    written = f"{serial:#x}"
    assert may_be_serial_number(written, other) == (int(written, 16) == other)


@pytest.mark.parametrize("digits", ["9" * 5000, "f" * 5000])
def test_a_serial_number_of_any_length_is_another(digits: str) -> None:
    assert not may_be_serial_number(digits, 1)


@pytest.mark.parametrize("text", [None, "", "n/a", "SN 12"])
def test_a_serial_number_that_cannot_be_read_rules_nothing_out(text: str | None) -> None:
    assert may_be_serial_number(text, 1)
