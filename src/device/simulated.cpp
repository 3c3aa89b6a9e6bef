// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated.h"

#include "base/diagnosis.h"
#include "base/memory.h"
#include "device/simulated_admin.h"
#include "device/simulated_image.h"
#include "nvme/geometry.h"
#include "nvme/identify.h"
#include "nvme/status.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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
constexpr std::uint32_t fua = 1U << 30;      // of cdw12
constexpr std::uint8_t opcode_to_device = 1; // bit 0 of an opcode: data goes to the device

/// Of a command that can never succeed as it is.
Outcome never(std::uint16_t status)
{
	return {.status = static_cast<std::uint16_t>(status | RINGLINE_STATUS_DNR)};
}

std::uint64_t lba_of(const ringline_nvme_command &command)
{
	return std::uint64_t{command.cdw11} << 32 | command.cdw10;
}

std::uint32_t blocks_of(const ringline_nvme_command &command)
{
	return (command.cdw12 & 0xffff) + 1;
}

FaultTarget target_of(const ringline_nvme_command &command, bool admin)
{
	const bool has_range =
		!admin && (command.opcode == RINGLINE_NVME_READ || command.opcode == RINGLINE_NVME_WRITE);
	return {.admin = admin,
		.opcode = command.opcode,
		.has_range = has_range,
		.lba = has_range ? lba_of(command) : 0,
		.blocks = has_range ? blocks_of(command) : 0};
}

