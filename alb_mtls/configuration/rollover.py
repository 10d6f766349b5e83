"""What keeps two generations from following each other, found before the first step: by key, all at once."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.model import ClientSettings, Generations, RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.imports import import_turn
from alb_mtls.pki.duration import length_of
from alb_mtls.pki.same_name import ComparableName, comparable_subject

_OF_A_ROLLOVER = 2


def refuse_impossible_rollover(
    reader: ObjectReader, generations: Generations, clients: Sequence[ClientSettings], context: ReadContext
) -> None:
    """Record at `rootCa` what keeps its generations from following each other, with the way out.

    Args:
        reader: at the key `rootCa`.
        generations: as it lists them.
        clients: of all of them.
        context: says whether listeners request certificates; without that nobody is rejected.
    """
    _refuse_older_than_compromised(reader, generations)
    if len(generations.root_cas) < _OF_A_ROLLOVER:
        return
    if len(generations.root_cas) > _OF_A_ROLLOVER:
        _refuse_more_than_two(reader, generations)
        return
    older, newest = generations.root_cas
    if newest.generation in generations.abandoned and newest.generation != generations.trusted:
        reader.problem(
            "abandoned",
            f"names generation {newest.generation}, which signs all clients; remove it here, or from generations too",
        )
    same = _same(older, newest)
    if same is not None:
        reader.problem("generations", f"{older.generation} and {newest.generation} have {same}")
        return
    if generations.trusted == older.generation:
        _refuse_without_cross(reader, older, newest, clients, context)
        for index, client in enumerate(clients):
            if client.certificate_pem is not None and not _accepts(newest, client.certificate_pem, context.now):
                context.warnings.append(
                    f"clients[{index}].certificateFile: it is rejected as soon as rootCa.trusted is "
                    f"{newest.generation}; have generation {newest.generation} sign client {client.name}, which sends "
                    "the cross certificate of the other clients beside it, and change the file in the same `up` as "
                    "rootCa.trusted"
                )


def _refuse_older_than_compromised(reader: ObjectReader, generations: Generations) -> None:
    trusted = generations.trusted
    newer = [one for one in generations.compromised if one > trusted]
    if not newer:
        return
    # A number that was used is never used again.
    following = max(generations.newest.generation, newer[-1] + 1)
    reader.problem(
        "trusted",
        f"is {trusted}, but generation {newer[-1]} is compromised: generation {trusted} may have signed a cross "
        f"certificate for its key, and then accepts whoever has that key. Go forward to generation {following}: list "
        f"it in rootCa.generations and give rootCa.trusted: {following}",
    )


def _refuse_more_than_two(reader: ObjectReader, generations: Generations) -> None:
    numbers = [one.generation for one in generations.root_cas]
    newest, trusted = numbers[-1], generations.trusted
    kept = {newest, trusted} if trusted != newest else {newest, numbers[-2]}
    removed = [one for one in numbers if one not in kept]
    reader.problem(
        "generations",
        f"lists {_listed(numbers)}, but a rollover is between two: the one that the listeners trust and the newest, "
        f"which signs all clients; remove {_listed(removed)}",
    )


def _refuse_without_cross(
    reader: ObjectReader,
    older: RootCaSettings,
    newest: RootCaSettings,
    clients: Sequence[ClientSettings],
    context: ReadContext,
) -> None:
    """Record why clients of the newest generation would be rejected while listeners trust the older one."""
    issued = [one for one in clients if one.certificate_pem is None]
    why = next(_lacking_cross(older, newest, issued, context.now), None)
    if why is None:
        return
    way_out = (
        f"What is left is a hard swap, which rejects all clients of generation {older.generation} from then on: "
        f"rootCa.trusted: {newest.generation} and rootCa.abandoned: [{older.generation}] in one `up`"
    )
    if not issued:
        context.warn(reader, "trusted", f"generation {newest.generation} gets no cross certificate: {why}. {way_out}")
        return
    context.while_enabled(
        reader,
        "trusted",
        f"is {older.generation}, and clients that generation {newest.generation} signs would be rejected: {why}. "
        f"{way_out}",
    )


def _lacking_cross(
    older: RootCaSettings, newest: RootCaSettings, issued: Sequence[ClientSettings], now: datetime
) -> Iterator[str]:
    if newest.source == "purchased":
        yield f"generation {newest.generation} is purchased, and only a CA that is known here can be certified"
    elif not older.can_issue:
        missing = "it is purchased" if older.source == "purchased" else "it has no keyFile"
        yield f"generation {older.generation} cannot certify a newer one, because {missing}"
    elif older.certificate_pem is not None:
        with import_turn:
            from alb_mtls.configuration.rollover_certificates import problems_of_crossed

        yield from problems_of_crossed(older.certificate_pem, newest, issued, now)


def _same(older: RootCaSettings, newest: RootCaSettings) -> str | None:
    """Return what two generations must not have in common but do, with the remedy, or None."""
    if older.identifier is not None and older.identifier == newest.identifier:
        return f"the same identifier {older.identifier}; give each its own"
    if older.certificate_pem is not None and newest.certificate_pem is not None:
        with import_turn:
            from alb_mtls.configuration.rollover_certificates import have_same_key, shared_root

        if have_same_key(older.certificate_pem, newest.certificate_pem):
            return "the same key, so nobody who has that key would be rejected; make the newer CA with a key of its own"
        root = shared_root(older.certificate_pem, newest.certificate_pem)
        if root is not None:
            return (
                f"{root} in common: a listener that trusts that CA accepts the clients of both, before and after a "
                "swap; take a newer CA below another root"
            )
    names = [_name(one) for one in (older, newest)]
    if names[0] == names[1] is not None:
        return (
            "the same subject, so clients and TLS stacks confuse them; make the newer CA with another subject, for "
            "example another commonName"
        )
    return None


def _name(root_ca: RootCaSettings) -> ComparableName | None:
    if root_ca.certificate_pem is not None:
        with import_turn:
            from alb_mtls.configuration.rollover_certificates import subject_of

        return subject_of(root_ca.certificate_pem)
    return None if root_ca.subject is None else comparable_subject(root_ca.subject)


def _accepts(root_ca: RootCaSettings, certificate_pem: str, now: datetime) -> bool:
    """Say whether a certificate that a client brings is known to be of this generation."""
    if root_ca.certificate_pem is None:
        return False
    with import_turn:
        from alb_mtls.configuration.rollover_certificates import is_accepted_by

    return is_accepted_by(root_ca.certificate_pem, certificate_pem, now)


def longest_validity(clients: Sequence[ClientSettings], default: str) -> str:
    """Return the longest validity of the clients that are issued here, a duration; `default` without any."""
    return max((one.validity for one in clients if one.certificate_pem is None), key=length_of, default=default)


def _listed(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last
