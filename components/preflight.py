"""What the program finds out before it registers anything: refusals first, then what a change would mean.

A missing listener, a Basic edition or a foreign claim must be refused before the CA is uploaded, and a preview runs no
provider method that could say so. So the program itself reads the cluster and the ALB API, and writes nothing
(docs/decisions/2026-11-23-the-program-looks-first.md).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pulumi

from components.aliyun.alb import same_identifier
from components.aliyun.cas import CasClient
from components.aliyun.errors import CloudError
from components.cluster.affected import AffectedHost, Finding, hosts_on_listener, other_writers, ways_around
from components.cluster.claim import read_claim
from components.cluster.errors import (
    AnotherCa,
    BadKubeconfig,
    ClaimedByAnother,
    ClusterError,
    Forbidden,
    Unauthorized,
    Unreachable,
)
from components.cluster.listener import ListenerState, find_listener, preflight_problems, state_of
from components.configuration.model import ListenerSettings, Settings
from components.configuration.problems import SettingsError
from components.pki.encoding import is_same_certificate
from components.providers.base import OperationFailed
from components.providers.session import Session
from components.providers.wanted import basic_edition, load_balancer_id

# The cluster cannot be asked, or not by this user; everything else it answers is about one listener.
_OUT_OF_REACH = (Unreachable, BadKubeconfig, Forbidden, Unauthorized)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was found about one listener; only `settings` when the cluster was out of reach.

    Attributes:
        state: of the two fields as they are now.
        edition: of the ALB.
        addresses: of the ALB, as clients would use them.
        writers: who else writes this AlbConfig.
    """

    settings: ListenerSettings
    state: ListenerState | None = None
    edition: str | None = None
    hosts: tuple[AffectedHost, ...] = ()
    addresses: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    writers: tuple[str, ...] = ()

    @property
    def host(self) -> str | None:
        """The first host of an Ingress rule that can be asked for; a wildcard cannot."""
        return next((one.host for one in self.hosts if "*" not in one.host), None)


def look(settings: Settings, kubeconfig: str | None) -> list[Seen]:
    """Look at every listener of the stack.

    Args:
        settings: of the stack.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.

    Raises:
        pulumi.RunError: names everything that must be put right, by listener. In a preview a cluster or cloud that
            does not answer is no error, but a line that says so.
    """
    session = Session(settings.access.get)
    scene = _Scene(settings, session, kubeconfig)
    seen, problems = [], []
    for index, listener in enumerate(settings.listeners):
        try:
            seen.append(scene.seen(listener))
        except (CloudError, *_OUT_OF_REACH) as error:
            if not pulumi.runtime.is_dry_run():
                sentence = f"{error}\nNothing was touched."
                raise pulumi.RunError(sentence) from None
            pulumi.log.warn(f"{listener.label}: not looked at, so this preview tells less: {error}")
            seen.append(Seen(settings=listener))
        except (ClusterError, OperationFailed) as error:
            problems.append(f"listeners[{index}]: {error}")
    if problems:
        raise pulumi.RunError(str(SettingsError(problems)))
    return seen


class _Scene:
    """The cluster and the ALB API; what routes to listeners is listed once for all of them."""

    def __init__(self, settings: Settings, session: Session, kubeconfig: str | None) -> None:
        self._settings = settings
        self._kube = session.kube(kubeconfig)
        self._alb = session.alb(settings.alb_endpoint, settings.region)
        self._session = session

    @cached_property
    def _cas(self) -> CasClient:
        return self._session.cas(self._settings.cas.endpoint)

    @cached_property
    def _routing(self) -> dict[str, list[dict[str, Any]]]:
        return {"ingresses": self._kube.ingresses(), "ingress_classes": self._kube.ingress_classes()}

    @cached_property
    def _targets(self) -> dict[str, list[dict[str, Any]]]:
        return {"albconfigs": self._kube.albconfigs(), "services": self._kube.services()}

    def seen(self, listener: ListenerSettings) -> Seen:
        """Return what is to be told about a listener.

        Raises:
            ClusterError, CloudError, OperationFailed: it cannot be switched, or cannot be asked.
        """
        albconfig = self._kube.albconfig(listener.alb_config)
        port, protocol = listener.port, listener.protocol
        ref = find_listener(albconfig, port=port, protocol=protocol)
        state = state_of(ref.element)
        label = f"listener {port}/{protocol} of AlbConfig {listener.alb_config}"
        problems = preflight_problems(albconfig, ref, port=port, protocol=protocol)
        if problems:
            sentence = f"{label}: {'; '.join(problems)}"
            raise OperationFailed(sentence)
        self._refuse_foreign(albconfig, listener, state)
        load_balancer = self._alb.load_balancer(load_balancer_id(albconfig))
        if self._settings.enabled and not load_balancer.authenticates_clients:
            raise OperationFailed(basic_edition(label, load_balancer.load_balancer_id))
        ours = [(one.alb_config, one.port, one.protocol) for one in self._settings.listeners]
        return Seen(
            settings=listener,
            state=state,
            edition=load_balancer.edition,
            hosts=tuple(hosts_on_listener(albconfig, port=port, protocol=protocol, **self._routing)),
            addresses=(load_balancer.dns_name,) if load_balancer.dns_name else (),
            findings=tuple(
                ways_around(
                    albconfig, port=port, protocol=protocol, also_protected=ours, **self._routing, **self._targets
                )
            ),
            writers=tuple(other_writers(albconfig)),
        )

    def _refuse_foreign(self, albconfig: dict[str, Any], listener: ListenerSettings, state: ListenerState) -> None:
        claim = read_claim(albconfig, port=listener.port, protocol=listener.protocol)
        where: dict[str, Any] = {
            "alb_config": listener.alb_config,
            "port": listener.port,
            "protocol": listener.protocol,
        }
        if claim is not None and claim.owner != self._settings.owner:
            raise ClaimedByAnother(**where, owner=claim.owner)
        if claim is None and not listener.take_over:
            foreign = [identifier for identifier in state.identifiers if not self._is_ours(identifier)]
            if foreign:
                raise AnotherCa(**where, identifiers=foreign)

    def _is_ours(self, identifier: str) -> bool:
        """Say whether a CA on the listener is this stack's, although the claim was removed by hand."""
        root_ca = self._settings.root_ca
        if root_ca.identifier is not None:
            return same_identifier(identifier, root_ca.identifier)
        if root_ca.certificate_pem is not None:
            held = self._cas.describe(identifier)
            return held is not None and is_same_certificate(held.pem, root_ca.certificate_pem)
        repository = self._cas.find_repository(self._settings.cas.repository)
        if repository is None or not self._settings.cas.repository_is_ours:
            return False
        return any(same_identifier(identifier, one.identifier) for one in self._cas.certificates_in(repository))
