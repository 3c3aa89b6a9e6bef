// SPDX-License-Identifier: MIT OR Apache-2.0
// Everything of a queue that is not the data path: creation, ownership, attachments, information, the end.
#include "core/queue.h"

#include "base/diagnosis.h"
#include "base/errno_guard.h"
#include "base/fork_guard.h"

#include <sys/eventfd.h>

#include <cassert>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace ringline::core
{

namespace
{

constexpr std::uint32_t depth_default = 256;
constexpr std::uint32_t depth_max = 32768; // a ring has no more entries
constexpr std::uint32_t max_devices_default = 4;
constexpr std::uint32_t max_buffers_default = 8;
constexpr std::uint32_t max_buffers_max = 64;
constexpr std::uint32_t workers_default = 8;
constexpr std::uint32_t workers_max = 256;
constexpr std::uint32_t flags_all =
	RINGLINE_QUEUE_MOVABLE | RINGLINE_QUEUE_IOPOLL | RINGLINE_QUEUE_SQPOLL | RINGLINE_QUEUE_SQPOLL_CPU;
constexpr std::uint32_t flags_polling = RINGLINE_QUEUE_IOPOLL | RINGLINE_QUEUE_SQPOLL;
constexpr std::uint32_t sqpoll_cpu_max = 65535; // the kernel takes it for a signed number, and looks it up in a table
constexpr std::uint32_t sqpoll_idle_max_ms = 60'000;
constexpr std::uint32_t sqpoll_idle_default_ms = 1'000;

struct Bound {
	std::uint32_t ringline_queue_options::*member;
	const char *name;
	std::uint32_t most;
	std::uint32_t otherwise; // what 0 means
};

constexpr Bound bounds[] = {
	{&ringline_queue_options::flags, "flags", flags_all, 0},
	{&ringline_queue_options::engine, "engine", RINGLINE_ENGINE_THREADS, RINGLINE_ENGINE_AUTO},
	{&ringline_queue_options::depth, "depth", depth_max, depth_default},
	{&ringline_queue_options::max_devices, "max_devices", devices_max, max_devices_default},
	{&ringline_queue_options::max_buffers, "max_buffers", max_buffers_max, max_buffers_default},
	{&ringline_queue_options::workers, "workers", workers_max, workers_default},
	{&ringline_queue_options::sqpoll_cpu, "sqpoll_cpu", sqpoll_cpu_max, 0},
	{&ringline_queue_options::sqpoll_idle_ms, "sqpoll_idle_ms", sqpoll_idle_max_ms, 0},
	{&ringline_queue_options::reserved0, "reserved0", 0, 0},
};

std::int32_t complete(ringline_queue_options *options, ringline_diagnosis *diagnosis)
{
	for (const Bound &bound : bounds) {
		std::uint32_t &value = options->*bound.member;
		if (value > bound.most) {
			const auto offset = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&value) -
								       reinterpret_cast<std::uintptr_t>(options));
			return fail(diagnosis,
				    {.error = -EINVAL,
				     .rule = RINGLINE_RULE_ARGUMENT,
				     .offset = offset,
				     .given = value,
				     .wanted = bound.most},
				    "The queue option %s is %u; at most %u is possible in this version.", bound.name,
				    value, bound.most);
		}
		if (value == 0) {
			value = bound.otherwise;
		}
	}
	return 0;
}

