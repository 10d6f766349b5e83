"""The clients that provider code finds in the model: of the cluster, of the ALB API, and of CAS.

The client of CAS is the real one; only the official SDK below it is replaced.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from cryptography import x509

from alb_mtls.aliyun.alb import BoundListener, Listener
from alb_mtls.aliyun.answers import Members
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.cas_models import UPLOADED_CA_TYPE
from alb_mtls.aliyun.endpoints import cas_endpoint
from alb_mtls.aliyun.errors import DeadlinePassed, InUse, NotFound, RequestRejected
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.cluster.errors import PatchConflict, PatchRejected, ReplyLost
from alb_mtls.cross_resources import CrossCertificateInputs
from alb_mtls.errors import OperationFailed
from tests.fakes.alb import BOUND, Alb, listener_on_alb
from tests.fakes.cluster import Cluster
from tests.model.conversation import ask
from tests.model.documents import LISTENERS, Bound
from tests.model.world import CONFLICT, DENIED, Reply

LOST = "reply lost"
LOOK_AGAIN = "look again"
ALIVE, GONE = "alive", "gone"


class _Kube(Cluster):
    def albconfig(self, _name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(ask("albconfig"))
        return document

    def patch_albconfig(self, _name: str, operations: list[dict[str, Any]]) -> dict[str, Any]:
        reply = ask("patch", json.dumps(operations, sort_keys=True))
        if reply == CONFLICT:
            raise PatchConflict(CONFLICT)
        if reply == DENIED:
            raise PatchRejected(DENIED)
        if reply == LOST:
            raise ReplyLost(LOST)
        document: dict[str, Any] = json.loads(reply)
        return document

    def try_patch_albconfig(self, _name: str, _operations: list[dict[str, Any]]) -> dict[str, Any]:
        # Without effect, so no event: whoever denies may do so when the patch itself comes.
        return {}


class _Alb(Alb):
    def listener(self, _id: str, *, port: int, protocol: str) -> Listener:
        return _shown(ask("listener", _place(port)), port, protocol)

    def wait_for(
        self,
        _id: str,
        *,
        until: Any,
        describe: str,
        deadline_seconds: float,
        meanwhile: Any = None,
        **where: Any,
    ) -> Listener:
        # The controller of the model reports nothing.
        del deadline_seconds, meanwhile
        place = _place(where["port"])
        while True:
            bound = ask("listener", place)
            shown = _shown(bound, **where)
            if until(shown):
                return shown
            if ask("patience", place, bound) != LOOK_AGAIN:
                sentence = f"the listener did not {describe}"
                raise DeadlinePassed(sentence, api="GetListenerAttribute", target="listener")

    def bound_listeners(self, identifier: str) -> list[BoundListener]:
        return [BOUND] if ask("bound", identifier) else []


def _place(port: int) -> int:
    return [one.port for one in LISTENERS].index(port)


def _shown(bound: Bound, port: int, protocol: str) -> Listener:
    fields = {"xForwardedForConfig": json.loads(bound.headers)}
    return listener_on_alb(
        port=port, protocol=protocol, enabled=bound.enabled, identifiers=bound.identifiers, fields=fields
    )


_KUBE, _ALB = _Kube(), _Alb()


class CasSdk:
    """Answers in the place of the official SDK's wrapper, with answers as the cloud has them."""

    def __init__(self, **_: Any) -> None:
        """Take what the real one takes, and need none of it."""

    def call(
        self,
        api: str,
        request: Mapping[str, Any],
        *,
        target: str,
        read: Callable[[Members], Any],
        after_lost_reply: Callable[[], Any] | None = None,
    ) -> Any:
        """Return what `read` makes of the answer; see `alb_mtls.aliyun.sdk.SdkClient.call`."""
        arguments = [str(request[name]) for name in _SENT[api]]
        while (reply := ask(api, *arguments)) == LOST:
            found = after_lost_reply() if after_lost_reply is not None else None
            if found is not None:
                return found
        if reply is None:
            raise (
                NotFound(api, api=api, target=target)
                if api == "DescribeWarehouseCert"
                else RequestRejected(api, api=api, target=target)
            )
        if reply is False:
            raise InUse(api, api=api, target=target)
        return read(_ANSWERS[api](reply))


_SENT = {
    "ListCertWarehouse": ["Name"],
    "CreateWarehouse": ["Name"],
    "DeleteWarehouse": ["WarehouseInstanceId"],
    "ListCert": ["WarehouseId"],
    "UploadPCACert": ["Cert", "WarehouseId"],
    "DescribeWarehouseCert": ["CertIdentifier"],
    "DeletePCACert": ["Identifier"],
}


def _listed_repositories(reply: Reply) -> Members:
    entries = [
        {"WhId": one.number, "InstanceId": str(one.number), "Name": one.name, "Type": UPLOADED_CA_TYPE} for one in reply
    ]
    return {"CertWarehouseList": entries, "TotalCount": len(entries)}


def _listed_certificates(reply: Reply) -> Members:
    entries = [
        {
            "Identifier": one.identifier,
            "SerialNo": format(x509.load_pem_x509_certificate(one.pem.encode()).serial_number, "x"),
        }
        for one in reply
    ]
    return {"CertList": entries, "TotalCount": len(entries)}


_ANSWERS: dict[str, Callable[[Reply], Members]] = {
    "ListCertWarehouse": _listed_repositories,
    "CreateWarehouse": lambda reply: {"WarehouseInstanceId": reply},
    "DeleteWarehouse": lambda _: {},
    "ListCert": _listed_certificates,
    "UploadPCACert": lambda reply: {"Identifier": reply},
    "DescribeWarehouseCert": lambda reply: {"Content": reply.pem, "CommonName": ""},
    "DeletePCACert": lambda _: {},
}


def ask_listeners(crossing: CrossCertificateInputs, _cross: x509.Certificate) -> None:
    """Stand in for the handshakes of alb_mtls/listeners/cross_gate.py.

    Raises:
        OperationFailed: a listener that trusts the older generation takes no cross certificate.
    """
    if crossing.listeners and not ask("gate", crossing.signer_certificate_pem):
        message = "rejects clients with a cross certificate"
        raise OperationFailed(message)


def session() -> SimpleNamespace:
    """Return what stands in for `components.providers.process.session()` in the process that runs now."""
    return SimpleNamespace(cas=_cas, alb=lambda *_: _ALB, kube=lambda _: _KUBE, passphrase_of=lambda _: None)


_ENDPOINT = cas_endpoint("international")


def _cas(_endpoint: str) -> CasClient:
    # Every look at this clock is later than any deadline: whatever is polled is looked at once.
    policy = RetryPolicy(clock=itertools.count(step=1000).__next__, sleep=lambda _: None)
    return CasClient(endpoint=_ENDPOINT, credential=None, policy=policy)
