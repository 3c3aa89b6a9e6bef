# SPDX-License-Identifier: MIT OR Apache-2.0
"""The report as text."""

from . import statistics

# xNVMe is not in Debian. Its ratios to a hand-written loop are quoted; they were not measured here.
XNVME_QUOTED = {1: 1.75, 32: 1.5}


def _range(values, digits):
    return f"{values['median']:.{digits}f} [{values['q1']:.{digits}f} {values['q3']:.{digits}f}]"


def _machine(facts):
    yield f"{facts['date']}, Linux {facts['kernel']}, {facts['processors']} x {facts['processor']}, load {facts['load']:.1f}"
    yield f"{facts['compiler']} ({facts['build_type']}), liburing {facts['liburing']}, {facts['fio'] or 'no fio'}"
    for name, text in facts["mitigations"].items():
        yield f"  {name}: {text}"


def _group(group):
    noise = group["spread"]
    yield ""
    yield (f"batch {group['batch']}, {group['buffers']} memory, {group['processes']} processes; "
           f"A/A copies differ by up to {noise:.3f}")
    yield f"  {'':20} {'ns/command':24} {'to raw':24} to liburing"
    for name, row in group["contestants"].items():
        ratios = []
        for base in ("raw", "liburing"):
            ratio = row[f"to_{base}"]
            text = "1" if name == base else _range(ratio, 3)
            ratios.append(text if name == base or statistics.claimable(ratio, noise) else f"{text} =")
        yield f"  {name:20} {_range(row['ns_per_command'], 1):24} {ratios[0]:24} {ratios[1]}".rstrip()
    for name, ratio in group["copies"].items():
        yield f"  {name:20} {'to its original':24} {_range(ratio, 3)}"


def _fio(rows):
    yield ""
    if isinstance(rows, str):
        yield f"fio: {rows}"
        return
    yield "fio, io_uring_cmd, registered file and memory (process CPU time; the others run right behind it)"
    yield f"  {'batch':8} {'ns/command':24} {'to raw':24} to ringline-array"
    for row in rows:
        yield (f"  {row['batch']:<8} {_range(row['ns_per_command'], 1):24} {_range(row['to_raw'], 2):24} "
               f"{_range(row['to_ringline_array'], 2)}")


def _set_up(measured):
    yield ""
    for name, times in measured["devices"].items():
        yield f"{name:6} opened in {times['open_us']:.1f} us, closed in {times['close_us']:.1f} us"
    yield "queues, microseconds; the steps are the same system calls, made by hand"
    for row in measured["queues"]:
        steps = sorted(row["steps_us"].items(), key=lambda step: -step[1])
        yield (f"  depth {row['depth']:<6} create {row['create_us']:.1f}, first use {row['first_use_us']:.1f}, "
               f"destroy {row['destroy_us']:.1f}; {row['memory_bytes'] / 1024:.1f} KiB")
        yield "    " + ", ".join(f"{name} {time:.1f}" for name, time in steps)


def _growth(rows):
    yield ""
    yield "ns/command at batch 32"
    for row in rows:
        yield f"  {row['by']} {row['value']}: {_range(row['ns_per_command'], 1)}"


def _xnvme(groups):
    yield ""
    yield "xNVMe is not measured: it is not in Debian. Ratios to a hand-written loop, quoted, beside ringline-array's from above:"
    for group in groups:
        quoted = XNVME_QUOTED.get(group["batch"])
        if quoted is not None and group["buffers"] == "caller":
            ours = group["contestants"]["ringline-array"]["to_raw"]["median"]
            yield (f"  batch {group['batch']}: xNVMe {quoted} (quoted), ringline {ours:.3f}, so xNVMe would take "
                   f"{quoted / ours:.2f} times as much")


def lines(document):
    yield from _machine(document["machine"])
    yield ""
    yield "Thread CPU time on /dev/null. median [quartiles] over processes; \"=\": within the A/A copies' difference, so nothing"
    yield "is claimed; ratios are paired within each round of a process."
    for group in document.get("groups", ()):
        yield from _group(group)
    if "fio" in document:
        yield from _fio(document["fio"])
    if "set_up" in document:
        yield from _set_up(document["set_up"])
    if "growth" in document:
        yield from _growth(document["growth"])
    if document.get("xnvme"):
        yield from _xnvme(document["groups"])