// Options that are possible, but not together.
std::int32_t check_together(const ringline_queue_options &options, ringline_diagnosis *diagnosis)
{
	const auto refuse = [&](std::size_t offset, std::uint64_t given, const char *text) {
		return fail(diagnosis,
			    {.error = -EINVAL,
			     .rule = RINGLINE_RULE_ARGUMENT,
			     .offset = static_cast<std::uint32_t>(offset),
			     .given = given},
			    "%s", text);
	};
	const std::uint32_t flags = options.flags;
	const bool sqpoll = (flags & RINGLINE_QUEUE_SQPOLL) != 0;
	const std::size_t at_flags = offsetof(ringline_queue_options, flags);
	if ((flags & RINGLINE_QUEUE_IOPOLL) != 0 && (flags & (RINGLINE_QUEUE_MOVABLE | RINGLINE_QUEUE_SQPOLL)) != 0) {
		return refuse(
			at_flags, flags,
			"A queue with IOPOLL can be neither movable nor have SQPOLL: its completions are found by the "
			"thread that polls.");
	}
	if ((flags & flags_polling) != 0 && options.engine == RINGLINE_ENGINE_THREADS) {
		return refuse(at_flags, flags,
			      "The threads engine has no polling: ask for the uring engine, or for none.");
	}
	if ((flags & RINGLINE_QUEUE_SQPOLL_CPU) != 0 && !sqpoll) {
		return refuse(at_flags, flags, "SQPOLL_CPU goes with SQPOLL: there is no thread without it.");
	}
	if (options.sqpoll_cpu != 0 && (flags & RINGLINE_QUEUE_SQPOLL_CPU) == 0) {
		return refuse(offsetof(ringline_queue_options, sqpoll_cpu), options.sqpoll_cpu,
			      "The queue option sqpoll_cpu needs the flag SQPOLL_CPU.");
	}
	if (options.sqpoll_idle_ms != 0 && !sqpoll) {
		return refuse(offsetof(ringline_queue_options, sqpoll_idle_ms), options.sqpoll_idle_ms,
			      "The queue option sqpoll_idle_ms needs the flag SQPOLL.");
	}
	return 0;
}

std::int32_t refuse_uring(std::int32_t error, ringline_diagnosis *diagnosis)
{
	switch (engine::Uring::reason_of(error)) {
	case RINGLINE_REASON_DISABLED:
		return fail(diagnosis, {.error = -EOPNOTSUPP, .rule = RINGLINE_RULE_IO_URING_DISABLED},
			    "io_uring is disabled on this machine: 'sysctl kernel.io_uring_disabled=0' allows it, and "
			    "the threads "
			    "engine works without it.");
	case RINGLINE_REASON_NO_MEMORY:
		return fail(
			diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_MEMLOCK},
			"No memory for an io_uring: raise RLIMIT_MEMLOCK ('ulimit -l'), or ask for a smaller depth.");
	case RINGLINE_REASON_FORBIDDEN:
		return fail(diagnosis, {.error = -EOPNOTSUPP, .rule = RINGLINE_RULE_FORBIDDEN},
			    "io_uring is forbidden here (%s), by a seccomp filter or a security module; the threads "
			    "engine works "
			    "without it.",
			    strerrorname_np(-error));
	default:
		return fail(diagnosis, {.error = -EOPNOTSUPP, .rule = RINGLINE_RULE_KERNEL, .wanted = 5U << 16 | 19U},
			    "The kernel has no io_uring with 128-byte entries (%s); Linux 5.19 is the first, and the "
			    "threads engine "
			    "works without it.",
			    strerrorname_np(-error));
	}
}

} // namespace

std::int32_t Queue::allocate(const ringline_queue_options &options)
{
	const ForkPage *page = fork_page();
	epoch_ = fork_epoch();
	const bool allocated = page != nullptr && epoch_ != 0 && slots_.allocate(options.depth) &&
			       free_.allocate(options.depth) && ready_.allocate(options.depth) &&
			       by_index_.allocate(devices_max) && attachments_.allocate(options.max_devices) &&
			       memories_.allocate(options.max_buffers);
	if (!allocated) {
		return -ENOMEM;
	}
	fork_word_ = &page->epoch;
	depth_ = options.depth;
	flags_ = options.flags;
	movable_ = (options.flags & RINGLINE_QUEUE_MOVABLE) != 0;
	for (std::uint32_t i = 0; i < depth_; ++i) {
		free_[i] = i << engine::slot_shift;
	}
	seen_closings_ = closings();
	return waker_.create();
}

std::int32_t Queue::create_uring(const engine::Setup &setup, bool probe_first)
{
	std::int32_t error = probe_first ? engine::Uring::probe() : 0;
	if (error == 0) {
		error = uring_.create(setup, &tasks_);
	}
	return error;
}

