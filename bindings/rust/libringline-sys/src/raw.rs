// SPDX-License-Identifier: MIT OR Apache-2.0
// Made by tools/abi/generate from the public headers. Do not edit.
//! The C interface as it is: names, values and rules are those of `<ringline/ringline.h>`.

use std::mem::{align_of, size_of, transmute, MaybeUninit};
use std::os::raw::{c_char, c_void};

/// The version of the interface that this is.
pub const VERSION: &str = "0.1.0";

pub const RINGLINE_NVME_FLUSH: u32 = 0x0;
pub const RINGLINE_NVME_WRITE: u32 = 0x1;
pub const RINGLINE_NVME_READ: u32 = 0x2;
pub const RINGLINE_NVME_WRITE_UNCORRECTABLE: u32 = 0x4;
pub const RINGLINE_NVME_COMPARE: u32 = 0x5;
pub const RINGLINE_NVME_WRITE_ZEROES: u32 = 0x8;
pub const RINGLINE_NVME_DATASET_MANAGEMENT: u32 = 0x9;
pub const RINGLINE_NVME_VERIFY: u32 = 0xC;
pub const RINGLINE_NVME_IO_MANAGEMENT_RECEIVE: u32 = 0x12;
pub const RINGLINE_NVME_COPY: u32 = 0x19;
pub const RINGLINE_NVME_IO_MANAGEMENT_SEND: u32 = 0x1D;
pub const RINGLINE_NVME_ZONE_MANAGEMENT_SEND: u32 = 0x79;
pub const RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE: u32 = 0x7A;
pub const RINGLINE_NVME_ZONE_APPEND: u32 = 0x7D;
pub const RINGLINE_DATASET_RANGE_BYTES: u32 = 16;
pub const RINGLINE_DATASET_RANGES_MAX: u32 = 256;
pub const RINGLINE_COPY_RANGES_MAX: u32 = 256;
pub const RINGLINE_NVME_BLOCKS_MAX: u32 = 65536;
pub const RINGLINE_NVME_SERIALISED_BYTES: u32 = 80;
pub const RINGLINE_STATUS_CODE_MASK: u32 = 0x7FF;
pub const RINGLINE_STATUS_COMPARE_FAILURE: u32 = 0x285;
pub const RINGLINE_STATUS_MORE: u32 = 0x2000;
pub const RINGLINE_STATUS_DNR: u32 = 0x4000;
pub const RINGLINE_RETRY_NEVER: u32 = 0;
pub const RINGLINE_RETRY_IF_IDEMPOTENT: u32 = 1;
pub const RINGLINE_RETRY_OTHER_PATH: u32 = 2;
pub const RINGLINE_PROTECTION_REFERENCE_TAG: u32 = 0x1;
pub const RINGLINE_PROTECTION_APPLICATION_TAG: u32 = 0x2;
pub const RINGLINE_PROTECTION_GUARD: u32 = 0x4;
pub const RINGLINE_PROTECTION_STORAGE_TAG: u32 = 0x8;
pub const RINGLINE_VERSION_MAJOR: i32 = 0;
pub const RINGLINE_VERSION_MINOR: i32 = 1;
pub const RINGLINE_VERSION_PATCH: i32 = 0;
pub const RINGLINE_FUA: u32 = 0x1;
pub const RINGLINE_LIMITED_RETRY: u32 = 0x2;
pub const RINGLINE_VECTORED: u32 = 0x4;
pub const RINGLINE_DEALLOCATE: u32 = 0x8;
pub const RINGLINE_PROTECTION_ACTION: u32 = 0x10;
pub const RINGLINE_CHECK_GUARD: u32 = 0x20;
pub const RINGLINE_CHECK_APPLICATION_TAG: u32 = 0x40;
pub const RINGLINE_CHECK_REFERENCE_TAG: u32 = 0x80;
pub const RINGLINE_CHECK_STORAGE_TAG: u32 = 0x100;
pub const RINGLINE_PLACEMENT: u32 = 0x200;
pub const RINGLINE_STREAM: u32 = 0x400;
pub const RINGLINE_ALL_ZONES: u32 = 0x800;
pub const RINGLINE_PARTIAL: u32 = 0x1000;
pub const RINGLINE_REMAP: u32 = 0x2000;
pub const RINGLINE_DATASET_READ: u32 = 1;
pub const RINGLINE_DATASET_WRITE: u32 = 2;
pub const RINGLINE_DATASET_DEALLOCATE: u32 = 4;
pub const RINGLINE_ZONE_CLOSE: u32 = 1;
pub const RINGLINE_ZONE_FINISH: u32 = 2;
pub const RINGLINE_ZONE_OPEN: u32 = 3;
pub const RINGLINE_ZONE_RESET: u32 = 4;
pub const RINGLINE_ZONE_OFFLINE: u32 = 5;
pub const RINGLINE_ZONES_ALL: u32 = 0;
pub const RINGLINE_ZONES_EMPTY: u32 = 1;
pub const RINGLINE_ZONES_IMPLICITLY_OPEN: u32 = 2;
pub const RINGLINE_ZONES_EXPLICITLY_OPEN: u32 = 3;
pub const RINGLINE_ZONES_CLOSED: u32 = 4;
pub const RINGLINE_ZONES_FULL: u32 = 5;
pub const RINGLINE_ZONES_READ_ONLY: u32 = 6;
pub const RINGLINE_ZONES_OFFLINE: u32 = 7;
pub const RINGLINE_SEGMENTS_MAX: u32 = 1024;
pub const RINGLINE_RAW_ADMIN: u32 = 0x1;
pub const RINGLINE_OUTCOME_UNKNOWN: u32 = 0x1;
pub const RINGLINE_NOT_SENT: u32 = 0x2;
pub const RINGLINE_ENGINE_AUTO: u32 = 0;
pub const RINGLINE_ENGINE_URING: u32 = 1;
pub const RINGLINE_ENGINE_THREADS: u32 = 2;
pub const RINGLINE_QUEUE_MOVABLE: u32 = 0x1;
pub const RINGLINE_QUEUE_IOPOLL: u32 = 0x2;
pub const RINGLINE_QUEUE_SQPOLL: u32 = 0x4;
pub const RINGLINE_QUEUE_SQPOLL_CPU: u32 = 0x8;
pub const RINGLINE_QUEUE_TIMESTAMPS: u32 = 0x10;
pub const RINGLINE_QUEUE_AVOID_TRAPS: u32 = 0x20;
pub const RINGLINE_REASON_ASKED: u32 = 0;
pub const RINGLINE_REASON_PROBED: u32 = 1;
pub const RINGLINE_REASON_KERNEL_TOO_OLD: u32 = 2;
pub const RINGLINE_REASON_DISABLED: u32 = 3;
pub const RINGLINE_REASON_FORBIDDEN: u32 = 4;
pub const RINGLINE_REASON_NO_MEMORY: u32 = 5;
pub const RINGLINE_REASON_TRAP: u32 = 6;
pub const RINGLINE_TRAP_WRITE_LOST: u32 = 0x1;
pub const RINGLINE_TRAP_IOPOLL: u32 = 0x2;
pub const RINGLINE_TRAP_FORMAT_HANG: u32 = 0x4;
pub const RINGLINE_TRAP_FIXED_PAGES: u32 = 0x8;
pub const RINGLINE_TRAP_METADATA_PAGES: u32 = 0x10;
pub const RINGLINE_OPEN_READ_ONLY: u32 = 0x1;
pub const RINGLINE_OPEN_SIMULATED: u32 = 0x2;
pub const RINGLINE_DEVICE_NAMESPACE: u32 = 1;
pub const RINGLINE_DEVICE_CONTROLLER: u32 = 2;
pub const RINGLINE_DEVICE_SIMULATED: u32 = 3;
pub const RINGLINE_DEVICE_NULL: u32 = 4;
pub const RINGLINE_RULE_NONE: u32 = 0;
pub const RINGLINE_RULE_ARGUMENT: u32 = 1;
pub const RINGLINE_RULE_BLOCKS: u32 = 2;
pub const RINGLINE_RULE_BOUNDS: u32 = 3;
pub const RINGLINE_RULE_LENGTH: u32 = 4;
pub const RINGLINE_RULE_METADATA: u32 = 5;
pub const RINGLINE_RULE_MDTS: u32 = 6;
pub const RINGLINE_RULE_MAX_HW_SECTORS: u32 = 7;
pub const RINGLINE_RULE_SEGMENTS: u32 = 8;
pub const RINGLINE_RULE_FIXED_PAGES: u32 = 9;
pub const RINGLINE_RULE_ALIGNMENT: u32 = 10;
pub const RINGLINE_RULE_READ_ONLY: u32 = 11;
pub const RINGLINE_RULE_OPCODE: u32 = 12;
pub const RINGLINE_RULE_COMMAND_LIMIT: u32 = 13;
pub const RINGLINE_RULE_ZONE: u32 = 14;
pub const RINGLINE_RULE_PROTECTION: u32 = 15;
pub const RINGLINE_RULE_NOT_NVME: u32 = 16;
pub const RINGLINE_RULE_PERMISSION: u32 = 17;
pub const RINGLINE_RULE_NAMESPACE: u32 = 18;
pub const RINGLINE_RULE_KERNEL: u32 = 19;
pub const RINGLINE_RULE_MEMLOCK: u32 = 20;
pub const RINGLINE_RULE_IO_URING_DISABLED: u32 = 21;
pub const RINGLINE_RULE_FORBIDDEN: u32 = 22;
pub const RINGLINE_RULE_PATH: u32 = 23;
pub const RINGLINE_RULE_IMAGE: u32 = 24;
pub const RINGLINE_RULE_IN_USE: u32 = 25;
pub const RINGLINE_RULE_RESOURCE: u32 = 26;
pub const RINGLINE_RULE_IDENTIFY: u32 = 27;
pub const RINGLINE_RULE_PLANE: u32 = 28;
pub const RINGLINE_RULE_EFFECTS: u32 = 29;
pub const RINGLINE_CAN_COMPARE: u32 = 0x1;
pub const RINGLINE_CAN_WRITE_UNCORRECTABLE: u32 = 0x2;
pub const RINGLINE_CAN_DATASET_MANAGEMENT: u32 = 0x4;
pub const RINGLINE_CAN_WRITE_ZEROES: u32 = 0x8;
pub const RINGLINE_CAN_VERIFY: u32 = 0x10;
pub const RINGLINE_CAN_COPY: u32 = 0x20;
pub const RINGLINE_CAN_ZONES: u32 = 0x40;
pub const RINGLINE_CAN_PLACEMENT: u32 = 0x80;
pub const RINGLINE_CAN_STREAMS: u32 = 0x100;
pub const RINGLINE_SIM_METADATA_INLINE: u32 = 0x1;
pub const RINGLINE_SIM_PI_FIRST: u32 = 0x2;
pub const RINGLINE_FAULT_STATUS: u32 = 1;
pub const RINGLINE_FAULT_ERROR: u32 = 2;
pub const RINGLINE_FAULT_DELAY: u32 = 3;
pub const RINGLINE_FAULT_REORDER: u32 = 4;
pub const RINGLINE_FAULT_DROP: u32 = 5;
pub const RINGLINE_FAULT_VANISH: u32 = 6;
pub const RINGLINE_FAULT_ANY_OPCODE: u32 = 0x1;
pub const RINGLINE_FAULT_ADMIN: u32 = 0x2;
pub const RINGLINE_FAULT_EXECUTED: u32 = 0x4;
pub const RINGLINE_PAGE_IDENTIFY: u32 = 0x100;
pub const RINGLINE_PAGE_LOG: u32 = 0x200;
pub const RINGLINE_PAGE_FEATURE: u32 = 0x300;
pub const RINGLINE_PAGE_REPORT: u32 = 0x400;
pub const RINGLINE_FIELD_NUMBER: u32 = 1;
pub const RINGLINE_FIELD_CODE: u32 = 2;
pub const RINGLINE_FIELD_FLAG: u32 = 3;
pub const RINGLINE_FIELD_POWER: u32 = 4;
pub const RINGLINE_FIELD_TEMPERATURE: u32 = 5;
pub const RINGLINE_FIELD_TEXT: u32 = 6;
pub const RINGLINE_FIELD_BYTES: u32 = 7;
pub const RINGLINE_UNIT_NONE: u32 = 0;
pub const RINGLINE_UNIT_BYTES: u32 = 1;
pub const RINGLINE_UNIT_BLOCKS: u32 = 2;
pub const RINGLINE_UNIT_PERCENT: u32 = 3;
pub const RINGLINE_UNIT_KELVIN: u32 = 4;
pub const RINGLINE_UNIT_MILLIWATTS: u32 = 5;
pub const RINGLINE_UNIT_MICROSECONDS: u32 = 6;
pub const RINGLINE_UNIT_MILLISECONDS: u32 = 7;
pub const RINGLINE_UNIT_SECONDS: u32 = 8;
pub const RINGLINE_UNIT_MINUTES: u32 = 9;
pub const RINGLINE_UNIT_HOURS: u32 = 10;
pub const RINGLINE_NVME_GET_LOG_PAGE: u32 = 0x2;
pub const RINGLINE_NVME_IDENTIFY: u32 = 0x6;
pub const RINGLINE_NVME_SET_FEATURES: u32 = 0x9;
pub const RINGLINE_NVME_GET_FEATURES: u32 = 0xA;
pub const RINGLINE_NVME_SELF_TEST: u32 = 0x14;
pub const RINGLINE_NVME_NAMESPACE_ATTACHMENT: u32 = 0x15;
pub const RINGLINE_NVME_FORMAT: u32 = 0x80;
pub const RINGLINE_NVME_SANITIZE: u32 = 0x84;
pub const RINGLINE_NSID_ALL: u32 = 0xFFFFFFFF;
pub const RINGLINE_IDENTIFY_BYTES: u32 = 4096;
pub const RINGLINE_LOG_COMMAND_BYTES: u32 = 4096;
pub const RINGLINE_ATTACHED_CONTROLLERS_MAX: u32 = 2047;
pub const RINGLINE_LOG_RETAIN: u32 = 0x1;
pub const RINGLINE_FEATURE_CURRENT: u32 = 0;
pub const RINGLINE_FEATURE_DEFAULT: u32 = 1;
pub const RINGLINE_FEATURE_SAVED: u32 = 2;
pub const RINGLINE_FEATURE_CAPABILITIES: u32 = 3;
pub const RINGLINE_FEATURE_SAVE: u32 = 0x1;
pub const RINGLINE_FORMAT_OTHER_NAMESPACE: u32 = 0x1;
pub const RINGLINE_FORMAT_ALL_NAMESPACES: u32 = 0x2;
pub const RINGLINE_FORMAT_METADATA_INLINE: u32 = 0x4;
pub const RINGLINE_FORMAT_PI_FIRST: u32 = 0x8;
pub const RINGLINE_ERASE_NONE: u32 = 0;
pub const RINGLINE_ERASE_USER_DATA: u32 = 1;
pub const RINGLINE_ERASE_CRYPTOGRAPHIC: u32 = 2;
pub const RINGLINE_SANITIZE_EXIT_FAILURE: u32 = 1;
pub const RINGLINE_SANITIZE_BLOCK_ERASE: u32 = 2;
pub const RINGLINE_SANITIZE_OVERWRITE: u32 = 3;
pub const RINGLINE_SANITIZE_CRYPTO_ERASE: u32 = 4;
pub const RINGLINE_SANITIZE_UNRESTRICTED: u32 = 0x1;
pub const RINGLINE_SANITIZE_INVERT: u32 = 0x2;
pub const RINGLINE_SANITIZE_NO_DEALLOCATE: u32 = 0x4;
pub const RINGLINE_SELF_TEST_SHORT: u32 = 1;
pub const RINGLINE_SELF_TEST_EXTENDED: u32 = 2;
pub const RINGLINE_SELF_TEST_VENDOR: u32 = 14;
pub const RINGLINE_SELF_TEST_ABORT: u32 = 15;
pub const RINGLINE_TRANSFER_CONTINUE: u32 = 0x1;
pub const RINGLINE_TRANSFER_NARROW: u32 = 0x2;
pub const RINGLINE_TRANSFER_PUSHED: u32 = 1;
pub const RINGLINE_TRANSFER_COMPLETED: u32 = 2;

