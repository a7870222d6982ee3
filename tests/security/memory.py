"""What this process has taken of the machine's memory at most. Source: proc(5), VmHWM and clear_refs."""

from pathlib import Path

_FORGET_THE_PEAK = "5"


def forgotten_peak_bytes() -> int:
    """Forget the peak. Returns what is held now, from which the next one counts."""
    Path("/proc/self/clear_refs").write_text(_FORGET_THE_PEAK)
    return peak_bytes()


def peak_bytes() -> int:
    """The most since the peak was forgotten."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
