/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file ringline.h
 * @brief Kernel NVMe passthrough over io_uring.
 *
 * Open a *device*, create a *queue*, attach the one to the other. *Push* commands, *submit* them, *wait* for
 * *completions*. Between push and completion the command's memory belongs to the library.
 *
 * Conventions. They hold for every function below unless its comment says otherwise.
 *  1. Functions that can fail return int32_t: >= 0 a count, 0 or an fd; < 0 a negative errno about the CALL. What became of a
 *     COMMAND is only ever in its completion. errno is neither read nor set.
 *  2. Outputs are written only on success. (Exceptions: ::ringline_diagnosis and ::ringline_protection_error are written only on failure.)
 *  3. In a completion `error` (errno: never reached the device, or its answer was lost) and `status` (NVMe) are two fields.
 *     Success is both 0 (a status that only has More or DNR set is given as 0). RINGLINE_OUTCOME_UNKNOWN: the command may or may not have run.
 *  4. Every accepted command completes exactly once, and every completion is final: when you have it, the memory is yours.
 *  5. Array calls return n: elements [0, n) were taken and the rest not touched. They are negative only if n is 0, so after
 *     n < count call again with the rest to learn why.
 *  6. Structs with `struct_size` (cold): set it to sizeof, zero the rest; zero always means the default. A smaller one is zero-extended,
 *     a larger one accepted if the excess is zero, else -E2BIG; outputs fill the smaller of the two sizes and zero the rest. One below the
 *     size of its first version gives -EINVAL (a ::ringline_diagnosis is not written then).
 *     The other structs (hot) never change size; reserved and unused fields and unknown flags must be 0, else -EINVAL.
 *  7. Block counts are one-based. Lengths are bytes. Times carry their unit. Addresses in structs are uint64_t.
 *  8. Devices and buffers are values: copy them freely. 0 is never valid, no value is ever used twice in a process, and a wrong
 *     one gives -EBADF (never issued) or -ESTALE (closed), never harm.
 *  9. Threads: the first thread that attaches to a queue, pushes, submits, polls or waits (any call marked {owner} but
 *     ringline_queue_info_get() and ringline_queue_destroy()) becomes its owner; others then get -EPERM from all calls marked {owner}.
 *     With RINGLINE_QUEUE_MOVABLE it is any thread, one at a time. Devices, buffers and ringline_queue_wakeup(): any thread.
 *  10. After fork() the child gets -ECHILD from every call on what it inherited, and may open everything for itself. While reads into
 *      ordinary private memory are in flight, do not fork: the kernel's copy-on-write may give the page that the device writes to the
 *      child, and the parent's read then succeeds without its data (seen on Linux 6.1). Memory of ringline_buffer_create() (made by the
 *      library or adopted and attached to the queue), shared memory and MADV_DONTFORK memory are safe.
 *  11. Devices and queues may be closed in any order; a buffer is freed when no queue has it attached. Destroying a queue detaches
 *      everything. NULL queues are ignored.
 *  12. The library never prints, logs, reads the environment, installs handlers or starts threads, unless the `threads` engine or
 *      RINGLINE_QUEUE_SQPOLL is asked for (or allowed by RINGLINE_ENGINE_AUTO).
 *
 * @since 0.1 for everything without its own mark.
 */
#ifndef RINGLINE_H
#define RINGLINE_H

#include "nvme.h"
#include "protection.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RINGLINE_VERSION_MAJOR 0
#define RINGLINE_VERSION_MINOR 1
#define RINGLINE_VERSION_PATCH 0

/** @defgroup handles Handles and plain values
 * What names a queue, a device, a buffer.
 *  @{ */

/** A queue. Opaque; from ringline_queue_create() until ringline_queue_destroy(). */
typedef struct ringline_queue ringline_queue;

/** An open device: serial number (48 bits, process-wide, never reused) << 16 | table index. Do not take it apart. */
typedef struct ringline_device {
	uint64_t value;
} ringline_device;

/** Memory known to the library; made like ::ringline_device. */
typedef struct ringline_buffer {
	uint64_t value;
} ringline_buffer;

/** @} */
/** @defgroup hot Commands and completions (frozen)
 * What is passed in arrays, and so never changes size.
 *  @{ */

/** @name ringline_command::flags, and the `flags` of the typed calls. Which a command knows is said with its call.
 *  @{ */
#define RINGLINE_FUA 0x0001u           /**< Done when on the medium; a read or compare comes from there. */
#define RINGLINE_LIMITED_RETRY 0x0002u /**< The device should give up early. */
#define RINGLINE_VECTORED 0x0004u      /**< ringline_command only: its memory is in pieces, see ::ringline_segment. */
#define RINGLINE_DEALLOCATE 0x0008u    /**< Write Zeroes: the device may deallocate the blocks, if they then read as zeros. */
/**
 * Protection information (for namespaces that have it): the device makes it on the way in and strips it on the way out. Where
 * the metadata is nothing else, none is transferred then: length and metadata_length are those of a namespace without metadata.
 */
#define RINGLINE_PROTECTION_ACTION 0x0010u
#define RINGLINE_CHECK_GUARD 0x0020u           /**< The device compares the guard with the data. */
#define RINGLINE_CHECK_APPLICATION_TAG 0x0040u /**< ... and the application tag, where the mask says; ::ringline_command_extended only. */
#define RINGLINE_CHECK_REFERENCE_TAG 0x0080u   /**< ... and the reference tag. Not with type 3. */
#define RINGLINE_CHECK_STORAGE_TAG 0x0100u     /**< ... and the storage tag; ::ringline_command_extended only. */
#define RINGLINE_PLACEMENT 0x0200u     /**< `placement` is a placement identifier (flexible data placement). */
#define RINGLINE_STREAM 0x0400u        /**< `placement` is a stream identifier. */
#define RINGLINE_ALL_ZONES 0x0800u     /**< Zone Management Send: every zone that the action can apply to; `lba` is 0. */
#define RINGLINE_PARTIAL 0x1000u       /**< Zone report: the number of zones that it begins with is that of those that fitted. */
#define RINGLINE_REMAP 0x2000u         /**< Zone Append, type 1: the device makes reference tags for where the blocks went. */
/** @} */

/** @name ringline_command::action
 *  @{ */
#define RINGLINE_DATASET_READ 1u       /**< Dataset Management: the ranges will be read as a whole. May be added up. */
#define RINGLINE_DATASET_WRITE 2u      /**< ... will be written as a whole. */
#define RINGLINE_DATASET_DEALLOCATE 4u /**< ... are not needed any more. */
#define RINGLINE_ZONE_CLOSE 1u         /**< Zone Management Send. */
#define RINGLINE_ZONE_FINISH 2u
#define RINGLINE_ZONE_OPEN 3u
#define RINGLINE_ZONE_RESET 4u         /**< What the zone holds is gone. */
#define RINGLINE_ZONE_OFFLINE 5u       /**< A read-only zone: for ever. */
#define RINGLINE_ZONES_ALL 0u          /**< Zone report: which zones. */
#define RINGLINE_ZONES_EMPTY 1u
#define RINGLINE_ZONES_IMPLICITLY_OPEN 2u
#define RINGLINE_ZONES_EXPLICITLY_OPEN 3u
#define RINGLINE_ZONES_CLOSED 4u
#define RINGLINE_ZONES_FULL 5u
#define RINGLINE_ZONES_READ_ONLY 6u
#define RINGLINE_ZONES_OFFLINE 7u
/** @} */

#define RINGLINE_SEGMENTS_MAX 1024u /**< Of one vectored command. */

/**
 * One piece of a vectored transfer's memory; as struct iovec where pointers have 64 bits. 16 bytes, frozen.
 *
 * Any memory will do, but the kernel copies the whole transfer (silently; it only costs) unless each address and length is a multiple of 4, each
 * segment but the first begins a page, and each but the last ends one. A movable queue refuses what would be copied, for a
 * real device (-EINVAL). Attached buffers are held by a vectored command as by others, but not used for their pinning: no kernel
 * tells whether it takes both together, and Linux 6.1 hangs in the next format after it has refused to.
 */
