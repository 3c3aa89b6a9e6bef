// SPDX-License-Identifier: MIT OR Apache-2.0
// ringline_transfer(): ranges of any length, what fails in them, retries, interruption and resumption.
#include "fixture.h"

#include <algorithm>
#include <functional>
#include <thread>

namespace contract
{
namespace
{

using Options = ringline_transfer_options;
using Failures = std::vector<ringline_transfer_failure>;

Options make_options(std::uint32_t opcode, std::uint64_t lba, std::uint64_t blocks)
{
	Options options = {};
	options.struct_size = sizeof options;
	options.opcode = opcode;
	options.lba = lba;
	options.blocks = blocks;
	return options;
}

class AnyLengthTest : public AttachedTest
{
protected:
	struct Done {
		std::int32_t failed = 0;
		Failures failures;
		ringline_transfer_result result = {};
		ringline_diagnosis why = blank_diagnosis();
	};

	[[nodiscard]] Done transfer(const Options &options, std::uint32_t room = 64) const
	{
		Done done;
		done.failures.resize(room);
		done.result.struct_size = sizeof done.result;
		done.failed = ringline_transfer(queue(), device(), &options, done.failures.data(), room, &done.result,
						&done.why);
		done.failures.resize(done.failed > 0 ? static_cast<std::size_t>(done.failed) : 0);
		return done;
	}

	struct Events {
		Done done;
		std::vector<ringline_transfer_event> events;
	};

	[[nodiscard]] Events transfer_told(Options options, std::uint32_t room = 64) const
	{
		Events told;
		told.events.resize(room);
		options.events_address = reinterpret_cast<std::uintptr_t>(told.events.data());
		options.events_max = room;
		told.done = transfer(options);
		told.events.resize(std::min<std::uint64_t>(told.done.result.events, room));
		return told;
	}

	[[nodiscard]] Options with_data(std::uint32_t opcode, std::uint64_t lba, const Memory &memory) const
	{
		Options options = make_options(opcode, lba, memory.size() / block_size());
		options.address = memory.address();
		options.length = memory.size();
		return options;
	}

	void expect_all_done(const Options &options)
	{
		const Done done = transfer(options);
		EXPECT_EQ(done.failed, 0) << done.why.text;
		EXPECT_EQ(done.result.next_lba, options.lba + options.blocks);
		EXPECT_EQ(done.result.done_blocks, options.blocks);
		EXPECT_EQ(done.result.interrupted, 0U);
		EXPECT_EQ(in_flight(), 0U);
	}

