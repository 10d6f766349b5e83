"""The Application Load Balancer, API 2020-06-16: load balancers and their listeners."""

from lab.cloud.alb.models import AlbService
from lab.cloud.alb.records import Change, Listener, LoadBalancer
from lab.cloud.alb.responses import alb_operations

__all__ = ["AlbService", "Change", "Listener", "LoadBalancer", "alb_operations"]
