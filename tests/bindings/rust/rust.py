# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds and tests the Rust binding as its users do: a copy of its folder, an installed ringline, no network.

Usage: rust.py ACTION WORK BINDING PREFIX CARGO
  build         the programs of the tests and the examples, with the shared and with the static library
  refused       programs that must not compile
  layout        changes to raw.rs that its assertions must notice
  build_script  what build.rs says when it finds nothing
  newest        the tests by the newest compiler at hand, and programs of the editions 2021 and 2024 (77: there is no newer)
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
# For CTest: a test that could not run.
SKIPPED = 77


def run(command, environment, directory, wanted=0):
    ended = subprocess.run(command, env=environment, cwd=directory, capture_output=True, text=True, check=False)
    if (ended.returncode != 0) != (wanted != 0):
        sys.exit(f"{' '.join(command)} gave {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended


class Work:
    """Where it is built, and with what."""

    def __init__(self, work, binding, prefix, cargo):
        self.work, self.binding, self.cargo = os.path.realpath(work), binding, cargo
        self.tree = os.path.join(self.work, "tree")
        found = glob.glob(os.path.join(os.path.realpath(prefix), "lib*", "**", "pkgconfig"), recursive=True)
        kept = ("HOME", "RUSTUP_HOME", "LANG", "TMPDIR")
        self.environment = {name: os.environ[name] for name in kept if name in os.environ}
        self.environment.update(PATH="/usr/bin:/bin", CARGO_INCREMENTAL="0", CARGO_HOME=os.path.join(self.work, "cargo"),
                                CARGO_TARGET_DIR=self.target("target"), PKG_CONFIG_PATH=":".join(found))
        self.libdir = run(["pkg-config", "--variable=libdir", "ringline"], self.environment, "/").stdout.strip()
        # A prefix of one's own needs a run path, as it would for any library.
        self.environment["RUSTFLAGS"] = f"-D warnings -C link-arg=-Wl,-rpath,{os.path.realpath(self.libdir)}"

    def target(self, name):
        return os.path.join(self.work, name)

    def rustc(self):
        return os.path.join(os.path.dirname(self.cargo), "rustc")

    def copy(self):
        shutil.rmtree(self.tree, ignore_errors=True)
        shutil.copytree(self.binding, self.tree, ignore=shutil.ignore_patterns("target"))

    def build(self, *arguments, directory=None):
        # --frozen: offline, and the lock file is what it must be.
        run([self.cargo, "build", "--frozen", "--quiet", *arguments], self.environment, directory or self.tree)

    def put(self, pattern, name, target="target"):
        """Copies the newest program that matches to a place of its own."""
        found = [path for path in glob.glob(os.path.join(self.target(target), "debug", pattern)) if not path.endswith(".d")]
        program = os.path.join(self.work, name)
        # Debug information would be most of what goes to the guests.
        run(["strip", "--strip-debug", "-o", program, max(found, key=os.path.getmtime)], self.environment, "/")
        return program

    def needs(self, program):
        return "libringline.so" in run(["readelf", "-d", program], self.environment, "/").stdout


def build(work):
    work.copy()
    work.build("--test", "behaviour", "--examples")
    work.put("deps/behaviour-*", "behaviour")
    work.put("examples/bench", "bench")
    shared = work.put("examples/roundtrip", "roundtrip-shared")
    work.build("--example", "roundtrip", "--features", "static", directory=os.path.join(work.tree, "libringline"))
    static = work.put("examples/roundtrip", "roundtrip-static")
    if not work.needs(shared) or work.needs(static):
        sys.exit("the one does not need libringline.so, or the other does")


def refused(work):
    """Each program says which error it must give; without the lines marked as wrong it must compile."""
    deps = os.path.join(work.target("target"), "debug", "deps")
    library = max(glob.glob(os.path.join(deps, "liblibringline-*.rlib")), key=os.path.getmtime)
    with tempfile.TemporaryDirectory() as scratch:
        command = [work.rustc(), "--edition", "2021", "--emit", "metadata", "--out-dir", scratch, "-D", "warnings", "-L", f"dependency={deps}",
                   "--extern", f"libringline={library}"]
        programs = sorted(glob.glob(os.path.join(HERE, "refused", "*.rs")))
        for program in programs:
            with open(program, encoding="utf-8") as file:
                lines = file.readlines()
            code = re.match(r"//! (E\d{4})$", lines[1]).group(1)
            said = run([*command, program], work.environment, scratch, wanted=1).stderr
            if set(re.findall(r"^error\[(E\d+)\]", said, re.MULTILINE)) != {code}:
                sys.exit(f"{program}: {code} was expected, but this was said:\n{said}")
            right = os.path.join(scratch, "right.rs")
            with open(right, "w", encoding="utf-8") as file:
                file.writelines(line for line in lines if not line.endswith("// wrong\n"))
            run([*command, "-A", "unused", right], work.environment, scratch)
            print(f"{os.path.basename(program)}: {code}")
        if not programs:
            sys.exit("there are no programs")


# What is done to raw.rs, as a pattern and its replacement, and which error it must give.
LAYOUT = (
    ("a size is another", r"(\tringline_queue_info), \d+, 8,", r"\1, 88, 8,", "E0512"),
    ("an alignment is another", r"(\tringline_completion), 32, 8,", r"\1, 32, 4,", "E0080"),
    ("a field is elsewhere", r"(\tlba): 16, 8;", r"\1: 24, 8;", "E0080"),
    ("a field is 256 bytes away from where it is", r"(\tnode): 24, 64;", r"\1: 280, 64;", "E0080"),
    ("a field is wider", r"(\tpub cdw2): u32,", r"\1: u64,", "E0512"),
    ("a field is gone", r"\tpub hold: u32,\n", "", "E0609"),
    ("two fields change places", r"(\tpub cdw2: u32,\n)(\tpub cdw3: u32,\n)", r"\2\1", "E0080"),
)


def layout(work):
    """The assertions of raw.rs, each of which must fail when it is changed."""
    with open(os.path.join(work.tree, "libringline-sys", "src", "raw.rs"), encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as scratch:
        changed = os.path.join(scratch, "raw.rs")
        command = [work.rustc(), "--edition", "2021", "--crate-type", "lib", "--emit", "metadata", "--out-dir", scratch,
                   "-A", "non_camel_case_types", changed]
        for name, pattern, replacement, code in (("nothing is changed", "$^", "", None), *LAYOUT):
            with open(changed, "w", encoding="utf-8") as file:
                made, count = re.subn(pattern, replacement, text)
                file.write(made)
            if code and count == 0:
                sys.exit(f"{name}: there is nothing like it in raw.rs any more: the change has to be adapted")
            said = run(command, work.environment, scratch, wanted=1 if code else 0).stderr
            if code and f"error[{code}]" not in said:
                sys.exit(f"{name}: {code} was expected, but this was said:\n{said}")
            print(f"{name}: {code or 'compiles'}")


def build_script(work):
    with tempfile.TemporaryDirectory() as scratch:
        program = os.path.join(scratch, "build")
        run([work.rustc(), "--edition", "2021", "-o", program, os.path.join(work.tree, "libringline-sys", "build.rs")], work.environment,
            scratch)
        plain = {"PATH": work.environment["PATH"]}
        found = dict(plain, PKG_CONFIG_PATH=work.environment["PKG_CONFIG_PATH"])
        missing = "libringline 0.1, which these bindings are for, was not found. Install it, or let PKG_CONFIG_PATH name"

        def of_version(number):
            folder = os.path.join(scratch, number)
            os.makedirs(folder)
            with open(os.path.join(folder, "ringline.pc"), "w", encoding="utf-8") as file:
                file.write(f"Name: ringline\nDescription: None\nVersion: {number}\nLibs: -lringline\n")
            return dict(plain, PKG_CONFIG_LIBDIR=folder)

        for environment, wanted, words in (
                (dict(plain, PKG_CONFIG_LIBDIR=scratch), 1, missing),
                (of_version("0.0.9"), 1, missing),
                (of_version("0.2.0"), 1, missing),
                (of_version("0.2.1"), 1, "'0.2.1'"),
                (of_version("1.0.0"), 1, missing),
                (of_version("0.1.9"), 0, "cargo:rustc-link-lib=ringline\n"),
                (dict(plain, PKG_CONFIG="/nowhere/pkg-config"), 1, "Install pkg-config, or name it in PKG_CONFIG"),
                (found, 0, "cargo:rustc-link-lib=ringline\n"),
                (dict(found, RINGLINE_STATIC="0"), 0, "cargo:rustc-link-lib=ringline\n"),
                (dict(found, RINGLINE_STATIC="1"), 0, "cargo:rustc-link-lib=static=ringline\ncargo:rustc-link-lib=uring\n"),
                (dict(found, CARGO_FEATURE_STATIC="1"), 0, "cargo:rustc-link-lib=static=ringline\n"),
                (found, 0, f"cargo:libdir={work.libdir}\n")):
            ended = run([program], environment, scratch, wanted)
            if words not in (ended.stderr if wanted else ended.stdout):
                sys.exit(f"\"{words}\" was expected, but this was said:\n{ended.stdout}{ended.stderr}")


def version(rustc):
    said = subprocess.run([rustc, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"rustc (\d+)\.(\d+)", said)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def newest(work):
    places = [*os.environ.get("PATH", "").split(":"), os.path.expanduser("~/.cargo/bin")]
    have = [os.path.join(place, "cargo") for place in places if os.access(os.path.join(place, "cargo"), os.X_OK)]
    best = max(have, key=lambda cargo: version(os.path.join(os.path.dirname(cargo), "rustc")), default=work.cargo)
    number = version(os.path.join(os.path.dirname(best), "rustc"))
    if number <= version(work.rustc()):
        print(f"there is no newer compiler here than {'.'.join(map(str, number))}")
        sys.exit(SKIPPED)
    work.cargo = best
    work.environment.update(CARGO_TARGET_DIR=work.target("newest"), PATH=f"{os.path.dirname(best)}:{work.environment['PATH']}")
    work.build("--test", "behaviour", "--examples")
    run([best, "test", "--doc", "--frozen", "--quiet"], work.environment, work.tree)
    print(run([work.put("deps/behaviour-*", "behaviour-newest", "newest")], work.environment, "/").stdout.splitlines()[-2])
    editions = ("2021", "2024")[:2 if number >= (1, 85) else 1]
    consumers = os.path.join(work.work, "consumers")
    for edition in editions:
        consumer = os.path.join(consumers, f"edition-{edition}")
        os.makedirs(os.path.join(consumer, "src"), exist_ok=True)
        shutil.copy(os.path.join(work.tree, "libringline", "examples", "roundtrip.rs"), os.path.join(consumer, "src", "main.rs"))
        with open(os.path.join(consumer, "Cargo.toml"), "w", encoding="utf-8") as file:
            file.write(f'[package]\nname = "edition-{edition}"\nversion = "0.1.0"\nedition = "{edition}"\n'
                       f'[dependencies]\nlibringline = {{ path = "{work.tree}/libringline" }}\n')
    with open(os.path.join(consumers, "Cargo.toml"), "w", encoding="utf-8") as file:
        file.write(f"[workspace]\nresolver = \"2\"\nmembers = {[f'edition-{edition}' for edition in editions]}\n")
    run([best, "build", "--offline", "--quiet"], work.environment, consumers)
    for edition in editions:
        with tempfile.TemporaryDirectory() as scratch:
            image = os.path.join(scratch, "disk.img")
            with open(image, "wb") as file:
                file.truncate(1 << 20)
            program = os.path.join(work.target("newest"), "debug", f"edition-{edition}")
            print(f"rustc {number[0]}.{number[1]}, edition {edition}:", run([program, f"sim:{image}"], work.environment, "/").stdout, end="")


def main():
    actions = {action.__name__: action for action in (build, refused, layout, build_script, newest)}
    if len(sys.argv) != 6 or sys.argv[1] not in actions:
        sys.exit(__doc__.strip())
    actions[sys.argv[1]](Work(*sys.argv[2:]))


if __name__ == "__main__":
    main()
