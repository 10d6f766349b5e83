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


def first_fit(routes: "tuple[Route, ...]", *, host: str, path: str) -> Route | None:
    """Return the rule for a request, None when there is none; case does not count, as in Caddy.

    Args:
        routes: in any order.
        host: as the request names it, without a port.
        path: without a query.
    """
    return next((each for each in in_order(routes) if _fits_host(each, host) and _fits_path(each, path)), None)


def _fits_host(route: Route, host: str) -> bool:
    named, host = route.host.casefold(), host.casefold()
    if named.startswith("*."):
        # A wildcard stands for one label.
        return host.partition(".")[2] == named.removeprefix("*.")
    return named in {"", host}


def _fits_path(route: Route, path: str) -> bool:
    path = path.casefold()
    patterns = [pattern.casefold() for pattern in route.paths()]
    return any(path.startswith(each[:-1]) if each.endswith("*") else path == each for each in patterns)
