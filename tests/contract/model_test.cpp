// SPDX-License-Identifier: MIT OR Apache-2.0
// Random mixes of push, submit, poll, wait and cancel against a model of what must be in flight: each accepted command
// completes exactly once.
#include "fixture.h"

#include <map>
#include <random>

namespace contract
{
namespace
{

class ModelTest : public AttachedTest
{
protected:
	static constexpr std::uint32_t depth = 24;

	[[nodiscard]] ringline_queue_options queue_options() const override
	{
		ringline_queue_options options = {};
		options.depth = depth;
		return options;
	}
	void SetUp() override
	{
		AttachedTest::SetUp();
		if (IsSkipped() || HasFatalFailure()) {
			return;
		}
		memory_.emplace(std::size_t{depth} * block_size());
		for (std::uint32_t place = 0; place < depth; ++place) {
			places_.push_back(place);
		}
	}

	/// One step of the mix. False after a failure that makes going on senseless.
	void step(std::mt19937_64 &random)
	{
		switch (random() % 10) {
		case 0:
		case 1:
		case 2:
		case 3:
			push(random, static_cast<std::uint32_t>(random() % 6));
			break;
		case 4:
		case 5:
			submit();
			break;
		case 6:
			take(random, Call::poll);
			break;
		case 7:
			take(random, Call::wait);
			break;
		case 8:
			take(random, Call::submit_and_wait);
			break;
		case 9:
			cancel(random);
			break;
		default:
			break;
		}
		const ringline_queue_info info = owned_queue().info();
		ASSERT_EQ(info.in_flight, outstanding_.size());
		ASSERT_LE(info.not_submitted, info.in_flight);
	}

	void drain()
	{
		const std::uint32_t left = static_cast<std::uint32_t>(outstanding_.size());
		for (const ringline_completion &completion : collect(queue(), left)) {
			check(completion);
		}
		EXPECT_TRUE(outstanding_.empty());
		ringline_completion none = {};
		EXPECT_EQ(ringline_submit_and_wait(queue(), &none, 1, 1, -1), 0) << "a completion too many";
		EXPECT_EQ(in_flight(), 0U);
	}

	[[nodiscard]] std::uint64_t delivered() const { return delivered_; }

private:
	enum class Call : std::uint8_t { poll, wait, submit_and_wait };
	enum class State : std::uint8_t { live, cancelled };

	struct Outstanding {
		State state;
		std::uint32_t place; ///< Of its memory, which is no other command's.
	};

	/// A read, a write or a flush; its memory is block number `place`.
	[[nodiscard]] ringline_command any_command(std::mt19937_64 &random, std::uint32_t place) const
	{
		const auto block = memory_->bytes().subspan(std::size_t{place} * block_size(), block_size());
		switch (random() % 3) {
		case 0:
			return command(RINGLINE_NVME_WRITE, random() % facts().blocks, block);
		case 1:
			return command(RINGLINE_NVME_READ, random() % facts().blocks, block);
		default:
			return flush();
		}
	}

	void push(std::mt19937_64 &random, std::uint32_t count)
	{
		const auto room = static_cast<std::uint32_t>(places_.size());
		std::vector<ringline_command> commands;
		for (std::uint32_t i = 0; i < count; ++i) {
			// Those for which there is no room are not taken, so their memory does not matter.
			commands.push_back(any_command(random, i < room ? places_[room - 1 - i] : 0));
			commands.back().user_data = next_ + i;
		}
		const std::int32_t n = ringline_push(queue(), commands.data(), count);
		if (count > 0 && room == 0) {
			ASSERT_EQ(n, -EAGAIN);
			return;
		}
		ASSERT_EQ(n, static_cast<std::int32_t>(std::min(count, room)));
		for (std::int32_t i = 0; i < n; ++i) {
			outstanding_[next_++] = {State::live, places_.back()};
			places_.pop_back();
		}
	}

	void submit()
	{
		const std::int32_t n = ringline_submit(queue());
		ASSERT_GE(n, 0);
		ASSERT_LE(n, static_cast<std::int32_t>(depth));
	}

