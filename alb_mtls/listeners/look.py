"""What the program found of a listener before it registered anything, kept until the switch patches it. Pure.

Between the two somebody else may change it, and whoever confirmed the `up` was not shown that.
"""

import json
from collections.abc import Iterable
from typing import Any

from alb_mtls.cluster.claim import claim_text
from alb_mtls.cluster.identity_headers import header_fields_of, headers_in, same_key
from alb_mtls.cluster.listener import AlbConfig, Meaning, fields_of, find_listener, meaning_of
from alb_mtls.cluster.listener_key import ListenerKey


def look_of(albconfig: AlbConfig, listener: ListenerKey) -> str:
    """Return what a look at a listener shows of claim and fields, for `edited_since`.

    Raises:
        NoSuchListener, AmbiguousListener: it cannot be looked at.
    """
    element = find_listener(albconfig, listener).element
    stands, headers = meaning_of(fields_of(element)), header_fields_of(element)
    look = {
        "uid": albconfig["metadata"]["uid"],
        "claim": claim_text(albconfig, listener),
        "enabled": stands.enabled,
        "identifiers": stands.identifiers,
        "malformed": stands.malformed,
    }
    keys = {one: headers[one] for one in headers_in(headers)}
    if keys:
        look["headers"] = keys
    return json.dumps(look, ensure_ascii=False, sort_keys=True)


def edited_since(observed: str | None, albconfig: AlbConfig, listener: ListenerKey) -> bool:
    """Say whether somebody else changed the fields since a look: the claim is the same, and they are not.

    Or the AlbConfig is another one. Whoever confirmed an `up` saw the listener as it was then.

    Args:
        observed: of `look_of`; None when nobody looked.
        albconfig: as it is now.
        listener: which one.
    """
    if observed is None:
        return False
    then, now = _parsed(observed), _parsed(look_of(albconfig, listener))
    # Keys of headers are judged one by one.
    then, now = {**then, "headers": None}, {**now, "headers": None}
    return then["uid"] != now["uid"] or (then["claim"] == now["claim"] and then != now)


def headers_edited_since(
    observed: str | None, albconfig: AlbConfig, listener: ListenerKey, *, keys: Iterable[str]
) -> tuple[str, ...]:
    """Return which of some keys of identity headers somebody else changed since a look: the claim is the same."""
    if observed is None:
        return ()
    then, now = _parsed(observed), _parsed(look_of(albconfig, listener))
    if then["claim"] != now["claim"]:
        return ()
    was, becomes = then.get("headers") or {}, now.get("headers") or {}
    return tuple(one for one in keys if not same_key(was.get(one), becomes.get(one)))


def meaning_in_look(look: str | None) -> Meaning | None:
    """Return what the fields meant at a look."""
    if look is None:
        return None
    then = _parsed(look)
    return Meaning(enabled=then["enabled"], identifiers=tuple(then["identifiers"]), malformed=then["malformed"])


def bound_in_look(look: str | None) -> int | None:
    """Return the generation of the root CA that a listener checked clients with at a look; None if not known."""
    stood = meaning_in_look(look)
    if look is None or stood is None or not stood.enabled:
        return None
    try:
        claim = json.loads(_parsed(look)["claim"] or "{}")
        written, generation = claim["written"], claim["generation"]
    except (ValueError, KeyError, TypeError):
        return None
    return generation if type(generation) is int and meaning_of(written) == stood else None


def _parsed(look: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(look)
    return value
