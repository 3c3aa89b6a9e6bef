// SPDX-License-Identifier: MIT OR Apache-2.0
// Fault rules of simulated devices, seen through both engines.
#include "fixture.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

namespace contract
{
namespace
{

class FaultTest : public AttachedTest
{
protected:
	void SetUp() override
	{
		AttachedTest::SetUp();
		if (!IsSkipped() && !HasFatalFailure()) {
			memory_.emplace(block_size());
		}
	}

	[[nodiscard]] const Memory &memory() const { return *memory_; }
	/// A read of the first block.
	[[nodiscard]] ringline_command read_first(std::uint64_t user_data = 1) const
	{
		return read(0, *memory_, user_data);
	}
	/// Reads block i of the device into block i of the memory.
	[[nodiscard]] ringline_command read_block(const Memory &memory, std::uint32_t i) const
	{
		return command(RINGLINE_NVME_READ, i,
			       memory.bytes().subspan(std::size_t{i} * block_size(), block_size()), i);
	}
	void push(const ringline_command &command) { ASSERT_EQ(ringline_push(queue(), &command, 1), 1); }
	/// Nothing comes within a moment.
	void expect_silence()
	{
		ringline_completion completion = {};
		EXPECT_EQ(ringline_submit_and_wait(queue(), &completion, 1, 1, 10 * millisecond_ns), 0);
	}

private:
	std::optional<Memory> memory_;
};

RINGLINE_INSTANTIATE(FaultTest, simulated_combinations);

TEST_P(FaultTest, a_status_reaches_the_completion_with_all_its_bits)
{
	for (const int status : {0x0281, 0x4281, 0x6281, 0x7FFF, 0x0001, 0x0381, 0x1802}) {
		ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
		rule.status = static_cast<std::uint16_t>(status);
		const std::int32_t number = set_fault(rule);
		ASSERT_GT(number, 0);
		memory().fill(0x42);
		const ringline_completion completion = run(queue(), read_first(8));
		EXPECT_EQ(completion.status, status);
		EXPECT_EQ(completion.error, 0);
		EXPECT_EQ(completion.flags, 0U);
		EXPECT_EQ(completion.result, 0U);
		EXPECT_EQ(completion.user_data, 8U);
		EXPECT_TRUE(memory().holds_only(0x42)) << "a failed read leaves the memory";
		EXPECT_EQ(ringline_sim_fault_clear(device(), static_cast<std::uint32_t>(number)), 1);
	}
	EXPECT_TRUE(succeeded(run(queue(), read_first())));
}

TEST_P(FaultTest, a_failed_write_leaves_the_medium_unless_it_was_executed)
{
	memory().fill(1);
	ASSERT_TRUE(succeeded(run(queue(), write(0, memory()))));
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_WRITE);
	rule.status = 0x280;
	rule.repeat = 1;
	ASSERT_GT(set_fault(rule), 0);
	memory().fill(2);
	EXPECT_EQ(run(queue(), write(0, memory())).status, 0x280U);
	ASSERT_TRUE(succeeded(run(queue(), read_first())));
	EXPECT_TRUE(memory().holds_only(1));
	rule.flags = RINGLINE_FAULT_EXECUTED;
	ASSERT_GT(set_fault(rule), 0);
	memory().fill(3);
	EXPECT_EQ(run(queue(), write(0, memory())).status, 0x280U);
	memory().fill(0);
	ASSERT_TRUE(succeeded(run(queue(), read_first())));
	EXPECT_TRUE(memory().holds_only(3));
}

TEST_P(FaultTest, an_error_reaches_the_completion)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_READ);
	rule.error = -EIO;
	rule.repeat = 1;
	ASSERT_GT(set_fault(rule), 0);
	const ringline_completion completion = run(queue(), read_first(4));
	EXPECT_EQ(completion.error, -EIO);
	EXPECT_EQ(completion.status, 0U);
	EXPECT_EQ(completion.result, 0U);
	EXPECT_TRUE(succeeded(run(queue(), read_first())));
}

