// SPDX-License-Identifier: MIT OR Apache-2.0
// Admin commands from their options, whose struct_size has been dealt with. Each writes the whole of *command and
// returns 0, or writes nothing and returns a negative errno: see ringline/admin.h.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace ringline::nvme
{

/// Where the data is, or is to go.
struct AdminData {
	std::uint64_t address;
	std::uint32_t length;
};

[[nodiscard]] std::int32_t build_identify(const ringline_identify_options &options, std::uint64_t address,
					  ringline_nvme_command *command);
[[nodiscard]] std::int32_t build_log_read(const ringline_log_options &options, const AdminData &data,
					  ringline_nvme_command *command);
[[nodiscard]] std::int32_t build_feature_get(const ringline_feature_options &options, const AdminData &data,
					     ringline_nvme_command *command);
[[nodiscard]] std::int32_t build_feature_set(const ringline_feature_options &options, const AdminData &data,
					     ringline_nvme_command *command);
[[nodiscard]] std::int32_t build_format(const ringline_format_options &options, ringline_nvme_command *command);
[[nodiscard]] std::int32_t build_sanitize(const ringline_sanitize_options &options, ringline_nvme_command *command);
[[nodiscard]] std::int32_t build_self_test(std::uint32_t nsid, std::uint32_t code, ringline_nvme_command *command);
/// list_address: 4096 bytes with the controllers.
[[nodiscard]] std::int32_t build_attachment(std::uint32_t nsid, bool attach, std::uint64_t list_address,
					    ringline_nvme_command *command);

} // namespace ringline::nvme
