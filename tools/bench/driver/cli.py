# SPDX-License-Identifier: MIT OR Apache-2.0
"""The command line."""

import argparse
import json
import os
import sys

from . import compare, costs, fio, machine, report
from .process import BenchError, progress

DESCRIPTION = "Compares ringline with hand-written loops, liburing and fio on /dev/null, and says what may be claimed."
BATCHES = (1, 8, 32, 128, 256)
PARTS = ("compare", "fio", "setup", "growth")
EPILOG = """tools/bench/README.md tells how it is measured. exit code: 0 measured, 1 failed, 2 usage, 130 interrupted"""


def _numbers(text):
    numbers = [int(part) for part in text.split(",")]
    if not all(1 <= number <= 256 for number in numbers):
        raise argparse.ArgumentTypeError("batches are numbers from 1 to 256")
    return numbers


def _parts(text):
    parts = text.split(",")
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is not one of {', '.join(PARTS)}")
    return parts


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/dev bench", description=DESCRIPTION,
                                     epilog="tools/dev bench --guest counts instructions on a real namespace instead. " + EPILOG)
    parser.add_argument("--quick", action="store_true", help="about a minute: fewer rounds, the caller's memory only")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured to FILE")
    parser.add_argument("--batches", type=_numbers, default=list(BATCHES), metavar="N[,N...]", help="1,8,32,128,256")
    parser.add_argument("--parts", type=_parts, default=list(PARTS), metavar="PART[,PART...]",
                        help=f"what to measure: {','.join(PARTS)}")
    parser.add_argument("--processes", type=int, metavar="N", help="of each group (25; with --quick 20)")
    parser.add_argument("--cpu", type=int, metavar="N", help="stay on this processor (the scheduler chooses)")
    parser.add_argument("--seed", type=int, default=1, help="of the order of processes and slices (1)")
    parser.add_argument("--build", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--xnvme", action="store_true", help="print the figures quoted for xNVMe beside ours")
    options = parser.parse_args(arguments)
    root = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "..")
    options.build = os.path.realpath(options.build or os.path.join(root, "build", "release"))
    options.processes = options.processes or (20 if options.quick else 25)
    options.rounds = 30 if options.quick else 120
    options.repeats = 3 if options.quick else 7
    options.commands = 200_000 if options.quick else 1_000_000
    if options.processes < 2:
        parser.error("--processes: quartiles need at least 2")
    return options


def _measure(options):
    if not compare.layouts(options.build):
        raise BenchError(f"{options.build} has no benchmark programs: tools/dev bench builds them")
    document = {"schema": "ringline-bench.report/1", "machine": machine.facts(options.build), "xnvme": options.xnvme,
                "method": {"rounds": options.rounds, "layouts": len(compare.layouts(options.build)), "seed": options.seed,
                           "cpu": options.cpu}, "groups": []}
    if "compare" in options.parts:
        for buffers in ("caller",) if options.quick else ("caller", "library"):
            document["groups"] += compare.measure(options, buffers, options.batches)
    if "fio" in options.parts:
        document["fio"] = fio.measure(options, options.batches)
    if "setup" in options.parts:
        document["set_up"] = costs.set_up(options)
    if "growth" in options.parts:
        document["growth"] = costs.growth(options)
    return document


def _write(path, document):
    """The file appears whole or not at all."""
    unfinished = f"{path}.unfinished"
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    os.replace(unfinished, path)


def main(arguments):
    options = _parse(arguments)
    try:
        document = _measure(options)
        for line in report.lines(document):
            print(line)
        if options.json:
            _write(options.json, document)
    except (BenchError, OSError) as error:
        progress(str(error))
        return 1
    except KeyboardInterrupt:
        progress("interrupted; nothing is reported")
        return 130
    return 0