typedef struct ringline_segment {
	uint64_t address; /**< Not 0. */
	uint64_t length;  /**< Bytes, not 0; need not be whole blocks. */
} ringline_segment;

/**
 * One command of the proving kind: bounds, lengths and limits are checked before anything is pushed. 64 bytes, frozen.
 * Fields that an opcode does not use must be 0.
 */
typedef struct ringline_command {
	uint64_t user_data;        /**< Comes back in the completion; never looked at. May repeat. */
	ringline_device device;    /**< Attached to the queue. */
	uint64_t lba;              /**< First block. */
	uint64_t address;          /**< Data, also ranges in wire form; with RINGLINE_VECTORED an array of ::ringline_segment (8-byte aligned). Yours again at the completion, not before: the array too. */
	uint64_t metadata_address; /**< Separate metadata, or 0. */
	uint32_t length;           /**< Bytes, of all segments together; must equal blocks x (block size + inline metadata), or be what the ranges or the report need. */
	uint32_t metadata_length;  /**< Bytes; must equal blocks x metadata size, or 0. */
	uint32_t blocks;           /**< 1 to 65,536; commands without a count of blocks: 0. */
	uint32_t timeout_ms;       /**< See ringline_nvme_command::timeout_ms: it ends in a controller reset. 0: driver's. */
	uint8_t opcode;            /**< RINGLINE_NVME_*. */
	uint8_t action;            /**< RINGLINE_DATASET_*, RINGLINE_ZONE_*, RINGLINE_ZONES_*; Copy: format of the ranges, 0 to 3. Else 0. */
	uint16_t flags;            /**< RINGLINE_FUA and so on. */
	uint16_t segments;         /**< With RINGLINE_VECTORED 1 to RINGLINE_SEGMENTS_MAX, else 0. */
	uint16_t placement;        /**< With RINGLINE_PLACEMENT or RINGLINE_STREAM, else 0. */
} ringline_command;

/**
 * A command with the tags of protection information and access hints: for ringline_push_extended(). 128 bytes, frozen.
 *
 * A plain ::ringline_command on a namespace with protection has the reference tag of its LBA (type 3: 0) and application and storage tags of 0.
 */
typedef struct ringline_command_extended {
	ringline_command base;
	uint64_t reference_tag;    /**< Of the first block. Type 1: the low bits of the LBA, or of the zone's start. */
	uint64_t storage_tag;      /**< Below 2^storage_tag_bits of ::ringline_device_info. */
	uint16_t application_tag;
	uint16_t application_mask; /**< Which bits of the application tag are compared. */
	uint8_t access_hints;      /**< Read and Write: the DSM field (access frequency 3:0, latency 5:4, sequential 6, incompressible 7). Else 0. */
	uint8_t reserved0[3];      /**< Must be 0, as what follows. */
	uint64_t reserved1[5];
} ringline_command_extended;

/**
 * ringline_raw_command::flags: an admin command, which goes to a controller (/dev/nvmeX) or a simulated device. It must be one without
 * effects: Identify, Get Log Page, Get Features, and what else brings data from the device and has, by the controller's log of supported
 * commands and effects (05h, read at the opening and by ringline_device_refresh()), none. For all others there is ringline_device_admin(),
 * through which the kernel sees them: -EOPNOTSUPP here.
 */
#define RINGLINE_RAW_ADMIN 0x0001u

/**
 * A raw command: nothing is proved about it, and it can make a device write past your memory. Checked are only the handles, that the
 * reserved fields are 0, that it is for this kind of device, what would harm others than the caller (a read-only device, metadata that the
 * format does not have: it makes Linux 6.1 hang; admin commands with effects), and a movable queue's alignment. ringline_explain_raw()
 * tells which of these it is. 96 bytes, frozen.
 */
typedef struct ringline_raw_command {
	uint64_t user_data;
	ringline_device device;
	uint32_t flags;                /**< 0: an I/O command; or RINGLINE_RAW_ADMIN. */
	uint32_t reserved0;            /**< Must be 0. */
	ringline_nvme_command command;
} ringline_raw_command;

/** @name ringline_completion::flags
 *  @{ */
#define RINGLINE_OUTCOME_UNKNOWN 0x0001u /**< Answer lost (reset, time-out, unplugged): it may have run. Never with status. */
#define RINGLINE_NOT_SENT 0x0002u        /**< It certainly did not run; safe to push again. */
/* The other bits are 0 now and must be ignored when set. */
/** @} */

/** What became of a command. 32 bytes, frozen, no padding and nothing reserved but flag bits. */
typedef struct ringline_completion {
	uint64_t user_data;
	uint64_t result;        /**< Dwords 0 and 1; 0 when error or status is not 0. */
	ringline_device device; /**< Also after it was closed. */
	int32_t error;          /**< 0 or a negative errno; then status is 0. */
	uint16_t status;        /**< NVMe status as the device gave it. See ringline_status_decode(). */
	uint16_t flags;
} ringline_completion;

/** @} */
/** @defgroup cold Options and information (may grow)
 * What begins with its own size and may get more members (convention 6).
 *  @{ */

#define RINGLINE_ENGINE_AUTO 0u    /**< uring if a probe of a real SQE128|CQE32 ring succeeds, else threads. */
#define RINGLINE_ENGINE_URING 1u
#define RINGLINE_ENGINE_THREADS 2u

#define RINGLINE_QUEUE_MOVABLE 0x0001u /**< Any thread, one at a time; no SINGLE_ISSUER, no DEFER_TASKRUN, no registered ring fd. */
/**
 * Completions are looked for by spinning instead of waiting for interrupts: ringline_poll() and the waits do it in the caller's thread, which
 * uses a whole CPU. For namespaces with polled queues (nvme.poll_queues > 0) only, all others cannot be attached. Not movable, not with SQPOLL.
 * Linux 6.16 and later, 6.15.4, 6.12.36 and 6.6.97 in their series: others crash when two threads poll the same queue of a device, and are refused
 * (-EOPNOTSUPP). Waits keep their time limit, but a signal need not end one, and neither ringline_queue_fd() nor ringline_queue_wakeup() works.
 */
#define RINGLINE_QUEUE_IOPOLL 0x0002u
/**
 * A thread of the kernel takes what is submitted: no system call while it is awake, which it stays for sqpoll_idle_ms after the last command,
 * using a whole CPU. What was submitted is out of ringline_cancel()'s reach at once. ringline_queue_info::enters counts the wake-ups.
 */
#define RINGLINE_QUEUE_SQPOLL 0x0004u
#define RINGLINE_QUEUE_SQPOLL_CPU 0x0008u /**< With SQPOLL: that thread runs on sqpoll_cpu alone. */
#define RINGLINE_QUEUE_TIMESTAMPS 0x0010u /**< Remembers when each command was pushed, for ringline_queue_overdue(): a look at the clock for each. */
/**
 * With RINGLINE_ENGINE_AUTO: the threads engine where this kernel's ring may report a write that it dropped (RINGLINE_TRAP_WRITE_LOST). Slower,
 * and safe. Not with SQPOLL or IOPOLL.
 */
#define RINGLINE_QUEUE_AVOID_TRAPS 0x0020u

/** For ringline_queue_create(). */
typedef struct ringline_queue_options {
	uint32_t struct_size;
	uint32_t flags;          /**< RINGLINE_QUEUE_*. */
	uint32_t engine;         /**< RINGLINE_ENGINE_*. */
	uint32_t depth;          /**< Commands in flight, 1 to 32,768 (a ring's limit); 0: 256. */
	uint32_t max_devices;    /**< Attached at once, 1 to 1,024; 0: 4. */
	uint32_t max_buffers;    /**< Attached at once, 1 to 64; 0: 8. */
	uint32_t workers;        /**< Threads engine: 1 to 256; 0: 8. */
	uint32_t sqpoll_cpu;     /**< With SQPOLL_CPU; else 0. One that is not online or not allowed here gives -EINVAL. */
	uint32_t sqpoll_idle_ms; /**< With SQPOLL, 1 to 60,000; 0: 1,000. Else 0. */
	uint32_t reserved0;      /**< Must be 0. */
} ringline_queue_options;

