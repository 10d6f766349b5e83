"""What the address of a bucket or a database says about it: Pulumi shows neither its versions nor its locks."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from alb_mtls.addresses import is_loopback
from ops.doctor.diagnosis import Line, fine, note, problem

_BUCKETS: Final = frozenset({"s3", "gs", "azblob"})
_DATABASES: Final = frozenset({"postgres"})
_OSS: Final = ".aliyuncs.com"
_WITHOUT_TLS: Final = frozenset({"disable", "allow", "prefer"})
_PAGE: Final = "docs/how-to/state-store.md"
# How `_` counts in a name is a defect of Pulumi's backend for PostgreSQL (docs/facts/pulumi.md, Shared stores).
_WILDCARD: Final = "_"


def examine_remote_store(topic: str, url: str, project: str, stack: str | None) -> Iterator[Line]:
    """Yield what is known of a store that is a bucket or a database, by its URL alone; nothing of any other.

    No line repeats the URL, which can hold a password.
    """
    try:
        parts = urlsplit(url)
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    except ValueError:
        return
    if parts.scheme in _BUCKETS:
        found = list(_bucket(topic, parts, options))
    elif parts.scheme in _DATABASES:
        found = list(_database(topic, parts, options, project, stack))
    else:
        return
    yield from found or [fine(topic, f"the address of {_name(parts, options)} is as it should be")]
    yield note(
        topic,
        f"of {_name(parts, options)}, Pulumi shows neither a lock nor whether older states are kept, so neither was "
        "looked at",
        f"the up that a lock stops names who left it; backups and versions: {_PAGE}",
    )


def _bucket(topic: str, parts: SplitResult, options: dict[str, str]) -> Iterator[Line]:
    endpoint = urlsplit(_with_scheme(options))
    host = endpoint.hostname or ""
    if host.endswith(_OSS) and options.get("s3ForcePathStyle") == "true":
        yield problem(
            topic,
            f"s3ForcePathStyle is true for bucket {parts.netloc}, but OSS takes a bucket in the host name only",
            f"leave s3ForcePathStyle out of the URL: {_PAGE}",
        )
    if endpoint.scheme == "http" and host and not is_loopback(host):
        yield problem(
            topic,
            f"states travel to {host} without TLS, where others can read and change them",
            "give the endpoint with https://",
        )


def _database(
    topic: str, parts: SplitResult, options: dict[str, str], project: str, stack: str | None
) -> Iterator[Line]:
    # The driver's own default is `require`.
    mode = options.get("sslmode", "require")
    if mode in _WITHOUT_TLS and not is_loopback(parts.hostname or ""):
        yield problem(
            topic,
            f"sslmode is {mode}, so states can travel to {parts.hostname} without TLS, where others can read and "
            "change them",
            "set sslmode=verify-full in the URL",
        )
    if parts.password:
        yield problem(
            topic,
            "the URL holds the password of the database, and `pulumi login` writes it into a file in the clear",
            "take it out of the URL, and give it in PGPASSWORD or PGPASSFILE",
        )
    named = [name for name in (project, stack or "") if _WILDCARD in name]
    if named:
        yield note(
            topic,
            f"`_` in {' and '.join(named)} stands for any character in Pulumi's backend for PostgreSQL: beside a name "
            "that differs only there, Pulumi mixes the two up or crashes",
            "give no other project or stack in this database such a name",
        )


def _name(parts: SplitResult, options: dict[str, str]) -> str:
    if parts.scheme in _DATABASES:
        return f"database {parts.path.strip('/') or 'of this user'} at {parts.hostname or 'localhost'}"
    host = urlsplit(_with_scheme(options)).hostname
    return f"bucket {parts.netloc}{f' at {host}' if host else ''}"


def _with_scheme(options: dict[str, str]) -> str:
    endpoint = options.get("endpoint", "")
    scheme = "http" if options.get("disableSSL") == "true" else "https"
    return endpoint if "://" in endpoint or not endpoint else f"{scheme}://{endpoint}"
