// SPDX-License-Identifier: MIT OR Apache-2.0
// Cancelling, closing and destroying with commands in flight.
#include "fixture.h"

#include <unistd.h>

#include <set>

namespace contract
{
namespace
{

class CancelTest : public AttachedTest
{
};

RINGLINE_INSTANTIATE(CancelTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(CancelTest, sqpoll_combinations);

TEST_P(CancelTest, what_was_never_pushed_is_not_found)
{
	EXPECT_EQ(ringline_cancel(queue(), 1), -ENOENT);
	EXPECT_TRUE(succeeded(run(queue(), flush(1))));
	EXPECT_EQ(ringline_cancel(queue(), 1), -ENOENT) << "delivered is not in flight";
}

TEST_P(CancelTest, a_pushed_command_is_cancelled_and_was_not_sent)
{
	const Memory memory(block_size());
	const Memory back(block_size());
	fill_pattern(memory.bytes(), 1);
	ASSERT_TRUE(succeeded(run(queue(), write(0, memory))));
	memory.fill(0xEE);
	const ringline_command command = write(0, memory, 5);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	EXPECT_EQ(ringline_cancel(queue(), 5), 1);
	EXPECT_EQ(in_flight(), 1U) << "cancelled is not yet delivered";
	const ringline_completion completion = collect_one(queue());
	EXPECT_EQ(completion.user_data, 5U);
	EXPECT_EQ(completion.error, -ECANCELED);
	EXPECT_EQ(completion.status, 0U);
	EXPECT_EQ(completion.result, 0U);
	EXPECT_EQ(completion.flags, RINGLINE_NOT_SENT);
	EXPECT_EQ(completion.device.value, device().value);
	EXPECT_EQ(in_flight(), 0U);
	EXPECT_EQ(ringline_cancel(queue(), 5), -ENOENT);
	ASSERT_TRUE(succeeded(run(queue(), read(0, back))));
	if (stores()) {
		EXPECT_EQ(differing_bytes(back.bytes(), 1), 0U) << "a cancelled write was carried out";
	}
}

TEST_P(CancelTest, every_command_with_the_user_data_is_meant_and_no_other)
{
	std::vector<ringline_command> commands;
	for (const std::uint64_t user_data : {1, 2, 1, 3, 1}) {
		commands.push_back(flush(user_data));
	}
	ASSERT_EQ(ringline_push(queue(), commands.data(), 5), 5);
	EXPECT_EQ(ringline_cancel(queue(), 1), 3);
	std::uint32_t cancelled = 0;
	for (const ringline_completion &completion : collect(queue(), 5)) {
		if (completion.user_data == 1) {
			EXPECT_EQ(completion.error, -ECANCELED);
			++cancelled;
		} else {
			EXPECT_TRUE(succeeded(completion));
		}
	}
	EXPECT_EQ(cancelled, 3U);
}

TEST_P(CancelTest, a_submitted_command_ends_exactly_once_whatever_cancel_says)
{
	for (std::uint32_t i = 0; i < scaled(500); ++i) {
		const ringline_command command = flush(9);
		ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
		ASSERT_EQ(ringline_submit(queue()), 1);
		const std::int32_t n = ringline_cancel(queue(), 9);
		ASSERT_TRUE(n == 1 || n == -EALREADY) << n;
		const ringline_completion completion = collect_one(queue());
		if (n == 1) {
			ASSERT_EQ(completion.error, -ECANCELED);
			ASSERT_EQ(completion.flags, RINGLINE_NOT_SENT);
		} else {
			ASSERT_TRUE(succeeded(completion));
		}
	}
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(CancelTest, a_full_queue_of_pushed_commands_can_be_cancelled_one_by_one)
{
	ringline_queue_options options = {};
	options.depth = 16;
	replace_queue(options);
	for (std::uint64_t i = 0; i < 16; ++i) {
		ASSERT_EQ(ringline_flush(queue(), device(), i), 0);
	}
	for (std::uint64_t i = 0; i < 16; ++i) {
		EXPECT_EQ(ringline_cancel(queue(), i), 1);
	}
	for (const ringline_completion &completion : collect(queue(), 16)) {
		EXPECT_EQ(completion.error, -ECANCELED);
	}
	EXPECT_TRUE(succeeded(run(queue(), flush(99))));
}

TEST_P(CancelTest, a_device_closed_with_pushed_commands_still_completes_them)
{
	const ringline_device old = device();
	for (std::uint64_t i = 0; i < 10; ++i) {
		ASSERT_EQ(ringline_flush(queue(), old, i), 0);
	}
	EXPECT_EQ(owned_device().close(), 0);
	EXPECT_EQ(ringline_flush(queue(), old, 99), -ESTALE) << "stale at once";
	std::set<std::uint64_t> seen;
	for (const ringline_completion &completion : collect(queue(), 10)) {
		EXPECT_EQ(completion.device.value, old.value) << "the device, also after it was closed";
		EXPECT_TRUE(seen.insert(completion.user_data).second);
	}
	EXPECT_EQ(seen.size(), 10U);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(CancelTest, late_completions_of_a_closed_device_never_count_for_the_next_one)
{
	for (std::uint32_t round = 0; round < scaled(200); ++round) {
		Device first = open();
		const ringline_device old = first;
		ASSERT_EQ(ringline_queue_attach(queue(), old), 0);
		ASSERT_EQ(ringline_flush(queue(), old, 1), 0);
		ASSERT_EQ(ringline_flush(queue(), old, 2), 0);
		ASSERT_EQ(ringline_submit(queue()), 2);
		ASSERT_EQ(first.close(), 0);
		Device next = open();
		ASSERT_EQ(ringline_queue_attach(queue(), next), 0);
		ASSERT_EQ(ringline_flush(queue(), next, 3), 0);
		for (const ringline_completion &completion : collect(queue(), 3)) {
			EXPECT_EQ(completion.device.value,
				  completion.user_data == 3 ? ringline_device(next).value : old.value);
		}
		ASSERT_EQ(in_flight(), 0U);
		ASSERT_EQ(ringline_queue_detach(queue(), next), 0);
	}
	EXPECT_EQ(owned_queue().info().devices, 1U);
}

TEST_P(CancelTest, a_device_with_commands_in_flight_is_not_detached)
{
	ASSERT_EQ(ringline_flush(queue(), device(), 1), 0);
	EXPECT_EQ(ringline_queue_detach(queue(), device()), -EBUSY);
	EXPECT_EQ(collect(queue(), 1).size(), 1U);
	EXPECT_EQ(ringline_queue_detach(queue(), device()), 0);
}

TEST_P(CancelTest, destroy_with_pushed_commands_carries_none_out)
{
	const Memory memory(block_size());
	const Memory back(block_size());
	fill_pattern(memory.bytes(), 1);
	ASSERT_TRUE(succeeded(run(queue(), write(0, memory))));
	const Memory other(block_size());
	other.fill(0xEE);
	const ringline_command command = write(0, other);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	replace_queue({});
	ASSERT_TRUE(succeeded(run(queue(), read(0, back))));
	if (stores()) {
		EXPECT_EQ(differing_bytes(back.bytes(), 1), 0U) << "never submitted, yet written";
	}
}

TEST_P(CancelTest, destroy_waits_until_the_device_let_go_of_all_memory)
{
	for (std::uint32_t round = 0; round < scaled(40); ++round) {
		Queue other = make_queue();
		ASSERT_EQ(ringline_queue_attach(other, device()), 0);
		const Memory memory(std::size_t{64} * block_size());
		for (std::uint32_t i = 0; i < 64; ++i) {
			const ringline_command part =
				command(RINGLINE_NVME_READ, i,
					memory.bytes().subspan(std::size_t{i} * block_size(), block_size()), i);
			ASSERT_EQ(ringline_push(other, &part, 1), 1);
		}
		ASSERT_EQ(ringline_submit(other), 64);
		ASSERT_EQ(other.destroy(), 0);
		memory.fill(0x77);
		ASSERT_TRUE(memory.holds_only(0x77));
		::usleep(100);
		ASSERT_TRUE(memory.holds_only(0x77)) << "a read landed after the queue was gone";
	}
}

TEST_P(CancelTest, destroy_lets_go_of_devices_and_buffers)
{
	const Buffer buffer = make_buffer(4096);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	EXPECT_EQ(buffer.info().attachments, 1U);
	EXPECT_EQ(ringline_buffer_free(buffer), -EBUSY);
	EXPECT_EQ(owned_queue().destroy(), 0);
	EXPECT_EQ(buffer.info().attachments, 0U);
}

} // namespace
} // namespace contract