/** @name ringline_queue_info::engine_reason
 *  @{ */
#define RINGLINE_REASON_ASKED 0u
#define RINGLINE_REASON_PROBED 1u
#define RINGLINE_REASON_KERNEL_TOO_OLD 2u
#define RINGLINE_REASON_DISABLED 3u     /**< kernel.io_uring_disabled. */
#define RINGLINE_REASON_FORBIDDEN 4u    /**< seccomp or a security module. */
#define RINGLINE_REASON_NO_MEMORY 5u    /**< RLIMIT_MEMLOCK or out of memory. */
#define RINGLINE_REASON_TRAP 6u         /**< RINGLINE_QUEUE_AVOID_TRAPS, and this kernel has one. */
/** @} */

/** @name Traps of this kernel that no caller can see coming: ringline_queue_info::traps
 *  @{ */
/** It may report 0 for a write that it dropped (liburing #1386; before Linux 6.11.10). RINGLINE_QUEUE_AVOID_TRAPS goes round it. */
#define RINGLINE_TRAP_WRITE_LOST 0x0001u
/** Its polling corrupts what another thread polls: RINGLINE_QUEUE_IOPOLL is refused. */
#define RINGLINE_TRAP_IOPOLL 0x0002u
/** It hangs in the next format after refusing vectored commands in registered memory, or metadata on a format without it (Linux 6.1): the library sends neither. */
#define RINGLINE_TRAP_FORMAT_HANG 0x0004u
/** Registered memory is limited by the device's segments (before 6.12): long transfers in attached buffers go unregistered. */
#define RINGLINE_TRAP_FIXED_PAGES 0x0008u
/** @} */

/** From ringline_queue_info_get(). A snapshot. */
typedef struct ringline_queue_info {
	uint32_t struct_size;
	uint32_t flags;             /**< As created. */
	uint32_t engine;            /**< URING or THREADS: what runs. */
	uint32_t engine_reason;     /**< RINGLINE_REASON_*. */
	int32_t engine_error;       /**< What the probe got, a negative errno, or 0. */
	uint32_t ring_setup_flags;  /**< IORING_SETUP_* in force; 0 for threads. */
	uint32_t depth;
	uint32_t in_flight;         /**< Pushed and not yet delivered; not_submitted included. */
	uint32_t not_submitted;     /**< Pushed, and not yet taken by the kernel. */
	uint32_t devices;
	uint32_t buffers;
	uint32_t traps;             /**< RINGLINE_TRAP_* of this kernel and engine. */
	uint64_t memory_bytes;      /**< Of the queue itself. */
	uint64_t enters;            /**< System calls made for submission and completion so far. */
} ringline_queue_info;

/** @name ringline_device_options::flags
 *  @{ */
#define RINGLINE_OPEN_READ_ONLY 0x0001u /**< Commands that write give -EROFS. */
#define RINGLINE_OPEN_SIMULATED 0x0002u /**< The path is an image, as with "sim:". */
/** @} */

/** For ringline_device_open(). */
typedef struct ringline_device_options {
	uint32_t struct_size;
	uint32_t flags;
	uint32_t nsid;       /**< Demanded namespace; 0: the node's own. */
	uint32_t block_size; /**< Simulated and null devices: 512 or 4096; 0: the image's. */
} ringline_device_options;

#define RINGLINE_DEVICE_NAMESPACE 1u  /**< /dev/ngXnY. */
#define RINGLINE_DEVICE_CONTROLLER 2u /**< /dev/nvmeX: takes admin commands only, by the calls of admin.h or pushed with RINGLINE_RAW_ADMIN. */
#define RINGLINE_DEVICE_SIMULATED 3u
#define RINGLINE_DEVICE_NULL 4u

/** @name Rules that a command can break: ringline_device_info::max_transfer_rule and ringline_diagnosis::rule
 *  @{ */
#define RINGLINE_RULE_NONE 0u
#define RINGLINE_RULE_ARGUMENT 1u         /**< A field has no meaning or must be 0; `offset` says which. */
#define RINGLINE_RULE_BLOCKS 2u           /**< 1 to 65,536. */
#define RINGLINE_RULE_BOUNDS 3u           /**< Past the last block. */
#define RINGLINE_RULE_LENGTH 4u           /**< Bytes differ from blocks x size. */
#define RINGLINE_RULE_METADATA 5u
#define RINGLINE_RULE_MDTS 6u             /**< The controller's maximum data transfer size. */
#define RINGLINE_RULE_MAX_HW_SECTORS 7u
#define RINGLINE_RULE_SEGMENTS 8u         /**< max_segments x page size. */
#define RINGLINE_RULE_FIXED_PAGES 9u      /**< Registered memory on 6.1: 126 pages. */
#define RINGLINE_RULE_ALIGNMENT 10u       /**< The address is not a multiple of `wanted` bytes. */
#define RINGLINE_RULE_READ_ONLY 11u       /**< A command that writes, on a device opened read-only. */
#define RINGLINE_RULE_OPCODE 12u          /**< No checked form in this version, or the device lacks it. */
#define RINGLINE_RULE_COMMAND_LIMIT 13u   /**< A limit of this command alone: VSL, WZSL, WUSL, DMRL, DMRSL, DMSL, MSSRL, MCL, MSRC, ZASL. */
#define RINGLINE_RULE_ZONE 14u            /**< Not the first block of a zone; `wanted`: blocks of a zone. */
#define RINGLINE_RULE_PROTECTION 15u      /**< A flag or tag that this namespace's protection information does not have. */
#define RINGLINE_RULE_NOT_NVME 16u        /**< Opening: not an NVMe node. */
#define RINGLINE_RULE_PERMISSION 17u      /**< `wanted`: 1 the node's group, 2 CAP_SYS_ADMIN, 3 writing. */
#define RINGLINE_RULE_NAMESPACE 18u       /**< nsid differs; `given` and `wanted`. */
#define RINGLINE_RULE_KERNEL 19u          /**< Kernel too old; `wanted` = major << 16 | minor. */
#define RINGLINE_RULE_MEMLOCK 20u         /**< `given` needed, `wanted` allowed. */
#define RINGLINE_RULE_IO_URING_DISABLED 21u
#define RINGLINE_RULE_FORBIDDEN 22u       /**< io_uring refused by seccomp or a security module. */
#define RINGLINE_RULE_PATH 23u            /**< No such node or file, or one that cannot be opened. */
#define RINGLINE_RULE_IMAGE 24u           /**< The image of a simulated device, or a file beside it, makes no sense; the text says which line. */
#define RINGLINE_RULE_IN_USE 25u          /**< The image is open for writing in another process. */
#define RINGLINE_RULE_RESOURCE 26u        /**< Out of descriptors, memory or table entries. */
#define RINGLINE_RULE_IDENTIFY 27u        /**< Identify failed; `given` is the NVMe status. */
#define RINGLINE_RULE_PLANE 28u           /**< An admin command for a namespace, or another for a controller. */
#define RINGLINE_RULE_EFFECTS 29u         /**< An admin command that may have effects, or is the kernel's own; `given` is the opcode. */
/** @} */

/** Why a call failed. Written on every failure, and only then; unlike a "last error" it belongs to the caller. Set struct_size: one of 0 is ignored. */
typedef struct ringline_diagnosis {
	uint32_t struct_size;
	uint32_t rule;   /**< RINGLINE_RULE_*. */
	int32_t error;   /**< The value that was, or would be, returned. */
	uint32_t offset; /**< Of the field in the struct that was passed, when rule is ARGUMENT. */
	uint64_t given;
	uint64_t wanted; /**< The limit. */
	char text[224];  /**< One or two English sentences with the numbers in them and what to do, NUL-terminated. */
} ringline_diagnosis;

