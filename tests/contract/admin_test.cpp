// SPDX-License-Identifier: MIT OR Apache-2.0
// Admin commands that are pushed: to a simulated device, or to the controller of a real namespace.
#include "fixture.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace contract
{
namespace
{

constexpr std::uint32_t page_bytes = RINGLINE_IDENTIFY_BYTES;

/// With what takes admin commands attached to the queue, beside the namespace.
class AdminTest : public AttachedTest
{
protected:
	void SetUp() override
	{
		AttachedTest::SetUp();
		if (HasFatalFailure() || IsSkipped() || GetParam().kind != Kind::node) {
			return;
		}
		owned_ = open_device(controller_of(facts()));
		ASSERT_EQ(ringline_queue_attach(queue(), owned_), 0);
	}
	void TearDown() override
	{
		owned_ = Device();
		AttachedTest::TearDown();
	}

	/// What takes admin commands.
	[[nodiscard]] ringline_device target() const
	{
		return GetParam().kind == Kind::node ? ringline_device(owned_) : device();
	}
	/// Attaches it to another queue of this engine.
	void replace_queue_for_admin(const ringline_queue_options &options)
	{
		replace_queue(options);
		if (GetParam().kind == Kind::node) {
			ASSERT_EQ(ringline_queue_attach(queue(), owned_), 0);
		}
	}
	[[nodiscard]] ringline_raw_command raw(const ringline_nvme_command &command, std::uint64_t user_data = 0) const
	{
		ringline_raw_command made = {};
		made.user_data = user_data;
		made.device = target();
		made.flags = RINGLINE_RAW_ADMIN;
		made.command = command;
		return made;
	}
	/// Identify Controller.
	[[nodiscard]] ringline_raw_command identify(const Memory &page, std::uint64_t user_data = 0) const
	{
		ringline_identify_options options = {};
		options.struct_size = sizeof options;
		options.cns = 1;
		ringline_nvme_command command = {};
		EXPECT_EQ(ringline_nvme_identify(&command, &options, page.address()), 0);
		return raw(command, user_data);
	}
	[[nodiscard]] ringline_completion run_raw(const ringline_raw_command &command) const
	{
		EXPECT_EQ(ringline_push_raw(queue(), &command, 1), 1);
		return collect_one(queue());
	}
	/// Pushing it gives that error and nothing else, and the explanation is of that rule.
	ringline_diagnosis expect_refused(const ringline_raw_command &command, std::int32_t error,
					  std::uint32_t rule) const
	{
		EXPECT_EQ(ringline_push_raw(queue(), &command, 1), error);
		EXPECT_EQ(in_flight(), 0U);
		ringline_diagnosis why = blank_diagnosis();
		EXPECT_EQ(ringline_explain_raw(&command, &why), error);
		EXPECT_EQ(why.error, error);
		EXPECT_EQ(why.rule, rule) << why.text;
		return why;
	}

private:
	Device owned_;
};

RINGLINE_INSTANTIATE(AdminTest, storing_combinations);

/// One question to the device, and what the call that waits said to it.
struct Question {
	ringline_nvme_command command = {}; // without memory
	ringline_completion answer = {};
	std::vector<std::uint8_t> page;
};

Question ask(ringline_device device, ringline_nvme_command command)
{
	Question question;
	question.command = command;
	const Memory page(page_bytes);
	page.fill(0x5a);
	if (command.data_length != 0) {
		command.address = page.address();
	}
	EXPECT_EQ(ringline_device_admin(device, &command, &question.answer), 0);
	EXPECT_TRUE(succeeded(question.answer)) << "opcode " << int{command.opcode};
	question.page.assign(page.bytes().begin(), page.bytes().end());
	return question;
}

std::vector<Question> ask_all(ringline_device device, std::uint32_t nsid)
{
	std::vector<Question> questions;
	ringline_nvme_command command = {};
	ringline_identify_options page = {};
	page.struct_size = sizeof page;
	page.cns = 1;
	EXPECT_EQ(ringline_nvme_identify(&command, &page, 0), 0);
	questions.push_back(ask(device, command));
	page.cns = 0;
	page.nsid = nsid;
	EXPECT_EQ(ringline_nvme_identify(&command, &page, 0), 0);
	questions.push_back(ask(device, command));
	ringline_log_options log = {};
	log.struct_size = sizeof log;
	for (const int lid : {0x03, 0x05}) { // of the firmware, and of effects
		log.lid = static_cast<std::uint8_t>(lid);
		EXPECT_EQ(ringline_nvme_log_read(&command, &log, 0, lid == 0x05 ? 4096 : 512), 0);
		questions.push_back(ask(device, command));
	}
	ringline_feature_options feature = {};
	feature.struct_size = sizeof feature;
	for (const int fid : {0x06, 0x07}) { // write cache, number of queues
		feature.fid = static_cast<std::uint8_t>(fid);
		EXPECT_EQ(ringline_nvme_feature_get(&command, &feature, 0, 0), 0);
		questions.push_back(ask(device, command));
	}
	return questions;
}

TEST_P(AdminTest, hundreds_beside_reads_say_what_the_calls_say)
{
	constexpr std::uint32_t depth = 32;
	constexpr std::uint32_t total = 800;
	const std::vector<Question> questions = ask_all(target(), facts().nsid);
	ringline_queue_options options = {};
	options.depth = depth;
	replace_queue_for_admin(options);
	const Memory written(block_size());
	fill_pattern(written.bytes(), 33);
	ASSERT_TRUE(succeeded(run(queue(), write(5, written))));
	const Memory memory(std::size_t{depth} * page_bytes);
	std::uint32_t pushed = 0;
	std::uint32_t answered = 0;
	std::array<std::uint32_t, depth> serial = {}; // of the command in each place
	const auto place = [&](std::uint32_t at) {
		serial[at] = pushed++;
		const auto bytes = memory.bytes().subspan(std::size_t{at} * page_bytes, page_bytes);
		std::fill(bytes.begin(), bytes.end(), 0x5a);
		if (serial[at] % 2 == 0) {
			const ringline_command command =
				this->command(RINGLINE_NVME_READ, 5, bytes.first(block_size()), at);
			ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
			return;
		}
		ringline_nvme_command command = questions[serial[at] / 2 % questions.size()].command;
		if (command.data_length != 0) {
			command.address = reinterpret_cast<std::uintptr_t>(bytes.data());
		}
		const ringline_raw_command made = raw(command, at);
		ASSERT_EQ(ringline_push_raw(queue(), &made, 1), 1);
	};
	for (std::uint32_t at = 0; at < depth; ++at) {
		place(at);
	}
	while (answered < total) {
		std::array<ringline_completion, depth> completions = {};
		const std::int32_t count = ringline_submit_and_wait(queue(), completions.data(), depth, 1, patience_ns);
		ASSERT_GT(count, 0);
		for (std::int32_t i = 0; i < count; ++i) {
			const ringline_completion &got = completions[static_cast<std::size_t>(i)];
			const auto at = static_cast<std::uint32_t>(got.user_data);
			const auto bytes = memory.bytes().subspan(std::size_t{at} * page_bytes, page_bytes);
			ASSERT_TRUE(succeeded(got));
			if (serial[at] % 2 == 0) {
				ASSERT_EQ(got.device.value, device().value);
				ASSERT_EQ(differing_bytes(bytes.first(block_size()), 33), 0U);
			} else {
				const Question &question = questions[serial[at] / 2 % questions.size()];
				ASSERT_EQ(got.device.value, target().value);
				ASSERT_EQ(got.result, question.answer.result);
				ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), question.page.begin()))
					<< "opcode " << int{question.command.opcode};
			}
			++answered;
			if (pushed < total) {
				place(at);
			}
		}
	}
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(AdminTest, a_status_is_that_of_the_call)
{
	const Memory page(page_bytes);
	ringline_raw_command command = identify(page);
	command.command.cdw10 = 0xff; // no such page
	ringline_completion called = {};
	ASSERT_EQ(ringline_device_admin(target(), &command.command, &called), 0);
	ASSERT_NE(called.status, 0U);
	const ringline_completion pushed = run_raw(command);
	EXPECT_EQ(pushed.status, called.status);
	EXPECT_EQ(pushed.error, 0);
	EXPECT_EQ(pushed.result, 0U);
}