	void expect_refused(const Options &options, std::int32_t error)
	{
		const Done done = transfer(options);
		EXPECT_EQ(done.failed, error);
		EXPECT_EQ(done.why.error, error);
		EXPECT_GT(std::strlen(done.why.text), 10U);
		EXPECT_EQ(done.result.commands, 0U) << "written on failure";
		EXPECT_EQ(in_flight(), 0U);
	}
};

class AnyLengthFaultTest : public AnyLengthTest
{
protected:
	/// A status on every command that touches the blocks.
	std::uint32_t bad_spot(std::uint32_t opcode, std::uint16_t status, std::uint64_t lba, std::uint64_t blocks,
			       std::uint64_t repeat = 0)
	{
		ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, opcode);
		rule.status = status;
		rule.lba = lba;
		rule.blocks = blocks;
		rule.repeat = repeat;
		const std::int32_t number = set_fault(rule);
		EXPECT_GT(number, 0);
		return static_cast<std::uint32_t>(number);
	}
};

RINGLINE_INSTANTIATE(AnyLengthTest, every_combination);
RINGLINE_INSTANTIATE(AnyLengthFaultTest, simulated_combinations);

constexpr std::uint16_t unrecovered_read = 0x0281;
constexpr std::uint16_t not_ready = 0x0082; // namespace not ready: worth another try
constexpr std::uint16_t do_not_retry = 0x4000;

TEST_P(AnyLengthTest, what_is_written_at_any_depth_and_length_is_read_back)
{
	const std::uint64_t most = facts().blocks - 5;
#ifdef __SANITIZE_THREAD__
	constexpr std::uint32_t bytes =
		1U << 19; // each command takes twenty times as long, and the depths are what matters
#else
	constexpr std::uint32_t bytes = 1U << 22;
#endif
	const std::uint64_t wanted = std::uint64_t{scaled(bytes)} / block_size();
	const Memory source(std::min(most, wanted) * block_size());
	const Memory target(source.size());
	std::uint64_t seed = 1;
	for (const std::uint32_t depth : {1U, 3U, 32U, 128U}) {
		for (const std::uint32_t max_blocks : {0U, 1U, 2U, 8U}) {
			fill_pattern(source.bytes(), ++seed);
			Options options = with_data(RINGLINE_NVME_WRITE, 5, source);
			options.in_flight = depth;
			options.max_blocks = max_blocks;
			expect_all_done(options);
			target.fill(0xee);
			options.opcode = RINGLINE_NVME_READ;
			options.address = target.address();
			expect_all_done(options);
			if (stores()) {
				EXPECT_EQ(differing_bytes(target.bytes(), seed), 0U) << depth << " x " << max_blocks;
			}
		}
	}
}

TEST_P(AnyLengthTest, memory_that_begins_within_a_page_is_split_where_it_fits)
{
	const std::uint64_t blocks = std::min<std::uint64_t>(facts().blocks, std::uint64_t{max_blocks()} * 3 + 1);
	const Memory memory((blocks + 1) * block_size());
	for (const std::uint64_t offset : {std::uint64_t{4}, std::uint64_t{block_size()}}) {
		Options options = make_options(RINGLINE_NVME_WRITE, 0, blocks);
		options.address = memory.address() + offset;
		options.length = blocks * block_size();
		expect_all_done(options);
		options.max_blocks = std::max(max_blocks(), 2U) - 1;
		expect_all_done(options);
	}
}

TEST_P(AnyLengthTest, one_command_is_as_long_as_the_device_takes_and_no_longer)
{
	const std::uint64_t blocks = std::min<std::uint64_t>(facts().blocks, std::uint64_t{max_blocks()} * 4);
	const Memory memory(blocks * block_size());
	const Done done = transfer(with_data(RINGLINE_NVME_READ, 0, memory));
	EXPECT_EQ(done.failed, 0) << done.why.text;
	EXPECT_EQ(done.result.commands, (blocks + max_blocks() - 1) / max_blocks());
	Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	options.max_blocks = 1;
	EXPECT_EQ(transfer(options).result.commands, blocks);
}

TEST_P(AnyLengthTest, room_for_one_failure_is_enough)
{
	const Memory memory(std::size_t{8} * block_size());
	Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	options.max_blocks = 1;
	const Done done = transfer(options, 1);
	EXPECT_EQ(done.failed, 0);
	EXPECT_EQ(done.result.done_blocks, 8U);
}

TEST_P(AnyLengthTest, what_makes_no_sense_is_refused_with_its_errno)
{
	const Memory memory(std::size_t{8} * block_size());
	const Options good = with_data(RINGLINE_NVME_READ, 0, memory);
	const struct {
		std::int32_t error;
		std::function<void(Options &)> change;
	} wrong[] = {
		{-EINVAL, [](Options &o) { o.blocks = 0; }},
		{-ERANGE, [&](Options &o) { o.lba = facts().blocks - 7; }},
		{-ERANGE, [](Options &o) { o.lba = UINT64_MAX; }},
		{-ERANGE, [](Options &o) { o.blocks = UINT64_MAX; }},
		{-ENOBUFS, [](Options &o) { o.length -= 1; }},
		{-ENOBUFS, [](Options &o) { o.metadata_length = 8; }},
		{-EINVAL, [](Options &o) { o.metadata_address = 4096; }},
		{-EFAULT, [](Options &o) { o.address = 0; }},
		{-EFAULT, [](Options &o) { o.address = UINT64_MAX - 4; }},
		{-EOPNOTSUPP, [](Options &o) { o.opcode = RINGLINE_NVME_FLUSH; }},
		{-EOPNOTSUPP, [](Options &o) { o.opcode = 0x102; }},
		{-EINVAL, [](Options &o) { o.flags = 4; }},
		{-EINVAL, [](Options &o) { o.flags = RINGLINE_TRANSFER_NARROW; }},
		{-EINVAL, [](Options &o) { o.command_flags = RINGLINE_VECTORED; }},
		{-EINVAL, [](Options &o) { o.command_flags = 0x10001; }},
		{-EINVAL, [](Options &o) { o.command_flags = RINGLINE_DEALLOCATE; }},
		{-EINVAL, [](Options &o) { o.retries = 101; }},
		{-EINVAL, [](Options &o) { o.action = 1; }},
		{-EINVAL, [](Options &o) { o.source = 1; }},
		{-EINVAL, [](Options &o) { o.application_tag = 1; }},
		{-EINVAL,
		 [](Options &o) {
			 o.opcode = RINGLINE_NVME_WRITE;
			 o.flags = RINGLINE_TRANSFER_NARROW | RINGLINE_TRANSFER_CONTINUE;
		 }},
	};
	for (std::size_t i = 0; i < std::size(wrong); ++i) {
		SCOPED_TRACE(i);
		Options options = good;
		wrong[i].change(options);
		expect_refused(options, wrong[i].error);
	}
	ringline_transfer_failure failure = {};
	ringline_transfer_result result = {};
	result.struct_size = sizeof result;
	EXPECT_EQ(ringline_transfer(nullptr, device(), &good, &failure, 1, &result, nullptr), -EINVAL);
	EXPECT_EQ(ringline_transfer(queue(), device(), nullptr, &failure, 1, &result, nullptr), -EINVAL);
	EXPECT_EQ(ringline_transfer(queue(), device(), &good, nullptr, 1, &result, nullptr), -EINVAL);
	EXPECT_EQ(ringline_transfer(queue(), device(), &good, &failure, 0, &result, nullptr), -EINVAL);
	EXPECT_EQ(ringline_transfer(queue(), device(), &good, &failure, 1, nullptr, nullptr), -EINVAL);
	EXPECT_EQ(ringline_transfer(queue(), {}, &good, &failure, 1, &result, nullptr), -EBADF);
	const Device other = open();
	EXPECT_EQ(ringline_transfer(queue(), other, &good, &failure, 1, &result, nullptr), -ENXIO);
	expect_all_done(good);
}

TEST_P(AnyLengthTest, each_command_is_told_twice_in_the_order_in_which_things_happened)
{
	const Memory memory(std::size_t{13} * block_size());
	Options options = with_data(RINGLINE_NVME_WRITE, 3, memory);
	options.in_flight = 3;
	options.max_blocks = 2;
	const Events told = transfer_told(options);
	ASSERT_EQ(told.done.failed, 0) << told.done.why.text;
	ASSERT_EQ(told.done.result.events, 14U);
	std::vector<std::uint64_t> pushed;
	std::size_t completed = 0;
	std::uint64_t before = 0;
	for (const ringline_transfer_event &event : told.events) {
		EXPECT_GE(event.time_ns, before);
		before = event.time_ns;
		if (event.kind == RINGLINE_TRANSFER_PUSHED) {
			EXPECT_EQ(event.command, pushed.size());
			pushed.push_back(event.lba);
			EXPECT_LE(pushed.size() - completed, 3U) << "in flight";
		} else {
			ASSERT_EQ(event.kind, RINGLINE_TRANSFER_COMPLETED);
			ASSERT_LT(event.command, pushed.size()) << "after its push";
			EXPECT_EQ(event.lba, pushed.at(event.command));
			++completed;
		}
		EXPECT_EQ(event.blocks, event.lba == 15 ? 1U : 2U);
		EXPECT_EQ(event.status, 0);
		EXPECT_EQ(event.error, 0);
	}
	EXPECT_EQ(pushed, (std::vector<std::uint64_t>{3, 5, 7, 9, 11, 13, 15}));
	EXPECT_EQ(completed, 7U);
}

TEST_P(AnyLengthTest, events_that_find_no_room_are_counted_and_change_nothing)
{
	const Memory memory(std::size_t{8} * block_size());
	Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	options.max_blocks = 1;
	const Events told = transfer_told(options, 5);
	EXPECT_EQ(told.done.result.events, 16U);
	EXPECT_EQ(told.done.result.done_blocks, 8U);
	EXPECT_EQ(told.events.back().kind, RINGLINE_TRANSFER_PUSHED);
	EXPECT_EQ(transfer(options).result.events, 0U) << "without room for any";
	options.events_max = 1;
	expect_refused(options, -EINVAL);
	options.events_address = 4;
	expect_refused(options, -EINVAL);
}

TEST_P(AnyLengthTest, a_queue_with_something_to_do_is_refused)
{
	const Memory memory(block_size());
	const ringline_command command = read(0, memory, 7);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	const Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	EXPECT_EQ(transfer(options).failed, -EBUSY);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	expect_all_done(options);
}

TEST_P(AnyLengthTest, copy_and_its_kin_are_refused_where_the_device_lacks_them)
{
	if ((facts().commands & RINGLINE_CAN_COPY) == 0) {
		Options options = make_options(RINGLINE_NVME_COPY, 0, 8);
		options.source = 16;
		expect_refused(options, -EOPNOTSUPP);
	} else {
		Options options = make_options(RINGLINE_NVME_COPY, 0, 8);
		options.source = 4;
		expect_refused(options, -EINVAL);
	}
	if ((facts().commands & RINGLINE_CAN_WRITE_UNCORRECTABLE) == 0) {
		expect_refused(make_options(RINGLINE_NVME_WRITE_UNCORRECTABLE, 0, 8), -EOPNOTSUPP);
	}
}

TEST_P(AnyLengthTest, ranges_are_zeroed_deallocated_and_verified_whatever_their_length)
{
	constexpr std::uint32_t needed =
		RINGLINE_CAN_WRITE_ZEROES | RINGLINE_CAN_VERIFY | RINGLINE_CAN_DATASET_MANAGEMENT;
	if ((facts().commands & needed) != needed) {
		GTEST_SKIP() << "this device lacks one of the commands";
	}
	const std::uint64_t blocks = std::min<std::uint64_t>(facts().blocks - 3, 70001);
	const Memory memory(std::size_t{64} * block_size());
	memory.fill(0xa5);
	expect_all_done(with_data(RINGLINE_NVME_WRITE, 3, memory));
	expect_all_done(make_options(RINGLINE_NVME_WRITE_ZEROES, 3, blocks));
	expect_all_done(with_data(RINGLINE_NVME_READ, 3, memory));
	EXPECT_TRUE(!stores() || memory.holds_only(0));
	expect_all_done(make_options(RINGLINE_NVME_VERIFY, 3, blocks));
	Options deallocate = make_options(RINGLINE_NVME_DATASET_MANAGEMENT, 3, blocks);
	expect_refused(deallocate, -EINVAL);
	deallocate.action = RINGLINE_DATASET_DEALLOCATE;
	expect_all_done(deallocate);
}

TEST_P(AnyLengthTest, a_range_is_copied_whatever_its_length)
{
	if ((facts().commands & RINGLINE_CAN_COPY) == 0) {
		GTEST_SKIP() << "this device does not copy";
	}
	const std::uint64_t blocks = std::min<std::uint64_t>(facts().blocks / 2 - 1, 1021);
	const Memory source(blocks * block_size());
	const Memory target(source.size());
	fill_pattern(source.bytes(), 77);
	expect_all_done(with_data(RINGLINE_NVME_WRITE, 0, source));
	Options copy = make_options(RINGLINE_NVME_COPY, facts().blocks - blocks, blocks);
	copy.in_flight = 3;
	expect_all_done(copy);
	expect_all_done(with_data(RINGLINE_NVME_READ, facts().blocks - blocks, target));
	EXPECT_EQ(stores() ? differing_bytes(target.bytes(), 77) : 0, 0U);
}

TEST_P(AnyLengthFaultTest, the_first_failure_ends_it_and_says_where_to_go_on)
{
	// Of two workers one might be held up in the command that fails while the other does all that follows.
	ringline_queue_options one_after_the_other = {};
	one_after_the_other.workers = 1;
	replace_queue(one_after_the_other);
	const Memory memory(std::size_t{64} * block_size());
	(void)bad_spot(RINGLINE_NVME_READ, unrecovered_read, 21, 1);
	Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	options.max_blocks = 4;
	options.in_flight = 2;
	const Done done = transfer(options);
	ASSERT_EQ(done.failed, 1);
	EXPECT_EQ(done.failures[0].lba, 20U);
	EXPECT_EQ(done.failures[0].blocks, 4U);
	EXPECT_EQ(done.failures[0].status, unrecovered_read);
	EXPECT_EQ(done.failures[0].attempts, 1U);
	EXPECT_GE(done.result.next_lba, 24U);
	EXPECT_LE(done.result.next_lba, 32U) << "two were in flight";
	EXPECT_EQ(done.result.done_blocks, done.result.next_lba - 4);
}

TEST_P(AnyLengthFaultTest, it_goes_on_behind_failures_and_narrows_them_to_their_blocks)
{
	const Memory memory(std::size_t{256} * block_size());
	(void)bad_spot(RINGLINE_NVME_READ, unrecovered_read, 21, 1);
	(void)bad_spot(RINGLINE_NVME_READ, unrecovered_read, 130, 3);
	for (const std::uint32_t depth : {1U, 32U}) {
		Options options = with_data(RINGLINE_NVME_READ, 0, memory);
		options.flags = RINGLINE_TRANSFER_CONTINUE | RINGLINE_TRANSFER_NARROW;
		options.max_blocks = 64;
		options.in_flight = depth;
		const Done done = transfer(options);
		ASSERT_EQ(done.failed, 4);
		std::vector<std::uint64_t> failed;
		for (const ringline_transfer_failure &failure : done.failures) {
			EXPECT_EQ(failure.blocks, 1U);
			failed.push_back(failure.lba);
		}
		std::ranges::sort(failed);
		EXPECT_EQ(failed, (std::vector<std::uint64_t>{21, 130, 131, 132}));
		EXPECT_EQ(done.result.next_lba, 256U);
		EXPECT_EQ(done.result.done_blocks, 252U);
	}
}

TEST_P(AnyLengthFaultTest, a_device_that_goes_while_failures_are_narrowed_leaves_nothing_untold)
{
	const Memory memory(std::size_t{256} * block_size());
	(void)bad_spot(RINGLINE_NVME_READ, unrecovered_read, 0, 64);
	ringline_fault_rule gone = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_READ);
	gone.error = -ENODEV;
	gone.lba = 128;
	gone.blocks = 1;
	ASSERT_GT(set_fault(gone), 0);
	Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	options.flags = RINGLINE_TRANSFER_CONTINUE | RINGLINE_TRANSFER_NARROW;
	options.max_blocks = 32;
	options.in_flight = 8;
	const Done done = transfer(options, 256);
	ASSERT_GT(done.failed, 0);
	EXPECT_EQ(done.result.next_lba, 256U) << "all of it was cut when the device went";
	std::uint64_t failed = 0;
	for (const ringline_transfer_failure &failure : done.failures) {
		failed += failure.blocks;
		EXPECT_TRUE(failure.lba + failure.blocks <= 64 || failure.lba == 128) << failure.lba;
	}
	EXPECT_EQ(failed, 96U);
	EXPECT_EQ(done.result.done_blocks, 160U);
}

