/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file nvme.h
 * @brief NVMe as values: the 72-byte command, builders, status words.
 *
 * Nothing here opens, allocates, blocks or keeps state: every function may be called from any thread, after
 * fork and in signal handlers. NVMe's zero-based counts appear only inside ::ringline_nvme_command.
 */
#ifndef RINGLINE_NVME_H
#define RINGLINE_NVME_H

#include <stdint.h>

#if defined(__GNUC__)
#define RINGLINE_API __attribute__((visibility("default")))
#else
#define RINGLINE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup nvme NVMe as values
 * The 72-byte command, builders and status words.
 *  @{ */

/** @name NVM command set opcodes (bits 1:0 are the data direction: 01 to the device, 10 from it)
 *  @{ */
#define RINGLINE_NVME_FLUSH 0x00u
#define RINGLINE_NVME_WRITE 0x01u
#define RINGLINE_NVME_READ 0x02u
#define RINGLINE_NVME_WRITE_UNCORRECTABLE 0x04u
#define RINGLINE_NVME_COMPARE 0x05u
#define RINGLINE_NVME_WRITE_ZEROES 0x08u
#define RINGLINE_NVME_DATASET_MANAGEMENT 0x09u
#define RINGLINE_NVME_VERIFY 0x0cu
#define RINGLINE_NVME_IO_MANAGEMENT_RECEIVE 0x12u /**< Flexible data placement: reclaim unit handle status. */
#define RINGLINE_NVME_COPY 0x19u
#define RINGLINE_NVME_IO_MANAGEMENT_SEND 0x1du    /**< Flexible data placement: reclaim unit handle update. */
#define RINGLINE_NVME_ZONE_MANAGEMENT_SEND 0x79u
#define RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE 0x7au
#define RINGLINE_NVME_ZONE_APPEND 0x7du
/** @} */

#define RINGLINE_DATASET_RANGE_BYTES 16u  /**< One range of Dataset Management in wire form. */
#define RINGLINE_DATASET_RANGES_MAX 256u  /**< Of one Dataset Management command. */
#define RINGLINE_COPY_RANGES_MAX 256u     /**< Of one Copy command. */

/** Most blocks that one command can name; NVMe's 16-bit count is zero-based. */
#define RINGLINE_NVME_BLOCKS_MAX 65536u
/** Bytes of the command area of a 128-byte submission entry. */
#define RINGLINE_NVME_SERIALISED_BYTES 80u

/**
 * One NVMe command as the kernel takes it: `struct nvme_uring_cmd`, 72 bytes, host byte order. Frozen.
 * Everything is on the wire's terms: cdw12 holds a zero-based block count.
 */
typedef struct ringline_nvme_command {
	uint8_t opcode;
	uint8_t flags;            /**< Must be 0: the kernel refuses fused commands and SGL bits (-EINVAL). */
	uint16_t reserved0;       /**< Must be 0. */
	uint32_t nsid;            /**< Must be the namespace of the device. Never filled in for you. */
	uint32_t cdw2;
	uint32_t cdw3;
	uint64_t metadata;        /**< Address, or 0. */
	uint64_t address;         /**< Of the data. */
	uint32_t metadata_length; /**< Bytes. */
	uint32_t data_length;     /**< Bytes. */
	uint32_t cdw10;
	uint32_t cdw11;
	uint32_t cdw12;
	uint32_t cdw13;
	uint32_t cdw14;
	uint32_t cdw15;
	uint32_t timeout_ms;      /**< 0: the driver's. When it passes the kernel aborts, then RESETS the controller. */
	uint32_t reserved1;       /**< Must be 0. */
} ringline_nvme_command;

/** @name Builders. They write the whole of *command, or nothing.
 *  @{ */
/**
 * @brief Builds Read.
 * @param[out] command The command.
 * @param[in] nsid     1 to 0xFFFFFFFE.
 * @param[in] lba      First block.
 * @param[in] blocks   1 to ::RINGLINE_NVME_BLOCKS_MAX.
 * @param[in] address  Where the data goes. Not looked at.
 * @param[in] length   Bytes there. Not compared with @p blocks: the block size is not known here.
 * @retval 0 done
 * @retval -EINVAL @p command is NULL, or nsid or blocks is out of range
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_read(ringline_nvme_command *command, uint32_t nsid, uint64_t lba,
					uint32_t blocks, uint64_t address, uint32_t length);
/** @brief Builds Write. @copydetails ringline_nvme_read */
RINGLINE_API int32_t ringline_nvme_write(ringline_nvme_command *command, uint32_t nsid, uint64_t lba,
					 uint32_t blocks, uint64_t address, uint32_t length);
/**
 * @brief Builds Flush.
 * @param[out] command The command.
 * @param[in] nsid     1 to 0xFFFFFFFE, or 0xFFFFFFFF (an ng node refuses that one).
 * @retval 0 done
 * @retval -EINVAL @p command is NULL or @p nsid is 0
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_flush(ringline_nvme_command *command, uint32_t nsid);
/**
 * @brief Writes the 80 bytes of a big submission entry's command area: the 72 bytes, then 8 zeros.
 * @param[in] command The command.
 * @param[out] bytes  ::RINGLINE_NVME_SERIALISED_BYTES bytes, any alignment.
 * @retval 0 done
 * @retval -EINVAL a pointer is NULL
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_serialise(const ringline_nvme_command *command, uint8_t *bytes);
/** @} */

/** A run of blocks, for ringline_nvme_dataset_ranges() and ringline_nvme_copy_ranges(). 32 bytes, frozen. */
typedef struct ringline_range {
	uint64_t lba;              /**< First block. */
	uint64_t reference_tag;    /**< Copy: expected initial reference tag of the source; else 0. */
	uint32_t blocks;           /**< Copy: 1 to 65,536. Dataset Management: 0 to 4,294,967,295. */
	uint32_t attributes;       /**< Dataset Management: context attributes, mostly 0. Else 0. */
	uint16_t application_tag;  /**< Copy: expected application tag of the source; else 0. */
	uint16_t application_mask; /**< Copy: which of its bits are compared; else 0. */
	uint32_t nsid;             /**< Copy, formats 2 and 3: the source's namespace. Else 0. */
} ringline_range;

/** @name Ranges in wire form: what Dataset Management and Copy have as their data. They write all of it, or nothing.
 *  @{ */
/**
 * @brief Writes ranges as Dataset Management takes them: 16 bytes each.
 * @param[in] ranges @p count of them. @param[in] count 1 to ::RINGLINE_DATASET_RANGES_MAX.
 * @param[out] data   Memory, which is that of the command until it completes. @param[in] length Bytes there, at least 16 x @p count.
 * @return Bytes written: the command's length.
 * @retval -EINVAL a pointer is NULL, @p count is out of range, or a field that only Copy has is not 0
 * @retval -ENOBUFS the length is too small
 * @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_dataset_ranges(const ringline_range *ranges, uint32_t count, void *data,
						  uint32_t length);
/**
 * @brief Writes source ranges as Copy takes them: 32 bytes each in formats 0 and 2, 40 in formats 1 and 3.
 *
 * Formats 0 and 2 have a reference tag of 32 bits (16-bit guard), formats 1 and 3 of up to 64 bits (32- and 64-bit guards); a storage tag is
 * not written. Formats 2 and 3 name a namespace for each range.
 * @param[in] ranges @p count of them. @param[in] count 1 to ::RINGLINE_COPY_RANGES_MAX. @param[in] format 0 to 3.
 * @param[out] data   Memory, which is that of the command until it completes. @param[in] length Bytes there.
 * @return Bytes written: the command's length.
 * @retval -EINVAL a pointer is NULL, @p count or @p format is out of range, or a field does not belong to the format
 * @retval -ERANGE blocks of a range are not 1 to 65,536, or a reference tag does not fit
 * @retval -ENOBUFS the length is too small
 * @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_copy_ranges(const ringline_range *ranges, uint32_t count, uint32_t format,
					       void *data, uint32_t length);
/** @} */

/** @name NVMe status: SC bits 7:0, SCT 10:8, CRD 12:11, More 13, DNR 14. Only (status & 0x7FF) == 0 is success.
 *  @{ */
#define RINGLINE_STATUS_CODE_MASK 0x07FFu /**< SCT and SC: compare this part, never the raw word. */
#define RINGLINE_STATUS_COMPARE_FAILURE 0x0285u /**< SCT and SC: Compare found a difference. */
#define RINGLINE_STATUS_MORE 0x2000u
#define RINGLINE_STATUS_DNR 0x4000u

#define RINGLINE_RETRY_NEVER 0u        /**< DNR is set, or repeating cannot help. */
#define RINGLINE_RETRY_IF_IDEMPOTENT 1u /**< May help; the caller knows whether the command may run twice. */
#define RINGLINE_RETRY_OTHER_PATH 2u   /**< A path error (SCT 3). */

/** A status word taken apart. Cold. */
typedef struct ringline_status_info {
	uint32_t struct_size; /**< In: sizeof(ringline_status_info). */
	uint16_t status;      /**< The raw word. */
	uint8_t sct;
	uint8_t sc;
	uint8_t crd;          /**< 0: none; 1 to 3 name ringline_device_info::retry_delay_ms[crd - 1]. */
	uint8_t more;
	uint8_t dnr;
	uint8_t retry;        /**< RINGLINE_RETRY_*. */
	uint8_t reserved0[4];
} ringline_status_info;

/**
 * @brief Takes any status word apart. Unknown and vendor codes are valid input.
 * @param[in] status The word from a completion.
 * @param[in,out] info The parts.
 * @retval 0 done
 * @retval -EINVAL @p info is NULL or its struct_size is below 16
 * @retval -E2BIG  @p info is larger than known and its excess is not zero
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_status_decode(uint16_t status, ringline_status_info *info);
/**
 * @brief Short name, such as "unrecovered-read-error"; "unknown" if there is none.
 * @param[in] status Any word; CRD, More and DNR are masked off.
 * @param[in] opcode The command's opcode, or -1: some SCT 1 codes mean one thing for I/O commands and another for
 *                   Fabrics commands (opcode 7Fh); with -1 those are "command-specific".
 * @return A static string, never NULL. @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API const char *ringline_status_name(uint16_t status, int32_t opcode);
/** @brief One sentence. @copydetails ringline_status_name */
RINGLINE_API const char *ringline_status_text(uint16_t status, int32_t opcode);
/** @} */

/** @} */

#ifdef __cplusplus
}
#endif
#endif
