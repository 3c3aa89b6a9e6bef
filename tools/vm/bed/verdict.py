# SPDX-License-Identifier: MIT OR Apache-2.0
"""`run verdict`: what a finished suite run says about one entry, one test suite of it, or the guest's kernel.

CTest asks once for each of its tests, so that a guest boots once and its cases still appear one by one.
"""

import os

from . import junit
from .errors import FAILED, SKIPPED
from .suite import KERNEL_TROUBLE, SKIP_REASON


def give(results, entry, suite):
    """Prints the verdict and returns the exit code: 0, 1, or 77 when everything asked for was skipped."""
    skip = _read(os.path.join(results, SKIP_REASON))
    if skip is not None:
        print(f"skipped: {skip}")
        return SKIPPED
    if entry is None:
        return _kernel(results)
    cases = junit.read(os.path.join(results, f"{entry}.xml"))
    if cases is None:
        print(f"no result for {entry} in {results}")
        return FAILED
    wholly_skipped = cases and junit.count(cases, junit.SKIPPED) == len(cases)
    if suite and not wholly_skipped:
        cases = [case for case in cases if case.suite == suite]
    return _cases(cases, suite or entry)


def _kernel(results):
    trouble = _read(os.path.join(results, KERNEL_TROUBLE))
    if trouble is None:
        print(f"no result from the guest in {results}")
        return FAILED
    print(trouble or "the guest's kernel had nothing to complain about")
    return FAILED if trouble else 0


def _cases(cases, name):
    if not cases:
        print(f"{name}: nothing ran")
        return FAILED
    for case in cases:
        if case.status != junit.PASSED:
            print(f"{case.status.upper()} {case.suite}.{case.name}\n{_indented(case.message)}")
    print(f"{name}: {junit.summary(cases)}")
    if junit.count(cases, junit.FAILED):
        return FAILED
    return SKIPPED if junit.count(cases, junit.SKIPPED) == len(cases) else 0


def _indented(text):
    return "".join(f"    {line}\n" for line in text.splitlines())


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None