TEST_P(FaultTest, an_interrupted_command_has_an_unknown_outcome)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_WRITE);
	rule.error = -EINTR;
	ASSERT_GT(set_fault(rule), 0);
	const ringline_completion completion = run(queue(), write(0, memory(), 4));
	EXPECT_EQ(completion.error, -EINTR);
	EXPECT_EQ(completion.status, 0U);
	EXPECT_EQ(completion.flags, RINGLINE_OUTCOME_UNKNOWN);
}

TEST_P(FaultTest, a_delayed_command_completes_late_and_once)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_READ);
	rule.delay_ns = 30 * millisecond_ns;
	ASSERT_GT(set_fault(rule), 0);
	const std::int64_t start = now_ns();
	EXPECT_TRUE(succeeded(run(queue(), read_first())));
	EXPECT_GE(now_ns() - start, 25 * millisecond_ns);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(FaultTest, a_delayed_command_does_not_hold_up_others)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_READ);
	rule.delay_ns = 200 * millisecond_ns;
	ASSERT_GT(set_fault(rule), 0);
	push(read_first(1));
	push(flush(2));
	EXPECT_EQ(collect_one(queue()).user_data, 2U);
	EXPECT_EQ(collect_one(queue()).user_data, 1U);
}

TEST_P(FaultTest, poll_alone_brings_a_delayed_command)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_READ);
	rule.delay_ns = 5 * millisecond_ns;
	ASSERT_GT(set_fault(rule), 0);
	push(read_first(6));
	ASSERT_EQ(ringline_submit(queue()), 1);
	ringline_completion completion = {};
	const std::int64_t deadline = now_ns() + patience_ns;
	std::int32_t n = 0;
	while (n == 0 && now_ns() < deadline) {
		n = ringline_poll(queue(), &completion, 1);
	}
	EXPECT_EQ(n, 1);
	EXPECT_EQ(completion.user_data, 6U);
}

TEST_P(FaultTest, many_delayed_commands_come_in_the_order_of_their_delays)
{
	for (std::uint32_t i = 0; i < 4; ++i) {
		ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_READ);
		rule.lba = i;
		rule.blocks = 1;
		rule.delay_ns = (400 - 100 * i) * millisecond_ns;
		ASSERT_GT(set_fault(rule), 0);
	}
	const Memory four(std::size_t{4} * block_size());
	for (std::uint32_t i = 0; i < 4; ++i) {
		push(read_block(four, i));
	}
	const std::vector<ringline_completion> completions = collect(queue(), 4);
	ASSERT_EQ(completions.size(), 4U);
	for (std::uint32_t i = 0; i < 4; ++i) {
		EXPECT_EQ(completions[i].user_data, 3 - i);
	}
}

TEST_P(FaultTest, a_reordered_command_comes_after_the_next_ones)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_REORDER, RINGLINE_NVME_READ);
	rule.hold = 2;
	rule.repeat = 1;
	ASSERT_GT(set_fault(rule), 0);
	push(read_first(1));
	for (std::uint64_t i = 2; i <= 5; ++i) {
		push(flush(i));
	}
	const std::vector<ringline_completion> completions = collect(queue(), 5);
	ASSERT_EQ(completions.size(), 5U);
	const auto place = std::ranges::find_if(completions, [](const auto &c) { return c.user_data == 1; });
	ASSERT_NE(place, completions.end());
	EXPECT_GE(place - completions.begin(), 2);
	EXPECT_TRUE(succeeded(*place));
}

TEST_P(FaultTest, a_reordered_command_does_not_wait_for_what_never_comes)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_REORDER, RINGLINE_NVME_READ);
	rule.hold = 1000;
	ASSERT_GT(set_fault(rule), 0);
	EXPECT_TRUE(succeeded(run(queue(), read_first())));
	push(read_first(1));
	push(flush(2));
	EXPECT_EQ(collect(queue(), 2).size(), 2U);
}

