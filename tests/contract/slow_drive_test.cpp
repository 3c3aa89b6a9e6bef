// SPDX-License-Identifier: MIT OR Apache-2.0
// A drive of the virtual machine that takes 40 commands a second, so that waits in the kernel last.
#include "fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace contract
{
namespace
{

class SlowDriveTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (std::getenv("RINGLINE_VM") == nullptr) {
			GTEST_SKIP() << "needs the drives of the virtual machine (RINGLINE_VM=1)";
		}
	}
	/// Of one block of ringT.
	static ringline_command read_of(ringline_device device, const Memory &memory)
	{
		ringline_command read = {};
		read.device = device;
		read.address = memory.address();
		read.length = 512;
		read.blocks = 1;
		read.opcode = RINGLINE_NVME_READ;
		return read;
	}
};

TEST_F(SlowDriveTest, a_wake_up_ends_a_wait_for_a_whole_batch)
{
	using Clock = std::chrono::steady_clock;
	constexpr std::uint32_t batch = 40; // a second's
	constexpr auto in_time = std::chrono::milliseconds(500);
	const Device device = open_device("/dev/vm/ringT-ng1");
	const Queue queue = queue_for(device, RINGLINE_ENGINE_URING);
	const Memory memory(512);
	const std::vector<ringline_command> commands(batch, read_of(device, memory));
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

/// What the kernel says from now on.
class KernelLog
{
public:
	KernelLog() : fd_(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)) { ::lseek(fd_, 0, SEEK_END); }
	~KernelLog() { ::close(fd_); }
	KernelLog(const KernelLog &) = delete;
	KernelLog &operator=(const KernelLog &) = delete;
	[[nodiscard]] int count(std::string_view part) const
	{
		char line[8192];
		int found = 0;
		for (ssize_t n = 0; (n = ::read(fd_, line, sizeof line)) > 0 || (n < 0 && errno == EPIPE);) {
			const std::string_view text(line, n > 0 ? static_cast<std::size_t>(n) : 0);
			found += text.find(part) != std::string_view::npos ? 1 : 0;
		}
		return found;
	}

private:
	int fd_;
};

// The kernel then asks the drive to abort the command, and later resets the drive. What was in flight may end with
// -EINTR, which is the only error behind which a command may have run; what comes while there is no drive is refused.
TEST_F(SlowDriveTest, fact_11_the_time_limit_of_a_command_is_the_kernels)
{
	constexpr std::uint32_t commands = 100; // two and a half seconds'; the kernel looks once a second
	const Device device = open_device("/dev/vm/ringT-ng1");
	const Memory memory(512);
	ringline_command read = read_of(device, memory);
	read.timeout_ms = 50;
	const std::vector<ringline_command> many(commands, read);
	for (const std::uint32_t engine : {RINGLINE_ENGINE_URING, RINGLINE_ENGINE_THREADS}) {
		const Queue queue = queue_for(device, engine);
		const KernelLog log;
		ASSERT_EQ(ringline_push(queue, many.data(), commands), static_cast<std::int32_t>(commands));
		for (const ringline_completion &ended : collect(queue, commands)) {
			const bool by_host = ended.error == -EINTR;
			EXPECT_EQ((ended.flags & RINGLINE_OUTCOME_UNKNOWN) != 0, by_host) << ended.error;
			EXPECT_TRUE(by_host || succeeded(ended) || (ended.flags & RINGLINE_NOT_SENT) != 0)
				<< ended.error << ' ' << ended.status;
		}
		EXPECT_GT(log.count("timeout, "), 0) << "engine " << engine;
	}
}

} // namespace
} // namespace contract
