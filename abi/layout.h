/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Made by tools/abi/generate from the public headers. Do not edit.
 *
 * What the ABI is, as assertions for C11 and C++: included by a test after <ringline/ringline.h>. */
#ifdef __cplusplus
#define RINGLINE_ASSERT(fact) static_assert(fact, #fact)
#define RINGLINE_ALIGN(type) alignof(type)
#else
#define RINGLINE_ASSERT(fact) _Static_assert(fact, #fact)
#define RINGLINE_ALIGN(type) _Alignof(type)
#endif
#define RINGLINE_FIELD(type, field, offset, size)                                                                      \
	RINGLINE_ASSERT(offsetof(type, field) == (offset));                                                            \
	RINGLINE_ASSERT(sizeof(((type *)0)->field) == (size))

RINGLINE_ASSERT(sizeof(ringline_nvme_command) == 72);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_nvme_command) == 8);
RINGLINE_FIELD(ringline_nvme_command, opcode, 0, 1);
RINGLINE_FIELD(ringline_nvme_command, flags, 1, 1);
RINGLINE_FIELD(ringline_nvme_command, reserved0, 2, 2);
RINGLINE_FIELD(ringline_nvme_command, nsid, 4, 4);
RINGLINE_FIELD(ringline_nvme_command, cdw2, 8, 4);
RINGLINE_FIELD(ringline_nvme_command, cdw3, 12, 4);
RINGLINE_FIELD(ringline_nvme_command, metadata, 16, 8);
RINGLINE_FIELD(ringline_nvme_command, address, 24, 8);
RINGLINE_FIELD(ringline_nvme_command, metadata_length, 32, 4);
RINGLINE_FIELD(ringline_nvme_command, data_length, 36, 4);
RINGLINE_FIELD(ringline_nvme_command, cdw10, 40, 4);
RINGLINE_FIELD(ringline_nvme_command, cdw11, 44, 4);
RINGLINE_FIELD(ringline_nvme_command, cdw12, 48, 4);
RINGLINE_FIELD(ringline_nvme_command, cdw13, 52, 4);
RINGLINE_FIELD(ringline_nvme_command, cdw14, 56, 4);
RINGLINE_FIELD(ringline_nvme_command, cdw15, 60, 4);
RINGLINE_FIELD(ringline_nvme_command, timeout_ms, 64, 4);
RINGLINE_FIELD(ringline_nvme_command, reserved1, 68, 4);

RINGLINE_ASSERT(sizeof(ringline_status_info) == 16);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_status_info) == 4);
RINGLINE_FIELD(ringline_status_info, struct_size, 0, 4);
RINGLINE_FIELD(ringline_status_info, status, 4, 2);
RINGLINE_FIELD(ringline_status_info, sct, 6, 1);
RINGLINE_FIELD(ringline_status_info, sc, 7, 1);
RINGLINE_FIELD(ringline_status_info, crd, 8, 1);
RINGLINE_FIELD(ringline_status_info, more, 9, 1);
RINGLINE_FIELD(ringline_status_info, dnr, 10, 1);
RINGLINE_FIELD(ringline_status_info, retry, 11, 1);
RINGLINE_FIELD(ringline_status_info, reserved0, 12, 4);

RINGLINE_ASSERT(sizeof(ringline_device) == 8);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_device) == 8);
RINGLINE_FIELD(ringline_device, value, 0, 8);

RINGLINE_ASSERT(sizeof(ringline_buffer) == 8);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_buffer) == 8);
RINGLINE_FIELD(ringline_buffer, value, 0, 8);

RINGLINE_ASSERT(sizeof(ringline_segment) == 16);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_segment) == 8);
RINGLINE_FIELD(ringline_segment, address, 0, 8);
RINGLINE_FIELD(ringline_segment, length, 8, 8);

RINGLINE_ASSERT(sizeof(ringline_command) == 64);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_command) == 8);
RINGLINE_FIELD(ringline_command, user_data, 0, 8);
RINGLINE_FIELD(ringline_command, device, 8, 8);
RINGLINE_FIELD(ringline_command, lba, 16, 8);
RINGLINE_FIELD(ringline_command, address, 24, 8);
RINGLINE_FIELD(ringline_command, metadata_address, 32, 8);
RINGLINE_FIELD(ringline_command, length, 40, 4);
RINGLINE_FIELD(ringline_command, metadata_length, 44, 4);
RINGLINE_FIELD(ringline_command, blocks, 48, 4);
RINGLINE_FIELD(ringline_command, timeout_ms, 52, 4);
RINGLINE_FIELD(ringline_command, opcode, 56, 1);
RINGLINE_FIELD(ringline_command, action, 57, 1);
RINGLINE_FIELD(ringline_command, flags, 58, 2);
RINGLINE_FIELD(ringline_command, segments, 60, 2);
RINGLINE_FIELD(ringline_command, placement, 62, 2);

