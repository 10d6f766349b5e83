"""What the dynamic providers have in common: configuration, comparing properties, and errors as sentences."""

import functools
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from pulumi.dynamic import ConfigureRequest, ResourceProvider
from pulumi.output import Unknown

from alb_mtls import session
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed, user_message
from alb_mtls.interpreter_exit import skip_final_gc
from components.providers import process

Properties = dict[str, Any]
_Method = TypeVar("_Method", bound=Callable[..., Any])


class Provider(ResourceProvider):
    """Base of the dynamic providers; holds nothing, because what a provider holds is pickled into the state."""

    # Nothing is captured, so the stored reference needs no encryption; that would cost two blobs a resource.
    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration, credentials included.

        Pulumi calls this once per provider class and process, before anything else.
        """
        skip_final_gc()
        process.watch_engine()
        session.configure(req.config.get)
        _print_sentences_only()


def _print_sentences_only() -> None:
    """Let Pulumi print the sentence of an OperationFailed alone, not the frames of the SDK that lead to it.

    The SDK's server answers every exception with `traceback.format_exc()` (pulumi.dynamic.__main__), and this
    process is that server and nothing else. Any other exception keeps its traceback.
    """
    if getattr(traceback.format_exc, "sentences", False):
        return
    whole = traceback.format_exc

    def sentence_or_whole(*args: Any, **kwargs: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, OperationFailed) else whole(*args, **kwargs)

    sentence_or_whole.sentences = True  # type: ignore[attr-defined] # a mark on our own function, read above
    traceback.format_exc = sentence_or_whole


def user_facing_errors(method: _Method) -> _Method:
    """Turn the errors of the packages into one sentence, since Pulumi prints whatever leaves a provider method."""

    @functools.wraps(method)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - here a secret in it can still be hidden
            raise OperationFailed(user_message(error)) from None

    return cast("_Method", told)


def listener_of(props: Properties) -> ListenerKey:
    """Return which listener the properties of a claim or a switch mean."""
    return ListenerKey(alb_config=props["albConfig"], port=int(props["port"]), protocol=props["protocol"])


def changed(olds: Properties, news: Properties, keys: Iterable[str]) -> list[str]:
    """Return which of `keys` differ; a value that is not known yet counts as different, a missing one as None."""
    return [key for key in keys if _differs(olds.get(key), news.get(key))]


def _differs(old: Any, new: Any) -> bool:
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return True
    if isinstance(old, dict) and isinstance(new, dict):
        return any(_differs(old.get(key), new.get(key)) for key in old.keys() | new.keys())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) != len(new) or any(_differs(o, n) for o, n in zip(old, new, strict=True))
    return bool(old != new)


def without_internal(properties: Properties) -> Properties:
    """Return the properties without Pulumi's own `__provider`, which must not come back as ours."""
    return {key: value for key, value in properties.items() if not key.startswith("__")}


def merged_outputs(olds: Properties, news: Properties, computed: Iterable[str]) -> Properties:
    """Return the outputs of an update: the inputs of now, and of the state only what a provider method has put there.

    An input that is no longer given must leave the state, where it would be taken for one that still counts.
    """
    return without_internal(news) | {key: olds[key] for key in computed if key in olds}
