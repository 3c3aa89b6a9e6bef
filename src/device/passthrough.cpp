// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/passthrough.h"

#include "base/diagnosis.h"
#include "base/own_pages.h"
#include "device/outcome.h"
#include "nvme/admin.h"
#include "nvme/geometry.h"
#include "nvme/identify_layout.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/nvme_ioctl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

namespace ringline::device
{

namespace
{

// The 64-bit ioctl struct is the 72 bytes of a command and a result behind them.
static_assert(offsetof(nvme_passthru_cmd64, addr) == offsetof(ringline_nvme_command, address));
static_assert(offsetof(nvme_passthru_cmd64, cdw10) == offsetof(ringline_nvme_command, cdw10));
static_assert(offsetof(nvme_passthru_cmd64, timeout_ms) == offsetof(ringline_nvme_command, timeout_ms));
static_assert(offsetof(nvme_passthru_cmd64, result) == sizeof(ringline_nvme_command));
static_assert(offsetof(nvme_passthru_cmd, timeout_ms) == offsetof(ringline_nvme_command, timeout_ms));

constexpr std::uint8_t opcode_format = 0x80;
constexpr std::uint8_t opcode_sanitize = 0x84;
constexpr std::uint32_t page_bytes = 4096; // CAP.MPSMIN is not to be seen from here; every known controller has 4 KiB

// One blocking command; what the kernel gave, and the 64-bit result. Kernels before 5.5 know only the 32-bit form.
std::int32_t run(int fd, unsigned long request64, unsigned long request32, const ringline_nvme_command &command,
		 std::uint64_t *result)
{
	nvme_passthru_cmd64 wide = {};
	std::memcpy(&wide, &command, sizeof command);
	int status = ::ioctl(fd, request64, &wide);
	*result = wide.result;
	if (status < 0 && errno == ENOTTY) {
		nvme_passthru_cmd narrow = {};
		std::memcpy(&narrow, &command, offsetof(nvme_passthru_cmd, result));
		status = ::ioctl(fd, request32, &narrow);
		*result = narrow.result;
	}
	return status < 0 ? -errno : status;
}

std::int32_t refuse_node(const OpenRequest &request, ringline_diagnosis *diagnosis, const char *what)
{
	return fail(diagnosis, {.error = -ENOTTY, .rule = RINGLINE_RULE_NOT_NVME},
		    "%.100s is %s. Name an NVMe namespace such as /dev/ng0n1; 'nvmectl list' shows what there is.",
		    request.path, what);
}

std::int32_t refuse_path(const OpenRequest &request, ringline_diagnosis *diagnosis, std::int32_t error)
{
	const char *const advice = error == -ENOENT ? "There is no such path; 'nvmectl list' shows the NVMe devices of "
						      "this machine, and \"sim:PATH\" "
						      "names a simulated one."
						    : "It cannot be looked at.";
	return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_PATH}, "%.80s: %s", request.path, advice);
}

// Who may open the node, and how to become one of them.
std::int32_t refuse_permission(const char *path, bool read_only, ringline_diagnosis *diagnosis)
{
	struct stat node = {};
	(void)::stat(path, &node);
	char room[1024];
	group entry = {};
	group *found = nullptr;
	(void)::getgrgid_r(node.st_gid, &entry, room, sizeof room, &found);
	const char *const group_name = found != nullptr ? found->gr_name : "?";
	const bool by_group = (node.st_mode & S_IRGRP) != 0 && (read_only || (node.st_mode & S_IWGRP) != 0);
	if (!read_only && ::faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0) {
		return fail(diagnosis, {.error = -EROFS, .rule = RINGLINE_RULE_PERMISSION, .wanted = 3},
			    "Only reading %.60s is permitted: open it read-only, or get write permission.", path);
	}
	if (by_group) {
		return fail(diagnosis, {.error = -EACCES, .rule = RINGLINE_RULE_PERMISSION, .wanted = 1},
			    "Not permitted to open %.60s: join its group %.32s, or run as root.", path, group_name);
	}
	return fail(diagnosis, {.error = -EACCES, .rule = RINGLINE_RULE_PERMISSION, .wanted = 2},
		    "Not permitted to open %.60s (mode %04o, group %.32s): run as root, or give a group access by a "
		    "udev rule.",
		    path, node.st_mode & 07777U, group_name);
}

} // namespace