RINGLINE_ASSERT(sizeof(ringline_raw_command) == 96);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_raw_command) == 8);
RINGLINE_FIELD(ringline_raw_command, user_data, 0, 8);
RINGLINE_FIELD(ringline_raw_command, device, 8, 8);
RINGLINE_FIELD(ringline_raw_command, flags, 16, 4);
RINGLINE_FIELD(ringline_raw_command, reserved0, 20, 4);
RINGLINE_FIELD(ringline_raw_command, command, 24, 72);

RINGLINE_ASSERT(sizeof(ringline_completion) == 32);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_completion) == 8);
RINGLINE_FIELD(ringline_completion, user_data, 0, 8);
RINGLINE_FIELD(ringline_completion, result, 8, 8);
RINGLINE_FIELD(ringline_completion, device, 16, 8);
RINGLINE_FIELD(ringline_completion, error, 24, 4);
RINGLINE_FIELD(ringline_completion, status, 28, 2);
RINGLINE_FIELD(ringline_completion, flags, 30, 2);

RINGLINE_ASSERT(sizeof(ringline_queue_options) == 40);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_queue_options) == 4);
RINGLINE_FIELD(ringline_queue_options, struct_size, 0, 4);
RINGLINE_FIELD(ringline_queue_options, flags, 4, 4);
RINGLINE_FIELD(ringline_queue_options, engine, 8, 4);
RINGLINE_FIELD(ringline_queue_options, depth, 12, 4);
RINGLINE_FIELD(ringline_queue_options, max_devices, 16, 4);
RINGLINE_FIELD(ringline_queue_options, max_buffers, 20, 4);
RINGLINE_FIELD(ringline_queue_options, workers, 24, 4);
RINGLINE_FIELD(ringline_queue_options, sqpoll_cpu, 28, 4);
RINGLINE_FIELD(ringline_queue_options, sqpoll_idle_ms, 32, 4);
RINGLINE_FIELD(ringline_queue_options, reserved0, 36, 4);

RINGLINE_ASSERT(sizeof(ringline_queue_info) == 64);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_queue_info) == 8);
RINGLINE_FIELD(ringline_queue_info, struct_size, 0, 4);
RINGLINE_FIELD(ringline_queue_info, flags, 4, 4);
RINGLINE_FIELD(ringline_queue_info, engine, 8, 4);
RINGLINE_FIELD(ringline_queue_info, engine_reason, 12, 4);
RINGLINE_FIELD(ringline_queue_info, engine_error, 16, 4);
RINGLINE_FIELD(ringline_queue_info, ring_setup_flags, 20, 4);
RINGLINE_FIELD(ringline_queue_info, depth, 24, 4);
RINGLINE_FIELD(ringline_queue_info, in_flight, 28, 4);
RINGLINE_FIELD(ringline_queue_info, not_submitted, 32, 4);
RINGLINE_FIELD(ringline_queue_info, devices, 36, 4);
RINGLINE_FIELD(ringline_queue_info, buffers, 40, 4);
RINGLINE_FIELD(ringline_queue_info, traps, 44, 4);
RINGLINE_FIELD(ringline_queue_info, memory_bytes, 48, 8);
RINGLINE_FIELD(ringline_queue_info, enters, 56, 8);

RINGLINE_ASSERT(sizeof(ringline_device_options) == 16);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_device_options) == 4);
RINGLINE_FIELD(ringline_device_options, struct_size, 0, 4);
RINGLINE_FIELD(ringline_device_options, flags, 4, 4);
RINGLINE_FIELD(ringline_device_options, nsid, 8, 4);
RINGLINE_FIELD(ringline_device_options, block_size, 12, 4);

RINGLINE_ASSERT(sizeof(ringline_diagnosis) == 256);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_diagnosis) == 8);
RINGLINE_FIELD(ringline_diagnosis, struct_size, 0, 4);
RINGLINE_FIELD(ringline_diagnosis, rule, 4, 4);
RINGLINE_FIELD(ringline_diagnosis, error, 8, 4);
RINGLINE_FIELD(ringline_diagnosis, offset, 12, 4);
RINGLINE_FIELD(ringline_diagnosis, given, 16, 8);
RINGLINE_FIELD(ringline_diagnosis, wanted, 24, 8);
RINGLINE_FIELD(ringline_diagnosis, text, 32, 224);

