"""HTTPS mutual authentication for an ALB Ingress, in five steps from a root CA to a listener that asks for it."""

import pulumi

from alb_mtls.interpreter_exit import skip_final_gc
from components.ack_kubeconfig import ack_kubeconfig
from components.albconfig_patch import AlbConfigPatch, AlbConfigPatchArgs
from components.client_certificate import ClientCertificate, ClientCertificateArgs
from components.outputs import outputs
from components.preflight.report import report_early_ends
from components.preflight.schedule import schedule_preflight
from components.root_ca import RootCa, RootCaArgs
from components.settings import load_settings
from components.uploaded_ca import AlbApi, UploadedCa, UploadedCaArgs, repository_of

skip_final_gc()
settings = load_settings()
kubeconfig = ack_kubeconfig(settings)
snapshots = schedule_preflight(settings, kubeconfig)
alb = AlbApi(endpoint=settings.alb_endpoint, region=settings.region)

# 1. The root CA that the listener will trust.
root_ca = RootCa(f"root-ca-{settings.root_ca.generation}", RootCaArgs(settings=settings.root_ca))

# 2. A certificate for each client, signed by it: made before the door is shut.
clients = [
    ClientCertificate(f"client-{one.name}", ClientCertificateArgs(settings=one, root_ca=root_ca, kubeconfig=kubeconfig))
    for one in settings.clients
]
report_early_ends(settings, root_ca.not_after)

# 3. The root CA in the Certificate Management Service (CAS), where a listener can refer to it.
repository = repository_of(settings.cas, root_cas=[root_ca], alb=alb, after=clients)
uploaded_ca = UploadedCa(
    f"uploaded-ca-{root_ca.generation}",
    UploadedCaArgs(root_ca=root_ca, repository=repository, settings=settings, alb=alb),
)

# 4. Each listener: claimed, patched, proven, or put back as it was.
patches = [
    AlbConfigPatch(
        listener.resource_name,
        AlbConfigPatchArgs(
            listener=listener,
            host=settings.proof.host or snapshot.host,
            settings=settings,
            root_ca=root_ca,
            uploaded_ca=uploaded_ca,
            alb=alb,
            kubeconfig=kubeconfig,
        ),
    )
    for listener, snapshot in zip(settings.listeners, snapshots, strict=True)
]

# 5. What to hand out, to paste and to watch.
for name, value in outputs(settings, snapshots, clients, uploaded_ca, patches).items():
    pulumi.export(name, value)
