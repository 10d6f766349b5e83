"""Forwarding rules of a listener, in the order in which ALB tries them."""

from dataclasses import dataclass
from enum import StrEnum


class PathType(StrEnum):
    """How a path is compared (Kubernetes: Ingress path types; `ImplementationSpecific` is taken as `PREFIX`)."""

    EXACT = "Exact"
    PREFIX = "Prefix"


class Action(StrEnum):
    """What happens to a request that a rule is for."""

    FORWARD = "forward"
    REDIRECT_TO_HTTPS = "redirect-to-https"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One forwarding rule.

    Attributes:
        host: name, wildcard (`*.example.com`), or empty for every host.
        path: as in the Ingress, starts with a slash.
        path_type: how the path is compared.
        action: what happens to the request.
    """

    host: str = ""
    path: str = "/"
    path_type: PathType = PathType.PREFIX
    action: Action = Action.FORWARD

    def paths(self) -> tuple[str, ...]:
        """Return the path patterns of this rule, `*` standing for any text.

        `Prefix` compares path elements (Kubernetes: `/foo` is for `/foo/bar`, not for `/foobar`).
        """
        if self.path_type is PathType.EXACT:
            return (self.path,)
        stem = self.path.rstrip("/")
        return (stem, f"{stem}/*") if stem else ("/*",)


def in_order(routes: "tuple[Route, ...]") -> "tuple[Route, ...]":
    """Sort rules so that the first one that fits is the right one: the more exact host, then the more exact path."""
    return tuple(
        sorted(
            routes,
            key=lambda route: (
                not route.host,
                route.host.startswith("*"),
                route.path_type is not PathType.EXACT,
                -len(route.path),
            ),
        )
    )
