"""Client-certificate headers: only those asked for, and none from a client."""

from lab.dataplane.client_certificate_headers import ClientCertificateHeaders

ALL = {
    f"XForwardedForClientCert{part}Enabled": True for part in ("SubjectDN", "IssuerDN", "Fingerprint", "ClientVerify")
}


def test_without_the_option_no_header_is_set_and_all_are_stripped() -> None:
    headers = ClientCertificateHeaders.of({})
    assert headers.values(enforced=True) == {}
    assert headers.stripped() == ("X-Forwarded-Clientcert-*",)


def test_each_option_sets_its_header() -> None:
    assert list(ClientCertificateHeaders.of(ALL).values(enforced=True)) == [
        "X-Forwarded-Clientcert-subjectdn",
        "X-Forwarded-Clientcert-issuerdn",
        "X-Forwarded-Clientcert-fingerprint",
        "X-Forwarded-Clientcert-clientverify",
    ]


def test_an_alias_replaces_the_name_and_is_stripped_as_well() -> None:
    headers = ClientCertificateHeaders.of({**ALL, "XForwardedForClientCertSubjectDNAlias": "x-client"})
    assert "x-client" in headers.values(enforced=True)
    assert "x-client" in headers.stripped()


def test_an_alias_alone_sets_nothing() -> None:
    headers = ClientCertificateHeaders.of({"XForwardedForClientCertSubjectDNAlias": "x-client"})
    assert headers.values(enforced=True) == {}


def test_where_no_client_certificate_is_requested_only_that_is_in_the_headers() -> None:
    values = ClientCertificateHeaders.of(ALL).values(enforced=False)
    assert values == {"X-Forwarded-Clientcert-clientverify": "NONE"}
