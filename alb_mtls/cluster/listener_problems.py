"""What must be put right in an AlbConfig before client authentication can be switched on. Pure."""

import json
from typing import Any

from alb_mtls.cluster.identity_headers import HEADER_POINTERS, PARENT, key_of
from alb_mtls.cluster.listener import (
    CA_CERTIFICATES,
    CA_ENABLED,
    CERTIFICATE_ID,
    AlbConfig,
    ListenerRef,
    object_in,
    objects_in,
)


def listener_problems(albconfig: AlbConfig, ref: ListenerRef) -> list[str]:
    """Return what must be put right before client authentication can be switched on; one sentence each.

    The controller decodes the AlbConfig as a whole, so a value of the wrong type on any listener stops them
    all; and it ignores a key that it does not know without a word (docs/facts/alibaba-cloud.md, Controller errors).
    """
    problems = []
    if ref.key.protocol != "HTTPS":
        problems.append(
            f"a listener of protocol {ref.key.protocol} cannot request client certificates, only HTTPS can "
            "(ALB: Manage certificates); name the HTTPS listener"
        )
    elif not _has_server_certificate(albconfig, ref):
        problems.append(
            "it has no server certificate (certificates, defaultCertificate, or one from spec.tls of an "
            "Ingress that the status of the AlbConfig would show), without which an HTTPS listener does not "
            "work; add one first"
        )
    problems.extend(_misspelled(ref))
    problems.extend(_wrong_types(albconfig))
    return problems


def _has_server_certificate(albconfig: AlbConfig, ref: ListenerRef) -> bool:
    default = ref.element.get("defaultCertificate")
    if isinstance(default, dict) and default.get("certificateId"):
        return True
    if any(entry.get(CERTIFICATE_ID) for entry in objects_in(ref.element.get("certificates"))):
        return True
    # The controller takes certificates from Ingress spec.tls too (Secret, or found in CAS by host): they
    # stand in status only.
    load_balancer = object_in(object_in(albconfig.get("status")).get("loadBalancer"))
    return any(
        listener.get("portAndProtocol") == ref.key.text and objects_in(listener.get("certificates"))
        for listener in objects_in(load_balancer.get("listeners"))
    )


def _misspelled(ref: ListenerRef) -> list[str]:
    where = f"spec.listeners[{ref.index}]"
    keys = [(where, key, right) for key in ref.element for right in (CA_ENABLED, CA_CERTIFICATES)]
    for name in (CA_CERTIFICATES, "certificates"):
        entries = ref.element.get(name)
        for place, entry in enumerate(entries if isinstance(entries, list) else []):
            keys += [(f"{where}.{name}[{place}]", key, CERTIFICATE_ID) for key in object_in(entry)]
    return [
        f"{place} has the key {key!r}, which must be spelled {right!r}; the controller may read either of the two"
        for place, key, right in keys
        if key != right and key.lower() == right.lower()
    ]


def _wrong_types(albconfig: AlbConfig) -> list[str]:
    spec = albconfig.get("spec")
    listeners = spec.get("listeners") if isinstance(spec, dict) else None
    wrong = []
    for index, element in enumerate(listeners if isinstance(listeners, list) else []):
        where = f"spec.listeners[{index}]"
        if not isinstance(element, dict):
            wrong.append((where, element, "an object"))
            continue
        if not isinstance(element.get(CA_ENABLED), bool | None):
            wrong.append((f"{where}.{CA_ENABLED}", element[CA_ENABLED], "a boolean without quotes"))
        for name in (CA_CERTIFICATES, "certificates"):
            wrong.extend(_wrong_entries(f"{where}.{name}", element.get(name)))
        wrong.extend(_wrong_headers(f"{where}.{PARENT}", element.get(PARENT)))
    return [
        f"{place} is {json.dumps(value)} but must be {right}; until it is corrected the controller fails on the whole "
        "AlbConfig"
        for place, value, right in wrong
    ]


def _wrong_headers(where: str, parent: Any) -> list[tuple[str, Any, str]]:
    if parent is None:
        return []
    if not isinstance(parent, dict):
        return [(where, parent, "an object")]
    wrong: list[tuple[str, Any, str]] = []
    for key in map(key_of, HEADER_POINTERS):
        value, is_alias = parent.get(key), key.endswith("Alias")
        if not isinstance(value, (str if is_alias else bool) | None):
            wrong.append((f"{where}.{key}", value, "a string" if is_alias else "a boolean without quotes"))
    return wrong


def _wrong_entries(where: str, entries: Any) -> list[tuple[str, Any, str]]:
    if entries is None:
        return []
    if not isinstance(entries, list):
        return [(where, entries, "a list")]
    wrong: list[tuple[str, Any, str]] = []
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict):
            wrong.append((f"{where}[{place}]", entry, "an object"))
            continue
        if not isinstance(entry.get(CERTIFICATE_ID), str | None):
            wrong.append((f"{where}[{place}].{CERTIFICATE_ID}", entry[CERTIFICATE_ID], "a string"))
        if not isinstance(entry.get("IsDefault"), bool | None):
            wrong.append((f"{where}[{place}].IsDefault", entry["IsDefault"], "a boolean without quotes"))
    return wrong
