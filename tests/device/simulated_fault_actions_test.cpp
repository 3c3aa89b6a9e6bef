// SPDX-License-Identifier: MIT OR Apache-2.0
// What a rule that acts does to a command.
#include "simulated_fixture.h"

#include "base/waker.h"
#include "nvme/identify.h"

#include <gtest/gtest.h>

#include <poll.h>

#include <cerrno>
#include <chrono>

namespace simulated
{

namespace
{

using device::Disposition;
using device::Verdict;

class SimulatedFaultActionsTest : public ImageTest
{
protected:
	void SetUp() override
	{
		make();
		ASSERT_TRUE(succeeded(perform(write_command(0, 1, old_))));
	}
	Verdict write_new() { return opened().execute(write_command(0, 1, new_)); }
	/// Which of the two the medium has.
	[[nodiscard]] bool is_written() const
	{
		const auto all = bytes();
		const std::vector<std::uint8_t> first(all.begin(), all.begin() + 512);
		EXPECT_TRUE(first == old_ || first == new_) << "the block is torn";
		return first == new_;
	}
	void set(const ringline_fault_rule &rule)
	{
		number_ = opened().set_fault(rule);
		ASSERT_GT(number_, 0);
	}
	[[nodiscard]] std::uint32_t number() const { return static_cast<std::uint32_t>(number_); }

	const std::vector<std::uint8_t> old_ = pattern(512, 1);
	const std::vector<std::uint8_t> new_ = pattern(512, 2);
	std::int32_t number_ = 0;
};

TEST_F(SimulatedFaultActionsTest, a_status_comes_back_and_the_medium_is_untouched)
{
	set(status_fault(RINGLINE_NVME_WRITE, 0x280));
	EXPECT_TRUE(has_status(write_new().outcome, 0x280));
	EXPECT_FALSE(is_written());
	EXPECT_EQ(opened().clear_fault(number()), 1);
	EXPECT_TRUE(succeeded(write_new().outcome));
	EXPECT_TRUE(is_written());
}

TEST_F(SimulatedFaultActionsTest, a_read_with_a_status_leaves_the_memory)
{
	set(status_fault(RINGLINE_NVME_READ, 0x6281));
	std::vector<std::uint8_t> memory(512, 0xa5);
	EXPECT_TRUE(has_status(opened().execute(read_command(0, 1, memory)).outcome, 0x6281));
	EXPECT_EQ(memory, std::vector<std::uint8_t>(512, 0xa5));
}

TEST_F(SimulatedFaultActionsTest, an_executed_status_is_a_lie_about_a_write_that_ran)
{
	ringline_fault_rule rule = status_fault(RINGLINE_NVME_WRITE, 0x280);
	rule.flags = RINGLINE_FAULT_EXECUTED;
	set(rule);
	EXPECT_TRUE(has_status(write_new().outcome, 0x280));
	EXPECT_TRUE(is_written());
}

TEST_F(SimulatedFaultActionsTest, an_error_means_not_sent)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_WRITE);
	rule.error = -EIO;
	set(rule);
	EXPECT_TRUE(has_error(write_new().outcome, -EIO, RINGLINE_NOT_SENT));
	EXPECT_FALSE(is_written());
}

TEST_F(SimulatedFaultActionsTest, eintr_leaves_the_outcome_unknown)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_WRITE);
	rule.error = -EINTR;
	set(rule);
	EXPECT_TRUE(has_error(write_new().outcome, -EINTR, RINGLINE_OUTCOME_UNKNOWN));
	EXPECT_FALSE(is_written());
}

TEST_F(SimulatedFaultActionsTest, an_executed_error_is_a_lost_answer)
{
	for (const std::int32_t error : {-EINTR, -EIO}) {
		ringline_fault_rule rule = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_WRITE);
		rule.error = error;
		rule.flags = RINGLINE_FAULT_EXECUTED;
		set(rule);
		EXPECT_TRUE(has_error(write_new().outcome, error, RINGLINE_OUTCOME_UNKNOWN));
		EXPECT_TRUE(is_written());
		EXPECT_EQ(opened().clear_fault(0), 1);
		ASSERT_TRUE(succeeded(perform(write_command(0, 1, old_))));
	}
}