TEST_P(AdminTest, what_has_effects_is_refused_and_sent_to_the_call_that_waits)
{
	const Memory page(page_bytes);
	// Set Features, Namespace Management and Attachment, firmware, self-test, Format, Sanitize, Security Send, and
	// one of a vendor that brings data and that no log of effects here knows.
	for (const int opcode : {0x09, 0x0d, 0x15, 0x10, 0x11, 0x14, 0x80, 0x84, 0x81, 0xc2}) {
		ringline_raw_command command = identify(page);
		command.command.opcode = static_cast<std::uint8_t>(opcode);
		const ringline_diagnosis why = expect_refused(command, -EOPNOTSUPP, RINGLINE_RULE_EFFECTS);
		EXPECT_EQ(why.given, static_cast<std::uint64_t>(opcode));
		EXPECT_NE(std::strstr(why.text, "ringline_device_admin"), nullptr) << why.text;
	}
}

TEST_P(AdminTest, an_asynchronous_event_request_is_the_kernels_own)
{
	const Memory page(page_bytes);
	ringline_raw_command command = identify(page);
	command.command.opcode = 0x0c;
	const ringline_diagnosis why = expect_refused(command, -EOPNOTSUPP, RINGLINE_RULE_EFFECTS);
	EXPECT_NE(std::strstr(why.text, "kernel's own"), nullptr) << why.text;
}

