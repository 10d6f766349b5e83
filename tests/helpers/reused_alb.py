"""AlbConfigs that reuse a load balancer which was there before, in a lab."""

import json
from string import Template
from typing import Any

import yaml
from alibabacloud_alb20200616 import models as alb_models

from lab.certificates import SERVER_CERTIFICATE_ID
from lab.control_plane.manifests import OBJECTS
from tests.helpers.lab import GROUP, PLURAL, VERSION, LabHandle

HTTPS: dict[str, Any] = {
    "port": 443,
    "protocol": "HTTPS",
    "securityPolicyId": "tls_cipher_policy_1_2",
    "certificates": [{"CertificateId": SERVER_CERTIFICATE_ID, "IsDefault": True}],
}


def new_load_balancer(lab: LabHandle, edition: str = "Standard", *listeners: dict[str, Any]) -> str:
    """Make a load balancer in the console, with listeners, and return its id."""
    made = lab.management.post("/load-balancers", json={"name": "old", "edition": edition}).raise_for_status().json()
    identifier = str(made["load_balancer_id"])
    for listener in listeners:
        lab.management.post(f"/load-balancers/{identifier}/listeners", json=listener).raise_for_status()
    return identifier


def set_edition(lab: LabHandle, load_balancer_id: str, edition: str) -> None:
    """Give a load balancer another edition in the console."""
    lab.management.patch(f"/load-balancers/{load_balancer_id}", json={"edition": edition}).raise_for_status()


def edition(lab: LabHandle, load_balancer_id: str) -> str:
    """Return the edition that the ALB API shows."""
    request = alb_models.GetLoadBalancerAttributeRequest(load_balancer_id=load_balancer_id)
    return str(lab.alb.get_load_balancer_attribute(request).body.load_balancer_edition)


def listeners(lab: LabHandle, load_balancer_id: str) -> dict[str, Any]:
    """Return the listeners that the ALB API lists, by port and protocol."""
    found = lab.alb.list_listeners(alb_models.ListListenersRequest(load_balancer_ids=[load_balancer_id])).body.listeners
    return {f"{each.listener_port}/{each.listener_protocol}": each for each in found or []}


def create_albconfig(lab: LabHandle, name: str, config: dict[str, Any], *elements: dict[str, Any]) -> None:
    """Create an AlbConfig, with an IngressClass, a Service and an Ingress of host `NAME.alb.ingress.top`."""
    spec = {"config": config, "listeners": list(elements)}
    body = {"apiVersion": f"{GROUP}/{VERSION}", "kind": "AlbConfig", "metadata": {"name": name}, "spec": spec}
    ports = json.dumps([{each["protocol"]: each["port"]} for each in elements])
    template = Template((OBJECTS / "site.yaml").read_text())
    site = template.substitute(albconfig=name, app=name, host=f"{name}.alb.ingress.top", ports=ports)
    ingress_class, service, ingress = yaml.safe_load_all(site)
    api, group, version = lab.custom_objects(), "networking.k8s.io", "v1"
    api.create_cluster_custom_object(group, version, "ingressclasses", ingress_class)
    lab.core().create_namespaced_service("default", service)
    api.create_namespaced_custom_object(group, version, "default", "ingresses", ingress)
    api.create_cluster_custom_object(GROUP, VERSION, PLURAL, body)


def delete_albconfig(lab: LabHandle, name: str) -> None:
    """Delete an AlbConfig; what routes to it stays."""
    lab.custom_objects().delete_cluster_custom_object(GROUP, VERSION, PLURAL, name)


def annotate(lab: LabHandle, name: str, value: str) -> None:
    """Write an annotation of an AlbConfig and nothing else, which every controller of today reconciles."""
    operations = [{"op": "add", "path": "/metadata/annotations", "value": {"somebody/wrote": value}}]
    lab.patch_albconfig(name, operations, api=lab.admin)