RINGLINE_ASSERT(sizeof(ringline_device_info) == 288);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_device_info) == 8);
RINGLINE_FIELD(ringline_device_info, struct_size, 0, 4);
RINGLINE_FIELD(ringline_device_info, kind, 4, 4);
RINGLINE_FIELD(ringline_device_info, flags, 8, 4);
RINGLINE_FIELD(ringline_device_info, nsid, 12, 4);
RINGLINE_FIELD(ringline_device_info, blocks, 16, 8);
RINGLINE_FIELD(ringline_device_info, capacity_blocks, 24, 8);
RINGLINE_FIELD(ringline_device_info, block_size, 32, 4);
RINGLINE_FIELD(ringline_device_info, metadata_size, 36, 4);
RINGLINE_FIELD(ringline_device_info, max_transfer_bytes, 40, 4);
RINGLINE_FIELD(ringline_device_info, max_transfer_rule, 44, 4);
RINGLINE_FIELD(ringline_device_info, mdts_bytes, 48, 4);
RINGLINE_FIELD(ringline_device_info, max_hw_bytes, 52, 4);
RINGLINE_FIELD(ringline_device_info, max_segments, 56, 4);
RINGLINE_FIELD(ringline_device_info, page_size, 60, 4);
RINGLINE_FIELD(ringline_device_info, retry_delay_ms, 64, 12);
RINGLINE_FIELD(ringline_device_info, lba_format, 76, 1);
RINGLINE_FIELD(ringline_device_info, metadata_inline, 77, 1);
RINGLINE_FIELD(ringline_device_info, pi_type, 78, 1);
RINGLINE_FIELD(ringline_device_info, pi_first, 79, 1);
RINGLINE_FIELD(ringline_device_info, guard_bits, 80, 1);
RINGLINE_FIELD(ringline_device_info, storage_tag_bits, 81, 1);
RINGLINE_FIELD(ringline_device_info, command_set, 82, 1);
RINGLINE_FIELD(ringline_device_info, volatile_cache, 83, 1);
RINGLINE_FIELD(ringline_device_info, multipath, 84, 1);
RINGLINE_FIELD(ringline_device_info, reserved0, 85, 11);
RINGLINE_FIELD(ringline_device_info, nguid, 96, 16);
RINGLINE_FIELD(ringline_device_info, eui64, 112, 8);
RINGLINE_FIELD(ringline_device_info, uuid, 120, 16);
RINGLINE_FIELD(ringline_device_info, serial, 136, 24);
RINGLINE_FIELD(ringline_device_info, model, 160, 48);
RINGLINE_FIELD(ringline_device_info, firmware, 208, 16);
RINGLINE_FIELD(ringline_device_info, node, 224, 64);

RINGLINE_ASSERT(sizeof(ringline_device_entry) == 256);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_device_entry) == 8);
RINGLINE_FIELD(ringline_device_entry, kind, 0, 4);
RINGLINE_FIELD(ringline_device_entry, nsid, 4, 4);
RINGLINE_FIELD(ringline_device_entry, blocks, 8, 8);
RINGLINE_FIELD(ringline_device_entry, block_size, 16, 4);
RINGLINE_FIELD(ringline_device_entry, access_error, 20, 4);
RINGLINE_FIELD(ringline_device_entry, node, 24, 64);
RINGLINE_FIELD(ringline_device_entry, serial, 88, 24);
RINGLINE_FIELD(ringline_device_entry, model, 112, 48);
RINGLINE_FIELD(ringline_device_entry, firmware, 160, 16);
RINGLINE_FIELD(ringline_device_entry, reserved0, 176, 80);

RINGLINE_ASSERT(sizeof(ringline_buffer_options) == 24);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_buffer_options) == 8);
RINGLINE_FIELD(ringline_buffer_options, struct_size, 0, 4);
RINGLINE_FIELD(ringline_buffer_options, flags, 4, 4);
RINGLINE_FIELD(ringline_buffer_options, length, 8, 8);
RINGLINE_FIELD(ringline_buffer_options, address, 16, 8);

