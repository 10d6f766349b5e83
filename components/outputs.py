"""The outputs of the stack: what to paste and to watch. `python -m ops export` reads keys and chains from the state."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi

from alb_mtls.configuration.model import ListenerSettings, Settings
from components.albconfig_patch import AlbConfigPatch
from components.client_certificate import ClientCertificate, shown_certificates
from components.client_fleet import ClientFleet

if TYPE_CHECKING:
    from alb_mtls.listeners.snapshot import ListenerSnapshot

_HTTPS_PORT = 443


def outputs(
    settings: Settings,
    snapshots: "Sequence[pulumi.Output[ListenerSnapshot]]",
    clients: Sequence[ClientCertificate],
    fleets: Sequence[ClientFleet],
    patches: Sequence[AlbConfigPatch],
) -> dict[str, Any]:
    """Return the outputs by name."""
    listeners = {
        listener.key.output_key: {
            "hosts": one.apply(lambda snapshot: [host.host for host in snapshot.hosts or ()]),
            "addresses": one.apply(lambda snapshot: [snapshot.address] if snapshot.address else []),
            # Resolved only when the switch has succeeded: an identifier that is not bound yet helps nobody.
            "caIdentifier": pulumi.Output.all(patch.ca_identifier, patch.switch.id).apply(lambda both: both[0]),
            "enabled": settings.enabled,
            "proven": patch.switch.proven,
            "provenAt": patch.switch.provenAt,
            "proofNote": patch.switch.proofNote,
            "proof": patch.switch.proofShown,
            **({} if listener.identity_headers is None else {"identityHeaders": patch.switch.headersShown}),
            "write": listener.write,
            "fragment": patch.switch.fragment,
            "awaiting": patch.switch.awaiting,
            "findings": one.apply(lambda snapshot: [finding.to_json() for finding in snapshot.bypasses]),
        }
        for listener, one, patch in zip(settings.listeners, snapshots, patches, strict=True)
    }
    with_key = next((client.name for client in clients if client.has_key), None)
    return {
        "listeners": _whole(listeners),
        "certificates": _whole(shown_certificates(clients)),
        "fleets": _whole({fleet.name: fleet.counts for fleet in fleets}),
        "curl": snapshots[0].apply(lambda snapshot: curl_line(settings, snapshot, with_key)),
        "readme": Path("Pulumi.README.md").read_text("utf-8"),
    }


def _whole(value: Any) -> pulumi.Output[Any]:
    """Return an output that a preview knows as a whole or not at all.

    Of one that it knows in part, the CLI prints all that does not differ.
    """
    return pulumi.Output.from_input(value).apply(lambda known: known)


def curl_line(settings: Settings, snapshot: "ListenerSnapshot", client: str | None) -> str:
    """Return a line to paste into a shell: a request to the first listener as `client`.

    Args:
        settings: host, path and server CA of the proof count here too.
        snapshot: of the first listener.
        client: name of a client whose key is in the state; None leaves the certificate out.
    """
    listener = settings.listeners[0]
    host = settings.proof.host or snapshot.host
    words = ["curl"]
    if settings.proof.server_ca == "insecure":
        words.append("--insecure")
    elif settings.proof.server_ca != "system":
        words += ["--cacert", settings.proof.server_ca]
    if client is not None:
        words += ["--cert", f"{client}/{client}.chain.pem", "--key", f"{client}/{client}.key"]
    target = next(iter(listener.connect_to), None) or _address(snapshot, listener)
    if host is not None and target is not None:
        words += ["--connect-to", f"{host}:{listener.key.port}:{target}"]
    port = "" if listener.key.port == _HTTPS_PORT else f":{listener.key.port}"
    words.append(f"https://{host or target or 'HOST'}{port}{settings.proof.path}")
    return shlex.join(words)


def _address(snapshot: "ListenerSnapshot", listener: ListenerSettings) -> str | None:
    return f"{snapshot.address}:{listener.key.port}" if snapshot.address else None
