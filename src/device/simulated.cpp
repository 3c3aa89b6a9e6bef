// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated.h"

#include "base/diagnosis.h"
#include "base/locked.h"
#include "base/memory.h"
#include "device/simulated_admin.h"
#include "device/simulated_commands.h"
#include "device/simulated_image.h"
#include "device/simulated_memory.h"
#include "nvme/command_table.h"
#include "nvme/identify.h"
#include "nvme/status.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <span>

namespace ringline::device
{

namespace
{

constexpr std::uint32_t all_nsids = 0xffffffff;
constexpr std::uint8_t opcode_to_device = 1; // bit 0 of an opcode: data goes to the device

/// Does a device that was opened read-only refuse it?
bool changes_medium(std::uint8_t opcode)
{
	const nvme::CommandRow *row = nvme::find_command(opcode);
	return row != nullptr ? row->changes_medium : (opcode & opcode_to_device) != 0;
}

/// What a rule that does not let the command's own outcome through says.
Outcome lost(const ringline_fault_rule &rule)
{
	if (rule.action == RINGLINE_FAULT_STATUS) {
		return {.status = rule.status};
	}
	if (rule.action == RINGLINE_FAULT_VANISH) {
		return {.error = -ENODEV, .flags = RINGLINE_OUTCOME_UNKNOWN};
	}
	const bool unknown = rule.error == -EINTR || (rule.flags & RINGLINE_FAULT_EXECUTED) != 0;
	const std::uint16_t flag = unknown ? RINGLINE_OUTCOME_UNKNOWN : RINGLINE_NOT_SENT;
	return {.error = rule.error, .flags = flag};
}

void sleep_for(std::uint64_t delay_ns)
{
	constexpr std::uint64_t second = 1'000'000'000;
	timespec left = {.tv_sec = static_cast<time_t>(delay_ns / second),
			 .tv_nsec = static_cast<long>(delay_ns % second)};
	while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
	}
}

std::int32_t refuse_join(const char *path, bool writable, std::int32_t error, ringline_diagnosis *diagnosis)
{
	switch (-error) {
	case EBUSY:
		return fail(diagnosis, {.error = -EBUSY, .rule = RINGLINE_RULE_IN_USE},
			    writable ? "The image '%.80s' is open in another process; to write it, it must be open in "
				       "no other."
				     : "The image '%.80s' is open for writing in another process.",
			    path);
	case ENODEV:
		return fail(diagnosis, {.error = -ENODEV, .rule = RINGLINE_RULE_PATH},
			    "The simulated device '%.60s' has vanished (a fault rule). It is back when all of this "
			    "process's handles of it are closed.",
			    path);
	case ENOMEM:
	case EMFILE:
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_RESOURCE},
			    "There is no free descriptor or memory for the image '%.80s'.", path);
	default:
		return fail(diagnosis, {.error = -EIO, .rule = RINGLINE_RULE_IMAGE},
			    "The image '%.80s' cannot be locked (errno %d).", path, -error);
	}
}

/// So that the files beside an image are found again when the process has gone to another folder.
bool make_absolute(const char *path, char (&absolute)[PATH_MAX])
{
	char here[PATH_MAX] = "";
	if (path[0] != '/' && ::getcwd(here, sizeof here) == nullptr) {
		return false;
	}
	const int length = std::snprintf(absolute, sizeof absolute, "%s%s%s", here, path[0] != '/' ? "/" : "", path);
	return length > 0 && static_cast<std::size_t>(length) < sizeof absolute;
}

void fill_identity(ino_t inode, ringline_device_info *info)
{
	// A serial number has 20 characters.
	constexpr std::uint64_t digits = 100'000'000'000'000'000;
	(void)std::snprintf(info->serial, sizeof info->serial, "SIM%llu",
			    static_cast<unsigned long long>(std::uint64_t{inode} % digits));
	(void)std::snprintf(info->model, sizeof info->model, "ringline simulated NVMe");
	(void)std::snprintf(info->firmware, sizeof info->firmware, "%u.%u.%u", RINGLINE_VERSION_MAJOR,
			    RINGLINE_VERSION_MINOR, RINGLINE_VERSION_PATCH);
}

} // namespace

