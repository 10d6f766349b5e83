"""A second TLS server for what Caddy cannot do: TLS 1.0, resumed sessions, cross certificates with `page`, machines."""

from lab.dataplane.second.choice import is_of_second_server, served_listener
from lab.dataplane.second.contexts import Terms
from lab.dataplane.second.fleet import Lag
from lab.dataplane.second.server import SecondServer, Served

__all__ = ["Lag", "SecondServer", "Served", "Terms", "is_of_second_server", "served_listener"]
