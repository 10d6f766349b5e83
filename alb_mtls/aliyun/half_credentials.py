"""Finding the half of a credential that is missing. Sentences name keys, variables and profiles, and never a value."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from alb_mtls.listing import listing

# The AccessKey ID of temporary credentials begins so (Alibaba Cloud, Security Token Service: AssumeRole).
_TEMPORARY: Final = "STS."
# What each mode of `aliyun configure` needs, of those that hold a key (alibabacloud-credentials, cli_profile.py).
_KEY_FIELDS: Final = ("access_key_id", "access_key_secret")
_FIELDS_OF_MODE: Final = {
    "AK": _KEY_FIELDS,
    "StsToken": (*_KEY_FIELDS, "sts_token"),
    "RamRoleArn": (*_KEY_FIELDS, "ram_role_arn"),
    "OIDC": ("ram_role_arn", "oidc_provider_arn", "oidc_token_file"),
    "ChainableRamRoleArn": ("source_profile", "ram_role_arn"),
}
_MODES: Final = (*_FIELDS_OF_MODE, "EcsRamRole", "CloudSSO", "OAuth", "External")
_OIDC: Final = {
    "ram_role_arn": "ALIBABA_CLOUD_ROLE_ARN",
    "oidc_provider_arn": "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "oidc_token_file": "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
}
_URI: Final = "ALIBABA_CLOUD_CREDENTIALS_URI"


@dataclass(frozen=True)
class Part:
    """One part of a credential: how a message names it, and what it is; None when it is not given at all."""

    name: str
    value: str | None = field(repr=False)

    @property
    def is_there(self) -> bool:
        """Whether it holds anything."""
        return bool(self.value and self.value.strip())


def missing_half(key: Part, secret: Part, token: Part) -> str | None:
    """Return what a static credential lacks, with what to do; None when it is whole, or nothing of it is given."""
    both = f"set {key.name} and {secret.name} together, or neither to use the standard credential chain"
    for given, lacking in ((key, secret), (secret, key)):
        if given.is_there and not lacking.is_there:
            return f"{given.name} is set {_without(lacking)}; {both}"
    if token.is_there and not key.is_there:
        return f"{token.name} is set without {key.name} and {secret.name}; set all three, or none of them"
    if key.is_there and not token.is_there and (key.value or "").startswith(_TEMPORARY):
        return (
            f"{key.name} is that of temporary credentials (it begins with {_TEMPORARY}) and is set {_without(token)}; "
            "set all three as they were given out together"
        )
    return None


def _without(lacking: Part) -> str:
    return f"without {lacking.name}" if lacking.value is None else f"while {lacking.name} is empty"


def unusable_in(environment: Mapping[str, str]) -> str:
    """Return what of an OIDC token and a credential server the standard chain, which gave nothing, could not use.

    Empty where the environment has neither. It is no fault of its own: another place of the chain may give one.
    """
    given = [name for name in _OIDC.values() if environment.get(name, "").strip()]
    lacking = [name for name in _OIDC.values() if name not in given]
    if given and lacking:
        is_set = "is set" if len(given) == 1 else "are set"
        return f"{' and '.join(given)} {is_set} without {' and '.join(lacking)}; an OIDC token needs all three. "
    if given and not Path(environment[_OIDC["oidc_token_file"]]).is_file():
        return f"{_OIDC['oidc_token_file']} names a file that is not there. "
    return f"{_URI} names a server that gave none. " if environment.get(_URI) else ""


def profile_problem(file: Path, name: str | None, environment: Mapping[str, str]) -> str | None:
    """Return what a profile of `aliyun configure` lacks; None when nothing is found.

    Args:
        file: that holds the profiles.
        name: of the profile; None for the current one.
        environment: of the process, which completes a profile of mode OIDC.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return f"{file} is not there; make it with: aliyun configure"
    except (OSError, ValueError):
        return f"{file} cannot be read as JSON; make it again with: aliyun configure"
    profiles = {str(one.get("name")): one for one in _profiles(content)}
    chosen = name or (content.get("current") if isinstance(content, Mapping) else None)
    if not chosen or not isinstance(chosen, str):
        return f"{file} names no current profile; set alicloud:profile to one of {_names(list(profiles))}"
    if chosen not in profiles:
        return f"{file} has no profile {chosen}; those it has: {_names(list(profiles))}"
    problem, passed = None, set[str]()
    while problem is None and chosen not in passed:
        passed.add(chosen)
        profile = profiles[chosen]
        problem = _incomplete(file, chosen, profile, environment)
        source = profile.get("source_profile") if profile.get("mode") == "ChainableRamRoleArn" else None
        if problem is None and source is not None:
            if str(source) not in profiles or str(source) in passed:
                return f"profile {chosen} of {file} has source_profile {source}, which is no other profile of that file"
            chosen = str(source)
    return problem


def _incomplete(file: Path, name: str, profile: Mapping[str, Any], environment: Mapping[str, str]) -> str | None:
    mode = str(profile.get("mode") or "")
    if mode not in _MODES:
        what = f"mode {mode}" if mode else "no mode"
        return f"profile {name} of {file} has {what}, and must have one of {', '.join(_MODES)}"
    needed = _FIELDS_OF_MODE.get(mode, ())
    from_environment = {key for key, variable in _OIDC.items() if mode == "OIDC" and environment.get(variable)}
    lacking = [one for one in needed if not str(profile.get(one) or "").strip() and one not in from_environment]
    if not lacking:
        return None
    given = [one for one in needed if one not in lacking]
    has = f"has {' and '.join(given)}, but " if given else "is of mode {} and has ".format(profile.get("mode"))
    return (
        f"profile {name} of {file} {has}no {' and no '.join(lacking)}; complete it with: aliyun configure --profile "
        f"{name}"
    )


def _profiles(content: Any) -> Iterator[Mapping[str, Any]]:
    found = content.get("profiles") if isinstance(content, Mapping) else None
    yield from (one for one in found or () if isinstance(one, Mapping))


def _names(names: Sequence[str]) -> str:
    return listing(names) if names else "none"
