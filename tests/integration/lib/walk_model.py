# SPDX-License-Identifier: Apache-2.0
"""walk_model.py - what each of the walk's containers must be, from what was done to it.

Only what a user can know: policies by the table of plugins/restart/decide.c, docker's rule for `always`, and that
a requirement is started with whoever requires it.
"""
import os

BAD = {"failure", "signal", "unhealthy", "start-failed", "host-reboot"}
ABNORMAL = {"signal", "unhealthy", "host-reboot"}
ANY = BAD | {"clean", "manual"}
# policy: causes after which it comes back at once, and with the daemon
POLICIES = {
    "no": (set(), set()),
    "always": (ANY, ANY),
    "unless-stopped": (ANY, ANY),
    "on-failure": (BAD, BAD),
    "on-success": ({"clean", "start-failed"}, set()),
    "on-abnormal": (ABNORMAL | {"start-failed"}, ABNORMAL),
    "on-abort": ({"signal", "start-failed"}, set()),
    "on-unhealthy": ({"unhealthy", "start-failed"}, set()),
    "on-boot": ({"start-failed"}, ANY),
}


class Container:
    all = []

    def __init__(self, n, where):
        self.n, self.name = n, "walk%d" % n
        self.short = n >= 6  # two of them fail all the time: only that there are never two is asked
        self.dir = os.path.join(where, self.name)
        os.makedirs(self.dir, exist_ok=True)
        self.gone()
        Container.all.append(self)

    def gone(self):
        self.state, self.policy, self.manual, self.started, self.cause = "absent", "no", False, False, None
        self.requires, self.checked, self.logs, self.memory, self.ends = None, False, False, 0, 0

    @property
    def lives(self):
        return self.state in ("running", "paused")

    def needs(self):
        """Of what it requires: "met", "startable", "missing"."""
        if not self.requires:
            return "met"
        other = next((c for c in Container.all if c.name == self.requires and c.state != "absent"), None)
        if not other:
            return "missing"
        return "met" if other.lives else other.needs() if other.needs() == "missing" else "startable"

    def bound(self):
        """Does another one require it, or it another one?"""
        return self.requires or any(c.requires == self.name for c in Container.all)

    def begins(self, by_hand=False):
        """It is started, and with it what it requires. False: that cannot be had."""
        if self.needs() == "missing":
            if not by_hand:
                self.state, self.cause = "exited", "start-failed"
            return False
        for c in Container.all:
            if c.name == self.requires and c.state in ("created", "exited"):
                c.begins(by_hand=True)
        self.state, self.started = "running", True
        if by_hand:
            self.manual = False
        return True

    def ended(self, cause, manual=False):
        self.manual, self.cause, self.state = self.manual or manual, "manual" if manual else cause, "exited"
        self.ends += 1
        if not manual and cause in POLICIES[self.policy][0]:
            self.begins()

    def daemon_came(self):
        if self.state != "exited" or not self.started or self.cause not in POLICIES[self.policy][1]:
            return
        if self.policy == "always" or not self.manual:
            self.manual = False
            self.begins()

    def rebooted(self):
        """The machine went down and came up."""
        if self.lives:
            self.state, self.cause = "exited", "host-reboot"
            self.ends += 1
        self.daemon_came()
