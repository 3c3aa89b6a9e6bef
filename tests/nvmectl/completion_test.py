# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a shell proposes for nvmectl. Usage: completion_test.py bash|zsh|fish NVMECTL

The shells themselves are asked: bash by calling its completion function as it would, fish by its own query, zsh on a terminal.
"""
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SHELL, TOOL = sys.argv[1:3]
COMMANDS = ("list", "info", "flush", "status", "read", "write", "bench", "sim", "sim create", "completion", "id", "id ctrl", "id raw", "log",
            "log smart", "log get", "feature get", "feature set", "format", "sanitize", "passthru", "passthru io")

BASH = """
source "$1"
compopt() { :; }
while IFS= read -r COMP_LINE; do
	COMP_POINT=${#COMP_LINE}
	_nvmectl
	printf '%s\\n' "${COMPREPLY[@]}" ==
done
"""
ZSHRC = """
PROMPT='READY> ' LISTMAX=0
unsetopt prompt_sp prompt_cr automenu
stty cols 240 rows 500
fpath=($PWD $fpath)
autoload -U compinit && compinit -u -D
bindkey '^I' list-choices
"""


def script():
    return subprocess.run([TOOL, "completion", SHELL], capture_output=True, text=True, check=True).stdout


class Bash:
    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, ".completion"), "w", encoding="utf-8") as file:
            file.write(script())

    def ask(self, lines):
        ended = subprocess.run(["bash", "--norc", "-c", BASH, "bash", ".completion"], input="".join(line + "\n" for line in lines),
                               cwd=self.folder, capture_output=True, text=True, check=False, timeout=60)
        assert ended.returncode == 0 and ended.stderr == "", ended.stderr
        return [set(filter(None, answer.splitlines())) for answer in ended.stdout.split("==\n")[:-1]]


class Fish:
    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, ".completion"), "w", encoding="utf-8") as file:
            file.write(script())

    def ask(self, lines):
        asking = "source .completion\n" + "".join(f"complete -C {shlex.quote(line)}\necho ==\n" for line in lines)
        environment = dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder, XDG_DATA_HOME=self.folder)
        ended = subprocess.run(["fish", "--no-config", "-c", asking], cwd=self.folder, env=environment, capture_output=True, text=True,
                               check=False, timeout=60)
        assert ended.returncode == 0 and ended.stderr == "", ended.stderr
        answers = ended.stdout.split("==\n")[:-1]
        return [{line.split("\t")[0] for line in answer.splitlines()} for answer in answers]


class Zsh:
    def __init__(self, folder):
        with open(os.path.join(folder, "_nvmectl"), "w", encoding="utf-8") as file:
            file.write(script())
        with open(os.path.join(folder, ".zshrc"), "w", encoding="utf-8") as file:
            file.write(ZSHRC)
        child, self.terminal = pty.fork()
        if child == 0:
            os.chdir(folder)
            os.execvpe("zsh", ["zsh", "--no-globalrcs", "-i"], dict(os.environ, ZDOTDIR=folder, TERM="dumb"))
        self.read_until(r"READY> $")

    def read_until(self, pattern):
        text, until = "", time.monotonic() + 30
        while not re.search(pattern, text):
            if not select.select([self.terminal], [], [], max(0, until - time.monotonic()))[0]:
                raise AssertionError(f"zsh says no more than {text!r}")
            text += os.read(self.terminal, 65536).decode(errors="replace")
            text = re.sub(r"\x1b\[\?\d+[hl]", "", text)  # modes of the terminal
        return text

    def ask(self, lines):
        """A list comes below the line, and then the line once more. A bell says nothing: there may be a list too."""
        answers = []
        for line in lines:
            os.write(self.terminal, line.encode() + b"\t\x15print END-$((1 + 1))\n")
            text = self.read_until(r"END-2\r\nREADY> $")
            found = re.search(r"\n(.*)READY> " + re.escape(line), text, re.DOTALL)
            answers.append(set(re.sub(r"\s--\s.*", "", found[1]).split()) if found else set())  # without the descriptions
        return answers


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="ringline-completion-")
        cls.addClassCleanup(cls.scratch.cleanup)
        for name in ("disk.img", "data.bin", "my disk.img"):
            with open(os.path.join(cls.scratch.name, name), "wb"):
                pass
        cls.shell = {"bash": Bash, "zsh": Zsh, "fish": Fish}[SHELL](cls.scratch.name)

    def ask(self, line):
        return self.shell.ask([line])[0]

    def test_every_command_is_proposed(self):
        self.assertLessEqual({command for command in COMMANDS if " " not in command}, self.ask("nvmectl "))
        self.assertEqual(self.ask("nvmectl sim "), {"create", "inject"})
        self.assertEqual(self.ask("nvmectl wr"), {"write", "write-zeroes", "write-uncorrectable"})
        self.assertEqual(self.ask("nvmectl smart"), set())  # an old spelling works, and is not proposed

    def test_every_option_of_the_help_is_proposed_and_no_other(self):
        for command, proposed in zip(COMMANDS, self.shell.ask([f"nvmectl {command} --" for command in COMMANDS])):
            said = subprocess.run([TOOL, *command.split(), "--help"], capture_output=True, text=True, check=True).stdout
            options = set(re.findall(r"(?m)^  (?:-\w,)*((?:--[a-z0-9-]+,?)+)", said))
            options = {option for group in options for option in group.rstrip(",").replace(",-", " -").split()
                       if option.startswith("--")}
            self.assertIn("--help", options)
            self.assertEqual({word for word in proposed if word.startswith("--")}, options, command)

    def test_values_that_are_known_are_proposed(self):
        self.assertEqual(self.ask("nvmectl read --engine "), {"auto", "uring", "threads"})
        self.assertEqual(self.ask("nvmectl sim create --block-size "), {"512", "4096"})
        self.assertEqual(self.ask("nvmectl completion "), {"bash", "zsh", "fish"})

    def test_numbers_are_not_completed_with_files(self):
        self.assertEqual(self.ask("nvmectl read --lba "), set())

    def test_devices_and_images_are_proposed(self):
        self.assertEqual(self.ask("nvmectl info nu"), {"null:"})
        images = {re.sub("^sim:", "", word) for word in self.ask("nvmectl info sim:di")}
        self.assertEqual(images, {"disk.img"})

    def test_values_behind_an_equal_sign_are_proposed_and_do_not_hide_what_follows(self):
        values = {re.sub("^--engine=", "", word) for word in self.ask("nvmectl read --engine=")}
        self.assertEqual(values, {"auto", "uring", "threads"})
        self.assertEqual(self.ask("nvmectl read --engine=uring nu"), {"null:"})

    @unittest.skipIf(SHELL == "zsh", "what zsh shows does not tell names with blanks from two names")
    def test_names_with_blanks_can_be_completed(self):
        for line in ("nvmectl write null: -f my\\ di", 'nvmectl write null: -f "my di', "nvmectl info sim:my\\ di"):
            found = {re.sub("^sim:", "", word.replace("\\", "")) for word in self.ask(line)}
            self.assertEqual(found, {"my disk.img"}, line)

    def test_files_are_proposed_where_a_file_is_wanted(self):
        self.assertEqual(self.ask("nvmectl write null: -f da"), {"data.bin"})
        self.assertEqual(self.ask("nvmectl sim create di"), {"disk.img"})


if __name__ == "__main__":
    if not shutil.which(SHELL):
        print(f"skipped: {SHELL} is not installed")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
