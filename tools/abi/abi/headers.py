# SPDX-License-Identifier: MIT OR Apache-2.0
"""The public headers as data: what abi/ringline.json holds. Read by libclang, so that a compiler says what they mean."""

import os
import re

from clang import cindex

from .comments import Comment, CommentError, one_line, plain

ENTRY = "ringline/ringline.h"
PREFIX = "RINGLINE_"
# The number in the library's name, which CMake takes from abi/ringline.json: another with each change that old clients do not survive.
SOVERSION = 0
# What a program may be compiled for; the layout must be the same in all of them.
TARGET = "x86_64-linux-gnu"
_INTEGER = re.compile(r"^(?P<digits>0[xX][0-9a-fA-F]+|[0-9]+)(?P<unsigned>[uU]?)$")
# What is passed and returned: integers of fixed width, our structs by value, and pointers to these, to characters and to bytes.
_WIDTHS = r"u?int(8|16|32|64)_t"
_PASSED = re.compile(rf"^(?:{_WIDTHS}|ringline_\w+|(const )?(?:{_WIDTHS}|ringline_\w+|char|void) \*{{1,2}})$")


class Findings:
    """What is wrong with the headers, by file and line: the generator is the ABI's linter too."""

    def __init__(self, root):
        self.root = root
        self.lines = []

    def add(self, cursor, text):
        place = cursor.location
        path = os.path.relpath(place.file.name, self.root) if place.file else "?"
        self.lines.append(f"{path}:{place.line}: {text}")