TEST_P(AnyLengthFaultTest, what_finds_no_more_room_is_not_begun)
{
	const Memory memory(std::size_t{64} * block_size());
	(void)bad_spot(RINGLINE_NVME_READ, unrecovered_read, 0, 64);
	Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	options.flags = RINGLINE_TRANSFER_CONTINUE | RINGLINE_TRANSFER_NARROW;
	options.max_blocks = 4;
	const Done done = transfer(options, 5);
	ASSERT_EQ(done.failed, 5);
	std::uint64_t failed = 0;
	for (const ringline_transfer_failure &failure : done.failures) {
		failed += failure.blocks;
	}
	EXPECT_EQ(failed, done.result.next_lba) << "every block before is in one of them";
	EXPECT_LT(done.result.next_lba, 64U);
}

TEST_P(AnyLengthFaultTest, retries_are_those_that_were_asked_for)
{
	const Memory memory(std::size_t{16} * block_size());
	Options options = with_data(RINGLINE_NVME_WRITE, 0, memory);
	options.max_blocks = 4;
	std::uint32_t rule = bad_spot(RINGLINE_NVME_WRITE, not_ready, 8, 1, 3);
	EXPECT_EQ(transfer(options).failed, 1) << "off by default";
	ringline_sim_fault_clear(device(), rule);

	rule = bad_spot(RINGLINE_NVME_WRITE, not_ready, 8, 1, 3);
	options.retries = 2;
	Done done = transfer(options);
	ASSERT_EQ(done.failed, 1);
	EXPECT_EQ(done.failures[0].attempts, 3U);
	ringline_sim_fault_clear(device(), rule);

	(void)bad_spot(RINGLINE_NVME_WRITE, not_ready, 8, 1, 3);
	options.retries = 3;
	done = transfer(options);
	EXPECT_EQ(done.failed, 0);
	EXPECT_EQ(done.result.retried, 3U);
	EXPECT_EQ(done.result.commands, 7U);
	EXPECT_EQ(done.result.done_blocks, 16U);
}

