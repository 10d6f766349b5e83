"""The clients of one process: built when first needed, shared by the threads that Pulumi calls providers from."""

import os
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from alb_mtls import redaction
from alb_mtls.aliyun.endpoints import alb_endpoint, cas_endpoint
from alb_mtls.imports import import_turn
from alb_mtls.pki.passphrases import KeyPassphrases, Passphrase

if TYPE_CHECKING:
    from collections.abc import Hashable

    from alb_mtls.aliyun.alb import AlbClient
    from alb_mtls.aliyun.cas import CasClient
    from alb_mtls.aliyun.retry import RetryPolicy
    from alb_mtls.cluster.kube_client import KubeAccess, KubeClient

_Client = TypeVar("_Client")


class Session:
    """Clients for the cloud and the cluster; none connects before it is used."""

    def __init__(
        self,
        get: Callable[[str], str | None],
        policy: "RetryPolicy | None" = None,
        credential: Callable[[], Any] | None = None,
    ) -> None:
        """Remember where configuration comes from.

        Args:
            get: gives the value of a key with its namespace, such as `alicloud:region`, or None; without one the
                project's is meant.
            policy: of the calls to the cloud; None for the patience of an `up`.
            credential: of another session of the same configuration; None finds it when first needed.
        """
        self._get = get
        self._policy = policy
        # Kept once it is found, since an assumed role costs a call; it renews itself.
        self._credential = credential or cache(self._found_credential)
        self._lock = Lock()
        self._clients: dict[tuple[Hashable, ...], Any] = {}
        self._passphrases = KeyPassphrases.read(get("rootCa"), os.environ)
        redaction.hide(self._passphrases.texts())
        redaction.hide(get(key) for key in redaction.SECRET_KEYS)
        redaction.hide(os.environ.get(name) for name in redaction.SECRET_VARIABLES)
        redaction.install()

    def cas(self, endpoint: str) -> "CasClient":
        """Return the client of a CAS site: `china`, `international`, a host or a URL.

        Raises:
            EndpointError: it is none of these.
            CloudError: there is no credential.
        """

        def build() -> "CasClient":
            with import_turn:
                from alb_mtls.aliyun.cas import CasClient

            return CasClient(endpoint=cas_endpoint(endpoint), credential=self.credential(), policy=self._policy)

        return self._client(("cas", endpoint), build)

    def alb(self, endpoint: str | None, region: str) -> "AlbClient":
        """Return the client of the ALB API: at `endpoint`, or else of a region.

        Raises:
            EndpointError: neither can be used.
            CloudError: there is no credential.
        """

        def build() -> "AlbClient":
            with import_turn:
                from alb_mtls.aliyun.alb import AlbClient

            return AlbClient(endpoint=alb_endpoint(endpoint, region), credential=self.credential(), policy=self._policy)

        return self._client(("alb", endpoint, region), build)

    def credential(self) -> Any:
        """Return the access key that the configuration or the standard chain has.

        Raises:
            CloudError: there is none.
        """
        return self._credential()

    def _found_credential(self) -> Any:
        with import_turn:
            from alb_mtls.aliyun.credentials import credential

        return credential(self._get)

    def kube(self, kubeconfig: str | None) -> "KubeClient":
        """Return the client of the cluster that `kube_access` names."""

        def build() -> "KubeClient":
            with import_turn:
                from alb_mtls.cluster.kube_client import KubeClient

            return KubeClient(self.kube_access(kubeconfig))

        return self._client(("kube", kubeconfig), build)

    def kube_access(self, kubeconfig: str | None) -> "KubeAccess":
        """Return which cluster is meant.

        Args:
            kubeconfig: content that the program passes along when it got one from ACK by cluster id; otherwise
                `kubernetes:kubeconfig` and `kubernetes:context` count, then KUBECONFIG.
        """
        with import_turn:
            from alb_mtls.cluster.kube_client import KubeAccess

        if kubeconfig:
            return KubeAccess(kubeconfig=kubeconfig, context=None)
        return KubeAccess(kubeconfig=self._get("kubernetes:kubeconfig"), context=self._get("kubernetes:context"))

    def passphrase_of(self, key_file: str) -> Passphrase | None:
        """Return what opens the key file of an imported root CA; None when nothing is known that does."""
        return self._passphrases.of(key_file)

    def tried_once(self) -> "Session":
        """Return a session of the same configuration that makes each call of the cloud once."""
        with import_turn:
            from alb_mtls.aliyun.retry import RetryPolicy

        return Session(self._get, RetryPolicy(deadline_seconds=0.0), self._credential)

    def close(self) -> None:
        """Close what keeps connections open."""
        for (kind, *_), client in self._clients.items():
            if kind == "kube":
                client.close()

    def _client(self, key: "tuple[Hashable, ...]", build: Callable[[], _Client]) -> _Client:
        # What is there is returned also while another one is built, and what that needs is imported.
        if key not in self._clients:
            with self._lock:
                if key not in self._clients:
                    self._clients[key] = build()
        client: _Client = self._clients[key]
        return client
