"""Which listeners a new stack switches: those that a person names, or the only one that can be switched."""

from collections.abc import Callable, Collection, Sequence

from alb_mtls.addresses import is_host_and_port
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listing import listing
from ops.errors import OpsError
from ops.init.candidates import Candidate, usable
from ops.init.questions import Questions, Unusable
from ops.listener_name import listener_named

EditionRefused = Callable[[Candidate], str | None]
"""Returns why the ALB of a listener cannot do it; None where it can."""

_WHERE = "add an HTTPS listener with `kubectl edit albconfig`, then run it again"


def require_listener(candidates: Sequence[Candidate]) -> None:
    """Stop where the cluster has no listener that can be switched, whoever would be asked.

    Raises:
        OpsError: names what is there, and why it does not do.
    """
    if usable(candidates):
        return
    if not candidates:
        message = (
            "the cluster has no AlbConfig with a listener; make one with an HTTPS listener (kubectl get albconfig), or "
            "give --context of the cluster that has it"
        )
        raise OpsError(message)
    found = listing([f"{one.name} {one.refused}" for one in candidates], between="; ")
    message = f"no listener of the cluster can request client certificates: {found}; {_WHERE}"
    raise OpsError(message)


def choose_listeners(
    questions: Questions,
    candidates: Sequence[Candidate],
    *,
    alb_config: str | None,
    given: Sequence[str],
    edition_refused: EditionRefused,
) -> tuple[Candidate, ...]:
    """Return the listeners to switch; what is wrong with one that was named is remembered.

    Args:
        questions: asks, where several can be switched.
        candidates: of the cluster.
        alb_config: to which the choice is narrowed; None for all.
        given: with flags, each `alb/443`.
        edition_refused: looks at the edition of an ALB.
    """
    names = {one.key.alb_config for one in candidates}
    if alb_config is not None and alb_config not in names:
        questions.refuse(
            "--alb-config",
            f"the cluster has no AlbConfig {alb_config} with a listener; it has {listing(sorted(names))}",
        )
        return ()
    near = [one for one in candidates if alb_config in {None, one.key.alb_config}]

    def possible() -> list[Candidate]:
        return [one for one in usable(near) if edition_refused(one) is None]

    def named(text: str) -> Candidate:
        return _named(text, candidates, possible, edition_refused)

    if given:
        return _given(questions, given, named)
    found = possible()
    if not found:
        questions.refuse("--listener", _none_in(near, edition_refused))
        return ()
    if len(found) == 1 and not questions.terminal:
        return tuple(found)
    text = questions.value(
        "--listener",
        "Listeners that are to request client certificates, blanks between",
        given=None,
        default=found[0].name if len(found) == 1 else None,
        missing=f"{len(found)} listeners can request client certificates; name those that are to, of {_names(found)}",
        check=lambda answer: " ".join(one.name for one in map(named, answer.replace(",", " ").split())) or _nothing(),
    )
    return () if text is None else _given(questions, text.split(), named)


def _given(questions: Questions, given: Sequence[str], named: Callable[[str], Candidate]) -> tuple[Candidate, ...]:
    found: dict[ListenerKey, Candidate] = {}
    for text in given:
        try:
            one = named(text)
        except Unusable as error:
            questions.refuse("--listener", str(error))
        else:
            found[one.key] = one
    return tuple(found.values())


def _named(
    text: str,
    candidates: Collection[Candidate],
    possible: Callable[[], list[Candidate]],
    edition_refused: EditionRefused,
) -> Candidate:
    try:
        key = listener_named(text)
    except OpsError as error:
        raise Unusable(str(error)) from None
    one = next((one for one in candidates if one.key == key), None)
    if one is None:
        on_port = [one for one in candidates if (one.key.alb_config, one.key.port) == (key.alb_config, key.port)]
        if not on_port or text.count("/") > 1:
            message = f"the cluster has no listener {text}; {_would_do(possible())}"
            raise Unusable(message)
        one = on_port[0]
    why = one.refused or edition_refused(one)
    if why is not None:
        message = f"listener {one.name} {why}; {_would_do(possible())}"
        raise Unusable(message)
    return one


def _would_do(found: Sequence[Candidate]) -> str:
    return f"these can: {_names(found)}" if found else f"no other can: {_WHERE}"


def _names(found: Sequence[Candidate]) -> str:
    return listing([one.name for one in found])


def _none_in(candidates: Sequence[Candidate], edition_refused: EditionRefused) -> str:
    why = [f"{one.name} {one.refused or edition_refused(one)}" for one in candidates]
    return f"none can request client certificates: {listing(why)}"


def _nothing() -> str:
    message = "name at least one"
    raise Unusable(message)


def connections_of(
    questions: Questions, chosen: Sequence[Candidate], given: Sequence[str]
) -> dict[ListenerKey, tuple[str, ...]]:
    """Return where each listener is reached; what is wrong is remembered.

    Args:
        questions: remembers.
        chosen: the listeners.
        given: each `host:port`, or with a listener before it: `alb/443=host:port`.
    """
    found: dict[ListenerKey, tuple[str, ...]] = {}
    by_name = {one.name: one.key for one in chosen}
    for text in given:
        name, separator, place = text.rpartition("=")
        keys = [by_name[name]] if name in by_name else list(by_name.values()) if not separator else []
        if not keys or (not separator and len(keys) > 1):
            names = ", ".join(by_name) or "none"
            questions.refuse(
                "--connect-to", f"{text!r} names no listener of the stack; write LISTENER=HOST:PORT, of {names}"
            )
        elif not is_host_and_port(place):
            questions.refuse("--connect-to", f"{place!r} is no host:port, for example 127.0.0.1:8443")
        else:
            found[keys[0]] = (*found.get(keys[0], ()), place)
    return found
