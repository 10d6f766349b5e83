"""What a person commits to the Git repository that owns an AlbConfig, where this program writes nothing to it. Pure."""

import re
from typing import Any

import yaml

from alb_mtls.cluster.identity_headers import PARENT, IdentityHeaders, headers_in, key_of
from alb_mtls.cluster.listener import (
    CA_CERTIFICATES,
    CA_ENABLED,
    AlbConfig,
    Element,
    find_listener,
    object_in,
)
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import switched_fields

_FIRST = ("port", "protocol", CA_ENABLED, CA_CERTIFICATES)
_COLUMNS = 120


class _Dumper(yaml.SafeDumper):
    """Quotes texts too that are none in Go: `1e3`, `0o17` and `y` (kubectl, Helm, Argo CD, Flux)."""


_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    # Hexadecimal digits only after 0x: the identifier of a CA is made of them, and is a number for nobody.
    re.compile(r"[-+]?(0[xX][0-9a-fA-F_]*|0[oObB][0-9_]*|[0-9_]*\.?[0-9_]*([eE][-+]?[0-9_]+)?)$"),
    list("-+.0123456789"),
)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("[yYnN]$"), list("yYnN"))


def committed_text(value: Any) -> str:
    """Return what is to be committed as YAML that every reader takes for the same, in ASCII."""
    # Escaped: what stands in an AlbConfig may turn the direction of the text around it.
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=False, width=_COLUMNS)
    return text


def fragment(
    albconfig: AlbConfig,
    key: ListenerKey,
    *,
    identifier: str | None,
    enabled: bool,
    headers: IdentityHeaders | None = None,
) -> str:
    """Return the whole element of `spec.listeners` as it is to be committed, YAML with a comment that says where.

    All that stands in it and is not this program's stays, so that it can take the place of what Git has: an AlbConfig
    has its listeners in one list, which every apply replaces as a whole.

    Args:
        albconfig: as it was read.
        key: of the listener in it.
        identifier: of the CA to check clients with. None: none, the last commit before a destroy; `enabled` must be
            false then, as an ALB that requests certificates rejects an empty list.
        enabled: whether client certificates are requested.
        headers: that pass on who the client is; keys of others stay.

    Raises:
        NoSuchListener, AmbiguousListener: there is nothing to commit it in the place of.
        ValueError: certificates would be requested of no CA.
    """
    if enabled and identifier is None:
        message = "a listener cannot request certificates of no CA"
        raise ValueError(message)
    element = find_listener(albconfig, key).element
    identifiers = [] if identifier is None else [identifier]
    fields = switched_fields(element, ca_enabled=enabled, identifiers=identifiers)
    committed = {**element, **{pointer[1:]: value for pointer, value in fields.items()}}
    if identifier is None:
        # In so many words: a controller may take a field that becomes absent for unchanged.
        committed[CA_CERTIFICATES] = []
    if headers is not None:
        committed[PARENT] = _with_headers(element, headers)
    # A Go client writes null where nothing stood (docs/facts/alibaba-cloud.md, AlbConfig spec).
    ordered = {name: committed[name] for name in (*_FIRST, *committed) if committed.get(name) is not None}
    return f"# AlbConfig {key.alb_config}, spec.listeners, in the place of {key.text}:\n{committed_text([ordered])}"


def _with_headers(element: Element, headers: IdentityHeaders) -> dict[str, Any]:
    there = object_in(element.get(PARENT))
    keys = {key_of(pointer): headers.fields[pointer] for pointer in headers_in(headers.fields)}
    # An alias that is empty is not written where there is none: whoever validates aliases takes 1 to 40 characters.
    return {**there, **{name: value for name, value in keys.items() if value != "" or name in there}}