/// A queue. Opaque; from ringline_queue_create() until ringline_queue_destroy().
#[repr(C)]
pub struct ringline_queue {
	_data: [u8; 0],
	_marker: std::marker::PhantomData<(*mut u8, std::marker::PhantomPinned)>,
}

/// One NVMe command as the kernel takes it: `struct nvme_uring_cmd`, 72 bytes, host byte order. Frozen. Everything is on the wire's terms: cdw12 holds a zero-based block count.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_nvme_command {
	pub opcode: u8,
	/// Must be 0: the kernel refuses fused commands and SGL bits (-EINVAL).
	pub flags: u8,
	/// Must be 0.
	pub reserved0: u16,
	/// Must be the namespace of the device. Never filled in for you.
	pub nsid: u32,
	pub cdw2: u32,
	pub cdw3: u32,
	/// Address, or 0.
	pub metadata: u64,
	/// Of the data.
	pub address: u64,
	/// Bytes.
	pub metadata_length: u32,
	/// Bytes.
	pub data_length: u32,
	pub cdw10: u32,
	pub cdw11: u32,
	pub cdw12: u32,
	pub cdw13: u32,
	pub cdw14: u32,
	pub cdw15: u32,
	/// 0: the driver's. When it passes the kernel aborts, then RESETS the controller.
	pub timeout_ms: u32,
	/// Must be 0.
	pub reserved1: u32,
}

/// A run of blocks, for ringline_nvme_dataset_ranges() and ringline_nvme_copy_ranges(). 32 bytes, frozen.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_range {
	/// First block.
	pub lba: u64,
	/// Copy: expected initial reference tag of the source; else 0.
	pub reference_tag: u64,
	/// Copy: 1 to 65,536. Dataset Management: 0 to 4,294,967,295.
	pub blocks: u32,
	/// Dataset Management: context attributes, mostly 0. Else 0.
	pub attributes: u32,
	/// Copy: expected application tag of the source; else 0.
	pub application_tag: u16,
	/// Copy: which of its bits are compared; else 0.
	pub application_mask: u16,
	/// Copy, formats 2 and 3: the source's namespace. Else 0.
	pub nsid: u32,
}

/// A status word taken apart. Cold.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_status_info {
	/// In: sizeof(ringline_status_info).
	pub struct_size: u32,
	/// The raw word.
	pub status: u16,
	pub sct: u8,
	pub sc: u8,
	/// 0: none; 1 to 3 name ringline_device_info::retry_delay_ms[crd - 1].
	pub crd: u8,
	pub more: u8,
	pub dnr: u8,
	/// RINGLINE_RETRY_*.
	pub retry: u8,
	pub reserved0: [u8; 4],
}

