# SPDX-License-Identifier: MIT OR Apache-2.0
# Made by tools/abi/generate from the public headers. Do not edit.
"""The C interface of libringline as it is, by ctypes: names, values and rules are those of <ringline/ringline.h>.

Nothing here holds memory or checks an outcome; the package's other modules do. A call made through ctypes.CDLL lets other
threads of Python run while it lasts.
"""

import ctypes
import os
from ctypes import POINTER
from typing import Any

SONAME = "libringline.so.0"
VERSION = "0.1.0"

RINGLINE_NVME_FLUSH = 0x0
RINGLINE_NVME_WRITE = 0x1
RINGLINE_NVME_READ = 0x2
RINGLINE_NVME_WRITE_UNCORRECTABLE = 0x4
RINGLINE_NVME_COMPARE = 0x5
RINGLINE_NVME_WRITE_ZEROES = 0x8
RINGLINE_NVME_DATASET_MANAGEMENT = 0x9
RINGLINE_NVME_VERIFY = 0xC
RINGLINE_NVME_IO_MANAGEMENT_RECEIVE = 0x12
RINGLINE_NVME_COPY = 0x19
RINGLINE_NVME_IO_MANAGEMENT_SEND = 0x1D
RINGLINE_NVME_ZONE_MANAGEMENT_SEND = 0x79
RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE = 0x7A
RINGLINE_NVME_ZONE_APPEND = 0x7D
RINGLINE_DATASET_RANGE_BYTES = 16
RINGLINE_DATASET_RANGES_MAX = 256
RINGLINE_COPY_RANGES_MAX = 256
RINGLINE_NVME_BLOCKS_MAX = 65536
RINGLINE_NVME_SERIALISED_BYTES = 80
RINGLINE_STATUS_CODE_MASK = 0x7FF
RINGLINE_STATUS_COMPARE_FAILURE = 0x285
RINGLINE_STATUS_MORE = 0x2000
RINGLINE_STATUS_DNR = 0x4000
RINGLINE_RETRY_NEVER = 0
RINGLINE_RETRY_IF_IDEMPOTENT = 1
RINGLINE_RETRY_OTHER_PATH = 2
RINGLINE_PROTECTION_REFERENCE_TAG = 0x1
RINGLINE_PROTECTION_APPLICATION_TAG = 0x2
RINGLINE_PROTECTION_GUARD = 0x4
RINGLINE_PROTECTION_STORAGE_TAG = 0x8
RINGLINE_VERSION_MAJOR = 0
RINGLINE_VERSION_MINOR = 1
RINGLINE_VERSION_PATCH = 0
RINGLINE_FUA = 0x1
RINGLINE_LIMITED_RETRY = 0x2
RINGLINE_VECTORED = 0x4
RINGLINE_DEALLOCATE = 0x8
RINGLINE_PROTECTION_ACTION = 0x10
RINGLINE_CHECK_GUARD = 0x20
RINGLINE_CHECK_APPLICATION_TAG = 0x40
RINGLINE_CHECK_REFERENCE_TAG = 0x80
RINGLINE_CHECK_STORAGE_TAG = 0x100
RINGLINE_PLACEMENT = 0x200
RINGLINE_STREAM = 0x400
RINGLINE_ALL_ZONES = 0x800
RINGLINE_PARTIAL = 0x1000
RINGLINE_REMAP = 0x2000
RINGLINE_DATASET_READ = 1
RINGLINE_DATASET_WRITE = 2
RINGLINE_DATASET_DEALLOCATE = 4
RINGLINE_ZONE_CLOSE = 1
RINGLINE_ZONE_FINISH = 2
RINGLINE_ZONE_OPEN = 3
RINGLINE_ZONE_RESET = 4
RINGLINE_ZONE_OFFLINE = 5
RINGLINE_ZONES_ALL = 0
RINGLINE_ZONES_EMPTY = 1
RINGLINE_ZONES_IMPLICITLY_OPEN = 2
RINGLINE_ZONES_EXPLICITLY_OPEN = 3
RINGLINE_ZONES_CLOSED = 4
RINGLINE_ZONES_FULL = 5
RINGLINE_ZONES_READ_ONLY = 6
RINGLINE_ZONES_OFFLINE = 7
RINGLINE_SEGMENTS_MAX = 1024
RINGLINE_RAW_ADMIN = 0x1
RINGLINE_OUTCOME_UNKNOWN = 0x1
RINGLINE_NOT_SENT = 0x2
RINGLINE_ENGINE_AUTO = 0
RINGLINE_ENGINE_URING = 1
RINGLINE_ENGINE_THREADS = 2
RINGLINE_QUEUE_MOVABLE = 0x1
RINGLINE_QUEUE_IOPOLL = 0x2
RINGLINE_QUEUE_SQPOLL = 0x4
RINGLINE_QUEUE_SQPOLL_CPU = 0x8
RINGLINE_QUEUE_TIMESTAMPS = 0x10
RINGLINE_QUEUE_AVOID_TRAPS = 0x20
RINGLINE_REASON_ASKED = 0
RINGLINE_REASON_PROBED = 1
RINGLINE_REASON_KERNEL_TOO_OLD = 2
RINGLINE_REASON_DISABLED = 3
RINGLINE_REASON_FORBIDDEN = 4
RINGLINE_REASON_NO_MEMORY = 5
RINGLINE_REASON_TRAP = 6
RINGLINE_TRAP_WRITE_LOST = 0x1
RINGLINE_TRAP_IOPOLL = 0x2
RINGLINE_TRAP_FORMAT_HANG = 0x4
RINGLINE_TRAP_FIXED_PAGES = 0x8
RINGLINE_TRAP_METADATA_PAGES = 0x10
RINGLINE_OPEN_READ_ONLY = 0x1
RINGLINE_OPEN_SIMULATED = 0x2
RINGLINE_DEVICE_NAMESPACE = 1
RINGLINE_DEVICE_CONTROLLER = 2
RINGLINE_DEVICE_SIMULATED = 3
RINGLINE_DEVICE_NULL = 4
RINGLINE_RULE_NONE = 0
RINGLINE_RULE_ARGUMENT = 1
RINGLINE_RULE_BLOCKS = 2
RINGLINE_RULE_BOUNDS = 3
RINGLINE_RULE_LENGTH = 4
RINGLINE_RULE_METADATA = 5
RINGLINE_RULE_MDTS = 6
RINGLINE_RULE_MAX_HW_SECTORS = 7
RINGLINE_RULE_SEGMENTS = 8
RINGLINE_RULE_FIXED_PAGES = 9
RINGLINE_RULE_ALIGNMENT = 10
RINGLINE_RULE_READ_ONLY = 11
RINGLINE_RULE_OPCODE = 12
RINGLINE_RULE_COMMAND_LIMIT = 13
RINGLINE_RULE_ZONE = 14
RINGLINE_RULE_PROTECTION = 15
RINGLINE_RULE_NOT_NVME = 16
RINGLINE_RULE_PERMISSION = 17
RINGLINE_RULE_NAMESPACE = 18
RINGLINE_RULE_KERNEL = 19
RINGLINE_RULE_MEMLOCK = 20
RINGLINE_RULE_IO_URING_DISABLED = 21
RINGLINE_RULE_FORBIDDEN = 22
RINGLINE_RULE_PATH = 23
RINGLINE_RULE_IMAGE = 24
RINGLINE_RULE_IN_USE = 25
RINGLINE_RULE_RESOURCE = 26
RINGLINE_RULE_IDENTIFY = 27
RINGLINE_RULE_PLANE = 28
RINGLINE_RULE_EFFECTS = 29
RINGLINE_CAN_COMPARE = 0x1
RINGLINE_CAN_WRITE_UNCORRECTABLE = 0x2
RINGLINE_CAN_DATASET_MANAGEMENT = 0x4
RINGLINE_CAN_WRITE_ZEROES = 0x8
RINGLINE_CAN_VERIFY = 0x10
RINGLINE_CAN_COPY = 0x20
RINGLINE_CAN_ZONES = 0x40
RINGLINE_CAN_PLACEMENT = 0x80
RINGLINE_CAN_STREAMS = 0x100
RINGLINE_SIM_METADATA_INLINE = 0x1
RINGLINE_SIM_PI_FIRST = 0x2
RINGLINE_FAULT_STATUS = 1
RINGLINE_FAULT_ERROR = 2
RINGLINE_FAULT_DELAY = 3
RINGLINE_FAULT_REORDER = 4
RINGLINE_FAULT_DROP = 5
RINGLINE_FAULT_VANISH = 6
RINGLINE_FAULT_ANY_OPCODE = 0x1
RINGLINE_FAULT_ADMIN = 0x2
RINGLINE_FAULT_EXECUTED = 0x4
RINGLINE_PAGE_IDENTIFY = 0x100
RINGLINE_PAGE_LOG = 0x200
RINGLINE_PAGE_FEATURE = 0x300
RINGLINE_PAGE_REPORT = 0x400
RINGLINE_FIELD_NUMBER = 1
RINGLINE_FIELD_CODE = 2
RINGLINE_FIELD_FLAG = 3
RINGLINE_FIELD_POWER = 4
RINGLINE_FIELD_TEMPERATURE = 5
RINGLINE_FIELD_TEXT = 6
RINGLINE_FIELD_BYTES = 7
RINGLINE_UNIT_NONE = 0
RINGLINE_UNIT_BYTES = 1
RINGLINE_UNIT_BLOCKS = 2
RINGLINE_UNIT_PERCENT = 3
RINGLINE_UNIT_KELVIN = 4
RINGLINE_UNIT_MILLIWATTS = 5
RINGLINE_UNIT_MICROSECONDS = 6
RINGLINE_UNIT_MILLISECONDS = 7
RINGLINE_UNIT_SECONDS = 8
RINGLINE_UNIT_MINUTES = 9
RINGLINE_UNIT_HOURS = 10
RINGLINE_NVME_GET_LOG_PAGE = 0x2
RINGLINE_NVME_IDENTIFY = 0x6
RINGLINE_NVME_SET_FEATURES = 0x9
RINGLINE_NVME_GET_FEATURES = 0xA
RINGLINE_NVME_SELF_TEST = 0x14
RINGLINE_NVME_NAMESPACE_ATTACHMENT = 0x15
RINGLINE_NVME_FORMAT = 0x80
RINGLINE_NVME_SANITIZE = 0x84
RINGLINE_NSID_ALL = 0xFFFFFFFF
RINGLINE_IDENTIFY_BYTES = 4096
RINGLINE_LOG_COMMAND_BYTES = 4096
RINGLINE_ATTACHED_CONTROLLERS_MAX = 2047
RINGLINE_LOG_RETAIN = 0x1
RINGLINE_FEATURE_CURRENT = 0
RINGLINE_FEATURE_DEFAULT = 1
RINGLINE_FEATURE_SAVED = 2
RINGLINE_FEATURE_CAPABILITIES = 3
RINGLINE_FEATURE_SAVE = 0x1
RINGLINE_FORMAT_OTHER_NAMESPACE = 0x1
RINGLINE_FORMAT_ALL_NAMESPACES = 0x2
RINGLINE_FORMAT_METADATA_INLINE = 0x4
RINGLINE_FORMAT_PI_FIRST = 0x8
RINGLINE_ERASE_NONE = 0
RINGLINE_ERASE_USER_DATA = 1
RINGLINE_ERASE_CRYPTOGRAPHIC = 2
RINGLINE_SANITIZE_EXIT_FAILURE = 1
RINGLINE_SANITIZE_BLOCK_ERASE = 2
RINGLINE_SANITIZE_OVERWRITE = 3
RINGLINE_SANITIZE_CRYPTO_ERASE = 4
RINGLINE_SANITIZE_UNRESTRICTED = 0x1
RINGLINE_SANITIZE_INVERT = 0x2
RINGLINE_SANITIZE_NO_DEALLOCATE = 0x4
RINGLINE_SELF_TEST_SHORT = 1
RINGLINE_SELF_TEST_EXTENDED = 2
RINGLINE_SELF_TEST_VENDOR = 14
RINGLINE_SELF_TEST_ABORT = 15
RINGLINE_TRANSFER_CONTINUE = 0x1
RINGLINE_TRANSFER_NARROW = 0x2
RINGLINE_TRANSFER_PUSHED = 1
RINGLINE_TRANSFER_COMPLETED = 2


