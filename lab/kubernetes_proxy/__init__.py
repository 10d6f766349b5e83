"""A loopback proxy before kube-apiserver, so that the program's calls meet journal, faults and holds too."""

from lab.kubernetes_proxy.app import kubernetes_proxy

__all__ = ["kubernetes_proxy"]