/// How blocks are protected, and with what tags. The layout is that of ringline_device_info; ringline_protection_of() takes it from there. With a guard of 16 bits the PI field has 8 bytes: the guard, the application tag (2 bytes), and 4 bytes for storage and reference tag. With one of 32 or 64 bits it has 16 bytes, of which 10 or 6 are for these two. The storage tag is the first storage_tag_bits of them, the reference tag is the rest (of type 3 too, which only never counts it up nor checks it).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_protection {
	/// sizeof(ringline_protection).
	pub struct_size: u32,
	/// Data bytes of a block: a power of two, 512 or more.
	pub block_size: u32,
	/// Metadata bytes of a block, 8 (16 with a guard of 32 or 64 bits) to 65,535.
	pub metadata_size: u32,
	/// 1: each block's metadata follows its data; 0: it is in memory of its own.
	pub metadata_inline: u8,
	/// 1 to 3.
	pub pi_type: u8,
	/// 1: PI is the metadata's first bytes, and the guard covers the data alone; 0: it is the last ones, and the guard covers the metadata in front of it too.
	pub pi_first: u8,
	/// 16 (CRC-16/T10-DIF), 32 (CRC-32C) or 64 (CRC-64/NVME).
	pub guard_bits: u8,
	/// With a guard of 16 bits 0 to 32, of 32 bits 16 to 64, of 64 bits 0 to 48.
	pub storage_tag_bits: u8,
	/// Must be 0.
	pub reserved0: u8,
	pub application_tag: u16,
	/// Verifying: bits of the application tag that are compared; 0: none.
	pub application_mask: u16,
	/// Verifying: parts that are checked, RINGLINE_PROTECTION_*; 0: all that the format has and its type checks.
	pub flags: u16,
	/// Of the first block; types 1 and 2 count up by one for each block. Of a larger number the low bits are meant, as type 1 does with the LBA.
	pub reference_tag: u64,
	/// Must fit into storage_tag_bits.
	pub storage_tag: u64,
}

/// What ringline_protection_verify() found wrong: the first check of the first block that failed.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_protection_error {
	/// In: sizeof(ringline_protection_error).
	pub struct_size: u32,
	/// Which of the blocks, from 0.
	pub block: u32,
	/// Which part: one of RINGLINE_PROTECTION_*.
	pub check: u16,
	/// What a device answers then: 0x282 guard, 0x283 application tag, 0x284 reference tag, 0x288 storage tag.
	pub status: u16,
	pub reserved0: [u8; 4],
	/// What is in the PI field; of an application tag the compared bits.
	pub given: u64,
	/// What should be there.
	pub wanted: u64,
}

/// An open device: serial number (48 bits, process-wide, never reused) << 16 | table index. Do not take it apart.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_device {
	pub value: u64,
}

/// Memory known to the library; made like ::ringline_device.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_buffer {
	pub value: u64,
}

/// One piece of a vectored transfer's memory; as struct iovec where pointers have 64 bits. 16 bytes, frozen. Any memory will do, but the kernel copies the whole transfer (silently; it only costs) unless each address and length is a multiple of 4, each segment but the first begins a page, and each but the last ends one. A movable queue refuses what would be copied, for a real device (-EINVAL). Attached buffers are held by a vectored command as by others, but not used for their pinning: no kernel tells whether it takes both together, and Linux 6.1 hangs in the next format after it has refused to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_segment {
	/// Not 0.
	pub address: u64,
	/// Bytes, not 0; need not be whole blocks.
	pub length: u64,
}

/// One command of the proving kind: bounds, lengths and limits are checked before anything is pushed. 64 bytes, frozen. Fields that an opcode does not use must be 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_command {
	/// Comes back in the completion; never looked at. May repeat.
	pub user_data: u64,
	/// Attached to the queue.
	pub device: ringline_device,
	/// First block.
	pub lba: u64,
	/// Data, also ranges in wire form; with RINGLINE_VECTORED an array of ::ringline_segment (8-byte aligned). Yours again at the completion, not before: the array too.
	pub address: u64,
	/// Separate metadata, or 0. For a read it is memory of one's own that can be written to.
	pub metadata_address: u64,
	/// Bytes, of all segments together; must equal blocks x (block size + inline metadata), or be what the ranges or the report need.
	pub length: u32,
	/// Bytes; must equal blocks x metadata size, or 0.
	pub metadata_length: u32,
	/// 1 to 65,536; commands without a count of blocks: 0.
	pub blocks: u32,
	/// See ringline_nvme_command::timeout_ms: it ends in a controller reset. 0: driver's.
	pub timeout_ms: u32,
	/// RINGLINE_NVME_*.
	pub opcode: u8,
	/// RINGLINE_DATASET_*, RINGLINE_ZONE_*, RINGLINE_ZONES_*; Copy: format of the ranges, 0 to 3. Else 0.
	pub action: u8,
	/// RINGLINE_FUA and so on.
	pub flags: u16,
	/// With RINGLINE_VECTORED 1 to RINGLINE_SEGMENTS_MAX, else 0.
	pub segments: u16,
	/// With RINGLINE_PLACEMENT or RINGLINE_STREAM, else 0.
	pub placement: u16,
}

/// A command with the tags of protection information and access hints: for ringline_push_extended(). 128 bytes, frozen. A plain ::ringline_command on a namespace with protection has the reference tag of its LBA (type 3: 0) and application and storage tags of 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_command_extended {
	pub base: ringline_command,
	/// Of the first block. Type 1: the low bits of the LBA, or of the zone's start.
	pub reference_tag: u64,
	/// Below 2^storage_tag_bits of ::ringline_device_info.
	pub storage_tag: u64,
	pub application_tag: u16,
	/// Which bits of the application tag are compared.
	pub application_mask: u16,
	/// Read and Write: the DSM field (access frequency 3:0, latency 5:4, sequential 6, incompressible 7). Else 0.
	pub access_hints: u8,
	/// Must be 0, as what follows.
	pub reserved0: [u8; 3],
	pub reserved1: [u64; 5],
}

/// A raw command: nothing is proved about it, and it can make a device write past your memory. Checked are only the handles, that the reserved fields are 0, that it is for this kind of device, what would harm others than the caller (a read-only device, metadata that the format does not have: it makes Linux 6.1 hang; admin commands with effects), and a movable queue's alignment. ringline_explain_raw() tells which of these it is. 96 bytes, frozen.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_raw_command {
	pub user_data: u64,
	pub device: ringline_device,
	/// 0: an I/O command; or RINGLINE_RAW_ADMIN.
	pub flags: u32,
	/// Must be 0.
	pub reserved0: u32,
	pub command: ringline_nvme_command,
}

/// What became of a command. 32 bytes, frozen, no padding and nothing reserved but flag bits.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_completion {
	pub user_data: u64,
	/// Dwords 0 and 1; 0 when error or status is not 0.
	pub result: u64,
	/// Also after it was closed.
	pub device: ringline_device,
	/// 0 or a negative errno; then status is 0.
	pub error: i32,
	/// NVMe status as the device gave it. See ringline_status_decode().
	pub status: u16,
	pub flags: u16,
}

/// For ringline_queue_create().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_queue_options {
	pub struct_size: u32,
	/// RINGLINE_QUEUE_*.
	pub flags: u32,
	/// RINGLINE_ENGINE_*.
	pub engine: u32,
	/// Commands in flight, 1 to 32,768 (a ring's limit); 0: 256.
	pub depth: u32,
	/// Attached at once, 1 to 1,024; 0: 4.
	pub max_devices: u32,
	/// Attached at once, 1 to 64; 0: 8.
	pub max_buffers: u32,
	/// Threads engine: 1 to 256; 0: 8.
	pub workers: u32,
	/// With SQPOLL_CPU; else 0. One that is not online or not allowed here gives -EINVAL.
	pub sqpoll_cpu: u32,
	/// With SQPOLL, 1 to 60,000; 0: 1,000. Else 0.
	pub sqpoll_idle_ms: u32,
	/// Must be 0.
	pub reserved0: u32,
}

/// From ringline_queue_info_get(). A snapshot.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_queue_info {
	pub struct_size: u32,
	/// As created.
	pub flags: u32,
	/// URING or THREADS: what runs.
	pub engine: u32,
	/// RINGLINE_REASON_*.
	pub engine_reason: u32,
	/// What the probe got, a negative errno, or 0.
	pub engine_error: i32,
	/// IORING_SETUP_* in force; 0 for threads.
	pub ring_setup_flags: u32,
	pub depth: u32,
	/// Pushed and not yet delivered; not_submitted included.
	pub in_flight: u32,
	/// Pushed, and not yet taken by the kernel.
	pub not_submitted: u32,
	pub devices: u32,
	pub buffers: u32,
	/// RINGLINE_TRAP_* of this kernel and engine.
	pub traps: u32,
	/// Of the queue itself.
	pub memory_bytes: u64,
	/// System calls made for submission and completion so far.
	pub enters: u64,
}

/// For ringline_device_open().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_device_options {
	pub struct_size: u32,
	pub flags: u32,
	/// Demanded namespace; 0: the node's own.
	pub nsid: u32,
	/// Simulated and null devices: 512 or 4096; 0: the image's.
	pub block_size: u32,
}

/// Why a call failed. Written on every failure, and only then; unlike a "last error" it belongs to the caller. Set struct_size: one of 0 is ignored.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_diagnosis {
	pub struct_size: u32,
	/// RINGLINE_RULE_*.
	pub rule: u32,
	/// The value that was, or would be, returned.
	pub error: i32,
	/// Of the field in the struct that was passed, when rule is ARGUMENT.
	pub offset: u32,
	pub given: u64,
	/// The limit.
	pub wanted: u64,
	/// One or two English sentences with the numbers in them and what to do, NUL-terminated.
	pub text: [c_char; 224],
}