// From the path to the node that is opened: a block node stands for its generic sibling.
std::int32_t Passthrough::resolve(const OpenRequest &request, ringline_diagnosis *diagnosis, Node *node)
{
	struct stat status = {};
	if (::stat(request.path, &status) != 0) {
		return errno == EACCES ? refuse_permission(request.path, true, diagnosis)
				       : refuse_path(request, diagnosis, -errno);
	}
	if (S_ISREG(status.st_mode)) {
		return fail(diagnosis, {.error = -ENOTTY, .rule = RINGLINE_RULE_NOT_NVME},
			    "%.100s is a regular file; \"sim:%.60s\" opens it as a simulated device.", request.path,
			    request.path);
	}
	if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode)) {
		return refuse_node(request, diagnosis,
				   S_ISDIR(status.st_mode) ? "a directory" : "neither a character nor a block device");
	}
	node->number = status.st_rdev;
	if (!sysfs::find_node("/sys", status.st_rdev, S_ISBLK(status.st_mode), &node->kernel)) {
		return refuse_node(request, diagnosis, "a device that sysfs does not know");
	}
	(void)std::snprintf(node->path, sizeof node->path, "%s", request.path);
	if (S_ISCHR(status.st_mode)) {
		const bool nvme = std::strcmp(node->kernel.subsystem, "nvme-generic") == 0 ||
				  std::strcmp(node->kernel.subsystem, "nvme") == 0;
		return nvme ? 0 : refuse_node(request, diagnosis, "not an NVMe node");
	}
	if (node->kernel.partition) {
		return refuse_node(request, diagnosis,
				   "a partition, and commands address the whole namespace: its LBA 0 would not be the "
				   "partition's");
	}
	char generic[sysfs::name_bytes];
	if (!sysfs::generic_sibling(node->kernel.name, generic)) {
		return refuse_node(request, diagnosis, "not an NVMe block device");
	}
	(void)std::snprintf(node->path, sizeof node->path, "/dev/%s", generic);
	if (::stat(node->path, &status) != 0 || !S_ISCHR(status.st_mode) ||
	    !sysfs::find_node("/sys", status.st_rdev, false, &node->kernel) ||
	    std::strcmp(node->kernel.subsystem, "nvme-generic") != 0 || std::strcmp(node->kernel.name, generic) != 0) {
		return refuse_node(request, diagnosis, "a block device whose generic node (/dev/ng...) is missing");
	}
	node->number = status.st_rdev;
	return 0;
}

std::int32_t Passthrough::open_node(const OpenRequest &request, const Node &node, ringline_diagnosis *diagnosis)
{
	const bool read_only = (request.options.flags & RINGLINE_OPEN_READ_ONLY) != 0;
	fd_ = Fd(::open(node.path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK));
	if (!fd_.valid()) {
		const std::int32_t error = -errno;
		if (error == -EACCES || error == -EPERM) {
			return refuse_permission(node.path, read_only, diagnosis);
		}
		if (error == -EMFILE || error == -ENFILE) {
			return fail(diagnosis, {.error = -EMFILE, .rule = RINGLINE_RULE_RESOURCE},
				    "No file descriptor is left: raise RLIMIT_NOFILE ('ulimit -n').");
		}
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_PATH}, "%.80s cannot be opened (%s).",
			    node.path, strerrorname_np(-error));
	}
	struct stat status = {};
	if (::fstat(fd_.get(), &status) != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != node.number) {
		return refuse_node(request, diagnosis, "not the node any more that it was a moment ago");
	}
	return 0;
}