class ringline_queue(ctypes.Structure):
    """A queue. Opaque; from ringline_queue_create() until ringline_queue_destroy()."""


class ringline_nvme_command(ctypes.Structure):
    opcode: int
    flags: int
    reserved0: int
    nsid: int
    cdw2: int
    cdw3: int
    metadata: int
    address: int
    metadata_length: int
    data_length: int
    cdw10: int
    cdw11: int
    cdw12: int
    cdw13: int
    cdw14: int
    cdw15: int
    timeout_ms: int
    reserved1: int
    _fields_ = (
        ("opcode", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint16),
        ("nsid", ctypes.c_uint32),
        ("cdw2", ctypes.c_uint32),
        ("cdw3", ctypes.c_uint32),
        ("metadata", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
        ("metadata_length", ctypes.c_uint32),
        ("data_length", ctypes.c_uint32),
        ("cdw10", ctypes.c_uint32),
        ("cdw11", ctypes.c_uint32),
        ("cdw12", ctypes.c_uint32),
        ("cdw13", ctypes.c_uint32),
        ("cdw14", ctypes.c_uint32),
        ("cdw15", ctypes.c_uint32),
        ("timeout_ms", ctypes.c_uint32),
        ("reserved1", ctypes.c_uint32),
    )


class ringline_range(ctypes.Structure):
    lba: int
    reference_tag: int
    blocks: int
    attributes: int
    application_tag: int
    application_mask: int
    nsid: int
    _fields_ = (
        ("lba", ctypes.c_uint64),
        ("reference_tag", ctypes.c_uint64),
        ("blocks", ctypes.c_uint32),
        ("attributes", ctypes.c_uint32),
        ("application_tag", ctypes.c_uint16),
        ("application_mask", ctypes.c_uint16),
        ("nsid", ctypes.c_uint32),
    )


class ringline_status_info(ctypes.Structure):
    struct_size: int
    status: int
    sct: int
    sc: int
    crd: int
    more: int
    dnr: int
    retry: int
    reserved0: Any
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("status", ctypes.c_uint16),
        ("sct", ctypes.c_uint8),
        ("sc", ctypes.c_uint8),
        ("crd", ctypes.c_uint8),
        ("more", ctypes.c_uint8),
        ("dnr", ctypes.c_uint8),
        ("retry", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8 * 4),
    )


