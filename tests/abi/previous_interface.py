#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Whatever the headers of the previous baseline (abi/previous) declare, today's declare too, and alike: constants keep their value,
fields their place, all of them their types, functions their parameters. Hot structs keep their size; cold ones may have grown.

Then the check itself: today's headers are changed in a scratch copy, and each change must be noticed. Usage: previous_interface.py ROOT
"""

import os
import shutil
import sys
import tempfile

RINGLINE = "ringline/ringline.h"
# What is done to today's headers, from what, to what, and what must be said.
CHANGES = (
    ("a constant changes its value", "RINGLINE_REASON_FORBIDDEN 4u", "RINGLINE_REASON_FORBIDDEN 6u", "RINGLINE_REASON_FORBIDDEN was 4 and is 6"),
    ("a constant is gone", "#define RINGLINE_FAULT_DROP 5u", "", "RINGLINE_FAULT_DROP is gone"),
    ("a hot struct grows", "} ringline_command;", "\tuint64_t added;\n} ringline_command;", "ringline_command had 64 bytes and has 72"),
    ("a cold struct shrinks", "\tuint64_t enters; ", "", "ringline_queue_info had 64 bytes and has 56"),
    ("a field moves", "\tuint32_t kind;\n\tuint32_t nsid;\n\tuint64_t blocks;", "\tuint32_t nsid;\n\tuint32_t kind;\n\tuint64_t blocks;",
     "ringline_device_entry::kind was at 0 and is at 4"),
    ("a field is renamed", "\tuint64_t delay_ns;", "\tuint64_t delay;", "ringline_fault_rule::delay_ns is gone"),
    ("a field changes its width", "\tint32_t error;\n\tuint16_t status;\n\tuint16_t reserved0;", "\tint32_t error;\n\tuint32_t status;",
     "ringline_fault_rule::status had 2 bytes and has 4"),
    ("a field gets a sign", "\tuint64_t delay_ns;", "\tint64_t delay_ns;",
     "ringline_fault_rule::delay_ns was of type uint64_t and is of type int64_t"),
    ("an array has fewer and larger elements", "\tchar node[64];", "\tuint64_t node[8];",
     "ringline_device_info::node was of type char[64] and is of type uint64_t[8]"),
    ("a struct is aligned otherwise", "} ringline_completion;", "} __attribute__((aligned(16))) ringline_completion;",
     "ringline_completion was aligned to 8 and is to 16"),
    ("a constant loses its u", "#define RINGLINE_FUA 0x0001u", "#define RINGLINE_FUA 0x0001",
     "RINGLINE_FUA was of type uint32_t and is of type int32_t"),
    ("a function is gone", "RINGLINE_API uint32_t ringline_version(void);", "", "ringline_version() is gone"),
    ("a parameter changes its type", "ringline_cancel(ringline_queue *queue, uint64_t user_data)",
     "ringline_cancel(ringline_queue *queue, uint32_t user_data)", "ringline_cancel() took"),
    ("two parameters of one type change places", "uint32_t max, uint32_t min,\n\t\t\t\t   int64_t", "uint32_t min, uint32_t max,\n\t\t\t\t   int64_t",
     "ringline_wait() took"),
    ("a result changes its type", "RINGLINE_API int32_t ringline_submit(", "RINGLINE_API int64_t ringline_submit(",
     "ringline_submit() returned int32_t and returns int64_t"),
    ("a function moves to another node", " * @brief Cancels", " * @since 0.2\n * @brief Cancels",
     "ringline_cancel() was in RINGLINE_0.1 and is in RINGLINE_0.2"),
)
# What may be done.
ADDITIONS = (
    ("nothing is changed", "", ""),
    ("a cold struct grows", "\tuint64_t enters; ", "\tuint64_t enters;\n\tuint64_t added; "),
    ("a reserved field gets a use", "\tuint16_t reserved0;\n\tuint32_t reserved1;", "\tuint16_t used;\n\tuint32_t reserved1;"),
    ("a constant is added", "#define RINGLINE_FAULT_DROP 5u", "#define RINGLINE_FAULT_ADDED 9u\n#define RINGLINE_FAULT_DROP 5u"),
    ("a function is added", "RINGLINE_API uint32_t ringline_version(void);",
     "RINGLINE_API uint32_t ringline_version(void);\nRINGLINE_API uint32_t ringline_added(void);"),
)


def by_name(items):
    return {item["name"]: item for item in items}


def changed_constants(then, now):
    now = by_name(now)
    for constant in then:
        name = constant["name"]
        if "_VERSION_" in name:
            continue
        if name not in now:
            yield f"{name} is gone"
        elif now[name]["value"] != constant["value"]:
            yield f"{name} was {constant['value']} and is {now[name]['value']}"
        elif now[name]["type"] != constant["type"]:
            yield f"{name} was of type {constant['type']} and is of type {now[name]['type']}"


def changed_fields(struct, now):
    fields = by_name(now["fields"])
    for field in struct["fields"]:
        name = f"{struct['name']}::{field['name']}"
        if field["name"].startswith("reserved"):
            continue  # its bytes may have got a use
        if field["name"] not in fields:
            yield f"{name} is gone"
            continue
        today = fields[field["name"]]
        if today["offset"] != field["offset"]:
            yield f"{name} was at {field['offset']} and is at {today['offset']}"
        if today["size"] != field["size"]:
            yield f"{name} had {field['size']} bytes and has {today['size']}"
        elif field_type(today) != field_type(field):
            yield f"{name} was of type {field_type(field)} and is of type {field_type(today)}"


def field_type(field):
    return field["type"] + (f"[{field['count']}]" if "count" in field else "")


def changed_structs(then, now):
    now = by_name(now)
    for struct in then:
        if struct["name"] not in now:
            yield f"{struct['name']} is gone"
            continue
        today = now[struct["name"]]
        grown = today["size"] > struct["size"] and struct["grows"]
        if today["size"] != struct["size"] and not grown:
            yield f"{struct['name']} had {struct['size']} bytes and has {today['size']}"
        if today["align"] != struct["align"]:
            yield f"{struct['name']} was aligned to {struct['align']} and is to {today['align']}"
        yield from changed_fields(struct, today)


def changed_functions(then, now):
    now = by_name(now)
    for function in then:
        name = function["name"] + "()"
        if function["name"] not in now:
            yield f"{name} is gone"
            continue
        today = now[function["name"]]
        took, takes = ([f"{parameter['type']} {parameter['name']}" for parameter in which["parameters"]] for which in (function, today))
        if took != takes:
            yield f"{name} took ({', '.join(took)}) and takes ({', '.join(takes)})"
        if function["returns"] != today["returns"]:
            yield f"{name} returned {function['returns']} and returns {today['returns']}"
        if function["since"] != today["since"]:
            # The version map follows @since, and who was linked earlier asks for the symbol in its old node.
            yield f"{name} was in RINGLINE_{function['since']} and is in RINGLINE_{today['since']}"


def changes(headers, previous, include):
    """What a client of the previous headers would trip over."""
    # Whether the comments are complete is the generator's question.
    then, now = (headers.read(folder, headers.Findings(folder)) for folder in (previous, include))
    return [*changed_constants(then["constants"], now["constants"]), *changed_structs(then["structs"], now["structs"]),
            *changed_functions(then["functions"], now["functions"])]


def after(headers, root, scratch, old, new):
    """What is said after one change; None if it cannot be made any more."""
    include = os.path.join(scratch, "include")
    shutil.rmtree(include, ignore_errors=True)
    shutil.copytree(os.path.join(root, "include"), include)
    path = os.path.join(include, RINGLINE)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if old not in text:
        return None
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))
    return changes(headers, os.path.join(root, "abi", "previous"), include)


def selftest(headers, root):
    """What is wrong with the check."""
    with tempfile.TemporaryDirectory(prefix="ringline-abi-") as scratch:
        for name, old, new, wanted in CHANGES:
            said = after(headers, root, scratch, old, new)
            if said is None:
                yield f"{name}: \"{old}\" is not in {RINGLINE} any more: the change has to be adapted"
            elif not any(wanted in line for line in said):
                yield f"{name}: \"{wanted}\" was expected, and this was said: {said}"
            else:
                print(f"{name}: {said[0]}")
        for name, old, new in ADDITIONS:
            said = after(headers, root, scratch, old, new)
            if said != []:
                yield f"{name}, which is allowed: {said}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = sys.argv[1]
    sys.path.insert(0, os.path.join(root, "tools", "abi"))
    try:
        from abi import headers
    except ImportError as error:
        sys.exit(f"previous_interface: {error}: the Debian package python3-clang is needed, and a Python that sees it (/usr/bin/python3)")
    changed = changes(headers, os.path.join(root, "abi", "previous"), os.path.join(root, "include"))
    if changed:
        sys.exit("a client that was compiled against abi/previous no longer fits:\n  " + "\n  ".join(changed) +
                 "\nIf that is meant, and abi/README.md allows it: tools/abi/baseline break, and another SONAME")
    wrong = list(selftest(headers, root))
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
