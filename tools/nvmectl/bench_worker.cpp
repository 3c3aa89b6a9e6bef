// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_worker.h"

#include "error.h"
#include "units.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace nvmectl
{
namespace
{

constexpr std::size_t page_size = 4096;

std::uint64_t nanoseconds(const struct timeval &time)
{
	return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
	       static_cast<std::uint64_t>(time.tv_usec) * 1000;
}

/// Data that a drive can neither compress nor find twice.
void fill_with_noise(std::byte *memory, std::size_t bytes, std::uint64_t seed)
{
	Random random(seed);
	for (std::size_t at = 0; at < bytes; at += sizeof(std::uint64_t)) {
		const std::uint64_t word = random.next();
		std::memcpy(memory + at, &word, sizeof word);
	}
}

bool went_well(const ringline_completion &completion)
{
	return completion.error == 0 && (completion.status & RINGLINE_STATUS_CODE_MASK) == 0 &&
	       (completion.flags & RINGLINE_OUTCOME_UNKNOWN) == 0;
}

constexpr std::uint8_t opcode_of(Kind kind)
{
	return kind == Kind::read    ? RINGLINE_NVME_READ
	       : kind == Kind::write ? RINGLINE_NVME_WRITE
				     : RINGLINE_NVME_FLUSH;
}

} // namespace

std::uint64_t clock_ns()
{
	struct timespec time = {};
	(void)::clock_gettime(CLOCK_MONOTONIC, &time);
	return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

CpuTime &CpuTime::operator+=(const CpuTime &other)
{
	user_ns += other.user_ns;
	system_ns += other.system_ns;
	return *this;
}

CpuTime CpuTime::operator-(const CpuTime &earlier) const
{
	return {user_ns - std::min(user_ns, earlier.user_ns), system_ns - std::min(system_ns, earlier.system_ns)};
}

CpuTime cpu_time(int who)
{
	struct rusage usage = {};
	(void)::getrusage(who, &usage);
	return {nanoseconds(usage.ru_utime), nanoseconds(usage.ru_stime)};
}

BenchMeeting::BenchMeeting(std::uint32_t threads) : ready(threads), bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
	if (!bell.valid()) {
		throw Error(Exit::internal, "no eventfd can be made");
	}
}

void BenchMeeting::ring() const
{
	const std::uint64_t one = 1;
	[[maybe_unused]] const ssize_t written = ::write(bell.get(), &one, sizeof one);
}

BenchWorker::BenchWorker(const BenchPlan &plan, std::uint32_t thread, const Device &device, BenchMeeting *meeting)
	: plan_(plan), device_(device), meeting_(*meeting),
	  pattern_(pattern_of_thread(plan.pattern, thread, plan.threads)), pace_(plan.rate, thread, plan.threads),
	  limit_(plan.commands_of_thread(thread)),
	  end_of_sending_ns_(plan.time_ns ? plan.ramp_ns + *plan.time_ns : UINT64_MAX),
	  latencies_(std::make_unique<std::array<LiveHistogram, kinds>>())
{
}

void BenchWorker::run() noexcept
{
	try {
		set_up();
	} catch (...) {
		failure_ = std::current_exception();
	}
	meeting_.ready.count_down();
	meeting_.go.wait();
	if (failure_ == nullptr) {
		try {
			loop();
		} catch (...) {
			failure_ = std::current_exception();
			meeting_.stop.store(true);
		}
	}
	meeting_.finished.fetch_add(1);
	meeting_.ring();
	meeting_.leave.wait();
	queue_.reset(); // by its owner, and after what is in flight, if there was a failure
}

void BenchWorker::wake() const
{
	// A queue with IOPOLL has no bell and refuses. It needs none: it only waits while the device has commands, and
	// these are waited for when the run is to stop, too.
	(void)ringline_queue_wakeup(queue_->get());
}

void BenchWorker::set_up()
{
	// A command that is due must not wait for timers that the kernel would rather handle together.
	(void)::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	const std::size_t slot_bytes = (plan_.command_bytes() + page_size - 1) / page_size * page_size;
	const std::size_t bytes = slot_bytes * plan_.depth * plan_.copies();
	std::byte *memory = nullptr;
	if (!plan_.registered) {
		plain_memory_.reset(static_cast<std::byte *>(std::aligned_alloc(page_size, bytes)));
		memory = plain_memory_.get();
		if (memory == nullptr) {
			throw Error(Exit::open,
				    fmt::format("no memory for {} of commands in flight", human_bytes(bytes)),
				    "a smaller --depth needs less");
		}
	}
	queue_.emplace(device_, plan_.engine, plan_.depth, plan_.registered ? bytes : 0, plan_.polling);
	result_.pinned = queue_->pinned();
	memory = memory != nullptr ? memory : queue_->memory();
	fill_with_noise(memory, bytes, pattern_.seed());
	slots_.resize(plan_.depth);
	completions_.resize(plan_.depth);
	free_.reserve(plan_.depth);
	for (std::uint32_t i = plan_.depth; i-- > 0;) { // the first is taken first
		slots_[i].read_into = memory + slot_bytes * plan_.copies() * i;
		slots_[i].write_from = slots_[i].read_into + slot_bytes * (plan_.copies() - 1);
		free_.push_back(i);
	}
}

void BenchWorker::loop()
{
	start_ns_ = meeting_.start_ns.load();
	while (true) {
		notice_stop();
		push_what_is_due();
		if (in_flight_ > 0) {
			take_completions();
		} else if (ended()) {
			break;
		} else {
			sleep_until_due();
		}
	}
	result_.end_ns = now();
	stop_measuring();
	count_missed();
}

void BenchWorker::start_measuring()
{
	measuring_ = true;
	enters_before_ = queue_->info().enters;
	cpu_before_ = cpu_time(RUSAGE_THREAD);
}

void BenchWorker::stop_measuring()
{
	result_.queue = queue_->info();
	if (measuring_) {
		result_.cpu = cpu_time(RUSAGE_THREAD) - cpu_before_;
		result_.enters = result_.queue.enters - enters_before_;
	}
}

void BenchWorker::notice_stop()
{
	if (stopping_ || !meeting_.stop.load(std::memory_order_relaxed)) {
		return;
	}
	stopping_ = true;
	stopped_ns_ = now();
	for (std::uint32_t i = 0; i < slots_.size(); ++i) {
		if (slots_[i].in_flight) {
			// What the device has already cannot be taken back: then it is waited for.
			(void)ringline_cancel(queue_->get(), i);
		}
	}
}

void BenchWorker::request_stop()
{
	meeting_.stop.store(true);
	meeting_.ring();
}

bool BenchWorker::ended() const
{
	return stopping_ || time_is_up_ || (limit_ && measured_ >= *limit_);
}

bool BenchWorker::is_due(std::uint64_t now_ns) const
{
	if (!pace_.limited()) {
		return now_ns < end_of_sending_ns_;
	}
	// What was due before the end is sent, though this thread looks at the clock only now.
	return pace_.due_ns(sent_) < std::min(now_ns + 1, end_of_sending_ns_);
}

void BenchWorker::push_what_is_due()
{
	const std::uint64_t now_ns = now();
	if (!measuring_ && now_ns >= plan_.ramp_ns) {
		start_measuring();
	}
	while (!free_.empty() && !stopping_) {
		if (plan_.flush_every != 0 && writes_since_flush_ >= plan_.flush_every) {
			push_flush(now_ns);
		} else if (!ended() && is_due(now_ns)) {
			push_command(now_ns);
		} else {
			break;
		}
	}
	time_is_up_ = now_ns >= end_of_sending_ns_;
}

void BenchWorker::push_command(std::uint64_t now_ns)
{
	Slot &slot = slots_[free_.back()];
	const Target target = pattern_.next();
	slot.kind = target.read ? Kind::read : Kind::write;
	slot.start_ns = pace_.limited() ? pace_.due_ns(sent_) : now_ns;
	slot.measured = measuring_ && slot.start_ns >= plan_.ramp_ns;
	++sent_;
	measured_ += slot.measured ? 1 : 0;
	writes_since_flush_ += target.read ? 0 : 1;
	const std::uint64_t lba = plan_.range.lba + target.place * plan_.blocks_per_command;
	const std::uint32_t bytes = plan_.command_bytes();
	pushed(slot, target.read ? ringline_read(queue_->get(), device_.handle(), lba, plan_.blocks_per_command,
						 slot.read_into, bytes, 0, free_.back())
				 : ringline_write(queue_->get(), device_.handle(), lba, plan_.blocks_per_command,
						  slot.write_from, bytes, plan_.fua ? RINGLINE_FUA : 0u, free_.back()));
}

void BenchWorker::push_flush(std::uint64_t now_ns)
{
	Slot &slot = slots_[free_.back()];
	slot.kind = Kind::flush;
	slot.start_ns = now_ns;
	slot.measured = measuring_;
	writes_since_flush_ = 0;
	pushed(slot, ringline_flush(queue_->get(), device_.handle(), free_.back()));
}

void BenchWorker::pushed(Slot &slot, std::int32_t result)
{
	if (result < 0) {
		// All was proved before the run: what is refused now, such as on a device that is gone, stays refused.
		count_error({opcode_of(slot.kind), 0, RINGLINE_NOT_SENT, result});
		stopping_ = true;
		stopped_ns_ = now();
		request_stop();
		return;
	}
	slot.in_flight = true;
	free_.pop_back();
	++in_flight_;
}

void BenchWorker::sleep_until_due() const
{
	constexpr std::uint64_t look_again_ns = 20'000'000; // whether it should stop
	const std::uint64_t due_ns = pace_.limited() ? pace_.due_ns(sent_) : 0;
	const std::uint64_t until_ns = start_ns_ + std::min({due_ns, end_of_sending_ns_, now() + look_again_ns});
	const struct timespec until = {static_cast<time_t>(until_ns / 1'000'000'000),
				       static_cast<long>(until_ns % 1'000'000'000)};
	(void)::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

void BenchWorker::take_completions()
{
	std::int64_t timeout_ns = -1;
	if (pace_.limited() && !free_.empty() && !ended()) {
		const std::uint64_t now_ns = now();
		const std::uint64_t due_ns = std::min(pace_.due_ns(sent_), end_of_sending_ns_);
		timeout_ns = due_ns > now_ns ? static_cast<std::int64_t>(due_ns - now_ns) : 0;
	}
	const std::uint32_t least = std::min(plan_.batch, in_flight_);
	const std::int32_t taken = ringline_submit_and_wait(
		queue_->get(), completions_.data(), static_cast<std::uint32_t>(completions_.size()), least, timeout_ns);
	if (taken == -EAGAIN || taken == -EBUSY) {
		(void)::poll(nullptr, 0, 1); // the kernel is out of something that completions give back
	} else if (taken < 0 && taken != -EINTR) {
		throw Error(Exit::internal, fmt::format("waiting on the queue: {} ({})", ringline_error_text(taken),
							ringline_error_name(taken)));
	}
	const std::uint64_t now_ns = now();
	for (std::int32_t i = 0; i < taken; ++i) {
		finish(completions_[static_cast<std::size_t>(i)], now_ns);
	}
}

void BenchWorker::finish(const ringline_completion &completion, std::uint64_t now_ns)
{
	Slot &slot = slots_.at(completion.user_data);
	slot.in_flight = false;
	free_.push_back(static_cast<std::uint32_t>(completion.user_data));
	--in_flight_;
	if (went_well(completion)) {
		if (slot.measured) {
			latencies_->at(static_cast<std::size_t>(slot.kind)).record(now_ns - slot.start_ns);
		}
		return;
	}
	const bool taken_back =
		stopping_ && completion.error == -ECANCELED && (completion.flags & RINGLINE_NOT_SENT) != 0;
	if (!taken_back) {
		count_error({opcode_of(slot.kind), completion.status, completion.flags, completion.error});
		if (plan_.stop_on_error) {
			request_stop();
		}
	}
}

void BenchWorker::count_error(const BenchError &error)
{
	++result_.errors[error];
	error_count_.fetch_add(1, std::memory_order_relaxed);
}

void BenchWorker::count_missed()
{
	if (pace_.limited() && !(limit_ && measured_ >= *limit_)) {
		const std::uint64_t due = pace_.due_before(std::min({stopped_ns_, end_of_sending_ns_, result_.end_ns}));
		result_.missed = due > sent_ ? due - sent_ : 0;
	}
}

} // namespace nvmectl