// Is the CPU all that the kernel has against the ring?
bool Queue::takes_another_cpu(engine::Setup setup)
{
	setup.sqpoll_cpu = -1;
	const bool taken = uring_.create(setup, &tasks_) == 0;
	if (taken) {
		uring_.destroy();
	}
	return taken;
}

std::int32_t Queue::choose_engine(const ringline_queue_options &options, ringline_diagnosis *diagnosis)
{
	const engine::Setup setup = {.depth = options.depth,
				     .max_devices = options.max_devices,
				     .max_buffers = options.max_buffers,
				     .workers = options.workers,
				     .movable = movable_,
				     .iopoll = (options.flags & RINGLINE_QUEUE_IOPOLL) != 0,
				     .sqpoll = (options.flags & RINGLINE_QUEUE_SQPOLL) != 0,
				     .sqpoll_cpu = (options.flags & RINGLINE_QUEUE_SQPOLL_CPU) != 0
							   ? static_cast<std::int32_t>(options.sqpoll_cpu)
							   : -1,
				     .sqpoll_idle_ms = options.sqpoll_idle_ms != 0 ? options.sqpoll_idle_ms
										   : sqpoll_idle_default_ms,
				     .waker = &waker_};
	engine_reason_ = RINGLINE_REASON_ASKED;
	const bool polls = (options.flags & flags_polling) != 0;
	if (options.engine != RINGLINE_ENGINE_THREADS) {
		const bool probe = options.engine == RINGLINE_ENGINE_AUTO;
		const std::int32_t error = create_uring(setup, probe);
		if (error == 0) {
			engine_ = RINGLINE_ENGINE_URING;
			crooked_ = polls ? 1 : 0;
			engine_reason_ = probe ? RINGLINE_REASON_PROBED : RINGLINE_REASON_ASKED;
			return 0;
		}
		if (error == -EMFILE || error == -ENFILE) {
			return fail(diagnosis, {.error = -EMFILE, .rule = RINGLINE_RULE_RESOURCE},
				    "No file descriptor is left for a queue: raise RLIMIT_NOFILE ('ulimit -n').");
		}
		if (error == -EINVAL && setup.sqpoll_cpu >= 0 && takes_another_cpu(setup)) {
			return fail(
				diagnosis,
				{.error = -EINVAL,
				 .rule = RINGLINE_RULE_ARGUMENT,
				 .offset = offsetof(ringline_queue_options, sqpoll_cpu),
				 .given = options.sqpoll_cpu},
				"CPU %u cannot have the thread that SQPOLL starts: it is not online, or not allowed "
				"for this process.",
				options.sqpoll_cpu);
		}
		if (setup.iopoll && error == -EOPNOTSUPP) {
			return fail(
				diagnosis, {.error = error, .rule = RINGLINE_RULE_KERNEL, .wanted = 6U << 16 | 16U},
				"This kernel can crash when two threads poll the same queue of a device, so IOPOLL is "
				"refused: Linux 6.16 does not, nor do 6.15.4, 6.12.36, 6.6.97 and what follows them.");
		}
		if (!probe || polls) { // workers cannot stand in for that
			return refuse_uring(error, diagnosis);
		}
		engine_reason_ = engine::Uring::reason_of(error);
		engine_error_ = error;
	}
	engine_ = RINGLINE_ENGINE_THREADS;
	std::int32_t error = make_tasks();
	if (error == 0) {
		error = threads_.create(setup, &tasks_);
	}
	if (error < 0) {
		return fail(diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_RESOURCE},
			    "The worker threads could not be started (%s).", strerrorname_np(-error));
	}
	return 0;
}