/// From ringline_device_info_get(). Geometry as of the opening or the last ringline_device_refresh().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_device_info {
	pub struct_size: u32,
	/// RINGLINE_DEVICE_*.
	pub kind: u32,
	/// RINGLINE_OPEN_* in force.
	pub flags: u32,
	/// 0 for a controller.
	pub nsid: u32,
	/// Namespace size (NSZE).
	pub blocks: u64,
	/// NCAP.
	pub capacity_blocks: u64,
	/// Data bytes of a block.
	pub block_size: u32,
	/// Metadata bytes of a block.
	pub metadata_size: u32,
	/// One command, every limit applied.
	pub max_transfer_bytes: u32,
	/// RINGLINE_RULE_* that sets it.
	pub max_transfer_rule: u32,
	/// 0: no limit.
	pub mdts_bytes: u32,
	/// 0: unknown.
	pub max_hw_bytes: u32,
	/// 0: unknown.
	pub max_segments: u32,
	pub page_size: u32,
	/// CRDT 1 to 3.
	pub retry_delay_ms: [u32; 3],
	pub lba_format: u8,
	/// 1: extended LBAs.
	pub metadata_inline: u8,
	/// 0: none; 1 to 3.
	pub pi_type: u8,
	/// 1: PI is in the first bytes of the metadata.
	pub pi_first: u8,
	/// 0, 16, 32 or 64.
	pub guard_bits: u8,
	pub storage_tag_bits: u8,
	/// CSI: 0 NVM, 2 zoned.
	pub command_set: u8,
	/// 1: data needs Flush or FUA to survive a power cut.
	pub volatile_cache: u8,
	/// 1: a head that picks a path per command.
	pub multipath: u8,
	pub reserved0: [u8; 11],
	pub nguid: [u8; 16],
	pub eui64: [u8; 8],
	pub uuid: [u8; 16],
	/// NUL-terminated, blanks trimmed.
	pub serial: [c_char; 24],
	pub model: [c_char; 48],
	pub firmware: [c_char; 16],
	/// What was opened, such as "/dev/ng0n1".
	pub node: [c_char; 64],
	/// RINGLINE_CAN_*.
	pub commands: u32,
	/// 0: no limit.
	pub zone_max_open: u32,
	/// Blocks from zone to zone; 0: not zoned.
	pub zone_blocks: u64,
	/// 0: no limit.
	pub zone_max_active: u32,
	/// One Zone Append (ZASL, else as max_transfer_bytes).
	pub append_max_bytes: u32,
	/// One Verify (VSL), at most 65,536.
	pub verify_max_blocks: u64,
	/// One Write Zeroes (WZSL), at most 65,536.
	pub write_zeroes_max_blocks: u64,
	/// One Write Uncorrectable (WUSL), at most 65,536.
	pub write_uncorrectable_max_blocks: u64,
	/// All ranges of one Dataset Management (DMSL). 0: no limit.
	pub dataset_max_blocks: u64,
	/// DMRL, at most 256.
	pub dataset_max_ranges: u32,
	/// One range (DMRSL). 0: no limit.
	pub dataset_max_range_blocks: u32,
	/// All ranges of one Copy (MCL). 0: no limit known.
	pub copy_max_blocks: u32,
	/// MSRC as a count, 1 to 256.
	pub copy_max_ranges: u32,
	/// One range (MSSRL). 0: no limit known.
	pub copy_max_range_blocks: u32,
	/// Bit n: format n of the ranges.
	pub copy_formats: u16,
	/// 0: none.
	pub endurance_group: u16,
	/// FNA: bit 0 a format, bit 1 a secure erase hits every namespace; bit 2 cryptographic erase.
	pub format_attributes: u8,
	pub reserved1: [u8; 7],
}

/// One found device. Filled in an array, so frozen: 256 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_device_entry {
	pub kind: u32,
	pub nsid: u32,
	/// 0: not readable for this user.
	pub blocks: u64,
	pub block_size: u32,
	/// 0, or what opening it would give this user (-EACCES).
	pub access_error: i32,
	pub node: [c_char; 64],
	pub serial: [c_char; 24],
	pub model: [c_char; 48],
	pub firmware: [c_char; 16],
	pub reserved0: [u8; 80],
}

/// For ringline_buffer_create().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_buffer_options {
	pub struct_size: u32,
	/// Must be 0.
	pub flags: u32,
	/// Bytes; rounded up to pages when the library allocates.
	pub length: u64,
	/// 0: allocate. Else adopt this page-aligned memory, which must outlive the buffer.
	pub address: u64,
}

/// From ringline_buffer_info_get().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_buffer_info {
	pub struct_size: u32,
	/// Queues that hold it.
	pub attachments: u32,
	pub address: u64,
	pub length: u64,
	/// Of them, those that share one pinning; the others that pinned it did so each for itself (before Linux 6.18.3 all).
	pub sharing: u32,
	pub reserved0: u32,
}

/// For ringline_sim_create(). A limit of 0 is that of an ordinary device: none, but for Copy 128 ranges, 128 blocks in each and together. Limits of blocks in one command are powers of two of at least 8192 bytes, as Identify can say them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_sim_options {
	pub struct_size: u32,
	/// RINGLINE_SIM_*.
	pub flags: u32,
	/// At least 1; with zones a multiple of zone_blocks.
	pub blocks: u64,
	/// 512 or 4096; 0: 512.
	pub block_size: u32,
	/// A power of two, at least 8192; 0: 1 MiB.
	pub mdts_bytes: u32,
	/// Bytes of each block, a multiple of 4 up to 4096; 0: none.
	pub metadata_size: u32,
	/// Protection information: 1 to 3; 0: none. Needs 8 bytes of metadata, 16 with a longer guard.
	pub pi_type: u8,
	/// With pi_type 16, 32 or 64; 0: 16. Longer guards need blocks of 4096 bytes.
	pub guard_bits: u8,
	/// With pi_type: 16-bit guard 0 to 32, 32-bit 16 to 64, 64-bit 0 to 48.
	pub storage_tag_bits: u8,
	/// Must be 0.
	pub reserved0: u8,
	/// Blocks from zone to zone; 0: not zoned. At most 1,048,576 zones.
	pub zone_blocks: u64,
	/// Blocks of a zone that can be written; 0: zone_blocks.
	pub zone_capacity_blocks: u64,
	/// At most zone_max_active, if there is one. 0: no limit.
	pub zone_max_open: u32,
	/// 0: no limit.
	pub zone_max_active: u32,
	/// One Zone Append: a power of two, at least 8192; 0: as mdts_bytes.
	pub append_max_bytes: u32,
	/// One Verify.
	pub verify_max_blocks: u32,
	/// One Write Zeroes.
	pub write_zeroes_max_blocks: u32,
	/// One Write Uncorrectable.
	pub write_uncorrectable_max_blocks: u32,
	/// Of one Copy, at most 256.
	pub copy_max_ranges: u32,
	/// In one range, at most 65,535.
	pub copy_max_range_blocks: u32,
	/// In all of its ranges.
	pub copy_max_blocks: u32,
	/// Of one Dataset Management, at most 255.
	pub dataset_max_ranges: u32,
	/// In all of its ranges.
	pub dataset_max_blocks: u64,
	/// In one range.
	pub dataset_max_range_blocks: u32,
	/// Must be 0.
	pub reserved1: u32,
}

/// A fault. Rules are tried in the order in which they were set; the first that matches acts.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_fault_rule {
	pub struct_size: u32,
	/// RINGLINE_FAULT_ANY_OPCODE and so on.
	pub flags: u32,
	/// RINGLINE_FAULT_STATUS to _VANISH. 0 is refused.
	pub action: u32,
	pub opcode: u32,
	/// First block of the range.
	pub lba: u64,
	/// Length of the range; 0: the whole device, and commands without an LBA.
	pub blocks: u64,
	/// Let so many matches pass first.
	pub skip: u64,
	/// Act so many times; 0: always.
	pub repeat: u64,
	pub delay_ns: u64,
	pub hold: u32,
	pub error: i32,
	pub status: u16,
	pub reserved0: u16,
	pub reserved1: u32,
}

/// One field of a page. Cold: set struct_size.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_field {
	pub struct_size: u32,
	/// RINGLINE_FIELD_*.
	pub kind: u32,
	/// RINGLINE_UNIT_*.
	pub unit: u32,
	/// Byte in the page; in a list, of the first record's.
	pub offset: u32,
	/// Lowest bit, counted from bit 0 of that byte. Part of a wider field, if it is not alone there.
	pub bit: u32,
	/// Width. Of texts and bytes 8 times their length.
	pub bits: u32,
	/// 1: not in a list. 0: the list goes on to the end of the data.
	pub records: u32,
	/// Bytes from record to record.
	pub stride: u32,
	/// 1: NVMe's number is zero-based; ringline_page_value() gives the count, and 0 where NVMe's 0 means that there is none.
	pub bias: u32,
	pub reserved0: u32,
	/// Value x scale is in the unit. At least 1.
	pub scale: u64,
	/// Name of the list; empty if not in one.
	pub list: [c_char; 24],
	/// Lower case; alone in its page, or in its list.
	pub name: [c_char; 40],
	/// One line.
	pub text: [c_char; 128],
}

/// For ringline_identify().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_identify_options {
	pub struct_size: u32,
	/// As the page wants it; 0 for those of the controller.
	pub nsid: u32,
	/// Which page.
	pub cns: u8,
	/// Command set, of the pages that depend on one.
	pub csi: u8,
	/// CNTID, of the lists of controllers.
	pub controller: u16,
	/// CNS specific: endurance group, NVM set, domain, LBA format.
	pub specific: u16,
	/// 0 to 127.
	pub uuid_index: u8,
	pub reserved0: u8,
}

/// For ringline_log_read().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_log_options {
	pub struct_size: u32,
	/// RINGLINE_LOG_RETAIN.
	pub flags: u32,
	/// 0: RINGLINE_NSID_ALL, which is the controller.
	pub nsid: u32,
	/// Of each command; 0: driver's.
	pub timeout_ms: u32,
	/// Bytes, a multiple of 4; may be beyond 4 GiB.
	pub offset: u64,
	/// Which page.
	pub lid: u8,
	/// Log specific parameter, 0 to 127.
	pub lsp: u8,
	/// Log specific identifier, such as an endurance group.
	pub lsi: u16,
	/// Command set, of the pages that depend on one.
	pub csi: u8,
	/// 0 to 127.
	pub uuid_index: u8,
	pub reserved0: [u8; 2],
}

