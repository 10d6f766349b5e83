"""Who holds which generation during a rollover, in sentences with counts and a few names. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from alb_mtls.listing import listing
from alb_mtls.pki.inventory import Inventory, IssuedCertificate, Issuer


def rollover_lines(
    held: Inventory,
    clients: Sequence[str],
    *,
    issues: int,
    trusted: int,
    bound: Collection[int],
    enabled: bool = True,
    of_git: bool = False,
    now: datetime,
) -> Iterator[str]:
    """Yield who must fetch files again, and who is rejected, and from when on.

    A program cannot know who has fetched: whoever was handed an older certificate that has not ended may present it.

    Args:
        held: what the run before left.
        clients: names of all that are issued certificates here.
        issues: generation that signs them.
        trusted: generation that the listeners are to trust.
        bound: generations that listeners trust now.
        enabled: whether listeners are to request client certificates; until they do nobody is rejected.
        of_git: a listener is swapped by a commit, whenever that comes.
        now: aware.
    """
    from_when = "from this `up` on" if enabled else "as soon as enabled is true"
    if enabled and of_git:
        from_when = f"as soon as Git has brought generation {trusted}"
    in_force, older = held.in_force(), _older(held, issues, now)
    holding = {name: one.generation for name, one in in_force.items() if one.generation is not None}
    reissued = [name for name in clients if holding.get(name, issues) < issues]
    fetching = [name for name in clients if name in older and name not in reissued]
    if trusted < issues:
        everybody = [name for name in clients if name in older]
        if everybody:
            yield (
                f"{_holders(everybody, trusted)} and must fetch {_their(everybody)} files again before "
                f"rootCa.trusted: {issues}: "
                f"{listing(everybody)}"
            )
    elif reissued:
        yield (
            f"{_holders(reissued, min(holding[name] for name in reissued))} and {_be(reissued)} rejected "
            f"{from_when}, until files of generation {issues} are fetched: {listing(reissued)}"
        )
    elif fetching and any(one < issues for one in bound):
        since = min(in_force[name].not_before for name in fetching)[:10]
        yield (
            f"{_count(fetching)} of generation {issues} since {since}; who has not fetched the files since then is "
            f"rejected {from_when}: {listing(fetching)}"
        )


def loses_cross(before: Issuer, now: Issuer) -> bool:
    """Say whether clients of one CA send less than before: nothing but a cross certificate ever leaves."""
    return now.certificate_pem == before.certificate_pem and len(before.sent_pem or "") > len(now.sent_pem or "")


def _older(held: Inventory, issues: int, now: datetime) -> set[str]:
    def is_older(one: IssuedCertificate) -> bool:
        return one.generation is not None and one.generation < issues and datetime.fromisoformat(one.not_after) > now

    return {one.client for one in held.certificates if one.status != "forgotten" and is_older(one)}


def _holders(some: Sequence[str], generation: int) -> str:
    return f"{len(some)} {'client holds' if len(some) == 1 else 'clients hold'} generation {generation}"


def _their(some: Sequence[str]) -> str:
    return "its" if len(some) == 1 else "their"


def _be(some: Sequence[str]) -> str:
    return "is" if len(some) == 1 else "are"


def _count(some: Sequence[str]) -> str:
    return f"{len(some)} {'client has had files' if len(some) == 1 else 'clients have had files'}"