TEST_P(AnyLengthFaultTest, a_retry_is_a_command_of_its_own_and_both_answers_are_told)
{
	const Memory memory(std::size_t{4} * block_size());
	bad_spot(RINGLINE_NVME_READ, not_ready, 0, 4, 1);
	Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	options.retries = 1;
	const Events told = transfer_told(options);
	ASSERT_EQ(told.done.failed, 0) << told.done.why.text;
	ASSERT_EQ(told.events.size(), 4U);
	EXPECT_EQ(told.events[1].kind, RINGLINE_TRANSFER_COMPLETED);
	EXPECT_EQ(told.events[1].status, not_ready);
	EXPECT_EQ(told.events[1].command, 0U);
	EXPECT_EQ(told.events[2].command, 1U);
	EXPECT_EQ(told.events[3].status, 0);
	EXPECT_EQ(told.events[3].command, 1U);
}

TEST_P(AnyLengthFaultTest, nothing_is_retried_that_must_not_be)
{
	const Memory memory(std::size_t{4} * block_size());
	Options options = with_data(RINGLINE_NVME_WRITE, 0, memory);
	options.retries = 5;
	std::uint32_t rule = bad_spot(RINGLINE_NVME_WRITE, not_ready | do_not_retry, 0, 1);
	Done done = transfer(options);
	ASSERT_EQ(done.failed, 1);
	EXPECT_EQ(done.failures[0].attempts, 1U) << "do not retry";
	ringline_sim_fault_clear(device(), rule);

	rule = bad_spot(RINGLINE_NVME_WRITE, 0x0280, 0, 1);
	done = transfer(options);
	ASSERT_EQ(done.failed, 1);
	EXPECT_EQ(done.failures[0].attempts, 1U) << "a write fault stays one";
	ringline_sim_fault_clear(device(), rule);

	ringline_fault_rule lost = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_WRITE);
	lost.error = -EINTR;
	ASSERT_GT(set_fault(lost), 0);
	done = transfer(options);
	ASSERT_EQ(done.failed, 1);
	EXPECT_EQ(done.failures[0].attempts, 1U) << "outcome unknown";
	EXPECT_EQ(done.failures[0].error, -EINTR);
	EXPECT_EQ(done.failures[0].flags, RINGLINE_OUTCOME_UNKNOWN);
}