/// For ringline_feature_get() and ringline_feature_set().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_feature_options {
	pub struct_size: u32,
	/// RINGLINE_FEATURE_SAVE.
	pub flags: u32,
	/// 0 for a feature of the controller.
	pub nsid: u32,
	/// Feature specific: the value to set, or which one to get.
	pub cdw11: u32,
	/// Feature specific.
	pub cdw12: u32,
	/// Feature specific.
	pub cdw13: u32,
	/// Feature specific.
	pub cdw15: u32,
	/// 0: driver's.
	pub timeout_ms: u32,
	/// Which feature, not 0.
	pub fid: u8,
	/// RINGLINE_FEATURE_CURRENT to _CAPABILITIES; 0 when setting.
	pub sel: u8,
	/// 0 to 127.
	pub uuid_index: u8,
	pub reserved0: [u8; 5],
}

/// For ringline_format().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_format_options {
	pub struct_size: u32,
	/// RINGLINE_FORMAT_*.
	pub flags: u32,
	/// 0: the handle's own namespace. RINGLINE_NSID_ALL wants RINGLINE_FORMAT_ALL_NAMESPACES.
	pub nsid: u32,
	/// 0: ten minutes, as the driver's own would end in a reset while the device works.
	pub timeout_ms: u32,
	/// 0 to 63, an index into the list "lbafs" of Identify Namespace. There is no default but 0.
	pub lba_format: u8,
	/// 0: no protection information; 1 to 3.
	pub pi_type: u8,
	/// RINGLINE_ERASE_*.
	pub erase: u8,
	pub reserved0: [u8; 5],
}

/// For ringline_sanitize().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_sanitize_options {
	pub struct_size: u32,
	/// RINGLINE_SANITIZE_UNRESTRICTED and so on.
	pub flags: u32,
	/// RINGLINE_SANITIZE_EXIT_FAILURE to _CRYPTO_ERASE; 0 is refused.
	pub action: u32,
	/// Overwrite: 1 to 16. Else 0.
	pub passes: u32,
	/// Overwrite: what to write. Else 0.
	pub pattern: u32,
	/// Of the command, which only starts it; 0: driver's.
	pub timeout_ms: u32,
}

/// For ringline_transfer().
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_transfer_options {
	pub struct_size: u32,
	/// RINGLINE_NVME_READ, _WRITE, _COMPARE, _VERIFY, _WRITE_ZEROES, _WRITE_UNCORRECTABLE, _DATASET_MANAGEMENT or _COPY.
	pub opcode: u32,
	/// First block; of a Copy, of the destination.
	pub lba: u64,
	/// At least 1.
	pub blocks: u64,
	/// Copy: first block of the source, which may not overlap the destination. Else 0. With protection information, RINGLINE_PROTECTION_ACTION makes tags for the new place.
	pub source: u64,
	/// Data of Read, Write and Compare; else 0.
	pub address: u64,
	/// Bytes there; must equal blocks x what a block transfers.
	pub length: u64,
	/// Separate metadata, or 0.
	pub metadata_address: u64,
	/// Bytes there; must equal blocks x metadata size, or 0.
	pub metadata_length: u64,
	/// Of the first block, for protection types 2 and 3; type 1 has that of the LBA and 0 here.
	pub reference_tag: u64,
	pub storage_tag: u64,
	pub application_tag: u16,
	pub application_mask: u16,
	/// RINGLINE_FUA and so on, for each command.
	pub command_flags: u32,
	/// RINGLINE_TRANSFER_*.
	pub flags: u32,
	/// Dataset Management: RINGLINE_DATASET_*. Else 0.
	pub action: u32,
	/// Commands at once, at most the queue's depth; 0: 32.
	pub in_flight: u32,
	/// Of one command; 0: as many as the device takes.
	pub max_blocks: u32,
	/// How often one command may be sent again, at most 100; 0: never. See ringline_transfer().
	pub retries: u32,
	/// See ringline_nvme_command::timeout_ms.
	pub timeout_ms: u32,
	/// Room for events_max ::ringline_transfer_event, 8-byte aligned; or 0: none are kept. For traces.
	pub events_address: u64,
	/// Room there; 0 without events_address.
	pub events_max: u32,
	/// Must be 0.
	pub reserved0: u32,
}

/// One range that failed. 48 bytes, frozen.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_transfer_failure {
	pub lba: u64,
	pub blocks: u64,
	/// As in ringline_completion, like the next three.
	pub result: u64,
	pub error: i32,
	pub status: u16,
	pub flags: u16,
	/// How often it was sent, at least 1; 0: it was refused before.
	pub attempts: u32,
	pub reserved0: u32,
	pub reserved1: u64,
}

/// One thing that happened to one command of a transfer, in the order in which they did. 64 bytes, frozen.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_transfer_event {
	/// CLOCK_MONOTONIC.
	pub time_ns: u64,
	/// First block of the command; of a Copy, of the destination.
	pub lba: u64,
	/// Of the command.
	pub blocks: u64,
	/// As in ringline_completion, like `error`, `status` and `flags`.
	pub result: u64,
	/// Which of this call's commands, from 0, retries included; the same in both of its events.
	pub command: u32,
	/// RINGLINE_TRANSFER_PUSHED or RINGLINE_TRANSFER_COMPLETED.
	pub kind: u32,
	pub error: i32,
	pub status: u16,
	pub flags: u16,
	pub reserved0: u64,
	pub reserved1: u64,
}

/// What ringline_transfer() did.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ringline_transfer_result {
	pub struct_size: u32,
	/// 1: a signal or ringline_queue_wakeup() ended it early.
	pub interrupted: u32,
	/// Every block before it is done or reported as failed. lba + blocks: that is all of it.
	pub next_lba: u64,
	/// Blocks that are done, all together; also behind next_lba.
	pub done_blocks: u64,
	/// Sent, retries included.
	pub commands: u64,
	/// Of them, retries.
	pub retried: u64,
	/// How many there were, which may be more than events_max; only that many were written. 0 without room for any.
	pub events: u64,
}

// Each byte has its own number, so the bytes of a field tell where it is; `transmute` refuses another size. (`offset_of!` came
// with Rust 1.77.) Only constants use it, which the compiler of 1.63 takes for no use.
#[allow(dead_code)]
const fn numbered<const SIZE: usize>(shift: u32) -> [u8; SIZE] {
	let mut bytes = [0; SIZE];
	let mut index = 0;
	while index < SIZE {
		bytes[index] = (index >> shift) as u8;
		index += 1;
	}
	bytes
}

#[repr(C)]
#[allow(dead_code)]
struct Bytes<const SIZE: usize>([u8; SIZE]);

macro_rules! layout {
	($name:ident, $size:literal, $align:literal, $($field:ident: $offset:literal, $bytes:literal;)*) => {
		const _: () = {
			assert!(size_of::<$name>() == $size, stringify!($name is not as large as in C));
			assert!(align_of::<$name>() == $align, stringify!($name is not aligned as in C));
			// SAFETY: every field is an integer, or made of them.
			let (low, high) = unsafe {
				(transmute::<[u8; $size], $name>(numbered(0)), transmute::<[u8; $size], $name>(numbered(8)))
			};
			$(
				// SAFETY: as above.
				let place = unsafe {
					transmute::<_, Bytes<$bytes>>(low.$field).0[0] as usize
						+ transmute::<_, Bytes<$bytes>>(high.$field).0[0] as usize * 256
				};
				assert!(place == $offset, stringify!($name::$field is not where C has it));
			)*
		};

		impl $name {
			/// All zeros.
			#[inline]
			pub fn zeroed() -> Self {
				// SAFETY: every field is an integer, or made of them.
				unsafe { MaybeUninit::zeroed().assume_init() }
			}
		}
	};
}

