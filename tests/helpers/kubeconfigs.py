"""Kubeconfigs of tests, and what is made of them."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from kubernetes.client import ApiClient

from alb_mtls.cluster.connection import connect
from alb_mtls.cluster.errors import BadKubeconfig
from alb_mtls.cluster.kubeconfig import api_client

TOKEN = "invented-bearer-token"


def content(user: Mapping[str, Any] | None = None, cluster: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """Return one with a single context."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "prod",
            "clusters": [{"name": "prod", "cluster": {"server": "https://one.example", **(cluster or {})}}],
            "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "me"}}],
            "users": [{"name": "me", "user": {"token": TOKEN} if user is None else {**user}}],
            **changes,
        }
    )


def refused(kubeconfig: str | None) -> str:
    """Return the sentence that refuses a kubeconfig, and does not quote it: one, with the package and without."""
    sentences = set()
    for make in (api_client, connect):
        with pytest.raises(BadKubeconfig) as caught:
            make(kubeconfig, None)
        assert caught.value.__cause__ is None
        assert TOKEN not in str(caught.value)
        sentences.add(str(caught.value))
    [sentence] = sentences
    return sentence


def sent_token(client: ApiClient) -> str:
    """Return the header that a request would carry."""
    headers: dict[str, str] = {}
    client.update_params_for_auth(headers, [], ["BearerToken"], "/", "GET", None)
    return headers["authorization"]
