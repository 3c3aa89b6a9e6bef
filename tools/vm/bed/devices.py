# SPDX-License-Identifier: MIT OR Apache-2.0
"""The NVMe drives of the guest, as a table, and the QEMU arguments that make them.

Tests find a drive by its controller's serial number: /dev/vm/SERIAL, /dev/vm/SERIAL-ngNSID, /dev/vm/SERIAL-nNSID.
README.md says what each drive is for; change both together.
"""

import dataclasses
import json
import os

MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Namespace:
    nsid: int
    size_bytes: int
    block_bytes: int = 512
    iops: int = 0  # 0: as fast as it goes
    faults: tuple = ()  # blkdebug rules
    answer_after_ns: int = 0  # of the host's time; such a namespace keeps no data
    properties: str = ""  # more of QEMU's nvme-ns, in its own words


@dataclasses.dataclass(frozen=True)
class Controller:
    serial: str
    namespaces: tuple
    mdts: int = 7  # largest transfer: 4 KiB << mdts
    queue_pairs: int = 4  # for I/O: one a CPU and one that is polled; with a single pair none is polled
    removable: bool = False  # behind a PCIe root port that can hot-unplug
    paths: int = 1  # how many controllers of this serial number share the namespaces
    subsystem: str = ""  # more of QEMU's nvme-subsys, in its own words
    properties: str = ""  # more of QEMU's nvme, in its own words


# Sectors are of 512 bytes. EIO becomes the status 281h (unrecovered read) or 280h (write fault).
_EIO = 5
FAULTS = (
    {"event": "read_aio", "errno": _EIO, "sector": 200},
    {"event": "write_aio", "errno": _EIO, "sector": 300},
)

_METADATA = (
    Namespace(1, 16 * MIB, properties="ms=8,pi=1"),
    Namespace(2, 16 * MIB, properties="ms=8,pi=2"),
    Namespace(3, 16 * MIB, properties="ms=8,pi=3"),
    Namespace(4, 16 * MIB, properties="ms=8,pi=1,mset=1"),
    Namespace(5, 16 * MIB, block_bytes=4096, properties="ms=16,pi=1,pif=2"),
    Namespace(6, 16 * MIB, properties="ms=8"),
)
# Limits on zones are each namespace's, that on appends the controller's: 4 KiB << zasl.
_ZONES = "zoned=on,zoned.zone_size=2M,zoned.zone_capacity=1M,zoned.max_open=4,zoned.max_active=8"

CONTROLLERS = (
    Controller("ringA", (Namespace(1, 80 * MIB), Namespace(2, 80 * MIB, block_bytes=4096))),
    Controller("ringB", (Namespace(1, 32 * MIB),), mdts=2, queue_pairs=1),
    Controller("ringT", (Namespace(1, 16 * MIB, iops=40),)),
    Controller("ringF", (Namespace(1, 16 * MIB, faults=FAULTS),)),
    Controller("ringH", (Namespace(1, 16 * MIB, iops=200),), removable=True),
    Controller("ringP", _METADATA),
    Controller("ringZ", (Namespace(1, 64 * MIB, properties=_ZONES), Namespace(2, 8 * MIB, properties=_ZONES)),
               properties="zoned.zasl=3"),
    Controller("ringC", (Namespace(1, 16 * MIB, properties="mssrl=64,mcl=256,msrc=7"),)),
    Controller("ringM", (Namespace(1, 16 * MIB),), paths=2),
)
# Only the newer emulator has it. Four reclaim unit handles, of which the namespace has three: placement handles 0 to 2.
PLACEMENT = Controller("ringD", (Namespace(1, 64 * MIB, properties="fdp.ruhs=1;2;3"),),
                       subsystem="fdp=on,fdp.runs=4M,fdp.nrg=1,fdp.nruh=4")
# The only drive of a machine that counts instructions (machine.py). Every answer comes long after the command was sent, so
# that the thread which waits for it is always found asleep: whether it still ran would be up to the host's scheduler.
COUNTING_CONTROLLERS = (
    Controller("ringI", (Namespace(1, 1024 * MIB, answer_after_ns=300_000),)),
)
# Carries files out of the guest; far faster than a serial port under emulation.
RESULTS = Controller("bed-results", (Namespace(1, 1024 * MIB),))
# The namespaces that any test may overwrite.
TEST_DEVICES = ("/dev/vm/ringA-ng1", "/dev/vm/ringA-ng2")