TEST_P(AdminTest, fields_without_a_meaning_are_refused)
{
	const Memory page(page_bytes);
	ringline_raw_command command = identify(page);
	command.flags |= 2;
	EXPECT_EQ(expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT).offset,
		  offsetof(ringline_raw_command, flags));
	command = identify(page);
	command.reserved0 = 1;
	EXPECT_EQ(expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT).offset,
		  offsetof(ringline_raw_command, reserved0));
	command = identify(page);
	command.command.metadata = page.address();
	expect_refused(command, -EINVAL, RINGLINE_RULE_METADATA);
}

TEST_P(AdminTest, a_read_only_handle_may_ask)
{
	const bool node = GetParam().kind == Kind::node;
	const Device reader = open_device(node ? controller_of(facts()) : path(), RINGLINE_OPEN_READ_ONLY);
	ASSERT_EQ(ringline_queue_attach(queue(), reader), 0);
	const Memory page(page_bytes);
	ringline_raw_command command = identify(page);
	command.device = reader;
	EXPECT_TRUE(succeeded(run_raw(command)));
}

TEST_P(AdminTest, the_page_may_lie_in_an_attached_buffer)
{
	const Buffer buffer = make_buffer(std::size_t{16} * page_bytes);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	const Memory page(page_bytes);
	ASSERT_TRUE(succeeded(run_raw(identify(page))));
	ringline_raw_command command = identify(page);
	command.command.address = buffer.info().address + page_bytes;
	ASSERT_EQ(ringline_push_raw(queue(), &command, 1), 1);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), -EBUSY);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	EXPECT_EQ(std::memcmp(buffer.bytes().data() + page_bytes, page.data(), page_bytes), 0);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

TEST_P(AdminTest, a_movable_queue_takes_them)
{
	ringline_queue_options options = {};
	options.flags = RINGLINE_QUEUE_MOVABLE;
	replace_queue_for_admin(options);
	const Memory page(page_bytes + 4);
	ringline_raw_command command = identify(page);
	EXPECT_TRUE(succeeded(run_raw(command)));
	command.command.address += 2;
	const bool through_ring = GetParam().kind == Kind::node && GetParam().engine == RINGLINE_ENGINE_URING;
	EXPECT_EQ(ringline_push_raw(queue(), &command, 1), through_ring ? -EINVAL : 1);
	if (!through_ring) {
		EXPECT_TRUE(succeeded(collect_one(queue())));
	}
}

TEST_P(AdminTest, they_are_cancelled_counted_and_overdue_as_others_are)
{
	ringline_queue_options options = {};
	options.flags = RINGLINE_QUEUE_TIMESTAMPS;
	replace_queue_for_admin(options);
	const Memory page(page_bytes);
	const ringline_raw_command command = identify(page, 77);
	ASSERT_EQ(ringline_push_raw(queue(), &command, 1), 1);
	EXPECT_EQ(owned_queue().info().not_submitted, 1U);
	std::uint64_t overdue = 0;
	EXPECT_EQ(ringline_queue_overdue(queue(), 0, &overdue, 1), 1);
	EXPECT_EQ(overdue, 77U);
	EXPECT_EQ(ringline_queue_detach(queue(), target()), -EBUSY);
	EXPECT_EQ(ringline_cancel(queue(), 77), 1);
	const ringline_completion completion = collect_one(queue());
	EXPECT_EQ(completion.error, -ECANCELED);
	EXPECT_EQ(completion.flags, RINGLINE_NOT_SENT);
	EXPECT_EQ(in_flight(), 0U);
	EXPECT_TRUE(succeeded(run_raw(command))) << "and its place is free again";
}

