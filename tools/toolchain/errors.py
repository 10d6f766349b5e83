"""What the toolchain raises; each message is one sentence with its remedy."""


class ToolchainError(Exception):
    """The toolchain cannot do what it was asked for."""


class ProgramMissingError(ToolchainError):
    """A program is neither installed recently enough nor built yet."""