def controllers(counting, emulator):
    ordinary = CONTROLLERS + ((PLACEMENT,) if emulator == "10" else ())
    return (COUNTING_CONTROLLERS if counting else ordinary) + (RESULTS,)


def expected_links(counting, emulator):
    """The links that the guest waits for before it calls itself booted."""
    return [f"{controller.serial}-ng{namespace.nsid}"
            for controller in controllers(counting, emulator) for namespace in controller.namespaces]


def qemu_arguments(directory, counting, emulator):
    """Makes the (sparse) backing files in `directory` and says how QEMU attaches them."""
    arguments = []
    for number, controller in enumerate(controllers(counting, emulator), start=1):
        for namespace in controller.namespaces:
            arguments += _drive_arguments(namespace, f"{controller.serial}-{namespace.nsid}", directory)
        arguments += _subsystem_arguments(controller)
        for path in range(controller.paths):
            arguments += _controller_arguments(controller, number, path)
        if not controller.removable:
            for namespace in controller.namespaces:
                arguments += _namespace_arguments(controller, namespace)
    return arguments


def results_image(directory):
    return os.path.join(directory, f"{RESULTS.serial}-1.img")


def _subsystem(controller):
    """The id of the drive's own subsystem; a drive with nothing to say about it is given one by QEMU."""
    return f"subsystem-{controller.serial}" if controller.paths > 1 or controller.subsystem else ""


def _subsystem_arguments(controller):
    if not _subsystem(controller):
        return []
    device = f"nvme-subsys,id={_subsystem(controller)},nqn={controller.serial}"
    if controller.subsystem:
        device += f",{controller.subsystem}"
    return ["-device", device]


def _controller_arguments(controller, number, path):
    name = controller.serial if path == 0 else f"{controller.serial}-path{path}"
    device = (f"nvme,id={name},serial={controller.serial},mdts={controller.mdts},"
              f"max_ioqpairs={controller.queue_pairs}")
    if _subsystem(controller):
        device += f",subsys={_subsystem(controller)}"
    if controller.properties:
        device += f",{controller.properties}"
    if not controller.removable:
        return ["-device", device]
    # A namespace of its own device cannot be plugged in again, a drive of the controller can: guest/hotplug.
    (namespace,) = controller.namespaces
    port = f"port-{controller.serial}"
    return ["-device", f"pcie-root-port,id={port},slot={number},chassis={number}",
            "-device", f"{device},bus={port},drive={controller.serial}-{namespace.nsid}"]


def _namespace_arguments(controller, namespace):
    node = f"{controller.serial}-{namespace.nsid}"
    shared = "on" if controller.paths > 1 else "off"
    device = (f"nvme-ns,drive={node},bus={controller.serial},nsid={namespace.nsid},shared={shared},"
              f"logical_block_size={namespace.block_bytes},physical_block_size={namespace.block_bytes}")
    if namespace.properties:
        device += f",{namespace.properties}"
    return ["-device", device]


def _drive_arguments(namespace, node, directory):
    """The backing file and the layers over it; the topmost has the name `node`."""
    if namespace.answer_after_ns:
        null = {"driver": "null-co", "node-name": node, "size": namespace.size_bytes, "read-zeroes": False,
                "latency-ns": namespace.answer_after_ns}
        return ["-blockdev", json.dumps(null)]
    path = os.path.join(directory, f"{node}.img")
    with open(path, "wb") as file:
        file.truncate(namespace.size_bytes)
    cache = {"no-flush": True}  # nobody needs the data after a crash of the host
    blocks = {"driver": "file", "filename": path, "discard": "unmap", "cache": cache}
    arguments = []
    if namespace.faults:
        arguments += ["-blockdev", json.dumps(dict(blocks, **{"node-name": f"{node}-file"}))]
        blocks = {"driver": "blkdebug", "image": f"{node}-file", "inject-error": list(namespace.faults)}
    if namespace.iops:
        arguments += ["-object", f"throttle-group,id={node}-limit,x-iops-total={namespace.iops}"]
        blocks = {"driver": "throttle", "throttle-group": f"{node}-limit", "file": blocks}
    top = {"driver": "raw", "node-name": node, "discard": "unmap", "detect-zeroes": "unmap", "file": blocks}
    return arguments + ["-blockdev", json.dumps(top)]
