"""What to commit where Git, a chart or a kept file has an AlbConfig: to turn a listener on, off, or to give it back."""

import copy
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import yaml

from alb_mtls.cluster.identity_headers import PARENT, PARENT_POINTER, headers_in, key_of
from alb_mtls.cluster.listener import CA_CERTIFICATES, CA_ENABLED, AlbConfig, find_listener, object_in
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.fragment import committed_text, fragment
from ops.errors import OpsError
from ops.state import StackState
from ops.state_records import DeployedListener

# Of an element, what this program has a say in.
_KEYS: Final = (CA_ENABLED, CA_CERTIFICATES, PARENT)


class Commit(StrEnum):
    """Which commit is meant."""

    AS_DEPLOYED = "as-deployed"
    """What the last up was to make of the listener, on or off."""
    OFF = "off"
    """No certificate is requested; the CA stays listed, so that the ALB lets go of it before Git does."""
    WITHOUT_LIST = "without-list"
    """No certificate is requested and no CA listed, as before this stack came; after it the stack can be destroyed."""


@dataclass(frozen=True, kw_only=True)
class Committed:
    """What to commit.

    Attributes:
        element: the whole element of `spec.listeners`.
        text: the same as YAML, with a comment that says where.
    """

    key: ListenerKey
    commit: Commit
    element: dict[str, Any]
    text: str

    @property
    def keys(self) -> dict[str, Any]:
        """Of the element, just what changes."""
        return {name: self.element[name] for name in _KEYS if name in self.element}

    @property
    def text_of_keys(self) -> str:
        """Just that as YAML."""
        head = f"# AlbConfig {self.key.alb_config}, in the element {self.key.text} of spec.listeners:\n"
        return head + committed_text(self.keys)

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            **self.key.to_json(),
            "commit": str(self.commit),
            "keys": self.keys,
            "element": self.element,
            "fragment": self.text,
        }


def deployed_listener(state: StackState, key: ListenerKey) -> DeployedListener:
    """Return a listener of the stack.

    Raises:
        OpsError: the stack does not have it, or no `up` has ended with it yet.
    """
    found = next((one for one in state.listeners if one.key == key), None)
    if found is None:
        known = ", ".join(one.key.output_key for one in state.listeners) or "none"
        message = f"{key.label} is not in the state of this stack; it has {known}"
        raise OpsError(message)
    if found.desired is None:
        raise _unknown_ca(key)
    return found


def what_to_commit(deployed: DeployedListener, albconfig: AlbConfig, commit: Commit) -> Committed:
    """Return what is to stand in Git in the place of a listener.

    Args:
        deployed: what the stack knows of it.
        albconfig: as it was read.
        commit: which of the three.

    Raises:
        ClusterError: the AlbConfig has no such listener.
        OpsError: no `up` has ended with it yet.
    """
    key, desired = deployed.key, deployed.desired
    if desired is None:
        raise _unknown_ca(key)
    back = commit is Commit.WITHOUT_LIST
    text = fragment(
        _without_headers(deployed, albconfig) if back else albconfig,
        key,
        identifier=None if back else desired.ca_identifier,
        enabled=commit is Commit.AS_DEPLOYED and desired.enabled,
        headers=None if back else desired.identity_headers,
    )
    (element,) = yaml.safe_load(text)
    return Committed(key=key, commit=commit, element=element, text=text)


def _unknown_ca(key: ListenerKey) -> OpsError:
    return OpsError(f"the CA of {key.label} is not known before the first up has ended with it; run `pulumi up`")


def _without_headers(deployed: DeployedListener, albconfig: AlbConfig) -> AlbConfig:
    """Return the AlbConfig with the identity headers of the stack as they were found."""
    ours = headers_in(deployed.headers)
    if not ours:
        return albconfig
    found = object_in(json.loads(deployed.claim.found) if deployed.claim.found else None)
    changed = copy.deepcopy(albconfig)
    element = find_listener(changed, deployed.key).element
    parent = dict(object_in(element.get(PARENT)))
    for pointer in ours:
        parent.pop(key_of(pointer), None)
        if pointer in found:
            parent[key_of(pointer)] = found[pointer]
    if parent or PARENT_POINTER in found:
        element[PARENT] = parent
    else:
        element.pop(PARENT, None)
    return changed
