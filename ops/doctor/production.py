"""`doctor --production`: what works, and is not good enough for a real cluster. Each value stands against its bound.

Pure: what lies around the configuration is given.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from alb_mtls.configuration.model import Settings
from alb_mtls.file_modes import open_to_others
from alb_mtls.listing import listing
from alb_mtls.pki.duration import format_duration
from alb_mtls.pki.encoding import load_chain
from ops.doctor.diagnosis import Line, fine, problem, unknown

TOPIC: Final = "production"
LONGEST_LIFE: Final = timedelta(days=90)
"""Of a client certificate: the ALB knows no revocation, so that one in wrong hands is accepted until its end."""

_ACCEPTED_FOR: Final = timedelta(days=14)
_PAGE: Final = "docs/how-to/production.md"


@dataclass(frozen=True, kw_only=True)
class SecretFile:
    """A file that holds something secret.

    Attributes:
        name: how a message names it.
        what: others could read.
        mode: as `os.stat` gives it.
    """

    name: str
    path: str
    what: str
    mode: int


@dataclass(frozen=True, kw_only=True)
class Around:
    """What lies around a configuration.

    Attributes:
        secrets_in_the_clear: keys of the configuration with a secret that Pulumi does not encrypt.
        files: those that hold secrets, as far as they are there.
        store: URL of the state store; empty when it is not known.
        secrets_provider: `passphrase`, the URL of another one, or `that of the state store`; empty when it is not
            known.
        weak_passphrase: what is wrong with the passphrase; empty when nothing is, or it is not known.
    """

    secrets_in_the_clear: tuple[str, ...]
    files: tuple[SecretFile, ...]
    store: str
    secrets_provider: str
    weak_passphrase: str


def review(settings: Settings, around: Around, now: datetime) -> Iterator[Line]:
    """Yield a line for each demand of production: fine, or the value against the bound with what to do.

    Args:
        settings: of the stack.
        around: what lies around them.
        now: aware, in UTC.
    """
    yield from _root_ca(settings)
    yield from _lives(settings)
    yield from _secrets(around)
    yield from _proof(settings)
    yield from _listeners(settings)
    yield from _accepted(settings, now)
    yield from _state(around)


def _demand(*, met: bool, key: str, is_so: str, demand: str, remedy: str) -> Line:
    """Return the line of one demand; `is_so` says how it is, `demand` what it must be."""
    if met:
        return fine(TOPIC, f"{key} is {is_so}")
    return problem(TOPIC, f"{key} is {is_so}, but must be {demand}", remedy)


def _root_ca(settings: Settings) -> Iterator[Line]:
    generated = [str(one.generation) for one in settings.root_cas if one.source == "generated"]
    if generated:
        found = (
            f"rootCa.source is generated in generation {listing(generated)}, but must be imported or purchased: who "
            "decrypts the state has the key of a generated root CA, and can sign clients"
        )
        yield problem(TOPIC, found, f"import a CA whose key is in a file or offline: {_PAGE}; a rollover leads to it")
    else:
        yield fine(TOPIC, "no root CA is generated")
    # Of a purchased one nothing is in the state that could be protected.
    protect = all(one.protect for one in settings.root_cas if one.source != "purchased")
    yield _demand(
        met=protect,
        key="rootCa.protect",
        is_so=_yaml(protect),
        demand="true: without it one destroy deletes the root CA of all clients",
        remedy="set rootCa.protect: true",
    )


def _lives(settings: Settings) -> Iterator[Line]:
    brought: dict[str, timedelta] = {}
    for client in settings.clients:
        if client.certificate_pem is not None:
            leaf = load_chain(client.certificate_pem)[0]
            # Most CAs date the begin back by minutes, for clocks that are behind.
            brought[client.name] = timedelta(days=(leaf.not_valid_after_utc - leaf.not_valid_before_utc).days)
    lives = settings.lives | brought
    long = {name: life for name, life in lives.items() if life > LONGEST_LIFE}
    if not long:
        yield fine(TOPIC, f"every client lives at most {format_duration(LONGEST_LIFE)}")
        return
    found = (
        f"the validity of {listing(list(long))} is up to {format_duration(max(long.values()))}, but must be at most "
        f"{format_duration(LONGEST_LIFE)}: the ALB knows no revocation, so a certificate in wrong hands is accepted "
        "until its end"
    )
    remedies = [
        f"set validity: {format_duration(LONGEST_LIFE)} or less; an up renews in time" if long.keys() - brought else "",
        "bring certificates that live no longer (certificateFile)" if long.keys() & brought else "",
    ]
    yield problem(TOPIC, found, "; ".join(filter(None, remedies)))


def _secrets(around: Around) -> Iterator[Line]:
    for key in around.secrets_in_the_clear:
        yield problem(TOPIC, f"{key} stands in the stack file in the clear, but must be a secret", _as_secret(key))
    is_open = [open_to_others(f"{one.name} ({one.path})", one.path, one.mode, what=one.what) for one in around.files]
    for warning in filter(None, is_open):
        found, _, remedy = warning.partition("; ")
        yield problem(TOPIC, f"{found}; only its owner may", remedy)
    if not around.secrets_in_the_clear and not any(is_open):
        yield fine(TOPIC, "no key and no password lies where others can read it, as far as this machine shows")


def _as_secret(key: str) -> str:
    name, _, member = key.partition(".")
    path = f"--path '{name}.{member}'" if member else name
    return f"give it again with: pulumi config set --secret {path}; and change it, since it was readable"


def _proof(settings: Settings) -> Iterator[Line]:
    proof = settings.proof
    yield _demand(
        met=proof.mode == "required",
        key="proof.mode",
        is_so=proof.mode,
        demand="required: nothing else shows that clients without a certificate are rejected",
        remedy="set proof.mode: required",
    )
    apart = _no_host_in_common(settings)
    yield _demand(
        met=proof.host is not None or apart,
        key="proof.host",
        is_so=proof.host or ("absent, and the listeners have no host in common" if apart else "absent"),
        demand="a host of your own: else the oldest Ingress decides which host is proven",
        remedy="set proof.host",
    )
    yield _demand(
        met=proof.server_ca != "insecure",
        key="proof.serverCa",
        is_so=proof.server_ca,
        demand="system or a file: else whoever answers in place of the ALB is believed",
        remedy="set proof.serverCa to the file of the CA that signed the server certificate, or leave it out",
    )
    yield _demand(
        met=settings.on_bypass == "fail",
        key="onBypass",
        is_so=settings.on_bypass,
        demand="fail: with warn, requests reach the hosts without a certificate through a bypass",
        remedy="set onBypass: fail, and accept with a day what cannot be closed yet",
    )


def _no_host_in_common(settings: Settings) -> bool:
    """Say whether no host could be proven on all listeners; one that lists no hosts may have any."""
    listed = [set(one.hosts) for one in settings.listeners if one.hosts is not None]
    return len(listed) == len(settings.listeners) > 1 and not set.intersection(*listed)


def _listeners(settings: Settings) -> Iterator[Line]:
    without = [f"listeners[{index}].hosts" for index, one in enumerate(settings.listeners) if one.hosts is None]
    if without:
        found = (
            f"{listing(without)} is absent, but must list the hosts: else the next up rejects the clients of a host "
            "that somebody adds to the listener"
        )
        yield problem(TOPIC, found, "list them; `pulumi preview` shows which are there")
    else:
        yield fine(TOPIC, "every listener lists its hosts")


def _accepted(settings: Settings, now: datetime) -> Iterator[Line]:
    today = now.astimezone(UTC).date()
    ending = False
    for index, one in enumerate(settings.accepted):
        left = one.until - today
        if left < _ACCEPTED_FOR:
            ending = True
            days = "1 day" if left.days == 1 else f"{left.days} days"
            when = f"has ended on {one.until}" if one.has_ended(now) else f"ends on {one.until}, in {days}"
            found = f"accept[{index}] ({one.code}, {one.subject}) {when}, but must last {_ACCEPTED_FOR.days} days more"
            yield problem(TOPIC, found, "put right what it accepts, or decide again and set a later day")
    if settings.accepted and not ending:
        yield fine(TOPIC, f"every accepted finding stays accepted for {_ACCEPTED_FOR.days} days or more")


def _state(around: Around) -> Iterator[Line]:
    if not around.store:
        yield unknown(TOPIC, "where the state is stored is not known", "log in with: pulumi login")
    else:
        in_a_folder = around.store.startswith("file://")
        yield _demand(
            met=not in_a_folder,
            key="the state store",
            is_so="a folder of this machine" if in_a_folder else "shared",
            demand="one that is shared, locked and backed up: without the state nothing can be given back",
            remedy=f"log in to a bucket or to Pulumi Cloud, and move the stack: {_PAGE}",
        )
    if not around.secrets_provider:
        yield unknown(TOPIC, "which secrets provider the stack has is not known: no stack file names it")
    elif around.secrets_provider == "passphrase" and around.weak_passphrase:
        yield problem(
            TOPIC,
            f"the passphrase of the stack is {around.weak_passphrase}, but must be known to nobody else",
            "change it with: pulumi stack change-secrets-provider passphrase",
        )
    else:
        yield fine(TOPIC, f"the secrets provider of the stack is {around.secrets_provider.partition('://')[0]}")


def _yaml(value: bool) -> str:  # noqa: FBT001 - the value of a key, not an option
    return str(value).lower()
