"""What a write to an AlbConfig wakes: differences of its ALB that the next reconcile resets, whoever writes. Pure.

The console can edit the listeners of a reused ALB, and no controller hears of it (docs/facts/alibaba-cloud.md, Hash
label, and Reuse by spec.config.id).
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from alb_mtls.aliyun.alb_models import Listener, ListenerSummary, LoadBalancer, same_identifier
from alb_mtls.cluster.listener import (
    AlbConfig,
    Element,
    config_of,
    listener_label,
    listeners_of,
    name_of,
    port_text,
    state_of,
)
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.reuse import OWN_DESCRIPTION, overrides_load_balancer, reused_by
from alb_mtls.listeners.desired import same_identifiers
from alb_mtls.listeners.edition import edition_of, edition_revert
from alb_mtls.listeners.reuse import in_use, is_managed
from alb_mtls.redaction import one_line

# docs/facts/alibaba-cloud.md, Controller defaults: those of the open-source build.
_DEFAULTS: Final[dict[str, Any]] = {
    "idleTimeout": 15,
    "requestTimeout": 60,
    "gzipEnabled": True,
    "http2Enabled": True,
    "securityPolicyId": "tls_cipher_policy_1_0",
}
_ONLY_HTTPS: Final = frozenset({"http2Enabled", "securityPolicyId"})
_HEADERS: Final = "xForwardedForConfig"
# False where an AlbConfig has none of them; of later members nobody has written what absent means.
_SWITCHES_OF_HEADERS: Final = frozenset(
    f"XForwardedFor{name}Enabled"
    for name in (
        "Proto",
        "SLBId",
        "SLBPort",
        "ClientSrcPort",
        "ClientCertSubjectDN",
        "ClientCertIssuerDN",
        "ClientCertFingerprint",
        "ClientCertClientVerify",
    )
)


def woken(
    albconfig: AlbConfig, alb: LoadBalancer, on_alb: Collection[ListenerSummary], *, ours: Collection[ListenerKey]
) -> list[str]:
    """Return what a reconcile would change on an ALB beside the fields of this program; a line each.

    Args:
        albconfig: whose controller is woken.
        alb: its ALB.
        on_alb: the listeners of the ALB; of one that is a `Listener`, certificates and CAs are compared too.
        ours: listeners whose client authentication this program sets itself.
    """
    lines = [*_edition(albconfig, alb)]
    if in_use(albconfig, on_alb):
        # Then the controller changes no listener at all.
        return lines
    elements = {listener_label(element): element for _, element in listeners_of(albconfig)}
    own = {key.text for key in ours if key.alb_config == name_of(albconfig)}
    for one in on_alb:
        if one.label in elements:
            found = _differences(elements[one.label], one, is_reused=reused_by(albconfig) is not None)
            lines += [f"listener {one.label}: {text}" for text in found]
            if isinstance(one, Listener) and one.label not in own:
                lines += [f"listener {one.label}: {text}" for text in _client_authentication(elements[one.label], one)]
        elif is_managed(albconfig, one):
            lines.append(f"listener {one.label}: the ALB has it and the AlbConfig has it not, so it is deleted")
    return lines


def _edition(albconfig: AlbConfig, alb: LoadBalancer) -> Iterator[str]:
    says = edition_of(albconfig)
    if not alb.edition or alb.edition.lower() == says.lower() or not overrides_load_balancer(albconfig):
        return
    if edition_revert(albconfig, alb) is None:
        yield _difference("edition", alb.edition, says, config_of(albconfig).get("edition"))


def _differences(element: Element, one: ListenerSummary, *, is_reused: bool) -> Iterator[str]:
    """Yield fields that differ; of an ALB that the controller made, a default says nothing: the controller set it."""
    defaults = {**_DEFAULTS, "description": f"{OWN_DESCRIPTION}-{port_text(element.get('port'))}"} if is_reused else {}
    for name, shown in one.fields.items():
        if name in _ONLY_HTTPS and one.protocol != "HTTPS":
            continue
        if name == _HEADERS:
            yield from _headers(element.get(name), shown, is_reused=is_reused)
            continue
        becomes = element.get(name) or (False if element.get(name) is False else defaults.get(name))
        if type(becomes) is type(shown) and becomes != shown:
            yield _difference(name, shown, becomes, element.get(name))
    yield from _server_certificate(element, one)


def _headers(says: Any, shown: dict[str, Any], *, is_reused: bool) -> Iterator[str]:
    listed = says if isinstance(says, dict) else {}
    for name, value in shown.items():
        default = False if is_reused and name in _SWITCHES_OF_HEADERS else None
        becomes = listed.get(name, default)
        if type(becomes) is type(value) and becomes != value:
            yield _difference(f"{_HEADERS}.{name}", value, becomes, listed.get(name))


def _server_certificate(element: Element, one: ListenerSummary) -> Iterator[str]:
    shown, becomes = one.server_certificate if isinstance(one, Listener) else None, _default_certificate(element)
    if shown is not None and becomes is not None and not same_identifier(shown, becomes):
        yield _difference("the default of certificates", shown, becomes, becomes)


def _default_certificate(element: Element) -> str | None:
    chosen = element.get("defaultCertificate")
    if isinstance(chosen, dict) and chosen.get("certificateId"):
        return str(chosen["certificateId"])
    listed = element.get("certificates")
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    named = [one for one in entries if one.get("IsDefault") is True] or entries[:1]
    return str(named[0]["CertificateId"]) if len(named) == 1 and named[0].get("CertificateId") else None


def _client_authentication(element: Element, one: Listener) -> Iterator[str]:
    says = state_of(element)
    if one.ca_enabled != bool(says.ca_enabled):
        yield _difference("caEnabled", one.ca_enabled, bool(says.ca_enabled), says.ca_enabled)
    if not one.hides_ca and not same_identifiers(one.ca_identifiers, says.identifiers):
        shown, becomes = ", ".join(one.ca_identifiers) or "none", ", ".join(says.identifiers) or "none"
        yield _difference("caCertificates", shown, becomes, element.get("caCertificates"))


def _difference(name: str, shown: Any, becomes: Any, said: Any) -> str:
    # What Go reads as absent; false is a value.
    default = " by default" if said is not False and not said else ""
    return f"{name} is {_text(shown)} on the ALB, and {_text(becomes)} in the AlbConfig{default}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else one_line(str(value))
