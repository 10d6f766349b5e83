"""Ways to a protected service that do not pass the listener which asks for client certificates. Pure."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener import (
    AlbConfig,
    Element,
    ListenerState,
    listener_label,
    listeners_of,
    name_of,
    port_text,
    state_of,
)
from alb_mtls.cluster.routes import Object, albconfig_of, class_name, qualified, routes_on, services_of

# They allow TLS 1.0 and 1.1. The open-source controller takes the first when none is set (alibaba.md, Defaults in LBC).
_WEAK_POLICIES = ("tls_cipher_policy_1_0", "tls_cipher_policy_1_1")

ListenerKey = tuple[str, int, str]
Live = Callable[[AlbConfig, int, str], ListenerState | None]


def bypasses(
    albconfig: AlbConfig,
    *,
    port: int,
    protocol: str,
    albconfigs: Collection[AlbConfig],
    ingresses: Collection[Object],
    ingress_classes: Collection[Object],
    services: Collection[Object],
    also_protected: Collection[ListenerKey] = (),
    trusted: Sequence[str] | None = None,
    live: Live | None = None,
    security_policy: str | None = None,
) -> list[Finding]:
    """Return what lets a client without a certificate reach what is behind a listener.

    Args:
        albconfig: with the listener.
        port: of the listener.
        protocol: of the listener.
        albconfigs: all of the cluster.
        ingresses: all of the cluster.
        ingress_classes: all of the cluster.
        services: all of the cluster.
        also_protected: further listeners, as (AlbConfig, port, protocol), that the same run switches on.
        trusted: identifiers of the CA that clients are to be of; None means those that the listener names now.
        live: what the ALB itself tells about an HTTPS listener, in place of the AlbConfig, which a controller may
            ignore; None from it when the ALB does not tell.
        security_policy: id of the listener's TLS policy as the ALB tells it; None when it was not asked.
    """
    scene = _Scene(
        name=name_of(albconfig),
        port=port,
        protocol=protocol,
        albconfigs={name_of(item): item for item in albconfigs} | {name_of(albconfig): albconfig},
        ingresses=ingresses,
        classes=ingress_classes,
        guarded=frozenset(also_protected) | {(name_of(albconfig), port, protocol)},
        trusted=trusted,
        live=live,
        security_policy=security_policy,
    )
    behind = scene.behind()
    findings = [
        *scene.other_listeners(behind),
        *scene.quic(),
        *scene.other_controllers(behind),
        *_exposed(services, behind),
        *scene.weak_policy(),
    ]
    return sorted(set(findings), key=lambda finding: (finding.code, finding.subject, finding.evidence))


@dataclass(frozen=True, kw_only=True)
class _Scene:
    name: str
    port: int
    protocol: str
    albconfigs: dict[str, AlbConfig]
    ingresses: Collection[Object]
    classes: Collection[Object]
    guarded: frozenset[ListenerKey]
    trusted: Sequence[str] | None
    live: Live | None
    security_policy: str | None

    def behind(self) -> frozenset[str]:
        """Return the services, as `namespace/name`, that the listener forwards to."""
        return frozenset(
            service
            for ingress in self.ingresses
            if albconfig_of(ingress, self.classes) == self.name
            for service in _forwarded(ingress, self.port, self.protocol)
        )

    def other_listeners(self, behind: frozenset[str]) -> Iterator[Finding]:
        for ingress in self.ingresses:
            name = albconfig_of(ingress, self.classes)
            for element in _elements(self.albconfigs.get(name or "")):
                port, protocol = _place(element)
                if protocol == "QUIC" or (name, port, protocol) in self.guarded:
                    continue
                reached = behind & _forwarded(ingress, port, protocol)
                if not reached:
                    continue
                state = self._state(str(name), element)
                if not self._is_guarded(element, state):
                    yield self._route_finding(str(name), element, ingress, f"{_listed(reached)} there{_asking(state)}")

    def quic(self) -> Iterator[Finding]:
        for element in _elements(self.albconfigs[self.name]):
            label = listener_label(element)
            if element.get("protocol") == "QUIC":
                users = sorted(
                    qualified(ingress)
                    for ingress in self.ingresses
                    if albconfig_of(ingress, self.classes) == self.name and _forwarded(ingress, *_place(element))
                )
                rules = f"rules of Ingress {', '.join(users)}" if users else "no rules at present"
                evidence = f"a QUIC listener cannot ask for client certificates; it carries {rules}"
            elif _upgrades_to_quic(element) and label == self._label:
                evidence = "quicConfig.quicUpgradeEnabled offers clients HTTP/3, which cannot ask for certificates"
            else:
                continue
            yield Finding(
                code=FindingCode.QUIC_LISTENER,
                subject=f"listener {label} of AlbConfig {self.name}",
                evidence=evidence,
                remedy="remove the QUIC listener and quicUpgradeEnabled from the AlbConfig",
            )

    def other_controllers(self, behind: frozenset[str]) -> Iterator[Finding]:
        for ingress in self.ingresses:
            named = class_name(ingress, self.classes)
            if named is None or albconfig_of(ingress, self.classes) is not None:
                continue
            namespace = ingress["metadata"].get("namespace", "default")
            reached = behind & {f"{namespace}/{service}" for service in services_of(ingress)}
            if reached:
                yield Finding(
                    code=FindingCode.OTHER_ROUTE,
                    subject=f"Ingress {qualified(ingress)}",
                    evidence=f"IngressClass {named} forwards to Service {_listed(reached)}, past the ALB",
                    remedy="remove the Ingress, or make its controller ask for client certificates too",
                )

    def weak_policy(self) -> Iterator[Finding]:
        element = self._ours()
        policy = self.security_policy or element.get("securityPolicyId")
        if not element or (policy and policy not in _WEAK_POLICIES):
            return
        if self.security_policy:
            seen = f"the ALB API says that its TLS policy is {policy}"
        else:
            seen = f"securityPolicyId is {policy}" if policy else f"no securityPolicyId: probably {_WEAK_POLICIES[0]}"
        yield Finding(
            code=FindingCode.WEAK_TLS_POLICY,
            subject=f"listener {self._label} of AlbConfig {self.name}",
            evidence=f"{seen}, which allows TLS 1.1 or older",
            remedy="set securityPolicyId: tls_cipher_policy_1_2_strict on the listener",
        )

    @property
    def _label(self) -> str:
        return f"{self.port}/{self.protocol}"

    def _ours(self) -> Element:
        return next((e for e in _elements(self.albconfigs[self.name]) if listener_label(e) == self._label), {})

    def _state(self, name: str, element: Element) -> ListenerState:
        told = None
        if self.live is not None and element.get("protocol") == "HTTPS":
            told = self.live(self.albconfigs[name], *_place(element))
        return told or state_of(element)

    def _is_guarded(self, element: Element, state: ListenerState) -> bool:
        """Say whether a listener asks for certificates of the same CA: those of another let other clients in."""
        if element.get("protocol") != "HTTPS" or state.ca_enabled is not True or not state.identifiers:
            return False
        trusted = state_of(self._ours()).identifiers if self.trusted is None else list(self.trusted)
        return state.identifiers == trusted

    def _route_finding(self, name: str, element: Element, ingress: Object, reached: str) -> Finding:
        label = listener_label(element)
        evidence = f"Ingress {qualified(ingress)} forwards to Service {reached}"
        if name != self.name:
            code, remedy = FindingCode.OTHER_ROUTE, "ask for certificates of the same CA there, or remove that route"
        elif element.get("protocol") == "HTTP":
            code = FindingCode.HTTP_FORWARDS
            remedy = (
                'set alb.ingress.kubernetes.io/ssl-redirect: "true" on the Ingress, or remove HTTP from listen-ports'
            )
        else:
            code = FindingCode.HTTPS_WITHOUT_CLIENT_AUTH
            remedy = "add this listener to alb-mtls:listeners, or take it out of the listen-ports of the Ingress"
        return Finding(code=code, subject=f"listener {label} of AlbConfig {name}", evidence=evidence, remedy=remedy)


def _exposed(services: Collection[Object], behind: frozenset[str]) -> Iterator[Finding]:
    for service in services:
        spec = service.get("spec", {})
        kind, addresses = spec.get("type", "ClusterIP"), spec.get("externalIPs") or []
        if qualified(service) not in behind or (kind not in {"NodePort", "LoadBalancer"} and not addresses):
            continue
        seen = f"type {kind}" + (f", externalIPs {', '.join(addresses)}" if addresses else "")
        yield Finding(
            code=FindingCode.SERVICE_EXPOSED,
            subject=f"Service {qualified(service)}",
            evidence=f"{seen}: reachable without the ALB",
            remedy="make it a ClusterIP Service (Terway), or let only the ALB's addresses reach its ports",
        )


def _forwarded(ingress: Object, port: int, protocol: str) -> frozenset[str]:
    namespace = ingress["metadata"].get("namespace", "default")
    return frozenset(
        f"{namespace}/{service}" for route in routes_on(ingress, port, protocol) for service in route.services
    )


def _upgrades_to_quic(element: Element) -> bool:
    config = element.get("quicConfig")
    return isinstance(config, dict) and config.get("quicUpgradeEnabled") is True


def _place(element: Element) -> tuple[int, str]:
    """Return port and protocol; 0, which no Ingress can ask for, when the port is no number."""
    port = port_text(element.get("port"))
    return (int(port) if port.isdecimal() else 0), str(element.get("protocol"))


def _elements(albconfig: AlbConfig | None) -> list[Element]:
    return [element for _, element in listeners_of(albconfig)] if albconfig else []


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _asking(state: ListenerState) -> str:
    if state.ca_enabled is not True:
        return ""
    return f", which asks for certificates of CA {', '.join(state.identifiers) or 'none'}"
