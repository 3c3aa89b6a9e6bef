# SPDX-License-Identifier: MIT OR Apache-2.0
"""The command line: run [OPTIONS] -- COMMAND, run suite, run prepare."""

import argparse
import os
import sys

from . import command, emulators, host, kernels, manifest, session, suite, verdict
from .errors import USAGE, BedError

DESCRIPTION = "Runs a command in a virtual machine with a stock Debian kernel and NVMe drives (no KVM needed)."
EPILOG = """other forms:
  run suite --results DIR   runs the build's guest suite and writes JUnit reports to DIR
  run verdict --results DIR what such a run says about one entry, for CTest
  run prepare               downloads the kernels into the cache
  (each has its own --help)

examples:
  run -- nvmectl list
  run --kernel 6.1 --put in.bin --get out.bin -- sh -c 'nvmectl write /dev/vm/ringA-ng1 -f in.bin && ...'
  run --shell

In the guest the drives are /dev/vm/SERIAL-ngNSID (passthrough), /dev/vm/SERIAL-nNSID (block) and /dev/vm/SERIAL
(controller): ringA (namespaces 1: 512-byte and 2: 4096-byte blocks), ringB (small transfers), ringT (slow),
ringF (media errors), ringH (removable), ringP (metadata and protection information), ringZ (zones), ringC (copy limits),
ringM (multipath). tools/vm/README.md tells more.

exit code: the command's own; 125 when the machine itself failed; 77 when something must be installed first."""


def main(arguments):
    handlers = {"suite": _suite, "prepare": _prepare, "verdict": _verdict}
    handler = handlers.get(arguments[0] if arguments else None)
    try:
        return handler(arguments[1:]) if handler else _run(arguments)
    except BedError as error:
        host.progress(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _parser(name, description, **more):
    parser = argparse.ArgumentParser(prog=name, description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter, **more)
    return parser


def _add_machine_options(parser, timeout_s):
    parser.add_argument("--kernel", choices=kernels.META_PACKAGES, default="6.12", help="kernel series (6.12)")
    parser.add_argument("--qemu", choices=emulators.CHOICES, default=emulators.INSTALLED,
                        help="the emulator: the installed one, or a newer one of Debian's backports, which has ringD")
    parser.add_argument("--build", metavar="DIR", help="build directory (build/release)")
    parser.add_argument("--accel", default="tcg", help="QEMU's accelerator (tcg, which works everywhere)")
    parser.add_argument("--timeout", type=int, default=timeout_s, metavar="S", help=f"give up S seconds after the boot ({timeout_s})")
    parser.add_argument("--append", default="", metavar="ARGS", help="more arguments for the guest's kernel")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="set in the guest")


def _settings(options, need_build):
    build = options.build or os.path.join(manifest.source_directory(), "build", "release")
    if not os.path.isdir(build):
        if options.build or need_build:
            raise BedError(f"{build} is not a directory: build first")
        host.progress(f"{build} does not exist: the guest has no programs of this project")
        build = None
    environment = dict(setting.partition("=")[::2] for setting in options.env)
    return session.Settings(kernel=options.kernel, emulator=options.qemu, build=build and os.path.realpath(build),
                            accelerator=options.accel, timeout_s=options.timeout, kernel_arguments=options.append, environment=environment)


def _run(arguments):
    parser = _parser("run", DESCRIPTION, epilog=EPILOG, usage="run [OPTIONS] -- COMMAND...")
    _add_machine_options(parser, timeout_s=600)
    parser.add_argument("--put", action="append", default=[], metavar="FILE", help="carry into the guest's directory")
    parser.add_argument("--get", action="append", default=[], metavar="FILE", help="carry FILE, a name in the guest's directory, out to this one")
    parser.add_argument("--program", action="append", default=[], metavar="NAME", help="carry a program of this machine, with its libraries, onto the guest's PATH")
    parser.add_argument("--bare", action="store_true", help="leave the build's programs out, which saves time at the boot")
    parser.add_argument("--icount", action="store_true", help="one CPU, whose time counts instructions; the drive is ringI")
    parser.add_argument("--shell", action="store_true", help="an interactive shell")
    parser.add_argument("command", nargs="*", metavar="COMMAND")
    options = parser.parse_args(arguments)
    outside = next((name for name in options.get if os.path.isabs(name) or ".." in name.split("/")), None)
    if outside:
        print(f"run: --get {outside}: give the name of a file in the guest's directory, where the command runs",
              file=sys.stderr)
        return USAGE
    if bool(options.command) == options.shell:
        parser.print_usage(sys.stderr)
        print("run: give a COMMAND after --, or --shell", file=sys.stderr)
        return USAGE
    settings = _settings(options, need_build=False)
    if options.bare:
        settings.build = None
    settings.interactive = options.shell
    settings.counting = options.icount
    return command.run(settings, options.command, options.put, options.get, options.program)


def _suite(arguments):
    parser = _parser("run suite", "Runs every entry of the build's vm-suite.txt in one guest.")
    _add_machine_options(parser, timeout_s=1800)
    parser.add_argument("--results", required=True, metavar="DIR", help="emptied first, then holds NAME.xml, NAME.log")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this entry")
    parser.add_argument("--report-only", action="store_true",
                        help="succeed when every entry has a report, whatever it says (CTest reads it afterwards)")
    options = parser.parse_args(arguments)
    return suite.run(options, lambda: _settings(options, need_build=True))


def _prepare(arguments):
    parser = _parser("run prepare", "Downloads the kernels into the cache.")
    parser.add_argument("--kernel", choices=kernels.META_PACKAGES, action="append", help="only this series")
    parser.add_argument("--qemu", choices=emulators.CHOICES, default=emulators.INSTALLED, help="this emulator too")
    options = parser.parse_args(arguments)
    for series in options.kernel or kernels.META_PACKAGES:
        kernel = kernels.find(series, refresh=True)
        host.progress(f"{series}: {kernel.release} ({kernel.version})")
    emulators.find(options.qemu)
    return 0


def _verdict(arguments):
    parser = _parser("run verdict", "Prints what a suite run says; exits with 0, 1 (failed) or 77 (all skipped).")
    parser.add_argument("--results", required=True, metavar="DIR", help="of `run suite`")
    parser.add_argument("--entry", metavar="NAME", help="an entry; without it the kernel's own messages are judged")
    parser.add_argument("--suite", metavar="NAME", help="only this GoogleTest suite of the entry")
    options = parser.parse_args(arguments)
    return verdict.give(options.results, options.entry, options.suite)