TEST_P(AnyLengthFaultTest, what_was_not_sent_for_want_of_memory_is_sent_again_unasked)
{
	const Memory memory(std::size_t{4} * block_size());
	ringline_fault_rule starved = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_READ);
	starved.error = -EAGAIN;
	starved.repeat = 2;
	ASSERT_GT(set_fault(starved), 0);
	expect_all_done(with_data(RINGLINE_NVME_READ, 0, memory));
}

TEST_P(AnyLengthFaultTest, a_device_that_vanishes_ends_it)
{
	const Memory memory(std::size_t{64} * block_size());
	ringline_fault_rule vanish = fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_READ);
	vanish.lba = 20;
	vanish.blocks = 1;
	ASSERT_GT(set_fault(vanish), 0);
	Options options = with_data(RINGLINE_NVME_READ, 0, memory);
	options.flags = RINGLINE_TRANSFER_CONTINUE;
	options.max_blocks = 1;
	options.in_flight = 1;
	const Done done = transfer(options);
	ASSERT_EQ(done.failed, 1);
	EXPECT_EQ(done.failures[0].lba, 20U);
	EXPECT_EQ(done.failures[0].error, -ENODEV);
	EXPECT_EQ(done.result.next_lba, 21U);
	EXPECT_EQ(transfer(options).failed, -ENODEV);
}