std::int32_t Passthrough::verify_namespace(const OpenRequest &request, ringline_diagnosis *diagnosis)
{
	const int nsid = ::ioctl(fd_.get(), NVME_IOCTL_ID);
	if (nsid <= 0) {
		return refuse_node(request, diagnosis, "not a node that tells its namespace id");
	}
	identity_.nsid = static_cast<std::uint32_t>(nsid);
	const std::uint32_t demanded = request.options.nsid;
	if (demanded != 0 && demanded != identity_.nsid) {
		return fail(
			diagnosis,
			{.error = -ENXIO, .rule = RINGLINE_RULE_NAMESPACE, .given = demanded, .wanted = identity_.nsid},
			"Namespace %u was asked for, and %.80s is namespace %u.", demanded, request.path,
			identity_.nsid);
	}
	return 0;
}

std::int32_t Passthrough::open(const OpenRequest &request, ringline_diagnosis *diagnosis)
{
	if (request.options.block_size != 0) {
		return fail(diagnosis,
			    {.error = -EINVAL,
			     .rule = RINGLINE_RULE_ARGUMENT,
			     .offset = offsetof(ringline_device_options, block_size),
			     .given = request.options.block_size},
			    "A block size can be chosen for simulated and null devices only; a real one has its own.");
	}
	Node node = {};
	if (const std::int32_t error = resolve(request, diagnosis, &node); error < 0) {
		return error;
	}
	if (const std::int32_t error = open_node(request, node, diagnosis); error < 0) {
		return error;
	}
	const bool controller = std::strcmp(node.kernel.subsystem, "nvme") == 0;
	identity_.kind = controller ? RINGLINE_DEVICE_CONTROLLER : RINGLINE_DEVICE_NAMESPACE;
	identity_.flags = request.options.flags & RINGLINE_OPEN_READ_ONLY;
	(void)std::snprintf(identity_.node, sizeof identity_.node, "%.*s", static_cast<int>(sizeof identity_.node) - 1,
			    node.path);
	std::memcpy(name_, node.kernel.name, sizeof name_);
	if (controller && request.options.nsid != 0) {
		return fail(
			diagnosis, {.error = -ENXIO, .rule = RINGLINE_RULE_NAMESPACE, .given = request.options.nsid},
			"Namespace %u was asked for, and %.80s is a controller.", request.options.nsid, request.path);
	}
	if (!controller) {
		if (const std::int32_t error = verify_namespace(request, diagnosis); error < 0) {
			return error;
		}
	}
	return read_facts(diagnosis);
}

// What the kernel gave: 0, a positive status, or a negative errno.
std::int32_t Passthrough::identify(std::uint32_t nsid, std::uint8_t cns, std::uint8_t csi, void *page) const
{
	ringline_nvme_command command = {};
	command.opcode = nvme::opcode_identify;
	command.nsid = nsid;
	command.cdw10 = cns;
	command.cdw11 = std::uint32_t{csi} << 24;
	command.address = reinterpret_cast<std::uintptr_t>(page);
	command.data_length = nvme::identify_bytes;
	std::uint64_t result = 0;
	return run(fd_.get(), NVME_IOCTL_ADMIN64_CMD, NVME_IOCTL_ADMIN_CMD, command, &result);
}

