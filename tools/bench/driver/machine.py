# SPDX-License-Identifier: MIT OR Apache-2.0
"""What must be known about a machine to read figures from it."""

import datetime
import os
import platform
import re
import shutil
import subprocess


def _first_line(command):
    if shutil.which(command[0]) is None:
        return None
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0].strip() if said else None


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _cache_value(build, name):
    found = re.search(rf"^{name}:\w+=(.*)$", _read(os.path.join(build, "CMakeCache.txt")), re.MULTILINE)
    return found.group(1) if found else None


def facts(build):
    model = re.search(r"^model name\s*: (.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    folder = "/sys/devices/system/cpu/vulnerabilities"
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    mitigations = {name: _read(os.path.join(folder, name)).strip() for name in names}
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "kernel": platform.release(),
        "processor": model.group(1) if model else platform.machine(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "compiler": _first_line([_cache_value(build, "CMAKE_C_COMPILER") or "cc", "--version"]),
        "build_type": _cache_value(build, "CMAKE_BUILD_TYPE"),
        "liburing": _first_line(["pkg-config", "--modversion", "liburing"]),
        "fio": _first_line(["fio", "--version"]),
        "mitigations": {name: text for name, text in mitigations.items() if text != "Not affected"},
    }
