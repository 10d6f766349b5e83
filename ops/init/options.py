"""What was given to `init` on the command line; None and empty for what was not."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options, in the words of the command line.

    Attributes:
        listeners: each `alb/443`.
        clients: each a name, or a name and a file.
        connect_to: each `host:port`, or with its listener before it.
    """

    kubeconfig: str | None = None
    context: str | None = None
    cluster_id: str | None = None
    profile: str | None = None
    alb_config: str | None = None
    listeners: tuple[str, ...] = ()
    connect_to: tuple[str, ...] = ()
    region: str | None = None
    alb_endpoint: str | None = None
    cas_endpoint: str | None = None
    proof_host: str | None = None
    server_ca: str | None = None
    root_ca: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    subject: str | None = None
    clients: tuple[str, ...] = ()
    on_bypass: str | None = None
