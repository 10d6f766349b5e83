"""The world that providers act upon: one AlbConfig, its ALB, and CAS; immutable, and changed by one call at a time.

The AlbConfig is a real document and its patches are applied as kube-apiserver applies them, so that what the model says
of a patch is what the patch says. CAS is as careless as documented: no client tokens, names and contents not unique.
"""

from dataclasses import dataclass
from typing import Any

from alb_mtls.cluster.listener_key import ListenerKey
from tests.helpers.albconfigs import albconfig, https
from tests.model.documents import LISTENERS, Bound, absent_in, as_text, bound_in, hashed_in, listeners_in, patch
from tests.model.edits import OTHER_OBJECT, changed_on_alb, edited
from tests.model.values import hashed_once, replace

Call = tuple[Any, ...]
Reply = Any

CONFLICT = "conflict"
DENIED = "denied"
WRITES = frozenset({"patch", "CreateWarehouse", "UploadPCACert", "DeletePCACert", "DeleteWarehouse"})


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository in CAS."""

    number: int
    name: str


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A CA certificate in CAS."""

    identifier: str
    repository: int
    pem: str


@hashed_once
@dataclass(frozen=True, kw_only=True)
class Controller:
    """How the controller and the ALB behind it behave, and what the controller is about to do.

    Attributes:
        label: what the AlbConfig's hash label is the hash of; None for a controller without one.
        queue: `now` when an event is worked on, `later` when only a repetition is due that failed before.
        broken: another Ingress fails every reconcile, after the listeners were set and before the label is written.
        lets_go: the CA of a listener that is switched off is no longer shown.
        denies: a webhook may deny a patch.
        absent_is_unchanged: what the AlbConfig does not say stays on the ALB as it is.
        takes_no_cross: the ALB accepts a client only by the CA that has signed its own certificate.
    """

    label: str | None = None
    queue: str = ""
    broken: bool = False
    lets_go: bool = False
    denies: bool = False
    absent_is_unchanged: bool = False
    takes_no_cross: bool = False


# Fields that somebody has set by hand, None where nobody has.
ByHand = tuple[bool | None, tuple[str, ...] | None]
NOBODY: ByHand = (None, None)


