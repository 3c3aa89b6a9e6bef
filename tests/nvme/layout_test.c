/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The layout of every public struct, as C99 and as C11 compile it, and the builders called from C. */
#include <ringline/ringline.h>

#include <linux/nvme_ioctl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#if __STDC_VERSION__ >= 201112L
#define STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#else
#define STATIC_ASSERT_2(condition, line) extern char static_assert_##line[(condition) ? 1 : -1]
#define STATIC_ASSERT_1(condition, line) STATIC_ASSERT_2(condition, line)
#define STATIC_ASSERT(condition) STATIC_ASSERT_1(condition, __LINE__)
#endif
#define SIZE(type, bytes) STATIC_ASSERT(sizeof(type) == (bytes))
#define AT(type, member, offset) STATIC_ASSERT(offsetof(type, member) == (offset))
/* The same place and the same width in the kernel's struct. */
#define AS_KERNEL(member, theirs)                                                                                      \
	STATIC_ASSERT(offsetof(ringline_nvme_command, member) == offsetof(struct nvme_uring_cmd, theirs) &&            \
		      sizeof(((ringline_nvme_command *)0)->member) == sizeof(((struct nvme_uring_cmd *)0)->theirs))

/* Frozen structs. */
SIZE(ringline_nvme_command, 72);
SIZE(struct nvme_uring_cmd, 72);
AS_KERNEL(opcode, opcode);
AS_KERNEL(flags, flags);
AS_KERNEL(reserved0, rsvd1);
AS_KERNEL(nsid, nsid);
AS_KERNEL(cdw2, cdw2);
AS_KERNEL(cdw3, cdw3);
AS_KERNEL(metadata, metadata);
AS_KERNEL(address, addr);
AS_KERNEL(metadata_length, metadata_len);
AS_KERNEL(data_length, data_len);
AS_KERNEL(cdw10, cdw10);
AS_KERNEL(cdw11, cdw11);
AS_KERNEL(cdw12, cdw12);
AS_KERNEL(cdw13, cdw13);
AS_KERNEL(cdw14, cdw14);
AS_KERNEL(cdw15, cdw15);
AS_KERNEL(timeout_ms, timeout_ms);
AS_KERNEL(reserved1, rsvd2);

SIZE(ringline_device, 8);
SIZE(ringline_buffer, 8);

SIZE(ringline_command, 64);
AT(ringline_command, user_data, 0);
AT(ringline_command, device, 8);
AT(ringline_command, lba, 16);
AT(ringline_command, address, 24);
AT(ringline_command, metadata_address, 32);
AT(ringline_command, length, 40);
AT(ringline_command, metadata_length, 44);
AT(ringline_command, blocks, 48);
AT(ringline_command, timeout_ms, 52);
AT(ringline_command, opcode, 56);
AT(ringline_command, action, 57);
AT(ringline_command, flags, 58);
AT(ringline_command, segments, 60);
AT(ringline_command, placement, 62);

SIZE(ringline_command_extended, 128);
AT(ringline_command_extended, reference_tag, 64);
AT(ringline_command_extended, application_tag, 80);
AT(ringline_command_extended, access_hints, 84);
SIZE(ringline_range, 32);
SIZE(ringline_transfer_failure, 48);
SIZE(ringline_transfer_event, 64);
SIZE(ringline_raw_command, 96);
AT(ringline_raw_command, user_data, 0);
AT(ringline_raw_command, device, 8);
AT(ringline_raw_command, flags, 16);
AT(ringline_raw_command, command, 24);

SIZE(ringline_segment, 16);
AT(ringline_segment, address, 0);
AT(ringline_segment, length, 8);

SIZE(ringline_completion, 32);
AT(ringline_completion, user_data, 0);
AT(ringline_completion, result, 8);
AT(ringline_completion, device, 16);
AT(ringline_completion, error, 24);
AT(ringline_completion, status, 28);
AT(ringline_completion, flags, 30);

SIZE(ringline_device_entry, 256);
AT(ringline_device_entry, kind, 0);
AT(ringline_device_entry, nsid, 4);
AT(ringline_device_entry, blocks, 8);
AT(ringline_device_entry, block_size, 16);
AT(ringline_device_entry, access_error, 20);
AT(ringline_device_entry, node, 24);
AT(ringline_device_entry, serial, 88);
AT(ringline_device_entry, model, 112);
AT(ringline_device_entry, firmware, 160);