std::int32_t Queue::create(const ringline_queue_options &given, ringline_diagnosis *diagnosis, Queue **queue)
{
	ringline_queue_options options = given;
	if (const std::int32_t error = complete(&options, diagnosis); error < 0) {
		return error;
	}
	if (const std::int32_t error = check_together(options, diagnosis); error < 0) {
		return error;
	}
	auto *made = new (nothrow) Queue;
	std::int32_t error = made != nullptr ? made->allocate(options) : -ENOMEM;
	if (error < 0) {
		delete made;
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_RESOURCE},
			    error == -EMFILE
				    ? "No file descriptor is left for a queue: raise RLIMIT_NOFILE ('ulimit -n')."
				    : "Out of memory for a queue.");
	}
	error = made->choose_engine(options, diagnosis);
	if (error == 0 && made->movable_) {
		error = made->with_engine([](auto &engine) { return engine.bind(); });
		if (error < 0) {
			made->with_engine([](auto &engine) { engine.destroy(); });
			(void)fail(diagnosis, {.error = error}, "The ring could not be enabled (%s).",
				   strerrorname_np(-error));
		}
	}
	if (error < 0) {
		delete made;
		return error;
	}
	*queue = made;
	return 0;
}

std::int32_t Queue::destroy()
{
	if (inherited()) {
		return -ECHILD;
	}
	if (foreign()) {
		return -EPERM;
	}
	with_engine([](auto &engine) { engine.destroy(); });
	for (Attachment &attachment : attachments_) {
		if (attachment.handle.value != 0) {
			attachment.target.device->remove_waker(&waker_);
			attachment.target.device->release();
		}
	}
	for (const Memory &memory : memories_) {
		if (memory.buffer != nullptr) {
			let_go_of(memory);
		}
	}
	delete this;
	return 0;
}

bool Queue::foreign() const
{
	const std::uint64_t owner = owner_.load(std::memory_order_relaxed);
	return owner != nobody && owner != thread_identity();
}

// The first call that needs an owner makes its thread the owner, and binds the ring to it.
std::int32_t Queue::admit_first()
{
	std::uint64_t expected = nobody;
	if (!owner_.compare_exchange_strong(expected, thread_identity(), std::memory_order_acq_rel)) {
		return -EPERM;
	}
	const std::int32_t error = with_engine([](auto &engine) { return engine.bind(); });
	if (error < 0) {
		owner_.store(nobody, std::memory_order_release);
	}
	return error;
}

std::int32_t Queue::info(ringline_queue_info *info) const
{
	if (inherited()) {
		return -ECHILD;
	}
	if (foreign()) {
		return -EPERM;
	}
	*info = {};
	info->flags = flags_;
	info->engine = engine_;
	info->engine_reason = engine_reason_;
	info->engine_error = engine_error_;
	info->depth = depth_;
	info->in_flight = in_flight_;
	for (const Attachment &attachment : attachments_) {
		info->devices += attachment.handle.value != 0 ? 1 : 0;
	}
	info->buffers = memory_count_;
	if (engine_ == RINGLINE_ENGINE_URING) {
		info->ring_setup_flags = uring_.setup_flags();
		info->traps = engine::Uring::traps();
	}
	with_engine([&](const auto &engine) {
		info->not_submitted = engine.pushed();
		info->enters = engine.enters();
		info->memory_bytes = engine.memory_bytes();
	});
	info->memory_bytes += sizeof *this + slots_.bytes() + free_.bytes() + by_index_.bytes() + attachments_.bytes() +
			      memories_.bytes() + tasks_.bytes() + ready_.bytes() + holds_.bytes();
	return 0;
}

std::int32_t Queue::fd()
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	if (signal_.valid()) {
		return signal_.get();
	}
	if ((flags_ & RINGLINE_QUEUE_IOPOLL) != 0) {
		return -EOPNOTSUPP; // what nobody polls never shows
	}
	Fd made(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)); // readable from the start: something may be there already
	if (!made.valid()) {
		return -EMFILE;
	}
	if (const std::int32_t error = with_engine([&](auto &engine) { return engine.signal(made.get()); });
	    error < 0) {
		return error;
	}
	// The bell's own completion would signal it too, but Linux 6.18 signals a registered eventfd only once for
	// completions that are caused by a write to another eventfd (tried), and 6.12 after an RCU grace period: so the
	// bell does it itself.
	waker_.echo(made.get());
	signal_ = std::move(made);
	return signal_.get();
}