TEST_P(FaultTest, a_rule_is_cleared_by_another_thread_while_the_owner_waits)
{
	for (std::uint32_t i = 0; i < scaled(50); ++i) {
		const std::uint32_t rule = drop_reads();
		push(read_first(i));
		std::thread helper([this, rule, i] {
			::usleep(i * 40);
			EXPECT_GE(ringline_sim_fault_clear(device(), rule), 0);
		});
		const ringline_completion completion = collect_one(queue());
		EXPECT_TRUE(succeeded(completion));
		EXPECT_EQ(completion.user_data, i);
		helper.join();
	}
}

TEST_P(FaultTest, a_queue_with_delayed_commands_can_be_destroyed)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_READ);
	rule.delay_ns = 50 * millisecond_ns;
	ASSERT_GT(set_fault(rule), 0);
	const Memory ten(std::size_t{10} * block_size());
	for (std::uint32_t i = 0; i < 10; ++i) {
		push(read_block(ten, i));
	}
	ASSERT_EQ(ringline_submit(queue()), 10);
	EXPECT_EQ(owned_queue().destroy(), 0);
}

TEST_P(FaultTest, two_openings_of_an_image_share_data_and_rules)
{
	const Device second = open();
	ASSERT_EQ(ringline_queue_attach(queue(), second), 0);
	memory().fill(0x31);
	ASSERT_TRUE(succeeded(run(queue(), write(7, memory()))));
	memory().fill(0);
	ringline_command through_second = read(7, memory(), 1);
	through_second.device = second;
	ASSERT_TRUE(succeeded(run(queue(), through_second)));
	EXPECT_TRUE(memory().holds_only(0x31));
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	rule.status = 0x281;
	const std::int32_t number = set_fault(rule);
	ASSERT_GT(number, 0);
	EXPECT_EQ(run(queue(), through_second).status, 0x281U);
	EXPECT_EQ(ringline_sim_fault_clear(second, static_cast<std::uint32_t>(number)), 1);
	EXPECT_TRUE(succeeded(run(queue(), through_second)));
}

TEST_P(FaultTest, a_vanished_device_is_gone_for_good)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_WRITE);
	ASSERT_GT(set_fault(rule), 0);
	EXPECT_TRUE(succeeded(run(queue(), read_first())));
	const ringline_completion completion = run(queue(), write(0, memory(), 6));
	EXPECT_LT(completion.error, 0);
	EXPECT_EQ(completion.status, 0U);
	EXPECT_EQ(completion.flags, RINGLINE_OUTCOME_UNKNOWN);
	const ringline_command again = read_first();
	EXPECT_EQ(ringline_push(queue(), &again, 1), -ENODEV);
	EXPECT_EQ(ringline_flush(queue(), device(), 1), -ENODEV);
	ringline_diagnosis why = blank_diagnosis();
	EXPECT_EQ(ringline_explain(&again, &why), -ENODEV);
	EXPECT_EQ(why.error, -ENODEV);
	EXPECT_EQ(ringline_device_refresh(device()), -ENODEV);
	ringline_nvme_command identify = {};
	identify.opcode = 0x06;
	ringline_completion ignored = {};
	EXPECT_EQ(ringline_device_admin(device(), &identify, &ignored), -ENODEV);
	EXPECT_EQ(in_flight(), 0U);
	EXPECT_EQ(owned_device().close(), 0);
}

