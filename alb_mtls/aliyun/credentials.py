"""Finds the credential: `alicloud:` configuration, the variables of pulumi-alicloud, then the standard chain.

Keys, variables and their order as pulumi-alicloud 4.0.0 and terraform-provider-alicloud (provider.go) read
them. One deliberate difference: a key of one place is never combined with the secret or the token of another.

Trap: alibabacloud-credentials reads the `ALIBABA_CLOUD_*` variables once, when it is imported.
"""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alb_mtls.aliyun.errors import NoCredential
from alb_mtls.aliyun.half_credentials import Part, missing_half, profile_problem, unusable_in
from alb_mtls.aliyun.spared_imports import spared_imports
from alb_mtls.imports import import_turn

ConfigReader = Callable[[str], str | None]

_VARIABLES: Final = {
    "accessKey": "ALICLOUD_ACCESS_KEY",
    "secretKey": "ALICLOUD_SECRET_KEY",
    "securityToken": "ALICLOUD_SECURITY_TOKEN",
    "profile": "ALICLOUD_PROFILE",
    "sharedCredentialsFile": "ALICLOUD_SHARED_CREDENTIALS_FILE",
    "ecsRoleName": "ALICLOUD_ECS_ROLE_NAME",
    "credentialsUri": "ALICLOUD_CREDENTIALS_URI",
}
_STANDARD: Final = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)
_CHAIN: Final = "The standard credential chain"
_PROFILE: Final = "ALIBABA_CLOUD_PROFILE"
_WAYS: Final = (
    "Give one of: alicloud:accessKey and alicloud:secretKey (with --secret) in the stack's configuration, "
    "alicloud:profile (made by `aliyun configure`), ALIBABA_CLOUD_ACCESS_KEY_ID with "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET in the environment, the role of an ECS instance, or an OIDC token."
)


@dataclass(frozen=True, kw_only=True)
class _Place:
    """One place that credentials stand in: how its settings are read, and how a message names them."""

    read: ConfigReader
    name: Callable[[str], str]


def credential(get: ConfigReader) -> Any:
    """Return the credential client that the SDKs take, after trying it once.

    Args:
        get: Reads one configuration value by its full key, `alicloud:accessKey` for instance; a secret in the
            clear, an object as JSON. Keys: accessKey, secretKey, securityToken, profile,
            sharedCredentialsFile, ecsRoleName, credentialsUri, assumeRole.

    Raises:
        NoCredential: Nothing was found, or what was found is incomplete or cannot be used.
    """
    with spared_imports():
        from alibabacloud_credentials.client import Client

    if get("alicloud:assumeRoleWithOidc"):
        message = (
            "alicloud:assumeRoleWithOidc is not read here; set ALIBABA_CLOUD_ROLE_ARN, "
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE instead, which mean the same."
        )
        raise _no_credential(message)
    # The package writes what failed to standard error, as a traceback; the sentence below says it.
    logging.getLogger("credentials").disabled = True
    origin, make = _origin(get)
    role = _role(get)
    try:
        provider = make() if role is None else _assumed(make(), role)
        client = Client(provider=provider)
        given = client.get_credential()
    except Exception:  # noqa: BLE001 - it fails with whatever a value of another type or form leads to
        client = None
    if client is None:
        # Raised out here so that it has no context: the messages quote answers of the token service.
        gives = "and alicloud:assumeRole give" if role else "gives"
        message = f"{origin} {gives} no usable credential. {_empty()}{_unusable(origin)}{_WAYS}"
        raise _no_credential(message)
    for what in ("access_key_id", "access_key_secret", "security_token"):
        value = getattr(given, what) or ""
        if not (isinstance(value, str) and value.isascii() and value.isprintable()):
            message = (
                f"{origin} gives a credential whose {what} has a character that is no printable ASCII, such as a "
                "line end or an invisible one; copy it again."
            )
            raise _no_credential(message)
    return client