TEST_P(AdminTest, destroying_the_queue_waits_for_them)
{
	ringline_queue_options options = {};
	options.depth = 32;
	replace_queue_for_admin(options);
	const Memory pages(std::size_t{32} * page_bytes);
	for (std::uint32_t i = 0; i < 32; ++i) {
		ringline_raw_command command = identify(pages, i);
		command.command.address += std::uint64_t{i} * page_bytes;
		ASSERT_EQ(ringline_push_raw(queue(), &command, 1), 1);
	}
	ASSERT_EQ(ringline_submit(queue()), 32);
	ASSERT_EQ(owned_queue().destroy(), 0);
	pages.fill(0x11);
	EXPECT_TRUE(pages.holds_only(0x11));
}

TEST_P(AdminTest, closing_the_device_lets_what_is_in_flight_arrive)
{
	Device another = open_device(GetParam().kind == Kind::node ? controller_of(facts()) : path());
	const ringline_device handle = another;
	ASSERT_EQ(ringline_queue_attach(queue(), handle), 0);
	const Memory page(page_bytes);
	ringline_raw_command command = identify(page, 9);
	command.device = handle;
	ASSERT_EQ(ringline_push_raw(queue(), &command, 1), 1);
	ASSERT_EQ(ringline_submit(queue()), 1);
	ASSERT_EQ(another.close(), 0);
	EXPECT_EQ(ringline_push_raw(queue(), &command, 1), -ESTALE);
	const ringline_completion completion = collect_one(queue());
	EXPECT_EQ(completion.device.value, handle.value);
	EXPECT_TRUE(succeeded(completion));
}

/// What takes no admin commands: null:, and the node of a namespace.
class WithoutAdminTest : public AttachedTest
{
};

RINGLINE_INSTANTIATE(WithoutAdminTest, every_combination);

TEST_P(WithoutAdminTest, a_namespace_refuses_to_have_them_pushed)
{
	if (GetParam().kind == Kind::simulated) {
		return; // it stands for its controller, too: AdminTest
	}
	const Memory page(page_bytes);
	ringline_raw_command command = {};
	command.device = device();
	command.flags = RINGLINE_RAW_ADMIN;
	command.command.opcode = RINGLINE_NVME_IDENTIFY;
	command.command.cdw10 = 1;
	command.command.address = page.address();
	command.command.data_length = page_bytes;
	EXPECT_EQ(ringline_push_raw(queue(), &command, 1), -ENOTTY);
	ringline_diagnosis why = blank_diagnosis();
	EXPECT_EQ(ringline_explain_raw(&command, &why), -ENOTTY);
	EXPECT_EQ(why.rule, RINGLINE_RULE_PLANE);
	EXPECT_EQ(in_flight(), 0U);
	command.flags = 0;
	command.command.opcode = RINGLINE_NVME_FLUSH;
	EXPECT_EQ(ringline_explain_raw(&command, &why), 0);
}

/// Of real controllers alone.
class ControllerTest : public AdminTest
{
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ControllerTest);
RINGLINE_INSTANTIATE(ControllerTest, node_combinations);