TEST_F(SimulatedFaultActionsTest, a_delay_is_for_the_queue_to_keep)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_WRITE);
	rule.delay_ns = 3'600'000'000'000;
	set(rule);
	const Verdict verdict = write_new();
	EXPECT_TRUE(succeeded(verdict.outcome));
	EXPECT_EQ(verdict.delay_ns, 3'600'000'000'000U);
	EXPECT_EQ(verdict.disposition, Disposition::complete);
	EXPECT_TRUE(is_written());
}

TEST_F(SimulatedFaultActionsTest, a_reordered_command_runs_at_once_and_is_held)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_REORDER, RINGLINE_NVME_WRITE);
	rule.hold = 3;
	set(rule);
	const Verdict verdict = write_new();
	EXPECT_TRUE(succeeded(verdict.outcome));
	EXPECT_EQ(verdict.disposition, Disposition::reorder);
	EXPECT_EQ(verdict.hold, 3U);
	EXPECT_EQ(verdict.rule, number());
	EXPECT_TRUE(is_written());
	EXPECT_TRUE(opened().holds(number()));
}

TEST_F(SimulatedFaultActionsTest, a_dropped_command_runs_when_it_is_let_go)
{
	set(fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_WRITE));
	const Verdict verdict = write_new();
	EXPECT_EQ(verdict.disposition, Disposition::drop);
	EXPECT_FALSE(verdict.executed);
	EXPECT_EQ(verdict.rule, number());
	EXPECT_FALSE(is_written());
	EXPECT_TRUE(opened().holds(number()));
	EXPECT_EQ(opened().clear_fault(number()), 1);
	EXPECT_FALSE(opened().holds(number()));
	EXPECT_TRUE(succeeded(perform(write_command(0, 1, new_))));
	EXPECT_TRUE(is_written());
}

TEST_F(SimulatedFaultActionsTest, a_rule_that_is_spent_still_holds_what_it_has_dropped)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_WRITE);
	rule.repeat = 1;
	set(rule);
	EXPECT_EQ(write_new().disposition, Disposition::drop);
	EXPECT_EQ(write_new().disposition, Disposition::complete);
	EXPECT_TRUE(opened().holds(number()));
}

TEST_F(SimulatedFaultActionsTest, an_executed_drop_has_run_already)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_WRITE);
	rule.flags = RINGLINE_FAULT_EXECUTED;
	set(rule);
	const Verdict verdict = write_new();
	EXPECT_EQ(verdict.disposition, Disposition::drop);
	EXPECT_TRUE(verdict.executed);
	EXPECT_TRUE(succeeded(verdict.outcome));
	EXPECT_TRUE(is_written());
}

TEST_F(SimulatedFaultActionsTest, clearing_rings_every_waker_until_it_is_taken_off)
{
	ringline::Waker first;
	ringline::Waker second;
	ASSERT_EQ(first.create(), 0);
	ASSERT_EQ(second.create(), 0);
	const auto rung = [](ringline::Waker &waker) {
		pollfd wanted = {.fd = waker.fd(), .events = POLLIN, .revents = 0};
		const bool ringing = ::poll(&wanted, 1, 0) == 1;
		waker.silence();
		return ringing;
	};
	ASSERT_EQ(opened().add_waker(&first), 0);
	ASSERT_EQ(opened().add_waker(&second), 0);
	set(fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_WRITE));
	EXPECT_EQ(opened().clear_fault(number()), 0);
	EXPECT_TRUE(rung(first));
	EXPECT_TRUE(rung(second));
	EXPECT_EQ(opened().clear_fault(number()), -ENOENT);
	EXPECT_FALSE(rung(first));
	opened().remove_waker(&first);
	EXPECT_EQ(opened().clear_fault(0), 0);
	EXPECT_FALSE(rung(first));
	EXPECT_TRUE(rung(second));
	opened().remove_waker(&second);
}

TEST_F(SimulatedFaultActionsTest, more_wakers_than_expected_are_all_rung)
{
	std::vector<std::unique_ptr<ringline::Waker>> wakers;
	for (int i = 0; i < 40; ++i) {
		wakers.push_back(std::make_unique<ringline::Waker>());
		ASSERT_EQ(wakers.back()->create(), 0);
		ASSERT_EQ(opened().add_waker(wakers.back().get()), 0);
	}
	EXPECT_EQ(opened().clear_fault(0), 0);
	for (auto &waker : wakers) {
		pollfd wanted = {.fd = waker->fd(), .events = POLLIN, .revents = 0};
		EXPECT_EQ(::poll(&wanted, 1, 0), 1);
		opened().remove_waker(waker.get());
	}
}

