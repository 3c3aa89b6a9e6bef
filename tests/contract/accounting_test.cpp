// SPDX-License-Identifier: MIT OR Apache-2.0
// In-flight accounting: what is pushed, submitted and delivered, and what happens when the queue is full.
#include "fixture.h"

#include <algorithm>
#include <set>

namespace contract
{
namespace
{

class AccountingTest : public AttachedTest
{
protected:
	static constexpr std::uint32_t depth = 8;

	[[nodiscard]] ringline_queue_options queue_options() const override
	{
		ringline_queue_options options = {};
		options.depth = depth;
		return options;
	}

	/// Flushes with user_data first, first + 1 and so on.
	[[nodiscard]] std::vector<ringline_command> flushes(std::uint32_t count, std::uint64_t first = 0) const
	{
		std::vector<ringline_command> commands;
		for (std::uint32_t i = 0; i < count; ++i) {
			commands.push_back(flush(first + i));
		}
		return commands;
	}
	std::int32_t push(const std::vector<ringline_command> &commands)
	{
		return ringline_push(queue(), commands.data(), static_cast<std::uint32_t>(commands.size()));
	}
};

RINGLINE_INSTANTIATE(AccountingTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(AccountingTest, sqpoll_combinations);

TEST_P(AccountingTest, a_new_queue_has_nothing_in_flight)
{
	const ringline_queue_info info = owned_queue().info();
	EXPECT_EQ(info.in_flight, 0U);
	EXPECT_EQ(info.not_submitted, 0U);
	EXPECT_EQ(info.devices, 1U);
	EXPECT_EQ(info.buffers, 0U);
	EXPECT_EQ(info.depth, depth);
	EXPECT_EQ(info.engine, GetParam().engine);
	EXPECT_EQ(info.engine_reason, RINGLINE_REASON_ASKED);
	EXPECT_GT(info.memory_bytes, 0U);
}

TEST_P(AccountingTest, pushed_commands_are_in_flight_and_not_submitted)
{
	ASSERT_EQ(push(flushes(3)), 3);
	EXPECT_EQ(owned_queue().info().in_flight, 3U);
	EXPECT_EQ(owned_queue().info().not_submitted, 3U);
	EXPECT_EQ(ringline_submit(queue()), 3);
	EXPECT_EQ(owned_queue().info().in_flight, 3U) << "not yet delivered";
	EXPECT_EQ(owned_queue().info().not_submitted, 0U);
	EXPECT_EQ(collect(queue(), 3).size(), 3U);
	EXPECT_EQ(owned_queue().info().in_flight, 0U);
}

TEST_P(AccountingTest, a_full_queue_refuses_and_recovers)
{
	for (std::uint32_t round = 0; round < scaled(200); ++round) {
		ASSERT_EQ(push(flushes(depth)), static_cast<std::int32_t>(depth));
		EXPECT_EQ(push(flushes(1, 1000)), -EAGAIN);
		EXPECT_EQ(ringline_flush(queue(), device(), 1000), -EAGAIN);
		ringline_raw_command raw = {};
		raw.device = device();
		ASSERT_EQ(ringline_nvme_flush(&raw.command, facts().nsid), 0);
		EXPECT_EQ(ringline_push_raw(queue(), &raw, 1), -EAGAIN);
		EXPECT_EQ(in_flight(), depth);
		const std::vector<ringline_completion> completions = collect(queue(), depth);
		ASSERT_EQ(completions.size(), depth);
		EXPECT_TRUE(std::ranges::all_of(completions, [](const auto &c) { return c.user_data < depth; }));
	}
}

TEST_P(AccountingTest, a_full_queue_has_room_for_each_completion_taken)
{
	ASSERT_EQ(push(flushes(depth)), static_cast<std::int32_t>(depth));
	EXPECT_EQ(collect(queue(), 3).size(), 3U);
	EXPECT_EQ(push(flushes(depth, 100)), 3);
	EXPECT_EQ(collect(queue(), depth).size(), depth);
}

TEST_P(AccountingTest, an_array_is_partly_taken_and_its_rest_not_touched)
{
	std::vector<ringline_command> commands = flushes(depth + 4);
	const std::vector<ringline_command> before = commands;
	ASSERT_EQ(push(commands), static_cast<std::int32_t>(depth));
	EXPECT_EQ(std::memcmp(commands.data(), before.data(), commands.size() * sizeof commands[0]), 0);
	EXPECT_EQ(ringline_push(queue(), commands.data() + depth, 4), -EAGAIN) << "the rest says why";
	EXPECT_EQ(collect(queue(), depth).size(), depth);
	EXPECT_EQ(ringline_push(queue(), commands.data() + depth, 4), 4);
	std::set<std::uint64_t> last;
	for (const ringline_completion &completion : collect(queue(), 4)) {
		last.insert(completion.user_data);
	}
	EXPECT_EQ(last, (std::set<std::uint64_t>{depth, depth + 1, depth + 2, depth + 3}));
}

TEST_P(AccountingTest, an_array_ends_at_the_first_command_that_is_refused)
{
	std::vector<ringline_command> commands = flushes(4);
	commands[2].opcode = 0xEE;
	EXPECT_EQ(push(commands), 2);
	EXPECT_EQ(in_flight(), 2U);
	EXPECT_EQ(ringline_push(queue(), commands.data() + 2, 2), -EOPNOTSUPP);
	EXPECT_EQ(in_flight(), 2U);
	EXPECT_EQ(collect(queue(), 2).size(), 2U);
}

TEST_P(AccountingTest, an_exchange_takes_what_fits_and_says_how_many)
{
	const std::vector<ringline_command> commands = flushes(depth + 2);
	std::vector<ringline_completion> completions(depth);
	std::uint32_t taken = 0;
	EXPECT_EQ(ringline_exchange(queue(), commands.data(), depth + 2, &taken, completions.data(), depth, depth,
				    patience_ns),
		  static_cast<std::int32_t>(depth));
	EXPECT_EQ(taken, depth);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(AccountingTest, an_exchange_on_a_full_queue_still_takes_completions)
{
	ASSERT_EQ(push(flushes(depth)), static_cast<std::int32_t>(depth));
	ringline_completion completions[depth] = {};
	std::uint32_t taken = 99;
	const ringline_command more = flush(100);
	const std::int32_t n = ringline_exchange(queue(), &more, 1, &taken, completions, depth, depth, patience_ns);
	// Refused whole, or done without the new command; never both.
	if (n < 0) {
		EXPECT_EQ(n, -EAGAIN);
		EXPECT_EQ(taken, 99U) << "written on failure";
		EXPECT_EQ(collect(queue(), depth).size(), depth);
	} else {
		EXPECT_EQ(n, static_cast<std::int32_t>(depth));
		EXPECT_EQ(taken, 0U);
	}
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(AccountingTest, an_exchange_whose_first_command_is_refused_submits_nothing)
{
	ASSERT_EQ(push(flushes(1)), 1);
	ringline_command wrong = flush(7);
	wrong.opcode = 0xEE;
	ringline_completion completion = {};
	std::uint32_t taken = 99;
	EXPECT_EQ(ringline_exchange(queue(), &wrong, 1, &taken, &completion, 1, 1, patience_ns), -EOPNOTSUPP);
	EXPECT_EQ(taken, 99U);
	EXPECT_EQ(owned_queue().info().not_submitted, 1U);
	EXPECT_EQ(collect(queue(), 1).size(), 1U);
}

TEST_P(AccountingTest, an_empty_array_pushes_nothing)
{
	const ringline_command unused = flush();
	EXPECT_EQ(ringline_push(queue(), &unused, 0), 0);
	EXPECT_EQ(ringline_push(queue(), nullptr, 0), 0);
	EXPECT_EQ(ringline_push_raw(queue(), nullptr, 0), 0);
	EXPECT_EQ(ringline_submit(queue()), 0);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(AccountingTest, poll_gives_no_more_than_there_is_room_for)
{
	ASSERT_EQ(push(flushes(depth)), static_cast<std::int32_t>(depth));
	ASSERT_EQ(ringline_submit(queue()), static_cast<std::int32_t>(depth));
	std::set<std::uint64_t> seen;
	ringline_completion three[4] = {};
	three[3].user_data = 0xABAD1DEA;
	const std::int64_t deadline = now_ns() + patience_ns;
	while (seen.size() < depth && now_ns() < deadline) {
		const std::int32_t n = ringline_poll(queue(), three, 3);
		ASSERT_GE(n, 0);
		ASSERT_LE(n, 3);
		for (std::int32_t i = 0; i < n; ++i) {
			EXPECT_TRUE(seen.insert(three[i].user_data).second);
		}
		EXPECT_EQ(in_flight(), depth - seen.size());
	}
	EXPECT_EQ(seen.size(), depth);
	EXPECT_EQ(three[3].user_data, 0xABAD1DEAU) << "written behind the room there is";
	EXPECT_EQ(ringline_poll(queue(), three, 3), 0) << "a completion too many";
}

TEST_P(AccountingTest, poll_does_not_submit)
{
	ASSERT_EQ(push(flushes(1)), 1);
	ringline_completion completion = {};
	for (int i = 0; i < 100; ++i) {
		EXPECT_EQ(ringline_poll(queue(), &completion, 1), 0);
	}
	EXPECT_EQ(owned_queue().info().not_submitted, 1U);
	EXPECT_EQ(collect(queue(), 1).size(), 1U);
}

TEST_P(AccountingTest, wait_does_not_submit_and_does_not_wait_for_what_was_not_submitted)
{
	ASSERT_EQ(push(flushes(1)), 1);
	ringline_completion completion = {};
	EXPECT_EQ(ringline_wait(queue(), &completion, 1, 1, -1), 0);
	EXPECT_EQ(owned_queue().info().not_submitted, 1U);
	EXPECT_EQ(collect(queue(), 1).size(), 1U);
}

TEST_P(AccountingTest, every_user_data_comes_back_unchanged_and_may_repeat)
{
	std::vector<ringline_command> commands = flushes(5);
	const std::uint64_t values[] = {0, ~std::uint64_t{0}, std::uint64_t{1} << 63, 42, 42};
	for (std::size_t i = 0; i < 5; ++i) {
		commands[i].user_data = values[i];
	}
	ASSERT_EQ(push(commands), 5);
	std::multiset<std::uint64_t> seen;
	for (const ringline_completion &completion : collect(queue(), 5)) {
		seen.insert(completion.user_data);
		EXPECT_TRUE(succeeded(completion));
	}
	EXPECT_EQ(seen, std::multiset<std::uint64_t>(std::begin(values), std::end(values)));
}

TEST_P(AccountingTest, the_fused_call_costs_one_system_call_a_batch)
{
	if (GetParam().engine != RINGLINE_ENGINE_URING || GetParam().kind == Kind::node ||
	    GetParam().queue_flags != 0) {
		GTEST_SKIP() << "only where commands end within the call is the number exact";
	}
	ringline_completion completions[depth] = {};
	ASSERT_EQ(collect(queue(), 0).size(), 0U);
	const auto run_batches = [&](int batches) {
		for (int i = 0; i < batches; ++i) {
			ASSERT_EQ(push(flushes(depth)), static_cast<std::int32_t>(depth));
			ASSERT_EQ(ringline_submit_and_wait(queue(), completions, depth, depth, -1),
				  static_cast<std::int32_t>(depth));
		}
	};
	run_batches(2); // the first waits for so many may set something up
	const std::uint64_t before = owned_queue().info().enters;
	run_batches(10);
	EXPECT_EQ(owned_queue().info().enters - before, 10U);
}

TEST_P(AccountingTest, an_idle_poll_makes_no_system_call)
{
	if (GetParam().engine != RINGLINE_ENGINE_URING) {
		GTEST_SKIP() << "a fact of the ring";
	}
	ringline_completion completion = {};
	EXPECT_TRUE(succeeded(run(queue(), flush())));
	const std::uint64_t before = owned_queue().info().enters;
	for (int i = 0; i < 1000; ++i) {
		ASSERT_EQ(ringline_poll(queue(), &completion, 1), 0);
	}
	EXPECT_EQ(owned_queue().info().enters, before);
}

} // namespace
} // namespace contract