	void take(std::mt19937_64 &random, Call call)
	{
		ringline_completion completions[depth];
		const std::uint32_t max = static_cast<std::uint32_t>(random() % depth) + 1;
		const std::uint32_t min = static_cast<std::uint32_t>(random() % (max + 1));
		std::int32_t n = 0;
		switch (call) {
		case Call::poll:
			n = ringline_poll(queue(), completions, max);
			break;
		case Call::wait:
			n = ringline_wait(queue(), completions, max, min, patience_ns);
			break;
		case Call::submit_and_wait:
			n = ringline_submit_and_wait(queue(), completions, max, min, patience_ns);
			if (n >= 0) {
				EXPECT_GE(static_cast<std::size_t>(n), std::min<std::size_t>(min, outstanding_.size()));
			}
			break;
		}
		ASSERT_GE(n, 0);
		ASSERT_LE(n, static_cast<std::int32_t>(max));
		for (std::int32_t i = 0; i < n; ++i) {
			check(completions[i]);
		}
	}

	void cancel(std::mt19937_64 &random)
	{
		const std::uint64_t user_data = next_ - random() % (std::min<std::uint64_t>(next_, depth) + 1);
		const auto found = outstanding_.find(user_data);
		const std::int32_t n = ringline_cancel(queue(), user_data);
		if (found == outstanding_.end()) {
			ASSERT_EQ(n, -ENOENT) << user_data;
			return;
		}
		if (found->second.state == State::cancelled) {
			ASSERT_EQ(n, -EALREADY) << "cancelled and not yet delivered";
			return;
		}
		ASSERT_TRUE(n == 1 || n == -EALREADY) << n;
		if (n == 1) {
			found->second.state = State::cancelled;
		}
	}

	void check(const ringline_completion &completion)
	{
		const auto found = outstanding_.find(completion.user_data);
		ASSERT_NE(found, outstanding_.end()) << "completed twice, or never pushed: " << completion.user_data;
		if (found->second.state == State::cancelled) {
			EXPECT_EQ(completion.error, -ECANCELED);
			EXPECT_EQ(completion.flags, RINGLINE_NOT_SENT);
		} else {
			EXPECT_TRUE(succeeded(completion));
		}
		EXPECT_EQ(completion.device.value, device().value);
		places_.push_back(found->second.place);
		outstanding_.erase(found);
		++delivered_;
	}

	std::optional<Memory> memory_;
	std::map<std::uint64_t, Outstanding> outstanding_;
	std::vector<std::uint32_t> places_; ///< Free blocks of the memory.
	std::uint64_t next_ = 1;
	std::uint64_t delivered_ = 0;
};

RINGLINE_INSTANTIATE(ModelTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(ModelTest, sqpoll_combinations);

TEST_P(ModelTest, each_accepted_command_completes_exactly_once)
{
	for (std::uint64_t seed = 1; seed <= 4; ++seed) {
		SCOPED_TRACE(seed);
		std::mt19937_64 random(seed);
		for (std::uint32_t i = 0; i < scaled(3000) && !HasFatalFailure(); ++i) {
			step(random);
		}
		ASSERT_FALSE(HasFatalFailure());
		drain();
	}
	EXPECT_GT(delivered(), 0U);
}

TEST_P(ModelTest, fact_12_delayed_and_reordered_commands_complete_exactly_once)
{
	if (GetParam().kind != Kind::simulated) {
		GTEST_SKIP() << "needs fault rules";
	}
	ringline_fault_rule delay = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_WRITE);
	delay.skip = 3;
	delay.delay_ns = 50'000;
	ASSERT_GT(set_fault(delay), 0);
	ringline_fault_rule reorder = fault(RINGLINE_FAULT_REORDER, RINGLINE_NVME_READ);
	reorder.hold = 3;
	ASSERT_GT(set_fault(reorder), 0);
	std::mt19937_64 random(99);
	for (std::uint32_t i = 0; i < scaled(2000) && !HasFatalFailure(); ++i) {
		step(random);
	}
	ASSERT_FALSE(HasFatalFailure());
	drain();
}

} // namespace
} // namespace contract