class ringline_protection(ctypes.Structure):
    struct_size: int
    block_size: int
    metadata_size: int
    metadata_inline: int
    pi_type: int
    pi_first: int
    guard_bits: int
    storage_tag_bits: int
    reserved0: int
    application_tag: int
    application_mask: int
    flags: int
    reference_tag: int
    storage_tag: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("block_size", ctypes.c_uint32),
        ("metadata_size", ctypes.c_uint32),
        ("metadata_inline", ctypes.c_uint8),
        ("pi_type", ctypes.c_uint8),
        ("pi_first", ctypes.c_uint8),
        ("guard_bits", ctypes.c_uint8),
        ("storage_tag_bits", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8),
        ("application_tag", ctypes.c_uint16),
        ("application_mask", ctypes.c_uint16),
        ("flags", ctypes.c_uint16),
        ("reference_tag", ctypes.c_uint64),
        ("storage_tag", ctypes.c_uint64),
    )


class ringline_protection_error(ctypes.Structure):
    struct_size: int
    block: int
    check: int
    status: int
    reserved0: Any
    given: int
    wanted: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("block", ctypes.c_uint32),
        ("check", ctypes.c_uint16),
        ("status", ctypes.c_uint16),
        ("reserved0", ctypes.c_uint8 * 4),
        ("given", ctypes.c_uint64),
        ("wanted", ctypes.c_uint64),
    )


class ringline_device(ctypes.Structure):
    value: int
    _fields_ = (
        ("value", ctypes.c_uint64),
    )


class ringline_buffer(ctypes.Structure):
    value: int
    _fields_ = (
        ("value", ctypes.c_uint64),
    )


class ringline_segment(ctypes.Structure):
    address: int
    length: int
    _fields_ = (
        ("address", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
    )


class ringline_command(ctypes.Structure):
    user_data: int
    device: "ringline_device"
    lba: int
    address: int
    metadata_address: int
    length: int
    metadata_length: int
    blocks: int
    timeout_ms: int
    opcode: int
    action: int
    flags: int
    segments: int
    placement: int
    _fields_ = (
        ("user_data", ctypes.c_uint64),
        ("device", ringline_device),
        ("lba", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
        ("metadata_address", ctypes.c_uint64),
        ("length", ctypes.c_uint32),
        ("metadata_length", ctypes.c_uint32),
        ("blocks", ctypes.c_uint32),
        ("timeout_ms", ctypes.c_uint32),
        ("opcode", ctypes.c_uint8),
        ("action", ctypes.c_uint8),
        ("flags", ctypes.c_uint16),
        ("segments", ctypes.c_uint16),
        ("placement", ctypes.c_uint16),
    )


class ringline_command_extended(ctypes.Structure):
    base: "ringline_command"
    reference_tag: int
    storage_tag: int
    application_tag: int
    application_mask: int
    access_hints: int
    reserved0: Any
    reserved1: Any
    _fields_ = (
        ("base", ringline_command),
        ("reference_tag", ctypes.c_uint64),
        ("storage_tag", ctypes.c_uint64),
        ("application_tag", ctypes.c_uint16),
        ("application_mask", ctypes.c_uint16),
        ("access_hints", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8 * 3),
        ("reserved1", ctypes.c_uint64 * 5),
    )


class ringline_raw_command(ctypes.Structure):
    user_data: int
    device: "ringline_device"
    flags: int
    reserved0: int
    command: "ringline_nvme_command"
    _fields_ = (
        ("user_data", ctypes.c_uint64),
        ("device", ringline_device),
        ("flags", ctypes.c_uint32),
        ("reserved0", ctypes.c_uint32),
        ("command", ringline_nvme_command),
    )


class ringline_completion(ctypes.Structure):
    user_data: int
    result: int
    device: "ringline_device"
    error: int
    status: int
    flags: int
    _fields_ = (
        ("user_data", ctypes.c_uint64),
        ("result", ctypes.c_uint64),
        ("device", ringline_device),
        ("error", ctypes.c_int32),
        ("status", ctypes.c_uint16),
        ("flags", ctypes.c_uint16),
    )


class ringline_queue_options(ctypes.Structure):
    struct_size: int
    flags: int
    engine: int
    depth: int
    max_devices: int
    max_buffers: int
    workers: int
    sqpoll_cpu: int
    sqpoll_idle_ms: int
    reserved0: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("engine", ctypes.c_uint32),
        ("depth", ctypes.c_uint32),
        ("max_devices", ctypes.c_uint32),
        ("max_buffers", ctypes.c_uint32),
        ("workers", ctypes.c_uint32),
        ("sqpoll_cpu", ctypes.c_uint32),
        ("sqpoll_idle_ms", ctypes.c_uint32),
        ("reserved0", ctypes.c_uint32),
    )


class ringline_queue_info(ctypes.Structure):
    struct_size: int
    flags: int
    engine: int
    engine_reason: int
    engine_error: int
    ring_setup_flags: int
    depth: int
    in_flight: int
    not_submitted: int
    devices: int
    buffers: int
    traps: int
    memory_bytes: int
    enters: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("engine", ctypes.c_uint32),
        ("engine_reason", ctypes.c_uint32),
        ("engine_error", ctypes.c_int32),
        ("ring_setup_flags", ctypes.c_uint32),
        ("depth", ctypes.c_uint32),
        ("in_flight", ctypes.c_uint32),
        ("not_submitted", ctypes.c_uint32),
        ("devices", ctypes.c_uint32),
        ("buffers", ctypes.c_uint32),
        ("traps", ctypes.c_uint32),
        ("memory_bytes", ctypes.c_uint64),
        ("enters", ctypes.c_uint64),
    )