def read(include, findings):
    """The model; what breaks a rule goes to the findings."""
    index = cindex.Index.create()
    unit = index.parse(os.path.join(include, ENTRY),
                       args=["-x", "c", "-std=c11", "-target", TARGET, "-I", include, "-fparse-all-comments"],
                       options=cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
    for problem in unit.diagnostics:
        findings.lines.append(f"{problem.location}: {problem.spelling}")
    _demand_all(unit, include, findings)
    ours = [cursor for cursor in unit.cursor.get_children() if _is_ours(cursor, include)]
    default_since = _default_since(include)
    model = {
        "schema": "ringline-abi/1",
        "version": _version(ours),
        "soversion": SOVERSION,
        "soname": f"libringline.so.{SOVERSION}",
        "functions": [],
        "structs": [],
        "opaque": [],
        "constants": [],
        "shared_errors": _shared_errors(include),
    }
    comments = {}
    for cursor in ours:
        header = os.path.relpath(cursor.location.file.name, include)
        if cursor.kind == cindex.CursorKind.FUNCTION_DECL:
            model["functions"].append(_function(cursor, header, comments, default_since, findings))
        elif cursor.kind == cindex.CursorKind.TYPEDEF_DECL:
            _typedef(cursor, header, model, findings)
        elif cursor.kind == cindex.CursorKind.MACRO_DEFINITION:
            _constant(cursor, header, model, findings)
        elif cursor.kind not in (cindex.CursorKind.STRUCT_DECL, cindex.CursorKind.MACRO_INSTANTIATION,
                                 cindex.CursorKind.INCLUSION_DIRECTIVE, cindex.CursorKind.LINKAGE_SPEC):
            findings.add(cursor, f"a public header has functions, structs and constants, not {cursor.kind.name.lower()}")
    return model


def _demand_all(unit, include, findings):
    """Only what the entry includes is read: a header beside it would be installed, and checked by nobody."""
    seen = {os.path.realpath(inclusion.include.name) for inclusion in unit.get_includes()}
    seen.add(os.path.realpath(os.path.join(include, ENTRY)))
    for folder, _, names in os.walk(os.path.join(include, os.path.dirname(ENTRY))):
        for path in sorted(os.path.join(folder, name) for name in names):
            if os.path.realpath(path) not in seen:
                findings.lines.append(f"{os.path.relpath(path, findings.root)}:1: {ENTRY} does not include it, so that nothing checks "
                                      "it: include it there, or move it out of the public headers")


def _is_ours(cursor, include):
    file = cursor.location.file
    return file is not None and os.path.realpath(file.name).startswith(os.path.realpath(include) + os.sep)


def _default_since(include):
    with open(os.path.join(include, ENTRY), encoding="utf-8") as file:
        found = re.search(r"@since (\S+) for everything without its own mark", file.read())
    return found[1] if found else ""


def _shared_errors(include):
    """Lists of errors that several functions refer to, by the name of their @anchor: the errors are in the first paragraph, and what is said
    of all of them in the others."""
    folder = os.path.join(include, os.path.dirname(ENTRY))
    blocks = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            blocks += re.findall(r"@anchor (\w+)(.*?)(?:@\{|\*/)", file.read(), re.S)
    shared = {}
    for name, block in blocks:
        listed, *rest = paragraphs(plain(block))
        parts = re.split(r"(?<!\S)(-E[A-Z0-9]+)\s", listed)
        shared[name] = {"errors": [{"value": value, "text": text.strip()} for value, text in zip(parts[1::2], parts[2::2])],
                        "text": rest}
    return shared


def _version(ours):
    numbers = {}
    for cursor in ours:
        found = re.match(r"RINGLINE_VERSION_(MAJOR|MINOR|PATCH)$", cursor.spelling)
        if found and cursor.kind == cindex.CursorKind.MACRO_DEFINITION:
            numbers[found[1]] = list(cursor.get_tokens())[1].spelling
    return ".".join(numbers.get(part, "?") for part in ("MAJOR", "MINOR", "PATCH"))


def _function(cursor, header, comments, default_since, findings):
    name = cursor.spelling
    if cursor.is_definition():
        findings.add(cursor, f"{name}() is defined in the header: other languages cannot call an inline function")
    _check_prototype(cursor, findings)
    try:
        comment = Comment(cursor.raw_comment)
        if comment.same_as:
            if comment.same_as not in comments:
                raise CommentError(f"@copydetails {comment.same_as}: no such function stands before it")
            comment.complete_from(comments[comment.same_as])
        comment.since = comment.since or default_since
    except CommentError as error:
        findings.add(cursor, f"{name}(): {error}")
        comment = Comment("")
    comments[name] = comment
    parameters = [_parameter(cursor, argument, comment, findings) for argument in cursor.get_arguments()]
    for stray in comment.parameters.keys() - {parameter["name"] for parameter in parameters}:
        findings.add(cursor, f"{name}(): @param {stray} names no parameter")
    returns = cursor.result_type.spelling
    for missing, command in ((comment.brief, "@brief"), (comment.since, "@since"), (comment.threads, "@threadsafety"),
                             (comment.returns or comment.retvals or returns == "void", "@return or @retval")):
        if not missing:
            findings.add(cursor, f"{name}() has no {command}")
    return {"name": name, "header": header, "brief": comment.brief, "text": paragraphs(comment.text),
            "since": comment.since, "threads": comment.threads, "threads_text": comment.threads_text,
            "returns": returns, "returns_text": comment.returns,
            "retvals": [{"value": value, "text": text} for value, text in comment.retvals], "parameters": parameters}


def _check_prototype(cursor, findings):
    """Every language must be able to call it, and a library to export it."""
    name = cursor.spelling
    if not any(child.kind == cindex.CursorKind.VISIBILITY_ATTR for child in cursor.get_children()):
        findings.add(cursor, f"{name}() is declared without RINGLINE_API: it would not be exported")
    if cursor.type.kind != cindex.TypeKind.FUNCTIONPROTO:
        findings.add(cursor, f"{name}() says nothing of its parameters: write (void) if it has none")
    elif cursor.type.is_function_variadic():
        findings.add(cursor, f"{name}() takes any number of arguments: other languages cannot call it")
    for argument in cursor.get_arguments():
        if not _PASSED.match(argument.type.spelling):
            findings.add(argument, f"{name}(): parameter {argument.spelling} is of type \"{argument.type.spelling}\": parameters are "
                         "integers of fixed width, structs of this library, or pointers to these, to char or to void")
    returns = cursor.result_type.spelling
    if returns != "void" and not _PASSED.match(returns):
        findings.add(cursor, f"{name}() returns \"{returns}\": results are integers of fixed width, structs of this library, or pointers")


def _parameter(cursor, argument, comment, findings):
    direction, text = comment.parameters.get(argument.spelling, ("", ""))
    written = argument.type.kind == cindex.TypeKind.POINTER and not argument.type.get_pointee().is_const_qualified()
    about = f"{cursor.spelling}(): parameter {argument.spelling}"
    if not direction:
        findings.add(cursor, f"{about} has no @param[in], [out] or [in,out]")
    elif "out" in direction and not written:
        findings.add(cursor, f"{about} is [{direction}], but nothing can be written through a \"{argument.type.spelling}\"")
    return {"name": argument.spelling, "type": argument.type.spelling, "direction": direction, "text": text}


def paragraphs(text):
    """The paragraphs of a description, a line each."""
    return [one_line(part) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _typedef(cursor, header, model, findings):
    record = cursor.underlying_typedef_type.get_declaration()
    if record.kind != cindex.CursorKind.STRUCT_DECL:
        findings.add(cursor, f"{cursor.spelling}: only structs are given names")
    elif record.type.get_size() < 0:
        model["opaque"].append({"name": cursor.spelling, "header": header, "text": one_line(plain(cursor.raw_comment))})
    else:
        model["structs"].append(_struct(cursor, record, header, findings))


def _struct(cursor, record, header, findings):
    fields = []
    end = 0
    for field in record.type.get_fields():
        if not _check_field(field, findings):
            end = None  # what follows is where it is because of that
        offset, size = record.type.get_offset(field.spelling) // 8, field.type.get_size()
        if end not in (None, offset):
            findings.add(field, f"{offset - end} bytes of padding before {cursor.spelling}::{field.spelling} have no name")
        end = None if end is None else offset + size
        entry = {"name": field.spelling, "type": field.type.spelling, "offset": offset, "size": size,
                 "text": one_line(plain(field.raw_comment))}
        if field.type.kind == cindex.TypeKind.CONSTANTARRAY:
            entry["type"] = field.type.element_type.spelling
            entry["count"] = field.type.element_count
        fields.append(entry)
    size = record.type.get_size()
    if end not in (None, size):
        findings.add(cursor, f"{size - end} bytes of padding at the end of {cursor.spelling} have no name")
    comment = cursor.raw_comment or record.raw_comment
    if not comment:
        findings.add(cursor, f"{cursor.spelling} has no comment")
    cold = bool(fields) and fields[0]["name"] == "struct_size"
    return {"name": cursor.spelling, "header": header, "text": one_line(plain(comment)), "size": size,
            "align": record.type.get_align(), "grows": cold, "fields": fields}


def _check_field(field, findings):
    """Whether it is one that every language can have."""
    wrong = _wrong_with(field)
    if wrong:
        findings.add(field, f"{field.spelling or 'a field without a name'} {wrong}")
    return not wrong


def _wrong_with(field):
    kinds, type_ = cindex.TypeKind, field.type.get_canonical()
    if type_.kind == kinds.INCOMPLETEARRAY:
        return "is an array without a size"
    if type_.kind == kinds.CONSTANTARRAY:
        type_ = type_.element_type.get_canonical()
    name = field.type.spelling
    if type_.kind == kinds.CONSTANTARRAY:
        return f"is of type \"{name}\", an array of arrays: write one of as many elements"
    if field.is_bitfield():
        return "is a bit-field, whose place every compiler may choose"
    if type_.kind in (kinds.BOOL, kinds.ENUM, kinds.POINTER):
        return f"is of type \"{name}\": fields are integers of fixed width or structs of them"
    if type_.get_declaration().kind == cindex.CursorKind.UNION_DECL:
        return "is a union, which not every language has: give each meaning a field of its own"
    if type_.kind == kinds.RECORD:
        return "" if re.match(r"ringline_\w+\b", name) else "is a struct without a typedef: give its type a name that begins with ringline_"
    if not re.match(rf"({_WIDTHS}|char)\b", name):
        return f"is of type \"{name}\", whose width depends on the machine"
    return ""


def _constant(cursor, header, model, findings):
    name = cursor.spelling
    tokens = [token.spelling for token in cursor.get_tokens()][1:]
    if not tokens or name == "RINGLINE_API":
        return  # an include guard, or how functions are exported
    if not name.startswith(PREFIX):
        findings.add(cursor, f"{name} does not begin with {PREFIX}")
        return
    found = _INTEGER.match(tokens[0]) if len(tokens) == 1 else None
    if found is None:
        findings.add(cursor, f"{name} is not one integer: other languages cannot read \"{' '.join(tokens)}\"")
        return
    digits = found["digits"]
    if re.match(r"0[0-9]", digits):
        findings.add(cursor, f"{name} is {tokens[0]}, which is octal in C and not elsewhere: write it as a decimal or hexadecimal number")
        return
    if int(digits, 0) >> (32 if found["unsigned"] else 31):
        findings.add(cursor, f"{name} is {tokens[0]}, which does not fit into 32 bits" + ("" if found["unsigned"] else " with a sign"))
        return
    model["constants"].append({"name": name, "header": header, "value": int(digits, 0),
                               "type": "uint32_t" if found["unsigned"] else "int32_t",
                               "hexadecimal": found["digits"].lower().startswith("0x")})
