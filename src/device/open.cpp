// SPDX-License-Identifier: MIT OR Apache-2.0
// Which kind of device a path names.
#include "base/diagnosis.h"
#include "device/device.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace ringline::device
{

namespace
{

using Opener = std::int32_t (*)(const OpenRequest &request, ringline_diagnosis *diagnosis, Device **device);

struct Kind {
	const char *prefix;
	Opener open;
};

// The last row takes every other path. A kind that is not the real thing is only ever reached by its prefix or an
// option.
constexpr Kind kinds[] = {
	{"sim:", open_simulated},
	{"null:", open_null},
	{"", open_passthrough},
};

constexpr std::uint32_t open_flags = RINGLINE_OPEN_READ_ONLY | RINGLINE_OPEN_SIMULATED;

} // namespace

std::int32_t open(const char *path, const ringline_device_options &options, ringline_diagnosis *diagnosis,
		  Device **device)
{
	if ((options.flags & ~open_flags) != 0) {
		return fail(diagnosis,
			    {.error = -EINVAL,
			     .rule = RINGLINE_RULE_ARGUMENT,
			     .offset = offsetof(ringline_device_options, flags),
			     .given = options.flags,
			     .wanted = open_flags},
			    "The open flags 0x%x are not all known to this version.", options.flags);
	}
	OpenRequest request = {.path = path, .remainder = path, .options = options};
	for (const Kind &kind : kinds) {
		const std::size_t length = std::strlen(kind.prefix);
		if (std::strncmp(path, kind.prefix, length) == 0) {
			request.remainder = path + length;
			const bool plain_image = length == 0 && (options.flags & RINGLINE_OPEN_SIMULATED) != 0;
			return (plain_image ? open_simulated : kind.open)(request, diagnosis, device);
		}
	}
	return -ENOENT; // not reached: the last prefix fits every path
}

std::int32_t check_options_without_hardware(const char *name, const ringline_device_options &options,
					    ringline_diagnosis *diagnosis)
{
	if (options.block_size != 0 && options.block_size != 512 && options.block_size != 4096) {
		return fail(diagnosis,
			    {.error = -EINVAL,
			     .rule = RINGLINE_RULE_ARGUMENT,
			     .offset = offsetof(ringline_device_options, block_size),
			     .given = options.block_size},
			    "%s has blocks of 512 or 4096 bytes, not %u.", name, options.block_size);
	}
	if (options.nsid != 0 && options.nsid != the_nsid) {
		return fail(
			diagnosis,
			{.error = -ENXIO, .rule = RINGLINE_RULE_NAMESPACE, .given = options.nsid, .wanted = the_nsid},
			"%s is namespace 1, not %u.", name, options.nsid);
	}
	return 0;
}

} // namespace ringline::device