std::int32_t Queue::wakeup()
{
	if (inherited()) {
		return -ECHILD;
	}
	if ((flags_ & RINGLINE_QUEUE_IOPOLL) != 0) {
		return -EOPNOTSUPP; // its ring takes no poll on the bell
	}
	waker_.wake();
	return 0;
}

// What a handle that is not attached deserves.
std::int32_t Queue::explain_missing(ringline_device handle)
{
	device::Device *device = nullptr;
	const std::int32_t error = lock_device(handle, &device);
	if (error < 0) {
		return error;
	}
	device->release();
	return -ENXIO;
}

// The device's state has changed since its geometry was copied.
std::int32_t Queue::renew(Attachment &attachment)
{
	device::Device &device = *attachment.target.device;
	const std::uint32_t state = device.state();
	if ((state & device::Device::gone) != 0) {
		return -ENODEV;
	}
	if ((state & device::Device::closed) != 0) {
		return -ESTALE;
	}
	if (!drives(device)) {
		return -EOPNOTSUPP; // formatted, since it was attached, to what this queue may not drive
	}
	attachment.geometry = nvme::geometry_of(device.info());
	if (movable_ && !attachment.target.task) {
		// The kernel copies what is not dword-aligned, and a read is lost in that copy when the submitting
		// thread has exited (facts 9).
		attachment.geometry.address_mask |= 3;
	}
	if ((state & device::Device::geometry_unknown) != 0) {
		return -ESTALE; // what was copied serves raw commands
	}
	attachment.plain = nvme::plain_limits(attachment.geometry);
	attachment.recent = {}; // of what the geometry was
	if (recent_.attachment == &attachment) {
		recent_ = {};
		straight_ = false;
	}
	attachment.state = state;
	return 0;
}

std::int32_t Queue::make_tasks()
{
	if (!tasks_.empty() && !holds_.empty()) {
		return 0;
	}
	crooked_ = 1;
	straight_ = false;
	return tasks_.allocate(depth_) && holds_.allocate(depth_) ? 0 : -ENOMEM;
}

std::int32_t Queue::attach(ringline_device handle)
{
	std::int32_t error = admit();
	if (error < 0) {
		return error;
	}
	sweep();
	device::Device *device = nullptr;
	if (error = lock_device(handle, &device); error < 0) {
		return error;
	}
	std::uint32_t number = 0;
	while (number < attachments_.size() && attachments_[number].handle.value != 0) {
		++number;
	}
	if (find(handle) != nullptr) {
		error = -EEXIST;
	} else if (!drives(*device)) {
		error = -EOPNOTSUPP;
	} else if (number == attachments_.size()) {
		error = -ENOSPC;
	}
	const engine::Target target = {
		.device = device, .file = number, .task = engine_ == RINGLINE_ENGINE_THREADS || device->fd() < 0};
	if (error == 0 && target.task) {
		error = make_tasks();
	}
	if (error == 0) {
		error = with_engine([&](auto &engine) { return engine.attach(target); });
	}
	if (error == 0) {
		error = device->add_waker(&waker_);
		if (error < 0) {
			with_engine([&](auto &engine) { engine.detach(target); });
		}
	}
	if (error < 0) {
		device->release();
		return error;
	}
	Attachment &attachment = attachments_[number];
	attachment = {};
	attachment.handle = handle;
	attachment.target = target;
	attachment.state = UINT32_MAX; // of no device: the first push copies the geometry, or says why it cannot
	(void)renew(attachment);
	by_index_[device_index(handle)] = static_cast<std::uint16_t>(number + 1);
	return 0;
}

// A controller takes admin commands only. Separate metadata is copied by 6.1 when the command completes, for which a
// movable queue's submitter may be gone (facts 9).
bool Queue::drives(const device::Device &device) const
{
	const ringline_device_info info = device.info();
	const bool separate_metadata = info.metadata_size != 0 && info.metadata_inline == 0;
	if ((flags_ & RINGLINE_QUEUE_IOPOLL) != 0 && !device.polled()) {
		return false;
	}
	const bool through_ring = engine_ == RINGLINE_ENGINE_URING && device.fd() >= 0;
	return info.kind != RINGLINE_DEVICE_CONTROLLER && !(movable_ && through_ring && separate_metadata);
}

