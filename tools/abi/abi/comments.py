# SPDX-License-Identifier: MIT OR Apache-2.0
"""Documentation comments of the public headers, taken apart: the few Doxygen commands that they use, and no others."""

import re

# Those that begin a section. What else begins with @ (p, ref, name) stands within a text.
SECTIONS = ("brief", "param", "retval", "return", "threadsafety", "since", "copydetails")
_SPLIT = re.compile(r"@(" + "|".join(SECTIONS) + r")\b")
_INLINE = re.compile(r"@(?:p|ref|c)\s+")
_OTHER = re.compile(r"@(\w+|[{}])")
_ALLOWED = {"p", "ref", "c", "name", "defgroup", "anchor", "file", "{", "}"}


class CommentError(Exception):
    """Something that a comment lacks or has too much of."""


class Comment:
    """One comment; members that it does not have are empty."""

    def __init__(self, raw):
        self.brief = ""
        self.text = ""
        self.parameters = {}  # name: (direction, text), in order
        self.retvals = []     # (value, text)
        self.returns = ""
        self.threads = ""
        self.threads_text = ""
        self.since = ""
        self.same_as = ""
        self._read(plain(raw))

    def _read(self, text):
        for name in _OTHER.findall(text):
            if name not in SECTIONS and name not in _ALLOWED:
                raise CommentError(f"the command @{name} is not one that the generator knows")
        parts = _SPLIT.split(text)
        self.text = parts[0].strip()
        for command, body in zip(parts[1::2], parts[2::2]):
            getattr(self, "_" + command)(body)

    def _brief(self, body):
        # The brief is a paragraph; what follows an empty line is the description.
        brief, _, rest = body.strip().partition("\n\n")
        self.brief = one_line(brief)
        self.text = rest.strip()

    def _param(self, body):
        found = re.match(r"\[(in|out|in,out)\]\s+(\w+)\s*(.*)", body, re.S)
        if found is None:
            raise CommentError(f"\"@param{body.strip()[:40]}\" has no direction and name, such as \"@param[in] queue\"")
        if found[2] in self.parameters:
            raise CommentError(f"@param {found[2]} stands there twice")
        self.parameters[found[2]] = (found[1], one_line(found[3]))

    def _retval(self, body):
        value, _, text = body.strip().partition(" ")
        value, newline, more = value.partition("\n")
        self.retvals.append((value, one_line(more + " " + text if newline else text)))

    def _return(self, body):
        self.returns = one_line(body)

    def _threadsafety(self, body):
        found = re.match(r"\{([^}]*)\}\s*;?\s*(.*)", body, re.S)
        if found is None:
            raise CommentError("@threadsafety wants {any thread}, {owner} or the like")
        self.threads = one_line(found[1])
        self.threads_text = one_line(found[2])

    def _since(self, body):
        self.since = body.split()[0].rstrip(".;") if body.split() else ""

    def _copydetails(self, body):
        words = body.split()
        if not words:
            raise CommentError("@copydetails wants the name of a function")
        self.same_as = words[0]

    def complete_from(self, other):
        """What @copydetails means: all but the brief, where this comment has none of its own."""
        self.text = self.text or other.text
        for name, parameter in other.parameters.items():
            self.parameters.setdefault(name, parameter)
        own = {value for value, _ in self.retvals}
        self.retvals = [item for item in other.retvals if item[0] not in own] + self.retvals
        self.returns = self.returns or other.returns
        if not self.threads:
            self.threads, self.threads_text = other.threads, other.threads_text
        self.since = self.since or other.since


def plain(raw):
    """The text of a comment without what makes it one."""
    text = re.sub(r"^/\*\*<?", "", raw or "")
    text = re.sub(r"\*/$", "", text)
    return "\n".join(re.sub(r"^\s*\* ?", "", line).rstrip() for line in text.splitlines()).strip()


def one_line(text):
    """A text in one line, with the names that @p and its like mark left as they are."""
    return re.sub(r"\s+", " ", _INLINE.sub("", text)).strip()
