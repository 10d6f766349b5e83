"""The sections of a comment on certificates, findings, and what the run said beside. Pure."""

from collections.abc import Iterable, Iterator

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.grouping import grouped
from alb_mtls.listing import listing
from alb_mtls.natural_order import natural
from ops.comment.document import Section, listed
from ops.comment.facts import Facts, Object, text_of
from ops.comment.markdown import code, text

_WHY = {
    "leaves": "its client leaves the configuration",
    "replaced": "its client gets another one",
    "renewed": "its client gets a renewed one",
    "generation": "listeners trust another generation of the root CA",
}
_ACTIONS = {"issue": "first certificate", "renew": "renewed", "replace": "replaced", "leave": "leaves"}


def other_sections(facts: Facts) -> Iterator[Section]:
    """Yield what becomes of certificates and clients, findings, and what else people should read."""
    certificates = facts.objects("certificates")
    for outcome, title in (
        ("stops working", "Certificates that stop working"),
        ("stays valid", "Certificates that nobody is to use any more, and that stay valid until their end"),
    ):
        found = [one for one in certificates if text_of(one, "outcome") == outcome]
        if found:
            found.sort(key=lambda one: natural(text_of(one, "client")))
            yield listed(title, list(map(_certificate, found)))
    yield from _clients(facts)
    yield from _findings(facts)
    messages = facts.texts("messages")
    not_compared = [one for one in messages if _NOT_COMPARED in one]
    for title, texts in (
        ("Rollover of the root CA", facts.texts("rollover")),
        ("What differs", [one for one in messages if one not in not_compared]),
        ("What was not compared with the state", _by_reason(not_compared)),
        ("Warnings", facts.texts("warnings")),
    ):
        if texts:
            yield listed(title, [text(one) for one in texts])
    if given_back := facts.objects("givenBack"):
        yield listed("Given back", [text(text_of(one, "message")) for one in given_back])
    if proofs := list(_proofs(facts)):
        yield listed("What was proven", proofs)


# components/providers/base.py: one missing credential is the reason of many lines.
_NOT_COMPARED = " was not compared with the state: "


def _by_reason(messages: Iterable[str]) -> list[str]:
    alike: dict[str, list[str]] = {}
    for one in messages:
        what, _, why = one.partition(_NOT_COMPARED)
        alike.setdefault(why, []).append(what)
    return [f"{listing(what)}: {why}" for why, what in alike.items()]


def _certificate(one: Object) -> str:
    generation = one.get("generation")
    of = f"generation {generation}" if isinstance(generation, int) else "brought by its client"
    why = _WHY.get(text_of(one, "why"), text_of(one, "why"))
    end = text_of(one, "notAfter")[:10]
    serial = code(text_of(one, "serialNumber"))
    return f"{code(text_of(one, 'client'))} until {text(end)} ({of}, serial number {serial}): {text(why)}"


def _clients(facts: Facts) -> Iterator[Section]:
    found = sorted(facts.objects("clients"), key=lambda one: natural(text_of(one, "client")))
    lines = []
    for action, what in _ACTIONS.items():
        of_action = [one for one in found if text_of(one, "action") == action]
        with_reason = [one for one in of_action if text_of(one, "why")]
        lines += [text(text_of(one, "why")) for one in with_reason]
        rest = [text_of(one, "client") for one in of_action if not text_of(one, "why")]
        if rest:
            lines.append(f"{what} ({len(rest):,}): {', '.join(map(code, rest[:_MOST_CLIENTS]))}{_more(len(rest))}")
    if lines:
        yield listed("Clients and renewals", lines)


_MOST_CLIENTS = 100


def _more(count: int) -> str:
    return f" and {count - _MOST_CLIENTS:,} more" if count > _MOST_CLIENTS else ""


def _findings(facts: Facts) -> Iterator[Section]:
    groups = grouped(_finding(one) for one in facts.objects("findings"))
    if groups:
        yield listed("Findings", [f"{code(one.code)} {text(one.found)}. To do: {text(one.remedy)}" for one in groups])
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in facts.objects("accepted"):
        key = (text_of(one, "code"), text_of(one, "until"), text_of(one, "reason"))
        alike.setdefault(key, []).append(text_of(one, "subject"))
    if alike:
        yield listed(
            "Accepted findings",
            [
                f"{code(finding)} {text(listing(list(dict.fromkeys(subjects))))}, until {text(until)}: {text(reason)}"
                for (finding, until, reason), subjects in sorted(alike.items())
            ],
        )


def _finding(one: Object) -> Finding:
    return Finding(**{name: text_of(one, name) for name in ("code", "subject", "evidence", "remedy")})


def _proofs(facts: Facts) -> Iterator[str]:
    for one in facts.listeners:
        proof = one.proof
        if proof is None:
            continue
        why = text_of(proof, "notProven")
        answers = proof.get("answers")
        shown = ", ".join(str(each) for each in answers) if isinstance(answers, list) else ""
        when = "" if proof.get("inThisRun") else ", in an earlier run"
        yield f"{text(one.label)}: {text(f'not proven: {why}' if why else f'proven{when}; {shown}'.rstrip('; '))}"
