# SPDX-License-Identifier: MIT
"""What is seen of a process from outside."""
import os

GROWTH = 4 << 20  # bytes that may come on top behind the warm-up


def size(count):
    return "%.1fM" % (count / (1 << 20))


class Sample:
    """What is seen of a process, from outside and from its own table."""

    def __init__(self, pid, packets, flows):
        self.packets, self.flows = packets, flows
        with open("/proc/%d/status" % pid) as file:
            status = dict(line.split(":", 1) for line in file)
        self.resident = int(status["VmRSS"].split()[0]) << 10
        self.threads = int(status["Threads"])
        self.descriptors = len(os.listdir("/proc/%d/fd" % pid))
        self.components = []
