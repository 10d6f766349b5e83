"""Which editions of an ALB can authenticate clients, and an edition that the controller is about to take back. Pure.

docs/facts/alibaba-cloud.md, Editions and keys, and Edition revert.
"""

from collections.abc import Collection

from alb_mtls.aliyun.alb_models import LoadBalancer
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.listener import AlbConfig, config_of, name_of
from alb_mtls.cluster.reuse import overrides_load_balancer
from alb_mtls.resources import BASIC_EDITION, DOCUMENTED_EDITIONS

DEFAULT_EDITION = "Standard"
"""Of an AlbConfig that says none."""

_WITH_WAF = "StandardWithWaf"


def refused_edition(alb: LoadBalancer, editions: Collection[str]) -> str | None:
    """Return the sentence that rejects an ALB of an edition which cannot authenticate clients; None for others.

    Args:
        alb: the ALB; where the API names no edition, nothing is claimed.
        editions: as `alb.editions` has them.
    """
    found = alb.edition
    if found == BASIC_EDITION:
        return (
            f"ALB {alb.load_balancer_id} is of edition Basic, which cannot authenticate clients; "
            "upgrade it to Standard or StandardWithWaf"
        )
    if not found or found in editions:
        return None
    listed, more = ", ".join(editions), ", ".join([*editions, found])
    doubt = "" if found in DOCUMENTED_EDITIONS else ", and no document says that it can authenticate clients"
    tried = "that it can" if found in DOCUMENTED_EDITIONS else "that it can, because you have tried it"
    return (
        f"ALB {alb.load_balancer_id} is of edition {found}, which is not among alb.editions ({listed}){doubt}; use an "
        f"ALB of one of these, or, if you know {tried}, set alb.editions: [{more}]"
    )


def edition_of(albconfig: AlbConfig) -> str:
    """Return the edition that an AlbConfig gives its ALB."""
    says = config_of(albconfig).get("edition")
    return says if isinstance(says, str) and says else DEFAULT_EDITION


def edition_revert(albconfig: AlbConfig, alb: LoadBalancer) -> Finding | None:
    """Return the finding about a WAF that the next reconcile of an AlbConfig takes away; None when none does.

    A reconcile gives the ALB the edition of the AlbConfig; a reused one only with `forceOverride`.
    """
    says, name = config_of(albconfig).get("edition"), name_of(albconfig)
    if alb.edition != _WITH_WAF or edition_of(albconfig).lower() == _WITH_WAF.lower():
        return None
    if not overrides_load_balancer(albconfig):
        return None
    stands = f"says {says}" if says else "says none, which means Standard"
    return Finding(
        code=FindingCode.EDITION_REVERT,
        subject=f"ALB {alb.load_balancer_id} of AlbConfig {name}",
        evidence=(
            f"its edition is {_WITH_WAF}, and spec.config.edition of the AlbConfig {stands}: after the next write to "
            "the AlbConfig (a claim is enough) or to one of its Ingresses, by whoever it is, the controller sets the "
            "ALB back, and the WAF protects it no more"
        ),
        remedy=(
            f"add the line `spec.config.edition: {_WITH_WAF}` first: kubectl patch albconfig {name} --type=merge -p "
            f"""'{{"spec":{{"config":{{"edition":"{_WITH_WAF}"}}}}}}'"""
        ),
    )