TEST_P(ControllerTest, it_refuses_every_command_of_a_namespace)
{
	const Memory memory(block_size());
	ringline_command command = read(0, memory);
	command.device = target();
	EXPECT_EQ(ringline_push(queue(), &command, 1), -ENOTTY);
	EXPECT_EQ(ringline_flush(queue(), target(), 0), -ENOTTY);
	ringline_command_extended extended = {};
	extended.base = command;
	EXPECT_EQ(ringline_push_extended(queue(), &extended, 1), -ENOTTY);
	ringline_diagnosis why = blank_diagnosis();
	EXPECT_EQ(ringline_explain(&command, &why), -ENOTTY);
	EXPECT_EQ(why.rule, RINGLINE_RULE_PLANE) << why.text;
	EXPECT_EQ(ringline_encode(&extended, nullptr, &why), -ENOTTY);
	ringline_raw_command flush = {};
	flush.device = target();
	ASSERT_EQ(ringline_nvme_flush(&flush.command, facts().nsid), 0);
	expect_refused(flush, -ENOTTY, RINGLINE_RULE_PLANE);
	// And goes on taking its own.
	const Memory page(page_bytes);
	EXPECT_TRUE(succeeded(run_raw(identify(page))));
}

/// Fault rules for admin commands.
class AdminFaultTest : public AdminTest
{
protected:
	[[nodiscard]] ringline_fault_rule rule(std::uint32_t action) const
	{
		ringline_fault_rule made = fault(action, RINGLINE_NVME_IDENTIFY);
		made.flags |= RINGLINE_FAULT_ADMIN;
		return made;
	}
};

RINGLINE_INSTANTIATE(AdminFaultTest, simulated_combinations);

TEST_P(AdminFaultTest, a_rule_gives_its_status)
{
	ringline_fault_rule wanted = rule(RINGLINE_FAULT_STATUS);
	wanted.status = 0x4006;
	ASSERT_GT(set_fault(wanted), 0);
	const Memory page(page_bytes);
	page.fill(0x5a);
	EXPECT_EQ(run_raw(identify(page)).status, 0x4006U);
	EXPECT_TRUE(page.holds_only(0x5a));
}

TEST_P(AdminFaultTest, a_rule_for_reads_leaves_log_pages_alone)
{
	// Both have opcode 02h.
	ringline_fault_rule wanted = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	wanted.status = 0x281;
	ASSERT_GT(set_fault(wanted), 0);
	ringline_log_options log = {};
	log.struct_size = sizeof log;
	log.lid = 5;
	const Memory page(page_bytes);
	ringline_nvme_command command = {};
	ASSERT_EQ(ringline_nvme_log_read(&command, &log, page.address(), page_bytes), 0);
	EXPECT_TRUE(succeeded(run_raw(raw(command))));
	const Memory memory(block_size());
	EXPECT_EQ(run(queue(), read(0, memory)).status, 0x281U);
}

TEST_P(AdminFaultTest, a_delayed_command_does_not_hold_up_the_others)
{
	ringline_fault_rule wanted = rule(RINGLINE_FAULT_DELAY);
	wanted.delay_ns = 300 * millisecond_ns;
	ASSERT_GT(set_fault(wanted), 0);
	const Memory page(page_bytes);
	const ringline_raw_command delayed = identify(page, 1);
	ASSERT_EQ(ringline_push_raw(queue(), &delayed, 1), 1);
	ASSERT_EQ(ringline_flush(queue(), device(), 2), 0);
	const std::vector<ringline_completion> completions = collect(queue(), 2);
	ASSERT_EQ(completions.size(), 2U);
	EXPECT_EQ(completions[0].user_data, 2U);
	EXPECT_EQ(completions[1].user_data, 1U);
	EXPECT_TRUE(succeeded(completions[1]));
}

TEST_P(AdminFaultTest, a_device_that_vanishes_takes_no_more)
{
	ASSERT_GT(set_fault(rule(RINGLINE_FAULT_VANISH)), 0);
	const Memory page(page_bytes);
	const ringline_completion completion = run_raw(identify(page));
	EXPECT_EQ(completion.error, -ENODEV);
	EXPECT_EQ(completion.flags, RINGLINE_OUTCOME_UNKNOWN);
	expect_refused(identify(page), -ENODEV, RINGLINE_RULE_NONE);
}

TEST_P(AdminFaultTest, memory_that_is_too_short_is_never_written)
{
	const Memory page(page_bytes);
	page.fill(0x5a);
	ringline_raw_command command = identify(page);
	command.command.data_length = 512;
	const ringline_completion completion = run_raw(command);
	EXPECT_EQ(completion.error, -EINVAL);
	EXPECT_EQ(completion.flags, RINGLINE_NOT_SENT);
	EXPECT_TRUE(page.holds_only(0x5a));
}

} // namespace
} // namespace contract
