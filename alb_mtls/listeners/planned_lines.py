"""What a preview says of listeners: those that change in blocks, the others in a line, those that are alike as one."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final

from alb_mtls.cluster.grouping import grouped
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.listener import ListenerState
from alb_mtls.listeners.leaving import LeavingListener
from alb_mtls.listeners.planned import PlannedListener
from alb_mtls.listeners.proved_lines import standing
from alb_mtls.listing import MOST_NAMES, fitted, listing
from alb_mtls.natural_order import natural
from alb_mtls.redaction import one_line

Block = list[str]
# Where no line ends.
_BLANK: Final = "\N{NO-BREAK SPACE}"


def planned_blocks(listeners: Iterable[PlannedListener], width: int) -> Iterator[Block]:
    """Yield blocks of lines: first of listeners that stay as they are, then of those that change.

    Many of them that are alike are one block, with five of each list and the number of the rest.

    Args:
        listeners: all of them, in any order.
        width: in columns; only a word that is longer has more.
    """
    for block in _blocks(listeners):
        yield [part.replace(_BLANK, " ") for line in block for part in fitted(line, width)]


def leaving_blocks(listeners: Iterable[LeavingListener], width: int) -> Iterator[Block]:
    """Yield blocks of lines about listeners that leave the configuration; those that are alike are one block.

    Args:
        listeners: in any order.
        width: as of `planned_blocks`.
    """
    in_order = sorted(listeners, key=lambda one: one.key.place)
    alike: dict[Hashable, list[LeavingListener]] = {}
    for one in in_order:
        alike.setdefault((*_given_back_lines(one), *_rejected_lines(one)), []).append(one)
    for some in alike.values():
        first, names = some[0], listing([one.key.short_label for one in some])
        head = f"{names} {'leaves' if len(some) == 1 else 'leave'} the configuration"
        lines = [head, *_given_back_lines(first), *_host_lines([one.hosts for one in some]), *_rejected_lines(first)]
        yield [part.replace(_BLANK, " ") for line in lines for part in fitted(line, width)]


def _given_back_lines(listener: LeavingListener) -> Block:
    now = f"  now: {_state(listener.before)}"
    if listener.stopped:
        return [now, f"  an up stops here and changes nothing of it: {one_line(listener.stopped)}"]
    return [now, f"  given back: {_state(listener.given_back)}"]


def _state(state: ListenerState) -> str:
    bound = ", ".join(state.identifiers) or "none"
    return f"{_mode(enabled=state.ca_enabled)} {_together(f'(caEnabled {_yaml(state.ca_enabled)}, CA {bound})')}"


def _rejected_lines(listener: LeavingListener) -> Block:
    lines = ["  clients without a certificate will be rejected"] if listener.rejects else []
    if listener.no_longer_trusted:
        lines.append(f"  clients of CA {', '.join(listener.no_longer_trusted)} will be rejected")
    if listener.before.ca_enabled and not listener.stopped and not listener.given_back.ca_enabled:
        lines.append("  clients without a certificate will be accepted")
    return lines


def _blocks(listeners: Iterable[PlannedListener]) -> Iterator[Block]:
    in_order = sorted(listeners, key=lambda one: one.key.place)
    staying = [one for one in in_order if not one.changes]
    if staying:
        yield [f"{_names(some)}: {_stays(some[0])}" for some in _alike(staying, _stays)]
    for some in _alike([one for one in in_order if one.changes], _same):
        yield _block(some)


def _names(some: Sequence[PlannedListener]) -> str:
    return listing([one.key.short_label for one in some])


def _alike(
    listeners: Sequence[PlannedListener], by: Callable[[PlannedListener], Hashable]
) -> Iterable[list[PlannedListener]]:
    found: dict[Hashable, list[PlannedListener]] = {}
    for one in listeners:
        found.setdefault(by(one), []).append(one)
    return found.values()


def _stays(listener: PlannedListener) -> str:
    if listener.stops_up:
        cas = ", ".join(listener.before.identifiers) or "none"
        mode = _mode(enabled=listener.before.ca_enabled)
        return f"{mode}, with CA {cas} that this stack did not bind; an up stops here and changes nothing"
    doubt = f"; not proven: {listener.not_proven}" if listener.not_proven else ""
    return f"{standing(listener.before)}{doubt}; nothing changes"


def _same(listener: PlannedListener) -> Hashable:
    return (
        *_before_and_after(listener),
        *_header_lines(listener),
        *_git_lines(listener),
        *_whom_it_rejects(listener),
    )


def _before_and_after(listener: PlannedListener) -> Block:
    before = listener.before
    if before.is_set_to(enabled=listener.enabled, ca_identifier=listener.ca_identifier):
        # Its identity headers, or its claim, are what changes.
        return [f"  now and then: {_state(before)}"]
    ca = "CA of this stack" if listener.ca_identifier is None else f"CA {listener.ca_identifier} of this stack"
    return [
        f"  now: {_state(before)}",
        f"  then: {_mode(enabled=listener.enabled)} {_together(f'(caEnabled {_yaml(listener.enabled)}, {ca})')}",
    ]


def _block(some: Sequence[PlannedListener]) -> Block:
    first, is_one = some[0], len(some) == 1
    if is_one:
        head = f"Listener {first.key.text} of AlbConfig {first.key.alb_config}"
    else:
        head = f"{len(some)} listeners: {_names(some)}"
    editions = _each_once(one.edition or "not known" for one in some)
    lines = [head, *_before_and_after(first), f"  edition of the ALB: {', '.join(editions)}"]
    lines += _host_lines([one.hosts for one in some])
    lines += _header_lines(first)
    probed = _each_once(one.probed for one in some if one.probed)
    lines += _list("host of the proof", probed)
    lines += _git_lines(first)
    lines += _whom_it_rejects(first)
    bypasses = grouped(each for one in some for each in one.bypasses)
    if bypasses and not first.enabled:
        lines.append("  bypasses, once it requests client certificates:")
        lines += [f"    {one.found} ({one.code})" for one in bypasses]
    whose = "this AlbConfig" if len({one.key.alb_config for one in some}) == 1 else "these AlbConfigs"
    owners = _each_once(each.text for one in some for each in one.owners if each.syncs)
    if owners:
        lines.append(f"  {whose} {'is' if whose.startswith('this') else 'are'} kept by: {listing(owners)}")
    # Whoever writes it for Git is to write it.
    managers = _each_once(each for one in some if one.write == "patch" for each in one.field_managers)
    if managers:
        lines.append(f"  others that write {whose} and may undo the change: {listing(managers)}")
    return lines


def _host_lines(some: Sequence[tuple[ListenerHost, ...] | None]) -> Block:
    known = [hosts for hosts in some if hosts is not None]
    if not known:
        return ["  hosts on it: not known"]
    hosts = sorted({f"{each.host} (Ingress {each.ingress_text})" for hosts in known for each in hosts}, key=natural)
    return _list("hosts on it" if len(some) == 1 else "hosts on them", hosts or ["none"])


def _git_lines(listener: PlannedListener) -> Block:
    """Return what of an AlbConfig that Git owns a commit does, and what an `up`."""
    if listener.write == "patch":
        return []
    if listener.is_handed_over and listener.is_committed:
        line = (
            "  handed over to Git (write: none): an up proves it, gives its claim up and leaves the fields; commit "
            "what it prints before the next sync, which undoes them otherwise"
        )
        return [line]
    if listener.is_committed:
        return ["  Git owns it (write: none) and has that already; an up proves it and writes nothing"]
    return ["  Git owns it (write: none): an up writes nothing, and prints what is to be committed"]


def _whom_it_rejects(listener: PlannedListener) -> Block:
    synced = "" if listener.write == "patch" else ", once that is synced"
    if listener.rejects:
        return [f"  clients without a certificate of this stack's root CA will be rejected{synced}"]
    # Whom another generation of this stack's own CA rejects, the rollover says.
    if listener.rejects_others:
        return [f"  clients of CA {', '.join(listener.no_longer_trusted)} will be rejected{synced}"]
    return []


def _header_lines(listener: PlannedListener) -> Block:
    headers = listener.headers
    if not headers.before and not headers.after:
        return []
    lines = [
        f"  identity headers now: {', '.join(headers.before) or 'none'}",
        f"  identity headers then: {', '.join(headers.after) or 'none'}",
    ]
    if headers.given_back:
        lines.append(f"  no longer configured, so it goes back to what it was: {', '.join(headers.given_back)}")
    return lines


def _list(head: str, texts: Sequence[str]) -> Block:
    """Return a list as one line, or from two entries on as a line for each of the first five."""
    if len(texts) < 2:  # noqa: PLR2004 - one needs no line of its own
        return [f"  {head}: {text}" for text in texts]
    lines = [f"  {head} ({len(texts)}):", *(f"    {text}" for text in texts[:MOST_NAMES])]
    rest = len(texts) - MOST_NAMES
    return [*lines, f"    and {rest} more"] if rest > 0 else lines


def _each_once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _together(text: str) -> str:
    return text.replace(" ", _BLANK)


def _mode(*, enabled: bool | None) -> str:
    return "requests client certificates" if enabled else "requests no client certificate"


def _yaml(value: bool | None) -> str:  # noqa: FBT001 - the value of a field, not an option
    return "absent" if value is None else str(value).lower()