/* Structs that may grow: at the end only, so what is here stays. */
SIZE(ringline_status_info, 16);
AT(ringline_status_info, struct_size, 0);
AT(ringline_status_info, status, 4);
AT(ringline_status_info, sct, 6);
AT(ringline_status_info, sc, 7);
AT(ringline_status_info, crd, 8);
AT(ringline_status_info, more, 9);
AT(ringline_status_info, dnr, 10);
AT(ringline_status_info, retry, 11);

SIZE(ringline_queue_options, 40);
AT(ringline_queue_options, struct_size, 0);
AT(ringline_queue_options, depth, 12);
AT(ringline_queue_options, workers, 24);

SIZE(ringline_queue_info, 64);
AT(ringline_queue_info, struct_size, 0);
AT(ringline_queue_info, engine, 8);
AT(ringline_queue_info, traps, 44);
AT(ringline_queue_info, enters, 56);

SIZE(ringline_device_options, 16);
AT(ringline_device_options, struct_size, 0);
AT(ringline_device_options, block_size, 12);

SIZE(ringline_diagnosis, 256);
AT(ringline_diagnosis, struct_size, 0);
AT(ringline_diagnosis, rule, 4);
AT(ringline_diagnosis, error, 8);
AT(ringline_diagnosis, offset, 12);
AT(ringline_diagnosis, given, 16);
AT(ringline_diagnosis, wanted, 24);
AT(ringline_diagnosis, text, 32);

SIZE(ringline_device_info, 376);
AT(ringline_device_info, struct_size, 0);
AT(ringline_device_info, blocks, 16);
AT(ringline_device_info, block_size, 32);
AT(ringline_device_info, max_transfer_bytes, 40);
AT(ringline_device_info, mdts_bytes, 48);
AT(ringline_device_info, page_size, 60);
AT(ringline_device_info, retry_delay_ms, 64);
AT(ringline_device_info, lba_format, 76);
AT(ringline_device_info, multipath, 84);
AT(ringline_device_info, nguid, 96);
AT(ringline_device_info, eui64, 112);
AT(ringline_device_info, uuid, 120);
AT(ringline_device_info, serial, 136);
AT(ringline_device_info, model, 160);
AT(ringline_device_info, firmware, 208);
AT(ringline_device_info, node, 224);

SIZE(ringline_buffer_options, 24);
AT(ringline_buffer_options, struct_size, 0);
AT(ringline_buffer_options, length, 8);
AT(ringline_buffer_options, address, 16);

SIZE(ringline_buffer_info, 32);
AT(ringline_buffer_info, struct_size, 0);
AT(ringline_buffer_info, address, 8);
AT(ringline_buffer_info, sharing, 24);

SIZE(ringline_sim_options, 104);
AT(ringline_sim_options, struct_size, 0);
AT(ringline_sim_options, blocks, 8);
AT(ringline_sim_options, mdts_bytes, 20);
AT(ringline_sim_options, metadata_size, 24);
AT(ringline_sim_options, zone_blocks, 32);
AT(ringline_sim_options, append_max_bytes, 56);
AT(ringline_sim_options, dataset_max_blocks, 88);

SIZE(ringline_fault_rule, 72);
AT(ringline_fault_rule, struct_size, 0);
AT(ringline_fault_rule, lba, 16);
AT(ringline_fault_rule, delay_ns, 48);
AT(ringline_fault_rule, status, 64);

/* What the builders write is where C finds it: through the kernel's struct. */
int main(void)
{
	struct nvme_uring_cmd kernel;
	ringline_nvme_command command;
	uint8_t bytes[RINGLINE_NVME_SERIALISED_BYTES];

	if (ringline_nvme_write(&command, 3, 0x200000001u, RINGLINE_NVME_BLOCKS_MAX, 0x7000, 0x2000000) != 0 ||
	    ringline_nvme_serialise(&command, bytes) != 0) {
		fputs("a valid write was refused\n", stderr);
		return 1;
	}
	memcpy(&kernel, bytes, sizeof kernel);
	if (kernel.opcode != 1 || kernel.nsid != 3 || kernel.cdw10 != 1 || kernel.cdw11 != 2 ||
	    kernel.cdw12 != 0xffff || kernel.addr != 0x7000 || kernel.data_len != 0x2000000) {
		fputs("the kernel would see another command\n", stderr);
		return 1;
	}
	return 0;
}
