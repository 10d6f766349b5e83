"""The few configuration keys that ops reads, in the form in which `pulumi config --json` prints them."""

import json
from typing import Any

import pytest

from alb_mtls.cluster.listener_key import ListenerKey
from ops.configuration import Configuration, parse_configuration
from ops.errors import OpsError
from tests.helpers.albconfigs import LISTENER


def _parsed(values: dict[str, Any], environment: dict[str, str] | None = None) -> Configuration:
    printed: dict[str, Any] = {"alb-mtls:rootCa": {"value": "{}", "objectValue": {}, "secret": False}}
    for key, value in values.items():
        printed[key] = {"value": value if isinstance(value, str) else json.dumps(value), "secret": False}
        if not isinstance(value, str):
            printed[key]["objectValue"] = value
    return parse_configuration(printed, environment or {})


def test_a_listener_is_reached_where_connect_to_says_and_else_at_its_own_address() -> None:
    configuration = _parsed(
        {
            "alb-mtls:listeners": [
                {"albConfig": "alb", "port": 443, "connectTo": "127.0.0.1:10443"},
                {"albConfig": "two", "port": 8443, "protocol": "https", "connectTo": ["127.0.0.1:1", "127.0.0.1:2"]},
                {"albConfig": "two", "port": 443},
            ]
        }
    )
    two = [ListenerKey(alb_config="two", port=port, protocol="HTTPS") for port in (8443, 443)]
    assert configuration.listeners == (LISTENER, *two)
    assert list(configuration.connect_to.values()) == [("127.0.0.1:10443",), ("127.0.0.1:1", "127.0.0.1:2"), ()]


def test_what_is_not_set_has_the_documented_default() -> None:
    proof = _parsed({}).proof
    assert (proof.host, proof.path, proof.server_ca) == (None, "/", "system")
    assert _parsed({}).enabled is True


@pytest.mark.parametrize(("value", "enabled"), [("true", True), ("false", False), (False, False), ("maybe", None)])
def test_whether_the_next_up_requests_certificates_is_what_the_key_says(value: Any, enabled: bool | None) -> None:
    assert _parsed({"alb-mtls:enabled": value}).enabled is enabled


def test_the_proof_is_read_as_the_program_reads_it() -> None:
    proof = _parsed(
        {
            "alb-mtls:proof": {
                "host": "demo.example",
                "path": "/ping",
                "serverCa": "insecure",
                "client": {"certificateFile": "c.pem", "keyFile": "k.pem"},
            }
        }
    ).proof
    assert (proof.host, proof.path, proof.server_ca) == ("demo.example", "/ping", "insecure")
    assert (proof.client_certificate_file, proof.client_key_file) == ("c.pem", "k.pem")


def test_sites_and_region_are_read_from_their_namespaces() -> None:
    configuration = _parsed({"alb-mtls:cas": {"endpoint": "international"}, "alicloud:region": "cn-beijing"})
    assert (configuration.cas_endpoint, configuration.alb.endpoint) == ("international", None)
    assert configuration.alb.region == "cn-beijing"
    assert configuration.get("kubernetes:context") is None


@pytest.mark.parametrize("values", [{}, {"alb-mtls:clusterId": ""}])
def test_without_its_id_a_cluster_is_named_by_a_kubeconfig(values: dict[str, Any]) -> None:
    assert _parsed(values).by_cluster_id is False


def test_the_environment_names_the_region_only_when_the_configuration_does_not() -> None:
    environment = {"ALIBABA_CLOUD_REGION_ID": "cn-shanghai"}
    assert _parsed({}, environment).alb.region == "cn-shanghai"
    assert _parsed({"alicloud:region": "cn-beijing"}, environment).alb.region == "cn-beijing"


def test_a_value_of_the_wrong_type_counts_as_not_given() -> None:
    configuration = _parsed({"alb-mtls:listeners": {"albConfig": "alb"}, "alb-mtls:proof": ["host"]})
    assert configuration.listeners == ()
    assert configuration.proof.host is None


def test_no_value_shows_in_the_text_of_the_record() -> None:
    invented = "an-access-key-secret"
    configuration = _parsed({"alicloud:secretKey": invented})
    assert invented not in repr(configuration)
    assert configuration.get("alicloud:secretKey") == invented


def test_the_configuration_of_another_program_is_refused() -> None:
    with pytest.raises(OpsError, match="not a project of this program"):
        parse_configuration({"other:key": {"value": "1", "secret": False}}, {})


def test_a_key_of_the_project_is_found_without_its_namespace_as_providers_find_it() -> None:
    configuration = _parsed({"alb-mtls:clusterId": "c-1", "alicloud:region": "cn-hangzhou"})
    assert (configuration.get("clusterId"), configuration.by_cluster_id) == ("c-1", True)
    assert configuration.get("alicloud:region") == "cn-hangzhou"
    assert configuration.get("region") is None