SimulatedDevice::~SimulatedDevice()
{
	if (shared_ != nullptr) {
		shared_->leave(&open_, &image_);
	}
}

std::int32_t SimulatedDevice::open(const OpenRequest &request, ringline_diagnosis *diagnosis)
{
	const std::int32_t wrong = check_options_without_hardware("A simulated device", request.options, diagnosis);
	if (wrong < 0) {
		return wrong;
	}
	flags_ = request.options.flags;
	asked_block_size_ = request.options.block_size;
	const char *path = request.remainder;
	const bool writable = (flags_ & RINGLINE_OPEN_READ_ONLY) == 0;
	if (const std::int32_t error = open_image(path, writable, diagnosis, &image_); error < 0) {
		return error;
	}
	(void)std::snprintf(given_, sizeof given_, "%.*s", static_cast<int>(sizeof given_ - 1), path);
	if (!make_absolute(path, path_)) {
		return fail(diagnosis, {.error = -EIO, .rule = RINGLINE_RULE_PATH},
			    "The folder that '%.80s' is in cannot be found out, or its name is too long.", path);
	}
	ringline_device_info info = {};
	if (const std::int32_t error = join(path, diagnosis); error < 0) {
		return error;
	}
	if (const std::int32_t error = load(diagnosis, &info); error < 0) {
		return error;
	}
	set_info(info);
	return 0;
}

/// Rules are read first, so that the first open of an image sets all of them or none.
std::int32_t SimulatedDevice::join(const char *path, ringline_diagnosis *diagnosis)
{
	Array<ringline_fault_rule> rules;
	if (!rules.allocate(fault_rules_max)) {
		return refuse_join(path, open_.writable, -ENOMEM, diagnosis);
	}
	const std::int32_t count = read_faults(
		path, diagnosis, std::span<ringline_fault_rule, fault_rules_max>(rules.begin(), fault_rules_max));
	if (count < 0) {
		return count;
	}
	open_.device = this;
	open_.writable = (flags_ & RINGLINE_OPEN_READ_ONLY) == 0;
	const std::int32_t error =
		SharedImage::join(image_.get(), {rules.begin(), static_cast<std::size_t>(count)}, &open_, &shared_);
	return error < 0 ? refuse_join(path, open_.writable, error, diagnosis) : 0;
}

/// Reads the geometry, and from now on serves it.
std::int32_t SimulatedDevice::load(ringline_diagnosis *diagnosis, ringline_device_info *info)
{
	ImageGeometry geometry = {};
	if (const std::int32_t error = read_geometry(path_, image_.get(), asked_block_size_, diagnosis, &geometry);
	    error < 0) {
		return error;
	}
	struct stat facts = {};
	if (::fstat(image_.get(), &facts) != 0) {
		return fail(diagnosis, {.error = -EIO, .rule = RINGLINE_RULE_IMAGE}, "The image cannot be examined.");
	}
	*info = {};
	info->flags = flags_;
	fill_identity(facts.st_ino, info);
	describe_geometry(geometry, info);
	(void)std::snprintf(info->node, sizeof info->node, "sim:%.*s", static_cast<int>(sizeof info->node - 5), given_);
	const bool writable = (flags_ & RINGLINE_OPEN_READ_ONLY) == 0;
	if (const std::int32_t error = shared_->medium().prepare(path_, geometry, writable, diagnosis); error < 0) {
		return error;
	}
	const Locked locked(&geometry_lock_);
	geometry_ = geometry;
	return 0;
}

ImageGeometry SimulatedDevice::geometry() const
{
	const Locked locked(&geometry_lock_);
	return geometry_;
}

std::int32_t SimulatedDevice::refresh()
{
	if ((state() & gone) != 0) {
		return -ENODEV;
	}
	ringline_device_info info = {};
	if (const std::int32_t error = load(nullptr, &info); error < 0) {
		return error == -ENOMEM ? error : -EIO;
	}
	set_info(info);
	return 0;
}

