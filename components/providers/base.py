"""What the dynamic providers have in common: configuration, comparing records, and errors as sentences."""

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, ClassVar, TypeVar, cast

from pulumi.dynamic import CheckFailure, CheckResult, ConfigureRequest, ResourceProvider
from pulumi.output import Unknown

from alb_mtls.errors import OperationFailed, user_message
from alb_mtls.interpreter_exit import collect_less_garbage
from alb_mtls.progress import watched_by
from alb_mtls.properties import MissingPropertyError, camel_case
from alb_mtls.redaction import one_line
from alb_mtls.report_file import add_to_report
from components.providers import engine_watch, process
from components.providers.engine_log import resource_name, show_at_the_end, show_while_working

Properties = dict[str, Any]
_CHANGING = ("create", "update", "delete")
_Method = TypeVar("_Method", bound=Callable[..., Any])


class Provider(ResourceProvider):
    """Base of the dynamic providers; holds nothing, because what a provider holds is pickled into the state.

    Their parameters are called `_olds`, `_news` and `_props` where the SDK's are, since an override keeps the names.
    """

    # Nothing is captured, so the stored reference needs no encryption; that would cost two blobs a resource.
    serialize_as_secret_always = False
    # Whether a change of the resource reaches the cluster or the cloud, of which the program has taken a look.
    reaches_out: ClassVar[bool] = True

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration, credentials included.

        Pulumi calls this once per provider class and process, before anything else.
        """
        collect_less_garbage()
        engine_watch.watch_engine()
        process.configure(req.config.get)
        process.print_sentences_only()


def user_facing_errors(method: _Method) -> _Method:
    """Turn the errors of the library into one sentence, since Pulumi prints whatever leaves a provider method."""

    @functools.wraps(method)
    def with_sentence(provider: Provider, *args: Any, **kwargs: Any) -> Any:
        try:
            if method.__name__ in _CHANGING and provider.reaches_out:
                process.forget_look()
            with watched_by(show_while_working):
                return method(provider, *args, **kwargs)
        except MissingPropertyError as error:
            message = (
                f"property {error.name} is missing, because the resource that it comes from is not there yet; give "
                "that one as a --target too, or run pulumi up without --target"
            )
            report_failure(message)
            raise OperationFailed(message) from None
        except Exception as error:  # noqa: BLE001 - here a secret in it can still be hidden
            message = user_message(error)
            report_failure(message)
            raise OperationFailed(message) from None

    return cast("_Method", with_sentence)


def refused(news: Properties, *sentences: str) -> CheckResult:
    """Return what `check` answers, with a failure for each sentence; without one the inputs are taken."""
    report_failure(*sentences)
    return CheckResult(news, [CheckFailure("", one_line(sentence)) for sentence in sentences])


def report_failure(*sentences: str) -> None:
    """Note in the report why the resource at hand stops the run, unless no program runs, whose report it would be."""
    if sentences and process.has_program():
        errors = [{"key": None, "message": one, "resource": resource_name()} for one in sentences]
        add_to_report(os.environ, errors=errors)


def changed(old: Any, new: Any, names: Iterable[str]) -> list[str]:
    """Return the properties, by the names of their fields, in which two records differ.

    What is not known yet counts as different, a field that a record does not have as None.
    """
    return [camel_case(name) for name in names if _differs(getattr(old, name, None), getattr(new, name, None))]


def is_unknown(value: Any) -> bool:
    """Say whether a value, or a part of it, is not known yet: only in a preview."""
    if isinstance(value, Unknown):
        return True
    if is_dataclass(value):
        return any(is_unknown(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Mapping):
        return any(is_unknown(one) for one in value.values())
    return isinstance(value, list | tuple) and any(is_unknown(one) for one in value)


def _differs(old: Any, new: Any) -> bool:
    # What is not known yet equals nothing but itself.
    return bool(old != new)


def without_internal(properties: Properties) -> Properties:
    """Return the properties without Pulumi's own `__provider`, which must not come back as ours."""
    return {key: value for key, value in properties.items() if not key.startswith("__")}


def show(*lines: str) -> None:
    """Show a sentence, or a few lines, among the messages of the run: a dynamic diff carries no reason of its own."""
    if not show_at_the_end(*lines):
        print("\n".join(map(one_line, lines)), flush=True)  # noqa: T201 - what a provider prints, Pulumi shows


def announce(*lines: str) -> None:
    """Show what a preview or an `up` is to do, and note it in the report; called by `check` and `diff` alone."""
    add_to_report(os.environ, messages=["; ".join(line.strip() for line in lines)])
    show(*lines)


def show_not_compared(what: str, error: Exception) -> None:
    """Say that a preview or an `up` could not look for drift, and go on: the state is all that is known then."""
    announce(f"{what} was not compared with the state: {error}")