class ringline_device_options(ctypes.Structure):
    struct_size: int
    flags: int
    nsid: int
    block_size: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("nsid", ctypes.c_uint32),
        ("block_size", ctypes.c_uint32),
    )


class ringline_diagnosis(ctypes.Structure):
    struct_size: int
    rule: int
    error: int
    offset: int
    given: int
    wanted: int
    text: bytes
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("rule", ctypes.c_uint32),
        ("error", ctypes.c_int32),
        ("offset", ctypes.c_uint32),
        ("given", ctypes.c_uint64),
        ("wanted", ctypes.c_uint64),
        ("text", ctypes.c_char * 224),
    )


class ringline_device_info(ctypes.Structure):
    struct_size: int
    kind: int
    flags: int
    nsid: int
    blocks: int
    capacity_blocks: int
    block_size: int
    metadata_size: int
    max_transfer_bytes: int
    max_transfer_rule: int
    mdts_bytes: int
    max_hw_bytes: int
    max_segments: int
    page_size: int
    retry_delay_ms: Any
    lba_format: int
    metadata_inline: int
    pi_type: int
    pi_first: int
    guard_bits: int
    storage_tag_bits: int
    command_set: int
    volatile_cache: int
    multipath: int
    reserved0: Any
    nguid: Any
    eui64: Any
    uuid: Any
    serial: bytes
    model: bytes
    firmware: bytes
    node: bytes
    commands: int
    zone_max_open: int
    zone_blocks: int
    zone_max_active: int
    append_max_bytes: int
    verify_max_blocks: int
    write_zeroes_max_blocks: int
    write_uncorrectable_max_blocks: int
    dataset_max_blocks: int
    dataset_max_ranges: int
    dataset_max_range_blocks: int
    copy_max_blocks: int
    copy_max_ranges: int
    copy_max_range_blocks: int
    copy_formats: int
    endurance_group: int
    format_attributes: int
    reserved1: Any
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("nsid", ctypes.c_uint32),
        ("blocks", ctypes.c_uint64),
        ("capacity_blocks", ctypes.c_uint64),
        ("block_size", ctypes.c_uint32),
        ("metadata_size", ctypes.c_uint32),
        ("max_transfer_bytes", ctypes.c_uint32),
        ("max_transfer_rule", ctypes.c_uint32),
        ("mdts_bytes", ctypes.c_uint32),
        ("max_hw_bytes", ctypes.c_uint32),
        ("max_segments", ctypes.c_uint32),
        ("page_size", ctypes.c_uint32),
        ("retry_delay_ms", ctypes.c_uint32 * 3),
        ("lba_format", ctypes.c_uint8),
        ("metadata_inline", ctypes.c_uint8),
        ("pi_type", ctypes.c_uint8),
        ("pi_first", ctypes.c_uint8),
        ("guard_bits", ctypes.c_uint8),
        ("storage_tag_bits", ctypes.c_uint8),
        ("command_set", ctypes.c_uint8),
        ("volatile_cache", ctypes.c_uint8),
        ("multipath", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8 * 11),
        ("nguid", ctypes.c_uint8 * 16),
        ("eui64", ctypes.c_uint8 * 8),
        ("uuid", ctypes.c_uint8 * 16),
        ("serial", ctypes.c_char * 24),
        ("model", ctypes.c_char * 48),
        ("firmware", ctypes.c_char * 16),
        ("node", ctypes.c_char * 64),
        ("commands", ctypes.c_uint32),
        ("zone_max_open", ctypes.c_uint32),
        ("zone_blocks", ctypes.c_uint64),
        ("zone_max_active", ctypes.c_uint32),
        ("append_max_bytes", ctypes.c_uint32),
        ("verify_max_blocks", ctypes.c_uint64),
        ("write_zeroes_max_blocks", ctypes.c_uint64),
        ("write_uncorrectable_max_blocks", ctypes.c_uint64),
        ("dataset_max_blocks", ctypes.c_uint64),
        ("dataset_max_ranges", ctypes.c_uint32),
        ("dataset_max_range_blocks", ctypes.c_uint32),
        ("copy_max_blocks", ctypes.c_uint32),
        ("copy_max_ranges", ctypes.c_uint32),
        ("copy_max_range_blocks", ctypes.c_uint32),
        ("copy_formats", ctypes.c_uint16),
        ("endurance_group", ctypes.c_uint16),
        ("format_attributes", ctypes.c_uint8),
        ("reserved1", ctypes.c_uint8 * 7),
    )