/// What the kernel says before a real device sees the command.
bool SimulatedDevice::refuse(const ringline_nvme_command &command, Outcome *outcome) const
{
	std::int32_t error = 0;
	if ((state() & gone) != 0) {
		error = -ENODEV;
	} else if (command.flags != 0) {
		error = -EINVAL;
	} else if ((flags_ & RINGLINE_OPEN_READ_ONLY) != 0 && changes_medium(command.opcode)) {
		error = -EACCES;
	}
	*outcome = {.error = error, .flags = RINGLINE_NOT_SENT};
	return error != 0;
}

Verdict SimulatedDevice::execute(const ringline_nvme_command &command, std::uint32_t segments)
{
	Outcome refused;
	if (refuse(command, &refused)) {
		return {.outcome = refused};
	}
	FaultMatch match = {};
	if (!shared_->match(target_of(command, false), &match)) {
		return {.outcome = run(command, segments)};
	}
	return act(match, command, segments);
}

Verdict SimulatedDevice::act(const FaultMatch &match, const ringline_nvme_command &command, std::uint32_t segments)
{
	const ringline_fault_rule &rule = match.rule;
	const bool executed = (rule.flags & RINGLINE_FAULT_EXECUTED) != 0;
	switch (rule.action) {
	case RINGLINE_FAULT_DELAY:
		return {.outcome = run(command, segments), .delay_ns = rule.delay_ns};
	case RINGLINE_FAULT_REORDER:
		return {.outcome = run(command, segments),
			.hold = rule.hold,
			.rule = match.number,
			.disposition = Disposition::reorder};
	case RINGLINE_FAULT_DROP:
		return {.outcome = executed ? run(command, segments) : Outcome{},
			.rule = match.number,
			.disposition = Disposition::drop,
			.executed = executed};
	default:
		if (executed) {
			(void)run(command, segments);
		}
		return {.outcome = lost(rule)};
	}
}

Outcome SimulatedDevice::perform(const ringline_nvme_command &command, std::uint32_t segments)
{
	Outcome refused;
	return refuse(command, &refused) ? refused : run(command, segments);
}

Outcome SimulatedDevice::run(const ringline_nvme_command &command, std::uint32_t segments)
{
	const ImageGeometry current = geometry();
	return run_command({.geometry = current, .image = image_.get(), .medium = shared_->medium()}, command,
			   segments);
}

/// What nothing can be decided about: negative.
std::int32_t SimulatedDevice::refuse_admin(const ringline_nvme_command &command) const
{
	if ((state() & gone) != 0) {
		return -ENODEV;
	}
	const bool from_device = (command.opcode & 3) == 2;
	if ((flags_ & RINGLINE_OPEN_READ_ONLY) != 0 && !from_device) {
		return -EROFS;
	}
	const bool identifies = command.opcode == nvme::opcode_identify;
	if (command.flags != 0 || (identifies && (command.address == 0 || command.address > UINTPTR_MAX ||
						  command.data_length < nvme::identify_bytes))) {
		return -EINVAL;
	}
	return check_simulated_admin(command);
}

Outcome SimulatedDevice::run_admin(const ringline_nvme_command &command)
{
	if (command.opcode == nvme::opcode_identify) {
		return identify(command);
	}
	const ringline_device_info facts = info();
	const ImageGeometry current = geometry();
	const Namespace blocks = {.geometry = current, .image = image_.get(), .medium = shared_->medium()};
	const Outcome outcome = run_simulated_admin(command, {.info = &facts, .blocks = &blocks});
	if (command.opcode == RINGLINE_NVME_FORMAT && outcome.status == 0) {
		forget_geometry();
	}
	return outcome;
}

/// Of admin rules there are none that hold a command back.
Verdict SimulatedDevice::decide_admin(const ringline_nvme_command &command)
{
	FaultMatch match = {};
	if (!shared_->match(target_of(command, true), &match)) {
		return {.outcome = run_admin(command)};
	}
	if (match.rule.action == RINGLINE_FAULT_DELAY) {
		return {.outcome = run_admin(command), .delay_ns = match.rule.delay_ns};
	}
	if ((match.rule.flags & RINGLINE_FAULT_EXECUTED) != 0) {
		(void)run_admin(command);
	}
	return {.outcome = lost(match.rule)};
}

