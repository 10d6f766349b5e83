"""The sections of a comment on listeners and who they concern, the most important first. Pure."""

from collections.abc import Iterator, Sequence

from alb_mtls.listing import MOST_NAMES
from alb_mtls.natural_order import natural
from ops.comment.document import Section, folded, listed, tabled
from ops.comment.facts import Facts, Listener, Object, text_of
from ops.comment.markdown import block, code, text
from ops.comment.verdict import not_looked_at

_UNKNOWN = "not known"
_TO_COMMIT = (
    "This program does not write these AlbConfigs. Commit this to the repository that owns them; until then the "
    "listeners stay as they are and nothing is proven."
)
_HANDED_OVER = (
    "An `up` leaves these listeners as they are, and this program writes them no more. Commit this to the repository "
    "that owns the AlbConfig; its next sync without it undoes what stands there."
)


def listener_sections(facts: Facts) -> Iterator[Section]:
    """Yield what stops the run, what becomes of its listeners, and whom that concerns."""
    errors = [_error(one) for one in facts.objects("errors")]
    if errors:
        yield listed("Why it failed" if facts.failed else "Errors", errors)
    if facts.listeners:
        yield _listeners(facts)
    rejecting = [one for one in facts.listeners if one.rejects or one.no_longer_trusted]
    if rejecting:
        yield listed("Hosts on which clients lose access", [one for each in rejecting for one in _hosts(each)])
    not_known = [text(one) for one in facts.texts("notKnown")]
    if not_known:
        yield listed("What could not be looked at", not_known)
    awaiting = [one for one in facts.listeners if one.awaiting]
    if awaiting:
        yield _to_commit("To commit", _TO_COMMIT, awaiting)
    handed_over = [one for one in facts.listeners if one.handed_over and not one.awaiting and not one.stops]
    if handed_over:
        yield _to_commit("To commit before the next sync", _HANDED_OVER, handed_over)
    writers = [line for one in facts.listeners if one.changes and (line := _writers(one))]
    if writers:
        yield listed("Who else writes these AlbConfigs", writers)


def _error(one: Object) -> str:
    key, resource = text_of(one, "key"), text_of(one, "resource")
    name = key or resource
    return f"{code(name)}: {text(text_of(one, 'message'))}" if name else text(text_of(one, "message"))


def _listeners(facts: Facts) -> Section:
    shown = [one for one in facts.listeners if _is_shown(one)]
    staying = [one for one in facts.listeners if not _is_shown(one)]
    shown.sort(key=lambda one: (not one.rejects, not one.no_longer_trusted, not one.changes, natural(one.label)))
    staying.sort(key=lambda one: natural(one.label))
    if not shown:
        return Section(title="Listeners", whole=_stays(staying), short=_stays(staying))
    after = [one for one in (_stays(staying), *map(_headers, shown)) if one]
    rows = [(text(one.label), _before(one), _after(one), _some_hosts(one)) for one in shown]
    unknown = not_looked_at(facts)
    title = "Listeners" if not unknown else f"Listeners ({len(unknown)} could not be looked at)"
    return tabled(title, ("listener", "before", "after", "hosts"), rows, after=after)


def _is_shown(one: Listener) -> bool:
    return one.changes or one.leaves or one.stops or not one.looked or bool(one.proof and one.proof.get("notProven"))


def _stays(staying: Sequence[Listener]) -> str:
    if not staying:
        return ""
    lines = [f"- {text(one.label)}: {_state(one.before)}" for one in staying]
    count = "1 listener stays as it is" if len(lines) == 1 else f"{len(lines):,} listeners stay as they are"
    if len(lines) <= MOST_NAMES:
        return f"{count}:\n\n" + "\n".join(lines)
    rest = len(lines) - _MOST_STAYING
    more = [f"- and {rest:,} more"] if rest > 0 else []
    return folded(count, "\n".join((*lines[:_MOST_STAYING], *more)))


_MOST_STAYING = 50