class ringline_device_entry(ctypes.Structure):
    kind: int
    nsid: int
    blocks: int
    block_size: int
    access_error: int
    node: bytes
    serial: bytes
    model: bytes
    firmware: bytes
    reserved0: Any
    _fields_ = (
        ("kind", ctypes.c_uint32),
        ("nsid", ctypes.c_uint32),
        ("blocks", ctypes.c_uint64),
        ("block_size", ctypes.c_uint32),
        ("access_error", ctypes.c_int32),
        ("node", ctypes.c_char * 64),
        ("serial", ctypes.c_char * 24),
        ("model", ctypes.c_char * 48),
        ("firmware", ctypes.c_char * 16),
        ("reserved0", ctypes.c_uint8 * 80),
    )


class ringline_buffer_options(ctypes.Structure):
    struct_size: int
    flags: int
    length: int
    address: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("length", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
    )


class ringline_buffer_info(ctypes.Structure):
    struct_size: int
    attachments: int
    address: int
    length: int
    sharing: int
    reserved0: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("attachments", ctypes.c_uint32),
        ("address", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("sharing", ctypes.c_uint32),
        ("reserved0", ctypes.c_uint32),
    )


class ringline_sim_options(ctypes.Structure):
    struct_size: int
    flags: int
    blocks: int
    block_size: int
    mdts_bytes: int
    metadata_size: int
    pi_type: int
    guard_bits: int
    storage_tag_bits: int
    reserved0: int
    zone_blocks: int
    zone_capacity_blocks: int
    zone_max_open: int
    zone_max_active: int
    append_max_bytes: int
    verify_max_blocks: int
    write_zeroes_max_blocks: int
    write_uncorrectable_max_blocks: int
    copy_max_ranges: int
    copy_max_range_blocks: int
    copy_max_blocks: int
    dataset_max_ranges: int
    dataset_max_blocks: int
    dataset_max_range_blocks: int
    reserved1: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("blocks", ctypes.c_uint64),
        ("block_size", ctypes.c_uint32),
        ("mdts_bytes", ctypes.c_uint32),
        ("metadata_size", ctypes.c_uint32),
        ("pi_type", ctypes.c_uint8),
        ("guard_bits", ctypes.c_uint8),
        ("storage_tag_bits", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8),
        ("zone_blocks", ctypes.c_uint64),
        ("zone_capacity_blocks", ctypes.c_uint64),
        ("zone_max_open", ctypes.c_uint32),
        ("zone_max_active", ctypes.c_uint32),
        ("append_max_bytes", ctypes.c_uint32),
        ("verify_max_blocks", ctypes.c_uint32),
        ("write_zeroes_max_blocks", ctypes.c_uint32),
        ("write_uncorrectable_max_blocks", ctypes.c_uint32),
        ("copy_max_ranges", ctypes.c_uint32),
        ("copy_max_range_blocks", ctypes.c_uint32),
        ("copy_max_blocks", ctypes.c_uint32),
        ("dataset_max_ranges", ctypes.c_uint32),
        ("dataset_max_blocks", ctypes.c_uint64),
        ("dataset_max_range_blocks", ctypes.c_uint32),
        ("reserved1", ctypes.c_uint32),
    )


class ringline_fault_rule(ctypes.Structure):
    struct_size: int
    flags: int
    action: int
    opcode: int
    lba: int
    blocks: int
    skip: int
    repeat: int
    delay_ns: int
    hold: int
    error: int
    status: int
    reserved0: int
    reserved1: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("action", ctypes.c_uint32),
        ("opcode", ctypes.c_uint32),
        ("lba", ctypes.c_uint64),
        ("blocks", ctypes.c_uint64),
        ("skip", ctypes.c_uint64),
        ("repeat", ctypes.c_uint64),
        ("delay_ns", ctypes.c_uint64),
        ("hold", ctypes.c_uint32),
        ("error", ctypes.c_int32),
        ("status", ctypes.c_uint16),
        ("reserved0", ctypes.c_uint16),
        ("reserved1", ctypes.c_uint32),
    )


class ringline_field(ctypes.Structure):
    struct_size: int
    kind: int
    unit: int
    offset: int
    bit: int
    bits: int
    records: int
    stride: int
    bias: int
    reserved0: int
    scale: int
    list: bytes
    name: bytes
    text: bytes
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("unit", ctypes.c_uint32),
        ("offset", ctypes.c_uint32),
        ("bit", ctypes.c_uint32),
        ("bits", ctypes.c_uint32),
        ("records", ctypes.c_uint32),
        ("stride", ctypes.c_uint32),
        ("bias", ctypes.c_uint32),
        ("reserved0", ctypes.c_uint32),
        ("scale", ctypes.c_uint64),
        ("list", ctypes.c_char * 24),
        ("name", ctypes.c_char * 40),
        ("text", ctypes.c_char * 128),
    )


class ringline_identify_options(ctypes.Structure):
    struct_size: int
    nsid: int
    cns: int
    csi: int
    controller: int
    specific: int
    uuid_index: int
    reserved0: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("nsid", ctypes.c_uint32),
        ("cns", ctypes.c_uint8),
        ("csi", ctypes.c_uint8),
        ("controller", ctypes.c_uint16),
        ("specific", ctypes.c_uint16),
        ("uuid_index", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8),
    )


class ringline_log_options(ctypes.Structure):
    struct_size: int
    flags: int
    nsid: int
    timeout_ms: int
    offset: int
    lid: int
    lsp: int
    lsi: int
    csi: int
    uuid_index: int
    reserved0: Any
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("nsid", ctypes.c_uint32),
        ("timeout_ms", ctypes.c_uint32),
        ("offset", ctypes.c_uint64),
        ("lid", ctypes.c_uint8),
        ("lsp", ctypes.c_uint8),
        ("lsi", ctypes.c_uint16),
        ("csi", ctypes.c_uint8),
        ("uuid_index", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8 * 2),
    )


class ringline_feature_options(ctypes.Structure):
    struct_size: int
    flags: int
    nsid: int
    cdw11: int
    cdw12: int
    cdw13: int
    cdw15: int
    timeout_ms: int
    fid: int
    sel: int
    uuid_index: int
    reserved0: Any
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("nsid", ctypes.c_uint32),
        ("cdw11", ctypes.c_uint32),
        ("cdw12", ctypes.c_uint32),
        ("cdw13", ctypes.c_uint32),
        ("cdw15", ctypes.c_uint32),
        ("timeout_ms", ctypes.c_uint32),
        ("fid", ctypes.c_uint8),
        ("sel", ctypes.c_uint8),
        ("uuid_index", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8 * 5),
    )