std::int32_t Passthrough::read_facts(ringline_diagnosis *diagnosis)
{
	const std::uint32_t formats_seen = formats();
	alignas(page_bytes) std::uint8_t page[nvme::identify_bytes] = {};
	ringline_device_info info = identity_;
	info.page_size = page_bytes;
	std::int32_t error = identify(0, nvme::cns_controller, 0, page);
	if (error == 0) {
		nvme::decode_controller(page, page_bytes, &info);
	}
	bool usable = true;
	if (error == 0 && info.kind == RINGLINE_DEVICE_NAMESPACE) {
		error = identify(info.nsid, nvme::cns_namespace, 0, page);
		usable = error != 0 || nvme::decode_namespace(page, &info);
		if (error == 0) {
			read_later_pages(page, &info);
		}
		read_limits(&info);
	}
	if (error == -EACCES || error == -EPERM) {
		return fail(diagnosis, {.error = -EACCES, .rule = RINGLINE_RULE_PERMISSION, .wanted = 2},
			    "Not permitted to send Identify to %.60s: CAP_SYS_ADMIN is needed (before Linux 6.2 for "
			    "every command); run as "
			    "root.",
			    identity_.node);
	}
	if (error == -ENODEV || error == -ENXIO) {
		return fail(diagnosis, {.error = -ENODEV}, "%.60s went away.", identity_.node);
	}
	if (error != 0 || !usable) {
		return fail(diagnosis,
			    {.error = -EIO,
			     .rule = RINGLINE_RULE_IDENTIFY,
			     .given = error > 0 ? static_cast<std::uint64_t>(error) : 0},
			    "Identify of %.60s failed: %s%s, status 0x%x.", identity_.node,
			    usable ? "" : "the namespace is not active or has no usable format",
			    error < 0 ? strerrorname_np(-error) : "", error > 0 ? static_cast<unsigned>(error) : 0U);
	}
	constexpr std::uint8_t lpa_effects = 1U << 1;
	// Asking a controller for a log that it does not have can leave an entry in its error log.
	if (info.kind == RINGLINE_DEVICE_CONTROLLER && (page[nvme::controller::lpa] & lpa_effects) != 0) {
		read_effects();
	}
	nvme::apply_limits(&info);
	set_info(info, formats_seen);
	return 0;
}

// What of the controller's admin commands may be pushed. A controller without that log has those that every one has.
void Passthrough::read_effects()
{
	constexpr std::uint8_t lid_effects = 0x05;
	alignas(page_bytes) std::uint8_t page[RINGLINE_LOG_COMMAND_BYTES] = {};
	ringline_log_options options = {};
	options.lid = lid_effects;
	const nvme::AdminData data = {.address = reinterpret_cast<std::uintptr_t>(page), .length = sizeof page};
	ringline_nvme_command command = {};
	std::uint64_t result = 0;
	const bool read = nvme::build_log_read(options, data, &command) == 0 &&
			  run(fd_.get(), NVME_IOCTL_ADMIN64_CMD, NVME_IOCTL_ADMIN_CMD, command, &result) == 0;
	set_harmless(read ? nvme::harmless_commands(nvme::AdminEffects(page, nvme::admin_effects_bytes))
			  : nvme::always_harmless);
}

// These pages came with later versions of NVMe: a controller without them has only the NVM command set, and no limits
// of single commands.
void Passthrough::read_later_pages(std::uint8_t (&page)[nvme::identify_bytes], ringline_device_info *info) const
{
	if (identify(info->nsid, nvme::cns_descriptors, 0, page) == 0) {
		nvme::decode_descriptors(page, info);
	}
	if (info->pi_type != 0 && identify(info->nsid, nvme::cns_csi_namespace, nvme::csi_nvm, page) == 0) {
		nvme::decode_nvm(page, info);
	}
	if (identify(0, nvme::cns_csi_controller, nvme::csi_nvm, page) == 0) {
		nvme::decode_nvm_controller(page, page_bytes, info);
	}
	if (info->command_set != nvme::csi_zoned) {
		return;
	}
	if (identify(info->nsid, nvme::cns_csi_namespace, nvme::csi_zoned, page) == 0) {
		nvme::decode_zoned(page, info);
	}
	if (identify(0, nvme::cns_csi_controller, nvme::csi_zoned, page) == 0) {
		nvme::decode_zoned_controller(page, page_bytes, info);
	}
}