@hashed_once
@dataclass(frozen=True, kw_only=True)
class World:
    """All that outlives a process.

    Attributes:
        albconfig: the document as canonical JSON.
        alb: what the ALB does with each listener, which follows the AlbConfig later.
        made: how many random values and identifiers each stack was given, so that no two are the same.
        by_hand: what others set since the last command began.
        opened: somebody switched the listener off, and no `up` has ended well since.
    """

    albconfig: str
    alb: tuple[Bound, ...]
    repositories: tuple[Repository, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    made: tuple[int, ...] = (0, 0)
    controller: Controller = Controller()
    by_hand: ByHand = NOBODY
    opened: bool = False

    def is_in_step(self) -> bool:
        """Say whether the ALB does what the AlbConfig says."""
        return self.alb == self._carried_over()

    def can_follow(self) -> bool:
        """Say whether the controller has something to do."""
        if self.controller.label is None:
            return not self.is_in_step()
        # Of a reconcile that changes nothing and fails again nothing is seen.
        return bool(self.controller.queue) and not (self.is_in_step() and self.controller.broken)

    def follows_soon(self) -> bool:
        """Say whether the controller is about to do something; otherwise a deadline passes before that."""
        return self.controller.label is None or self.controller.queue == "now"

    def follow(self) -> "World":
        """Return the world once the controller has carried the AlbConfig over to the ALB."""
        controller = self.controller
        if controller.label is not None:
            label = controller.label if controller.broken else hashed_in(self.albconfig)
            controller = replace(controller, queue="later" if controller.broken else "", label=label)
        return replace(self, alb=self._carried_over(), controller=controller)

    def trusted(self) -> list[str]:
        """Return the CAs of whose clients certificates are requested now, once for each listener."""
        return self._named_by(self.alb)

    def desired(self) -> list[str]:
        """Return the same once the controller has carried the AlbConfig over."""
        return self._named_by(self._carried_over())

    def _named_by(self, listeners: tuple[Bound, ...]) -> list[str]:
        pems = {one.identifier: one.pem for one in self.certificates}
        return [pems[one] for shown in listeners if shown.enabled for one in shown.identifiers if one in pems]

    def restarted(self) -> "World":
        """Return the world with a controller that has forgotten what it was to repeat."""
        is_new = hashed_in(self.albconfig) != self.controller.label
        return replace(self, controller=replace(self.controller, queue="now" if is_new else ""))

    def with_broken_ingress(self) -> "World":
        """Return the world with another Ingress that fails every reconcile."""
        return replace(self, controller=replace(self.controller, broken=True))

    def labelled(self) -> "World":
        """Return the world with a controller that writes the hash label, and has done so last for what stands."""
        return replace(self, controller=replace(self.controller, label=hashed_in(self.albconfig)))

    def with_document(self, text: str) -> "World":
        """Return the world with another AlbConfig; the controller drops the event when its label is the same."""
        controller = self.controller
        if controller.label is not None and hashed_in(text) != controller.label:
            controller = replace(controller, queue="now")
        return replace(self, albconfig=text, controller=controller)

    def edited(self, what: str) -> "World":
        """Return the world after somebody's edit, which is remembered as far as it set a field."""
        world = self.written_by_others(edited(self.albconfig, what))
        return replace(world, opened=False) if what in OTHER_OBJECT else world

    def written_by_others(self, text: str) -> "World":
        """Return the world with an AlbConfig of somebody else's, who is remembered as far as that set a field."""
        world = self.with_document(text)
        then, now = bound_in(self.albconfig), bound_in(world.albconfig)
        if then == now:
            return world
        opened = world.opened if then.enabled == now.enabled else not now.enabled
        enabled = now.enabled if now.enabled != then.enabled else self.by_hand[0]
        identifiers = now.identifiers if now.identifiers != then.identifiers else self.by_hand[1]
        return replace(world, by_hand=(enabled, identifiers), opened=opened)

    def changed_on_alb(self, what: str) -> "World":
        """Return the world after an edit of the ALB alone, of which no event tells the controller."""
        return replace(self, alb=(changed_on_alb(self.alb[0], what), *self.alb[1:]))

    def _carried_over(self) -> tuple[Bound, ...]:
        listeners = listeners_in(self.albconfig)
        return tuple(self._carried(one, shown) for one, shown in zip(listeners, self.alb, strict=True))

    def _carried(self, listener: ListenerKey, shown: Bound) -> Bound:
        desired, controller = bound_in(self.albconfig, listener), self.controller
        if controller.absent_is_unchanged:
            keeps_enabled, keeps_identifiers = absent_in(self.albconfig, listener)
            enabled = shown.enabled if keeps_enabled else desired.enabled
            identifiers = shown.identifiers if keeps_identifiers else desired.identifiers
            desired = replace(desired, enabled=enabled, identifiers=identifiers)
        return replace(desired, identifiers=()) if controller.lets_go and not desired.enabled else desired

    def perform(self, call: Call, stack: int) -> tuple["World", Reply]:
        """Carry one call of a stack out, all at once, and return what the caller gets."""
        api, *arguments = call
        match api:
            case "deployment":
                return self, deployment_id(stack)
            case "draw":
                return self._given(stack), f"{self._number(stack):016x}"
            case "albconfig":
                return self, self.albconfig
            case "patch":
                patched = patch(self.albconfig, arguments[0])
                return (self, CONFLICT) if patched is None else (self.with_document(patched), patched)
            case "gate":
                return self, not (self.controller.takes_no_cross and arguments[0] in self.trusted())
            case "listener":
                return self, self.alb[arguments[0]]
            case "bound":
                return self, any(arguments[0] in one.identifiers for one in self.alb)
        if api in {"CreateWarehouse", "UploadPCACert"}:
            return self._add_to_cas(api, arguments, stack)
        return (
            self._delete_from_cas(api, arguments[0])
            if api in WRITES
            else (self, self._look_into_cas(api, arguments[0]))
        )

    def _look_into_cas(self, api: str, what: str) -> Reply:
        match api:
            case "ListCertWarehouse":
                return tuple(one for one in self.repositories if one.name == what)
            case "ListCert":
                return tuple(one for one in self.certificates if str(one.repository) == what)
            case "DescribeWarehouseCert":
                return next((one for one in self.certificates if one.identifier == what), None)
        message = f"the model knows no call {api}"
        raise ValueError(message)

    def _add_to_cas(self, api: str, arguments: list[Any], stack: int) -> tuple["World", Reply]:
        number, world = self._number(stack), self._given(stack)
        if api == "CreateWarehouse":
            made = Repository(number=number, name=arguments[0])
            return replace(world, repositories=(*self.repositories, made)), str(number)
        pem, repository = arguments
        if not any(str(one.number) == repository for one in self.repositories):
            return self, None
        new = Certificate(identifier=f"ca-{number}", repository=int(repository), pem=pem)
        return replace(world, certificates=(*self.certificates, new)), new.identifier

    def _delete_from_cas(self, api: str, what: str) -> tuple["World", Reply]:
        if api == "DeletePCACert":
            return replace(self, certificates=tuple(one for one in self.certificates if one.identifier != what)), True
        if any(str(one.repository) == what for one in self.certificates):
            return self, False
        return replace(self, repositories=tuple(one for one in self.repositories if str(one.number) != what)), True

    def _number(self, stack: int) -> int:
        return 100 * (stack + 1) + self.made[stack]

    def _given(self, stack: int) -> "World":
        return replace(self, made=tuple(n + (place == stack) for place, n in enumerate(self.made)))


def deployment_id(stack: int) -> str:
    """Return the id that the anchor of a stack draws."""
    return f"id-{stack}"


def first_world(*, listeners: int = 1, **fields: Any) -> World:
    """Return a world with one listener or two, untouched so far, which have these fields."""
    text = as_text(albconfig(*(https(one.port, **fields) for one in LISTENERS[:listeners])))
    return World(albconfig=text, alb=tuple(bound_in(text, one) for one in LISTENERS[:listeners]))
