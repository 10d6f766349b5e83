"""The plan for a root CA that ends before long, as preview and `up` say it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from alb_mtls.configuration.model import ClientSettings, RootCaSettings, Settings
from alb_mtls.imports import import_turn
from alb_mtls.listing import fitted
from alb_mtls.pki.duration import length_of
from alb_mtls.pki.renewal import RenewBefore, window_of
from alb_mtls.pki.rollover_plan import ClientLife, rollover_plan
from components.printing import COLUMNS, info
from components.root_ca import RootCa


def report_rollover_plan(settings: Settings, root_cas: Sequence[RootCa]) -> None:
    """Say by which day which step of the rollover should be done, once the trusted root has a third of its life left.

    Args:
        settings: of the stack.
        root_cas: its generations; of a purchased one only CAS knows the end, and of a generated one the state.
    """
    trusted = settings.generations.trusted_ca
    if trusted.certificate_pem is not None:
        with import_turn:
            from alb_mtls.pki.ca_chain import end_of
            from alb_mtls.pki.encoding import load_chain

        chain = load_chain(trusted.certificate_pem)
        _say(settings, trusted, chain[0].not_valid_before_utc, end_of(chain))
        return
    not_after = next(one.not_after for one in root_cas if one.generation == trusted.generation)
    if not_after is not None:
        # Not known in the first preview of a root, which then has all of its life before it.
        not_after.apply(lambda text: _say_of_generated(settings, trusted, text))


def _say_of_generated(settings: Settings, trusted: RootCaSettings, not_after: str | None) -> None:
    if not_after is not None:
        end = datetime.fromisoformat(not_after)
        _say(settings, trusted, end - length_of(trusted.validity), end)


def _say(settings: Settings, trusted: RootCaSettings, begin: datetime, end: datetime) -> None:
    now = datetime.now(UTC)
    plan = rollover_plan(
        generation=trusted.generation,
        begin=begin,
        end=end,
        newest=settings.generations.newest.generation,
        clients=list(_lives(settings)),
        now=now,
        can_sign=trusted.can_issue,
    )
    if plan is not None:
        is_begun = len(settings.root_cas) > 1
        lines = [plan.in_rollover(now)] if is_begun else plan.lines(now)
        info(*(part for line in lines for part in fitted(line, COLUMNS)))


def _lives(settings: Settings) -> Iterator[ClientLife]:
    for client in (*settings.clients, *(one for fleet in settings.fleets for one in fleet.clients[:1])):
        yield _life(client)


def _life(client: ClientSettings) -> ClientLife:
    if client.certificate_pem is None:
        life = length_of(client.validity)
        return ClientLife(life=life, window=window_of(life, RenewBefore.parse(client.renew_before)))
    with import_turn:
        from alb_mtls.pki.encoding import load_certificate

    certificate = load_certificate(client.certificate_pem)
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    # Whoever brings certificates renews them by hand, and we do not know when.
    return ClientLife(life=life, window=life / 3)
