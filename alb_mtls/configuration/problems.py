"""Collecting every mistake of a configuration before any is reported, so that one run reports them all."""

from collections.abc import Iterable
from difflib import get_close_matches

from alb_mtls.pki.characters import disguised, plain
from alb_mtls.redaction import one_line

# Of the project as it comes; a fork may bear another name, and then the keys begin with that.
_NAMESPACE = "alb-mtls"

# What this program reads of the two providers' namespaces; they have more keys, so that only a near one is a slip.
_ACCESS_KEYS = {
    "alicloud": (
        "accessKey",
        "assumeRole",
        "credentialsUri",
        "ecsRoleName",
        "profile",
        "region",
        "secretKey",
        "securityToken",
        "sharedCredentialsFile",
    ),
    "kubernetes": ("context", "kubeconfig"),
}
# Below: securityTransport, a key of pulumi-alicloud, is near securityToken.
_NEAR_ACCESS_KEY = 0.8


class SettingsError(Exception):
    """The configuration cannot be used; the text names every mistake by its key, one a line."""

    def __init__(self, problems: Iterable[str], *, touched: str = "nothing was touched in cluster and cloud") -> None:
        """Join the problems into one text.

        Args:
            problems: one sentence per mistake, each beginning with the key it is about.
            touched: what was not, as far as that is known.
        """
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 mistake in the configuration" if count == 1 else f"{count} mistakes in the configuration"
        lines = "\n".join(f"  {one_line(problem)}" for problem in self.problems)
        super().__init__(f"{head}; {touched}:\n{lines}")


class Problems:
    """A growing list of mistakes; readers add to it and go on with a harmless value."""

    def __init__(self) -> None:
        """Start without a mistake."""
        self._lines: list[str] = []

    def add(self, key: str, message: str) -> None:
        """Record that `key` is wrong; `message` says what it is against what it may be, and what to do."""
        line = f"{key}: {message}"
        if line not in self._lines:
            self._lines.append(line)

    def is_about(self, key: str) -> bool:
        """Say whether a mistake was recorded for exactly this key."""
        return any(line.startswith(f"{key}: ") for line in self._lines)

    def __len__(self) -> int:
        """Return how many mistakes were recorded."""
        return len(self._lines)

    def raise_if_any(self) -> None:
        """Raise one SettingsError that holds every mistake recorded so far, if there is one."""
        if self._lines:
            raise SettingsError(self._lines)


def unknown_key(name: str, known: Iterable[str]) -> str:
    """Return the sentence for a key nobody reads, with the nearest known key when one is near."""
    names = sorted(known)
    # Only the case differs is the commonest slip, and difflib ranks it low for short names.
    meant = plain(name)
    near = [n for n in names if n.lower() == meant.lower()] or get_close_matches(meant, names, n=1, cutoff=0.6)
    what = "unknown key" if (found := disguised(name)) is None else f"unknown key ({found})"
    if near:
        return f"{what}; did you mean {near[0]!r}?"
    return f"{what}; known here are {', '.join(names)}"


def refuse_near_namespace(key: str, project: str, known: Iterable[str], problems: Problems) -> None:
    """Record a key that nobody reads because its namespace is misspelled, or is that of the project before a rename."""
    namespace, _, name = key.partition(":")
    if name in known and get_close_matches(namespace, [project, _NAMESPACE], n=1, cutoff=0.8):
        problems.add(key, f"nothing reads this namespace; did you mean '{project}:{name}'?")


def refuse_near_access_key(key: str, problems: Problems) -> None:
    """Record a misspelled key of `alicloud:` or `kubernetes:`; without it another cluster or account would count."""
    namespace, _, name = key.partition(":")
    known = _ACCESS_KEYS.get(namespace, ())
    if name in known:
        return
    near = [one for one in known if one.lower() == name.lower()]
    near = near or get_close_matches(name, known, n=1, cutoff=_NEAR_ACCESS_KEY)
    if near:
        problems.add(key, f"nothing reads this key; did you mean '{namespace}:{near[0]}'?")
