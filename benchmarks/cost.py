"""What a call costs the machine, whatever else runs on it."""

from __future__ import annotations

import resource
import time
from pathlib import Path


def processor_seconds() -> float:
    """The processor time of this process and of its ended children; unlike the clock's, it is not that of others."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_megabytes() -> float:
    """The peak memory of this process or of its largest ended child."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status = Path("/proc/self/status")
    if status.exists():  # on Linux, ru_maxrss is at least what the process that started this one had
        own = next((int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")), own)
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024