layout! {
	ringline_nvme_command, 72, 8,
	opcode: 0, 1;
	flags: 1, 1;
	reserved0: 2, 2;
	nsid: 4, 4;
	cdw2: 8, 4;
	cdw3: 12, 4;
	metadata: 16, 8;
	address: 24, 8;
	metadata_length: 32, 4;
	data_length: 36, 4;
	cdw10: 40, 4;
	cdw11: 44, 4;
	cdw12: 48, 4;
	cdw13: 52, 4;
	cdw14: 56, 4;
	cdw15: 60, 4;
	timeout_ms: 64, 4;
	reserved1: 68, 4;
}
impl Default for ringline_nvme_command {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_range, 32, 8,
	lba: 0, 8;
	reference_tag: 8, 8;
	blocks: 16, 4;
	attributes: 20, 4;
	application_tag: 24, 2;
	application_mask: 26, 2;
	nsid: 28, 4;
}
impl Default for ringline_range {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_status_info, 16, 4,
	struct_size: 0, 4;
	status: 4, 2;
	sct: 6, 1;
	sc: 7, 1;
	crd: 8, 1;
	more: 9, 1;
	dnr: 10, 1;
	retry: 11, 1;
	reserved0: 12, 4;
}
impl Default for ringline_status_info {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 16, ..Self::zeroed() }
	}
}
layout! {
	ringline_protection, 40, 8,
	struct_size: 0, 4;
	block_size: 4, 4;
	metadata_size: 8, 4;
	metadata_inline: 12, 1;
	pi_type: 13, 1;
	pi_first: 14, 1;
	guard_bits: 15, 1;
	storage_tag_bits: 16, 1;
	reserved0: 17, 1;
	application_tag: 18, 2;
	application_mask: 20, 2;
	flags: 22, 2;
	reference_tag: 24, 8;
	storage_tag: 32, 8;
}
impl Default for ringline_protection {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 40, ..Self::zeroed() }
	}
}
layout! {
	ringline_protection_error, 32, 8,
	struct_size: 0, 4;
	block: 4, 4;
	check: 8, 2;
	status: 10, 2;
	reserved0: 12, 4;
	given: 16, 8;
	wanted: 24, 8;
}
impl Default for ringline_protection_error {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 32, ..Self::zeroed() }
	}
}
layout! {
	ringline_device, 8, 8,
	value: 0, 8;
}
impl Default for ringline_device {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_buffer, 8, 8,
	value: 0, 8;
}
impl Default for ringline_buffer {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_segment, 16, 8,
	address: 0, 8;
	length: 8, 8;
}
impl Default for ringline_segment {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_command, 64, 8,
	user_data: 0, 8;
	device: 8, 8;
	lba: 16, 8;
	address: 24, 8;
	metadata_address: 32, 8;
	length: 40, 4;
	metadata_length: 44, 4;
	blocks: 48, 4;
	timeout_ms: 52, 4;
	opcode: 56, 1;
	action: 57, 1;
	flags: 58, 2;
	segments: 60, 2;
	placement: 62, 2;
}
impl Default for ringline_command {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_command_extended, 128, 8,
	base: 0, 64;
	reference_tag: 64, 8;
	storage_tag: 72, 8;
	application_tag: 80, 2;
	application_mask: 82, 2;
	access_hints: 84, 1;
	reserved0: 85, 3;
	reserved1: 88, 40;
}
impl Default for ringline_command_extended {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_raw_command, 96, 8,
	user_data: 0, 8;
	device: 8, 8;
	flags: 16, 4;
	reserved0: 20, 4;
	command: 24, 72;
}
impl Default for ringline_raw_command {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_completion, 32, 8,
	user_data: 0, 8;
	result: 8, 8;
	device: 16, 8;
	error: 24, 4;
	status: 28, 2;
	flags: 30, 2;
}
impl Default for ringline_completion {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_queue_options, 40, 4,
	struct_size: 0, 4;
	flags: 4, 4;
	engine: 8, 4;
	depth: 12, 4;
	max_devices: 16, 4;
	max_buffers: 20, 4;
	workers: 24, 4;
	sqpoll_cpu: 28, 4;
	sqpoll_idle_ms: 32, 4;
	reserved0: 36, 4;
}
impl Default for ringline_queue_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 40, ..Self::zeroed() }
	}
}
layout! {
	ringline_queue_info, 64, 8,
	struct_size: 0, 4;
	flags: 4, 4;
	engine: 8, 4;
	engine_reason: 12, 4;
	engine_error: 16, 4;
	ring_setup_flags: 20, 4;
	depth: 24, 4;
	in_flight: 28, 4;
	not_submitted: 32, 4;
	devices: 36, 4;
	buffers: 40, 4;
	traps: 44, 4;
	memory_bytes: 48, 8;
	enters: 56, 8;
}
impl Default for ringline_queue_info {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 64, ..Self::zeroed() }
	}
}
layout! {
	ringline_device_options, 16, 4,
	struct_size: 0, 4;
	flags: 4, 4;
	nsid: 8, 4;
	block_size: 12, 4;
}
impl Default for ringline_device_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 16, ..Self::zeroed() }
	}
}
layout! {
	ringline_diagnosis, 256, 8,
	struct_size: 0, 4;
	rule: 4, 4;
	error: 8, 4;
	offset: 12, 4;
	given: 16, 8;
	wanted: 24, 8;
	text: 32, 224;
}
impl Default for ringline_diagnosis {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 256, ..Self::zeroed() }
	}
}
layout! {
	ringline_device_info, 376, 8,
	struct_size: 0, 4;
	kind: 4, 4;
	flags: 8, 4;
	nsid: 12, 4;
	blocks: 16, 8;
	capacity_blocks: 24, 8;
	block_size: 32, 4;
	metadata_size: 36, 4;
	max_transfer_bytes: 40, 4;
	max_transfer_rule: 44, 4;
	mdts_bytes: 48, 4;
	max_hw_bytes: 52, 4;
	max_segments: 56, 4;
	page_size: 60, 4;
	retry_delay_ms: 64, 12;
	lba_format: 76, 1;
	metadata_inline: 77, 1;
	pi_type: 78, 1;
	pi_first: 79, 1;
	guard_bits: 80, 1;
	storage_tag_bits: 81, 1;
	command_set: 82, 1;
	volatile_cache: 83, 1;
	multipath: 84, 1;
	reserved0: 85, 11;
	nguid: 96, 16;
	eui64: 112, 8;
	uuid: 120, 16;
	serial: 136, 24;
	model: 160, 48;
	firmware: 208, 16;
	node: 224, 64;
	commands: 288, 4;
	zone_max_open: 292, 4;
	zone_blocks: 296, 8;
	zone_max_active: 304, 4;
	append_max_bytes: 308, 4;
	verify_max_blocks: 312, 8;
	write_zeroes_max_blocks: 320, 8;
	write_uncorrectable_max_blocks: 328, 8;
	dataset_max_blocks: 336, 8;
	dataset_max_ranges: 344, 4;
	dataset_max_range_blocks: 348, 4;
	copy_max_blocks: 352, 4;
	copy_max_ranges: 356, 4;
	copy_max_range_blocks: 360, 4;
	copy_formats: 364, 2;
	endurance_group: 366, 2;
	format_attributes: 368, 1;
	reserved1: 369, 7;
}
impl Default for ringline_device_info {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 376, ..Self::zeroed() }
	}
}
layout! {
	ringline_device_entry, 256, 8,
	kind: 0, 4;
	nsid: 4, 4;
	blocks: 8, 8;
	block_size: 16, 4;
	access_error: 20, 4;
	node: 24, 64;
	serial: 88, 24;
	model: 112, 48;
	firmware: 160, 16;
	reserved0: 176, 80;
}
impl Default for ringline_device_entry {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_buffer_options, 24, 8,
	struct_size: 0, 4;
	flags: 4, 4;
	length: 8, 8;
	address: 16, 8;
}
impl Default for ringline_buffer_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 24, ..Self::zeroed() }
	}
}
layout! {
	ringline_buffer_info, 32, 8,
	struct_size: 0, 4;
	attachments: 4, 4;
	address: 8, 8;
	length: 16, 8;
	sharing: 24, 4;
	reserved0: 28, 4;
}
impl Default for ringline_buffer_info {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 32, ..Self::zeroed() }
	}
}
layout! {
	ringline_sim_options, 104, 8,
	struct_size: 0, 4;
	flags: 4, 4;
	blocks: 8, 8;
	block_size: 16, 4;
	mdts_bytes: 20, 4;
	metadata_size: 24, 4;
	pi_type: 28, 1;
	guard_bits: 29, 1;
	storage_tag_bits: 30, 1;
	reserved0: 31, 1;
	zone_blocks: 32, 8;
	zone_capacity_blocks: 40, 8;
	zone_max_open: 48, 4;
	zone_max_active: 52, 4;
	append_max_bytes: 56, 4;
	verify_max_blocks: 60, 4;
	write_zeroes_max_blocks: 64, 4;
	write_uncorrectable_max_blocks: 68, 4;
	copy_max_ranges: 72, 4;
	copy_max_range_blocks: 76, 4;
	copy_max_blocks: 80, 4;
	dataset_max_ranges: 84, 4;
	dataset_max_blocks: 88, 8;
	dataset_max_range_blocks: 96, 4;
	reserved1: 100, 4;
}
impl Default for ringline_sim_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 104, ..Self::zeroed() }
	}
}
layout! {
	ringline_fault_rule, 72, 8,
	struct_size: 0, 4;
	flags: 4, 4;
	action: 8, 4;
	opcode: 12, 4;
	lba: 16, 8;
	blocks: 24, 8;
	skip: 32, 8;
	repeat: 40, 8;
	delay_ns: 48, 8;
	hold: 56, 4;
	error: 60, 4;
	status: 64, 2;
	reserved0: 66, 2;
	reserved1: 68, 4;
}
impl Default for ringline_fault_rule {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 72, ..Self::zeroed() }
	}
}
layout! {
	ringline_field, 240, 8,
	struct_size: 0, 4;
	kind: 4, 4;
	unit: 8, 4;
	offset: 12, 4;
	bit: 16, 4;
	bits: 20, 4;
	records: 24, 4;
	stride: 28, 4;
	bias: 32, 4;
	reserved0: 36, 4;
	scale: 40, 8;
	list: 48, 24;
	name: 72, 40;
	text: 112, 128;
}
impl Default for ringline_field {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 240, ..Self::zeroed() }
	}
}
layout! {
	ringline_identify_options, 16, 4,
	struct_size: 0, 4;
	nsid: 4, 4;
	cns: 8, 1;
	csi: 9, 1;
	controller: 10, 2;
	specific: 12, 2;
	uuid_index: 14, 1;
	reserved0: 15, 1;
}
impl Default for ringline_identify_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 16, ..Self::zeroed() }
	}
}
layout! {
	ringline_log_options, 32, 8,
	struct_size: 0, 4;
	flags: 4, 4;
	nsid: 8, 4;
	timeout_ms: 12, 4;
	offset: 16, 8;
	lid: 24, 1;
	lsp: 25, 1;
	lsi: 26, 2;
	csi: 28, 1;
	uuid_index: 29, 1;
	reserved0: 30, 2;
}
impl Default for ringline_log_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 32, ..Self::zeroed() }
	}
}
layout! {
	ringline_feature_options, 40, 4,
	struct_size: 0, 4;
	flags: 4, 4;
	nsid: 8, 4;
	cdw11: 12, 4;
	cdw12: 16, 4;
	cdw13: 20, 4;
	cdw15: 24, 4;
	timeout_ms: 28, 4;
	fid: 32, 1;
	sel: 33, 1;
	uuid_index: 34, 1;
	reserved0: 35, 5;
}
impl Default for ringline_feature_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 40, ..Self::zeroed() }
	}
}
layout! {
	ringline_format_options, 24, 4,
	struct_size: 0, 4;
	flags: 4, 4;
	nsid: 8, 4;
	timeout_ms: 12, 4;
	lba_format: 16, 1;
	pi_type: 17, 1;
	erase: 18, 1;
	reserved0: 19, 5;
}
impl Default for ringline_format_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 24, ..Self::zeroed() }
	}
}
layout! {
	ringline_sanitize_options, 24, 4,
	struct_size: 0, 4;
	flags: 4, 4;
	action: 8, 4;
	passes: 12, 4;
	pattern: 16, 4;
	timeout_ms: 20, 4;
}
impl Default for ringline_sanitize_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 24, ..Self::zeroed() }
	}
}
layout! {
	ringline_transfer_options, 128, 8,
	struct_size: 0, 4;
	opcode: 4, 4;
	lba: 8, 8;
	blocks: 16, 8;
	source: 24, 8;
	address: 32, 8;
	length: 40, 8;
	metadata_address: 48, 8;
	metadata_length: 56, 8;
	reference_tag: 64, 8;
	storage_tag: 72, 8;
	application_tag: 80, 2;
	application_mask: 82, 2;
	command_flags: 84, 4;
	flags: 88, 4;
	action: 92, 4;
	in_flight: 96, 4;
	max_blocks: 100, 4;
	retries: 104, 4;
	timeout_ms: 108, 4;
	events_address: 112, 8;
	events_max: 120, 4;
	reserved0: 124, 4;
}
impl Default for ringline_transfer_options {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 128, ..Self::zeroed() }
	}
}
layout! {
	ringline_transfer_failure, 48, 8,
	lba: 0, 8;
	blocks: 8, 8;
	result: 16, 8;
	error: 24, 4;
	status: 28, 2;
	flags: 30, 2;
	attempts: 32, 4;
	reserved0: 36, 4;
	reserved1: 40, 8;
}
impl Default for ringline_transfer_failure {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_transfer_event, 64, 8,
	time_ns: 0, 8;
	lba: 8, 8;
	blocks: 16, 8;
	result: 24, 8;
	command: 32, 4;
	kind: 36, 4;
	error: 40, 4;
	status: 44, 2;
	flags: 46, 2;
	reserved0: 48, 8;
	reserved1: 56, 8;
}
impl Default for ringline_transfer_event {
	#[inline]
	fn default() -> Self {
		Self::zeroed()
	}
}
layout! {
	ringline_transfer_result, 48, 8,
	struct_size: 0, 4;
	interrupted: 4, 4;
	next_lba: 8, 8;
	done_blocks: 16, 8;
	commands: 24, 8;
	retried: 32, 8;
	events: 40, 8;
}
impl Default for ringline_transfer_result {
	/// Zeros, which are the defaults, and its own size.
	#[inline]
	fn default() -> Self {
		Self { struct_size: 48, ..Self::zeroed() }
	}
}