TEST_F(SimulatedFaultActionsTest, a_vanished_device_leaves_one_outcome_unknown_and_then_sends_nothing)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_WRITE);
	rule.skip = 1;
	set(rule);
	EXPECT_TRUE(succeeded(opened().execute(write_command(1, 1, new_)).outcome));
	EXPECT_EQ(opened().state() & device::Device::gone, 0U);
	EXPECT_TRUE(has_error(write_new().outcome, -ENODEV, RINGLINE_OUTCOME_UNKNOWN));
	EXPECT_FALSE(is_written());
	EXPECT_NE(opened().state() & device::Device::gone, 0U);
	std::vector<std::uint8_t> memory(512);
	EXPECT_TRUE(has_error(opened().execute(read_command(0, 1, memory)).outcome, -ENODEV, RINGLINE_NOT_SENT));
	EXPECT_TRUE(has_error(perform(flush_command()), -ENODEV, RINGLINE_NOT_SENT));
	device::Outcome outcome;
	EXPECT_EQ(opened().admin(flush_command(), &outcome), -ENODEV);
	EXPECT_EQ(opened().refresh(), -ENODEV);
}

TEST_F(SimulatedFaultActionsTest, a_command_may_run_just_before_the_device_vanishes)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_WRITE);
	rule.flags = RINGLINE_FAULT_EXECUTED;
	set(rule);
	EXPECT_TRUE(has_error(write_new().outcome, -ENODEV, RINGLINE_OUTCOME_UNKNOWN));
	EXPECT_TRUE(is_written());
}

TEST_F(SimulatedFaultActionsTest, a_vanished_device_is_back_when_all_its_handles_are_closed)
{
	Opening second = open_image(path());
	ASSERT_EQ(second.error, 0);
	set(fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_FLUSH));
	(void)opened().execute(flush_command());
	close();
	const Opening early = open_image(path());
	EXPECT_EQ(early.error, -ENODEV);
	EXPECT_NE(early.text().find("vanished"), std::string::npos) << early.text();
	second.device.reset();
	reopen();
	EXPECT_TRUE(succeeded(opened().execute(flush_command()).outcome));
}

TEST_F(SimulatedFaultActionsTest, rules_for_admin_commands_act_on_them_alone)
{
	std::vector<std::uint8_t> page(4096, 0xa5);
	auto identify = command(ringline::nvme::opcode_identify, 1, 1, page.data(), page.size());
	ringline_fault_rule rule = status_fault(ringline::nvme::opcode_identify, 0x006);
	rule.flags = RINGLINE_FAULT_ADMIN;
	rule.repeat = 1;
	set(rule);
	device::Outcome outcome;
	EXPECT_EQ(opened().admin(identify, &outcome), 0);
	EXPECT_TRUE(has_status(outcome, 0x006));
	EXPECT_EQ(page, std::vector<std::uint8_t>(4096, 0xa5));
	EXPECT_EQ(opened().admin(identify, &outcome), 0);
	EXPECT_TRUE(succeeded(outcome));

	rule = fault(RINGLINE_FAULT_ERROR, 0);
	rule.flags = RINGLINE_FAULT_ADMIN | RINGLINE_FAULT_ANY_OPCODE;
	rule.error = -EINTR;
	set(rule);
	EXPECT_TRUE(succeeded(opened().execute(flush_command()).outcome)) << "not an admin command";
	EXPECT_EQ(opened().admin(identify, &outcome), 0);
	EXPECT_TRUE(has_error(outcome, -EINTR, RINGLINE_OUTCOME_UNKNOWN));
}

TEST_F(SimulatedFaultActionsTest, a_delayed_admin_command_takes_that_long)
{
	std::vector<std::uint8_t> page(4096);
	const auto identify = command(ringline::nvme::opcode_identify, 1, 1, page.data(), page.size());
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, ringline::nvme::opcode_identify);
	rule.flags = RINGLINE_FAULT_ADMIN;
	rule.delay_ns = 30'000'000;
	set(rule);
	device::Outcome outcome;
	const auto start = std::chrono::steady_clock::now();
	EXPECT_EQ(opened().admin(identify, &outcome), 0);
	EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
	EXPECT_TRUE(succeeded(outcome));
}

} // namespace

} // namespace simulated