/** @name ringline_device_info::commands. Others than Read, Write and Flush that the device has.
 *  @{ */
#define RINGLINE_CAN_COMPARE 0x0001u
#define RINGLINE_CAN_WRITE_UNCORRECTABLE 0x0002u
#define RINGLINE_CAN_DATASET_MANAGEMENT 0x0004u
#define RINGLINE_CAN_WRITE_ZEROES 0x0008u
#define RINGLINE_CAN_VERIFY 0x0010u
#define RINGLINE_CAN_COPY 0x0020u
#define RINGLINE_CAN_ZONES 0x0040u      /**< Zone Management Send and Receive, Zone Append. */
#define RINGLINE_CAN_PLACEMENT 0x0080u  /**< Flexible data placement: the controller can; whether it is enabled, the device's answer tells. */
#define RINGLINE_CAN_STREAMS 0x0100u    /**< Directives. */
/** @} */

/** From ringline_device_info_get(). Geometry as of the opening or the last ringline_device_refresh(). */
typedef struct ringline_device_info {
	uint32_t struct_size;
	uint32_t kind;                /**< RINGLINE_DEVICE_*. */
	uint32_t flags;               /**< RINGLINE_OPEN_* in force. */
	uint32_t nsid;                /**< 0 for a controller. */
	uint64_t blocks;              /**< Namespace size (NSZE). */
	uint64_t capacity_blocks;     /**< NCAP. */
	uint32_t block_size;          /**< Data bytes of a block. */
	uint32_t metadata_size;       /**< Metadata bytes of a block. */
	uint32_t max_transfer_bytes;  /**< One command, every limit applied. */
	uint32_t max_transfer_rule;   /**< RINGLINE_RULE_* that sets it. */
	uint32_t mdts_bytes;          /**< 0: no limit. */
	uint32_t max_hw_bytes;        /**< 0: unknown. */
	uint32_t max_segments;        /**< 0: unknown. */
	uint32_t page_size;
	uint32_t retry_delay_ms[3];   /**< CRDT 1 to 3. */
	uint8_t lba_format;
	uint8_t metadata_inline;      /**< 1: extended LBAs. */
	uint8_t pi_type;              /**< 0: none; 1 to 3. */
	uint8_t pi_first;             /**< 1: PI is in the first bytes of the metadata. */
	uint8_t guard_bits;           /**< 0, 16, 32 or 64. */
	uint8_t storage_tag_bits;
	uint8_t command_set;          /**< CSI: 0 NVM, 2 zoned. */
	uint8_t volatile_cache;       /**< 1: data needs Flush or FUA to survive a power cut. */
	uint8_t multipath;            /**< 1: a head that picks a path per command. */
	uint8_t reserved0[11];
	uint8_t nguid[16];
	uint8_t eui64[8];
	uint8_t uuid[16];
	char serial[24];              /**< NUL-terminated, blanks trimmed. */
	char model[48];
	char firmware[16];
	char node[64];                /**< What was opened, such as "/dev/ng0n1". */
	uint32_t commands;            /**< RINGLINE_CAN_*. */
	uint32_t zone_max_open;       /**< 0: no limit. */
	uint64_t zone_blocks;         /**< Blocks from zone to zone; 0: not zoned. */
	uint32_t zone_max_active;     /**< 0: no limit. */
	uint32_t append_max_bytes;    /**< One Zone Append (ZASL, else as max_transfer_bytes). */
	uint64_t verify_max_blocks;   /**< One Verify (VSL), at most 65,536. */
	uint64_t write_zeroes_max_blocks;        /**< One Write Zeroes (WZSL), at most 65,536. */
	uint64_t write_uncorrectable_max_blocks; /**< One Write Uncorrectable (WUSL), at most 65,536. */
	uint64_t dataset_max_blocks;  /**< All ranges of one Dataset Management (DMSL). 0: no limit. */
	uint32_t dataset_max_ranges;  /**< DMRL, at most 256. */
	uint32_t dataset_max_range_blocks; /**< One range (DMRSL). 0: no limit. */
	uint32_t copy_max_blocks;     /**< All ranges of one Copy (MCL). 0: no limit known. */
	uint32_t copy_max_ranges;     /**< MSRC as a count, 1 to 256. */
	uint32_t copy_max_range_blocks;    /**< One range (MSSRL). 0: no limit known. */
	uint16_t copy_formats;        /**< Bit n: format n of the ranges. */
	uint16_t endurance_group;     /**< 0: none. */
	uint8_t format_attributes;    /**< FNA: bit 0 a format, bit 1 a secure erase hits every namespace; bit 2 cryptographic erase. */
	uint8_t reserved1[7];
} ringline_device_info;

/** One found device. Filled in an array, so frozen: 256 bytes. */
typedef struct ringline_device_entry {
	uint32_t kind;
	uint32_t nsid;
	uint64_t blocks;       /**< 0: not readable for this user. */
	uint32_t block_size;
	int32_t access_error;  /**< 0, or what opening it would give this user (-EACCES). */
	char node[64];
	char serial[24];
	char model[48];
	char firmware[16];
	uint8_t reserved0[80];
} ringline_device_entry;

/** For ringline_buffer_create(). */
typedef struct ringline_buffer_options {
	uint32_t struct_size;
	uint32_t flags;     /**< Must be 0. */
	uint64_t length;    /**< Bytes; rounded up to pages when the library allocates. */
	uint64_t address;   /**< 0: allocate. Else adopt this page-aligned memory, which must outlive the buffer. */
} ringline_buffer_options;

/** From ringline_buffer_info_get(). */
typedef struct ringline_buffer_info {
	uint32_t struct_size;
	uint32_t attachments; /**< Queues that hold it. */
	uint64_t address;
	uint64_t length;
	uint32_t sharing;     /**< Of them, those that share one pinning; the others that pinned it did so each for itself (before Linux 6.18.3 all). */
	uint32_t reserved0;
} ringline_buffer_info;

/** @} */
/** @defgroup library Library
 * Which version runs, and what its errors mean.
 *  @{ */

/** @brief Version of the library that runs. @return major << 16 | minor << 8 | patch. @threadsafety{any thread} */
RINGLINE_API uint32_t ringline_version(void);
/** @brief Name, such as "EAGAIN". @param[in] error Negative or positive. @return Static, never NULL. @threadsafety{any thread} */
RINGLINE_API const char *ringline_error_name(int32_t error);
/** @brief What this errno means in this library, one sentence. @copydetails ringline_error_name */
RINGLINE_API const char *ringline_error_text(int32_t error);

/** @} */
/** @defgroup device Devices
 * Opening, closing, finding them, what they are and can, and admin commands.
 *  @{ */

