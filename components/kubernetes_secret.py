"""A client's bundle as a `kubernetes.io/tls` Secret, through pulumi-kubernetes."""

import pulumi
from pulumi_kubernetes import Provider
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from alb_mtls.configuration.model import SecretName


def kubernetes_secret(
    name: str,
    *,
    secret: SecretName,
    chain_pem: pulumi.Input[str],
    private_key_pem: pulumi.Input[str],
    ca_pem: pulumi.Input[str] | None,
    kubeconfig: pulumi.Input[str] | None,
    parent: pulumi.Resource,
) -> Secret:
    """Register the Secret that a workload mounts as its client certificate.

    Args:
        name: of the resource, that of the client.
        secret: where it goes in the cluster.
        chain_pem: what the client sends.
        private_key_pem: the client's key, a Pulumi secret.
        ca_pem: the root CA, stored beside them as `ca.crt`; None when it is not known here.
        kubeconfig: content for a provider of its own; None leaves it to the `kubernetes:` configuration.
        parent: the component that the Secret belongs to.
    """
    provider = None
    if kubeconfig is not None:
        # The provider's schema marks nothing of it as a secret, and it holds a key or a token.
        secret_kubeconfig = pulumi.Output.secret(kubeconfig)
        provider = Provider(name, kubeconfig=secret_kubeconfig, opts=pulumi.ResourceOptions(parent=parent))
    data: dict[str, pulumi.Input[str]] = {"tls.crt": chain_pem, "tls.key": private_key_pem}
    if ca_pem is not None:
        data["ca.crt"] = ca_pem
    return Secret(
        name,
        metadata=ObjectMetaArgs(name=secret.name, namespace=secret.namespace),
        type="kubernetes.io/tls",
        string_data=data,
        opts=pulumi.ResourceOptions(parent=parent, provider=provider, additional_secret_outputs=["data", "stringData"]),
    )
