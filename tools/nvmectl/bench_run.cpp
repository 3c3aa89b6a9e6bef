// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_run.h"

#include "bench_worker.h"
#include "interrupt.h"
#include "units.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

namespace nvmectl
{
namespace
{

constexpr std::uint64_t second_ns = 1'000'000'000;

double seconds_of(std::uint64_t nanoseconds)
{
	return static_cast<double>(nanoseconds) / static_cast<double>(second_ns);
}

void drain(int fd)
{
	std::uint64_t count = 0;
	[[maybe_unused]] const ssize_t taken = ::read(fd, &count, sizeof count);
}

std::uint64_t other_threads_ns()
{
	const std::uint64_t own_ns = cpu_time(RUSAGE_THREAD).total_ns();
	const std::uint64_t all_ns = cpu_time(RUSAGE_SELF).total_ns();
	return all_ns - std::min(all_ns, own_ns);
}

/// While it lives, this thread and those that it starts are not interrupted by signals.
class BlocksSignals
{
public:
	BlocksSignals()
	{
		sigset_t all;
		(void)::sigfillset(&all);
		(void)::pthread_sigmask(SIG_SETMASK, &all, &before_);
	}
	BlocksSignals(const BlocksSignals &) = delete;
	BlocksSignals &operator=(const BlocksSignals &) = delete;
	~BlocksSignals() { (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
	sigset_t before_ = {};
};

/// The counts of all threads at one moment.
struct Look {
	Histogram reads;
	Histogram writes;
	std::uint64_t at_ns = 0;
};

class Supervisor
{
public:
	Supervisor(const BenchPlan &plan, const Device &device, TerminalLine *line, bool notes);
	Supervisor(const Supervisor &) = delete;
	Supervisor &operator=(const Supervisor &) = delete;
	~Supervisor();
	BenchResult run();

private:
	void start_threads();
	void let_them_go();
	void let_them_leave();
	void supervise();
	void notice_signals();
	void stop_all();
	void look_at_the_clock();
	[[nodiscard]] int patience_ms() const;
	[[nodiscard]] std::uint64_t now() const { return clock_ns() - meeting_.start_ns.load(); }
	[[nodiscard]] Look look() const;
	void end_second(const Look &look);
	void begin_measuring();
	void draw();
	[[nodiscard]] std::string time_left(const Look &look) const;
	void collect();

	const BenchPlan &plan_;
	TerminalLine &line_;
	bool notes_;
	BenchMeeting meeting_;
	std::vector<std::unique_ptr<BenchWorker>> workers_;
	std::vector<std::thread> threads_;
	BenchResult result_;
	Look last_second_;
	Look last_drawn_;
	std::uint64_t next_second_ns_;
	std::uint64_t others_before_ns_ = 0; ///< Processor time of all threads but this one.
	std::uint64_t others_ns_ = 0;
	int signals_seen_ = 0;
	bool measuring_ = false;
	bool gone_ = false;
	bool stopped_ = false;
};

Supervisor::Supervisor(const BenchPlan &plan, const Device &device, TerminalLine *line, bool notes)
	: plan_(plan), line_(*line), notes_(notes), meeting_(plan.threads), next_second_ns_(plan.ramp_ns)
{
	for (std::uint32_t i = 0; i < plan.threads; ++i) {
		workers_.push_back(std::make_unique<BenchWorker>(plan, i, device, &meeting_));
	}
}

Supervisor::~Supervisor()
{
	let_them_leave();
}

void Supervisor::start_threads()
{
	const BlocksSignals blocks; // they are for the supervisor
	for (const std::unique_ptr<BenchWorker> &worker : workers_) {
		threads_.emplace_back([&worker] { worker->run(); });
	}
}

void Supervisor::let_them_go()
{
	gone_ = true;
	meeting_.go.count_down();
}

/// Also when not all could be started, or one has no queue: nothing is sent then.
void Supervisor::let_them_leave()
{
	if (threads_.empty()) {
		return;
	}
	if (!gone_) {
		meeting_.stop.store(true);
		let_them_go();
	}
	meeting_.leave.count_down();
	for (std::thread &thread : threads_) {
		thread.join();
	}
	threads_.clear();
}

BenchResult Supervisor::run()
{
	start_threads();
	meeting_.ready.wait();
	for (const std::unique_ptr<BenchWorker> &worker : workers_) {
		if (worker->failure() != nullptr) {
			let_them_leave();
			std::rethrow_exception(worker->failure());
		}
	}
	result_.started = std::time(nullptr);
	meeting_.start_ns.store(clock_ns());
	if (plan_.ramp_ns == 0) {
		begin_measuring();
	}
	let_them_go();
	supervise();
	collect();
	return std::move(result_);
}

void Supervisor::supervise()
{
	while (meeting_.finished.load() < plan_.threads) {
		std::array<struct pollfd, 2> entries = {{
			{interrupt::fd(), POLLIN, 0},
			{meeting_.bell.get(), POLLIN, 0},
		}};
		(void)::poll(entries.data(), entries.size(), patience_ms());
		drain(meeting_.bell.get());
		notice_signals();
		if (meeting_.stop.load()) {
			stop_all();
		}
		look_at_the_clock();
	}
	if (measuring_) {
		// The kernel's two clocks are not read at once, nor do they tick together: the difference can shrink.
		const std::uint64_t others_ns = other_threads_ns();
		others_ns_ = others_ns - std::min(others_ns, others_before_ns_);
		end_second(look());
	}
	line_.clear();
}

int Supervisor::patience_ms() const
{
	const std::uint64_t now_ns = now();
	const std::uint64_t left_ms = next_second_ns_ > now_ns ? (next_second_ns_ - now_ns) / 1'000'000 + 1 : 0;
	return static_cast<int>(std::min<std::uint64_t>(left_ms, line_.shown() ? 200 : 1000));
}

void Supervisor::notice_signals()
{
	const int signals = interrupt::count();
	if (signals == signals_seen_) {
		return;
	}
	signals_seen_ = signals;
	drain(interrupt::fd());
	if (notes_) {
		line_.clear();
		fmt::print(stderr,
			   fmt::runtime(result_.interrupted
						? "nvmectl: still waiting for what the device has: it goes on using "
						  "this memory, so stopping now is not safe\n"
						: "nvmectl: interrupted: waiting for what the device has\n"));
	}
	result_.interrupted = true;
	meeting_.stop.store(true);
}

void Supervisor::stop_all()
{
	if (stopped_) {
		return;
	}
	stopped_ = true;
	for (const std::unique_ptr<BenchWorker> &worker : workers_) {
		worker->wake();
	}
}

void Supervisor::look_at_the_clock()
{
	const std::uint64_t now_ns = now();
	if (now_ns >= next_second_ns_) {
		if (!measuring_) {
			begin_measuring();
		} else {
			end_second(look());
		}
		while (next_second_ns_ <= now_ns) {
			next_second_ns_ += second_ns;
		}
		// What comes after the last whole second belongs to it.
		if (plan_.time_ns && next_second_ns_ + second_ns / 2 > plan_.ramp_ns + *plan_.time_ns) {
			next_second_ns_ = UINT64_MAX;
		}
	}
	if (line_.due()) {
		draw();
	}
}

void Supervisor::begin_measuring()
{
	measuring_ = true;
	next_second_ns_ = plan_.ramp_ns + second_ns;
	last_second_ = Look();
	last_second_.at_ns = plan_.ramp_ns;
	last_drawn_ = last_second_;
	others_before_ns_ = other_threads_ns();
}

Look Supervisor::look() const
{
	Look look;
	look.at_ns = now();
	for (const std::unique_ptr<BenchWorker> &worker : workers_) {
		worker->latencies(Kind::read).add_to(&look.reads);
		worker->latencies(Kind::write).add_to(&look.writes);
	}
	return look;
}

void Supervisor::end_second(const Look &look)
{
	const Histogram reads = look.reads.since(last_second_.reads);
	const Histogram writes = look.writes.since(last_second_.writes);
	Histogram both = reads;
	both.merge(writes);
	BenchSecond second;
	second.at_s = seconds_of(look.at_ns - plan_.ramp_ns);
	second.seconds = seconds_of(look.at_ns - last_second_.at_ns);
	second.reads = reads.count();
	second.writes = writes.count();
	second.p50_ns = both.percentile(50);
	second.p99_ns = both.percentile(99);
	second.max_ns = both.max();
	result_.series.push_back(second);
	last_second_ = look;
}

std::string Supervisor::time_left(const Look &look) const
{
	if (plan_.time_ns) {
		const std::uint64_t end_ns = plan_.ramp_ns + *plan_.time_ns;
		return clock_text(seconds_of(end_ns - std::min(end_ns, look.at_ns))) + " left";
	}
	const auto done = static_cast<double>(look.reads.count() + look.writes.count());
	const auto all = static_cast<double>(*plan_.commands);
	const double rate = done / seconds_of(look.at_ns - plan_.ramp_ns + 1);
	return fmt::format("{:.0f} %, {} left", done / all * 100,
			   done > 0 ? clock_text((all - done) / rate) : "unknown");
}

void Supervisor::draw()
{
	const std::uint64_t now_ns = now();
	if (!measuring_) {
		line_.draw(fmt::format("warming up, {} left",
				       clock_text(seconds_of(plan_.ramp_ns - std::min(plan_.ramp_ns, now_ns)))));
		return;
	}
	const Look seen = look();
	const std::uint64_t commands = seen.reads.count() + seen.writes.count();
	const std::uint64_t before = last_drawn_.reads.count() + last_drawn_.writes.count();
	const double seconds = seconds_of(seen.at_ns - last_drawn_.at_ns);
	const double rate = seconds > 0 ? static_cast<double>(commands - before) / seconds : 0;
	Histogram both = seen.reads;
	both.merge(seen.writes);
	std::uint64_t errors = 0;
	for (const std::unique_ptr<BenchWorker> &worker : workers_) {
		errors += worker->errors_so_far();
	}
	line_.draw(fmt::format("{} IOPS, {}/s, p99 {}{}, {}", human_count(rate),
			       human_bytes(static_cast<std::uint64_t>(rate * plan_.command_bytes())),
			       human_time(both.percentile(99)), errors == 0 ? "" : ", " + count_of(errors, "error"),
			       time_left(seen)));
	last_drawn_ = seen;
}

void Supervisor::collect()
{
	let_them_leave();
	std::uint64_t end_ns = plan_.ramp_ns;
	result_.pinned = true;
	for (const std::unique_ptr<BenchWorker> &worker : workers_) {
		if (worker->failure() != nullptr) {
			std::rethrow_exception(worker->failure());
		}
		const WorkerResult &one = worker->result();
		for (std::size_t kind = 0; kind < kinds; ++kind) {
			worker->latencies(static_cast<Kind>(kind)).add_to(&result_.latencies.at(kind));
		}
		for (const auto &[error, times] : one.errors) {
			result_.errors[error] += times;
		}
		result_.missed += one.missed;
		result_.enters += one.enters;
		result_.cpu += one.cpu;
		result_.pinned = result_.pinned && one.pinned;
		end_ns = std::max(end_ns, one.end_ns);
	}
	result_.queue = workers_.front()->result().queue;
	result_.seconds = seconds_of(end_ns - plan_.ramp_ns);
	result_.other_cpu_ns = others_ns_ - std::min(others_ns_, result_.cpu.total_ns());
}

} // namespace

BenchResult run_bench_threads(const BenchPlan &plan, const Device &device, TerminalLine *line, bool notes)
{
	return Supervisor(plan, device, line, notes).run();
}

} // namespace nvmectl