class ringline_format_options(ctypes.Structure):
    struct_size: int
    flags: int
    nsid: int
    timeout_ms: int
    lba_format: int
    pi_type: int
    erase: int
    reserved0: Any
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("nsid", ctypes.c_uint32),
        ("timeout_ms", ctypes.c_uint32),
        ("lba_format", ctypes.c_uint8),
        ("pi_type", ctypes.c_uint8),
        ("erase", ctypes.c_uint8),
        ("reserved0", ctypes.c_uint8 * 5),
    )


class ringline_sanitize_options(ctypes.Structure):
    struct_size: int
    flags: int
    action: int
    passes: int
    pattern: int
    timeout_ms: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("action", ctypes.c_uint32),
        ("passes", ctypes.c_uint32),
        ("pattern", ctypes.c_uint32),
        ("timeout_ms", ctypes.c_uint32),
    )


class ringline_transfer_options(ctypes.Structure):
    struct_size: int
    opcode: int
    lba: int
    blocks: int
    source: int
    address: int
    length: int
    metadata_address: int
    metadata_length: int
    reference_tag: int
    storage_tag: int
    application_tag: int
    application_mask: int
    command_flags: int
    flags: int
    action: int
    in_flight: int
    max_blocks: int
    retries: int
    timeout_ms: int
    events_address: int
    events_max: int
    reserved0: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("opcode", ctypes.c_uint32),
        ("lba", ctypes.c_uint64),
        ("blocks", ctypes.c_uint64),
        ("source", ctypes.c_uint64),
        ("address", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("metadata_address", ctypes.c_uint64),
        ("metadata_length", ctypes.c_uint64),
        ("reference_tag", ctypes.c_uint64),
        ("storage_tag", ctypes.c_uint64),
        ("application_tag", ctypes.c_uint16),
        ("application_mask", ctypes.c_uint16),
        ("command_flags", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("action", ctypes.c_uint32),
        ("in_flight", ctypes.c_uint32),
        ("max_blocks", ctypes.c_uint32),
        ("retries", ctypes.c_uint32),
        ("timeout_ms", ctypes.c_uint32),
        ("events_address", ctypes.c_uint64),
        ("events_max", ctypes.c_uint32),
        ("reserved0", ctypes.c_uint32),
    )


class ringline_transfer_failure(ctypes.Structure):
    lba: int
    blocks: int
    result: int
    error: int
    status: int
    flags: int
    attempts: int
    reserved0: int
    reserved1: int
    _fields_ = (
        ("lba", ctypes.c_uint64),
        ("blocks", ctypes.c_uint64),
        ("result", ctypes.c_uint64),
        ("error", ctypes.c_int32),
        ("status", ctypes.c_uint16),
        ("flags", ctypes.c_uint16),
        ("attempts", ctypes.c_uint32),
        ("reserved0", ctypes.c_uint32),
        ("reserved1", ctypes.c_uint64),
    )


class ringline_transfer_event(ctypes.Structure):
    time_ns: int
    lba: int
    blocks: int
    result: int
    command: int
    kind: int
    error: int
    status: int
    flags: int
    reserved0: int
    reserved1: int
    _fields_ = (
        ("time_ns", ctypes.c_uint64),
        ("lba", ctypes.c_uint64),
        ("blocks", ctypes.c_uint64),
        ("result", ctypes.c_uint64),
        ("command", ctypes.c_uint32),
        ("kind", ctypes.c_uint32),
        ("error", ctypes.c_int32),
        ("status", ctypes.c_uint16),
        ("flags", ctypes.c_uint16),
        ("reserved0", ctypes.c_uint64),
        ("reserved1", ctypes.c_uint64),
    )


class ringline_transfer_result(ctypes.Structure):
    struct_size: int
    interrupted: int
    next_lba: int
    done_blocks: int
    commands: int
    retried: int
    events: int
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("interrupted", ctypes.c_uint32),
        ("next_lba", ctypes.c_uint64),
        ("done_blocks", ctypes.c_uint64),
        ("commands", ctypes.c_uint64),
        ("retried", ctypes.c_uint64),
        ("events", ctypes.c_uint64),
    )


for _struct, _size in (
    (ringline_nvme_command, 72),
    (ringline_range, 32),
    (ringline_status_info, 16),
    (ringline_protection, 40),
    (ringline_protection_error, 32),
    (ringline_device, 8),
    (ringline_buffer, 8),
    (ringline_segment, 16),
    (ringline_command, 64),
    (ringline_command_extended, 128),
    (ringline_raw_command, 96),
    (ringline_completion, 32),
    (ringline_queue_options, 40),
    (ringline_queue_info, 64),
    (ringline_device_options, 16),
    (ringline_diagnosis, 256),
    (ringline_device_info, 376),
    (ringline_device_entry, 256),
    (ringline_buffer_options, 24),
    (ringline_buffer_info, 32),
    (ringline_sim_options, 104),
    (ringline_fault_rule, 72),
    (ringline_field, 240),
    (ringline_identify_options, 16),
    (ringline_log_options, 32),
    (ringline_feature_options, 40),
    (ringline_format_options, 24),
    (ringline_sanitize_options, 24),
    (ringline_transfer_options, 128),
    (ringline_transfer_failure, 48),
    (ringline_transfer_event, 64),
    (ringline_transfer_result, 48),
):
    if ctypes.sizeof(_struct) != _size:
        raise ImportError(f"{_struct.__name__} has {ctypes.sizeof(_struct)} bytes for this Python, and {_size} for the library")


def _load() -> ctypes.CDLL:
    # The variable is for tests; everybody else gets what the dynamic linker finds by the library's own name.
    path = os.environ.get("RINGLINE_LIBRARY") or SONAME
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{error}: install libringline, or let LD_LIBRARY_PATH name the directory that has {SONAME}") from error


library = _load()


def _function(name: str, result: Any, *arguments: Any) -> Any:
    try:
        function = getattr(library, name)
    except AttributeError:
        raise ImportError(f"the libringline that was found has no {name}(): it is older than this package ({VERSION})") from None
    function.restype = result
    function.argtypes = arguments
    return function


