/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file admin.h
 * @brief Admin commands by name: Identify, logs, features, format, sanitize, self-test, attachment of namespaces.
 *
 * Included by ringline.h, whose conventions hold. Each command has a builder, which is a function on values as those of nvme.h, and a call
 * that sends it and waits, which is ringline_device_admin() with the arguments proved first. What a page says is in pages.h.
 */
#ifndef RINGLINE_ADMIN_H
#define RINGLINE_ADMIN_H

#include "pages.h"
#include "ringline.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @defgroup admin Admin commands
 * @anchor admin_errors Errors of every call that sends a command; then nothing was sent, unless it says otherwise:
 * -EINVAL a pointer is NULL, or an argument is out of range or must be 0. -ENOBUFS the memory is not as long as what is transferred.
 * -EROFS opened read-only, and the command changes something. -EACCES not permitted. -EOPNOTSUPP null:, or the device cannot do it.
 * -E2BIG the options have a later member set. -EBADF never a device. -ESTALE closed. -ENODEV it is gone. -ECHILD after fork. -EIO an
 * Identify that the call needs first failed. -EFAULT the memory cannot be accessed.
 *
 * A return of 0 or more says only that the completion was written: look at its error, status and flags. Memory is the caller's again
 * when the call returns.
 *  @{ */

/** @name Admin opcodes (bits 1:0 are the data direction: 01 to the device, 10 from it)
 *  @{ */
#define RINGLINE_NVME_GET_LOG_PAGE 0x02u
#define RINGLINE_NVME_IDENTIFY 0x06u
#define RINGLINE_NVME_SET_FEATURES 0x09u
#define RINGLINE_NVME_GET_FEATURES 0x0Au
#define RINGLINE_NVME_SELF_TEST 0x14u
#define RINGLINE_NVME_NAMESPACE_ATTACHMENT 0x15u
#define RINGLINE_NVME_FORMAT 0x80u
#define RINGLINE_NVME_SANITIZE 0x84u
/** @} */

#define RINGLINE_NSID_ALL 0xFFFFFFFFu         /**< Every namespace of the controller, or the controller itself. */
#define RINGLINE_IDENTIFY_BYTES 4096u         /**< Of each Identify page. */
#define RINGLINE_LOG_COMMAND_BYTES 4096u      /**< Most that one command of ringline_log_read() asks for: what every controller can. */
#define RINGLINE_ATTACHED_CONTROLLERS_MAX 2047u /**< Of one Namespace Attachment. */

/** For ringline_identify(). */
typedef struct ringline_identify_options {
	uint32_t struct_size;
	uint32_t nsid;       /**< As the page wants it; 0 for those of the controller. */
	uint8_t cns;         /**< Which page. */
	uint8_t csi;         /**< Command set, of the pages that depend on one. */
	uint16_t controller; /**< CNTID, of the lists of controllers. */
	uint16_t specific;   /**< CNS specific: endurance group, NVM set, domain, LBA format. */
	uint8_t uuid_index;  /**< 0 to 127. */
	uint8_t reserved0;
} ringline_identify_options;

#define RINGLINE_LOG_RETAIN 0x0001u /**< Keep asynchronous events of this page: set RAE in the last command too. */

/** For ringline_log_read(). */
typedef struct ringline_log_options {
	uint32_t struct_size;
	uint32_t flags;      /**< RINGLINE_LOG_RETAIN. */
	uint32_t nsid;       /**< 0: RINGLINE_NSID_ALL, which is the controller. */
	uint32_t timeout_ms; /**< Of each command; 0: driver's. */
	uint64_t offset;     /**< Bytes, a multiple of 4; may be beyond 4 GiB. */
	uint8_t lid;         /**< Which page. */
	uint8_t lsp;         /**< Log specific parameter, 0 to 127. */
	uint16_t lsi;        /**< Log specific identifier, such as an endurance group. */
	uint8_t csi;         /**< Command set, of the pages that depend on one. */
	uint8_t uuid_index;  /**< 0 to 127. */
	uint8_t reserved0[2];
} ringline_log_options;

/** @name ringline_feature_options::sel, for ringline_feature_get()
 *  @{ */
#define RINGLINE_FEATURE_CURRENT 0u
#define RINGLINE_FEATURE_DEFAULT 1u
#define RINGLINE_FEATURE_SAVED 2u
#define RINGLINE_FEATURE_CAPABILITIES 3u /**< The result's bits: 0 saveable, 1 of a namespace, 2 changeable. No data. */
/** @} */

#define RINGLINE_FEATURE_SAVE 0x0001u /**< ringline_feature_set(): keep it over power cycles and resets. */

/** For ringline_feature_get() and ringline_feature_set(). */
typedef struct ringline_feature_options {
	uint32_t struct_size;
	uint32_t flags;      /**< RINGLINE_FEATURE_SAVE. */
	uint32_t nsid;       /**< 0 for a feature of the controller. */
	uint32_t cdw11;      /**< Feature specific: the value to set, or which one to get. */
	uint32_t cdw12;      /**< Feature specific. */
	uint32_t cdw13;      /**< Feature specific. */
	uint32_t cdw15;      /**< Feature specific. */
	uint32_t timeout_ms; /**< 0: driver's. */
	uint8_t fid;         /**< Which feature, not 0. */
	uint8_t sel;         /**< RINGLINE_FEATURE_CURRENT to _CAPABILITIES; 0 when setting. */
	uint8_t uuid_index;  /**< 0 to 127. */
	uint8_t reserved0[5];
} ringline_feature_options;

#define RINGLINE_FORMAT_OTHER_NAMESPACE 0x0001u /**< Of a namespace handle: format another namespace than its own. */
#define RINGLINE_FORMAT_ALL_NAMESPACES 0x0002u  /**< Format, or erase, every namespace of the controller if that is what it would do. */
#define RINGLINE_FORMAT_METADATA_INLINE 0x0004u /**< Extended LBAs: metadata follows each block's data (MSET). */
#define RINGLINE_FORMAT_PI_FIRST 0x0008u        /**< PI in the first bytes of the metadata (PIL). */

#define RINGLINE_ERASE_NONE 0u
#define RINGLINE_ERASE_USER_DATA 1u
#define RINGLINE_ERASE_CRYPTOGRAPHIC 2u

/** For ringline_format(). */
typedef struct ringline_format_options {
	uint32_t struct_size;
	uint32_t flags;      /**< RINGLINE_FORMAT_*. */
	uint32_t nsid;       /**< 0: the handle's own namespace. RINGLINE_NSID_ALL wants RINGLINE_FORMAT_ALL_NAMESPACES. */
	uint32_t timeout_ms; /**< 0: ten minutes, as the driver's own would end in a reset while the device works. */
	uint8_t lba_format;  /**< 0 to 63, an index into the list "lbafs" of Identify Namespace. There is no default but 0. */
	uint8_t pi_type;     /**< 0: no protection information; 1 to 3. */
	uint8_t erase;       /**< RINGLINE_ERASE_*. */
	uint8_t reserved0[5];
} ringline_format_options;

/** @name ringline_sanitize_options::action
 *  @{ */
#define RINGLINE_SANITIZE_EXIT_FAILURE 1u
#define RINGLINE_SANITIZE_BLOCK_ERASE 2u
#define RINGLINE_SANITIZE_OVERWRITE 3u
#define RINGLINE_SANITIZE_CRYPTO_ERASE 4u
/** @} */

#define RINGLINE_SANITIZE_UNRESTRICTED 0x0001u  /**< AUSE: a failure may be left without success. */
#define RINGLINE_SANITIZE_INVERT 0x0002u        /**< OIPBP, overwrite only: each pass inverts the pattern. */
#define RINGLINE_SANITIZE_NO_DEALLOCATE 0x0004u /**< NDAS: do not deallocate blocks afterwards. */

/** For ringline_sanitize(). */
typedef struct ringline_sanitize_options {
	uint32_t struct_size;
	uint32_t flags;      /**< RINGLINE_SANITIZE_UNRESTRICTED and so on. */
	uint32_t action;     /**< RINGLINE_SANITIZE_EXIT_FAILURE to _CRYPTO_ERASE; 0 is refused. */
	uint32_t passes;     /**< Overwrite: 1 to 16. Else 0. */
	uint32_t pattern;    /**< Overwrite: what to write. Else 0. */
	uint32_t timeout_ms; /**< Of the command, which only starts it; 0: driver's. */
} ringline_sanitize_options;

/** @name Codes of ringline_self_test()
 *  @{ */
#define RINGLINE_SELF_TEST_SHORT 1u
#define RINGLINE_SELF_TEST_EXTENDED 2u
#define RINGLINE_SELF_TEST_VENDOR 14u
#define RINGLINE_SELF_TEST_ABORT 15u
/** @} */

/** @name Builders. They write the whole of *command, or nothing.
 *  @{ */
/**
 * @brief Builds Identify.
 * @param[out] command The command. @param[in] options Which page.
 * @param[in] address Where the page goes. Not looked at.
 * @retval 0 done @retval -EINVAL a pointer is NULL, or a member is out of range @retval -E2BIG
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_identify(ringline_nvme_command *command, const ringline_identify_options *options,
					    uint64_t address);
/**
 * @brief Builds one Get Log Page.
 * @param[out] command The command. @param[in] options Which part of which page.
 * @param[in] address Where it goes. Not looked at. @param[in] length Bytes there, all of which are asked for: a multiple of 4, not 0.
 * @retval 0 done @retval -EINVAL a pointer is NULL, or a member or @p length is out of range @retval -E2BIG
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_log_read(ringline_nvme_command *command, const ringline_log_options *options,
					    uint64_t address, uint32_t length);
/**
 * @brief Builds Get Features.
 * @param[out] command The command. @param[in] options Which feature.
 * @param[in] address Where its data goes, or 0. Not looked at. @param[in] length Bytes there.
 * @retval 0 done @retval -EINVAL a pointer is NULL, or a member is out of range @retval -ENOBUFS fewer bytes than this feature has, or any of one without data
 * @retval -E2BIG
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_feature_get(ringline_nvme_command *command, const ringline_feature_options *options,
					       uint64_t address, uint32_t length);
/** @brief Builds Set Features. @copydetails ringline_nvme_feature_get */
RINGLINE_API int32_t ringline_nvme_feature_set(ringline_nvme_command *command, const ringline_feature_options *options,
					       uint64_t address, uint32_t length);
/**
 * @brief Builds Format NVM.
 * @param[out] command The command. @param[in] options Here the nsid must not be 0: there is no handle.
 * @retval 0 done @retval -EINVAL a pointer is NULL, or a member is out of range; all namespaces without RINGLINE_FORMAT_ALL_NAMESPACES
 * @retval -E2BIG
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_format(ringline_nvme_command *command, const ringline_format_options *options);
/**
 * @brief Builds Sanitize.
 * @param[out] command The command. @param[in] options What to do.
 * @retval 0 done @retval -EINVAL a pointer is NULL, or a member is out of range or of another action @retval -E2BIG
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_sanitize(ringline_nvme_command *command, const ringline_sanitize_options *options);
/**
 * @brief Builds Device Self-test.
 * @param[out] command The command. @param[in] nsid 0: the controller alone; RINGLINE_NSID_ALL: with all its namespaces.
 * @param[in] code RINGLINE_SELF_TEST_*.
 * @retval 0 done @retval -EINVAL
 * @since 0.1 @threadsafety{any thread, async-signal-safe}
 */
RINGLINE_API int32_t ringline_nvme_self_test(ringline_nvme_command *command, uint32_t nsid, uint32_t code);
/** @} */

/** @name Calls that send one command (or what they say) and wait.
 *  @{ */
/**
 * @brief Reads an Identify page.
 * @param[in] device A namespace, controller or simulated device. @param[in] options Which page.
 * @param[out] data RINGLINE_IDENTIFY_BYTES of memory. @param[in] length Exactly that. @param[out] completion What became of it.
 * @retval 0 it has an outcome @retval <0 see @ref admin_errors
 * @since 0.1 @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_identify(ringline_device device, const ringline_identify_options *options, void *data,
				       uint32_t length, ringline_completion *completion);
/**
 * @brief Reads any part of a log page, in order, by commands of at most RINGLINE_LOG_COMMAND_BYTES.
 *
 * All commands but the last keep the page's asynchronous events (RAE), as the specification wants it for a page that is read in parts.
 * An offset, or more than one command, needs a device with "extended data" (LPA bit 2), which is asked first: others would ignore the
 * offset and give the beginning of the page again.
 * @param[in] device A namespace, controller or simulated device. @param[in] options Which part of which page.
 * @param[out] data Memory. @param[in] length Bytes, a multiple of 4, 4 to 0x7FFFFFFC. @param[out] completion Of the last command.
 * @return Bytes read; fewer than @p length if the command after them failed, which is the one that @p completion is about.
 * @retval -EOPNOTSUPP also: the device knows no offsets @retval <0 see @ref admin_errors
 * @since 0.1 @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_log_read(ringline_device device, const ringline_log_options *options, void *data,
				       uint32_t length, ringline_completion *completion);
/**
 * @brief Gets a feature. Its value is the completion's result (dword 0), and for some features the data.
 *
 * The length is proved for features that NVMe defines; a vendor's feature (C0h and above) may write as much as it likes, so give it 4096 bytes.
 * @param[in] device A namespace, controller or simulated device. @param[in] options Which feature.
 * @param[out] data Memory, or NULL with a length of 0. @param[in] length Bytes, at most 4096. @param[out] completion What became of it.
 * @retval 0 it has an outcome @retval <0 see @ref admin_errors
 * @since 0.1 @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_feature_get(ringline_device device, const ringline_feature_options *options, void *data,
					  uint32_t length, ringline_completion *completion);
/**
 * @brief Sets a feature.
 * @param[in] device A namespace, controller or simulated device. @param[in] options Which feature, and its value.
 * @param[in] data Memory, or NULL with a length of 0. @param[in] length Bytes, at most 4096. @param[out] completion What became of it.
 * @retval 0 it has an outcome @retval <0 see @ref admin_errors
 * @since 0.1 @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_feature_set(ringline_device device, const ringline_feature_options *options, const void *data,
					  uint32_t length, ringline_completion *completion);
/**
 * @brief Formats a namespace: all its data is gone, in the whole of it, with the block size that the format has.
 *
 * It does not look whether the namespace is in use; nvmectl does. What would reach other namespaces is refused unless a flag allows it:
 * some controllers format or erase all of theirs whatever the command names (FNA of Identify Controller), so that is read first.
 * The geometry is unknown afterwards: ringline_device_refresh().
 * @param[in] device A namespace, controller or simulated device. @param[in] options How.
 * @param[out] completion What became of it.
 * @retval 0 it has an outcome @retval -ENXIO another namespace than the handle's, without RINGLINE_FORMAT_OTHER_NAMESPACE
 * @retval -ENOTUNIQ this controller would format or erase all its namespaces, without RINGLINE_FORMAT_ALL_NAMESPACES
 * @retval <0 see @ref admin_errors
 * @since 0.1 @threadsafety{any thread} Blocks, as long as the format takes.
 */
RINGLINE_API int32_t ringline_format(ringline_device device, const ringline_format_options *options,
				     ringline_completion *completion);
/**
 * @brief Starts a sanitize, which goes on in the background and reaches every namespace of the whole NVM subsystem. The log 81h tells how far it is.
 * @param[in] device A namespace, controller or simulated device: it makes no difference. @param[in] options How.
 * @param[out] completion What became of the command that starts it.
 * @retval 0 it has an outcome @retval <0 see @ref admin_errors
 * @since 0.1 @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_sanitize(ringline_device device, const ringline_sanitize_options *options,
				       ringline_completion *completion);
/**
 * @brief Starts a self-test, which goes on in the background, or aborts the one that runs. The log 06h tells what it found.
 * @param[in] device A namespace, controller or simulated device. @param[in] nsid 0: the controller alone; RINGLINE_NSID_ALL: with all its namespaces.
 * @param[in] code RINGLINE_SELF_TEST_*. @param[out] completion What became of the command that starts it.
 * @retval 0 it has an outcome @retval <0 see @ref admin_errors
 * @since 0.1 @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_self_test(ringline_device device, uint32_t nsid, uint32_t code, ringline_completion *completion);
/**
 * @brief Attaches a namespace to controllers of its NVM subsystem.
 * @param[in] device Any controller of the subsystem. @param[in] nsid 1 to 0xFFFFFFFE.
 * @param[in] controllers Their ids (CNTLID), in any order. @param[in] count 1 to RINGLINE_ATTACHED_CONTROLLERS_MAX.
 * @param[out] completion What became of it.
 * @retval 0 it has an outcome @retval <0 see @ref admin_errors
 * @since 0.1 @threadsafety{any thread} Blocks.
 */
RINGLINE_API int32_t ringline_namespace_attach(ringline_device device, uint32_t nsid, const uint16_t *controllers,
					       uint32_t count, ringline_completion *completion);
/** @brief Detaches a namespace from controllers: their nodes of it go away. @copydetails ringline_namespace_attach */
RINGLINE_API int32_t ringline_namespace_detach(ringline_device device, uint32_t nsid, const uint16_t *controllers,
					       uint32_t count, ringline_completion *completion);
/** @} */

/** @} */

#ifdef __cplusplus
}
#endif
#endif
