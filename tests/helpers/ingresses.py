"""Ingresses, IngressClasses, Services and Deployments for tests."""

from typing import Any

Object = dict[str, Any]

_ALB = "alb.ingress.kubernetes.io/"


def ingress_class(name: str = "alb", *, albconfig: str | None = "alb", **changes: Any) -> Object:
    spec: Object = {"controller": "ingress.k8s.alibabacloud/alb", **changes}
    if albconfig is not None:
        spec["parameters"] = {"apiGroup": "alibabacloud.com", "kind": "AlbConfig", "name": albconfig}
    return {"metadata": {"name": name}, "spec": spec}


def default_class(item: Object) -> Object:
    """Return an IngressClass made the cluster's default."""
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"}
    return {**item, "metadata": {**item["metadata"], "annotations": annotations}}


def ingress(
    host: str | None = "demo.alb.ingress.top",
    *,
    name: str = "https-ingress",
    namespace: str = "default",
    service: str = "demo",
    ports: str | None = '[{"HTTPS": 443}]',
    cls: str | None = "alb",
    tls: list[str] | None = None,
    port: Object | None = None,
    annotations: dict[str, str] | None = None,
    created: str | None = None,
) -> Object:
    """Return an Ingress with one rule; `ports` is its listen-ports annotation."""
    given = dict(annotations or {})
    if ports is not None:
        given[f"{_ALB}listen-ports"] = ports
    backend = {"service": {"name": service, "port": port or {"number": 80}}}
    rule: Object = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    if host is not None:
        rule["host"] = host
    spec: Object = {"rules": [rule]}
    if cls is not None:
        spec["ingressClassName"] = cls
    if tls is not None:
        spec["tls"] = [{"hosts": tls}]
    metadata: Object = {"name": name, "namespace": namespace, "annotations": given}
    if created is not None:
        metadata["creationTimestamp"] = created
    return {"metadata": metadata, "spec": spec}


def service(name: str = "demo", *, namespace: str = "default", **spec: Any) -> Object:
    """Return a Service, of type ClusterIP by default."""
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"type": "ClusterIP", **spec}}


def deployment(image: str) -> Object:
    """Return a Deployment with one container."""
    containers = [{"name": "one", "image": image}]
    return {"metadata": {"name": "one"}, "spec": {"template": {"spec": {"containers": containers}}}}
