"""HTTPS mutual authentication for an ALB Ingress, in five steps from a root CA to a listener that enforces it."""

import pulumi

from components.ack_kubeconfig import ack_kubeconfig
from components.albconfig_patch import AlbConfigPatch, AlbConfigPatchArgs
from components.client_certificate import ClientCertificate, ClientCertificateArgs, issued_certificates
from components.outputs import outputs
from components.preflight.report import report_early_ends
from components.preflight.schedule import schedule_preflight
from components.providers.deployment import Deployment
from components.root_ca import RootCa, RootCaArgs
from components.settings import load_settings
from components.stack_access import StackAccess
from components.uploaded_ca import UploadedCa, UploadedCaArgs, repository_of

settings = load_settings()
kubeconfig = ack_kubeconfig(settings)
snapshots, found = schedule_preflight(settings, kubeconfig)  # outputs; stops or warns before anything is written
anchor = Deployment("deployment", owner=settings.owner, found=found)  # below everything else; refuses others' listeners
access = StackAccess.of(settings, anchor, kubeconfig)

# 1. The root CA that the listeners will trust.
root_ca = RootCa(f"root-ca-{settings.root_ca.generation}", RootCaArgs(settings=settings.root_ca, after=[anchor]))

# 2. A certificate for each client, signed by it, before any listener requests one.
issued = issued_certificates(settings.clients, root_ca, enabled=settings.enabled, after=[anchor])
clients = [
    ClientCertificate(
        f"client-{c.name}", ClientCertificateArgs(settings=c, issued=issued, root_ca=root_ca, access=access)
    )
    for c in settings.clients
]
report_early_ends(settings, root_ca.not_after)

# 3. The root CA in the Certificate Management Service (CAS), where a listener can refer to it.
repository = repository_of(access, root_cas=[root_ca], after=[issued, *clients])
upload = UploadedCaArgs(root_ca=root_ca, repository=repository, access=access)
uploaded_ca = UploadedCa(f"uploaded-ca-{root_ca.generation}", upload)

# 4. Each listener: claimed, patched, proven, or put back. `enabled: false` only stops it from checking clients.
patches = [
    AlbConfigPatch(
        listener.key.resource_name,
        AlbConfigPatchArgs(
            listener=listener,
            enabled=settings.enabled,
            snapshot=snapshot,
            proof=settings.proof,
            uploaded_ca=uploaded_ca,
            access=access,
        ),
    )
    for listener, snapshot in zip(settings.listeners, snapshots, strict=True)
]

# 5. What to paste and to watch.
for name, value in outputs(settings, snapshots, clients, uploaded_ca, patches).items():
    pulumi.export(name, value)
