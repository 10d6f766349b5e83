"""The port by which a person or a test looks into a lab and changes how it behaves."""

from lab.management.app import management_app

__all__ = ["management_app"]
