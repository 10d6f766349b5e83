"""The stages of a preflight, in their order: an `up` stops after the first with a problem, `doctor` goes on."""

from dataclasses import dataclass

from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.reads import Reads
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.preflight.admission import denied_patches
from alb_mtls.preflight.look import Look, LookedAt
from alb_mtls.preflight.reachability import unreachable_listeners
from alb_mtls.preflight.stopping import Stopped, Warn, stop_at
from alb_mtls.session import Session

_DENIED = "an up tries first whether the cluster takes its patches; nothing was touched in cluster and cloud, because:"
# Of a person, who can look again.
_PATIENCE_SECONDS = 5.0
_UNREACHABLE = "an up proves what it does by probing the listeners; nothing was touched in cluster and cloud, because:"


def stopping_preflight(
    settings: Settings, session: Session, kubeconfig: str | None, *, warn: Warn, reads: Reads | None = None
) -> list[ListenerSnapshot]:
    """Look at every listener of the stack, as `preview` and `up` do.

    Args:
        settings: of the stack.
        session: reaches cluster and cloud.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
        warn: takes what stops nothing.
        reads: that are shared with whoever else looks.

    Raises:
        Stopped: names everything that must be put right, by key. In a preview a cluster or cloud that does not answer
            stops nothing, but is a warning; so is what only an `up` needs.
    """

    def out_of_reach(what: str, error: Exception) -> None:
        if not settings.preview:
            raise Stopped(str(error), "Nothing was touched in cluster and cloud.") from None
        warn(f"{what}: not looked at, so this preview reports less: {error}")

    look = Look(settings, session, kubeconfig, warn=warn, out_of_reach=out_of_reach, reads=reads)
    problems: list[str] = []
    found = _looked(look, problems)
    snapshots = [one.snapshot for one in found]
    for sentence in dict.fromkeys(each for one in snapshots for each in one.not_looked_at):
        warn(sentence)
    # No mistakes of the configuration, which was read without any before.
    head = "1 problem was found" if len(problems) == 1 else f"{len(problems)} problems were found"
    stop_at(problems, f"{head} in the cluster or the cloud; nothing was touched there:")
    look.warn_of_woken(snapshots)
    if not settings.preview:
        # A preview changes nothing, may run where no listener can be reached, and as who may not patch.
        denied = list(denied_patches(settings, found, session, kubeconfig, warn=warn))
        stop_at(denied, _DENIED)
        stop_at(unreachable_listeners(settings, found), _UNREACHABLE)
    return snapshots


def _looked(look: Look, problems: list[str]) -> list[LookedAt]:
    """Return what is found of each listener, and add every problem that looking alone finds."""
    look.begin()
    problems += look.at_purchased_ca()
    found = look.at_listeners()
    problems += [each for one in found for each in one.problems]
    problems += look.at_controller([one.snapshot for one in found])
    return found


@dataclass(frozen=True, kw_only=True)
class Examined:
    """Everything that a preflight finds.

    Attributes:
        snapshots: of the listeners, in order.
        problems: what would stop an `up`, in its own words.
        warnings: what would not.
    """

    snapshots: tuple[ListenerSnapshot, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def examining_preflight(settings: Settings, session: Session, kubeconfig: str | None) -> Examined:
    """Look at every listener as `stopping_preflight` does for an `up`, and go on at each problem.

    A patch is tried, and a listener probed, only where nothing else stops an `up`.
    """
    problems: list[str] = []
    warnings: list[str] = []

    def warn(*lines: str) -> None:
        warnings.append(" ".join(line.strip() for line in lines))

    def out_of_reach(_what: str, error: Exception) -> None:
        problems.append(str(error))

    look = Look(settings, session, kubeconfig, warn=warn, out_of_reach=out_of_reach, on_alb=True)
    found = _looked(look, problems)
    snapshots = tuple(one.snapshot for one in found)
    warnings += [each for one in snapshots for each in one.not_looked_at]
    look.warn_of_woken(snapshots)
    ready = [one for one in found if not one.problems and one.snapshot.albconfig is not None]
    problems += denied_patches(settings, ready, session, kubeconfig, warn=warn)
    problems += unreachable_listeners(settings, ready, patience_seconds=_PATIENCE_SECONDS)
    return Examined(
        snapshots=snapshots, problems=tuple(dict.fromkeys(problems)), warnings=tuple(dict.fromkeys(warnings))
    )
