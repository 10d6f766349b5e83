"""The ALB APIs on the wire: parameters in, calls of `AlbService`, members of the answer out."""

import uuid
from collections.abc import Callable
from typing import Any, Final, get_args

from lab.behaviour import CloudBehaviour, NoCa
from lab.cloud.alb.exceptions import (
    DryRunOperation,
    IdempotenceSignatureMismatch,
    ServiceManagedResource,
)
from lab.cloud.alb.models import AlbService
from lab.cloud.alb.records import REGION, Listener, LoadBalancer, Protocol
from lab.cloud.exceptions import InvalidParameter
from lab.cloud.paging import token_page
from lab.cloud.parameters import Parameters
from lab.cloud.rpc import Answer, Operation

_LONGEST_TOKEN: Final = 64


def alb_operations(alb: AlbService, behaviour: CloudBehaviour) -> dict[str, Operation]:
    """Return the APIs by name."""
    responses = _Responses(alb, behaviour)
    return {
        "ListLoadBalancers": Operation(run=responses.list_load_balancers),
        "GetLoadBalancerAttribute": Operation(run=responses.get_load_balancer_attribute, target="LoadBalancerId"),
        "ListListeners": Operation(run=responses.list_listeners, target="LoadBalancerIds.1"),
        "GetListenerAttribute": Operation(run=responses.get_listener_attribute, target="ListenerId"),
        "ListListenerCertificates": Operation(run=responses.list_listener_certificates, target="ListenerId"),
        "UpdateListenerAttribute": Operation(run=responses.update_listener_attribute, target="ListenerId"),
    }


class _Responses:
    def __init__(self, alb: AlbService, behaviour: CloudBehaviour) -> None:
        self._alb = alb
        self._behaviour = behaviour
        self._client_tokens: dict[str, tuple[frozenset[tuple[str, str]], Answer]] = {}

    def list_load_balancers(self, parameters: Parameters) -> Answer:
        identifiers = parameters.items("LoadBalancerIds")
        names = parameters.items("LoadBalancerNames")
        found = [
            one
            for one in self._alb.load_balancers()
            if (not identifiers or one.load_balancer_id in identifiers) and (not names or one.name in names)
        ]
        page, about = token_page(parameters, found)
        return Answer(body={"LoadBalancers": [_load_balancer(one) for one in page], **about})

    def get_load_balancer_attribute(self, parameters: Parameters) -> Answer:
        found = self._alb.load_balancer(parameters.required("LoadBalancerId"))
        return Answer(body={**_load_balancer(found), "RegionId": REGION})

    def list_listeners(self, parameters: Parameters) -> Answer:
        load_balancer_ids = parameters.items("LoadBalancerIds")
        listener_ids = parameters.items("ListenerIds")
        protocol = parameters.choice("ListenerProtocol", frozenset(get_args(Protocol)))
        found = [
            one
            for one in self._alb.listeners()
            if (not load_balancer_ids or one.load_balancer_id in load_balancer_ids)
            and (not listener_ids or one.listener_id in listener_ids)
            and protocol in {None, one.protocol}
        ]
        page, about = token_page(parameters, found)
        return Answer(body={"Listeners": [self._listener(one) for one in page], **about})

    def get_listener_attribute(self, parameters: Parameters) -> Answer:
        found = self._alb.listener(parameters.required("ListenerId"))
        return Answer(
            body={
                **self._listener(found),
                "CaEnabled": found.ca_enabled,
                **self._authorities(found),
                "Certificates": [{"CertificateId": one} for one in found.certificate_ids[:1]],
            }
        )

    def list_listener_certificates(self, parameters: Parameters) -> Answer:
        listener = self._alb.listener(parameters.required("ListenerId"))
        type_ = parameters.choice("CertificateType", frozenset({"Ca", "Server"})) or "Server"
        selected = parameters.items("CertificateIds")
        identifiers = (
            [self._as_given_back(one) for one in self._shown_authorities(listener)]
            if type_ == "Ca"
            else listener.certificate_ids
        )
        entries = [
            {
                "CertificateId": identifier,
                "CertificateType": type_,
                "IsDefault": index == 0,
                "Status": self._association(listener),
            }
            for index, identifier in enumerate(identifiers)
            if not selected or identifier in selected
        ]
        page, about = token_page(parameters, entries)
        return Answer(body={"Certificates": page, **about})

    def update_listener_attribute(self, parameters: Parameters) -> Answer:
        listener_id = parameters.required("ListenerId")
        token = parameters.text("ClientToken")
        if token is not None and (not token.isascii() or len(token) > _LONGEST_TOKEN):
            raise InvalidParameter("ClientToken", f"at most {_LONGEST_TOKEN} ASCII characters")
        known = self._client_tokens.get(token or "")
        if known is not None:
            request, answer = known
            if request != parameters.fingerprint():
                raise IdempotenceSignatureMismatch
            return Answer(body=answer.body)
        attributes = _changes(parameters)
        before, _ = self._alb.check_update(listener_id, **attributes)
        managed = self._alb.load_balancer(before.load_balancer_id).service_managed
        if managed and self._behaviour.listener_edits_rejected:
            raise ServiceManagedResource
        if parameters.boolean("DryRun"):
            raise DryRunOperation
        updated = self._alb.update_listener_attribute(listener_id, **attributes)
        answer = Answer(
            body={"JobId": str(uuid.uuid4())},
            effect=f"changed listener {listener_id} ({updated.label}): {', '.join(sorted(attributes))}",
        )
        if token is not None:
            self._client_tokens[token] = (parameters.fingerprint(), answer)
        return answer

    def _authorities(self, listener: Listener) -> dict[str, Any]:
        """Return the member of GetListenerAttribute that names the CA, which may be left out."""
        shown = [
            {
                "CertificateId": self._as_given_back(identifier),
                "IsDefault": True,
                "Status": self._association(listener),
            }
            for identifier in self._shown_authorities(listener)
        ]
        if shown:
            return {"CaCertificates": shown} if self._behaviour.ca_named else {}
        match self._behaviour.no_ca:
            case NoCa.ABSENT:
                return {}
            case NoCa.NULL:
                return {"CaCertificates": None}
            case NoCa.EMPTY:
                return {"CaCertificates": []}

    def _listener(self, one: Listener) -> dict[str, Any]:
        changing = self._behaviour.unknown_statuses and one.status != "Running"
        return {**_listener(one), "ListenerStatus": "Rearranging" if changing else one.status}

    def _association(self, listener: Listener) -> str:
        if listener.status == "Running":
            return "Associated"
        return "Rearranging" if self._behaviour.unknown_statuses else "Associating"

    def _shown_authorities(self, listener: Listener) -> list[str]:
        let_go = self._behaviour.lets_go_of_ca and not listener.ca_enabled
        return [] if let_go else listener.ca_certificate_ids

    def _as_given_back(self, identifier: str) -> str:
        return identifier + self._behaviour.ca_identifier_suffix