TEST_P(AnyLengthFaultTest, a_wakeup_ends_it_and_it_can_be_resumed)
{
	const Memory source(std::size_t{64} * block_size());
	const Memory target(source.size());
	fill_pattern(source.bytes(), 5);
	target.fill(0);
	expect_all_done(with_data(RINGLINE_NVME_WRITE, 0, source));
	const std::uint32_t rule = drop_reads();
	Options options = with_data(RINGLINE_NVME_READ, 0, target);
	options.max_blocks = 1;
	options.in_flight = 4;
	std::thread waker([&] {
		std::this_thread::sleep_for(std::chrono::milliseconds(20));
		EXPECT_EQ(ringline_queue_wakeup(queue()), 0);
	});
	const Done done = transfer(options);
	waker.join();
	EXPECT_EQ(done.result.interrupted, 1U);
	EXPECT_EQ(in_flight(), 0U) << "the memory is the caller's again";
	EXPECT_LE(done.result.next_lba, 4U);
	for (const ringline_transfer_failure &failure : done.failures) {
		EXPECT_LT(failure.lba, done.result.next_lba + 4);
	}
	EXPECT_GT(ringline_sim_fault_clear(device(), rule), 0);
	expect_all_done(options);
	EXPECT_EQ(differing_bytes(target.bytes(), 5), 0U);
}

} // namespace
} // namespace contract
