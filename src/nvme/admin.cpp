// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/admin.h"

#include <algorithm>
#include <cerrno>

namespace ringline::nvme
{

namespace
{

constexpr std::uint8_t index_max = 127; // LSP and UUID index have seven bits
constexpr std::uint32_t feature_data_max = 4096;
constexpr std::uint32_t format_timeout_ms = 600'000;

template <std::size_t count> bool all_zero(const std::uint8_t (&reserved)[count])
{
	return std::all_of(reserved, reserved + count, [](std::uint8_t byte) { return byte == 0; });
}

std::uint32_t low(std::uint64_t value)
{
	return static_cast<std::uint32_t>(value & 0xffffffff);
}

std::uint32_t high(std::uint64_t value)
{
	return static_cast<std::uint32_t>(value >> 32);
}

/// What a feature transfers, besides its dword. The device transfers all of it, whatever the caller's memory holds.
std::uint32_t feature_bytes(std::uint8_t fid, std::uint32_t cdw11)
{
	constexpr std::uint32_t extended_host_identifier = 1;
	switch (fid) {
	case 0x03: // LBA Range Type
	case 0x0d: // Host Memory Buffer
	case 0x7e: // Controller Metadata
	case 0x7f: // Namespace Metadata
	case 0x7d: // Enhanced Controller Metadata
		return 4096;
	case 0x0c: // Autonomous Power State Transition
		return 256;
	case 0x0e: // Timestamp
		return 8;
	case 0x13: // Predictable Latency Mode Config
	case 0x16: // Host Behavior Support
		return 512;
	case 0x81: // Host Identifier
		return (cdw11 & extended_host_identifier) != 0 ? 16 : 8;
	default:
		return 0;
	}
}

/// Not those of vendors and of later specifications, nor those whose length depends on the device: there the caller's
/// word is all there is.
bool length_is_known(std::uint8_t fid)
{
	constexpr std::uint8_t with_variable_data = 0x1c; // Performance Characteristics; 1Eh are FDP Events
	return (fid < with_variable_data || fid == 0x1d) || (fid >= 0x7d && fid <= 0x84);
}

std::int32_t build_feature(std::uint8_t opcode, const ringline_feature_options &options, const AdminData &data,
			   ringline_nvme_command *command)
{
	if (options.fid == 0 || options.uuid_index > index_max || !all_zero(options.reserved0) ||
	    data.length > feature_data_max || (data.length != 0 && data.address == 0)) {
		return -EINVAL;
	}
	const bool capabilities = options.sel == RINGLINE_FEATURE_CAPABILITIES;
	const bool setting_memory_buffer = opcode == RINGLINE_NVME_SET_FEATURES && options.fid == 0x0d;
	const std::uint32_t needed =
		capabilities || setting_memory_buffer ? 0 : feature_bytes(options.fid, options.cdw11);
	const bool known = length_is_known(options.fid);
	if (data.length < needed || (known && needed == 0 && data.length != 0)) {
		return -ENOBUFS;
	}
	*command = {};
	command->opcode = opcode;
	command->nsid = options.nsid;
	command->address = data.address;
	command->data_length = data.length;
	command->cdw10 = options.fid;
	command->cdw11 = options.cdw11;
	command->cdw12 = options.cdw12;
	command->cdw13 = options.cdw13;
	command->cdw14 = options.uuid_index;
	command->cdw15 = options.cdw15;
	command->timeout_ms = options.timeout_ms;
	return 0;
}

} // namespace

std::int32_t build_identify(const ringline_identify_options &options, std::uint64_t address,
			    ringline_nvme_command *command)
{
	if (options.uuid_index > index_max || options.reserved0 != 0) {
		return -EINVAL;
	}
	*command = {};
	command->opcode = RINGLINE_NVME_IDENTIFY;
	command->nsid = options.nsid;
	command->address = address;
	command->data_length = RINGLINE_IDENTIFY_BYTES;
	command->cdw10 = options.cns | std::uint32_t{options.controller} << 16;
	command->cdw11 = options.specific | std::uint32_t{options.csi} << 24;
	command->cdw14 = options.uuid_index;
	return 0;
}

std::int32_t build_log_read(const ringline_log_options &options, const AdminData &data, ringline_nvme_command *command)
{
	constexpr std::uint32_t dword = 4;
	constexpr std::uint32_t retain = 1U << 15;
	if ((options.flags & ~RINGLINE_LOG_RETAIN) != 0 || options.offset % dword != 0 || options.lsp > index_max ||
	    options.uuid_index > index_max || !all_zero(options.reserved0) || data.length == 0 ||
	    data.length % dword != 0 || options.offset > UINT64_MAX - data.length) {
		return -EINVAL;
	}
	const std::uint32_t last = data.length / dword - 1; // zero-based on the wire
	*command = {};
	command->opcode = RINGLINE_NVME_GET_LOG_PAGE;
	command->nsid = options.nsid == 0 ? RINGLINE_NSID_ALL : options.nsid;
	command->address = data.address;
	command->data_length = data.length;
	command->cdw10 = options.lid | std::uint32_t{options.lsp} << 8 |
			 ((options.flags & RINGLINE_LOG_RETAIN) != 0 ? retain : 0) | (last & 0xffff) << 16;
	command->cdw11 = last >> 16 | std::uint32_t{options.lsi} << 16;
	command->cdw12 = low(options.offset);
	command->cdw13 = high(options.offset);
	command->cdw14 = options.uuid_index | std::uint32_t{options.csi} << 24;
	command->timeout_ms = options.timeout_ms;
	return 0;
}

std::int32_t build_feature_get(const ringline_feature_options &options, const AdminData &data,
			       ringline_nvme_command *command)
{
	if (options.flags != 0 || options.sel > RINGLINE_FEATURE_CAPABILITIES) {
		return -EINVAL;
	}
	const std::int32_t error = build_feature(RINGLINE_NVME_GET_FEATURES, options, data, command);
	if (error == 0) {
		command->cdw10 |= std::uint32_t{options.sel} << 8;
	}
	return error;
}

std::int32_t build_feature_set(const ringline_feature_options &options, const AdminData &data,
			       ringline_nvme_command *command)
{
	constexpr std::uint32_t save = 1U << 31;
	if ((options.flags & ~RINGLINE_FEATURE_SAVE) != 0 || options.sel != 0) {
		return -EINVAL;
	}
	const std::int32_t error = build_feature(RINGLINE_NVME_SET_FEATURES, options, data, command);
	if (error == 0 && (options.flags & RINGLINE_FEATURE_SAVE) != 0) {
		command->cdw10 |= save;
	}
	return error;
}

std::int32_t build_format(const ringline_format_options &options, ringline_nvme_command *command)
{
	constexpr std::uint32_t flags = RINGLINE_FORMAT_OTHER_NAMESPACE | RINGLINE_FORMAT_ALL_NAMESPACES |
					RINGLINE_FORMAT_METADATA_INLINE | RINGLINE_FORMAT_PI_FIRST;
	constexpr std::uint8_t formats = 64;
	constexpr std::uint8_t pi_types = 3;
	if ((options.flags & ~flags) != 0 || options.lba_format >= formats || options.pi_type > pi_types ||
	    options.erase > RINGLINE_ERASE_CRYPTOGRAPHIC || !all_zero(options.reserved0)) {
		return -EINVAL;
	}
	const bool pi_first = (options.flags & RINGLINE_FORMAT_PI_FIRST) != 0;
	const bool all_allowed = (options.flags & RINGLINE_FORMAT_ALL_NAMESPACES) != 0;
	if (options.nsid == 0 || (options.nsid == RINGLINE_NSID_ALL && !all_allowed) ||
	    (pi_first && options.pi_type == 0)) {
		return -EINVAL;
	}
	*command = {};
	command->opcode = RINGLINE_NVME_FORMAT;
	command->nsid = options.nsid;
	command->cdw10 = (options.lba_format & 0xfU) |
			 ((options.flags & RINGLINE_FORMAT_METADATA_INLINE) != 0 ? 1U << 4 : 0) |
			 std::uint32_t{options.pi_type} << 5 | (pi_first ? 1U << 8 : 0) |
			 std::uint32_t{options.erase} << 9 | (options.lba_format >> 4 & 3U) << 12;
	command->timeout_ms = options.timeout_ms == 0 ? format_timeout_ms : options.timeout_ms;
	return 0;
}

std::int32_t build_sanitize(const ringline_sanitize_options &options, ringline_nvme_command *command)
{
	constexpr std::uint32_t flags =
		RINGLINE_SANITIZE_UNRESTRICTED | RINGLINE_SANITIZE_INVERT | RINGLINE_SANITIZE_NO_DEALLOCATE;
	constexpr std::uint32_t passes_max = 16;
	const bool overwrite = options.action == RINGLINE_SANITIZE_OVERWRITE;
	const bool leave = options.action == RINGLINE_SANITIZE_EXIT_FAILURE;
	if (options.action == 0 || options.action > RINGLINE_SANITIZE_CRYPTO_ERASE || (options.flags & ~flags) != 0 ||
	    (leave && options.flags != 0) || options.passes > passes_max || (overwrite && options.passes == 0)) {
		return -EINVAL;
	}
	const bool has_overwrite_members =
		options.passes != 0 || options.pattern != 0 || (options.flags & RINGLINE_SANITIZE_INVERT) != 0;
	if (!overwrite && has_overwrite_members) {
		return -EINVAL;
	}
	*command = {};
	command->opcode = RINGLINE_NVME_SANITIZE;
	command->cdw10 = options.action | ((options.flags & RINGLINE_SANITIZE_UNRESTRICTED) != 0 ? 1U << 3 : 0) |
			 (options.passes & 0xf) << 4 | // 16 is 0
			 ((options.flags & RINGLINE_SANITIZE_INVERT) != 0 ? 1U << 8 : 0) |
			 ((options.flags & RINGLINE_SANITIZE_NO_DEALLOCATE) != 0 ? 1U << 9 : 0);
	command->cdw11 = options.pattern;
	command->timeout_ms = options.timeout_ms;
	return 0;
}

std::int32_t build_self_test(std::uint32_t nsid, std::uint32_t code, ringline_nvme_command *command)
{
	switch (code) {
	case RINGLINE_SELF_TEST_SHORT:
	case RINGLINE_SELF_TEST_EXTENDED:
	case RINGLINE_SELF_TEST_VENDOR:
	case RINGLINE_SELF_TEST_ABORT:
		break;
	default:
		return -EINVAL;
	}
	*command = {};
	command->opcode = RINGLINE_NVME_SELF_TEST;
	command->nsid = nsid;
	command->cdw10 = code;
	return 0;
}

std::int32_t build_attachment(std::uint32_t nsid, bool attach, std::uint64_t list_address,
			      ringline_nvme_command *command)
{
	if (nsid == 0 || nsid == RINGLINE_NSID_ALL) {
		return -EINVAL;
	}
	*command = {};
	command->opcode = RINGLINE_NVME_NAMESPACE_ATTACHMENT;
	command->nsid = nsid;
	command->address = list_address;
	command->data_length = 4096;
	command->cdw10 = attach ? 0 : 1;
	return 0;
}

} // namespace ringline::nvme
