"""Does what the ALB Ingress Controller of ACK does: AlbConfigs and Ingresses in, ALB listeners out."""

from lab.controller.controller import Controller

__all__ = ["Controller"]