ringline_nvme_read = _function(
    "ringline_nvme_read", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    ctypes.c_uint32,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_uint64,
    ctypes.c_uint32)
ringline_nvme_write = _function(
    "ringline_nvme_write", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    ctypes.c_uint32,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_uint64,
    ctypes.c_uint32)
ringline_nvme_flush = _function(
    "ringline_nvme_flush", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    ctypes.c_uint32)
ringline_nvme_serialise = _function(
    "ringline_nvme_serialise", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    POINTER(ctypes.c_uint8))
ringline_nvme_dataset_ranges = _function(
    "ringline_nvme_dataset_ranges", ctypes.c_int32,
    POINTER(ringline_range),
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_uint32)
ringline_nvme_copy_ranges = _function(
    "ringline_nvme_copy_ranges", ctypes.c_int32,
    POINTER(ringline_range),
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_uint32)
ringline_status_decode = _function(
    "ringline_status_decode", ctypes.c_int32,
    ctypes.c_uint16,
    POINTER(ringline_status_info))
ringline_status_name = _function(
    "ringline_status_name", ctypes.c_char_p,
    ctypes.c_uint16,
    ctypes.c_int32)
ringline_status_text = _function(
    "ringline_status_text", ctypes.c_char_p,
    ctypes.c_uint16,
    ctypes.c_int32)
ringline_protection_generate = _function(
    "ringline_protection_generate", ctypes.c_int32,
    POINTER(ringline_protection),
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_uint64)
ringline_protection_verify = _function(
    "ringline_protection_verify", ctypes.c_int32,
    POINTER(ringline_protection),
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_uint64,
    POINTER(ringline_protection_error))
ringline_guard = _function(
    "ringline_guard", ctypes.c_int32,
    ctypes.c_uint32,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_uint64,
    POINTER(ctypes.c_uint64))
ringline_version = _function(
    "ringline_version", ctypes.c_uint32)
ringline_error_name = _function(
    "ringline_error_name", ctypes.c_char_p,
    ctypes.c_int32)
ringline_error_text = _function(
    "ringline_error_text", ctypes.c_char_p,
    ctypes.c_int32)
ringline_device_open = _function(
    "ringline_device_open", ctypes.c_int32,
    ctypes.c_char_p,
    POINTER(ringline_device_options),
    POINTER(ringline_diagnosis),
    POINTER(ringline_device))
ringline_device_close = _function(
    "ringline_device_close", ctypes.c_int32,
    ringline_device)
ringline_device_info_get = _function(
    "ringline_device_info_get", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_device_info))
ringline_protection_of = _function(
    "ringline_protection_of", ctypes.c_int32,
    POINTER(ringline_device_info),
    POINTER(ringline_protection))
ringline_device_refresh = _function(
    "ringline_device_refresh", ctypes.c_int32,
    ringline_device)
ringline_device_list = _function(
    "ringline_device_list", ctypes.c_int32,
    POINTER(ringline_device_entry),
    ctypes.c_uint32)
ringline_device_admin = _function(
    "ringline_device_admin", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_nvme_command),
    POINTER(ringline_completion))
ringline_queue_create = _function(
    "ringline_queue_create", ctypes.c_int32,
    POINTER(ringline_queue_options),
    POINTER(ringline_diagnosis),
    POINTER(POINTER(ringline_queue)))
ringline_queue_destroy = _function(
    "ringline_queue_destroy", ctypes.c_int32,
    POINTER(ringline_queue))
ringline_queue_info_get = _function(
    "ringline_queue_info_get", ctypes.c_int32,
    POINTER(ringline_queue),
    POINTER(ringline_queue_info))
ringline_queue_attach = _function(
    "ringline_queue_attach", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device)
ringline_queue_detach = _function(
    "ringline_queue_detach", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device)
ringline_queue_fd = _function(
    "ringline_queue_fd", ctypes.c_int32,
    POINTER(ringline_queue))
ringline_queue_wakeup = _function(
    "ringline_queue_wakeup", ctypes.c_int32,
    POINTER(ringline_queue))
ringline_queue_overdue = _function(
    "ringline_queue_overdue", ctypes.c_int32,
    POINTER(ringline_queue),
    ctypes.c_uint64,
    POINTER(ctypes.c_uint64),
    ctypes.c_uint32)
ringline_cancel = _function(
    "ringline_cancel", ctypes.c_int32,
    POINTER(ringline_queue),
    ctypes.c_uint64)
ringline_buffer_create = _function(
    "ringline_buffer_create", ctypes.c_int32,
    POINTER(ringline_buffer_options),
    POINTER(ringline_buffer))
ringline_buffer_free = _function(
    "ringline_buffer_free", ctypes.c_int32,
    ringline_buffer)
ringline_buffer_info_get = _function(
    "ringline_buffer_info_get", ctypes.c_int32,
    ringline_buffer,
    POINTER(ringline_buffer_info))
ringline_queue_attach_buffer = _function(
    "ringline_queue_attach_buffer", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_buffer)
ringline_queue_detach_buffer = _function(
    "ringline_queue_detach_buffer", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_buffer)