void Queue::drop(Attachment &attachment)
{
	with_engine([&](auto &engine) { engine.detach(attachment.target); });
	attachment.target.device->remove_waker(&waker_);
	attachment.target.device->release();
	// The place of a closed device in the handle table may be another device's by now, which is attached here too.
	std::uint16_t &number = by_index_[device_index(attachment.handle)];
	if (number == attachment.target.file + 1) {
		number = 0;
	}
	attachment = {};
	forget_recent();
}

// Lets go of closed devices whose last completion was taken.
void Queue::sweep()
{
	const std::uint32_t seen = closings();
	if (seen == seen_closings_) {
		return;
	}
	const ErrnoGuard keep;
	bool left = false;
	for (Attachment &attachment : attachments_) {
		if (attachment.handle.value == 0 || (attachment.target.device->state() & device::Device::closed) == 0) {
			continue;
		}
		if (attachment.in_flight == 0) {
			drop(attachment);
		} else {
			left = true;
		}
	}
	seen_closings_ = left ? seen - 1 : seen;
}

std::int32_t Queue::detach(ringline_device handle)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	Attachment *attachment = find(handle);
	for (Attachment &other : attachments_) {
		if (other.handle.value == handle.value && handle.value != 0) {
			attachment = &other; // also when it was closed, and its place in the table has another tenant
		}
	}
	if (attachment == nullptr) {
		const std::int32_t error = explain_missing(handle);
		return error == -ESTALE ? -ENXIO : error;
	}
	if (attachment->in_flight != 0) {
		return -EBUSY;
	}
	drop(*attachment);
	return 0;
}

std::int32_t Queue::attach_buffer(ringline_buffer handle)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	std::uint32_t number = 0;
	while (number < memories_.size() && memories_[number].buffer != nullptr) {
		++number;
	}
	for (const Memory &memory : memories_) {
		if (memory.buffer != nullptr && memory.handle.value == handle.value) {
			return -EEXIST;
		}
	}
	Buffer *buffer = nullptr;
	if (const std::int32_t error = core::attach_buffer(handle, &buffer); error < 0) {
		return error;
	}
	if (number == memories_.size()) {
		core::detach_buffer(buffer);
		return -ENOSPC;
	}
	const engine::Pinned pinned = with_engine(
		[&](auto &engine) { return engine.pin(number, buffer->address, buffer->length, buffer->pin); });
	memories_[number] = {.buffer = buffer,
			     .start = buffer->address,
			     .length = buffer->length,
			     .handle = handle,
			     .in_flight = 0,
			     .pinned = pinned};
	++memory_count_;
	forget_recent();
	return pinned != engine::Pinned::no ? 1 : 0;
}

// The engine has: the buffer may be freed from here on.
void Queue::let_go_of(const Memory &memory)
{
	if (memory.pinned == engine::Pinned::shared) {
		memory.buffer->pin.leave();
	}
	core::detach_buffer(memory.buffer);
}

std::int32_t Queue::detach_buffer(ringline_buffer handle)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	for (std::uint32_t i = 0; i < memories_.size(); ++i) {
		Memory &memory = memories_[i];
		if (memory.buffer == nullptr || memory.handle.value != handle.value) {
			continue;
		}
		if (memory.in_flight != 0 || straddling_ != 0) {
			return -EBUSY;
		}
		if (memory.pinned != engine::Pinned::no) {
			with_engine([&](auto &engine) { engine.unpin(i); });
		}
		let_go_of(memory);
		memory = {};
		forget_recent();
		--memory_count_;
		return 0;
	}
	ringline_buffer_info ignored = {};
	const std::int32_t error = core::read_buffer(handle, &ignored);
	return error < 0 && error != -ESTALE ? error : -ENXIO;
}

} // namespace ringline::core
