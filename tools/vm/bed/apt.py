# SPDX-License-Identifier: MIT OR Apache-2.0
"""Debian packages by way of apt: asked about, downloaded, taken apart. Nothing is installed."""

import os
import subprocess

from . import host
from .errors import BedError, CannotRunHere

DOWNLOAD_TIMEOUT_S = 600
PROGRAMS = {
    "apt-get": "apt",
    "apt-cache": "apt",
    "dpkg-deb": "dpkg",
}


def run(command, cwd=None):
    try:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False,
                              env=dict(os.environ, LC_ALL="C"), timeout=DOWNLOAD_TIMEOUT_S)
    except subprocess.TimeoutExpired as expired:
        raise BedError(f"{command[0]} took longer than {DOWNLOAD_TIMEOUT_S} s") from expired


def refresh_lists():
    host.progress("apt-get update")
    updated = run(["apt-get", "update", "-qq"])
    if updated.returncode != 0:
        raise CannotRunHere("apt's package lists are missing or old and `apt-get update` failed (run it as root): "
                            + last_line(updated.stderr))


def fetch(package, directory, options=()):
    """Downloads a package (NAME=VERSION or NAME/SUITE) to `directory`; says whether that worked."""
    # Root's download runs unsandboxed: the cache is root's own and apt's user cannot reach it.
    command = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", *options, "download", package]
    return run(command, cwd=directory).returncode == 0


def last_line(text):
    return (text.strip().splitlines() or [""])[-1]