ringline_read = _function(
    "ringline_read", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_write = _function(
    "ringline_write", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_flush = _function(
    "ringline_flush", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64)
ringline_compare = _function(
    "ringline_compare", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_write_zeroes = _function(
    "ringline_write_zeroes", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_verify = _function(
    "ringline_verify", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_write_uncorrectable = _function(
    "ringline_write_uncorrectable", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_dataset_management = _function(
    "ringline_dataset_management", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_copy = _function(
    "ringline_copy", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_zone_append = _function(
    "ringline_zone_append", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_zone_manage = _function(
    "ringline_zone_manage", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_zone_report = _function(
    "ringline_zone_report", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint64)
ringline_push_extended = _function(
    "ringline_push_extended", ctypes.c_int32,
    POINTER(ringline_queue),
    POINTER(ringline_command_extended),
    ctypes.c_uint32)
ringline_push = _function(
    "ringline_push", ctypes.c_int32,
    POINTER(ringline_queue),
    POINTER(ringline_command),
    ctypes.c_uint32)
ringline_push_raw = _function(
    "ringline_push_raw", ctypes.c_int32,
    POINTER(ringline_queue),
    POINTER(ringline_raw_command),
    ctypes.c_uint32)
ringline_explain = _function(
    "ringline_explain", ctypes.c_int32,
    POINTER(ringline_command),
    POINTER(ringline_diagnosis))
ringline_explain_raw = _function(
    "ringline_explain_raw", ctypes.c_int32,
    POINTER(ringline_raw_command),
    POINTER(ringline_diagnosis))
ringline_encode = _function(
    "ringline_encode", ctypes.c_int32,
    POINTER(ringline_command_extended),
    POINTER(ringline_nvme_command),
    POINTER(ringline_diagnosis))
ringline_submit = _function(
    "ringline_submit", ctypes.c_int32,
    POINTER(ringline_queue))
ringline_poll = _function(
    "ringline_poll", ctypes.c_int32,
    POINTER(ringline_queue),
    POINTER(ringline_completion),
    ctypes.c_uint32)
ringline_wait = _function(
    "ringline_wait", ctypes.c_int32,
    POINTER(ringline_queue),
    POINTER(ringline_completion),
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_int64)
ringline_submit_and_wait = _function(
    "ringline_submit_and_wait", ctypes.c_int32,
    POINTER(ringline_queue),
    POINTER(ringline_completion),
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_int64)
ringline_exchange = _function(
    "ringline_exchange", ctypes.c_int32,
    POINTER(ringline_queue),
    POINTER(ringline_command),
    ctypes.c_uint32,
    POINTER(ctypes.c_uint32),
    POINTER(ringline_completion),
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_int64)
ringline_sim_create = _function(
    "ringline_sim_create", ctypes.c_int32,
    ctypes.c_char_p,
    POINTER(ringline_sim_options))
ringline_sim_fault_set = _function(
    "ringline_sim_fault_set", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_fault_rule))
ringline_sim_fault_clear = _function(
    "ringline_sim_fault_clear", ctypes.c_int32,
    ringline_device,
    ctypes.c_uint32)
ringline_page_name = _function(
    "ringline_page_name", ctypes.c_char_p,
    ctypes.c_uint32)
ringline_page_length = _function(
    "ringline_page_length", ctypes.c_int32,
    ctypes.c_uint32)
ringline_page_field = _function(
    "ringline_page_field", ctypes.c_int32,
    ctypes.c_uint32,
    ctypes.c_uint32,
    POINTER(ringline_field))
ringline_page_value = _function(
    "ringline_page_value", ctypes.c_int32,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_uint32,
    POINTER(ctypes.c_uint8),
    ctypes.c_uint32,
    POINTER(ctypes.c_uint64),
    POINTER(ctypes.c_uint64))
ringline_unit_name = _function(
    "ringline_unit_name", ctypes.c_char_p,
    ctypes.c_uint32)
ringline_nvme_identify = _function(
    "ringline_nvme_identify", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    POINTER(ringline_identify_options),
    ctypes.c_uint64)
ringline_nvme_log_read = _function(
    "ringline_nvme_log_read", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    POINTER(ringline_log_options),
    ctypes.c_uint64,
    ctypes.c_uint32)
ringline_nvme_feature_get = _function(
    "ringline_nvme_feature_get", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    POINTER(ringline_feature_options),
    ctypes.c_uint64,
    ctypes.c_uint32)
ringline_nvme_feature_set = _function(
    "ringline_nvme_feature_set", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    POINTER(ringline_feature_options),
    ctypes.c_uint64,
    ctypes.c_uint32)
ringline_nvme_format = _function(
    "ringline_nvme_format", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    POINTER(ringline_format_options))
ringline_nvme_sanitize = _function(
    "ringline_nvme_sanitize", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    POINTER(ringline_sanitize_options))
ringline_nvme_self_test = _function(
    "ringline_nvme_self_test", ctypes.c_int32,
    POINTER(ringline_nvme_command),
    ctypes.c_uint32,
    ctypes.c_uint32)
ringline_identify = _function(
    "ringline_identify", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_identify_options),
    ctypes.c_void_p,
    ctypes.c_uint32,
    POINTER(ringline_completion))
ringline_log_read = _function(
    "ringline_log_read", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_log_options),
    ctypes.c_void_p,
    ctypes.c_uint32,
    POINTER(ringline_completion))
ringline_feature_get = _function(
    "ringline_feature_get", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_feature_options),
    ctypes.c_void_p,
    ctypes.c_uint32,
    POINTER(ringline_completion))
ringline_feature_set = _function(
    "ringline_feature_set", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_feature_options),
    ctypes.c_void_p,
    ctypes.c_uint32,
    POINTER(ringline_completion))
ringline_format = _function(
    "ringline_format", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_format_options),
    POINTER(ringline_completion))
ringline_sanitize = _function(
    "ringline_sanitize", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_sanitize_options),
    POINTER(ringline_completion))
ringline_self_test = _function(
    "ringline_self_test", ctypes.c_int32,
    ringline_device,
    ctypes.c_uint32,
    ctypes.c_uint32,
    POINTER(ringline_completion))
ringline_namespace_attach = _function(
    "ringline_namespace_attach", ctypes.c_int32,
    ringline_device,
    ctypes.c_uint32,
    POINTER(ctypes.c_uint16),
    ctypes.c_uint32,
    POINTER(ringline_completion))
ringline_namespace_detach = _function(
    "ringline_namespace_detach", ctypes.c_int32,
    ringline_device,
    ctypes.c_uint32,
    POINTER(ctypes.c_uint16),
    ctypes.c_uint32,
    POINTER(ringline_completion))
ringline_transfer = _function(
    "ringline_transfer", ctypes.c_int32,
    POINTER(ringline_queue),
    ringline_device,
    POINTER(ringline_transfer_options),
    POINTER(ringline_transfer_failure),
    ctypes.c_uint32,
    POINTER(ringline_transfer_result),
    POINTER(ringline_diagnosis))
ringline_transfer_preview = _function(
    "ringline_transfer_preview", ctypes.c_int32,
    ringline_device,
    POINTER(ringline_transfer_options),
    ctypes.c_uint64,
    POINTER(ringline_nvme_command),
    POINTER(ctypes.c_uint64),
    POINTER(ringline_diagnosis))
