// SPDX-License-Identifier: MIT OR Apache-2.0
// One thread of a benchmark: its own queue and memory, and the loop that keeps commands in flight and times them.
//
// The clock is read once before a batch is pushed and once after a batch was taken, not for each command. So a latency
// begins when the pushing of its batch began (or when the command was due, if there is a rate), and ends when its batch
// had been taken: it is what a program sees that works in batches. It is never too short, and too long by at most the
// time in which one batch is pushed, less than 0.1 us a command.
#pragma once

#include "bench_pace.h"
#include "bench_pattern.h"
#include "bench_plan.h"
#include "fd.h"
#include "histogram.h"
#include "session.h"

#include <ringline/ringline.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

namespace nvmectl
{

enum class Kind : std::uint8_t { read, write, flush };
inline constexpr std::size_t kinds = 3;

/// CLOCK_MONOTONIC.
std::uint64_t clock_ns();

/// Errors are counted by what they are.
struct BenchError {
	std::uint8_t opcode = 0;
	std::uint16_t status = 0;
	std::uint16_t flags = 0;
	std::int32_t error = 0;
	bool operator<(const BenchError &other) const
	{
		return std::tie(opcode, status, flags, error) <
		       std::tie(other.opcode, other.status, other.flags, other.error);
	}
};
using BenchErrors = std::map<BenchError, std::uint64_t>;

/// Processor time.
struct CpuTime {
	std::uint64_t user_ns = 0;
	std::uint64_t system_ns = 0;
	[[nodiscard]] std::uint64_t total_ns() const { return user_ns + system_ns; }
	CpuTime &operator+=(const CpuTime &other);
	CpuTime operator-(const CpuTime &earlier) const;
};
/// who: RUSAGE_THREAD or RUSAGE_SELF.
CpuTime cpu_time(int who);

/// What the threads of a run and their supervisor meet at.
struct BenchMeeting {
	explicit BenchMeeting(std::uint32_t threads);
	/// Any thread: the supervisor should look.
	void ring() const;

	std::latch ready; ///< All have their queue and memory, or failed.
	std::latch go{1};
	std::latch leave{1}; ///< Nobody will wake a queue any more.
	Fd bell;
	std::atomic<std::uint64_t> start_ns = 0; ///< Set before go.
	std::atomic<std::uint32_t> finished = 0;
	std::atomic<bool> stop = false;
};

/// What a thread leaves behind, of the time after the ramp.
struct WorkerResult {
	BenchErrors errors;
	std::uint64_t end_ns = 0; ///< After the start of the run; the last command is complete.
	std::uint64_t missed = 0; ///< Due by the rate, and not sent when the time was up.
	std::uint64_t enters = 0;
	CpuTime cpu;
	ringline_queue_info queue = {};
	bool pinned = false;
};

class BenchWorker
{
public:
	BenchWorker(const BenchPlan &plan, std::uint32_t thread, const Device &device, BenchMeeting *meeting);

	/// The body of the thread. What goes wrong is kept for failure().
	void run() noexcept;

	/// Between ready and leave: makes the loop look whether it should stop.
	void wake() const;
	/// At any time.
	[[nodiscard]] const LiveHistogram &latencies(Kind kind) const
	{
		return latencies_->at(static_cast<std::size_t>(kind));
	}
	[[nodiscard]] std::uint64_t errors_so_far() const { return error_count_.load(std::memory_order_relaxed); }
	/// After ready: why there is no queue. After the thread has ended: why it ended.
	[[nodiscard]] std::exception_ptr failure() const { return failure_; }
	/// After the thread has ended.
	[[nodiscard]] const WorkerResult &result() const { return result_; }

private:
	struct Slot {
		std::uint64_t start_ns = 0;
		std::byte *read_into = nullptr;
		const std::byte *write_from = nullptr; ///< Noise, which no read touches.
		Kind kind = Kind::read;
		bool measured = false;
		bool in_flight = false;
	};
	struct Freed {
		void operator()(std::byte *memory) const { std::free(memory); }
	};

	void set_up();
	void loop();
	void start_measuring();
	void stop_measuring();
	void notice_stop();
	void request_stop();
	[[nodiscard]] std::uint64_t now() const { return clock_ns() - start_ns_; }
	/// No further command will be sent.
	[[nodiscard]] bool ended() const;
	[[nodiscard]] bool is_due(std::uint64_t now_ns) const;
	void push_what_is_due();
	void push_command(std::uint64_t now_ns);
	void push_flush(std::uint64_t now_ns);
	void pushed(Slot &slot, std::int32_t result);
	void sleep_until_due() const;
	void take_completions();
	void finish(const ringline_completion &completion, std::uint64_t now_ns);
	void count_error(const BenchError &error);
	void count_missed();

	const BenchPlan &plan_;
	const Device &device_;
	BenchMeeting &meeting_;
	Pattern pattern_;
	Pace pace_;
	std::optional<std::uint64_t> limit_;
	std::uint64_t end_of_sending_ns_;
	std::unique_ptr<std::array<LiveHistogram, kinds>> latencies_;
	std::atomic<std::uint64_t> error_count_ = 0;
	std::exception_ptr failure_;
	WorkerResult result_;

	std::unique_ptr<std::byte[], Freed> plain_memory_; // outlives the queue
	std::optional<Queue> queue_;
	std::vector<Slot> slots_;
	std::vector<std::uint32_t> free_;
	std::vector<ringline_completion> completions_;
	std::uint64_t start_ns_ = 0;
	std::uint64_t sent_ = 0;     ///< Flushes do not count.
	std::uint64_t measured_ = 0; ///< Of these.
	std::uint64_t writes_since_flush_ = 0;
	std::uint64_t stopped_ns_ = UINT64_MAX;
	std::uint64_t enters_before_ = 0;
	CpuTime cpu_before_;
	std::uint32_t in_flight_ = 0;
	bool measuring_ = false;
	bool time_is_up_ = false;
	bool stopping_ = false;
};

} // namespace nvmectl
