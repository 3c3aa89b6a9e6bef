// SPDX-License-Identifier: MIT OR Apache-2.0
// Handles: never used twice, stale once closed, and harmless when wrong.
#include "fixture.h"

#include <random>
#include <unordered_set>

namespace contract
{
namespace
{

class HandleTest : public AttachedTest
{
protected:
	/// What each call that takes a device says about this one.
	void expect_everywhere(ringline_device wrong, std::int32_t error, std::int32_t push_error)
	{
		ringline_device_info info = {};
		info.struct_size = sizeof info;
		EXPECT_EQ(ringline_device_info_get(wrong, &info), error);
		EXPECT_EQ(info.kind, 0U) << "an output was written on failure";
		EXPECT_EQ(ringline_device_refresh(wrong), error);
		ringline_nvme_command identify = {};
		ringline_completion completion = {};
		EXPECT_EQ(ringline_device_admin(wrong, &identify, &completion), error);
		const ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
		EXPECT_EQ(ringline_sim_fault_set(wrong, &rule), error);
		EXPECT_EQ(ringline_sim_fault_clear(wrong, 0), error);
		EXPECT_EQ(ringline_queue_attach(queue(), wrong), error);
		EXPECT_EQ(ringline_device_close(wrong), error);
		const Memory memory(block_size());
		EXPECT_EQ(ringline_read(queue(), wrong, 0, 1, memory.data(), memory.size(), 0, 0), push_error);
		EXPECT_EQ(ringline_write(queue(), wrong, 0, 1, memory.data(), memory.size(), 0, 0), push_error);
		EXPECT_EQ(ringline_flush(queue(), wrong, 0), push_error);
		ringline_raw_command raw = {};
		raw.device = wrong;
		EXPECT_EQ(ringline_push_raw(queue(), &raw, 1), push_error);
		EXPECT_EQ(in_flight(), 0U);
	}
};

RINGLINE_INSTANTIATE(HandleTest, every_combination);

TEST_P(HandleTest, a_device_closed_twice_is_stale)
{
	const ringline_device handle = device();
	EXPECT_EQ(owned_device().close(), 0);
	EXPECT_EQ(ringline_device_close(handle), -ESTALE);
	EXPECT_EQ(ringline_device_close(handle), -ESTALE);
}

TEST_P(HandleTest, a_closed_device_is_stale_in_every_call)
{
	const ringline_device handle = device();
	EXPECT_EQ(owned_device().close(), 0);
	expect_everywhere(handle, -ESTALE, -ESTALE);
}

TEST_P(HandleTest, a_reopened_device_does_not_revive_the_old_handle)
{
	const ringline_device old = device();
	EXPECT_EQ(owned_device().close(), 0);
	const Device again = open();
	ASSERT_NE(ringline_device(again).value, old.value);
	ASSERT_EQ(ringline_queue_attach(queue(), again), 0);
	expect_everywhere(old, -ESTALE, -ESTALE);
	const Memory memory(block_size());
	EXPECT_EQ(ringline_read(queue(), again, 0, 1, memory.data(), memory.size(), 0, 1), 0);
	EXPECT_TRUE(succeeded(collect_one(queue())));
}

TEST_P(HandleTest, zero_is_never_a_device)
{
	expect_everywhere({0}, -EBADF, -EBADF);
}

TEST_P(HandleTest, a_number_that_was_never_issued_is_refused)
{
	expect_everywhere({~std::uint64_t{0}}, -EBADF, -EBADF);
	// The same place in the table with a serial number that is yet to come.
	expect_everywhere({device().value + (std::uint64_t{1} << 40)}, -EBADF, -EBADF);
}

TEST_P(HandleTest, forged_handles_do_no_harm)
{
	std::mt19937_64 random(77);
	const Memory memory(block_size());
	for (std::uint32_t i = 0; i < scaled(20000); ++i) {
		ringline_device forged = {random() >> (random() % 64)};
		if ((i & 1U) != 0) {
			forged.value = device().value ^ (std::uint64_t{1} << (random() % 64));
		}
		if (forged.value == device().value) {
			continue;
		}
		const std::int32_t closed = ringline_device_close(forged);
		ASSERT_TRUE(closed == -EBADF || closed == -ESTALE) << closed;
		const std::int32_t pushed = ringline_read(queue(), forged, 0, 1, memory.data(), memory.size(), 0, 0);
		ASSERT_TRUE(pushed == -EBADF || pushed == -ESTALE) << pushed;
	}
	EXPECT_TRUE(succeeded(run(queue(), flush())));
}

TEST_P(HandleTest, a_device_of_another_queue_is_not_attached_here)
{
	const Device other = open();
	const Memory memory(block_size());
	EXPECT_EQ(ringline_read(queue(), other, 0, 1, memory.data(), memory.size(), 0, 0), -ENXIO);
	EXPECT_EQ(ringline_flush(queue(), other, 0), -ENXIO);
	ringline_raw_command raw = {};
	raw.device = other;
	EXPECT_EQ(ringline_push_raw(queue(), &raw, 1), -ENXIO);
	EXPECT_EQ(ringline_queue_detach(queue(), other), -ENXIO);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(HandleTest, two_devices_on_one_queue_keep_their_data_apart)
{
	if (GetParam().kind != Kind::simulated) {
		GTEST_SKIP() << "needs a second device that stores";
	}
	make_image(folder().path("other.img"), image_blocks, block_size());
	const Device other = open_device("sim:" + folder().path("other.img"));
	ASSERT_EQ(ringline_queue_attach(queue(), other), 0);
	EXPECT_EQ(owned_queue().info().devices, 2U);
	const Memory first(block_size());
	const Memory second(block_size());
	fill_pattern(first.bytes(), 1);
	fill_pattern(second.bytes(), 2);
	ringline_command commands[] = {write(0, first, 1), write(0, second, 2)};
	commands[1].device = other;
	ASSERT_EQ(ringline_push(queue(), commands, 2), 2);
	for (const ringline_completion &completion : collect(queue(), 2)) {
		EXPECT_TRUE(succeeded(completion));
		EXPECT_EQ(completion.device.value,
			  completion.user_data == 1 ? device().value : ringline_device(other).value);
	}
	commands[0].opcode = RINGLINE_NVME_READ;
	first.fill(0);
	EXPECT_TRUE(succeeded(run(queue(), commands[0])));
	EXPECT_EQ(differing_bytes(first.bytes(), 1), 0U);
}

TEST_P(HandleTest, attaching_twice_is_refused)
{
	EXPECT_EQ(ringline_queue_attach(queue(), device()), -EEXIST);
	EXPECT_EQ(owned_queue().info().devices, 1U);
	EXPECT_EQ(ringline_queue_detach(queue(), device()), 0);
	EXPECT_EQ(ringline_queue_detach(queue(), device()), -ENXIO);
	EXPECT_EQ(owned_queue().info().devices, 0U);
	EXPECT_EQ(ringline_flush(queue(), device(), 0), -ENXIO);
	EXPECT_EQ(ringline_queue_attach(queue(), device()), 0);
	EXPECT_TRUE(succeeded(run(queue(), flush())));
}

TEST_P(HandleTest, no_more_devices_are_attached_than_the_queue_was_made_for)
{
	ringline_queue_options options = {};
	options.max_devices = 1;
	const Device other = open();
	replace_queue(options);
	EXPECT_EQ(ringline_queue_attach(queue(), other), -ENOSPC);
	EXPECT_EQ(ringline_queue_detach(queue(), device()), 0);
	EXPECT_EQ(ringline_queue_attach(queue(), other), 0);
}

TEST_P(HandleTest, four_devices_can_be_attached_by_default)
{
	std::vector<Device> more;
	for (int i = 0; i < 3; ++i) {
		more.push_back(open());
		EXPECT_EQ(ringline_queue_attach(queue(), more.back()), 0);
	}
	more.push_back(open());
	EXPECT_EQ(ringline_queue_attach(queue(), more.back()), -ENOSPC);
}

TEST_P(HandleTest, a_closed_device_makes_room_on_its_queues)
{
	ringline_queue_options options = {};
	options.max_devices = 1;
	replace_queue(options);
	for (int i = 0; i < 20; ++i) {
		EXPECT_EQ(owned_device().close(), 0);
		ringline_completion none = {};
		EXPECT_EQ(ringline_poll(queue(), &none, 1), 0); // the owner's next call lets go
		EXPECT_EQ(owned_queue().info().devices, 0U);
		Device again = open();
		ASSERT_EQ(ringline_queue_attach(queue(), again), 0);
		EXPECT_EQ(again.close(), 0);
	}
}

TEST_P(HandleTest, tens_of_thousands_of_openings_leak_no_descriptor_and_repeat_no_handle)
{
	const std::uint32_t rounds = GetParam().kind == Kind::node ? scaled(2000) : scaled(20000);
	std::unordered_set<std::uint64_t> seen;
	const std::uint32_t before = open_descriptors();
	ringline_device first = {};
	for (std::uint32_t i = 0; i < rounds; ++i) {
		Device again = open();
		const ringline_device handle = again;
		first = i == 0 ? handle : first;
		ASSERT_TRUE(seen.insert(handle.value).second) << "handle used twice";
		if (i % 64 == 0) {
			ASSERT_EQ(ringline_queue_attach(queue(), handle), 0);
			ASSERT_EQ(again.close(), 0);
			ringline_completion none = {};
			ASSERT_EQ(ringline_poll(queue(), &none, 1), 0);
		}
	}
	EXPECT_EQ(ringline_device_close(first), -ESTALE);
	EXPECT_EQ(open_descriptors(), before);
}

} // namespace
} // namespace contract