/// The host's side failed to reach the caller's memory.
Outcome bad_address(std::size_t done)
{
	// Once bytes have moved it cannot be said that the command did nothing.
	const std::uint16_t flag = done == 0 ? RINGLINE_NOT_SENT : RINGLINE_OUTCOME_UNKNOWN;
	return {.error = -EFAULT, .flags = flag};
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

/// Where a transfer is in its memory. Ends at the length, or where the segments do.
class Cursor
{
public:
	Cursor(std::span<const ringline_segment> memory, std::size_t length) : memory_(memory), length_(length) {}
	/// Bytes that can be moved at once; 0: nothing more.
	[[nodiscard]] std::size_t left() const
	{
		return memory_.empty()
			       ? 0
			       : std::min(static_cast<std::size_t>(memory_[0].length) - within_, length_ - done_);
	}
	[[nodiscard]] std::byte *memory() const
	{
		return reinterpret_cast<std::byte *>(static_cast<std::uintptr_t>(memory_[0].address)) + within_;
	}
	[[nodiscard]] std::size_t done() const { return done_; }
	void advance(std::size_t bytes)
	{
		done_ += bytes;
		within_ += bytes;
		if (within_ == memory_[0].length) {
			memory_ = memory_.subspan(1);
			within_ = 0;
		}
	}

private:
	std::span<const ringline_segment> memory_;
	std::size_t length_;
	std::size_t within_ = 0; // of the first segment of memory_
	std::size_t done_ = 0;
};

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

void fill_geometry(const ImageGeometry &geometry, ringline_device_info *info)
{
	info->kind = RINGLINE_DEVICE_SIMULATED;
	info->nsid = the_nsid;
	info->blocks = geometry.blocks;
	info->capacity_blocks = geometry.blocks;
	info->block_size = geometry.block_size;
	info->mdts_bytes = geometry.mdts_bytes;
	info->page_size = 4096;
	info->volatile_cache = 1;
	nvme::apply_limits(info);
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
	(void)std::snprintf(path_, sizeof path_, "%s", path); // it fits: the kernel has just taken it
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
	fill_geometry(geometry, info);
	(void)std::snprintf(info->node, sizeof info->node, "sim:%.*s", static_cast<int>(sizeof info->node - 5), path_);
	geometry_.store(pack_geometry(geometry), std::memory_order_release);
	return 0;
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
	} else if ((command.opcode & opcode_to_device) != 0 && (flags_ & RINGLINE_OPEN_READ_ONLY) != 0) {
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
	switch (command.opcode) {
	case RINGLINE_NVME_READ:
	case RINGLINE_NVME_WRITE:
	case RINGLINE_NVME_FLUSH:
		break;
	default:
		return never(nvme::status_invalid_opcode);
	}
	if (command.nsid != the_nsid) {
		return never(nvme::status_invalid_namespace);
	}
	if (command.opcode != RINGLINE_NVME_FLUSH) {
		return transfer(command, segments);
	}
	return ::fdatasync(image_.get()) == 0 ? Outcome{} : Outcome{.status = nvme::status_write_fault};
}

Outcome SimulatedDevice::transfer(const ringline_nvme_command &command, std::uint32_t segments)
{
	const ImageGeometry geometry = unpack_geometry(geometry_.load(std::memory_order_acquire));
	const std::uint64_t lba = lba_of(command);
	const std::uint32_t blocks = blocks_of(command);
	const std::uint64_t length = std::uint64_t{blocks} * geometry.block_size;
	if (length > geometry.mdts_bytes) {
		return never(nvme::status_invalid_field);
	}
	if (blocks > geometry.blocks || lba > geometry.blocks - blocks) {
		return never(nvme::status_lba_out_of_range);
	}
	// A real device would transfer past the end of the memory. Here nothing moves at all.
	if (length > command.data_length || command.address == 0 || command.address > UINTPTR_MAX) {
		return bad_address(0);
	}
	const ringline_segment whole = {command.address, length};
	const auto *pieces = reinterpret_cast<const ringline_segment *>(static_cast<std::uintptr_t>(command.address));
	const Range range = {.memory = segments != 0 ? std::span(pieces, segments) : std::span(&whole, 1),
			     .length = static_cast<std::size_t>(length),
			     .offset = static_cast<off_t>(lba * geometry.block_size)};
	const bool forced = (command.cdw12 & fua) != 0;
	return command.opcode == RINGLINE_NVME_READ ? read(range, forced) : write(range, forced);
}

Outcome SimulatedDevice::read(const Range &range, bool forced) const
{
	if (forced && ::fdatasync(image_.get()) != 0) {
		return {.status = nvme::status_unrecovered_read};
	}
	Cursor cursor(range.memory, range.length);
	while (cursor.left() != 0) {
		const ssize_t got = ::pread(image_.get(), cursor.memory(), cursor.left(),
					    range.offset + static_cast<off_t>(cursor.done()));
		if (got > 0) {
			cursor.advance(static_cast<std::size_t>(got));
		} else if (got < 0 && errno == EFAULT) {
			return bad_address(cursor.done());
		} else if (got == 0 || errno != EINTR) {
			return {.status = nvme::status_unrecovered_read}; // also past the end of an image that shrank
		}
	}
	return {};
}

Outcome SimulatedDevice::write(const Range &range, bool forced) const
{
	// An image that another program has shrunk must not grow again: what a write would add is not this device's.
	struct stat facts = {};
	if (::fstat(image_.get(), &facts) != 0 || facts.st_size - range.offset < static_cast<off_t>(range.length)) {
		return {.status = nvme::status_write_fault};
	}
	Cursor cursor(range.memory, range.length);
	while (cursor.left() != 0) {
		const ssize_t put = ::pwrite(image_.get(), cursor.memory(), cursor.left(),
					     range.offset + static_cast<off_t>(cursor.done()));
		if (put > 0) {
			cursor.advance(static_cast<std::size_t>(put));
		} else if (put < 0 && errno == EFAULT) {
			return bad_address(cursor.done());
		} else if (put == 0 || errno != EINTR) {
			return {.status = nvme::status_write_fault};
		}
	}
	if (forced && ::fdatasync(image_.get()) != 0) {
		return {.status = nvme::status_write_fault};
	}
	return {};
}

std::int32_t SimulatedDevice::admin(const ringline_nvme_command &command, Outcome *outcome)
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
	if (const std::int32_t error = check_simulated_admin(command); error < 0) {
		return error;
	}
	FaultMatch match = {};
	const bool matched = shared_->match(target_of(command, true), &match);
	const bool executed = !matched || match.rule.action == RINGLINE_FAULT_DELAY ||
			      (match.rule.flags & RINGLINE_FAULT_EXECUTED) != 0;
	if (executed) {
		const ringline_device_info facts = info();
		*outcome = identifies ? identify(command)
				      : run_simulated_admin(command, {.info = &facts, .image = image_.get()});
		if (command.opcode == RINGLINE_NVME_FORMAT && outcome->status == 0) {
			forget_geometry();
		}
	}
	if (matched && match.rule.action == RINGLINE_FAULT_DELAY) {
		sleep_for(match.rule.delay_ns);
	} else if (matched) {
		*outcome = lost(match.rule);
	}
	return 0;
}

Outcome SimulatedDevice::identify(const ringline_nvme_command &command) const
{
	alignas(std::uint64_t) std::uint8_t page[nvme::identify_bytes] = {};
	const auto cns = static_cast<std::uint8_t>(command.cdw10);
	const bool of_namespace = cns == nvme::cns_namespace || cns == nvme::cns_descriptors;
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
	default:
		return never(nvme::status_invalid_field);
	}
	std::memcpy(reinterpret_cast<void *>(static_cast<std::uintptr_t>(command.address)), page, sizeof page);
	return {};
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
