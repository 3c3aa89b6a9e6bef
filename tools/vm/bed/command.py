# SPDX-License-Identifier: MIT OR Apache-2.0
"""`run -- COMMAND`: one command, or an interactive shell, in a guest."""

import os
import shlex
import shutil
import sys
import tempfile

from . import cpio, host, payload, session
from .errors import FAILED

WORK = "/work"


def run(settings, command, put, get, programs):
    """Runs the command in /work of a guest; returns the exit code for the caller."""
    tree = cpio.Tree()
    if settings.build:
        payload.add_build(tree, settings.build)
    for name in programs:
        payload.add_program(tree, name)
    for path in put:
        payload.require_file(path)
        tree.add_file(f"{WORK}/{os.path.basename(path)}", os.path.abspath(path))
    with tempfile.TemporaryDirectory(prefix="ringline-vm-results-") as results:
        ended = session.run(settings, tree, _job(settings, command, get), results, _show_output)
        missing = _take(results, get)
    host.progress(f"exit code {ended.exit_code} after {ended.seconds:.1f} s")
    for path in missing:
        host.progress(f"the guest left no {path}")
    if ended.trouble:
        host.progress("the guest's kernel complained:")
        session.show(ended.trouble)
    return ended.exit_code or (FAILED if missing or ended.trouble else 0)


def _job(settings, command, get):
    script = ["#!/bin/sh", f"cd {WORK}"]
    if settings.interactive:
        script.append("echo 'The NVMe drives are in /dev/vm. Leave with exit or Ctrl-D.'")
    script.append(shlex.join(command) if command else "sh")
    script.append("code=$?")
    script += [f"mv -- {shlex.quote(path)} /results/{number}" for number, path in enumerate(get)]
    return "\n".join(script + ["exit $code"]) + "\n"


def _show_output(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _take(results, get):
    """Puts the files that came back into the current directory; returns those that did not."""
    missing = []
    for number, path in enumerate(get):
        brought = os.path.join(results, str(number))
        if os.path.exists(brought):
            shutil.move(brought, os.path.basename(path))
        else:
            missing.append(path)
    return missing