TEST_P(FaultTest, commands_in_flight_when_the_device_vanishes_all_complete)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_WRITE);
	rule.skip = 3;
	ASSERT_GT(set_fault(rule), 0);
	for (std::uint64_t i = 0; i < 16; ++i) {
		push(write(i, memory(), i));
	}
	const std::vector<ringline_completion> completions = collect(queue(), 16);
	EXPECT_EQ(completions.size(), 16U);
	EXPECT_GE(std::ranges::count_if(completions, [](const auto &c) { return c.error != 0; }), 1);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(FaultTest, a_rule_acts_only_in_its_range)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	rule.status = 0x281;
	rule.lba = 10;
	rule.blocks = 2;
	ASSERT_GT(set_fault(rule), 0);
	EXPECT_TRUE(succeeded(run(queue(), read(9, memory()))));
	EXPECT_EQ(run(queue(), read(10, memory())).status, 0x281U);
	EXPECT_EQ(run(queue(), read(11, memory())).status, 0x281U);
	EXPECT_TRUE(succeeded(run(queue(), read(12, memory()))));
	EXPECT_TRUE(succeeded(run(queue(), write(10, memory()))));
	const Memory three(std::size_t{3} * block_size());
	EXPECT_EQ(run(queue(), read(8, three)).status, 0x281U) << "touches its first block";
	EXPECT_EQ(ringline_sim_fault_clear(device(), 0), 3);
}

TEST_P(FaultTest, skip_and_repeat_choose_which_commands_are_meant)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	rule.status = 0x281;
	rule.skip = 2;
	rule.repeat = 2;
	const std::int32_t number = set_fault(rule);
	ASSERT_GT(number, 0);
	std::string seen;
	for (int i = 0; i < 6; ++i) {
		seen += run(queue(), read_first()).status == 0 ? '.' : 'x';
	}
	EXPECT_EQ(seen, "..xx..");
	EXPECT_EQ(ringline_sim_fault_clear(device(), static_cast<std::uint32_t>(number)), 2);
}

TEST_P(FaultTest, the_first_rule_that_matches_acts)
{
	ringline_fault_rule any = fault(RINGLINE_FAULT_STATUS, 0);
	any.flags = RINGLINE_FAULT_ANY_OPCODE;
	any.status = 0x001;
	ringline_fault_rule reads = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	reads.status = 0x281;
	EXPECT_EQ(set_fault(reads), 1);
	EXPECT_EQ(set_fault(any), 2);
	EXPECT_EQ(run(queue(), read_first()).status, 0x281U);
	EXPECT_EQ(run(queue(), flush()).status, 0x001U);
	EXPECT_EQ(ringline_sim_fault_clear(device(), 1), 1);
	EXPECT_EQ(run(queue(), read_first()).status, 0x001U);
}

TEST_P(FaultTest, admin_rules_act_on_admin_commands_alone)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, 0x06);
	rule.flags = RINGLINE_FAULT_ADMIN;
	rule.status = 0x4002;
	ASSERT_GT(set_fault(rule), 0);
	EXPECT_TRUE(succeeded(run(queue(), read_first())));
	const Memory page(4096);
	ringline_nvme_command identify = {};
	identify.opcode = 0x06;
	identify.address = page.address();
	identify.data_length = page.size();
	identify.cdw10 = 1;
	ringline_completion completion = {};
	ASSERT_EQ(ringline_device_admin(device(), &identify, &completion), 0);
	EXPECT_EQ(completion.status, 0x4002U);
	EXPECT_EQ(completion.user_data, 0U);
}

TEST_P(FaultTest, senseless_rules_are_refused)
{
	EXPECT_EQ(set_fault(fault(0, RINGLINE_NVME_READ)), -EINVAL) << "no action";
	EXPECT_EQ(set_fault(fault(7, RINGLINE_NVME_READ)), -EINVAL) << "unknown action";
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	rule.status = 0x281;
	rule.flags = 0x8000;
	EXPECT_EQ(set_fault(rule), -EINVAL) << "unknown flag";
	rule.flags = 0;
	rule.reserved1 = 1;
	EXPECT_EQ(set_fault(rule), -EINVAL) << "reserved";
	EXPECT_EQ(ringline_sim_fault_set(device(), nullptr), -EINVAL);
	rule = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_READ);
	rule.error = 5;
	EXPECT_EQ(set_fault(rule), -EINVAL) << "a positive errno";
	EXPECT_EQ(ringline_sim_fault_clear(device(), 1), -ENOENT) << "none was set";
	EXPECT_EQ(ringline_sim_fault_clear(device(), 0), 0);
	EXPECT_TRUE(succeeded(run(queue(), read_first())));
}

