# SPDX-License-Identifier: MIT OR Apache-2.0
"""How a run of the bed ends when it does not end with the guest's own exit code."""

import os

FAILED = 1
BED_FAILED = 125  # as timeout(1) and env(1) say "the wrapper itself failed"
USAGE = 2
SKIPPED = 77  # CTest's SKIP_RETURN_CODE; a visible skip


class BedError(Exception):
    """The run failed; the message is the one line that the user needs."""

    exit_code = BED_FAILED


class CannotRunHere(BedError):
    """This machine lacks something that can be installed: a skip, except on CI, where it is a failure."""

    def __init__(self, message):
        super().__init__(message)
        self.exit_code = FAILED if os.environ.get("CI") == "true" else SKIPPED
