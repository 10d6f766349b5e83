"""What is committed where Git owns an AlbConfig: the listener as it stands, and in it the fields of this program."""

from typing import Any

import pytest
import yaml

from alb_mtls.cluster.errors import NoSuchListener
from alb_mtls.cluster.identity_headers import IdentityHeaders
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.fragment import fragment
from tests.helpers.albconfigs import LISTENER, Object, albconfig, http, https

OURS, THEIRS = {"CertificateId": "ca-ours"}, {"CertificateId": "ca-theirs"}


def _committed(item: Object, **desired: Any) -> Object:
    given = {"identifier": "ca-ours", "enabled": True, **desired}
    [element] = yaml.safe_load(fragment(item, LISTENER, **given))
    return dict(element)


@pytest.mark.parametrize(
    ("before", "desired", "after"),
    [
        ({}, {}, {"caEnabled": True, "caCertificates": [OURS]}),
        ({"caEnabled": False, "caCertificates": None}, {}, {"caEnabled": True, "caCertificates": [OURS]}),
        ({"caEnabled": True, "caCertificates": [THEIRS]}, {}, {"caEnabled": True, "caCertificates": [OURS]}),
        (
            {"caEnabled": True, "caCertificates": [OURS]},
            {"enabled": False},
            {"caEnabled": False, "caCertificates": [OURS]},
        ),
        (
            {"caEnabled": False, "caCertificates": [OURS]},
            {"enabled": False, "identifier": None},
            {"caEnabled": False, "caCertificates": []},
        ),
    ],
    ids=["first", "after a Go client", "of another team", "off", "list removed"],
)
def test_the_two_fields_become_as_desired_and_all_else_stays(before: Object, desired: Object, after: Object) -> None:
    item = albconfig(http(), https(**before, requestTimeout=5))

    assert _committed(item, **desired) == https(**after, requestTimeout=5)


def test_keys_beside_our_identifier_stay_and_the_albconfig_that_was_read_is_not_changed() -> None:
    item = albconfig(https(caCertificates=[{**OURS, "IsDefault": False}]))
    assert _committed(item)["caCertificates"] == [{**OURS, "IsDefault": False}]
    assert item == albconfig(https(caCertificates=[{**OURS, "IsDefault": False}]))


def test_a_header_is_switched_on_beside_keys_of_others_and_an_empty_alias_is_written_over_one_alone() -> None:
    headers = IdentityHeaders(subject_dn="", fingerprint="x-print")
    keys = {
        "XForwardedForClientCertSubjectDNEnabled": True,
        "XForwardedForClientCertFingerprintEnabled": True,
        "XForwardedForClientCertFingerprintAlias": "x-print",
    }
    theirs = {"XForwardedForProtoEnabled": True}
    assert _committed(albconfig(https(xForwardedForConfig=theirs)), headers=headers)["xForwardedForConfig"] == {
        **theirs,
        **keys,
    }
    alias = {"XForwardedForClientCertSubjectDNAlias": "x-old"}
    assert _committed(albconfig(https(xForwardedForConfig=alias)), headers=headers)["xForwardedForConfig"] == {
        **keys,
        "XForwardedForClientCertSubjectDNAlias": "",
    }
    assert "xForwardedForConfig" not in _committed(albconfig(https()))


def test_it_says_where_it_goes_and_begins_with_what_the_listener_is_known_by() -> None:
    text = fragment(albconfig(https()), LISTENER, identifier="ca-ours", enabled=True)
    assert text.splitlines()[:6] == [
        "# AlbConfig alb, spec.listeners, in the place of 443/HTTPS:",
        "- port: 443",
        "  protocol: HTTPS",
        "  caEnabled: true",
        "  caCertificates:",
        "  - CertificateId: ca-ours",
    ]


def test_characters_that_turn_the_text_around_are_escaped() -> None:
    text = fragment(albconfig(https(note="a\u202eb\x1b[2J")), LISTENER, identifier="ca-ours", enabled=True)
    assert text.isascii()
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "note", ["1e3", "0o17", "12e34567", "y", "N", "yes", "0123", "1:30", "~", ".5", "0x1F", "-0b1"]
)
def test_a_text_that_another_reader_takes_for_a_number_or_a_truth_is_quoted(note: str) -> None:
    text = fragment(albconfig(https(note=note)), LISTENER, identifier="1ed85583-e07b", enabled=True)
    assert f"  note: '{note}'" in text.splitlines()
    # As the pages show it: what no reader takes for anything else stands as it is.
    assert "  - CertificateId: 1ed85583-e07b" in text.splitlines()
    assert yaml.safe_load(text)[0]["note"] == note


@pytest.mark.parametrize(
    ("identifier", "written"),
    [
        ("73558159e3d61a32a53bec9dae3ac639", "73558159e3d61a32a53bec9dae3ac639"),
        ("0b558159a3d61a32a53bec9dae3ac639", "0b558159a3d61a32a53bec9dae3ac639"),
        ("73558159e30611325340539405300639", "'73558159e30611325340539405300639'"),
        ("73558159730611325340539405300639", "'73558159730611325340539405300639'"),
    ],
)
def test_an_identifier_of_a_ca_is_quoted_only_where_all_of_it_is_a_number(identifier: str, written: str) -> None:
    text = fragment(albconfig(https()), LISTENER, identifier=identifier, enabled=True)
    assert f"  - CertificateId: {written}" in text.splitlines()


def test_certificates_are_never_requested_of_no_ca_and_an_absent_listener_has_no_fragment() -> None:
    with pytest.raises(ValueError, match="of no CA"):
        fragment(albconfig(https()), LISTENER, identifier=None, enabled=True)
    with pytest.raises(NoSuchListener, match="8443/HTTPS"):
        fragment(
            albconfig(https()), ListenerKey(alb_config="alb", port=8443, protocol="HTTPS"), identifier="a", enabled=True
        )