/**
 * @brief Opens a device.
 *
 * "/dev/ng0n1"; "/dev/nvme0n1" (its ng sibling is opened); "/dev/nvme0" (a controller: admin commands only); "sim:PATH"; "null:". Verifies that it is
 * an NVMe node and which namespace it is, and reads geometry and limits: Identify is sent.
 * @param[in] path        NUL-terminated.
 * @param[in] options     Or NULL.
 * @param[out] diagnosis  Or NULL. Written only on failure.
 * @param[out] device     The caller closes it with ringline_device_close().
 * @retval 0 opened
 * @retval -EINVAL a pointer is NULL or an option is out of range
 * @retval -E2BIG @p options has a later member set
 * @retval -ENOENT no such path @retval -EACCES not permitted @retval -ENOTTY not an NVMe node
 * @retval -ENXIO another namespace than demanded @retval -ENODEV it went away
 * @retval -EMFILE no free descriptor, or 1,024 devices are open @retval -ENOMEM out of memory
 * @retval -EIO Identify failed
 * @retval -EBUSY the image of a simulated device is open for writing in another process
 * @retval -EROFS the node or image can only be read, and RINGLINE_OPEN_READ_ONLY was not asked for
 * @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_device_open(const char *path, const ringline_device_options *options,
					  ringline_diagnosis *diagnosis, ringline_device *device);
/**
 * @brief Closes a device. The handle is stale at once, on every queue; commands in flight finish, and their completions arrive.
 *
 * Each queue that it was attached to lets go of it at its owner's next submit, poll, wait or attach after the last of those completions was taken; when all
 * have, the descriptor is closed.
 * @param[in] device The device.
 * @retval 0 closed @retval -EBADF never a device @retval -ESTALE closed before @retval -ECHILD after fork
 * @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_device_close(ringline_device device);
/**
 * @brief Tells geometry, limits and identity.
 * @param[in] device The device. @param[in,out] info Set struct_size.
 * @retval 0 done @retval -EINVAL NULL or too small @retval -E2BIG @retval -EBADF @retval -ESTALE @retval -ECHILD
 * @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_device_info_get(ringline_device device, ringline_device_info *info);
/**
 * @brief Tells how a namespace protects its blocks, for ringline_protection_generate() and ringline_protection_verify().
 * @param[in] info            From ringline_device_info_get().
 * @param[in,out] protection  Set struct_size. The layout is that of the namespace; tags, mask and flags are 0.
 * @retval 0 done @retval -EOPNOTSUPP it has no protection information
 * @retval -EINVAL a pointer is NULL, or a struct_size is below 288 or, of @p protection, 40
 * @retval -E2BIG a struct is larger than known and its excess is not zero
 * @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_protection_of(const ringline_device_info *info, ringline_protection *protection);
/**
 * @brief Reads geometry and limits again: needed after a format or resize, before which lengths are proved against old facts.
 * @param[in] device The device.
 * @retval 0 done; each queue proves its next command against the new facts @retval -EBADF @retval -ESTALE @retval -ECHILD @retval -ENODEV @retval -EIO
 * @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_device_refresh(ringline_device device);
/**
 * @brief Lists the NVMe namespaces and controllers of this machine. Opens nothing for writing, sends no command.
 * @param[out] entries Room for @p max, or NULL if that is 0. @param[in] max Entries.
 * @return How many there are, which may be more than @p max; only that many are written.
 * @retval -EINVAL @p entries is NULL @retval -EIO sysfs cannot be read
 * @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_device_list(ringline_device_entry *entries, uint32_t max);
/**
 * @brief Runs one admin command and waits for it.
 *
 * Goes through the ioctl, so that the kernel sees commands with effects. A format or sanitize that succeeds makes the geometry
 * unknown, for every open namespace of this process: typed calls give -ESTALE until ringline_device_refresh(). What other processes
 * format cannot be seen.
 * @param[in] device A namespace, controller or simulated device. @param[in] command Sent as it is.
 * @param[out] completion Written when the return is 0; user_data is 0.
 * @retval 0 it has an outcome: look at error, status and flags @retval -EINVAL a pointer is NULL
 * @retval -EROFS opened read-only, and the command is not one that brings data from the device (opcode bits 1:0 = 10b)
 * @retval -EACCES not permitted, nothing sent @retval -EOPNOTSUPP null: @retval -EBADF @retval -ESTALE @retval -ECHILD @retval -ENODEV
 * @threadsafety{any thread} Blocks, as long as the device takes.
 */
RINGLINE_API int32_t ringline_device_admin(ringline_device device, const ringline_nvme_command *command,
					   ringline_completion *completion);

/** @} */
/** @defgroup queue Queues
 * Where commands are pushed and completions taken; one thread's each.
 *  @{ */

/**
 * @brief Creates a queue.
 * @param[in] options Or NULL. @param[out] diagnosis Or NULL; only on failure.
 * @param[out] queue The caller destroys it.
 * @retval 0 created @retval -EINVAL option out of range or impossible together (polling of either kind with the threads engine; IOPOLL with MOVABLE or SQPOLL) @retval -E2BIG later member set
 * @retval -EOPNOTSUPP the engine asked for cannot run here @retval -ENOMEM out of memory or memlock @retval -EMFILE no descriptor
 * @threadsafety{any thread}; the creator need not be the owner (convention 9).
 */
RINGLINE_API int32_t ringline_queue_create(const ringline_queue_options *options, ringline_diagnosis *diagnosis,
					   ringline_queue **queue);
/**
 * @brief Waits until the device has let go of all memory, then frees the queue. Completions not yet taken are dropped.
 *
 * No upper bound on a real device but the kernel's own time-outs; wait with a time limit first if that matters.
 * @param[in] queue Or NULL: nothing happens.
 * @retval 0 gone @retval -EPERM not the owner: nothing was freed @retval -ECHILD after fork: nothing was freed
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_queue_destroy(ringline_queue *queue);
/**
 * @brief Tells what runs, why, and how full it is.
 * @param[in] queue The queue. @param[in,out] info Set struct_size.
 * @retval 0 done @retval -EINVAL @retval -E2BIG @retval -EPERM @retval -ECHILD @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_queue_info_get(const ringline_queue *queue, ringline_queue_info *info);
/**
 * @brief Attaches a device: commands may name it on this queue from now on.
 * @param[in] queue The queue. @param[in] device The device; it may be attached to any number of queues.
 * @retval 0 attached @retval -EEXIST it is already @retval -ENOSPC max_devices reached
 * @retval -EOPNOTSUPP this kind of queue cannot drive it (IOPOLL: no polled queues, which no controller has for admin commands)
 * @retval -EINVAL @retval -EPERM @retval -ECHILD @retval -EBADF @retval -ESTALE @retval -ENOMEM
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_queue_attach(ringline_queue *queue, ringline_device device);
/**
 * @brief Detaches a device.
 * @param[in] queue The queue. @param[in] device The device; may have been closed.
 * @retval 0 detached @retval -EBUSY it has commands in flight here @retval -ENXIO not attached
 * @retval -EINVAL @retval -EPERM @retval -ECHILD @retval -EBADF @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_queue_detach(ringline_queue *queue, ringline_device device);
/**
 * @brief Gives an fd (an eventfd, non-blocking, made at the first call) for epoll, netpollers and event loops.
 *
 * Readable means "look", sometimes for nothing, never too late. On readable: read(2) eight bytes from it FIRST, then
 * ringline_poll() until it returns fewer than asked for. The other order loses wake-ups. Do not close it.
 * @param[in] queue The queue.
 * @return The fd, the same at every call; it is the queue's.
 * @retval -EOPNOTSUPP an IOPOLL queue @retval -EMFILE @retval -EINVAL @retval -EPERM @retval -ECHILD @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_queue_fd(ringline_queue *queue);
/**
 * @brief Makes the running wait, or else the next one, return early with what it has. Several calls may count as one.
 *
 * This is the way out of a wait for signal handlers (no race, unlike -EINTR) and for other threads.
 * @param[in] queue Must not be under destruction.
 * @retval 0 done @retval -EINVAL @retval -EOPNOTSUPP an IOPOLL queue @retval -ECHILD
 * @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_queue_wakeup(ringline_queue *queue);
/**
 * @brief Tells which commands were pushed longer ago than a given time, and are in flight. A question: nothing happens to them, and their
 * completions arrive as ever. What to do about them is the caller's: wait, or give up the drive.
 * @param[in] queue With RINGLINE_QUEUE_TIMESTAMPS.
 * @param[in] older_than_ns The time; 0: all that are in flight.
 * @param[out] user_data Of those commands, in no order. Room for @p max, or NULL if that is 0.
 * @param[in] max Room.
 * @return How many there are, which may be more than @p max; only that many are written.
 * @retval -EOPNOTSUPP without timestamps @retval -EINVAL @retval -EPERM @retval -ECHILD
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_queue_overdue(ringline_queue *queue, uint64_t older_than_ns, uint64_t *user_data,
					    uint32_t max);
/**
 * @brief Cancels what the device does not have yet, of all commands with this user_data.
 *
 * Each one cancelled completes with error -ECANCELED and RINGLINE_NOT_SENT. A command that the device has runs to its end; the one
 * exception is a simulated device's dropped command (RINGLINE_FAULT_DROP), which ends as -ECANCELED and RINGLINE_OUTCOME_UNKNOWN.
 * @param[in] queue The queue. @param[in] user_data As pushed; duplicates are all meant.
 * @return How many were cancelled, at least 1.
 * @retval -ENOENT none in flight @retval -EALREADY the device has them all @retval -EINVAL @retval -EPERM @retval -ECHILD
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_cancel(ringline_queue *queue, uint64_t user_data);

/** @} */
/** @defgroup buffer Buffers
 * Ordinary memory works everywhere. Memory in an attached buffer is pinned once, not per command, which halves the kernel's work;
 * it is recognised by its address, for every device of the queue.
 *  @{ */

