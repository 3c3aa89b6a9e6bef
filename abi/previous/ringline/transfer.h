/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file transfer.h
 * @brief Ranges of any length as one call: split into commands, kept in flight, retried as asked, every failure reported.
 *
 * Included by ringline.h, whose conventions hold.
 */
#ifndef RINGLINE_TRANSFER_H
#define RINGLINE_TRANSFER_H

#include "ringline.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup transfer Transfers of any length
 * One call for what takes many commands.
 *  @{ */

/** @name ringline_transfer_options::flags
 *  @{ */
#define RINGLINE_TRANSFER_CONTINUE 0x0001u /**< Go on behind a range that failed; otherwise nothing new is sent after the first. */
/**
 * Read, Compare and Verify: what failed with a status is done again in halves, until each block that fails is a range of its own or
 * lies in one of those that all fail. Needs RINGLINE_TRANSFER_CONTINUE.
 */
#define RINGLINE_TRANSFER_NARROW 0x0002u
/** @} */

/** For ringline_transfer(). */
typedef struct ringline_transfer_options {
	uint32_t struct_size;
	uint32_t opcode;           /**< RINGLINE_NVME_READ, _WRITE, _COMPARE, _VERIFY, _WRITE_ZEROES, _WRITE_UNCORRECTABLE, _DATASET_MANAGEMENT or _COPY. */
	uint64_t lba;              /**< First block; of a Copy, of the destination. */
	uint64_t blocks;           /**< At least 1. */
	uint64_t source;           /**< Copy: first block of the source, which may not overlap the destination. Else 0. With protection information, RINGLINE_PROTECTION_ACTION makes tags for the new place. */
	uint64_t address;          /**< Data of Read, Write and Compare; else 0. */
	uint64_t length;           /**< Bytes there; must equal blocks x what a block transfers. */
	uint64_t metadata_address; /**< Separate metadata, or 0. */
	uint64_t metadata_length;  /**< Bytes there; must equal blocks x metadata size, or 0. */
	uint64_t reference_tag;    /**< Of the first block, for protection types 2 and 3; type 1 has that of the LBA and 0 here. */
	uint64_t storage_tag;
	uint16_t application_tag;
	uint16_t application_mask;
	uint32_t command_flags;    /**< RINGLINE_FUA and so on, for each command. */
	uint32_t flags;            /**< RINGLINE_TRANSFER_*. */
	uint32_t action;           /**< Dataset Management: RINGLINE_DATASET_*. Else 0. */
	uint32_t in_flight;        /**< Commands at once, at most the queue's depth; 0: 32. */
	uint32_t max_blocks;       /**< Of one command; 0: as many as the device takes. */
	uint32_t retries;          /**< How often one command may be sent again, at most 100; 0: never. See ringline_transfer(). */
	uint32_t timeout_ms;       /**< See ringline_nvme_command::timeout_ms. */
	uint64_t events_address;   /**< Room for events_max ::ringline_transfer_event, 8-byte aligned; or 0: none are kept. For traces. */
	uint32_t events_max;       /**< Room there; 0 without events_address. */
	uint32_t reserved0;        /**< Must be 0. */
} ringline_transfer_options;

/** One range that failed. 48 bytes, frozen. */
typedef struct ringline_transfer_failure {
	uint64_t lba;
	uint64_t blocks;
	uint64_t result;   /**< As in ringline_completion, like the next three. */
	int32_t error;
	uint16_t status;
	uint16_t flags;
	uint32_t attempts; /**< How often it was sent, at least 1; 0: it was refused before. */
	uint32_t reserved0;
	uint64_t reserved1;
} ringline_transfer_failure;

/** @name ringline_transfer_event::kind
 *  @{ */
#define RINGLINE_TRANSFER_PUSHED 1u    /**< A command was pushed. `result`, `error`, `status` and `flags` are 0. */
#define RINGLINE_TRANSFER_COMPLETED 2u /**< Its completion was taken. */
/** @} */

/** One thing that happened to one command of a transfer, in the order in which they did. 64 bytes, frozen. */
typedef struct ringline_transfer_event {
	uint64_t time_ns;  /**< CLOCK_MONOTONIC. */
	uint64_t lba;      /**< First block of the command; of a Copy, of the destination. */
	uint64_t blocks;   /**< Of the command. */
	uint64_t result;   /**< As in ringline_completion, like `error`, `status` and `flags`. */
	uint32_t command;  /**< Which of this call's commands, from 0, retries included; the same in both of its events. */
	uint32_t kind;     /**< RINGLINE_TRANSFER_PUSHED or RINGLINE_TRANSFER_COMPLETED. */
	int32_t error;
	uint16_t status;
	uint16_t flags;
	uint64_t reserved0;
	uint64_t reserved1;
} ringline_transfer_event;

/** What ringline_transfer() did. */
typedef struct ringline_transfer_result {
	uint32_t struct_size;
	uint32_t interrupted; /**< 1: a signal or ringline_queue_wakeup() ended it early. */
	uint64_t next_lba;    /**< Every block before it is done or reported as failed. lba + blocks: that is all of it. */
	uint64_t done_blocks; /**< Blocks that are done, all together; also behind next_lba. */
	uint64_t commands;    /**< Sent, retries included. */
	uint64_t retried;     /**< Of them, retries. */
	uint64_t events;      /**< How many there were, which may be more than events_max; only that many were written. 0 without room for any. */
} ringline_transfer_result;

/**
 * @brief Does a range of any length with as many commands as it takes, and waits for all of them.
 *
 * It splits by every limit that there is: MDTS and the kernel's, 65,536 blocks, the command's own (VSL, WZSL, WUSL, DMRSL and DMSL, MSSRL, MCL and
 * MSRC), and the boundaries of zones, of a Copy's source too. To a zoned namespace, what writes goes one after the other. The caller's memory is its own again at the return: on
 * every way out, what is in flight is waited for first.
 *
 * Retries happen where the status says that repeating may help, DNR is not set, and repeating cannot harm: never after "outcome unknown". The
 * delay that the device asks for (CRD) is kept. What was not sent for want of the kernel's memory is sent again in any case.
 *
 * A signal, or ringline_queue_wakeup(), ends it early: call it again from next_lba on to resume. A device that goes away ends it too: then what was being
 * done, and what was to be done again, is among the failures, with attempts as so far, and all that lies before next_lba and is not among them is done.
 * @param[in] queue Nothing may be in flight on it.
 * @param[in] device Attached.
 * @param[in] options What to do.
 * @param[out] failures Ranges that failed, in the order in which they did. Room for @p max, at least 1. There are never more commands in flight than there is room
 *             for failures.
 * @param[in] max Room.
 * @param[in,out] result Set struct_size. Written whenever the return is >= 0.
 * @param[out] diagnosis Or NULL. Only if the return is negative.
 * @return How many failures there are. 0 and next_lba at the end: all is done.
 * @retval -EBUSY commands are in flight
 * @retval -EINVAL a pointer is NULL, an option is out of range, or source and destination overlap
 * @retval -ENOBUFS length or metadata_length is not what the blocks need @retval -EMSGSIZE a block fits nowhere, as the memory begins
 * @retval -EOPNOTSUPP the opcode is not one of those, or the device lacks it
 * @retval -ERANGE past the last block @retval -EFAULT an address is 0 @retval -EROFS opened read-only @retval -E2BIG a later member is set
 * @retval -ENOMEM out of memory @retval -ENXIO not attached here @retval -EBADF never a device @retval -ESTALE closed, or geometry unknown
 * @retval -ENODEV it is gone @retval -EPERM not the owner @retval -ECHILD after fork
 * @threadsafety{owner} Blocks.
 */
RINGLINE_API int32_t ringline_transfer(ringline_queue *queue, ringline_device device,
				       const ringline_transfer_options *options, ringline_transfer_failure *failures,
				       uint32_t max, ringline_transfer_result *result, ringline_diagnosis *diagnosis);

/**
 * @brief Tells one command of a ringline_transfer(), and sends nothing: what a dry run shows.
 *
 * Begin with options->lba and go on with @p next_lba for all of them, in order. Where there are no zones and no data is moved, all but the last are
 * as long as the first. The memory is not looked at, but where it begins decides about the lengths.
 * @param[in] device Open; need not be attached.
 * @param[in] options As for ringline_transfer().
 * @param[in] lba Where the command begins, in the range.
 * @param[out] command As it would be sent, proved like any other; where its data are ranges (Copy, Dataset Management) its address is 0.
 * @param[out] next_lba Where the next one begins; lba + blocks of the options: this is the last.
 * @param[out] diagnosis Or NULL. Only if the return is negative.
 * @retval 0 told @retval -ERANGE past the last block, or @p lba is not in the range
 * @retval -EINVAL a pointer is NULL, an option is out of range, or source and destination overlap
 * @retval -ENOBUFS length or metadata_length is not what the blocks need @retval -EMSGSIZE a block fits nowhere, as the memory begins
 * @retval -EOPNOTSUPP the opcode is not one of those, or the device lacks it @retval -EFAULT an address is 0
 * @retval -EROFS opened read-only @retval -E2BIG a later member is set @retval -ENOMEM out of memory @retval -EBADF never a device
 * @retval -ESTALE closed, or geometry unknown @retval -ENODEV it is gone @retval -ECHILD after fork
 * @threadsafety{any thread}
 */
RINGLINE_API int32_t ringline_transfer_preview(ringline_device device, const ringline_transfer_options *options,
					       uint64_t lba, ringline_nvme_command *command, uint64_t *next_lba,
					       ringline_diagnosis *diagnosis);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
