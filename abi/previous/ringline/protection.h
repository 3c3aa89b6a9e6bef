/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file protection.h
 * @brief Protection information: data checked from end to end.
 *
 * A namespace with end-to-end data protection keeps in each block's metadata a field, the protection information (PI): a guard (CRC of
 * the data), an application tag, a reference tag (which block it should be) and perhaps a storage tag. These functions write that
 * field before a write and check it after a read, so that what the program handed out is what it gets back, whatever was between:
 *
 *     ringline_protection protection = {.struct_size = sizeof protection};
 *     ringline_protection_of(&info, &protection);              // the layout, from ringline_device_info_get()
 *     protection.reference_tag = lba;                          // type 1: the block's address
 *     ringline_protection_generate(&protection, blocks, data, data_length, metadata, metadata_length);
 *     ... write, and some day read ...
 *     ringline_protection_verify(&protection, blocks, data, data_length, metadata, metadata_length, &error);
 *
 * Pure functions as those of nvme.h: nothing here opens, allocates, blocks or keeps state. Everything in a PI field is big-endian.
 */
#ifndef RINGLINE_PROTECTION_H
#define RINGLINE_PROTECTION_H

#include "nvme.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup protection Protection information
 * Generating and checking end-to-end data protection.
 *  @{ */

/** @name Parts of a PI field, for ringline_protection::flags and ringline_protection_error::check. The first three are PRCHK's bits.
 *  @{ */
#define RINGLINE_PROTECTION_REFERENCE_TAG 0x0001u   /**< Types 1 and 2, where the storage tag leaves room for it. */
#define RINGLINE_PROTECTION_APPLICATION_TAG 0x0002u
#define RINGLINE_PROTECTION_GUARD 0x0004u
#define RINGLINE_PROTECTION_STORAGE_TAG 0x0008u     /**< Where the format has one. */
/** @} */

/**
 * How blocks are protected, and with what tags. The layout is that of ringline_device_info; ringline_protection_of() takes it from there.
 *
 * With a guard of 16 bits the PI field has 8 bytes: the guard, the application tag (2 bytes), and 4 bytes for storage and reference tag.
 * With one of 32 or 64 bits it has 16 bytes, of which 10 or 6 are for these two. The storage tag is the first storage_tag_bits of
 * them, the reference tag is the rest (of type 3 too, which only never counts it up nor checks it).
 */
typedef struct ringline_protection {
	uint32_t struct_size;      /**< sizeof(ringline_protection). */
	uint32_t block_size;       /**< Data bytes of a block: a power of two, 512 or more. */
	uint32_t metadata_size;    /**< Metadata bytes of a block, 8 (16 with a guard of 32 or 64 bits) to 65,535. */
	uint8_t metadata_inline;   /**< 1: each block's metadata follows its data; 0: it is in memory of its own. */
	uint8_t pi_type;           /**< 1 to 3. */
	uint8_t pi_first;          /**< 1: PI is the metadata's first bytes, and the guard covers the data alone; 0: it is the last ones, and the guard covers the metadata in front of it too. */
	uint8_t guard_bits;        /**< 16 (CRC-16/T10-DIF), 32 (CRC-32C) or 64 (CRC-64/NVME). */
	uint8_t storage_tag_bits;  /**< With a guard of 16 bits 0 to 32, of 32 bits 16 to 64, of 64 bits 0 to 48. */
	uint8_t reserved0;         /**< Must be 0. */
	uint16_t application_tag;
	uint16_t application_mask; /**< Verifying: bits of the application tag that are compared; 0: none. */
	uint16_t flags;            /**< Verifying: parts that are checked, RINGLINE_PROTECTION_*; 0: all that the format has and its type checks. */
	uint64_t reference_tag;    /**< Of the first block; types 1 and 2 count up by one for each block. Of a larger number the low bits are meant, as type 1 does with the LBA. */
	uint64_t storage_tag;      /**< Must fit into storage_tag_bits. */
} ringline_protection;

/** What ringline_protection_verify() found wrong: the first check of the first block that failed. */
typedef struct ringline_protection_error {
	uint32_t struct_size;  /**< In: sizeof(ringline_protection_error). */
	uint32_t block;        /**< Which of the blocks, from 0. */
	uint16_t check;        /**< Which part: one of RINGLINE_PROTECTION_*. */
	uint16_t status;       /**< What a device answers then: 0x282 guard, 0x283 application tag, 0x284 reference tag, 0x288 storage tag. */
	uint8_t reserved0[4];
	uint64_t given;        /**< What is in the PI field; of an application tag the compared bits. */
	uint64_t wanted;       /**< What should be there. */
} ringline_protection_error;

/**
 * @brief Writes the PI field of each block, ready for a Write with PRACT 0.
 *
 * The guard covers the metadata in front of the field, so fill that first; metadata outside of the field is not written.
 * An application tag of FFFFh (for type 3 with a reference tag of all ones) makes blocks that nobody checks.
 * @param[in] protection      Layout and tags; application_mask and flags are not used, but must be valid.
 * @param[in] blocks          1 or more.
 * @param[in,out] data        The blocks. Written to only if metadata is inline. Any alignment.
 * @param[in] data_length     Bytes; must equal blocks x (block size + inline metadata).
 * @param[in,out] metadata    Separate metadata; NULL if it is inline. Any alignment.
 * @param[in] metadata_length Bytes; must equal blocks x metadata size, or 0 if it is inline.
 * @retval 0 done
 * @retval -EINVAL a pointer is NULL (or metadata is not, though inline), blocks is 0, struct_size is below 40, or a field of @p protection
 *                 is out of range
 * @retval -ENOBUFS a length is not what the blocks need
 * @retval -E2BIG  @p protection is larger than known and its excess is not zero
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_protection_generate(const ringline_protection *protection, uint32_t blocks, void *data,
						  uint64_t data_length, void *metadata, uint64_t metadata_length);
/**
 * @brief Checks the PI field of each block as a device would, up to the first that is wrong.
 *
 * Of each block the guard is checked first, then the application tag, the reference tag and the storage tag. A block whose
 * application tag is FFFFh is not checked at all (type 3: only if its reference tag is all ones too): it was never
 * written, or somebody asked for that.
 * @param[in] protection      Layout, the tags that should be there, and what to check.
 * @param[in] blocks          1 or more.
 * @param[in] data            The blocks. Any alignment.
 * @param[in] data_length     Bytes; must equal blocks x (block size + inline metadata).
 * @param[in] metadata        Separate metadata; NULL if it is inline. Any alignment.
 * @param[in] metadata_length Bytes; must equal blocks x metadata size, or 0 if it is inline.
 * @param[in,out] error       What is wrong: written with -EBADMSG only. May be NULL.
 * @retval 0 all is right
 * @retval -EBADMSG a block is not what it should be; @p error says which, and why
 * @retval -EINVAL a pointer is NULL (or metadata is not, though inline), blocks is 0, a struct_size is below 40 or, of @p error, 32, or a field of
 *                 @p protection is out of range: flags too may name only what the format has, and its type checks
 * @retval -ENOBUFS a length is not what the blocks need
 * @retval -E2BIG  a struct is larger than known and its excess is not zero
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_protection_verify(const ringline_protection *protection, uint32_t blocks, const void *data,
						uint64_t data_length, const void *metadata, uint64_t metadata_length,
						ringline_protection_error *error);
/**
 * @brief The guard of some bytes, alone or behind others: it can be worked out piece by piece.
 * @param[in] bits   16, 32 or 64; see ringline_protection::guard_bits.
 * @param[in] before The guard of what is in front of the bytes; 0 if nothing is.
 * @param[in] data   The bytes, any alignment; may be NULL if there are none.
 * @param[in] length How many.
 * @param[out] guard The guard, in its low bits.
 * @retval 0 done
 * @retval -EINVAL a pointer is NULL, @p bits is not one of these, or @p before has more bits than that
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_guard(uint32_t bits, uint64_t before, const void *data, uint64_t length, uint64_t *guard);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