/**
 * @brief Makes a buffer, or adopts the caller's memory as one.
 * @param[in] options Length, and address to adopt. @param[out] buffer The caller frees it.
 * @retval 0 made @retval -EINVAL length 0 or above 1 GiB, or address not page-aligned @retval -E2BIG @retval -ENOMEM
 * @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_buffer_create(const ringline_buffer_options *options, ringline_buffer *buffer);
/**
 * @brief Frees a buffer (adopted memory is only let go of).
 * @param[in] buffer The buffer.
 * @retval 0 freed @retval -EBUSY attached to a queue @retval -EBADF @retval -ESTALE freed before @retval -ECHILD
 * @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_buffer_free(ringline_buffer buffer);
/** @brief Address and length. @param[in] buffer The buffer. @param[in,out] info Set struct_size.
 * @retval 0 done @retval -EINVAL @retval -E2BIG @retval -EBADF @retval -ESTALE @retval -ECHILD @threadsafety{any thread} */
RINGLINE_API int32_t ringline_buffer_info_get(ringline_buffer buffer, ringline_buffer_info *info);
/**
 * @brief Attaches a buffer to a queue, and pins it there if the engine can.
 *
 * Queues share one pinning where the kernel can (Linux 6.18.3): it is made by the first that attaches, takes one descriptor, and ends with the
 * last that detaches. On older kernels each queue pins, and is charged against RLIMIT_MEMLOCK, for itself. ringline_buffer_info::sharing tells.
 * @param[in] queue The queue. @param[in] buffer May be attached to several.
 * @return 1: pinned. 0: accounted for but not pinned (RLIMIT_MEMLOCK, or the engine has no use for it).
 * @retval -EEXIST it is already @retval -ENOSPC max_buffers reached
 * @retval -EINVAL @retval -EPERM @retval -ECHILD @retval -EBADF @retval -ESTALE @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_queue_attach_buffer(ringline_queue *queue, ringline_buffer buffer);
/**
 * @brief Detaches a buffer.
 * @param[in] queue The queue. @param[in] buffer The buffer.
 * @retval 0 detached @retval -EBUSY commands in flight here use it @retval -ENXIO not attached
 * @retval -EINVAL @retval -EPERM @retval -ECHILD @retval -EBADF @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_queue_detach_buffer(ringline_queue *queue, ringline_buffer buffer);

/** @} */
/** @defgroup io Commands
 * @anchor push_errors Errors of every call that pushes; then nothing was pushed and the memory is still the caller's:
 * -EAGAIN queue full: take completions, or submit (cancelled commands hold their place in the ring until then). -EINVAL a field is out of range or must be 0. -ERANGE past the last block.
 * -EMSGSIZE longer than one command may be, or more ranges. -ENOBUFS length or metadata length is not what the blocks or ranges need, or not what the segments have.
 * -EFAULT address, or that of a segment, is 0, or a segment wraps.
 * -EROFS opened read-only. -ENXIO not attached here. -ESTALE closed, or geometry unknown. -EBADF never a device.
 * -EOPNOTSUPP the opcode has no checked form or the device lacks it; a raw admin command that may have effects. -ENOTTY an admin command
 * for a namespace, or another for a controller. -ENODEV it is gone. -EPERM not the owner. -ECHILD after fork.
 *
 * ringline_explain() tells which limit and by how much, ringline_explain_raw() what is wrong with a raw command.
 *  @{ */

/**
 * @brief Pushes Read.
 * @param[in] queue The queue. @param[in] device Attached. @param[in] lba First block. @param[in] blocks 1 to 65,536.
 * @param[out] buffer The library's until the completion. @param[in] length Bytes; exactly what the blocks need.
 * @param[in] flags RINGLINE_LIMITED_RETRY, RINGLINE_FUA, protection. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_read(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks,
				   void *buffer, uint32_t length, uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes Write.
 * @param[in] queue The queue. @param[in] device Attached. @param[in] lba First block. @param[in] blocks 1 to 65,536.
 * @param[in] buffer The library's until the completion. @param[in] length Bytes; exactly what the blocks need.
 * @param[in] flags RINGLINE_FUA, RINGLINE_LIMITED_RETRY, protection. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_write(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks,
				    const void *buffer, uint32_t length, uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes Flush. It covers only writes whose completions were taken before it was submitted.
 * @param[in] queue The queue. @param[in] device Attached. @param[in] user_data Comes back.
 * @retval 0 pushed @retval <0 see @ref push_errors @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_flush(ringline_queue *queue, ringline_device device, uint64_t user_data);
/**
 * @brief Pushes Compare: the device compares its blocks with the memory. Status 2/85h (0x285): they differ.
 * @param[in] queue The queue. @param[in] device Attached. @param[in] lba First block. @param[in] blocks 1 to 65,536.
 * @param[in] buffer The library's until the completion. @param[in] length Bytes; exactly what the blocks need.
 * @param[in] flags RINGLINE_FUA, RINGLINE_LIMITED_RETRY, protection. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_compare(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks,
				      const void *buffer, uint32_t length, uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes Write Zeroes: the blocks read as zeros, without a transfer.
 * @param[in] queue The queue. @param[in] device Attached. @param[in] lba First block.
 * @param[in] blocks 1 to ringline_device_info::write_zeroes_max_blocks.
 * @param[in] flags RINGLINE_DEALLOCATE, RINGLINE_FUA, RINGLINE_LIMITED_RETRY, protection. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_write_zeroes(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks,
					   uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes Verify: the device reads the blocks and checks them, without a transfer.
 * @param[in] queue The queue. @param[in] device Attached. @param[in] lba First block.
 * @param[in] blocks 1 to ringline_device_info::verify_max_blocks.
 * @param[in] flags RINGLINE_FUA, RINGLINE_LIMITED_RETRY, protection checks. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_verify(ringline_queue *queue, ringline_device device, uint64_t lba, uint32_t blocks,
				     uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes Write Uncorrectable: reads of the blocks fail (2/81h) until they are written again. For tests of what reads.
 * @param[in] queue The queue. @param[in] device Attached. @param[in] lba First block.
 * @param[in] blocks 1 to ringline_device_info::write_uncorrectable_max_blocks. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_write_uncorrectable(ringline_queue *queue, ringline_device device, uint64_t lba,
						  uint32_t blocks, uint64_t user_data);
/**
 * @brief Pushes Dataset Management. What deallocated blocks read as is the device's choice until they are written.
 *
 * Each range is checked against the end of the namespace and the device's limits, which it may exceed silently otherwise.
 * @param[in] queue The queue. @param[in] device Attached.
 * @param[in] ranges In wire form, from ringline_nvme_dataset_ranges(); 4-byte aligned; the library's until the completion.
 * @param[in] length Bytes: 16 for each range. @param[in] action RINGLINE_DATASET_*, added up. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_dataset_management(ringline_queue *queue, ringline_device device, const void *ranges,
						 uint32_t length, uint32_t action, uint64_t user_data);
/**
 * @brief Pushes Copy: blocks of the namespace, moved by the device itself. If the device fails it, the completion's result is the number of the
 * first range that was not copied, from 0, where a device says so at all; what lies at its destination and behind is then undefined.
 * @param[in] queue The queue. @param[in] device Attached. @param[in] lba First block of the destination.
 * @param[in] ranges In wire form, from ringline_nvme_copy_ranges(); 4-byte aligned; the library's until the completion.
 * @param[in] length Bytes: 32 for each range (formats 0 and 2) or 40. @param[in] format 0 to 3; the device must have it.
 * @param[in] flags RINGLINE_FUA, RINGLINE_LIMITED_RETRY, protection (of the reading and the writing alike), no directive.
 * @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_copy(ringline_queue *queue, ringline_device device, uint64_t lba, const void *ranges,
				   uint32_t length, uint32_t format, uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes Zone Append: writes at the zone's write pointer. The completion's result is the LBA of the first block written.
 * @param[in] queue The queue. @param[in] device Attached, zoned. @param[in] zone First block of the zone. @param[in] blocks 1 to 65,536.
 * @param[in] buffer The library's until the completion. @param[in] length Bytes, at most ringline_device_info::append_max_bytes.
 * @param[in] flags RINGLINE_FUA, RINGLINE_LIMITED_RETRY, RINGLINE_REMAP, protection. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_zone_append(ringline_queue *queue, ringline_device device, uint64_t zone, uint32_t blocks,
					  const void *buffer, uint32_t length, uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes Zone Management Send: opens, closes, finishes, resets a zone or takes it offline.
 * @param[in] queue The queue. @param[in] device Attached, zoned. @param[in] zone First block of the zone; 0 with RINGLINE_ALL_ZONES.
 * @param[in] action RINGLINE_ZONE_*. @param[in] flags 0 or RINGLINE_ALL_ZONES. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_zone_manage(ringline_queue *queue, ringline_device device, uint64_t zone, uint32_t action,
					  uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes Zone Management Receive: a report of zones, from the one that has @p lba on.
 *
 * The report is in wire form: the number of zones (64 bits) and 56 bytes more, then 64 bytes for each zone.
 * @param[in] queue The queue. @param[in] device Attached, zoned. @param[in] lba In the first zone to report.
 * @param[out] buffer The library's until the completion. @param[in] length Bytes, a multiple of 4, at least 64.
 * @param[in] which RINGLINE_ZONES_*. @param[in] flags 0 or RINGLINE_PARTIAL. @param[in] user_data Comes back.
 * @retval 0 pushed; submit it @retval <0 see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_zone_report(ringline_queue *queue, ringline_device device, uint64_t lba, void *buffer,
					  uint32_t length, uint32_t which, uint32_t flags, uint64_t user_data);
/**
 * @brief Pushes commands with tags and hints. The array is the caller's again on return; the memory that it names is not.
 * @param[in] queue The queue. @param[in] commands @p count of them. @param[in] count 0 to 32,768.
 * @return How many were taken. @retval <0 about commands[0]: see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_push_extended(ringline_queue *queue, const ringline_command_extended *commands,
					    uint32_t count);
/**
 * @brief Pushes many commands. The array is the caller's again on return; the memory that it names is not.
 * @param[in] queue The queue. @param[in] commands @p count of them. @param[in] count 0 to 32,768.
 * @return How many were taken. @retval <0 about commands[0]: see @ref push_errors
 * @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_push(ringline_queue *queue, const ringline_command *commands, uint32_t count);
/**
 * @brief Pushes raw commands, unchecked. A wrong data_length lets the device overwrite memory.
 *
 * With RINGLINE_RAW_ADMIN an admin command is one like any other here: many may be in flight, beside I/O of namespaces, and the completion
 * has its result. The builders of admin.h, such as ringline_nvme_log_read(), write and prove the command. A controller works at some 30 of
 * them at a time; those beyond wait in the kernel.
 * @copydetails ringline_push
 */
