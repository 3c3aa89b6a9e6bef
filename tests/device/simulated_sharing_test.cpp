// SPDX-License-Identifier: MIT OR Apache-2.0
// Several opens of one image: in one process they share, other processes are kept away.
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

namespace simulated
{

namespace
{

class SimulatedSharingTest : public ImageTest
{
protected:
	/// What opening gives in another process. Its number is that of an errno, 0 to 254.
	int opens_elsewhere(std::uint32_t flags) const
	{
		return in_child([this, flags] { return -open_image(path(), flags).error; });
	}
};

TEST_F(SimulatedSharingTest, opens_of_one_inode_share_rules_and_data)
{
	ASSERT_EQ(::link(path().c_str(), file("other_name").c_str()), 0);
	const Opening other = open_image(file("other_name"));
	ASSERT_EQ(other.error, 0) << other.text();
	const auto written = pattern(512);
	ASSERT_TRUE(succeeded(other.device->execute(write_command(2, 1, written)).outcome));
	std::vector<std::uint8_t> read(512);
	EXPECT_TRUE(succeeded(opened().execute(read_command(2, 1, read)).outcome));
	EXPECT_EQ(read, written);
	ASSERT_EQ(other.device->set_fault(status_fault(RINGLINE_NVME_READ, 0x281)), 1);
	EXPECT_TRUE(has_status(opened().execute(read_command(2, 1, read)).outcome, 0x281));
	EXPECT_EQ(opened().clear_fault(1), 1);
	EXPECT_TRUE(succeeded(other.device->execute(read_command(2, 1, read)).outcome));
}

TEST_F(SimulatedSharingTest, all_opens_of_the_inode_vanish_together)
{
	const Opening other = open_image(path(), RINGLINE_OPEN_READ_ONLY);
	ASSERT_EQ(other.error, 0) << other.text();
	ASSERT_EQ(opened().set_fault(fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_FLUSH)), 1);
	(void)opened().execute(flush_command());
	EXPECT_NE(other.device->state() & device::Device::gone, 0U);
	EXPECT_TRUE(has_error(other.device->execute(flush_command()).outcome, -ENODEV, RINGLINE_NOT_SENT));
}

TEST_F(SimulatedSharingTest, rules_end_with_the_last_open)
{
	{
		const Opening other = open_image(path());
		ASSERT_EQ(other.error, 0);
		ASSERT_EQ(other.device->set_fault(status_fault(RINGLINE_NVME_FLUSH, 0x280)), 1);
	}
	EXPECT_TRUE(has_status(opened().execute(flush_command()).outcome, 0x280));
	reopen();
	EXPECT_TRUE(succeeded(opened().execute(flush_command()).outcome));
}

TEST_F(SimulatedSharingTest, the_rules_file_is_set_once_and_checked_by_every_opening)
{
	close();
	write_file(path() + ".faults", "ringline-faults 1\naction=status opcode=flush status=0x280 repeat=1\n");
	reopen();
	const Opening other = open_image(path());
	ASSERT_EQ(other.error, 0);
	EXPECT_TRUE(has_status(other.device->execute(flush_command()).outcome, 0x280));
	EXPECT_TRUE(succeeded(other.device->execute(flush_command()).outcome)) << "set twice";
	write_file(path() + ".faults", "nonsense");
	EXPECT_EQ(open_image(path()).error, -EINVAL);
	EXPECT_TRUE(succeeded(opened().execute(flush_command()).outcome));
}

TEST_F(SimulatedSharingTest, another_process_is_kept_away_from_an_image_that_is_written)
{
	EXPECT_EQ(opens_elsewhere(0), EBUSY);
	EXPECT_EQ(opens_elsewhere(RINGLINE_OPEN_READ_ONLY), EBUSY);
	close();
	EXPECT_EQ(opens_elsewhere(0), 0);
}

TEST_F(SimulatedSharingTest, processes_that_only_read_share_an_image)
{
	reopen(RINGLINE_OPEN_READ_ONLY);
	EXPECT_EQ(opens_elsewhere(RINGLINE_OPEN_READ_ONLY), 0);
	EXPECT_EQ(opens_elsewhere(0), EBUSY);
}

TEST_F(SimulatedSharingTest, the_refusal_says_who_is_in_the_way)
{
	const auto diagnose = [this](std::uint32_t flags, const std::string &words) {
		return in_child([&] {
			const Opening opening = open_image(path(), flags);
			return opening.error == -EBUSY && opening.diagnosis.rule == RINGLINE_RULE_IN_USE &&
					       opening.text().find(words) != std::string::npos
				       ? 0
				       : 1;
		});
	};
	EXPECT_EQ(diagnose(RINGLINE_OPEN_READ_ONLY, "is open for writing in another process"), 0);
	EXPECT_EQ(diagnose(0, "to write it, it must be open in no other"), 0);
}

TEST_F(SimulatedSharingTest, a_second_open_that_writes_makes_the_lock_exclusive_and_its_close_shares_it_again)
{
	reopen(RINGLINE_OPEN_READ_ONLY);
	Opening writer = open_image(path());
	ASSERT_EQ(writer.error, 0) << writer.text();
	EXPECT_EQ(opens_elsewhere(RINGLINE_OPEN_READ_ONLY), EBUSY);
	writer.device.reset();
	EXPECT_EQ(opens_elsewhere(RINGLINE_OPEN_READ_ONLY), 0);
	EXPECT_EQ(opens_elsewhere(0), EBUSY) << "the reader is still there";
}

TEST_F(SimulatedSharingTest, the_lock_stays_when_the_open_that_took_it_is_closed_first)
{
	Opening second = open_image(path());
	ASSERT_EQ(second.error, 0);
	close();
	EXPECT_EQ(opens_elsewhere(RINGLINE_OPEN_READ_ONLY), EBUSY);
	second.device.reset();
	EXPECT_EQ(opens_elsewhere(0), 0);
}

/// Another process that has the image open until told otherwise.
class Neighbour
{
public:
	Neighbour(const std::string &path, std::uint32_t flags)
	{
		int ready[2] = {};
		int done[2] = {};
		EXPECT_EQ(::pipe(ready) + ::pipe(done), 0);
		child_ = ::fork();
		if (child_ == 0) {
			::close(done[1]);
			const Opening opening = open_image(path, flags);
			const char error = static_cast<char>(-opening.error);
			(void)!::write(ready[1], &error, 1);
			char end = 0;
			(void)!::read(done[0], &end, 1);
			::_exit(0);
		}
		::close(ready[1]);
		::close(done[0]);
		char error = 0;
		EXPECT_EQ(::read(ready[0], &error, 1), 1);
		EXPECT_EQ(error, 0);
		::close(ready[0]);
		done_ = done[1];
	}
	Neighbour(const Neighbour &) = delete;
	Neighbour &operator=(const Neighbour &) = delete;
	~Neighbour()
	{
		::close(done_);
		int status = 0;
		::waitpid(child_, &status, 0);
	}

private:
	pid_t child_ = -1;
	int done_ = -1;
};

TEST_F(SimulatedSharingTest, an_open_that_cannot_become_exclusive_leaves_the_shared_lock)
{
	close();
	{
		const Neighbour reader(path(), RINGLINE_OPEN_READ_ONLY);
		reopen(RINGLINE_OPEN_READ_ONLY);
		const Opening writer = open_image(path());
		EXPECT_EQ(writer.error, -EBUSY);
		EXPECT_EQ(writer.diagnosis.rule, RINGLINE_RULE_IN_USE);
	}
	EXPECT_EQ(opens_elsewhere(0), EBUSY) << "this process reads";
	EXPECT_EQ(opens_elsewhere(RINGLINE_OPEN_READ_ONLY), 0);
	EXPECT_EQ(open_image(path()).error, 0);
}

TEST_F(SimulatedSharingTest, a_forked_child_does_not_share_what_it_inherited)
{
	ASSERT_EQ(opened().set_fault(status_fault(RINGLINE_NVME_FLUSH, 0x280)), 1);
	reopen(RINGLINE_OPEN_READ_ONLY);
	ASSERT_EQ(opened().set_fault(status_fault(RINGLINE_NVME_FLUSH, 0x280)), 1);
	EXPECT_EQ(in_child([this] {
			  const Opening own = open_image(path(), RINGLINE_OPEN_READ_ONLY);
			  if (own.error != 0) {
				  return 1;
			  }
			  return own.device->execute(flush_command()).outcome.status == 0 ? 0 : 2;
		  }),
		  0);
}

TEST_F(SimulatedSharingTest, a_child_that_is_forked_in_the_middle_of_an_open_can_open)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	GTEST_SKIP() << "the sanitizer's own locks do not survive a fork in the middle of another thread's call";
#endif
	close();
	ASSERT_EQ(::link(path().c_str(), file("other").c_str()), 0);
	write_file(file("own"), std::string(512, '\0'));
	std::atomic<bool> stop{false};
	std::thread busy([&] {
		while (!stop) {
			(void)open_image(path(), RINGLINE_OPEN_READ_ONLY);
		}
	});
	for (int i = 0; i < 30; ++i) {
		EXPECT_EQ(in_child([this] {
				  ::alarm(20); // a deadlock ends the child, and so the test
				  return open_image(file("own")).error == 0 ? 0 : 1;
			  }),
			  0);
	}
	stop = true;
	busy.join();
}

