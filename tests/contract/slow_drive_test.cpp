// SPDX-License-Identifier: MIT OR Apache-2.0
// A drive of the virtual machine that takes 40 commands a second, so that waits in the kernel last.
#include "fixture.h"

#include <chrono>
#include <cstdlib>
#include <thread>

namespace contract
{
namespace
{

TEST(SlowDriveTest, a_wake_up_ends_a_wait_for_a_whole_batch)
{
	if (std::getenv("RINGLINE_VM") == nullptr) {
		GTEST_SKIP() << "needs the drives of the virtual machine (RINGLINE_VM=1)";
	}
	using Clock = std::chrono::steady_clock;
	constexpr std::uint32_t batch = 40; // a second's
	constexpr auto in_time = std::chrono::milliseconds(500);
	const Device device = open_device("/dev/vm/ringT-ng1");
	ringline_queue_options options = {};
	options.struct_size = sizeof options;
	options.engine = RINGLINE_ENGINE_URING;
	ringline_queue *made = nullptr;
	ASSERT_EQ(ringline_queue_create(&options, nullptr, &made), 0);
	const Queue queue(made);
	ASSERT_EQ(ringline_queue_attach(queue, device), 0);
	const Memory memory(512);
	ringline_command read = {};
	read.device = device;
	read.address = reinterpret_cast<std::uintptr_t>(memory.bytes().data());
	read.length = 512;
	read.blocks = 1;
	read.opcode = RINGLINE_NVME_READ;
	const std::vector<ringline_command> commands(batch, read);
	ringline_completion completions[batch] = {};
	for (int shown = 0, round = 0; shown < 3; ++round) {
		ASSERT_LT(round, 20) << "this machine is too busy to ring within half a second";
		ASSERT_EQ(ringline_push(queue, commands.data(), batch), static_cast<std::int32_t>(batch));
		const Clock::time_point begun = Clock::now();
		Clock::time_point rung;
		std::thread helper([&] {
			std::this_thread::sleep_for(std::chrono::milliseconds(20));
			EXPECT_EQ(ringline_queue_wakeup(queue), 0);
			rung = Clock::now();
		});
		const std::int32_t taken = ringline_submit_and_wait(queue, completions, batch, batch, -1);
		helper.join();
		EXPECT_GE(taken, 0);
		if (rung - begun < in_time) { // else the batch may have been there first, which shows nothing
			EXPECT_LT(taken, static_cast<std::int32_t>(batch)) << "in round " << round;
			++shown;
		}
		EXPECT_EQ(collect(queue, batch - static_cast<std::uint32_t>(taken)).size() + taken, batch);
	}
}

} // namespace
} // namespace contract
