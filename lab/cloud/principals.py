"""Who may call the simulated cloud: an access key for each policy file of rbac/, and the account's administrator."""

from collections.abc import Mapping
from dataclasses import dataclass

from lab.cloud.ram import EVERYTHING, Policy
from lab.cloud.signature import Credentials
from lab.paths import PROJECT
from lab.principal_name import WITH_ACCESS_KEY, PrincipalName


@dataclass(frozen=True, kw_only=True)
class Principal:
    """An access key and what its policy allows."""

    credentials: Credentials
    policy: Policy


def principals() -> Mapping[PrincipalName, Principal]:
    """Make the principals of a lab, with keys of their own.

    Raises:
        PolicyError: a file of rbac/ is no policy.
    """
    return {name: Principal(credentials=Credentials.random(), policy=_policy_of(name)) for name in WITH_ACCESS_KEY}


def _policy_of(name: PrincipalName) -> Policy:
    if name is PrincipalName.ADMIN:
        return EVERYTHING
    return Policy.read(PROJECT / "rbac" / f"ram-policy-{name}.json")
