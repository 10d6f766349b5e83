"""Git, where it owns the AlbConfig: what it brings is what a switch has printed, and on the way out the CA goes."""

import json
from collections.abc import Iterator
from typing import Any, Final

import yaml

from alb_mtls.cluster.listener import find_listener
from tests.helpers.albconfigs import LISTENER
from tests.model.documents import as_text
from tests.model.state import State

BRINGS: Final = "Git brings what a switch has printed"
SWITCHES_OFF: Final = "Git brings caEnabled: false"
LISTS_NONE: Final = "Git lists no CA"


def commits(state: State) -> Iterator[tuple[str, str]]:
    """Yield what Git may bring next, and the AlbConfig as it is then; nothing that changes nothing."""
    text = state.world.albconfig
    outputs = [json.loads(one.outputs) for each in state.deployments for one in each.saved if one.kind == "switch"]
    for printed in (one["fragment"] for one in outputs if one.get("fragment")):
        [element] = yaml.safe_load(printed)
        yield from _changed(text, BRINGS, {name: element.get(name) for name in ("caEnabled", "caCertificates")})
    element = find_listener(json.loads(text), LISTENER).element
    if element.get("caCertificates"):
        # One commit after the other, as the sentence of a destroy has them.
        if element.get("caEnabled"):
            yield from _changed(text, SWITCHES_OFF, {"caEnabled": False})
        else:
            yield from _changed(text, LISTS_NONE, {"caCertificates": []})


def _changed(text: str, what: str, fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    document = json.loads(text)
    element = find_listener(document, LISTENER).element
    if any(element.get(name) != value for name, value in fields.items()):
        element.update(fields)
        document["metadata"]["resourceVersion"] = str(int(document["metadata"]["resourceVersion"]) + 1)
        yield what, as_text(document)
