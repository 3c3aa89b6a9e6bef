// SPDX-License-Identifier: MIT OR Apache-2.0
// How a queue begins and ends: its options, the choice of the engine, its memory.
#include "core/queue.h"

#include "base/diagnosis.h"
#include "base/fork_guard.h"

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
constexpr std::uint32_t queue_flags_all = RINGLINE_QUEUE_MOVABLE | RINGLINE_QUEUE_IOPOLL | RINGLINE_QUEUE_SQPOLL |
					  RINGLINE_QUEUE_SQPOLL_CPU | RINGLINE_QUEUE_TIMESTAMPS |
					  RINGLINE_QUEUE_AVOID_TRAPS;
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
	{&ringline_queue_options::flags, "flags", queue_flags_all, 0},
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
	if ((flags & RINGLINE_QUEUE_AVOID_TRAPS) != 0 &&
	    (options.engine != RINGLINE_ENGINE_AUTO || (flags & flags_polling) != 0)) {
		return refuse(
			at_flags, flags,
			"AVOID_TRAPS lets AUTO choose the engine: it goes with neither a choice of yours nor polling.");
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

// Why there is no ring at all.
std::int32_t refuse_ring(std::int32_t error, ringline_diagnosis *diagnosis)
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
			       memories_.allocate(options.max_buffers) &&
			       ((options.flags & RINGLINE_QUEUE_TIMESTAMPS) == 0 || pushed_at_.allocate(options.depth));
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

std::int32_t Queue::refuse_uring(std::int32_t error, const engine::Setup &setup, ringline_diagnosis *diagnosis)
{
	if (error == -EMFILE || error == -ENFILE) {
		return fail(diagnosis, {.error = -EMFILE, .rule = RINGLINE_RULE_RESOURCE},
			    "No file descriptor is left for a queue: raise RLIMIT_NOFILE ('ulimit -n').");
	}
	if (error == -EINVAL && setup.sqpoll_cpu >= 0 && takes_another_cpu(setup)) {
		return fail(diagnosis,
			    {.error = -EINVAL,
			     .rule = RINGLINE_RULE_ARGUMENT,
			     .offset = offsetof(ringline_queue_options, sqpoll_cpu),
			     .given = static_cast<std::uint32_t>(setup.sqpoll_cpu)},
			    "CPU %d cannot have the thread that SQPOLL starts: it is not online, or not allowed for "
			    "this process.",
			    setup.sqpoll_cpu);
	}
	if (setup.iopoll && error == -EOPNOTSUPP) {
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_KERNEL, .wanted = 6U << 16 | 16U},
			    "This kernel can crash when two threads poll the same queue of a device, so IOPOLL is "
			    "refused: Linux 6.16 does not, nor do 6.15.4, 6.12.36, 6.6.97 and what follows them.");
	}
	return refuse_ring(error, diagnosis);
}

engine::Setup Queue::setup_of(const ringline_queue_options &options)
{
	const auto has = [&](std::uint32_t flag) { return (options.flags & flag) != 0; };
	return {.depth = options.depth,
		.max_devices = options.max_devices,
		.max_buffers = options.max_buffers,
		.workers = options.workers,
		.movable = movable_,
		.iopoll = has(RINGLINE_QUEUE_IOPOLL),
		.sqpoll = has(RINGLINE_QUEUE_SQPOLL),
		.sqpoll_cpu = has(RINGLINE_QUEUE_SQPOLL_CPU) ? static_cast<std::int32_t>(options.sqpoll_cpu) : -1,
		.sqpoll_idle_ms = options.sqpoll_idle_ms != 0 ? options.sqpoll_idle_ms : sqpoll_idle_default_ms,
		.waker = &waker_};
}

std::int32_t Queue::choose_engine(const ringline_queue_options &options, ringline_diagnosis *diagnosis)
{
	const engine::Setup setup = setup_of(options);
	engine_reason_ = RINGLINE_REASON_ASKED;
	if (options.engine == RINGLINE_ENGINE_THREADS) {
		return start_threads(setup, diagnosis);
	}
	const bool probe = options.engine == RINGLINE_ENGINE_AUTO;
	const bool polls = (options.flags & flags_polling) != 0;
	if ((options.flags & RINGLINE_QUEUE_AVOID_TRAPS) != 0 &&
	    (engine::Uring::traps() & RINGLINE_TRAP_WRITE_LOST) != 0) {
		engine_reason_ = RINGLINE_REASON_TRAP;
		return start_threads(setup, diagnosis);
	}
	const std::int32_t error = create_uring(setup, probe);
	if (error == 0) {
		engine_ = RINGLINE_ENGINE_URING;
		crooked_ = polls || !pushed_at_.empty() ? 1 : 0;
		engine_reason_ = probe ? RINGLINE_REASON_PROBED : RINGLINE_REASON_ASKED;
		return 0;
	}
	// Workers cannot stand in for a ring that polls, nor without a descriptor.
	if (!probe || polls || error == -EMFILE || error == -ENFILE) {
		return refuse_uring(error, setup, diagnosis);
	}
	engine_reason_ = engine::Uring::reason_of(error);
	engine_error_ = error;
	return start_threads(setup, diagnosis);
}

std::int32_t Queue::start_threads(const engine::Setup &setup, ringline_diagnosis *diagnosis)
{
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

} // namespace ringline::core
