"""The cluster and the user that a kubeconfig chooses, checked before anything connects.

What kubectl would do otherwise than the package kubernetes is done here, or refused by name: `tokenFile` with a line
end, `as`, a proxy without scheme.
"""

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from alb_mtls.cluster.kubeconfig_files import Entry, Kubeconfig, are_paths, bad
from alb_mtls.listing import listing
from alb_mtls.redaction import hide
from alb_mtls.text_files import read_bytes

_FILES: Final = ("certificate-authority", "client-certificate", "client-key")
_PROXY_SCHEMES: Final = ("http", "https")
# Each would act as somebody else than kubectl does, were it passed over.
_NOT_HONOURED: Final = ("as-uid", "as-groups", "as-user-extra")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is connected to, and as whom.

    Attributes:
        source: how messages name the kubeconfig.
        user_name: of the user, for messages.
        cluster: as the package kubernetes takes it, with absolute paths.
        user: likewise, with the content of `tokenFile` as its token.
        folder: that relative commands begin at.
        impersonates: value of `as`, None without.
    """

    source: str
    user_name: str
    cluster: dict[str, Any]
    user: dict[str, Any]
    folder: Path
    impersonates: str | None

    def document(self) -> dict[str, Any]:
        """Return a kubeconfig of this choice alone."""
        return {
            "current-context": "chosen",
            "contexts": [{"name": "chosen", "context": {"cluster": "chosen", "user": "chosen"}}],
            "clusters": [{"name": "chosen", "cluster": self.cluster}],
            "users": [{"name": "chosen", "user": self.user}],
        }


def choose(kubeconfig: Kubeconfig, context: str | None) -> Choice:
    """Return what a context chooses.

    Args:
        kubeconfig: as read.
        context: None means the current one.

    Raises:
        BadKubeconfig: names the entry and what is wrong with it.
    """
    name = context or kubeconfig.current_context
    if not name:
        raise bad(kubeconfig.source, "it has no current-context, and no context was chosen")
    source = f"{kubeconfig.source} with context {name}" if context else kubeconfig.source
    if name not in kubeconfig.contexts:
        raise bad(source, f"it has no context {name}; it has {listing(sorted(kubeconfig.contexts)) or 'none'}")
    chosen = kubeconfig.contexts[name].body
    cluster = _entry(chosen, "cluster", kubeconfig.clusters, name, source)
    user = _entry(chosen, "user", kubeconfig.users, name, source)
    body = _user(user, source)
    return Choice(
        source=source,
        user_name=user.name,
        cluster=_cluster(cluster, source),
        user=body,
        folder=user.folder,
        impersonates=body.get("as"),
    )


def _entry(chosen: dict[str, Any], kind: str, entries: dict[str, Entry], context: str, source: str) -> Entry:
    name = chosen.get(kind)
    if not isinstance(name, str) or name not in entries:
        raise bad(source, f"context {context} names no {kind} that it has")
    return entries[name]


def _cluster(entry: Entry, source: str) -> dict[str, Any]:
    where = f"cluster {entry.name}"
    body = _with_files(entry, where, source)
    _refuse_bad_server(body.get("server"), f"server of {where}", source)
    proxy = body.get("proxy-url")
    if proxy is not None:
        body["proxy-url"] = usable_proxy(str(proxy), f"proxy-url of {where}", source)
    return body


def _refuse_bad_server(server: object, where: str, source: str) -> None:
    try:
        parts = urlsplit(server if isinstance(server, str) else "")
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right:
        raise bad(source, f"{where} is no URL, such as https://192.0.2.1:6443")
    # It is named in many sentences.
    if parts.username is not None or parts.query or parts.fragment:
        raise bad(source, f"{where} holds a user name or a query, which may be a credential; take it out")


def usable_proxy(value: str, where: str, source: str) -> str:
    """Return the URL of a proxy; without a scheme it is one of HTTP, as for curl.

    Raises:
        BadKubeconfig: it is a proxy of another kind, SOCKS for instance, or no URL.
    """
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        right = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right:
        raise bad(source, f"{where} is no URL, such as http://192.0.2.1:3128")
    if parts.scheme not in _PROXY_SCHEMES:
        raise bad(source, f"{where} names a proxy of scheme {parts.scheme}, and only http and https are supported")
    return url


def _user(entry: Entry, source: str) -> dict[str, Any]:
    where = f"user {entry.name}"
    body = _with_files(entry, where, source)
    for key in _NOT_HONOURED:
        if body.get(key):
            raise bad(source, f"{where} has {key}, which is not supported; use a context of the user that it means")
    if body.get("as") is not None and not _is_header(body["as"]):
        raise bad(source, f"as of {where} must be the name of a user")
    _read_token(entry, body, where, source)
    held = [any(body.get(name + end) for end in ("", "-data")) for name in ("client-certificate", "client-key")]
    if held[0] != held[1]:
        raise bad(source, f"{where} has one of client-certificate and client-key, and needs both or none")
    return body


def _read_token(entry: Entry, body: dict[str, Any], where: str, source: str) -> None:
    """Put the token as it is sent into the user; a file counts more than a value, as for kubectl."""
    key = "tokenFile" if body.get("tokenFile") else "token"
    value = body.get(key)
    if not value:
        return
    if not isinstance(value, str):
        raise bad(source, f"{key} of {where} must be a text")
    if key == "tokenFile":
        path = entry.folder / Path(str(value)).expanduser()
        try:
            value = read_bytes(path).decode("utf-8-sig")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            named = f"tokenFile {path}" if are_paths(value) else "tokenFile"
            raise bad(source, f"{named} of {where} cannot be read ({why})") from None
    token = str(value).strip()
    hide([token])
    if not is_token(token):
        raise bad(source, f"{key} of {where} has a character that no token has, such as a line end or a blank inside")
    body.pop("tokenFile", None)
    body["token"] = token


def is_token(text: str) -> bool:
    """Say whether a text can be sent as a token."""
    return bool(text) and _is_header(text) and len(text.split()) == 1


def _is_header(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _with_files(entry: Entry, where: str, source: str) -> dict[str, Any]:
    """Return the entry with absolute paths, after a look at the files and the data that stands for them."""
    body = dict(entry.body)
    for key in _FILES:
        data, file = body.get(f"{key}-data"), body.get(key)
        if data is not None:
            try:
                base64.b64decode("".join(str(data).split()), validate=True)
            except (binascii.Error, ValueError):
                raise bad(source, f"{key}-data of {where} is not base64") from None
        elif file is not None:
            path = entry.folder / Path(str(file)).expanduser()
            if not path.is_file() or not os.access(path, os.R_OK):
                named = f"file {path}" if are_paths(str(file)) else "such file"
                raise bad(source, f"{key} of {where}: there is no {named} that can be read")
            body[key] = str(path)
    return body