def _changes(parameters: Parameters) -> dict[str, Any]:
    read: dict[str, Callable[[], Any]] = {
        "ca_enabled": lambda: parameters.boolean("CaEnabled"),
        "ca_certificate_ids": lambda: parameters.items("CaCertificates", "CertificateId") or None,
        "certificate_ids": lambda: parameters.items("Certificates", "CertificateId") or None,
        "security_policy_id": lambda: parameters.text("SecurityPolicyId"),
        "request_timeout": lambda: parameters.integer("RequestTimeout", least=1),
        "idle_timeout": lambda: parameters.integer("IdleTimeout", least=1),
        "gzip_enabled": lambda: parameters.boolean("GzipEnabled"),
        "http2_enabled": lambda: parameters.boolean("Http2Enabled"),
        "description": lambda: parameters.text("ListenerDescription"),
        "x_forwarded_for": lambda: _object(parameters, "XForwardedForConfig"),
        "quic": lambda: _object(parameters, "QuicConfig"),
    }
    values = {name: reader() for name, reader in read.items()}
    return {name: value for name, value in values.items() if value is not None}


def _object(parameters: Parameters, name: str) -> dict[str, Any] | None:
    members = {
        member: parameters.boolean(f"{name}.{member}") if member.endswith("Enabled") else value
        for member, value in parameters.members(name).items()
    }
    return members or None


def _load_balancer(one: LoadBalancer) -> dict[str, Any]:
    return {
        "AddressAllocatedMode": "Dynamic",
        "AddressIpVersion": "IPv4",
        "AddressType": "Internet",
        "CreateTime": one.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "DNSName": one.dns_name,
        "LoadBalancerBussinessStatus": "Normal",
        "LoadBalancerEdition": one.edition,
        "LoadBalancerId": one.load_balancer_id,
        "LoadBalancerName": one.name,
        "LoadBalancerStatus": one.status,
        "ServiceManagedEnabled": one.service_managed,
        "ServiceManagedMode": "Managed" if one.service_managed else "Unmanaged",
    }


def _listener(one: Listener) -> dict[str, Any]:
    members: dict[str, Any] = {
        "GzipEnabled": one.gzip_enabled,
        "IdleTimeout": one.idle_timeout,
        "ListenerDescription": one.description,
        "ListenerId": one.listener_id,
        "ListenerPort": one.port,
        "ListenerProtocol": one.protocol,
        "LoadBalancerId": one.load_balancer_id,
        "QuicConfig": {"QuicUpgradeEnabled": False, **one.quic},
        "RequestTimeout": one.request_timeout,
        "XForwardedForConfig": one.x_forwarded_for,
    }
    if one.protocol == "HTTPS":
        members |= {"Http2Enabled": one.http2_enabled, "SecurityPolicyId": one.security_policy_id}
    return members