RINGLINE_ASSERT(sizeof(ringline_buffer_info) == 32);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_buffer_info) == 8);
RINGLINE_FIELD(ringline_buffer_info, struct_size, 0, 4);
RINGLINE_FIELD(ringline_buffer_info, attachments, 4, 4);
RINGLINE_FIELD(ringline_buffer_info, address, 8, 8);
RINGLINE_FIELD(ringline_buffer_info, length, 16, 8);
RINGLINE_FIELD(ringline_buffer_info, sharing, 24, 4);
RINGLINE_FIELD(ringline_buffer_info, reserved0, 28, 4);

RINGLINE_ASSERT(sizeof(ringline_sim_options) == 24);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_sim_options) == 8);
RINGLINE_FIELD(ringline_sim_options, struct_size, 0, 4);
RINGLINE_FIELD(ringline_sim_options, flags, 4, 4);
RINGLINE_FIELD(ringline_sim_options, blocks, 8, 8);
RINGLINE_FIELD(ringline_sim_options, block_size, 16, 4);
RINGLINE_FIELD(ringline_sim_options, mdts_bytes, 20, 4);

RINGLINE_ASSERT(sizeof(ringline_fault_rule) == 72);
RINGLINE_ASSERT(RINGLINE_ALIGN(ringline_fault_rule) == 8);
RINGLINE_FIELD(ringline_fault_rule, struct_size, 0, 4);
RINGLINE_FIELD(ringline_fault_rule, flags, 4, 4);
RINGLINE_FIELD(ringline_fault_rule, action, 8, 4);
RINGLINE_FIELD(ringline_fault_rule, opcode, 12, 4);
RINGLINE_FIELD(ringline_fault_rule, lba, 16, 8);
RINGLINE_FIELD(ringline_fault_rule, blocks, 24, 8);
RINGLINE_FIELD(ringline_fault_rule, skip, 32, 8);
RINGLINE_FIELD(ringline_fault_rule, repeat, 40, 8);
RINGLINE_FIELD(ringline_fault_rule, delay_ns, 48, 8);
RINGLINE_FIELD(ringline_fault_rule, hold, 56, 4);
RINGLINE_FIELD(ringline_fault_rule, error, 60, 4);
RINGLINE_FIELD(ringline_fault_rule, status, 64, 2);
RINGLINE_FIELD(ringline_fault_rule, reserved0, 66, 2);
RINGLINE_FIELD(ringline_fault_rule, reserved1, 68, 4);