TEST_P(FaultTest, no_more_than_256_rules_are_set)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_WRITE);
	rule.status = 0x280;
	for (int i = 1; i <= 256; ++i) {
		ASSERT_EQ(set_fault(rule), i);
	}
	EXPECT_EQ(set_fault(rule), -ENOSPC);
	EXPECT_EQ(ringline_sim_fault_clear(device(), 256), 0);
	EXPECT_GT(set_fault(rule), 0);
}

/// With a moment at which the device has decided over everything that was submitted.
class HeldFaultTest : public FaultTest
{
protected:
	[[nodiscard]] ringline_queue_options queue_options() const override
	{
		// One worker decides over commands in their order; several would not tell when they have begun.
		ringline_queue_options options = {};
		options.workers = 1;
		return options;
	}
	/// Submits, and returns when the device has decided over all that was pushed: a flush behind it came back.
	void settle()
	{
		constexpr std::uint64_t behind = 1000;
		push(flush(behind));
		EXPECT_EQ(collect_one(queue()).user_data, behind) << "nothing else may come";
	}
};

RINGLINE_INSTANTIATE(HeldFaultTest, simulated_combinations);
RINGLINE_INSTANTIATE_POLLING(HeldFaultTest, simulated_sqpoll_combinations);

TEST_P(HeldFaultTest, a_dropped_command_ends_by_cancel_with_an_unknown_outcome)
{
	(void)drop_reads();
	push(read_first(3));
	settle();
	expect_silence();
	EXPECT_EQ(in_flight(), 1U);
	EXPECT_EQ(ringline_queue_detach(queue(), device()), -EBUSY);
	EXPECT_EQ(ringline_cancel(queue(), 4), -ENOENT);
	EXPECT_EQ(ringline_cancel(queue(), 3), 1);
	const ringline_completion completion = collect_one(queue());
	EXPECT_EQ(completion.user_data, 3U);
	EXPECT_EQ(completion.error, -ECANCELED);
	EXPECT_EQ(completion.status, 0U);
	EXPECT_EQ(completion.flags, RINGLINE_OUTCOME_UNKNOWN);
	EXPECT_EQ(in_flight(), 0U);
	EXPECT_EQ(ringline_cancel(queue(), 3), -ENOENT);
}

TEST_P(HeldFaultTest, cancel_counts_every_dropped_and_pushed_command)
{
	(void)drop_reads();
	push(read_first(3));
	push(read_first(3));
	settle();
	push(read_first(3));
	EXPECT_EQ(ringline_cancel(queue(), 3), 3);
	std::uint32_t unknown = 0;
	for (const ringline_completion &completion : collect(queue(), 3)) {
		EXPECT_EQ(completion.error, -ECANCELED);
		unknown += completion.flags == RINGLINE_OUTCOME_UNKNOWN ? 1 : 0;
	}
	EXPECT_EQ(unknown, 2U);
}

TEST_P(HeldFaultTest, a_delayed_command_is_with_the_device_and_not_cancelled)
{
	ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, RINGLINE_NVME_READ);
	rule.delay_ns = 1000 * millisecond_ns;
	ASSERT_GT(set_fault(rule), 0);
	push(read_first(3));
	settle();
	EXPECT_EQ(ringline_cancel(queue(), 3), -EALREADY);
	EXPECT_TRUE(succeeded(collect_one(queue())));
}

TEST_P(HeldFaultTest, a_dropped_command_goes_on_when_its_rule_is_cleared)
{
	memory().fill(9);
	ASSERT_TRUE(succeeded(run(queue(), write(0, memory()))));
	memory().fill(0);
	const std::uint32_t rule = drop_reads();
	push(read_first(3));
	settle();
	expect_silence();
	EXPECT_EQ(ringline_sim_fault_clear(device(), rule), 1);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	EXPECT_TRUE(memory().holds_only(9));
}

