"""Which headers `identityHeaders` switches on, and what is refused by its key."""

from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.cluster.identity_headers import IdentityHeaders
from tests.helpers.stack_file import put

Problems = Callable[..., tuple[str, ...]]
Read = Callable[..., Any]
KEY = "listeners.0.identityHeaders"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"subjectDN": True}, ["X-Forwarded-Clientcert-subjectdn"]),
        ({"issuerDN": "true", "fingerprint": "x-print"}, ["X-Forwarded-Clientcert-issuerdn", "x-print"]),
        ({"clientVerify": "a" * 40, "fingerprint": "_"}, ["_", "a" * 40]),
        ({"subjectDN": "x-forwarded-clientcert-subjectdn"}, ["x-forwarded-clientcert-subjectdn"]),
    ],
)
def test_true_keeps_the_name_of_the_alb_and_a_text_is_an_alias(read: Read, value: object, names: list[str]) -> None:
    assert list(read(put(KEY, value)).listeners[0].identity_headers.names.values()) == names


@pytest.mark.parametrize("value", [None, {}, {"subjectDN": None}])
def test_nothing_that_is_named_is_no_header(read: Read, value: object) -> None:
    assert read(put(KEY, value)).listeners[0].identity_headers is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"subjectDN": False}, "identityHeaders.subjectDN: is false, which a header that is not named is anyway"),
        ({"subjectDN": "X-Client"}, "identityHeaders.subjectDN: 'X-Client' is no alias of a header: 1 to 40 of a-z"),
        ({"fingerprint": "a" * 41}, "is no alias of a header"),
        ({"issuerDN": 1}, "identityHeaders.issuerDN: must be true, false or a text, not a number"),
        ({"issuerDN": "host"}, "identityHeaders.issuerDN: is host, a header that HTTP, or a backend, needs"),
        ({"issuerDN": "transfer_encoding"}, "is transfer_encoding, a header that HTTP, or a backend, needs"),
        ({"clientVerify": "x-forwarded-clientcert-subjectdn"}, "which is the ALB's own name for subjectDN"),
        ({"subjectDN": "x-a", "issuerDN": "x-a"}, "identityHeaders.issuerDN: is the header x-a, as subjectDN is"),
        ({"subjectDN": "x-a", "issuerDN": "x_a"}, "identityHeaders.issuerDN: is the header x_a, as subjectDN is"),
        ({"subject": True}, "identityHeaders.subject: "),
        (True, "identityHeaders: must be an object with the keys subjectDN, issuerDN, fingerprint, clientVerify"),
    ],
)
def test_what_is_no_header_of_its_own_is_refused_by_its_key(problems: Problems, value: object, said: str) -> None:
    assert any(said in line for line in problems(put(KEY, value))), problems(put(KEY, value))


def test_all_mistakes_are_named_at_once(problems: Problems) -> None:
    lines = problems(put(KEY, {"subjectDN": False, "issuerDN": "Host", "fingerprint": "cookie"}))
    assert [line.split(":")[0].rsplit(".", 1)[1] for line in lines] == ["subjectDN", "issuerDN", "fingerprint"]


@pytest.mark.parametrize(("path", "accepted"), [("/debug/headers?all=1", True), ("headers", False), ("/a b", False)])
def test_an_echo_path_is_one_of_a_request_line(problems: Problems, path: str, *, accepted: bool) -> None:
    lines = problems(put("proof.echoPath", path))
    assert (lines == ()) is accepted
    assert accepted or "proof.echoPath: " in lines[0]


def test_the_names_are_those_of_the_alb() -> None:
    headers = IdentityHeaders(subject_dn="", issuer_dn="", fingerprint="", client_verify="")
    parts = ["subjectdn", "issuerdn", "fingerprint", "clientverify"]
    assert list(headers.names.values()) == [f"X-Forwarded-Clientcert-{part}" for part in parts]