// The limits that the kernel adds are those of the request queue, which sysfs shows at the block sibling.
void Passthrough::read_limits(ringline_device_info *info)
{
	char path[sysfs::path_bytes];
	char block[sysfs::name_bytes];
	if (sysfs::block_sibling(name_, block)) {
		(void)std::snprintf(path, sizeof path, "/sys/class/block/%s/queue/max_hw_sectors_kb", block);
		const std::uint64_t bytes = sysfs::read_number(path) * 1024;
		info->max_hw_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, UINT32_MAX));
		(void)std::snprintf(path, sizeof path, "/sys/class/block/%s/queue/max_segments", block);
		info->max_segments =
			static_cast<std::uint32_t>(std::min<std::uint64_t>(sysfs::read_number(path), UINT16_MAX));
		(void)std::snprintf(path, sizeof path, "/sys/class/block/%s/queue/io_poll", block);
		polled_.store(sysfs::read_number(path) == 1, std::memory_order_relaxed);
	}
	// A multipath head hangs below the subsystem, a plain namespace below its controller.
	(void)std::snprintf(path, sizeof path, "/sys/class/nvme-generic/%s/device/subsysnqn", name_);
	char text[256];
	const bool has_nqn = sysfs::read_text(path, text, sizeof text);
	(void)std::snprintf(path, sizeof path, "/sys/class/nvme-generic/%s/device/cntlid", name_);
	info->multipath = has_nqn && !sysfs::read_text(path, text, sizeof text) ? 1 : 0;
}

Outcome Passthrough::perform(const ringline_nvme_command &command, std::uint32_t segments)
{
	std::uint64_t result = 0;
	const bool from_device = (command.opcode & 2) != 0;
	if (from_device && own_pages(command.metadata, command.metadata_length) < 0) {
		return {.error = -EFAULT, .flags = RINGLINE_NOT_SENT};
	}
	if (segments != 0) {
		return perform_vectored(command, segments);
	}
	const std::int32_t status = run(fd_.get(), NVME_IOCTL_IO64_CMD, NVME_IOCTL_IO_CMD, command, &result);
	return outcome_of(status, result);
}

// There is no 32-bit form of it: kernels before 5.18 refuse.
Outcome Passthrough::perform_vectored(const ringline_nvme_command &command, std::uint32_t segments) const
{
	nvme_passthru_cmd64 wide = {};
	std::memcpy(&wide, &command, sizeof command);
	wide.vec_cnt = segments;
	const int status = ::ioctl(fd_.get(), NVME_IOCTL_IO64_CMD_VEC, &wide);
	return status < 0 && errno == ENOTTY ? Outcome{.error = -EOPNOTSUPP, .flags = RINGLINE_NOT_SENT}
					     : outcome_of(status < 0 ? -errno : status, wide.result);
}

std::int32_t Passthrough::admin(const ringline_nvme_command &command, Outcome *outcome)
{
	// The kernel lets CAP_SYS_ADMIN through whatever the mode of the file. Data to the host is all that reading
	// needs.
	const bool from_device = (command.opcode & 3) == 2;
	if ((identity_.flags & RINGLINE_OPEN_READ_ONLY) != 0 && !from_device) {
		return -EROFS;
	}
	if (from_device && own_pages(command.metadata, command.metadata_length) < 0) {
		return -EFAULT;
	}
	std::uint64_t result = 0;
	const std::int32_t status = run(fd_.get(), NVME_IOCTL_ADMIN64_CMD, NVME_IOCTL_ADMIN_CMD, command, &result);
	const Outcome became = outcome_of(status, result);
	if ((became.flags & RINGLINE_NOT_SENT) != 0) {
		return status;
	}
	// Also when its outcome is unknown: the format may have changed.
	const bool changes_format = command.opcode == opcode_format || command.opcode == opcode_sanitize;
	if (changes_format && became.status == 0) {
		forget_geometry();
	}
	*outcome = became;
	return 0;
}

std::int32_t Passthrough::refresh()
{
	return read_facts(nullptr);
}

std::int32_t open_passthrough(const OpenRequest &request, ringline_diagnosis *diagnosis, Device **device)
{
	auto *made = new (nothrow) Passthrough;
	if (made == nullptr) {
		return fail(diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_RESOURCE}, "Out of memory.");
	}
	const std::int32_t error = made->open(request, diagnosis);
	if (error < 0) {
		made->release();
		return error;
	}
	*device = made;
	return 0;
}

} // namespace ringline::device