TEST_P(HeldFaultTest, a_queue_with_dropped_commands_can_be_destroyed)
{
	(void)drop_reads();
	memory().fill(0x66);
	for (std::uint64_t i = 0; i < 10; ++i) {
		push(read_first(i));
	}
	settle();
	EXPECT_EQ(owned_queue().destroy(), 0);
	EXPECT_EQ(ringline_sim_fault_clear(device(), 0), 10);
	EXPECT_TRUE(memory().holds_only(0x66)) << "a dropped read was carried out after its queue was gone";
}

TEST_P(HeldFaultTest, a_device_closed_with_held_commands_completes_them_all)
{
	(void)drop_reads();
	const ringline_device old = device();
	push(read_first(3));
	settle();
	const Device second = open();
	EXPECT_EQ(owned_device().close(), 0);
	EXPECT_EQ(ringline_flush(queue(), old, 1), -ESTALE);
	EXPECT_EQ(ringline_sim_fault_clear(second, 0), 1) << "the rules are the image's";
	const ringline_completion completion = collect_one(queue());
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.device.value, old.value);
}

TEST_P(HeldFaultTest, the_last_close_of_an_image_lets_held_commands_be_cancelled)
{
	(void)drop_reads();
	push(read_first(3));
	settle();
	EXPECT_EQ(owned_device().close(), 0);
	expect_silence();
	EXPECT_EQ(ringline_cancel(queue(), 3), 1);
	EXPECT_EQ(collect_one(queue()).error, -ECANCELED);
	EXPECT_EQ(owned_queue().info().devices, 0U);
}

class FaultFileTest : public ContractTest
{
};

RINGLINE_INSTANTIATE(FaultFileTest, simulated_combinations);

TEST_P(FaultFileTest, the_file_beside_the_image_sets_rules)
{
	write_file(image() + ".faults", "ringline-faults 1\n"
					"# a bad spot\n"
					"action=status opcode=read lba=5 blocks=1 status=0x281\n");
	const Device device = open();
	const Queue queue = make_queue();
	ASSERT_EQ(ringline_queue_attach(queue, device), 0);
	const std::uint32_t length = device.info().block_size;
	const Memory memory(length);
	ASSERT_EQ(ringline_read(queue, device, 5, 1, memory.data(), length, 0, 1), 0);
	EXPECT_EQ(collect_one(queue).status, 0x281U);
	ASSERT_EQ(ringline_read(queue, device, 6, 1, memory.data(), length, 0, 1), 0);
	EXPECT_TRUE(succeeded(collect_one(queue)));
	EXPECT_EQ(ringline_sim_fault_clear(device, 0), 1);
}

TEST_P(FaultFileTest, a_file_that_makes_no_sense_fails_the_opening_and_names_the_line)
{
	for (const char *text : {"", "ringline-faults 2\n", "ringline-faults 1\naction=status opcode=read\n",
				 "ringline-faults 1\ncolour=red\n", "ringline-faults 1\n\x01\n"}) {
		write_file(image() + ".faults", text);
		ringline_diagnosis why = blank_diagnosis();
		ringline_device handle = {};
		EXPECT_EQ(ringline_device_open(path().c_str(), nullptr, &why, &handle), -EINVAL) << text;
		EXPECT_EQ(handle.value, 0U);
		EXPECT_EQ(why.rule, RINGLINE_RULE_IMAGE);
		EXPECT_NE(std::string(why.text).find("line "), std::string::npos) << why.text;
	}
}

TEST(FaultRuleTest, devices_that_are_not_simulated_take_no_rules)
{
	const Device device = open_device("null:");
	const ringline_fault_rule rule = fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_READ);
	EXPECT_EQ(ringline_sim_fault_set(device, &rule), -EOPNOTSUPP);
	EXPECT_EQ(ringline_sim_fault_clear(device, 0), -EOPNOTSUPP);
}

} // namespace
} // namespace contract
