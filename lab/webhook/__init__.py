"""The validating webhook of the controller: a TLS server that kube-apiserver calls before it stores an AlbConfig."""

from lab.webhook.registration import Registration
from lab.webhook.server import PATH, webhook_app

__all__ = ["PATH", "Registration", "webhook_app"]
