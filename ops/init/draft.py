"""What a new stack file says: everything that was found, answered or given, and nothing that has a default."""

from collections.abc import Mapping
from dataclasses import dataclass

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.owners import Owner


@dataclass(frozen=True, kw_only=True)
class ChosenListener:
    """A listener that the stack is to switch.

    Attributes:
        hosts: that share it, `*` for rules without a host.
        connect_to: where it is reached; empty for the ALB's own address.
        take_over: the CA, or the deployment, that holds it and would have to be taken; None where nobody does.
        owner: what has the AlbConfig and undoes a patch by itself; None where nothing does.
    """

    key: ListenerKey
    hosts: tuple[str, ...]
    connect_to: tuple[str, ...] = ()
    take_over: str | None = None
    owner: Owner | None = None


@dataclass(frozen=True, kw_only=True)
class RootCa:
    """Where the root CA comes from.

    Attributes:
        certificate_file: of an imported one; None for a generated one.
        key_file: of an imported one.
        subject: of a generated one, by keys of the configuration.
    """

    certificate_file: str | None = None
    key_file: str | None = None
    subject: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client: its key is made here, unless a file is given.

    Attributes:
        csr_file: its signing request.
        certificate_file: the certificate that it brings.
    """

    name: str
    csr_file: str | None = None
    certificate_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A stack file before it is written.

    Attributes:
        project: namespace of the program's own keys.
        kubeconfig: a path; None for KUBECONFIG or `~/.kube/config`.
        context: of the kubeconfig; None with a cluster that is named by id.
        region: empty where the endpoint of the ALB API is given, and no region is known.
        region_source: for people: how the region is known.
        cas_source: for people: how the site is known.
        proof_host: None where the listeners have no host in common.
        accepted_until: the day until which bypasses could be accepted, as an example.
        bypasses: that were found.
    """

    project: str
    stack: str
    written: str
    profile: str | None
    kubeconfig: str | None
    context: str | None
    cluster_id: str | None
    region: str
    region_source: str
    cas_endpoint: str
    cas_source: str
    alb_endpoint: str | None
    root_ca: RootCa
    clients: tuple[Client, ...]
    listeners: tuple[ChosenListener, ...]
    proof_host: str | None
    server_ca: str | None
    on_bypass: str
    accepted_until: str = ""
    bypasses: tuple[Finding, ...] = ()