def _state(fields: Object | None) -> str:
    if fields is None:
        return _UNKNOWN
    identifiers = fields.get("caIdentifiers")
    if fields.get("caEnabled") is not True:
        return "accepts clients without a certificate"
    if not isinstance(identifiers, list):
        return "requests client certificates of this stack's CA"
    names = ", ".join(code(str(one)) for one in identifiers) or "none"
    return f"requests client certificates of CA {names}"


def _before(one: Listener) -> str:
    return _state(one.before)


def _after(one: Listener) -> str:
    if one.stops:
        return f"an `up` stops at it: {text(one.stopped)}" if one.stopped else "an `up` stops at it"
    if not one.looked:
        return _UNKNOWN
    if one.leaves:
        return f"leaves the configuration, and {_state(one.after)}"
    if not one.changes:
        return "stays as it is"
    after = _state(one.after) + _other_ca(one)
    if one.awaiting:
        return f"{after}, once Git has it"
    return f"{after}, handed over to Git" if one.handed_over else after


def _other_ca(one: Listener) -> str:
    """Return what a listener that is off names from then on; empty where that stays, or its clients need it."""
    before, after = one.before or {}, one.after or {}
    if after.get("caEnabled") is True or before.get("caIdentifiers") == after.get("caIdentifiers"):
        return ""
    identifiers = after.get("caIdentifiers")
    if not isinstance(identifiers, list):
        return ", and names this stack's CA"
    names = ", ".join(code(str(each)) for each in identifiers)
    return f", and names {f'CA {names}' if names else 'no CA'}"


def _some_hosts(one: Listener) -> str:
    if one.hosts is None:
        return _UNKNOWN
    names = sorted(one.host_names, key=natural)
    rest = len(names) - MOST_NAMES
    shown = [code(name) for name in names[:MOST_NAMES]]
    return ", ".join((*shown, *([f"and {rest:,} more"] if rest > 0 else []))) or "none"


def _headers(one: Listener) -> str:
    before, after = (_names(one.headers, name) for name in ("before", "after"))
    if before == after or one.leaves:
        return ""
    return f"Identity headers of {text(one.label)}: before {_codes(before)}, after {_codes(after)}."


def _names(values: Object, name: str) -> list[str]:
    found = values.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []


def _codes(names: Sequence[str]) -> str:
    return ", ".join(code(one) for one in names) or "none"


def _hosts(one: Listener) -> Iterator[str]:
    whom = "every client without a certificate" if one.rejects else "clients of a CA that is trusted no more"
    if not one.hosts:
        hosts = "hosts that are not known" if one.hosts is None else "no host"
        yield f"{text(one.label)}: {whom}, on {hosts}"
    for host, ingress in sorted(one.hosts or (), key=lambda each: natural(each[0])):
        yield f"{code(host)} (Ingress {code(ingress)}), {text(one.label)}: {whom}"


def _to_commit(title: str, intro: str, listeners: Sequence[Listener]) -> Section:
    blocks = [f"{text(one.label)}:\n\n{_fragment(one)}" for one in listeners]
    whole, short = "\n\n".join((intro, *blocks)), "\n\n".join((intro, *blocks[:1]))
    if len(blocks) > 1:
        short += f"\n\nand {len(blocks) - 1:,} more"
    return Section(title=title, whole=whole, short=short)


def _fragment(one: Listener) -> str:
    if not one.fragment:
        return "not known before the CA is in CAS: an `up` uploads it, and prints what to commit"
    return block(one.fragment, language="yaml")


def _writers(one: Listener) -> str:
    owners = [owner_text(each) for each in one.owners]
    names = [text(name) for name in (*owners, *one.writers)]
    return f"{text(one.label)}: {', '.join(names)}" if names else ""


def owner_text(one: Object) -> str:
    """Return an owner of the report as all messages name it: many have no name, some no kind."""
    name = text_of(one, "name")
    place = f"{text_of(one, 'namespace')}/" if text_of(one, "namespace") and name else ""
    return " ".join(filter(None, (text_of(one, "tool"), text_of(one, "kind"), f"{place}{name}")))
