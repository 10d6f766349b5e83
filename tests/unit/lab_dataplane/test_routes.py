"""The order of forwarding rules, and which paths a rule is for."""

import pytest

from lab.dataplane.routes import PathType, Route, in_order


def test_the_more_exact_host_comes_first() -> None:
    anyone, wildcard, exact = Route(), Route(host="*.example.com"), Route(host="a.example.com")
    assert in_order((anyone, wildcard, exact)) == (exact, wildcard, anyone)


def test_within_a_host_the_more_exact_path_comes_first() -> None:
    root, longer = Route(path="/"), Route(path="/shop/cart")
    exact = Route(path="/shop", path_type=PathType.EXACT)
    assert in_order((root, longer, exact)) == (exact, longer, root)


@pytest.mark.parametrize(
    ("path", "path_type", "patterns"),
    [
        ("/", PathType.PREFIX, ("/*",)),
        ("/shop", PathType.PREFIX, ("/shop", "/shop/*")),
        ("/shop/", PathType.PREFIX, ("/shop", "/shop/*")),
        ("/shop", PathType.EXACT, ("/shop",)),
    ],
)
def test_a_prefix_is_for_whole_path_elements(path: str, path_type: PathType, patterns: tuple[str, ...]) -> None:
    assert Route(path=path, path_type=path_type).paths() == patterns