RINGLINE_API int32_t ringline_push_raw(ringline_queue *queue, const ringline_raw_command *commands, uint32_t count);
/**
 * @brief Says which rule a command breaks, without pushing it. It knows no queue: that a movable one wants dword-aligned addresses on a
 * real device is the one rule that it does not see.
 * @param[in] command Its device need not be attached. @param[out] diagnosis Written if the return is negative.
 * @retval 0 it would be taken by a queue with room @retval <0 what ringline_push() would return
 * @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_explain(const ringline_command *command, ringline_diagnosis *diagnosis);
/**
 * @brief Says why a raw command would be refused, without pushing it. It knows no queue either.
 * @param[in] command Its device need not be attached. @param[out] diagnosis Written if the return is negative.
 * @retval 0 it would be taken by a queue with room @retval <0 what ringline_push_raw() would return
 * @since 0.1 @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_explain_raw(const ringline_raw_command *command, ringline_diagnosis *diagnosis);
/**
 * @brief Proves a command and says what would be sent for it, without pushing it: for dry runs, traces and raw commands to start from.
 * @param[in] command Its device need not be attached. @param[out] wire The 72 bytes, or NULL.
 * @param[out] diagnosis Or NULL. Written if the return is negative.
 * @retval 0 it would be taken by a queue with room @retval <0 what ringline_push_extended() would return
 * @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_encode(const ringline_command_extended *command, ringline_nvme_command *wire,
				     ringline_diagnosis *diagnosis);

/**
 * @brief Hands pushed commands to the kernel: at most one system call. What it could not take stays pushed and goes next time.
 * @param[in] queue The queue.
 * @return How many it took; 0 if none were pushed.
 * @retval -EAGAIN kernel out of memory: try again @retval -EBUSY take completions first @retval -EINTR a signal came first
 * @retval -EINVAL @retval -EPERM @retval -ECHILD @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_submit(ringline_queue *queue);
/**
 * @brief Takes completions that are there. Never blocks; does not submit.
 * @param[in] queue The queue. @param[out] completions Room for @p max. @param[in] max At least 1.
 * @return How many were taken. @retval -EINVAL @retval -EPERM @retval -ECHILD @threadsafety{owner}
 */
RINGLINE_API int32_t ringline_poll(ringline_queue *queue, ringline_completion *completions, uint32_t max);
/**
 * @brief Takes completions, waiting for at least @p min. Does not submit.
 *
 * Returns with fewer than @p min (an IOPOLL queue need not notice signals) when the time is up, after ringline_queue_wakeup(), on a signal if it has some, and when no
 * more are in flight at the kernel: it never waits for what cannot come.
 * @param[in] queue The queue. @param[out] completions Room for @p max. @param[in] max At least 1.
 * @param[in] min 0 to @p max. @param[in] timeout_ns Relative; 0 does not wait, -1 without limit.
 * @return How many were taken. @retval -EINTR a signal came and none was taken
 * @retval -EINVAL @retval -EPERM @retval -ECHILD @threadsafety{owner} May block.
 */
RINGLINE_API int32_t ringline_wait(ringline_queue *queue, ringline_completion *completions, uint32_t max, uint32_t min,
				   int64_t timeout_ns);
/**
 * @brief ringline_submit() and ringline_wait() in one system call. Negative only if nothing was submitted and none taken.
 * @copydetails ringline_wait
 * @retval -EAGAIN as ringline_submit() @retval -EBUSY as ringline_submit()
 */
RINGLINE_API int32_t ringline_submit_and_wait(ringline_queue *queue, ringline_completion *completions, uint32_t max,
					      uint32_t min, int64_t timeout_ns);
/**
 * @brief ringline_push() and ringline_submit_and_wait() in one call: for languages in which a call is dear.
 * @param[in] queue The queue. @param[in] commands @p count of them. @param[in] count May be 0.
 * @param[out] taken How many were pushed; written whenever the return is >= 0. If fewer than @p count, ringline_push() the rest to learn why.
 * @param[out] completions Room for @p max. @param[in] max At least 1. @param[in] min 0 to @p max. @param[in] timeout_ns As ringline_wait().
 * @return Completions taken. @retval <0 nothing was pushed, submitted or taken; those of ringline_push() are about commands[0]:
 * @ref push_errors, or as ringline_submit_and_wait()
 * @threadsafety{owner} May block.
 */
