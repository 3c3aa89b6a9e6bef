# SPDX-License-Identifier: MIT OR Apache-2.0
"""`run suite`: every entry of a build's manifest in one guest, and a JUnit report for each.

The results directory then holds, for each entry, NAME.xml and NAME.log; console.log; kernel-trouble (what the guest's
kernel complained about, empty when all is well); or skipped (why this machine could not run any of it).
"""

import os
import shlex
import shutil
import sys
import time

from . import cpio, emulators, host, junit, manifest, payload, session
from .errors import FAILED, SKIPPED, BedError

MARKER = ".ringline-vm-results"
SKIP_REASON = "skipped"
KERNEL_TROUBLE = "kernel-trouble"
LOG_TAIL_LINES = 40
EXIT_CODE_OF_A_SKIP = 77
TELL_AGAIN_AFTER_S = 30


def run(options, make_settings):
    """Empties the results directory before anything can fail: an old report must never count."""
    results = os.path.abspath(options.results)
    _empty(results)
    try:
        return _run(options, make_settings(), results)
    except BedError as error:
        if error.exit_code == SKIPPED:
            _write(os.path.join(results, SKIP_REASON), str(error))
        raise


def _run(options, settings, results):
    settings.suite = manifest.file_name(settings.emulator)
    entries = _entries(settings, options.only)
    tree = cpio.Tree()
    payload.add_build(tree, settings.build, settings.suite)
    tree.add_text("/bed/entries", "".join(map(_line_for_guest, entries)))
    job = f"#!/bin/sh\ncd {shlex.quote(settings.build)} && exec /bed/suite\n"
    progress = _Progress(entries)
    try:
        ended = session.run(settings, tree, job, results, _show_output, progress.hear)
    except BedError:
        if progress.running:
            host.progress(f"the guest was running {progress.running}, last seen at {progress.at!r}; "
                          "the results of all entries are lost")
        raise
    if ended.exit_code != 0:
        raise BedError(f"the guest's suite script ended with {ended.exit_code}")
    _write(os.path.join(results, KERNEL_TROUBLE), "".join(f"{line}\n" for line in ended.trouble))
    session.show(ended.trouble)
    cases = [case for entry in entries for case in _report(entry, results)]
    for case in cases:
        if case.status == junit.FAILED:
            host.progress(f"FAILED {case.suite}.{case.name}")
    host.progress(f"{junit.summary(cases)} on {settings.kernel}{_emulator(settings)} in {ended.seconds:.1f} s")
    good = not ended.trouble and not junit.count(cases, junit.FAILED)
    return 0 if good or options.report_only else FAILED


def _entries(settings, only):
    entries = manifest.read(settings.build, settings.suite).entries
    unknown = set(only) - {entry.name for entry in entries}
    if unknown:
        raise BedError(f"no entry is called {', '.join(sorted(unknown))}")
    if not entries:
        raise BedError(f"{settings.suite} of {settings.build} has no entries: nothing would be tested")
    return [entry for entry in entries if not only or entry.name in only]


def _emulator(settings):
    return "" if settings.emulator == emulators.INSTALLED else f" and QEMU {settings.emulator}"


def _line_for_guest(entry):
    words = list(entry.command)
    if entry.kind == "gtest":
        words.append(f"--gtest_output=xml:/results/{entry.name}.xml")
    return f"{entry.name}\t{entry.limit_s}\t{shlex.join(words)}\n"


def _show_output(data):
    sys.stderr.buffer.write(data)
    sys.stderr.buffer.flush()


class _Progress:
    """One line for each entry that ends, and now and then one for an entry that takes long."""

    def __init__(self, entries):
        self.running = None
        self.at = ""
        self._left = len(entries)
        self._started = 0.0
        self._told = 0.0

    def hear(self, words):
        if words[0] == "@START":
            self.running = words[1]
            self.at = ""
            self._started = self._told = time.monotonic()
        elif words[0] == "@AT":
            self.at = " ".join(words[2:])
            if time.monotonic() - self._told > TELL_AGAIN_AFTER_S:
                self._told = time.monotonic()
                host.progress(f"{words[1]}: at {self.at}")
        elif words[0] == "@END":
            self.running = None
            self._left -= 1
            host.progress(f"{words[1]}: exit code {words[2]} after {time.monotonic() - self._started:.1f} s, "
                          f"{self._left} to go")


def _report(entry, results):
    """Makes NAME.xml out of all that the guest left about this entry; returns its cases."""
    path = os.path.join(results, entry.name)
    log = _read(f"{path}.log") or ""
    exit_text = _read(f"{path}.exit")
    limit_text = _read(f"{path}.timeout")
    if exit_text is None:
        cases = [junit.Case(entry.name, "result", junit.FAILED, "no result from the guest")]
    else:
        cases = judge(entry, int(exit_text), limit_text, log, junit.read(f"{path}.xml"))
    for leftover in (f"{path}.exit", f"{path}.timeout"):
        if os.path.exists(leftover):
            os.remove(leftover)
    junit.write(f"{path}.xml", entry.name, cases)
    return cases


def judge(entry, code, limit_text, log, xml_cases):
    """The cases of one entry. Whatever the program reported itself, its exit code must agree."""
    tail = "\n".join(log.splitlines()[-LOG_TAIL_LINES:])
    whole = junit.Case(entry.name, "program", junit.PASSED)
    if limit_text is not None:
        whole = junit.Case(entry.name, "program", junit.FAILED, f"stopped after {limit_text.strip()} s\n{tail}")
    elif code not in (0, EXIT_CODE_OF_A_SKIP):
        whole = junit.Case(entry.name, "program", junit.FAILED, f"exit code {code}\n{tail}")
    elif code == EXIT_CODE_OF_A_SKIP:
        whole = junit.Case(entry.name, "program", junit.SKIPPED, tail.splitlines()[-1] if tail else "exit code 77")
    if entry.kind == "run":
        return [whole]
    cases = xml_cases if xml_cases is not None else junit.read_log(log)
    if not cases and whole.status == junit.PASSED:
        return [junit.Case(entry.name, "program", junit.FAILED, f"no test ran\n{tail}")]
    explained = junit.count(cases, junit.FAILED) and xml_cases is not None and limit_text is None
    return cases if cases and (whole.status == junit.PASSED or explained) else cases + [whole]


def _empty(directory):
    """Only what an earlier run made is deleted, never somebody's directory."""
    marker = os.path.join(directory, MARKER)
    if os.path.isdir(directory) and os.listdir(directory):
        if not os.path.exists(marker):
            raise BedError(f"{directory} is not empty and not an earlier run's results")
        shutil.rmtree(directory)
    os.makedirs(directory, exist_ok=True)
    _write(marker, "Made by tools/vm/run suite, which deletes this directory before each run.\n")


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
