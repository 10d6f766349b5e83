"""The one error of this package; its text is what a person reads."""

from alb_mtls.configuration.problems import SettingsError


class OpsError(Exception):
    """A command cannot be carried out, or not decided; the text is one sentence with cause and remedy."""


class EmptyStack(OpsError):  # noqa: N818 - named after what happened; the base class says that it is an error
    """The stack exists and holds nothing of this program."""


class NoSuchStack(OpsError):  # noqa: N818 - named after what happened; the base class says that it is an error
    """The state store has no such stack, or none is selected."""


class StillBound(OpsError):  # noqa: N818 - named after what was found; the base class says that it is an error
    """A listener names a CA that something else depends on; a finding, and not a failure."""


class WrongConfiguration(OpsError):  # noqa: N818 - named after what was found; the base class says that it is an error
    """An `up` would refuse the stack's configuration.

    Attributes:
        problems: every mistake, a sentence that begins with its key.
    """

    def __init__(self, error: SettingsError) -> None:
        """Take what the reader of the configuration found."""
        super().__init__(str(error))
        self.problems = error.problems