Verdict SimulatedDevice::execute_admin(const ringline_nvme_command &command)
{
	const std::int32_t error = refuse_admin(command);
	return error < 0 ? Verdict{.outcome = {.error = error, .flags = RINGLINE_NOT_SENT}} : decide_admin(command);
}

std::int32_t SimulatedDevice::admin(const ringline_nvme_command &command, Outcome *outcome)
{
	if (const std::int32_t error = refuse_admin(command); error < 0) {
		return error;
	}
	const Verdict verdict = decide_admin(command);
	if (verdict.delay_ns != 0) {
		sleep_for(verdict.delay_ns);
	}
	if (verdict.outcome.error == -EFAULT && (verdict.outcome.flags & RINGLINE_NOT_SENT) != 0) {
		return -EFAULT; // what the kernel finds out before it sends anything
	}
	*outcome = verdict.outcome;
	return 0;
}

Outcome SimulatedDevice::identify(const ringline_nvme_command &command) const
{
	alignas(std::uint64_t) std::uint8_t page[nvme::identify_bytes] = {};
	const auto cns = static_cast<std::uint8_t>(command.cdw10);
	const auto csi = static_cast<std::uint8_t>(command.cdw11 >> 24);
	const bool of_namespace =
		cns == nvme::cns_namespace || cns == nvme::cns_descriptors || cns == nvme::cns_csi_namespace;
	if ((of_namespace && command.nsid != the_nsid) ||
	    (cns == nvme::cns_active_namespaces && command.nsid >= all_nsids - 1)) {
		return never(nvme::status_invalid_namespace);
	}
	switch (cns) {
	case nvme::cns_namespace:
		nvme::encode_namespace(info(), page);
		break;
	case nvme::cns_controller:
		nvme::encode_controller(info(), page);
		break;
	case nvme::cns_active_namespaces:
		page[0] = command.nsid < the_nsid ? the_nsid : 0; // the ids above the one given
		break;
	case nvme::cns_descriptors:
		nvme::encode_descriptors(info(), page);
		break;
	case nvme::cns_csi_namespace:
		if (csi == nvme::csi_nvm) {
			nvme::encode_nvm(info(), page);
		} else if (csi == nvme::csi_zoned && info().command_set == nvme::csi_zoned) {
			nvme::encode_zoned(info(), page);
		} else {
			return never(nvme::status_invalid_field);
		}
		break;
	case nvme::cns_csi_controller:
		if (csi == nvme::csi_nvm) {
			nvme::encode_nvm_controller(info(), page);
		} else if (csi == nvme::csi_zoned) {
			nvme::encode_zoned_controller(info(), page);
		} else {
			return never(nvme::status_invalid_field);
		}
		break;
	default:
		return never(nvme::status_invalid_field);
	}
	const CallerMemory memory(command.address, command.data_length);
	Cursor to = memory.cursor(sizeof page);
	return to.give(page, sizeof page) ? Outcome{} : bad_address(0);
}

std::int32_t SimulatedDevice::set_fault(const ringline_fault_rule &rule)
{
	return shared_->set_fault(rule);
}

std::int32_t SimulatedDevice::clear_fault(std::uint32_t rule)
{
	return shared_->clear_fault(rule);
}

bool SimulatedDevice::holds(std::uint32_t rule) const
{
	return shared_->holds(rule);
}

std::int32_t SimulatedDevice::add_waker(Waker *waker)
{
	return shared_->add_waker(waker);
}

void SimulatedDevice::remove_waker(Waker *waker)
{
	shared_->remove_waker(waker);
}

std::int32_t open_simulated(const OpenRequest &request, ringline_diagnosis *diagnosis, Device **device)
{
	auto *opened = new (std::nothrow_t{}) SimulatedDevice;
	if (opened == nullptr) {
		return fail(diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_RESOURCE}, "Out of memory.");
	}
	if (const std::int32_t error = opened->open(request, diagnosis); error < 0) {
		opened->release();
		return error;
	}
	*device = opened;
	return 0;
}

} // namespace ringline::device
