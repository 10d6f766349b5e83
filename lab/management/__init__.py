"""The port by which a person or a test looks into a lab and changes how it behaves."""

from lab.management.app import management_app
from lab.management.controller_routes import ControllerSwitch

__all__ = ["ControllerSwitch", "management_app"]