TEST_F(SimulatedSharingTest, threads_open_and_close_one_image_at_once)
{
	close();
	std::atomic<int> failures{0};
	std::vector<std::thread> threads;
	// Two threads: then often one opens what the other, the last, is just closing.
	for (int id = 0; id < 2; ++id) {
		threads.emplace_back([&, id] {
			for (int i = 0; i < 1500; ++i) {
				const Opening opening =
					open_image(path(), (id + i) % 2 != 0 ? RINGLINE_OPEN_READ_ONLY : 0U);
				failures += opening.error == 0 ? 0 : 1;
			}
		});
	}
	for (auto &thread : threads) {
		thread.join();
	}
	EXPECT_EQ(failures, 0) << "the locks of one process must not be in each other's way";
	EXPECT_EQ(opens_elsewhere(0), 0);
}

TEST_F(SimulatedSharingTest, rules_are_set_cleared_and_met_by_threads_at_once)
{
	std::atomic<bool> stop{false};
	std::atomic<std::uint64_t> met{0};
	std::thread worker([&] {
		while (!stop) {
			met += opened().execute(flush_command()).outcome.status != 0 ? 1 : 0;
		}
	});
	std::uint64_t acted = 0;
	for (int i = 0; i < 300; ++i) {
		const std::int32_t number = opened().set_fault(status_fault(RINGLINE_NVME_FLUSH, 0x280));
		ASSERT_EQ(number, i + 1);
		std::this_thread::yield();
		const std::int32_t times = opened().clear_fault(static_cast<std::uint32_t>(number));
		ASSERT_GE(times, 0);
		acted += static_cast<std::uint64_t>(times);
	}
	stop = true;
	worker.join();
	EXPECT_EQ(acted, met);
}

} // namespace

} // namespace simulated
