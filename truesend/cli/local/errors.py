"""What a person sees when the local stack can't start."""


class LocalStackError(Exception):
    """Says in one line what is wrong with the machine or the arguments, and what to do about it."""
