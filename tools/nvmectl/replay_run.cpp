// SPDX-License-Identifier: MIT OR Apache-2.0
#include "replay_run.h"

#include "bench_pattern.h"
#include "cut_command.h"
#include "error.h"
#include "extents.h"
#include "interrupt.h"
#include "units.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace nvmectl
{
namespace
{

using Clock = std::chrono::steady_clock;

bool same_end(const TraceEnd &then, const TraceEnd &now)
{
	const auto code = [](const TraceEnd &end) { return end.status & RINGLINE_STATUS_CODE_MASK; };
	return code(then) == code(now) && then.error == now.error && then.flags == now.flags;
}

bool is_compare(const TraceCommand &command)
{
	return command.command.base.opcode == RINGLINE_NVME_COMPARE;
}

/// All that a Compare says of its data.
bool tells_of_data(const TraceEnd &end)
{
	const auto code = static_cast<std::uint16_t>(end.status & RINGLINE_STATUS_CODE_MASK);
	return end.error == 0 && end.flags == 0 && (code == 0 || code == RINGLINE_STATUS_COMPARE_FAILURE);
}

/// Whether the pattern of what is written now is surely what these blocks hold: only then a Compare with it means
/// something.
class Patterned
{
public:
	void begins(const ringline_command &command)
	{
		if (command.opcode != RINGLINE_NVME_WRITE && changes_blocks(command.opcode)) {
			blocks_ = Extents(); // it may be these
		}
	}
	void ended(const ringline_command &command, bool well)
	{
		if (command.opcode == RINGLINE_NVME_WRITE && well) {
			blocks_.add(command.lba, command.blocks);
		} else if (changes_blocks(command.opcode)) {
			blocks_ = Extents();
		}
	}
	[[nodiscard]] bool has(const ringline_command &compare) const
	{
		return blocks_.contiguous_from(compare.lba) >= compare.blocks;
	}

private:
	Extents blocks_;
};

class Replay
{
public:
	Replay(const DataQueue &queue, const TraceRecord &record, const ReplayNeeds &needs, const ReplaySetup &setup,
	       std::uint32_t block_size)
		: queue_(queue), record_(record), needs_(needs), setup_(setup), block_size_(block_size),
		  ended_(record.commands.size()), running_(needs.in_flight), patterned_(needs.in_flight),
		  compares_(std::ranges::any_of(record.commands, is_compare))
	{
		for (std::uint32_t i = needs.in_flight; i != 0; --i) {
			free_.push_back(i - 1);
		}
	}

	ReplayOutcome run()
	{
		const Clock::time_point start = Clock::now();
		const std::uint64_t first_ns = record_.events.empty() ? 0 : record_.events.front().time_ns;
		for (const TraceEvent &event : record_.events) {
			if (stopped()) {
				break;
			}
			if (!is_sent_again(record_.commands[event.command])) {
				continue;
			}
			if (event.completion) {
				wait_for(event.command);
				continue;
			}
			if (setup_.original_speed) {
				wait_until(start +
					   std::chrono::nanoseconds(event.time_ns - std::min(first_ns, event.time_ns)));
			}
			send(event.command);
		}
		while (in_flight() != 0) {
			take(1, -1);
		}
		outcome_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
		return std::move(outcome_);
	}

private:
	[[nodiscard]] std::size_t in_flight() const { return running_.size() - free_.size(); }
	/// Sees whether the user wants to stop: what the device does not have is taken back.
	bool stopped()
	{
		if (interrupt::count() != signals_) {
			signals_ = interrupt::count();
			outcome_.interrupted = true;
			for (std::uint32_t slot = 0; slot < running_.size(); ++slot) {
				(void)ringline_cancel(queue_.get(), slot);
			}
			if (setup_.notes && in_flight() != 0) {
				fmt::print(stderr, "nvmectl: waiting for {} that the device has\n",
					   count_of(in_flight(), "command"));
			}
		}
		return outcome_.interrupted || outcome_.gone;
	}

	void wait_for(std::uint32_t command)
	{
		while (!ended_[command] && in_flight() != 0 && !stopped()) {
			take(1, -1);
		}
	}

	void wait_until(Clock::time_point due)
	{
		for (;;) {
			const auto left =
				std::chrono::duration_cast<std::chrono::nanoseconds>(due - Clock::now()).count();
			if (left <= 0 || stopped()) {
				return;
			}
			if (in_flight() != 0) {
				take(1, left);
			} else {
				(void)interrupt::sleep_ns(static_cast<std::uint64_t>(left));
			}
		}
	}

	void send(std::uint32_t index)
	{
		while (free_.empty() && !stopped()) {
			take(1, -1); // it has ended already in the trace, and here it has not
		}
		if (stopped()) {
			return;
		}
		const std::uint32_t slot = free_.back();
		ringline_command_extended command = record_.commands[index].command;
		command.base.user_data = slot;
		put_data(record_.commands[index], slot, &command.base);
		std::int32_t pushed = queue_.push(command);
		while (pushed == -EAGAIN && in_flight() != 0) {
			take(1, -1); // cancelled commands hold their place for a while
			pushed = queue_.push(command);
		}
		if (pushed < 0) {
			ended(index, {true, 0, RINGLINE_NOT_SENT, pushed});
			return;
		}
		free_.pop_back();
		running_[slot] = index;
		patterned_[slot] = pattern_.has(command.base);
		pattern_.begins(command.base);
		++outcome_.sent;
		if (setup_.original_speed) {
			take(0, 0);
		}
	}

	/// Memory of its own for each command in flight.
	void put_data(const TraceCommand &from, std::uint32_t slot, ringline_command *command) const
	{
		if (command->length == 0) {
			return;
		}
		std::byte *const memory = queue_.memory() + std::size_t{slot} * needs_.slot_bytes;
		const std::vector<std::uint8_t> ranges = put_ranges(from.ranges, command);
		if (!ranges.empty()) {
			std::memcpy(memory, ranges.data(), ranges.size());
		} else if (command->opcode == RINGLINE_NVME_WRITE || command->opcode == RINGLINE_NVME_COMPARE ||
			   command->opcode == RINGLINE_NVME_ZONE_APPEND) {
			fill_pattern(memory, command->length, setup_.seed, command->lba, block_size_);
		}
		command->address = reinterpret_cast<std::uintptr_t>(memory);
	}

	void take(std::uint32_t min, std::int64_t timeout_ns)
	{
		std::array<ringline_completion, 64> completions;
		const std::int32_t taken = queue_.take(completions, min, timeout_ns);
		if (taken == -EAGAIN || taken == -EBUSY) {
			(void)::poll(nullptr, 0, 1); // the kernel is out of something that completions give back
		} else if (taken < 0 && taken != -EINTR) {
			throw Error(Exit::internal,
				    fmt::format("waiting on the queue: {} ({})", ringline_error_text(taken),
						ringline_error_name(taken)));
		}
		for (std::int32_t i = 0; i < taken; ++i) {
			const ringline_completion &completion = completions.at(static_cast<std::size_t>(i));
			const auto slot = static_cast<std::uint32_t>(completion.user_data);
			free_.push_back(slot);
			answered(slot, {true, completion.status, completion.flags, completion.error});
		}
		(void)stopped();
	}

	void answered(std::uint32_t slot, const TraceEnd &now)
	{
		const TraceCommand &sent = record_.commands[running_.at(slot)];
		const ringline_command &command = sent.command.base;
		if (compares_) {
			const bool answered_well = (now.status & RINGLINE_STATUS_CODE_MASK) == 0;
			pattern_.ended(command, now.error == 0 && now.flags == 0 && answered_well);
		}
		const bool by_data = is_compare(sent) && !patterned_[slot] && tells_of_data(now) && sent.end.known &&
				     tells_of_data(sent.end);
		if (by_data && !same_end(sent.end, now)) {
			ended_[running_[slot]] = true;
			++outcome_.without_data;
			return;
		}
		ended(running_[slot], now);
	}

	void ended(std::uint32_t index, const TraceEnd &now)
	{
		ended_[index] = true;
		if (outcome_.interrupted && now.error == -ECANCELED && (now.flags & RINGLINE_NOT_SENT) != 0) {
			--outcome_.sent; // taken back by stopped()
			return;
		}
		outcome_.gone = outcome_.gone || now.error == -ENODEV;
		const TraceEnd &then = record_.commands[index].end;
		if (then.known) {
			++outcome_.compared;
		}
		if (then.known && !same_end(then, now)) {
			outcome_.differences.push_back({index, now});
		}
	}

	const DataQueue &queue_;
	const TraceRecord &record_;
	const ReplayNeeds &needs_;
	const ReplaySetup &setup_;
	std::uint32_t block_size_;
	std::vector<bool> ended_;            ///< By command.
	std::vector<std::uint32_t> running_; ///< The command in each slot.
	std::vector<bool> patterned_;        ///< Whether that was so of its blocks when it was sent.
	Patterned pattern_;
	bool compares_; ///< Else nobody asks for the pattern.
	std::vector<std::uint32_t> free_;
	ReplayOutcome outcome_;
	int signals_ = 0;
};

} // namespace

bool changes_blocks(std::uint8_t opcode)
{
	switch (opcode) {
	case RINGLINE_NVME_FLUSH:
	case RINGLINE_NVME_READ:
	case RINGLINE_NVME_COMPARE:
	case RINGLINE_NVME_VERIFY:
	case RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE:
		return false;
	default:
		return true;
	}
}

bool is_sent_again(const TraceCommand &command)
{
	return !command.end.known || (command.end.flags & RINGLINE_NOT_SENT) == 0;
}

ReplayNeeds replay_needs(const TraceRecord &record)
{
	ReplayNeeds needs;
	constexpr std::uint32_t replay_depth_max = 1024; // what --depth can be
	std::uint32_t in_flight = 0;
	for (const TraceEvent &event : record.events) {
		const TraceCommand &command = record.commands[event.command];
		if (!is_sent_again(command)) {
			continue;
		}
		in_flight += event.completion ? UINT32_MAX : 1; // one less, or one more
		// What a cut trace does not say to have ended must not add up.
		needs.in_flight = std::max(needs.in_flight, std::min(in_flight, replay_depth_max));
		constexpr std::uint32_t range_bytes = 40;
		// The length of ranges is not proved: they are made anew. That of data is what the blocks need.
		const std::uint64_t bytes = command.ranges.empty() ? command.command.base.length
								   : std::uint64_t{range_bytes} * command.ranges.size();
		needs.slot_bytes = std::max(needs.slot_bytes, bytes);
	}
	constexpr std::uint64_t page = 4096; // so that no transfer begins within one
	needs.slot_bytes = (needs.slot_bytes + page - 1) / page * page;
	return needs;
}

void fill_pattern(std::byte *memory, std::size_t bytes, std::uint64_t seed, std::uint64_t lba, std::uint32_t block_size)
{
	for (std::size_t at = 0; at < bytes; at += sizeof(std::uint64_t)) {
		const std::uint64_t block = lba + at / block_size;
		Random random(Random(seed).next() ^ (block << 16 | at % block_size / sizeof(std::uint64_t)));
		const std::uint64_t word = random.next();
		std::memcpy(memory + at, &word, sizeof word);
	}
}

ReplayOutcome replay(const DataQueue &queue, const TraceRecord &record, const ReplayNeeds &needs,
		     const ReplaySetup &setup, std::uint32_t block_size)
{
	return Replay(queue, record, needs, setup, block_size).run();
}

} // namespace nvmectl
