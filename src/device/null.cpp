// SPDX-License-Identifier: MIT OR Apache-2.0
// "null:": the kernel's real ring path with no device behind it, because /dev/null completes every uring_cmd with 0.
#include "base/diagnosis.h"
#include "device/device.h"
#include "nvme/geometry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstdio>
#include <new>
#include <utility>

namespace ringline::device
{

namespace
{

constexpr const char *node = "/dev/null";
constexpr std::uint64_t size_bytes = std::uint64_t{1} << 40;

class NullDevice final : public Device
{
public:
	NullDevice(Fd fd, const ringline_device_info &info)
	{
		fd_ = std::move(fd);
		set_info(info);
	}

	/// As the kernel does it: anything succeeds, and no memory is touched.
	Outcome perform(const ringline_nvme_command & /*command*/, std::uint32_t /*segments*/) override { return {}; }

private:
	~NullDevice() override = default;
};

std::int32_t check_options(const OpenRequest &request, ringline_diagnosis *diagnosis)
{
	if (request.remainder[0] != '\0') {
		return fail(diagnosis, {.error = -EINVAL, .rule = RINGLINE_RULE_PATH},
			    "'%.120s' names nothing: behind \"null:\" there can be no path.", request.path);
	}
	return check_options_without_hardware("The null device", request.options, diagnosis);
}

/// A wrong /dev/null, a file that somebody redirected into, would take commands for real or not at all.
std::int32_t open_node(ringline_diagnosis *diagnosis, Fd *fd)
{
	struct stat facts = {};
	const auto is_null = [&facts] {
		return S_ISCHR(facts.st_mode) && major(facts.st_rdev) == 1 && minor(facts.st_rdev) == 3;
	};
	if (::stat(node, &facts) != 0) {
		return fail(diagnosis, {.error = -ENOENT, .rule = RINGLINE_RULE_PATH}, "There is no %s.", node);
	}
	if (is_null()) {
		*fd = Fd(::open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
		if (!fd->valid()) {
			const std::int32_t error = -errno;
			const bool resource = error == -EMFILE || error == -ENFILE || error == -ENOMEM;
			return fail(diagnosis,
				    {.error = resource ? error : -EACCES,
				     .rule = resource ? RINGLINE_RULE_RESOURCE : RINGLINE_RULE_PERMISSION},
				    "%s cannot be opened for reading and writing (errno %d).", node, -error);
		}
	}
	if (!is_null() || ::fstat(fd->get(), &facts) != 0 || !is_null()) {
		return fail(diagnosis, {.error = -ENOTTY, .rule = RINGLINE_RULE_NOT_NVME},
			    "%s is not the null device (character device 1:3) on this machine.", node);
	}
	return 0;
}

ringline_device_info make_info(const ringline_device_options &options)
{
	ringline_device_info info = {};
	info.kind = RINGLINE_DEVICE_NULL;
	info.flags = options.flags;
	info.nsid = the_nsid;
	info.block_size = options.block_size != 0 ? options.block_size : 512;
	info.blocks = size_bytes / info.block_size;
	info.capacity_blocks = info.blocks;
	info.page_size = 4096;
	// It takes anything, but knows no zones.
	info.commands = RINGLINE_CAN_COMPARE | RINGLINE_CAN_WRITE_UNCORRECTABLE | RINGLINE_CAN_DATASET_MANAGEMENT |
			RINGLINE_CAN_WRITE_ZEROES | RINGLINE_CAN_VERIFY | RINGLINE_CAN_COPY | RINGLINE_CAN_PLACEMENT |
			RINGLINE_CAN_STREAMS;
	info.copy_formats = 0xf;
	info.copy_max_ranges = RINGLINE_COPY_RANGES_MAX;
	nvme::apply_limits(&info);
	(void)std::snprintf(info.model, sizeof info.model, "ringline null device");
	(void)std::snprintf(info.firmware, sizeof info.firmware, "%u.%u.%u", RINGLINE_VERSION_MAJOR,
			    RINGLINE_VERSION_MINOR, RINGLINE_VERSION_PATCH);
	(void)std::snprintf(info.node, sizeof info.node, "null:");
	return info;
}

} // namespace

std::int32_t open_null(const OpenRequest &request, ringline_diagnosis *diagnosis, Device **device)
{
	if (const std::int32_t error = check_options(request, diagnosis); error < 0) {
		return error;
	}
	Fd fd;
	if (const std::int32_t error = open_node(diagnosis, &fd); error < 0) {
		return error;
	}
	auto *opened = new (std::nothrow_t{}) NullDevice(std::move(fd), make_info(request.options));
	if (opened == nullptr) {
		return fail(diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_RESOURCE}, "Out of memory.");
	}
	*device = opened;
	return 0;
}

} // namespace ringline::device