def _origin(get: ConfigReader) -> tuple[str, Callable[[], Any]]:
    """Return the first place that has a value, as a message names it, and what makes its provider."""
    with import_turn:
        from alibabacloud_credentials import provider

    configuration = _Place(read=lambda name: get(f"alicloud:{name}"), name=lambda name: f"alicloud:{name}")
    environment = _Place(read=lambda name: os.environ.get(_VARIABLES[name]), name=lambda name: _VARIABLES[name])
    for place in (configuration, environment):
        given = _given(place)
        if given is not None:
            return place.name("accessKey"), given

    def either(name: str) -> str | None:
        return configuration.read(name) or environment.read(name)

    profile, file = either("profile"), either("sharedCredentialsFile")
    if profile or file:
        path = str(Path(file).expanduser()) if file else None
        problem = profile_problem(Path(path) if path else _profiles(), profile or os.environ.get(_PROFILE), os.environ)
        if problem is not None:
            raise _no_credential(problem)
        origin = f"profile {profile or '(the current one)'} of {path or '~/.aliyun/config.json'}"
        return origin, lambda: provider.CLIProfileCredentialsProvider(profile_name=profile, profile_file=path)
    if name := either("ecsRoleName"):
        return f"ECS role {name}", lambda: provider.EcsRamRoleCredentialsProvider(role_name=name)
    if uri := either("credentialsUri"):
        place = configuration if configuration.read("credentialsUri") else environment
        return place.name("credentialsUri"), lambda: provider.URLCredentialsProvider(uri=uri)
    _refuse_half(*(Part(name, os.environ.get(name)) for name in _STANDARD))
    return _CHAIN, provider.DefaultCredentialsProvider


def _given(place: _Place) -> Callable[[], Any] | None:
    """Return what makes the provider of the keys in a place; None where it has none."""
    with import_turn:
        from alibabacloud_credentials import provider

    _refuse_half(*(Part(place.name(name), place.read(name)) for name in ("accessKey", "secretKey", "securityToken")))
    key, secret, token = (place.read(name) for name in ("accessKey", "secretKey", "securityToken"))
    if not key or not secret:
        return None
    if token:
        return lambda: provider.StaticSTSCredentialsProvider(
            access_key_id=key, access_key_secret=secret, security_token=token
        )
    return lambda: provider.StaticAKCredentialsProvider(access_key_id=key, access_key_secret=secret)


def _refuse_half(key: Part, secret: Part, token: Part) -> None:
    problem = missing_half(key, secret, token)
    if problem is not None:
        raise _no_credential(problem)


def _empty() -> str:
    """Return which variables are there and hold nothing, as a secret leaves them that a CI does not have."""
    names = [name for name in _STANDARD[:2] if name in os.environ and not os.environ[name].strip()]
    return f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'} empty. " if names else ""


def _unusable(origin: str) -> str:
    return unusable_in(os.environ) if origin == _CHAIN else ""


def _profiles() -> Path:
    return Path("~/.aliyun/config.json").expanduser()


def _role(get: ConfigReader) -> dict[str, Any] | None:
    text = get("alicloud:assumeRole")
    if not text:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not value.get("roleArn"):
        message = (
            "alicloud:assumeRole must be an object with roleArn, and optionally sessionName, policy, "
            "externalId and sessionExpiration."
        )
        raise _no_credential(message)
    return value


def _assumed(base: Any, role: dict[str, Any]) -> Any:
    with import_turn:
        from alibabacloud_credentials.provider import RamRoleArnCredentialsProvider

    return RamRoleArnCredentialsProvider(
        credentials_provider=base,
        role_arn=role["roleArn"],
        role_session_name=role.get("sessionName"),
        policy=role.get("policy"),
        external_id=role.get("externalId"),
        duration_seconds=role.get("sessionExpiration"),
    )


def _no_credential(sentence: str) -> NoCredential:
    return NoCredential(sentence, api="GetCredential", target="the credential of the stack")
