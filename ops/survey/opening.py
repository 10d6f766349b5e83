"""What a survey is given, looked at before anything is written, and refused where it is somebody's."""

import shlex
from dataclasses import dataclass, field

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.alb_models import LoadBalancer
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.cluster.claim import claim_text, claims_in, read_claim
from alb_mtls.cluster.claim_errors import SURVEY_OWNER, ListenerHeld
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.hosts import ListenerHost, host_of_proof, hosts_on_listener
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, ListenerRef, fields_of, find_listener, load_balancer_id, meaning_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.handshake.errors import Unreachable
from alb_mtls.handshake.target import targets_of
from alb_mtls.listeners.desired import refuse_unfit
from alb_mtls.listeners.dry_run import try_switch
from alb_mtls.listeners.edition import edition_revert, refused_edition
from alb_mtls.listeners.reuse import is_in_doubt, without_effect
from alb_mtls.listeners.woken import woken
from alb_mtls.resources import AlbApi
from ops.chosen_cluster import ChosenCluster
from ops.errors import OpsError
from ops.survey.listener import survey_claim
from ops.survey.probing import Prober


@dataclass(frozen=True, kw_only=True)
class Given:
    """Where a survey asks.

    Attributes:
        kube: the cluster.
        alb: client of the ALB API, and `api` where that is.
        cas: the site, and `cas_endpoint` as it was named.
        repository: name in CAS; None where none was named.
        connect_to: `host:port` of the listener; None for the ALB's own address.
        host: in requests; None for one of an Ingress, or the ALB's own name.
        cluster_options: with which another command reaches the same cluster, as a shell takes them.
        cloud_options: the same for CAS and ALB.
    """

    key: ListenerKey
    kube: KubeClient
    alb: AlbClient
    api: AlbApi
    cas: CasClient
    cas_endpoint: str
    repository: str | None = None
    connect_to: str | None = None
    host: str | None = None
    cluster_options: str = ""
    cloud_options: str = ""

    @property
    def put_back_command(self) -> str:
        """The command that gives back what this survey leaves, wherever it was sent to."""
        options = f"--put-back{self.cluster_options}{self.cloud_options}"
        return f"python -m ops survey --listener {self.key.output_key} {options}"


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What was found there.

    Attributes:
        albconfig: as it was read, before a person is asked.
        hosts: of people, which share the listener.
        prober: reaches it.
        woken: what the controller resets on the ALB when the survey writes first; a line each.
    """

    albconfig: AlbConfig = field(repr=False)
    load_balancer: LoadBalancer
    repository: Repository
    hosts: tuple[ListenerHost, ...]
    prober: Prober
    woken: tuple[str, ...]


def given_by(
    cluster: ChosenCluster,
    key: ListenerKey,
    *,
    cas_endpoint: str | None,
    alb_endpoint: str | None,
    region: str | None,
    repository: str | None,
    connect_to: str | None,
    host: str | None,
    cluster_options: str,
) -> Given:
    """Return where a survey asks: what the options say, and of the rest what the stack's configuration says.

    Raises:
        OpsError: no CAS site is named, or the stack itself has this listener.
        EndpointError, CloudError: an endpoint or the credential cannot be used.
    """
    known = cluster.configuration
    if known is not None and key in known.listeners:
        message = (
            f"{key.label} is one of the stack's own; a survey rejects its clients for minutes: name another listener, "
            "or name the cluster with --context or --kubeconfig once no stack has it"
        )
        raise OpsError(message)
    site = cas_endpoint or (known.cas_endpoint if known else None)
    if not site:
        message = "--cas-endpoint is not given: write china, international, or the host of your CAS site"
        raise OpsError(message)
    api = AlbApi(
        endpoint=alb_endpoint or (known.alb.endpoint if known else None),
        region=region or (known.alb.region if known else ""),
    )
    named = {"--cas-endpoint": cas_endpoint, "--alb-endpoint": alb_endpoint, "--region": region}
    return Given(
        key=key,
        kube=cluster.kube,
        alb=cluster.session.alb(api.endpoint, api.region),
        api=api,
        cas=cluster.session.cas(site),
        cas_endpoint=site,
        repository=repository,
        connect_to=connect_to,
        host=host,
        cluster_options=cluster_options,
        cloud_options="".join(f" {name} {shlex.quote(value)}" for name, value in named.items() if value),
    )


def opening_of(given: Given) -> Opening:
    """Look at listener and repository, and write nothing.

    Raises:
        OpsError: one of them is somebody's, or cannot be surveyed.
        ClusterError, CloudError, HandshakeError, OperationFailed: it cannot be looked at, or is not fit.
    """
    albconfig = given.kube.albconfig(given.key.alb_config)
    ref = find_listener(albconfig, given.key)
    _refuse_taken(given, albconfig, ref)
    refuse_unfit(albconfig, ref)
    alb_id = load_balancer_id(albconfig)
    load_balancer = given.alb.load_balancer(alb_id)
    # Whether an edition that no document names can, a survey may find out.
    refused = refused_edition(load_balancer, [load_balancer.edition])
    revert = edition_revert(albconfig, load_balancer)
    if refused is not None or revert is not None:
        raise OpsError(refused or (revert.text if revert else ""))
    on_alb = given.alb.listeners(alb_id)
    without = without_effect(albconfig, given.key, on_alb)
    if without is not None and not is_in_doubt(albconfig, on_alb):
        raise OpsError(without)
    repository = given.cas.find_repository(given.repository or "") if given.repository else None
    if repository is None:
        message = (
            f"CAS has no repository {given.repository!r} at {given.cas_endpoint}; create one for the survey in the "
            "Certificate Management Service with data source 'Upload CA Certificates', and name it with --repository"
        )
        raise OpsError(message)
    _refuse_repository_of_stack(given.kube, repository)
    hosts = hosts_on_listener(given.key, ingresses=given.kube.ingresses(), ingress_classes=given.kube.ingress_classes())
    prober = _prober(given, load_balancer, hosts)
    answer = prober.ask(None)
    if not answer.accepted:
        message = (
            f"{given.key.label} does not answer a client without a certificate at {prober.targets[0].label}: "
            f"{answer.summary}; name its address with --connect-to, and a host that it serves with --host"
        )
        raise OpsError(message)
    # What denies the patch of a switch denies the survey, before anything is written.
    try_switch(given.kube, albconfig, given.key, enabled=True, identifier=None, owner=SURVEY_OWNER)
    return Opening(
        albconfig=albconfig,
        load_balancer=load_balancer,
        repository=repository,
        hosts=tuple(hosts),
        prober=prober,
        woken=tuple(woken(albconfig, load_balancer, on_alb, ours=[given.key])),
    )


def _prober(given: Given, load_balancer: LoadBalancer, hosts: list[ListenerHost]) -> Prober:
    served = host_of_proof(hosts, claimed=None)
    host = given.host or (served.host if served else load_balancer.dns_name)
    places = [given.connect_to or load_balancer.dns_name]
    # Nothing secret is sent, and a listener that is given for a survey may show any certificate.
    try:
        found = targets_of(places, port=given.key.port, host=host, path="/", server_ca="insecure")
    except Unreachable:
        message = f"{places[0]} has no address here; name where {given.key.label} is reached with --connect-to"
        raise OpsError(message) from None
    return Prober(targets=found)


def _refuse_repository_of_stack(kube: KubeClient, repository: Repository) -> None:
    for albconfig in kube.albconfigs():
        for found in claims_in(albconfig):
            claim = found.claim
            if claim is not None and claim.repository == repository.name and claim.owner != SURVEY_OWNER:
                message = (
                    f"CAS repository {repository.name} is that of stack {claim.owner}, which may delete it meanwhile; "
                    "name another one with --repository"
                )
                raise OpsError(message)


def _refuse_taken(given: Given, albconfig: AlbConfig, ref: ListenerRef) -> None:
    reason = read_hold(albconfig, ref.key)
    if reason is not None:
        raise ListenerHeld(ref.key, reason)
    if survey_claim(albconfig, ref.key) is not None:
        message = (
            f"a survey holds {ref.key.label}; if it is not under way any more, give the listener back with: "
            f"{given.put_back_command}"
        )
        raise OpsError(message)
    claim = read_claim(albconfig, ref.key)
    if claim is not None:
        message = f"stack {claim.owner} claims {ref.key.label}; name a listener that no stack has"
        raise OpsError(message)
    if claim_text(albconfig, ref.key) is not None:
        message = (
            f"{ref.key.label} has the claim of another AlbConfig, with which it was copied; remove it first: "
            f"python -m ops release {ref.key.output_key}{given.cluster_options}"
        )
        raise OpsError(message)
    stands = meaning_of(fields_of(ref.element))
    if stands.enabled or stands.malformed:
        message = (
            f"{ref.key.label}: {stands}; a survey would let every client through for minutes: name a listener that "
            "requests no client certificates"
        )
        raise OpsError(message)
