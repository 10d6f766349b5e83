"""How messages name things of the cluster. Pure, and below everything else here, errors included."""


def listener_name(*, alb_config: str, port: int, protocol: str) -> str:
    """Return how messages name a listener of an AlbConfig."""
    return f"listener {port}/{protocol} of AlbConfig {alb_config}"
