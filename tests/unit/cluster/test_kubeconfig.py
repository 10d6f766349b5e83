"""Where the cluster is read from, and what is said when it cannot be."""

import base64
import json
import ssl
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from alb_mtls.cluster.errors import BadKubeconfig
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from alb_mtls.cluster.kubeconfig import api_client
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.version import VERSION
from tests.helpers.certificates import make_client, make_root

TOKEN = "invented-bearer-token"


def content(**changes: Any) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "prod",
            "clusters": [
                {"name": "prod", "cluster": {"server": "https://one.example"}},
                {"name": "test", "cluster": {"server": "https://two.example"}},
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}} for name in ("prod", "test")],
            "users": [{"name": "me", "user": {"token": TOKEN}}],
            **changes,
        }
    )


def host(kubeconfig: str | None, context: str | None = None) -> str:
    return str(api_client(kubeconfig, context).configuration.host)


@pytest.fixture(autouse=True)
def no_kubeconfig_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the tests away from the kubeconfig of whoever runs them."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_content_is_taken_as_content_be_it_json_or_yaml() -> None:
    assert host(content()) == "https://one.example"
    assert host(json.dumps(json.loads(content()), indent=1)) == "https://one.example"


def test_a_path_is_read_and_without_one_the_variable_counts_at_the_time_of_the_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config"
    file.write_text(content())
    assert host(str(file)) == "https://one.example"
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'absent'}:{file}")
    assert host(None) == "https://one.example"


def test_the_context_that_was_chosen_is_taken() -> None:
    assert host(content(), "test") == "https://two.example"


def test_the_audit_log_of_the_cluster_shows_which_version_has_called() -> None:
    assert api_client(content(), None).user_agent == f"alb-mtls/{VERSION}"


def test_messages_name_a_cluster_by_its_server_and_by_the_context_that_was_chosen() -> None:
    def where(context: str | None) -> str:
        return KubeClient(KubeAccess(kubeconfig=content(), context=context)).where()

    assert where(None) == "https://one.example"
    assert where("test") == "context test, https://two.example"


@pytest.mark.parametrize(
    ("kubeconfig", "context", "said"),
    [
        (content(), "staging", "given as content with context staging cannot be used: .*; it has prod, test"),
        ("/absent/config", None, "/absent/config cannot be used: there is no such file"),
        # The file that would have been read.
        (None, None, "~/.kube/config cannot be used"),
    ],
    ids=["no such context", "no such file", "nothing"],
)
def test_what_is_not_there_is_named(kubeconfig: str | None, context: str | None, said: str) -> None:
    with pytest.raises(BadKubeconfig, match=said):
        host(kubeconfig, context)


@pytest.mark.parametrize(
    "broken",
    [
        f"token: {TOKEN}\n\tx: [",
        f"- {TOKEN}\n- x",
        content(contexts=None),
        content(users=TOKEN),
        content(clusters=[{"name": "prod", "cluster": {"certificate-authority-data": "x", "server": "https://x"}}]),
    ],
    ids=["no YAML", "no object", "no contexts", "users of a wrong type", "no base64"],
)
def test_a_broken_kubeconfig_is_never_quoted(broken: str) -> None:
    with pytest.raises(BadKubeconfig) as caught:
        host(broken)

    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def with_client_certificate() -> str:
    """Return a kubeconfig with a CA and a client key in it, as ACK hands them out."""
    root = make_root(now=datetime.now(UTC))
    alice = make_client(root, now=datetime.now(UTC))
    data = {
        "client-certificate-data": certificate_pem(alice.certificate),
        "client-key-data": private_key_pem(alice.key),
    }
    authority = {"certificate-authority-data": certificate_pem(root.certificate)}
    return content(
        clusters=[{"name": "prod", "cluster": {"server": "https://one.example", **_encoded(authority)}}],
        users=[{"name": "me", "user": _encoded(data)}],
    )


def _encoded(texts: dict[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}


def test_a_client_key_in_the_kubeconfig_is_left_in_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for _ in range(2):
        made = api_client(with_client_certificate(), None)
        assert list(tmp_path.iterdir()) == []
        settings = made.rest_client.pool_manager.connection_pool_kw
        assert settings["ssl_context"].get_ca_certs()
        assert not {"ca_certs", "cert_file", "key_file"} & settings.keys()


def test_a_kubeconfig_that_trusts_any_server_goes_on_doing_so() -> None:
    trusting = content(
        clusters=[{"name": "prod", "cluster": {"server": "https://a", "insecure-skip-tls-verify": True}}]
    )
    context = api_client(trusting, None).rest_client.pool_manager.connection_pool_kw["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_the_files_of_another_client_in_the_same_process_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    theirs = client.Configuration()
    config.load_kube_config_from_dict(  # type: ignore[no-untyped-call]  # as shipped
        json.loads(with_client_certificate()), client_configuration=theirs
    )
    api_client(with_client_certificate(), None)
    assert all(Path(str(file)).exists() for file in (theirs.ssl_ca_cert, theirs.cert_file, theirs.key_file))
