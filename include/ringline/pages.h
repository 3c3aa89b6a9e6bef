/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file pages.h
 * @brief What is in Identify pages, log pages, features and zone reports: every field with name, place, unit and help.
 *
 * One table for all languages and tools. As in nvme.h nothing here opens, allocates, blocks or keeps state: every function may be called
 * from any thread, after fork and in signal handlers. Names and offsets are those of the NVMe specifications, lower case.
 */
#ifndef RINGLINE_PAGES_H
#define RINGLINE_PAGES_H

#include "nvme.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup pages Pages
 * The fields of what a device tells about itself.
 *  @{ */

/** @name Pages. One of these, plus the number that the command names it by; for a page of a command set other than NVM plus CSI << 16.
 * Identify Controller is RINGLINE_PAGE_IDENTIFY + 1, the SMART log RINGLINE_PAGE_LOG + 2.
 *  @{ */
#define RINGLINE_PAGE_IDENTIFY 0x0100u /**< + CNS: 00h, 01h, 05h, 06h. */
#define RINGLINE_PAGE_LOG 0x0200u      /**< + LID: 01h to 06h, 20h to 23h, 81h, BFh of zoned namespaces. */
#define RINGLINE_PAGE_FEATURE 0x0300u  /**< + FID. The data is dword 0 of the completion: four bytes, little-endian. */
#define RINGLINE_PAGE_REPORT 0x0400u   /**< + zone receive action: 00h Report Zones. */
/** @} */

/** @name ringline_field::kind
 *  @{ */
#define RINGLINE_FIELD_NUMBER 1u      /**< A number, or a counter of up to 128 bits. */
#define RINGLINE_FIELD_CODE 2u        /**< A number that is read in hexadecimal: identifiers, sets of bits. */
#define RINGLINE_FIELD_FLAG 3u        /**< One bit. */
#define RINGLINE_FIELD_POWER 4u       /**< n means 2 to the power of n, times scale, in the unit. */
#define RINGLINE_FIELD_TEMPERATURE 5u /**< Kelvin; 0: not reported. */
#define RINGLINE_FIELD_TEXT 6u        /**< ASCII, padded with blanks or zeros; from a device, so anything may be in it. */
#define RINGLINE_FIELD_BYTES 7u       /**< An identifier, in the order of its bytes. */
/** @} */

/** @name ringline_field::unit
 *  @{ */
#define RINGLINE_UNIT_NONE 0u
#define RINGLINE_UNIT_BYTES 1u
#define RINGLINE_UNIT_BLOCKS 2u       /**< Logical blocks, and block addresses. */
#define RINGLINE_UNIT_PERCENT 3u
#define RINGLINE_UNIT_KELVIN 4u
#define RINGLINE_UNIT_MILLIWATTS 5u
#define RINGLINE_UNIT_MICROSECONDS 6u
#define RINGLINE_UNIT_MILLISECONDS 7u
#define RINGLINE_UNIT_SECONDS 8u
#define RINGLINE_UNIT_MINUTES 9u
#define RINGLINE_UNIT_HOURS 10u
/** @} */

/** One field of a page. Cold: set struct_size. */
typedef struct ringline_field {
	uint32_t struct_size;
	uint32_t kind;     /**< RINGLINE_FIELD_*. */
	uint32_t unit;     /**< RINGLINE_UNIT_*. */
	uint32_t offset;   /**< Byte in the page; in a list, of the first record's. */
	uint32_t bit;      /**< Lowest bit, counted from bit 0 of that byte. Part of a wider field, if it is not alone there. */
	uint32_t bits;     /**< Width. Of texts and bytes 8 times their length. */
	uint32_t records;  /**< 1: not in a list. 0: the list goes on to the end of the data. */
	uint32_t stride;   /**< Bytes from record to record. */
	uint32_t bias;     /**< 1: NVMe's number is zero-based; ringline_page_value() gives the count, and 0 where NVMe's 0 means that there is none. */
	uint32_t reserved0;
	uint64_t scale;    /**< Value x scale is in the unit. At least 1. */
	char list[24];     /**< Name of the list; empty if not in one. */
	char name[40];     /**< Lower case; alone in its page, or in its list. */
	char text[128];    /**< One line. */
} ringline_field;

/**
 * @brief Name of a page, such as "identify-controller".
 * @param[in] page RINGLINE_PAGE_*. @return Static; "unknown" if this version has no fields of it.
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API const char *ringline_page_name(uint32_t page);
/**
 * @brief How many bytes of a page its fields need, lists without an end not counted.
 * @param[in] page RINGLINE_PAGE_*. @return At least 1. @retval -ENOENT no such page
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_page_length(uint32_t page);
/**
 * @brief Tells about one field. Fields come in the order of their places; lists have their records' fields one after the other.
 * @param[in] page RINGLINE_PAGE_*. @param[in] index From 0. @param[in,out] field Set struct_size.
 * @retval 0 done @retval -ENOENT no such page, or no more fields @retval -EINVAL @retval -E2BIG
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_page_field(uint32_t page, uint32_t index, ringline_field *field);
/**
 * @brief Reads one field out of a page, as the count where NVMe's number is zero-based; not scaled. Texts and bytes are at their offset.
 * @param[in] page RINGLINE_PAGE_*. @param[in] index From 0. @param[in] record From 0; 0 if not in a list.
 * @param[in] data The page as the device gave it, any alignment. @param[in] length Bytes there, fewer than the page has if you like.
 * @param[out] low Bits 63:0. @param[out] high Bits 127:64, or NULL: then a larger number gives -EOVERFLOW.
 * @retval 0 done @retval -ENOENT no such page, field or record @retval -ENODATA beyond @p length bytes @retval -EOVERFLOW more than 64 bits, and @p high is NULL
 * @retval -EINVAL a pointer is NULL, or the field is a text or bytes
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_page_value(uint32_t page, uint32_t index, uint32_t record, const uint8_t *data, uint32_t length,
					 uint64_t *low, uint64_t *high);
/** @brief Short name of a unit, such as "ms"; "" for none and unknown ones. @param[in] unit RINGLINE_UNIT_*. @return Static.
 * @since 0.1 @threadsafety{any thread, async-signal-safe} */
RINGLINE_API const char *ringline_unit_name(uint32_t unit);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