RINGLINE_ASSERT(RINGLINE_NVME_FLUSH == 0u);
RINGLINE_ASSERT(RINGLINE_NVME_WRITE == 1u);
RINGLINE_ASSERT(RINGLINE_NVME_READ == 2u);
RINGLINE_ASSERT(RINGLINE_NVME_BLOCKS_MAX == 65536u);
RINGLINE_ASSERT(RINGLINE_NVME_SERIALISED_BYTES == 80u);
RINGLINE_ASSERT(RINGLINE_STATUS_CODE_MASK == 2047u);
RINGLINE_ASSERT(RINGLINE_STATUS_MORE == 8192u);
RINGLINE_ASSERT(RINGLINE_STATUS_DNR == 16384u);
RINGLINE_ASSERT(RINGLINE_RETRY_NEVER == 0u);
RINGLINE_ASSERT(RINGLINE_RETRY_IF_IDEMPOTENT == 1u);
RINGLINE_ASSERT(RINGLINE_RETRY_OTHER_PATH == 2u);
RINGLINE_ASSERT(RINGLINE_VERSION_MAJOR == 0);
RINGLINE_ASSERT(RINGLINE_VERSION_MINOR == 1);
RINGLINE_ASSERT(RINGLINE_VERSION_PATCH == 0);
RINGLINE_ASSERT(RINGLINE_FUA == 1u);
RINGLINE_ASSERT(RINGLINE_LIMITED_RETRY == 2u);
RINGLINE_ASSERT(RINGLINE_VECTORED == 4u);
RINGLINE_ASSERT(RINGLINE_SEGMENTS_MAX == 1024u);
RINGLINE_ASSERT(RINGLINE_OUTCOME_UNKNOWN == 1u);
RINGLINE_ASSERT(RINGLINE_NOT_SENT == 2u);
RINGLINE_ASSERT(RINGLINE_ENGINE_AUTO == 0u);
RINGLINE_ASSERT(RINGLINE_ENGINE_URING == 1u);
RINGLINE_ASSERT(RINGLINE_ENGINE_THREADS == 2u);
RINGLINE_ASSERT(RINGLINE_QUEUE_MOVABLE == 1u);
RINGLINE_ASSERT(RINGLINE_QUEUE_IOPOLL == 2u);
RINGLINE_ASSERT(RINGLINE_QUEUE_SQPOLL == 4u);
RINGLINE_ASSERT(RINGLINE_QUEUE_SQPOLL_CPU == 8u);
RINGLINE_ASSERT(RINGLINE_REASON_ASKED == 0u);
RINGLINE_ASSERT(RINGLINE_REASON_PROBED == 1u);
RINGLINE_ASSERT(RINGLINE_REASON_KERNEL_TOO_OLD == 2u);
RINGLINE_ASSERT(RINGLINE_REASON_DISABLED == 3u);
RINGLINE_ASSERT(RINGLINE_REASON_FORBIDDEN == 4u);
RINGLINE_ASSERT(RINGLINE_REASON_NO_MEMORY == 5u);
RINGLINE_ASSERT(RINGLINE_TRAP_WRITE_LOST == 1u);
RINGLINE_ASSERT(RINGLINE_OPEN_READ_ONLY == 1u);
RINGLINE_ASSERT(RINGLINE_OPEN_SIMULATED == 2u);
RINGLINE_ASSERT(RINGLINE_DEVICE_NAMESPACE == 1u);
RINGLINE_ASSERT(RINGLINE_DEVICE_CONTROLLER == 2u);
RINGLINE_ASSERT(RINGLINE_DEVICE_SIMULATED == 3u);
RINGLINE_ASSERT(RINGLINE_DEVICE_NULL == 4u);
RINGLINE_ASSERT(RINGLINE_RULE_NONE == 0u);
RINGLINE_ASSERT(RINGLINE_RULE_ARGUMENT == 1u);
RINGLINE_ASSERT(RINGLINE_RULE_BLOCKS == 2u);
RINGLINE_ASSERT(RINGLINE_RULE_BOUNDS == 3u);
RINGLINE_ASSERT(RINGLINE_RULE_LENGTH == 4u);
RINGLINE_ASSERT(RINGLINE_RULE_METADATA == 5u);
RINGLINE_ASSERT(RINGLINE_RULE_MDTS == 6u);
RINGLINE_ASSERT(RINGLINE_RULE_MAX_HW_SECTORS == 7u);
RINGLINE_ASSERT(RINGLINE_RULE_SEGMENTS == 8u);
RINGLINE_ASSERT(RINGLINE_RULE_FIXED_PAGES == 9u);
RINGLINE_ASSERT(RINGLINE_RULE_ALIGNMENT == 10u);
RINGLINE_ASSERT(RINGLINE_RULE_READ_ONLY == 11u);
RINGLINE_ASSERT(RINGLINE_RULE_OPCODE == 12u);
RINGLINE_ASSERT(RINGLINE_RULE_NOT_NVME == 16u);
RINGLINE_ASSERT(RINGLINE_RULE_PERMISSION == 17u);
RINGLINE_ASSERT(RINGLINE_RULE_NAMESPACE == 18u);
RINGLINE_ASSERT(RINGLINE_RULE_KERNEL == 19u);
RINGLINE_ASSERT(RINGLINE_RULE_MEMLOCK == 20u);
RINGLINE_ASSERT(RINGLINE_RULE_IO_URING_DISABLED == 21u);
RINGLINE_ASSERT(RINGLINE_RULE_FORBIDDEN == 22u);
RINGLINE_ASSERT(RINGLINE_RULE_PATH == 23u);
RINGLINE_ASSERT(RINGLINE_RULE_IMAGE == 24u);
RINGLINE_ASSERT(RINGLINE_RULE_IN_USE == 25u);
RINGLINE_ASSERT(RINGLINE_RULE_RESOURCE == 26u);
RINGLINE_ASSERT(RINGLINE_RULE_IDENTIFY == 27u);
RINGLINE_ASSERT(RINGLINE_FAULT_STATUS == 1u);
RINGLINE_ASSERT(RINGLINE_FAULT_ERROR == 2u);
RINGLINE_ASSERT(RINGLINE_FAULT_DELAY == 3u);
RINGLINE_ASSERT(RINGLINE_FAULT_REORDER == 4u);
RINGLINE_ASSERT(RINGLINE_FAULT_DROP == 5u);
RINGLINE_ASSERT(RINGLINE_FAULT_VANISH == 6u);
RINGLINE_ASSERT(RINGLINE_FAULT_ANY_OPCODE == 1u);
RINGLINE_ASSERT(RINGLINE_FAULT_ADMIN == 2u);
RINGLINE_ASSERT(RINGLINE_FAULT_EXECUTED == 4u);
