"""What a service has loaded lives as long as the service: its collector need not look at it again and again."""

import gc


def leave_alone_what_is_here() -> None:
    """Call it once, when everything is loaded and connected. A full collection of what comes later takes a moment; one that
    looks at all modules, too, takes some fifty milliseconds in which nothing else runs."""
    gc.collect()
    gc.freeze()
