"""Ways to a protected service that do not pass the listener which requests client certificates. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.forgeable_headers import forgeable_at, forgeable_on
from alb_mtls.cluster.gateways import GatewayApi, gateway_routes
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
from alb_mtls.cluster.listener_key import ListenerKey, port_number
from alb_mtls.cluster.routes import Object, albconfig_of, class_name, qualified, routes_on, services_of
from alb_mtls.cluster.same_pods import listed, with_same_pods

# They allow TLS 1.0 and 1.1. The open-source controller takes the first when none is set (docs/facts/alibaba-cloud.md,
# Controller defaults).
_WEAK_POLICIES = ("tls_cipher_policy_1_0", "tls_cipher_policy_1_1")

# No name of a Service has a blank.
_SERVER_GROUP = "server group "

OnAlb = Callable[[AlbConfig, ListenerKey], ListenerState | None]


def bypasses(
    albconfig: AlbConfig,
    listener: ListenerKey,
    *,
    albconfigs: Collection[AlbConfig],
    ingresses: Collection[Object],
    ingress_classes: Collection[Object],
    services: Collection[Object],
    gateway_api: GatewayApi,
    also_protected: Collection[ListenerKey] = (),
    trusted: Sequence[str] | None = None,
    on_alb: OnAlb | None = None,
    security_policy: str | None = None,
    headers: Mapping[ListenerKey, Collection[str]] | None = None,
) -> list[Finding]:
    """Return what lets a client without a certificate reach what is behind a listener.

    Args:
        albconfig: with the listener.
        listener: that requests client certificates, or will.
        albconfigs: all of the cluster.
        ingresses: all of the cluster.
        ingress_classes: all of the cluster.
        services: all of the cluster.
        gateway_api: all of the cluster.
        also_protected: further listeners that the same run switches on.
        trusted: identifiers of the CA that clients are to be of; None means those that the listener names now.
        on_alb: the state of an HTTPS listener as the ALB API shows it, which counts more than the AlbConfig, since a
            controller may ignore that; None from it when the ALB API does not show the listener.
        security_policy: id of the listener's TLS policy as the ALB API shows it; None when that is not known.
        headers: names of the identity headers that listeners of this deployment have, or will have.
    """
    scene = _Scene(
        listener=listener,
        albconfigs={name_of(item): item for item in albconfigs} | {listener.alb_config: albconfig},
        ingresses=ingresses,
        classes=ingress_classes,
        guarded=frozenset({*also_protected, listener}),
        trusted=trusted,
        on_alb=on_alb,
        security_policy=security_policy,
        headers=headers or {},
    )
    behind = with_same_pods(scene.behind(), services)
    ways = [
        *scene.other_listeners(behind),
        *scene.quic(),
        *scene.other_controllers(behind),
        *gateway_routes(gateway_api, behind),
        *_exposed(services, behind),
    ]
    forgeable = [*forgeable_on(scene.names, ways), *scene.forgeable(behind)]
    findings = [*ways, *scene.weak_policy(), *forgeable]
    return sorted(set(findings), key=lambda finding: (finding.code, finding.subject, finding.evidence))


@dataclass(frozen=True, kw_only=True)
class _Scene:
    listener: ListenerKey
    albconfigs: dict[str, AlbConfig]
    ingresses: Collection[Object]
    classes: Collection[Object]
    guarded: frozenset[ListenerKey]
    trusted: Sequence[str] | None
    on_alb: OnAlb | None
    security_policy: str | None
    headers: Mapping[ListenerKey, Collection[str]]

    @property
    def names(self) -> Collection[str]:
        """The identity headers of the listener."""
        return self.headers.get(self.listener, ())

    def forgeable(self, behind: Mapping[str, str]) -> Iterator[Finding]:
        """Yield the listeners that are no bypass, and do not set the headers of this one."""
        for ingress in self.ingresses if self.names else ():
            name = albconfig_of(ingress, self.classes) or ""
            for element in _elements(self.albconfigs.get(name)):
                key = _key(name, element)
                reached = behind.keys() & _forwarded(ingress, key)
                is_other = key != self.listener and reached
                if is_other and (key in self.guarded or self._is_guarded(element, self._state(key, element))):
                    to, sets = _named(reached, behind), self.headers.get(key)
                    yield from forgeable_at(self.names, element, alb_config=name, sets=sets, reached=to)

    def behind(self) -> frozenset[str]:
        """Return the services, as `namespace/name`, and the server groups that the listener forwards to."""
        return frozenset(
            service
            for ingress in self.ingresses
            if albconfig_of(ingress, self.classes) == self.listener.alb_config
            for service in _forwarded(ingress, self.listener)
        )

    def other_listeners(self, behind: Mapping[str, str]) -> Iterator[Finding]:
        for ingress in self.ingresses:
            name = albconfig_of(ingress, self.classes) or ""
            for element in _elements(self.albconfigs.get(name)):
                key = _key(name, element)
                is_near = name == self.listener.alb_config
                # Those of the same AlbConfig are found below, whatever their rules lead to.
                if key in self.guarded or (is_near and key.protocol == "QUIC"):
                    continue
                reached = behind.keys() & _forwarded(ingress, key)
                if not reached:
                    continue
                state, services = self._state(key, element), _named(reached, behind)
                if not is_near and (key.protocol == "QUIC" or _upgrades_to_quic(element)):
                    yield _quic_elsewhere(key, element, ingress, services)
                if key.protocol != "QUIC" and not self._is_guarded(element, state):
                    yield self._route_finding(key, element, ingress, f"{services} there{_requested_ca(state)}")

    def quic(self) -> Iterator[Finding]:
        name = self.listener.alb_config
        for element in _elements(self.albconfigs[name]):
            label = listener_label(element)
            if element.get("protocol") == "QUIC":
                users = sorted(
                    qualified(ingress)
                    for ingress in self.ingresses
                    if albconfig_of(ingress, self.classes) == name and _forwarded(ingress, _key(name, element))
                )
                if not users:
                    # Nothing is behind it; once an Ingress lists it, it is found.
                    continue
                rules = f"rules of Ingress {', '.join(users)}"
                evidence = f"a QUIC listener cannot request client certificates; it carries {rules}"
            elif _upgrades_to_quic(element) and label == self.listener.text:
                evidence = (
                    "quicConfig.quicUpgradeEnabled offers clients HTTP/3, where no client certificate can be requested"
                )
            else:
                continue
            yield Finding(
                code=FindingCode.QUIC_LISTENER,
                subject=f"listener {label} of AlbConfig {name}",
                evidence=evidence,
                remedy="remove the QUIC listener and quicUpgradeEnabled from the AlbConfig",
            )

    def other_controllers(self, behind: Mapping[str, str]) -> Iterator[Finding]:
        for ingress in self.ingresses:
            named = class_name(ingress, self.classes)
            if named is None or albconfig_of(ingress, self.classes) is not None:
                continue
            namespace = ingress["metadata"].get("namespace", "default")
            reached = behind.keys() & {f"{namespace}/{service}" for service in services_of(ingress)}
            if reached:
                yield Finding(
                    code=FindingCode.OTHER_ROUTE,
                    subject=f"Ingress {qualified(ingress)}",
                    evidence=f"IngressClass {named} forwards to Service {listed(reached, behind)}, past the ALB",
                    remedy="remove the Ingress, or make its controller request client certificates too",
                )

    def weak_policy(self) -> Iterator[Finding]:
        element = self._ours()
        policy = self.security_policy or element.get("securityPolicyId")
        if not element or (policy and policy not in _WEAK_POLICIES):
            return
        if self.security_policy:
            evidence = f"the ALB API shows its TLS policy {policy}"
        else:
            evidence = (
                f"securityPolicyId is {policy}" if policy else f"no securityPolicyId: probably {_WEAK_POLICIES[0]}"
            )
        yield Finding(
            code=FindingCode.WEAK_TLS_POLICY,
            subject=self.listener.label,
            evidence=f"{evidence}, which allows TLS 1.1 or older",
            remedy="set securityPolicyId: tls_cipher_policy_1_2_strict on the listener",
        )

    def _ours(self) -> Element:
        elements = _elements(self.albconfigs[self.listener.alb_config])
        return next((element for element in elements if listener_label(element) == self.listener.text), {})

    def _state(self, key: ListenerKey, element: Element) -> ListenerState:
        shown = None
        if self.on_alb is not None and key.protocol == "HTTPS":
            shown = self.on_alb(self.albconfigs[key.alb_config], key)
        return shown or state_of(element)

    def _is_guarded(self, element: Element, state: ListenerState) -> bool:
        """Say whether a listener requests certificates of the same CA; with another CA it accepts other clients."""
        if element.get("protocol") != "HTTPS" or state.ca_enabled is not True or not state.identifiers:
            return False
        trusted = state_of(self._ours()).identifiers if self.trusted is None else list(self.trusted)
        return state.identifiers == trusted

    def _route_finding(self, key: ListenerKey, element: Element, ingress: Object, reached: str) -> Finding:
        evidence = f"Ingress {qualified(ingress)} forwards to {reached}"
        if key.alb_config != self.listener.alb_config:
            code = FindingCode.OTHER_ROUTE
            remedy = (
                "remove that route: over HTTP no client certificate can be requested"
                if key.protocol == "HTTP"
                else "request client certificates of the same CA there, or remove that route"
            )
        elif key.protocol == "HTTP":
            code = FindingCode.HTTP_FORWARDS
            remedy = (
                'set alb.ingress.kubernetes.io/ssl-redirect: "true" on the Ingress, or remove HTTP from listen-ports'
            )
        else:
            code = FindingCode.HTTPS_WITHOUT_CLIENT_AUTH
            remedy = "add this listener to alb-mtls:listeners, or take it out of the listen-ports of the Ingress"
        subject = f"listener {listener_label(element)} of AlbConfig {key.alb_config}"
        return Finding(code=code, subject=subject, evidence=evidence, remedy=remedy)


def _quic_elsewhere(key: ListenerKey, element: Element, ingress: Object, services: str) -> Finding:
    what = "a QUIC listener" if key.protocol == "QUIC" else "HTTP/3, which quicConfig.quicUpgradeEnabled offers here,"
    return Finding(
        code=FindingCode.QUIC_LISTENER,
        subject=f"listener {listener_label(element)} of AlbConfig {key.alb_config}",
        evidence=f"{what} cannot request client certificates; Ingress {qualified(ingress)} forwards to {services}",
        remedy="remove QUIC from that AlbConfig, or that route",
    )


def _exposed(services: Collection[Object], behind: Mapping[str, str]) -> Iterator[Finding]:
    for service in services:
        spec = service.get("spec", {})
        kind, addresses = spec.get("type", "ClusterIP"), spec.get("externalIPs") or []
        if qualified(service) not in behind or (kind not in {"NodePort", "LoadBalancer"} and not addresses):
            continue
        exposed = f"type {kind}" + (f", externalIPs {', '.join(addresses)}" if addresses else "")
        yield Finding(
            code=FindingCode.SERVICE_EXPOSED,
            subject=f"Service {qualified(service)}",
            evidence=f"{exposed}: reachable without the ALB{behind[qualified(service)]}",
            remedy="make it a ClusterIP Service (Terway), or allow only the ALB's addresses to reach its ports",
        )


def _forwarded(ingress: Object, listener: ListenerKey) -> frozenset[str]:
    """Return where the rules of an Ingress lead on a listener: Services, and server groups as people name them."""
    namespace, routes = ingress["metadata"].get("namespace", "default"), list(routes_on(ingress, listener))
    groups = frozenset(f"{_SERVER_GROUP}{group}" for route in routes for group in route.server_groups)
    return groups | frozenset(f"{namespace}/{service}" for route in routes for service in route.services)


def _named(reached: Iterable[str], behind: Mapping[str, str]) -> str:
    groups = sorted(one for one in reached if one.startswith(_SERVER_GROUP))
    services = [one for one in reached if one not in groups]
    return " and ".join([*([f"Service {listed(services, behind)}"] if services else []), *groups])


def _upgrades_to_quic(element: Element) -> bool:
    config = element.get("quicConfig")
    return isinstance(config, dict) and config.get("quicUpgradeEnabled") is True


def _key(alb_config: str, element: Element) -> ListenerKey:
    """Return the key of a listener; with port 0, which no Ingress can name, when the port is no number."""
    number = port_number(port_text(element.get("port"))) or 0
    return ListenerKey(alb_config=alb_config, port=number, protocol=str(element.get("protocol")))


def _elements(albconfig: AlbConfig | None) -> list[Element]:
    return [element for _, element in listeners_of(albconfig)] if albconfig else []


def _requested_ca(state: ListenerState) -> str:
    if state.ca_enabled is not True:
        return ""
    return f", which requests client certificates of CA {', '.join(state.identifiers) or 'none'}"
