"""Provider processes, which are the real provider code: run again from the start with the replies it has had so far.

A process of the model is a step of the engine and the replies to its calls. To learn what it does next, the provider's
own method is called and its calls are answered from that list; the first one without an answer is what it is about to
do. So no line of the providers is written down a second time, and none can drift away from the model.
"""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch as patched

from pulumi.dynamic import ResourceProvider

from alb_mtls.errors import OperationFailed
from components.providers.cas_certificate import CasCertificateProvider
from components.providers.cas_repository import CasRepositoryProvider
from components.providers.cross_certificate import CrossCertificateProvider
from components.providers.deployment import DeploymentProvider
from components.providers.issued_certificates import IssuedCertificatesProvider
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.model.clients import ALIVE, CasSdk, ask_listeners, session
from tests.model.conversation import Conversation, NoReplyYet, ask, talking, to_the_end
from tests.model.values import hashed_once
from tests.model.world import Call, Reply


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Step:
    """One call of the engine: a method of a provider and its arguments, as canonical JSON."""

    resource: str
    method: str
    id: str = ""
    olds: str = ""
    news: str = ""

    @property
    def kind(self) -> str:
        """Which provider it is of: a name without its number."""
        return self.resource.partition("-")[0]


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Calls:
    """The process is about to make a call.

    Attributes:
        to_the_end: its end is let come although the engine is gone (components/providers/engine_watch.py).
    """

    call: Call
    to_the_end: bool


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Returns:
    """The process has answered the engine; JSON of what the provider returned."""

    result: str


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Fails:
    """The process has answered with an error."""

    sentence: str


Next = Calls | Returns | Fails


@dataclass(kw_only=True)
class Program:
    """The program that is explored: the real one, unless a test breaks it on purpose.

    Attributes:
        watches_engine: a provider ends by itself when its engine is gone.
        broken: a context in which a part of the real code is replaced.
        providers: replaced providers, by resource.
    """

    watches_engine: bool = True
    broken: Callable[[], AbstractContextManager[Any]] = nullcontext
    providers: dict[str, ResourceProvider] = field(default_factory=dict)
    _known: dict[tuple[Step, tuple[Reply, ...]], Next] = field(default_factory=dict, init=False)

    def next(self, step: Step, replies: tuple[Reply, ...]) -> Next:
        """Return what a process does that has had these replies; call it inside `running`."""
        key = (step, replies)
        found = self._known.get(key)
        if found is None:
            talk = Conversation(replies)
            last, had = self._replay(step, talk), replies
            for call, to_the_end, reply in talk.foreseen:
                self._known[step, had] = Calls(call=call, to_the_end=to_the_end > 0)
                had = (*had, reply)
            self._known[step, had] = last
            found = self._known[key]
        return found

    def _replay(self, step: Step, talk: Conversation) -> Next:
        provider = {**_PROVIDERS, **self.providers}[step.kind]
        with talking(talk):
            try:
                return Returns(result=_called(provider, step))
            except NoReplyYet:
                return Calls(call=talk.pending, to_the_end=talk.to_the_end > 0)
            except OperationFailed as error:
                return Fails(sentence=str(error))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the real code talk to the model as long as this lasts."""
        with ExitStack() as stack:
            stack.enter_context(redirect_stdout(io.StringIO()))
            for target, replacement in _REPLACED.items():
                stack.enter_context(patched(target, replacement))
            stack.enter_context(self.broken())
            yield


_PROVIDERS: dict[str, ResourceProvider] = {
    "deployment": DeploymentProvider(),
    "cross": CrossCertificateProvider(),
    "clients": IssuedCertificatesProvider(),
    "repository": CasRepositoryProvider(),
    "uploaded": CasCertificateProvider(),
    "claim": ListenerClaimProvider(),
    "switch": ListenerSwitchProvider(),
}


def _called(provider: ResourceProvider, step: Step) -> str:
    olds, news = json.loads(step.olds or "{}"), json.loads(step.news or "{}")
    match step.method:
        case "check":
            checked = provider.check(olds, news)
            if checked.failures:
                raise OperationFailed("; ".join(one.reason for one in checked.failures))
            return json.dumps(checked.inputs, sort_keys=True, separators=(",", ":"))
        case "diff":
            found = provider.diff(step.id, olds, news)
            return json.dumps({"changes": bool(found.changes), "replaces": bool(found.replaces)})
        case "create":
            created = provider.create(news)
            return json.dumps({"id": created.id, "outputs": created.outs}, sort_keys=True)
        case "update":
            return json.dumps({"id": step.id, "outputs": provider.update(step.id, olds, news).outs}, sort_keys=True)
        case _:
            provider.delete(step.id, olds)
            return "{}"


_SECRETS = SimpleNamespace(token_hex=lambda _: ask("draw"))
_REPLACED: dict[str, Any] = {
    "components.providers.process.session": session,
    "components.providers.deployment.secrets": SimpleNamespace(token_hex=lambda _: ask("deployment")),
    "components.providers.listener_claim.secrets": _SECRETS,
    "alb_mtls.listeners.switch.secrets": _SECRETS,
    "alb_mtls.listeners.restore.secrets": _SECRETS,
    "components.providers.cross_certificate._ask_listeners": ask_listeners,
    "components.providers.engine_watch.to_the_end": to_the_end,
    "components.providers.engine_watch.engine_lives": lambda: ask("engine") == ALIVE,
    "alb_mtls.aliyun.cas_repositories.SdkClient": CasSdk,
    "alb_mtls.retrying.time": SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: None),
}
