# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the manual pages need beside the model: roff, and the words that the conventions of ringline.h give to errors."""

import re

# Convention numbers of ringline.h in which these are promised. A @retval without words means this.
ERRORS = {
    "-EINVAL": "A pointer is NULL, or a value is out of range or must be 0.",
    "-E2BIG": "struct_size is larger than this version knows, and something is set beyond that (convention 6).",
    "-EBADF": "The handle was never issued (convention 8).",
    "-ESTALE": "What the handle named was closed (convention 8).",
    "-EPERM": "Another thread is the queue's owner (convention 9).",
    "-ECHILD": "It was made before a fork, in the parent (convention 10).",
    "-ENODEV": "The device is gone.",
    "-ENOMEM": "Out of memory.",
    "-EMFILE": "No descriptor is free in this process.",
    "-ENFILE": "No descriptor is free on this machine.",
    "-EIO": "The device or the system failed at it.",
    "-ENOENT": "There is no such thing.",
    "-EACCES": "Not permitted.",
    "-ENOSPC": "There is no room.",
    "-EOPNOTSUPP": "It cannot be done with this device or queue.",
}
LINE = 72
THREADS = {
    "any thread": "May be called from any thread.",
    "any thread, async-signal-safe": "May be called from any thread, and from signal handlers.",
    "owner": "Only the queue's owner may call it (convention 9): the first thread that used the queue, or, with "
             "RINGLINE_QUEUE_MOVABLE, one thread at a time.",
}


class ManualError(Exception):
    """Something that a page would need and the headers do not say."""


def roff(text):
    """A text for troff: nothing in it is taken for a request or an escape."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    # A member is named as in C; before a type alone, :: only tells Doxygen to link it.
    text = re.sub(r"(?<=\w)::(?=\w)", ".", text).replace("::", "")
    text = text.replace("<0", "negative")
    return re.sub(r"^([.'])", r"\\&\1", text)


def summary(brief):
    """The line that whatis(1) shows: the first sentence, small at its beginning and without its full stop."""
    first = re.split(r"(?<=[a-z0-9)])\.(?:\s|$)", brief)[0]
    return first[:1].lower() + first[1:]


def prototype(function):
    """The declaration, in lines that fit a terminal."""
    parameters = [parameter["type"] + ("" if parameter["type"].endswith("*") else " ") + parameter["name"]
                  for parameter in function["parameters"]]
    line = function["returns"] + ("" if function["returns"].endswith("*") else " ") + function["name"] + "("
    lines = []
    for number, parameter in enumerate(parameters or ["void"]):
        last = number + 1 >= len(parameters)
        piece = parameter + (");" if last else ", ")
        if len(line) + len(piece) > LINE:
            lines.append(line.rstrip())
            line = " " * 8
        line += piece
    return lines + [line]


def shared_list(function, model):
    """The list of errors that this function shares with others, with what this one says before and after its name; None without one."""
    for retval in function["retvals"]:
        for name, shared in model["shared_errors"].items():
            before, found, after = retval["text"].partition(name)
            if found:
                before = re.sub(r"(^|\s)see\s*$", "", before).strip().rstrip(":")
                return {"before": before[:1].upper() + before[1:], "errors": shared["errors"], "after": after, "text": shared["text"]}
    return None


def errors(function, model):
    """The errors, each with words and once; those that several functions share, or that are another's, are written out."""
    shared = shared_list(function, model)
    if shared is None:
        return [_error(function, retval) for retval in function["retvals"] if retval["value"].startswith(("-", "<"))]
    # With a list, <0 stands for it and for those of the functions that are named behind it.
    own = [retval for retval in function["retvals"] if retval["value"].startswith("-")]
    found = {error["value"]: _error(function, error) for error in shared["errors"] + own}
    for other in model["functions"]:
        if other["name"] + "()" in shared["after"]:
            for retval in other["retvals"]:
                if retval["value"].startswith("-"):
                    _add(found, retval, _error(other, retval))
    return list(found.values())


def _add(found, retval, error):
    """One of another function: what both have, with words of its own there, is said in both words."""
    if error["value"] not in found:
        found[error["value"]] = error
    elif retval["text"]:
        known = found[error["value"]]
        known["text"] += " Or " + error["text"][:1].lower() + error["text"][1:]


def _error(function, error):
    text = error["text"] or ERRORS.get(error["value"], "")
    if not text:
        raise ManualError(f"include/{function['header']}: {function['name']}(): @retval {error['value']} has no words, "
                          "and no convention gives it some")
    return {"value": error["value"], "text": text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")}


def thread_rule(function):
    if function["threads"] not in THREADS:
        raise ManualError(f"include/{function['header']}: {function['name']}(): @threadsafety{{{function['threads']}}} "
                          f"is not one of {', '.join(THREADS)}")
    rule = THREADS[function["threads"]]
    more = function["threads_text"].strip()
    return f"{rule} {more[:1].upper()}{more[1:]}".strip()


FILTERS = {"roff": roff, "summary": summary, "prototype": prototype, "errors": errors, "shared_list": shared_list,
           "thread_rule": thread_rule}