extern "C" {
	/// Builds Read.
	pub fn ringline_nvme_read(command: *mut ringline_nvme_command, nsid: u32, lba: u64, blocks: u32, address: u64, length: u32) -> i32;
	/// Builds Write.
	pub fn ringline_nvme_write(command: *mut ringline_nvme_command, nsid: u32, lba: u64, blocks: u32, address: u64, length: u32) -> i32;
	/// Builds Flush.
	pub fn ringline_nvme_flush(command: *mut ringline_nvme_command, nsid: u32) -> i32;
	/// Writes the 80 bytes of a big submission entry's command area: the 72 bytes, then 8 zeros.
	pub fn ringline_nvme_serialise(command: *const ringline_nvme_command, bytes: *mut u8) -> i32;
	/// Writes ranges as Dataset Management takes them: 16 bytes each.
	pub fn ringline_nvme_dataset_ranges(ranges: *const ringline_range, count: u32, data: *mut c_void, length: u32) -> i32;
	/// Writes source ranges as Copy takes them: 32 bytes each in formats 0 and 2, 40 in formats 1 and 3.
	pub fn ringline_nvme_copy_ranges(ranges: *const ringline_range, count: u32, format: u32, data: *mut c_void, length: u32) -> i32;
	/// Takes any status word apart. Unknown and vendor codes are valid input.
	pub fn ringline_status_decode(status: u16, info: *mut ringline_status_info) -> i32;
	/// Short name, such as "unrecovered-read-error"; "unknown" if there is none.
	pub fn ringline_status_name(status: u16, opcode: i32) -> *const c_char;
	/// One sentence.
	pub fn ringline_status_text(status: u16, opcode: i32) -> *const c_char;
	/// Writes the PI field of each block, ready for a Write with PRACT 0.
	pub fn ringline_protection_generate(protection: *const ringline_protection, blocks: u32, data: *mut c_void, data_length: u64, metadata: *mut c_void, metadata_length: u64) -> i32;
	/// Checks the PI field of each block as a device would, up to the first that is wrong.
	pub fn ringline_protection_verify(protection: *const ringline_protection, blocks: u32, data: *const c_void, data_length: u64, metadata: *const c_void, metadata_length: u64, error: *mut ringline_protection_error) -> i32;
	/// The guard of some bytes, alone or behind others: it can be worked out piece by piece.
	pub fn ringline_guard(bits: u32, before: u64, data: *const c_void, length: u64, guard: *mut u64) -> i32;
	/// Version of the library that runs.
	pub fn ringline_version() -> u32;
	/// Name, such as "EAGAIN".
	pub fn ringline_error_name(error: i32) -> *const c_char;
	/// What this errno means in this library, one sentence.
	pub fn ringline_error_text(error: i32) -> *const c_char;
	/// Opens a device.
	pub fn ringline_device_open(path: *const c_char, options: *const ringline_device_options, diagnosis: *mut ringline_diagnosis, device: *mut ringline_device) -> i32;
	/// Closes a device. The handle is stale at once, on every queue; commands in flight finish, and their completions arrive.
	pub fn ringline_device_close(device: ringline_device) -> i32;
	/// Tells geometry, limits and identity.
	pub fn ringline_device_info_get(device: ringline_device, info: *mut ringline_device_info) -> i32;
	/// Tells how a namespace protects its blocks, for ringline_protection_generate() and ringline_protection_verify().
	pub fn ringline_protection_of(info: *const ringline_device_info, protection: *mut ringline_protection) -> i32;
	/// Reads geometry and limits again: needed after a format or resize, before which lengths are proved against old facts.
	pub fn ringline_device_refresh(device: ringline_device) -> i32;
	/// Lists the NVMe namespaces and controllers of this machine. Opens nothing for writing, sends no command.
	pub fn ringline_device_list(entries: *mut ringline_device_entry, max: u32) -> i32;
	/// Runs one admin command and waits for it.
	pub fn ringline_device_admin(device: ringline_device, command: *const ringline_nvme_command, completion: *mut ringline_completion) -> i32;
	/// Creates a queue.
	pub fn ringline_queue_create(options: *const ringline_queue_options, diagnosis: *mut ringline_diagnosis, queue: *mut *mut ringline_queue) -> i32;
	/// Waits until the device has let go of all memory, then frees the queue. Completions not yet taken are dropped.
	pub fn ringline_queue_destroy(queue: *mut ringline_queue) -> i32;
	/// Tells what runs, why, and how full it is.
	pub fn ringline_queue_info_get(queue: *const ringline_queue, info: *mut ringline_queue_info) -> i32;
	/// Attaches a device: commands may name it on this queue from now on.
	pub fn ringline_queue_attach(queue: *mut ringline_queue, device: ringline_device) -> i32;
	/// Detaches a device.
	pub fn ringline_queue_detach(queue: *mut ringline_queue, device: ringline_device) -> i32;
	/// Gives an fd (an eventfd, non-blocking, made at the first call) for epoll, netpollers and event loops.
	pub fn ringline_queue_fd(queue: *mut ringline_queue) -> i32;
	/// Makes the running wait, or else the next one, return early with what it has. Several calls may count as one.
	pub fn ringline_queue_wakeup(queue: *mut ringline_queue) -> i32;
	/// Tells which commands were pushed longer ago than a given time, and are in flight. A question: nothing happens to them, and their completions arrive as ever. What to do about them is the caller's: wait, or give up the drive.
	pub fn ringline_queue_overdue(queue: *mut ringline_queue, older_than_ns: u64, user_data: *mut u64, max: u32) -> i32;
	/// Cancels what the device does not have yet, of all commands with this user_data.
	pub fn ringline_cancel(queue: *mut ringline_queue, user_data: u64) -> i32;
	/// Makes a buffer, or adopts the caller's memory as one.
	pub fn ringline_buffer_create(options: *const ringline_buffer_options, buffer: *mut ringline_buffer) -> i32;
	/// Frees a buffer (adopted memory is only let go of).
	pub fn ringline_buffer_free(buffer: ringline_buffer) -> i32;
	/// Address and length.
	pub fn ringline_buffer_info_get(buffer: ringline_buffer, info: *mut ringline_buffer_info) -> i32;
	/// Attaches a buffer to a queue, and pins it there if the engine can.
	pub fn ringline_queue_attach_buffer(queue: *mut ringline_queue, buffer: ringline_buffer) -> i32;
	/// Detaches a buffer.
	pub fn ringline_queue_detach_buffer(queue: *mut ringline_queue, buffer: ringline_buffer) -> i32;
	/// Pushes Read.
	pub fn ringline_read(queue: *mut ringline_queue, device: ringline_device, lba: u64, blocks: u32, buffer: *mut c_void, length: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes Write.
	pub fn ringline_write(queue: *mut ringline_queue, device: ringline_device, lba: u64, blocks: u32, buffer: *const c_void, length: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes Flush. It covers only writes whose completions were taken before it was submitted.
	pub fn ringline_flush(queue: *mut ringline_queue, device: ringline_device, user_data: u64) -> i32;
	/// Pushes Compare: the device compares its blocks with the memory. Status 2/85h (0x285): they differ.
	pub fn ringline_compare(queue: *mut ringline_queue, device: ringline_device, lba: u64, blocks: u32, buffer: *const c_void, length: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes Write Zeroes: the blocks read as zeros, without a transfer.
	pub fn ringline_write_zeroes(queue: *mut ringline_queue, device: ringline_device, lba: u64, blocks: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes Verify: the device reads the blocks and checks them, without a transfer.
	pub fn ringline_verify(queue: *mut ringline_queue, device: ringline_device, lba: u64, blocks: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes Write Uncorrectable: reads of the blocks fail (2/81h) until they are written again. For tests of what reads.
	pub fn ringline_write_uncorrectable(queue: *mut ringline_queue, device: ringline_device, lba: u64, blocks: u32, user_data: u64) -> i32;
	/// Pushes Dataset Management. What deallocated blocks read as is the device's choice until they are written.
	pub fn ringline_dataset_management(queue: *mut ringline_queue, device: ringline_device, ranges: *const c_void, length: u32, action: u32, user_data: u64) -> i32;
	/// Pushes Copy: blocks of the namespace, moved by the device itself. If the device fails it, the completion's result is the number of the first range that was not copied, from 0, where a device says so at all; what lies at its destination and behind is then undefined.
	pub fn ringline_copy(queue: *mut ringline_queue, device: ringline_device, lba: u64, ranges: *const c_void, length: u32, format: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes Zone Append: writes at the zone's write pointer. The completion's result is the LBA of the first block written.
	pub fn ringline_zone_append(queue: *mut ringline_queue, device: ringline_device, zone: u64, blocks: u32, buffer: *const c_void, length: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes Zone Management Send: opens, closes, finishes, resets a zone or takes it offline.
	pub fn ringline_zone_manage(queue: *mut ringline_queue, device: ringline_device, zone: u64, action: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes Zone Management Receive: a report of zones, from the one that has lba on.
	pub fn ringline_zone_report(queue: *mut ringline_queue, device: ringline_device, lba: u64, buffer: *mut c_void, length: u32, which: u32, flags: u32, user_data: u64) -> i32;
	/// Pushes commands with tags and hints. The array is the caller's again on return; the memory that it names is not.
	pub fn ringline_push_extended(queue: *mut ringline_queue, commands: *const ringline_command_extended, count: u32) -> i32;
	/// Pushes many commands. The array is the caller's again on return; the memory that it names is not.
	pub fn ringline_push(queue: *mut ringline_queue, commands: *const ringline_command, count: u32) -> i32;
	/// Pushes raw commands, unchecked. A wrong data_length lets the device overwrite memory.
	pub fn ringline_push_raw(queue: *mut ringline_queue, commands: *const ringline_raw_command, count: u32) -> i32;
	/// Says which rule a command breaks, without pushing it. It knows no queue: that a movable one wants dword-aligned addresses on a real device is the one rule that it does not see.
	pub fn ringline_explain(command: *const ringline_command, diagnosis: *mut ringline_diagnosis) -> i32;
	/// Says why a raw command would be refused, without pushing it. It knows no queue either.
	pub fn ringline_explain_raw(command: *const ringline_raw_command, diagnosis: *mut ringline_diagnosis) -> i32;
	/// Proves a command and says what would be sent for it, without pushing it: for dry runs, traces and raw commands to start from.
	pub fn ringline_encode(command: *const ringline_command_extended, wire: *mut ringline_nvme_command, diagnosis: *mut ringline_diagnosis) -> i32;
	/// Hands pushed commands to the kernel: at most one system call. What it could not take stays pushed and goes next time.
	pub fn ringline_submit(queue: *mut ringline_queue) -> i32;
	/// Takes completions that are there. Never blocks; does not submit.
	pub fn ringline_poll(queue: *mut ringline_queue, completions: *mut ringline_completion, max: u32) -> i32;
	/// Takes completions, waiting for at least min. Does not submit.
	pub fn ringline_wait(queue: *mut ringline_queue, completions: *mut ringline_completion, max: u32, min: u32, timeout_ns: i64) -> i32;
	/// ringline_submit() and ringline_wait() in one system call. Negative only if nothing was submitted and none taken.
	pub fn ringline_submit_and_wait(queue: *mut ringline_queue, completions: *mut ringline_completion, max: u32, min: u32, timeout_ns: i64) -> i32;
	/// ringline_push() and ringline_submit_and_wait() in one call: for languages in which a call is dear.
	pub fn ringline_exchange(queue: *mut ringline_queue, commands: *const ringline_command, count: u32, taken: *mut u32, completions: *mut ringline_completion, max: u32, min: u32, timeout_ns: i64) -> i32;
	/// Creates an image: a sparse file of blocks x block size, data from offset 0, and beside it "PATH.ringline" with the geometry.
	pub fn ringline_sim_create(path: *const c_char, options: *const ringline_sim_options) -> i32;
	/// Sets a fault rule, for commands pushed from now on, on every queue.
	pub fn ringline_sim_fault_set(device: ringline_device, rule: *const ringline_fault_rule) -> i32;
	/// Removes a rule, or all. Commands that it holds back go on.
	pub fn ringline_sim_fault_clear(device: ringline_device, rule: u32) -> i32;
	/// Name of a page, such as "identify-controller".
	pub fn ringline_page_name(page: u32) -> *const c_char;
	/// How many bytes of a page its fields need, lists without an end not counted.
	pub fn ringline_page_length(page: u32) -> i32;
	/// Tells about one field. Fields come in the order of their places; lists have their records' fields one after the other.
	pub fn ringline_page_field(page: u32, index: u32, field: *mut ringline_field) -> i32;
	/// Reads one field out of a page, as the count where NVMe's number is zero-based; not scaled. Texts and bytes are at their offset.
	pub fn ringline_page_value(page: u32, index: u32, record: u32, data: *const u8, length: u32, low: *mut u64, high: *mut u64) -> i32;
	/// Short name of a unit, such as "ms"; "" for none and unknown ones.
	pub fn ringline_unit_name(unit: u32) -> *const c_char;
	/// Builds Identify.
	pub fn ringline_nvme_identify(command: *mut ringline_nvme_command, options: *const ringline_identify_options, address: u64) -> i32;
	/// Builds one Get Log Page.
	pub fn ringline_nvme_log_read(command: *mut ringline_nvme_command, options: *const ringline_log_options, address: u64, length: u32) -> i32;
	/// Builds Get Features.
	pub fn ringline_nvme_feature_get(command: *mut ringline_nvme_command, options: *const ringline_feature_options, address: u64, length: u32) -> i32;
	/// Builds Set Features.
	pub fn ringline_nvme_feature_set(command: *mut ringline_nvme_command, options: *const ringline_feature_options, address: u64, length: u32) -> i32;
	/// Builds Format NVM.
	pub fn ringline_nvme_format(command: *mut ringline_nvme_command, options: *const ringline_format_options) -> i32;
	/// Builds Sanitize.
	pub fn ringline_nvme_sanitize(command: *mut ringline_nvme_command, options: *const ringline_sanitize_options) -> i32;
	/// Builds Device Self-test.
	pub fn ringline_nvme_self_test(command: *mut ringline_nvme_command, nsid: u32, code: u32) -> i32;
	/// Reads an Identify page.
	pub fn ringline_identify(device: ringline_device, options: *const ringline_identify_options, data: *mut c_void, length: u32, completion: *mut ringline_completion) -> i32;
	/// Reads any part of a log page, in order, by commands of at most RINGLINE_LOG_COMMAND_BYTES.
	pub fn ringline_log_read(device: ringline_device, options: *const ringline_log_options, data: *mut c_void, length: u32, completion: *mut ringline_completion) -> i32;
	/// Gets a feature. Its value is the completion's result (dword 0), and for some features the data.
	pub fn ringline_feature_get(device: ringline_device, options: *const ringline_feature_options, data: *mut c_void, length: u32, completion: *mut ringline_completion) -> i32;
	/// Sets a feature.
	pub fn ringline_feature_set(device: ringline_device, options: *const ringline_feature_options, data: *const c_void, length: u32, completion: *mut ringline_completion) -> i32;
	/// Formats a namespace: all its data is gone, in the whole of it, with the block size that the format has.
	pub fn ringline_format(device: ringline_device, options: *const ringline_format_options, completion: *mut ringline_completion) -> i32;
	/// Starts a sanitize, which goes on in the background and reaches every namespace of the whole NVM subsystem. The log 81h tells how far it is.
	pub fn ringline_sanitize(device: ringline_device, options: *const ringline_sanitize_options, completion: *mut ringline_completion) -> i32;
	/// Starts a self-test, which goes on in the background, or aborts the one that runs. The log 06h tells what it found.
	pub fn ringline_self_test(device: ringline_device, nsid: u32, code: u32, completion: *mut ringline_completion) -> i32;
	/// Attaches a namespace to controllers of its NVM subsystem.
	pub fn ringline_namespace_attach(device: ringline_device, nsid: u32, controllers: *const u16, count: u32, completion: *mut ringline_completion) -> i32;
	/// Detaches a namespace from controllers: their nodes of it go away.
	pub fn ringline_namespace_detach(device: ringline_device, nsid: u32, controllers: *const u16, count: u32, completion: *mut ringline_completion) -> i32;
	/// Does a range of any length with as many commands as it takes, and waits for all of them.
	pub fn ringline_transfer(queue: *mut ringline_queue, device: ringline_device, options: *const ringline_transfer_options, failures: *mut ringline_transfer_failure, max: u32, result: *mut ringline_transfer_result, diagnosis: *mut ringline_diagnosis) -> i32;
	/// Tells one command of a ringline_transfer(), and sends nothing: what a dry run shows.
	pub fn ringline_transfer_preview(device: ringline_device, options: *const ringline_transfer_options, lba: u64, command: *mut ringline_nvme_command, next_lba: *mut u64, diagnosis: *mut ringline_diagnosis) -> i32;
}
