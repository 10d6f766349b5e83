"""What answers of the Kubernetes API mean: objects, lists, and why there is none."""

from http import HTTPStatus
from typing import Any

from alb_mtls.cluster.admission import Cause
from alb_mtls.cluster.errors import (
    AdmissionDenied,
    ClusterError,
    CrdMissing,
    DryRunUnsupported,
    NoSuchAlbConfig,
    UnexpectedReply,
    WebhookUnavailable,
)
from alb_mtls.cluster.transport import AdmissionRefusal, Reply

Object = dict[str, Any]


def refusal_of(error: AdmissionRefusal, name: str, *, is_dry_run: bool) -> ClusterError:
    """Return the error that names what admission control refused."""
    refusal = error.refusal
    if is_dry_run and refusal.denies_dry_runs:
        return DryRunUnsupported(name, by=refusal.by, text=refusal.text)
    match refusal.cause:
        case Cause.NOT_ANSWERED:
            return WebhookUnavailable(name, by=refusal.by, text=refusal.text)
        case Cause.NO_DRY_RUN:
            return DryRunUnsupported(name, by=refusal.by)
        case Cause.DENIED:
            return AdmissionDenied(name, by=refusal.by, text=refusal.text, may_pass=error.may_pass)


def member(body: Object, name: str) -> Object:
    """Return an object in an answer; empty when there is none, for something else than an API server may answer."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def albconfig_in(reply: Reply, name: str) -> Object:
    """Return the AlbConfig of an answer.

    Raises:
        NoSuchAlbConfig, CrdMissing, UnexpectedReply: there is none in it.
    """
    if reply.status == HTTPStatus.NOT_FOUND:
        # Only a Status about the object itself has details; an unknown kind is a bare 404.
        raise NoSuchAlbConfig(name) if member(reply.body, "details").get("name") == name else CrdMissing
    albconfig = body_of(reply, f"AlbConfig {name}")
    if not is_object(albconfig):
        sentence = (
            f"AlbConfig {name}: the API server answered with an object that has no metadata; check the kubeconfig"
        )
        raise UnexpectedReply(sentence)
    return albconfig


def items_in(body: Object, path: str) -> list[Object]:
    """Return the items of a list.

    Raises:
        UnexpectedReply: they are no objects.
    """
    items = body.get("items") or []
    if not isinstance(items, list) or not all(is_object(one) for one in items):
        sentence = f"list {path}: the API server answered with items that have no metadata; check the kubeconfig"
        raise UnexpectedReply(sentence)
    return items


def is_object(value: Any) -> bool:
    """Say whether something has the shape of a Kubernetes object."""
    return isinstance(value, dict) and isinstance(value.get("metadata"), dict)


def body_of(reply: Reply, what: str) -> Object:
    """Return the body of an answer.

    Raises:
        UnexpectedReply: it is an error.
    """
    if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
        sentence = f"{what}: the API server answered HTTP {reply.status}: {reply.message}"
        raise UnexpectedReply(sentence)
    return reply.body