RINGLINE_API int32_t ringline_exchange(ringline_queue *queue, const ringline_command *commands, uint32_t count,
				       uint32_t *taken, ringline_completion *completions, uint32_t max, uint32_t min,
				       int64_t timeout_ns);

/** @} */
/** @defgroup sim Simulated devices
 * Files that behave as NVMe namespaces do, and misbehave on demand.
 *  @{ */

/** @name ringline_sim_options::flags
 *  @{ */
#define RINGLINE_SIM_METADATA_INLINE 0x0001u /**< Each block's metadata follows its data (an extended LBA); else it is separate. */
#define RINGLINE_SIM_PI_FIRST 0x0002u        /**< Protection information is the first bytes of the metadata; else the last. */
/** @} */

/**
 * For ringline_sim_create(). A limit of 0 is that of an ordinary device: none, but for Copy 128 ranges, 128 blocks in each and together.
 * Limits of blocks in one command are powers of two of at least 8192 bytes, as Identify can say them.
 */
typedef struct ringline_sim_options {
	uint32_t struct_size;
	uint32_t flags;         /**< RINGLINE_SIM_*. */
	uint64_t blocks;        /**< At least 1; with zones a multiple of zone_blocks. */
	uint32_t block_size;    /**< 512 or 4096; 0: 512. */
	uint32_t mdts_bytes;    /**< A power of two, at least 8192; 0: 1 MiB. */
	uint32_t metadata_size; /**< Bytes of each block, a multiple of 4 up to 4096; 0: none. */
	uint8_t pi_type;          /**< Protection information: 1 to 3; 0: none. Needs 8 bytes of metadata, 16 with a longer guard. */
	uint8_t guard_bits;       /**< With pi_type 16, 32 or 64; 0: 16. Longer guards need blocks of 4096 bytes. */
	uint8_t storage_tag_bits; /**< With pi_type: 16-bit guard 0 to 32, 32-bit 16 to 64, 64-bit 0 to 48. */
	uint8_t reserved0;        /**< Must be 0. */
	uint64_t zone_blocks;          /**< Blocks from zone to zone; 0: not zoned. At most 1,048,576 zones. */
	uint64_t zone_capacity_blocks; /**< Blocks of a zone that can be written; 0: zone_blocks. */
	uint32_t zone_max_open;        /**< At most zone_max_active, if there is one. 0: no limit. */
	uint32_t zone_max_active;      /**< 0: no limit. */
	uint32_t append_max_bytes;     /**< One Zone Append: a power of two, at least 8192; 0: as mdts_bytes. */
	uint32_t verify_max_blocks;    /**< One Verify. */
	uint32_t write_zeroes_max_blocks;        /**< One Write Zeroes. */
	uint32_t write_uncorrectable_max_blocks; /**< One Write Uncorrectable. */
	uint32_t copy_max_ranges;       /**< Of one Copy, at most 256. */
	uint32_t copy_max_range_blocks; /**< In one range, at most 65,535. */
	uint32_t copy_max_blocks;       /**< In all of its ranges. */
	uint32_t dataset_max_ranges;    /**< Of one Dataset Management, at most 255. */
	uint64_t dataset_max_blocks;    /**< In all of its ranges. */
	uint32_t dataset_max_range_blocks; /**< In one range. */
	uint32_t reserved1;             /**< Must be 0. */
} ringline_sim_options;

#define RINGLINE_FAULT_STATUS 1u /**< Completes with `status`; a read leaves the memory, a write the medium untouched. */
#define RINGLINE_FAULT_ERROR 2u  /**< Completes with `error`, and RINGLINE_OUTCOME_UNKNOWN if that is -EINTR or with RINGLINE_FAULT_EXECUTED, else RINGLINE_NOT_SENT. */
#define RINGLINE_FAULT_DELAY 3u  /**< Completes after delay_ns. */
#define RINGLINE_FAULT_REORDER 4u /**< Completes after the next `hold` commands of this device on the queue, or when nothing else is running there. */
#define RINGLINE_FAULT_DROP 5u   /**< Completes only when cancelled, or when the queue is destroyed. */
#define RINGLINE_FAULT_VANISH 6u /**< The device is gone: this one outcome unknown, later pushes -ENODEV. */

#define RINGLINE_FAULT_ANY_OPCODE 0x0001u
#define RINGLINE_FAULT_ADMIN 0x0002u     /**< Matches admin instead of I/O commands. */
#define RINGLINE_FAULT_EXECUTED 0x0004u  /**< Carry the command out all the same (a lost answer). */

/** A fault. Rules are tried in the order in which they were set; the first that matches acts. */
typedef struct ringline_fault_rule {
	uint32_t struct_size;
	uint32_t flags;        /**< RINGLINE_FAULT_ANY_OPCODE and so on. */
	uint32_t action;       /**< RINGLINE_FAULT_STATUS to _VANISH. 0 is refused. */
	uint32_t opcode;
	uint64_t lba;          /**< First block of the range. */
	uint64_t blocks;       /**< Length of the range; 0: the whole device, and commands without an LBA. */
	uint64_t skip;         /**< Let so many matches pass first. */
	uint64_t repeat;       /**< Act so many times; 0: always. */
	uint64_t delay_ns;
	uint32_t hold;
	int32_t error;
	uint16_t status;
	uint16_t reserved0;
	uint32_t reserved1;
} ringline_fault_rule;

/**
 * @brief Creates an image: a sparse file of blocks x block size, data from offset 0, and beside it "PATH.ringline" with the geometry.
 *
 * Any regular file whose size is a multiple of the block size can be opened too; without the file beside it the block size is 512 unless
 * ::ringline_device_options says otherwise, and there are neither metadata nor zones. "PATH.faults", if there, holds fault rules that are
 * set at the opening. "PATH.metadata" holds the metadata, and "PATH.zones" the zones' states and write pointers: both are made here,
 * belong to the image, and are copied or removed with it. "PATH.uncorrectable" appears with the first Write Uncorrectable.
 *
 * Blocks that were never written, or were deallocated, read as zeros; their protection information is all ones, which
 * disables its checks. What was not flushed may be lost when the machine fails, write pointers too; when only the process dies, nothing is.
 * Zones that were open are closed at the next first opening, and empty if nothing was written, as after a controller's reset.
 * @param[in] path NUL-terminated, without "sim:". @param[in] options Geometry and limits.
 * @retval 0 made @retval -EEXIST never overwrites @retval -EINVAL @retval -E2BIG @retval -ENOENT @retval -EACCES @retval -ENOSPC @retval -EIO
 * @retval -EMFILE @retval -ENFILE @retval -ENOMEM
 * @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_sim_create(const char *path, const ringline_sim_options *options);
/**
 * @brief Sets a fault rule, for commands pushed from now on, on every queue.
 * @param[in] device A simulated device. @param[in] rule Copied.
 * @return The rule's number, from 1.
 * @retval -EINVAL an action or flag that is unknown; an argument of another action (`status`, `error`, `delay_ns` and `hold` belong to one each, and
 * must be 0 else), or one out of range; an `lba` without `blocks`; any opcode together with one; an admin rule with a range, REORDER or DROP
 * @retval -E2BIG @retval -ENOSPC 256 rules are set
 * @retval -EOPNOTSUPP not simulated @retval -EBADF @retval -ESTALE @retval -ECHILD @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_sim_fault_set(ringline_device device, const ringline_fault_rule *rule);
/**
 * @brief Removes a rule, or all. Commands that it holds back go on.
 * @param[in] device A simulated device. @param[in] rule Its number; 0: all.
 * @return How often the rule, or all of them, acted. @retval -ENOENT no such rule @retval -EOPNOTSUPP @retval -EBADF @retval -ESTALE @retval -ECHILD
 * @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_sim_fault_clear(ringline_device device, uint32_t rule);
/** @} */

#ifdef __cplusplus
}
#endif

#include "admin.h"
#include "transfer.h"

#endif
