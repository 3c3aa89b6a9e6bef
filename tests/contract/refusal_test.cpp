// SPDX-License-Identifier: MIT OR Apache-2.0
// Commands that break a rule: refused by push with the rule's errno, explained in words, and nothing is pushed.
#include "fixture.h"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace contract
{
namespace
{

class RefusalTest : public AttachedTest
{
protected:
	void SetUp() override
	{
		AttachedTest::SetUp();
		if (!IsSkipped() && !HasFatalFailure()) {
			memory_.emplace(std::size_t{2} * block_size());
		}
	}

	[[nodiscard]] ringline_command good() const { return read(1, *memory_, 5); }
	[[nodiscard]] const Memory &memory() const { return *memory_; }

	/// Refused by push, exchange and explain alike, with the rule; the diagnosis is returned.
	ringline_diagnosis expect_refused(const ringline_command &command, std::int32_t error, std::uint32_t rule)
	{
		const ringline_command before = command;
		EXPECT_EQ(ringline_push(queue(), &command, 1), error);
		EXPECT_EQ(std::memcmp(&command, &before, sizeof command), 0) << "the command was changed";
		ringline_completion completion = {};
		std::uint32_t taken = 99;
		EXPECT_EQ(ringline_exchange(queue(), &command, 1, &taken, &completion, 1, 1, -1), error);
		EXPECT_EQ(taken, 99U);
		EXPECT_EQ(in_flight(), 0U) << "something was pushed";
		ringline_diagnosis why = blank_diagnosis();
		EXPECT_EQ(ringline_explain(&command, &why), error);
		EXPECT_EQ(why.error, error);
		EXPECT_EQ(why.rule, rule) << why.text;
		EXPECT_GT(std::strlen(why.text), 10U);
		EXPECT_EQ(why.text[std::strlen(why.text) - 1], '.') << why.text;
		EXPECT_EQ(ringline_explain(&command, nullptr), error) << "the diagnosis may be left out";
		return why;
	}

	/// A text says the number.
	static void expect_said(const ringline_diagnosis &why, std::uint64_t number)
	{
		EXPECT_NE(std::string(why.text).find(std::to_string(number)), std::string::npos) << why.text;
	}

private:
	std::optional<Memory> memory_;
};

RINGLINE_INSTANTIATE(RefusalTest, every_combination);

TEST_P(RefusalTest, a_command_without_fault_is_explained_as_such)
{
	const ringline_command command = good();
	ringline_diagnosis why = blank_diagnosis();
	EXPECT_EQ(ringline_explain(&command, &why), 0);
	EXPECT_EQ(why.rule, 0U) << "written only on failure";
	EXPECT_EQ(why.text[0], '\0');
	EXPECT_EQ(ringline_explain(nullptr, &why), -EINVAL);
}

TEST_P(RefusalTest, zero_blocks_are_refused)
{
	ringline_command command = good();
	command.blocks = 0;
	command.length = 0;
	const ringline_diagnosis why = expect_refused(command, -EINVAL, RINGLINE_RULE_BLOCKS);
	EXPECT_EQ(why.given, 0U);
	EXPECT_EQ(why.wanted, 65536U);
	expect_said(why, 65536);
	EXPECT_EQ(ringline_read(queue(), device(), 0, 0, memory().data(), 0, 0, 1), -EINVAL);
	EXPECT_EQ(ringline_write(queue(), device(), 0, 0, memory().data(), 0, 0, 1), -EINVAL);
}

TEST_P(RefusalTest, more_than_65536_blocks_are_refused_and_never_cut)
{
	ringline_command command = good();
	for (const std::uint32_t blocks : {65537U, 65536U + 1, 131072U, UINT32_MAX}) {
		command.blocks = blocks;
		command.length = blocks * block_size();
		const ringline_diagnosis why = expect_refused(command, -EINVAL, RINGLINE_RULE_BLOCKS);
		EXPECT_EQ(why.given, blocks);
		expect_said(why, blocks);
	}
}

TEST_P(RefusalTest, fact_17_past_the_last_block_is_refused)
{
	ringline_command command = good();
	for (const std::uint64_t lba : {facts().blocks - 1, facts().blocks, facts().blocks + 1, UINT64_MAX - 1,
					UINT64_MAX, std::uint64_t{1} << 63}) {
		command.lba = lba;
		const ringline_diagnosis why = expect_refused(command, -ERANGE, RINGLINE_RULE_BOUNDS);
		EXPECT_EQ(why.wanted, facts().blocks);
		expect_said(why, facts().blocks);
		EXPECT_EQ(ringline_read(queue(), device(), lba, 2, memory().data(), memory().size(), 0, 1), -ERANGE);
		EXPECT_EQ(ringline_write(queue(), device(), lba, 2, memory().data(), memory().size(), 0, 1), -ERANGE);
	}
	command.lba = facts().blocks - 2;
	EXPECT_TRUE(succeeded(run(queue(), command)));
}

TEST_P(RefusalTest, fact_3_a_length_that_is_not_what_the_blocks_need_is_refused)
{
	ringline_command command = good();
	const std::uint32_t right = command.length;
	for (const std::uint32_t length : {0U, 1U, block_size(), right - 1, right + 1, right * 2, UINT32_MAX}) {
		command.length = length;
		const ringline_diagnosis why = expect_refused(command, -ENOBUFS, RINGLINE_RULE_LENGTH);
		EXPECT_EQ(why.given, length);
		EXPECT_EQ(why.wanted, right);
		expect_said(why, length);
		expect_said(why, right);
		EXPECT_EQ(ringline_read(queue(), device(), 0, 2, memory().data(), length, 0, 1), -ENOBUFS);
		EXPECT_EQ(ringline_write(queue(), device(), 0, 2, memory().data(), length, 0, 1), -ENOBUFS);
	}
}

TEST_P(RefusalTest, a_refused_length_leaves_the_memory_alone)
{
	memory().fill(0x11);
	EXPECT_EQ(ringline_read(queue(), device(), 0, 8, memory().data(), memory().size(), 0, 1), -ENOBUFS);
	ringline_completion completion = {};
	EXPECT_EQ(ringline_submit_and_wait(queue(), &completion, 1, 1, -1), 0);
	EXPECT_TRUE(memory().holds_only(0x11));
}

TEST_P(RefusalTest, a_transfer_above_the_limit_is_refused_with_the_limit)
{
	if (max_blocks() >= RINGLINE_NVME_BLOCKS_MAX || facts().blocks <= max_blocks()) {
		GTEST_SKIP() << "the 65,536 blocks are this device's only limit";
	}
	ringline_command command = good();
	command.lba = 0;
	command.blocks = max_blocks() + 1;
	command.length = command.blocks * block_size();
	const ringline_diagnosis why = expect_refused(command, -EMSGSIZE, facts().max_transfer_rule);
	EXPECT_EQ(why.given, command.length);
	EXPECT_EQ(why.wanted, facts().max_transfer_bytes);
	expect_said(why, facts().max_transfer_bytes);
	EXPECT_EQ(ringline_read(queue(), device(), 0, command.blocks, memory().data(), command.length, 0, 1),
		  -EMSGSIZE);
}

TEST_P(RefusalTest, no_address_is_refused)
{
	ringline_command command = good();
	command.address = 0;
	expect_refused(command, -EFAULT, RINGLINE_RULE_ARGUMENT);
	EXPECT_EQ(ringline_read(queue(), device(), 0, 2, nullptr, memory().size(), 0, 1), -EFAULT);
	EXPECT_EQ(ringline_write(queue(), device(), 0, 2, nullptr, memory().size(), 0, 1), -EFAULT);
}

TEST_P(RefusalTest, fields_that_must_be_zero_are_named)
{
	struct Field {
		std::size_t offset;
		std::function<void(ringline_command &)> set;
	};
	const Field fields[] = {
		{offsetof(ringline_command, action), [](ringline_command &c) { c.action = 1; }},
		{offsetof(ringline_command, segments), [](ringline_command &c) { c.segments = 1; }},
		{offsetof(ringline_command, placement), [](ringline_command &c) { c.placement = 1; }},
	};
	for (const std::uint32_t opcode : {RINGLINE_NVME_READ, RINGLINE_NVME_WRITE}) {
		for (const Field &field : fields) {
			ringline_command command = good();
			command.opcode = static_cast<std::uint8_t>(opcode);
			field.set(command);
			const ringline_diagnosis why = expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT);
			EXPECT_EQ(why.offset, field.offset) << why.text;
			EXPECT_EQ(why.given, 1U);
		}
	}
}

TEST_P(RefusalTest, fields_that_flush_does_not_use_must_be_zero)
{
	struct Field {
		std::size_t offset;
		std::function<void(ringline_command &)> set;
	};
	const Field fields[] = {
		{offsetof(ringline_command, lba), [](ringline_command &c) { c.lba = 1; }},
		{offsetof(ringline_command, address), [](ringline_command &c) { c.address = 4096; }},
		{offsetof(ringline_command, metadata_address), [](ringline_command &c) { c.metadata_address = 4096; }},
		{offsetof(ringline_command, length), [](ringline_command &c) { c.length = 512; }},
		{offsetof(ringline_command, metadata_length), [](ringline_command &c) { c.metadata_length = 8; }},
		{offsetof(ringline_command, action), [](ringline_command &c) { c.action = 1; }},
		{offsetof(ringline_command, flags), [](ringline_command &c) { c.flags = RINGLINE_FUA; }},
		{offsetof(ringline_command, segments), [](ringline_command &c) { c.segments = 1; }},
		{offsetof(ringline_command, placement), [](ringline_command &c) { c.placement = 1; }},
	};
	for (const Field &field : fields) {
		ringline_command command = flush();
		field.set(command);
		const ringline_diagnosis why = expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT);
		EXPECT_EQ(why.offset, field.offset) << why.text;
	}
	ringline_command command = flush();
	command.blocks = 1;
	EXPECT_EQ(ringline_push(queue(), &command, 1), -EINVAL);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(RefusalTest, unknown_flags_are_refused)
{
	constexpr std::uint16_t of_protection = RINGLINE_PROTECTION_ACTION | RINGLINE_CHECK_GUARD |
						RINGLINE_CHECK_APPLICATION_TAG | RINGLINE_CHECK_REFERENCE_TAG |
						RINGLINE_CHECK_STORAGE_TAG;
	constexpr std::uint16_t of_directives = RINGLINE_PLACEMENT | RINGLINE_STREAM;
	constexpr std::uint16_t known = RINGLINE_FUA | RINGLINE_LIMITED_RETRY | RINGLINE_VECTORED; // vectored_test.cpp
	ASSERT_EQ(facts().pi_type, 0);
	for (std::uint32_t bit = 0; bit < 16; ++bit) {
		for (const std::uint32_t opcode : {RINGLINE_NVME_READ, RINGLINE_NVME_WRITE}) {
			ringline_command command = good();
			command.opcode = static_cast<std::uint8_t>(opcode);
			command.flags = static_cast<std::uint16_t>(1U << bit);
			if ((command.flags & (known | of_directives)) != 0 &&
			    !(opcode == RINGLINE_NVME_READ && (command.flags & of_directives) != 0)) {
				continue;
			}
			const bool protection = (command.flags & of_protection) != 0;
			const ringline_diagnosis why = expect_refused(
				command, -EINVAL, protection ? RINGLINE_RULE_PROTECTION : RINGLINE_RULE_ARGUMENT);
			EXPECT_EQ(why.offset, offsetof(ringline_command, flags));
		}
	}
	for (const std::uint32_t flags : {0x4U, 0x10000U, 0x80000000U, RINGLINE_FUA | 0x10000U}) {
		EXPECT_EQ(ringline_write(queue(), device(), 0, 2, memory().data(), memory().size(), flags, 1), -EINVAL);
		EXPECT_EQ(ringline_read(queue(), device(), 0, 2, memory().data(), memory().size(), flags, 1), -EINVAL);
	}
	EXPECT_EQ(ringline_read(queue(), device(), 0, 2, memory().data(), memory().size(), RINGLINE_PARTIAL, 1),
		  -EINVAL);
}

TEST_P(RefusalTest, metadata_on_a_format_without_it_is_refused)
{
	if (facts().metadata_size != 0) {
		GTEST_SKIP() << "this format has metadata";
	}
	ringline_command command = good();
	command.metadata_length = 16;
	command.metadata_address = memory().address();
	expect_refused(command, -ENOBUFS, RINGLINE_RULE_METADATA);
	command.metadata_length = 0;
	const ringline_diagnosis why = blank_diagnosis();
	(void)why;
	EXPECT_LT(ringline_push(queue(), &command, 1), 0);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(RefusalTest, opcodes_without_a_checked_form_are_refused)
{
	// The NVM and the zoned command set, and flexible data placement.
	constexpr std::uint32_t checked[] = {0x00, 0x01, 0x02, 0x04, 0x05, 0x08, 0x09,
					     0x0c, 0x12, 0x19, 0x1d, 0x79, 0x7a, 0x7d};
	for (std::uint32_t opcode = 0; opcode < 256; ++opcode) {
		if (std::ranges::find(checked, opcode) != std::end(checked)) {
			continue;
		}
		ringline_command command = flush();
		command.opcode = static_cast<std::uint8_t>(opcode);
		ASSERT_EQ(ringline_push(queue(), &command, 1), -EOPNOTSUPP) << opcode;
	}
	ringline_command command = good();
	command.opcode = 0x7F;
	const ringline_diagnosis why = expect_refused(command, -EOPNOTSUPP, RINGLINE_RULE_OPCODE);
	EXPECT_EQ(why.given, 0x7FU);
}

TEST_P(RefusalTest, a_device_opened_read_only_refuses_to_write)
{
	const Device read_only = open(RINGLINE_OPEN_READ_ONLY);
	EXPECT_EQ(read_only.info().flags & RINGLINE_OPEN_READ_ONLY, RINGLINE_OPEN_READ_ONLY);
	ASSERT_EQ(ringline_queue_attach(queue(), read_only), 0);
	ringline_command command = good();
	command.device = read_only;
	EXPECT_TRUE(succeeded(run(queue(), command)));
	command.opcode = RINGLINE_NVME_WRITE;
	expect_refused(command, -EROFS, RINGLINE_RULE_READ_ONLY);
	EXPECT_EQ(ringline_write(queue(), read_only, 0, 2, memory().data(), memory().size(), 0, 1), -EROFS);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(RefusalTest, raw_commands_are_refused_only_for_their_frame)
{
	ringline_raw_command raw = {};
	raw.device = device();
	ASSERT_EQ(ringline_nvme_flush(&raw.command, facts().nsid), 0);
	raw.flags = 2;
	EXPECT_EQ(ringline_push_raw(queue(), &raw, 1), -EINVAL);
	raw.flags = 0;
	raw.reserved0 = 1;
	EXPECT_EQ(ringline_push_raw(queue(), &raw, 1), -EINVAL);
	EXPECT_EQ(ringline_push_raw(queue(), nullptr, 1), -EINVAL);
	EXPECT_EQ(ringline_push(queue(), nullptr, 1), -EINVAL);
	EXPECT_EQ(in_flight(), 0U);
	raw.reserved0 = 0;
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	EXPECT_TRUE(succeeded(collect_one(queue())));
}

TEST_P(RefusalTest, an_array_longer_than_any_queue_is_refused)
{
	const ringline_command command = good();
	EXPECT_EQ(ringline_push(queue(), &command, 32769), -EINVAL);
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(RefusalTest, a_text_says_one_block_and_two_blocks)
{
	ringline_command command = good();
	for (const std::uint32_t blocks : {1U, 2U}) {
		command.blocks = blocks;
		command.length = 1;
		const std::string word = blocks == 1 ? " 1 block." : " 2 blocks.";
		const ringline_diagnosis why = expect_refused(command, -ENOBUFS, RINGLINE_RULE_LENGTH);
		EXPECT_NE(std::string(why.text).find(word), std::string::npos) << why.text;
	}
}

TEST_P(RefusalTest, explain_needs_no_attachment_but_a_device)
{
	const Device unattached = open();
	ringline_command command = good();
	command.device = unattached;
	ringline_diagnosis why = blank_diagnosis();
	EXPECT_EQ(ringline_explain(&command, &why), 0);
	EXPECT_EQ(ringline_push(queue(), &command, 1), -ENXIO);
	command.device = {0};
	EXPECT_EQ(ringline_explain(&command, &why), -EBADF);
	EXPECT_EQ(why.error, -EBADF);
	Device closed = open();
	command.device = closed;
	EXPECT_EQ(closed.close(), 0);
	EXPECT_EQ(ringline_explain(&command, &why), -ESTALE);
	EXPECT_EQ(why.error, -ESTALE);
	EXPECT_GT(std::strlen(why.text), 10U);
}

class SimulatedRawTest : public AttachedTest
{
};

RINGLINE_INSTANTIATE(SimulatedRawTest, simulated_combinations);

TEST_P(SimulatedRawTest, a_status_is_never_counted_as_success)
{
	const Memory memory(block_size());
	ringline_raw_command raw = {};
	raw.device = device();
	raw.user_data = 3;
	ASSERT_EQ(ringline_nvme_read(&raw.command, facts().nsid, facts().blocks, 1, memory.address(), memory.size()),
		  0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	const ringline_completion completion = collect_one(queue());
	EXPECT_EQ(completion.user_data, 3U);
	EXPECT_EQ(completion.error, 0);
	EXPECT_EQ(completion.status & RINGLINE_STATUS_CODE_MASK, 0x80U) << "LBA out of range";
	EXPECT_EQ(completion.result, 0U);
	EXPECT_EQ(completion.flags, 0U);
}

TEST_P(SimulatedRawTest, an_unknown_opcode_ends_with_a_status)
{
	ringline_raw_command raw = {};
	raw.device = device();
	raw.command.opcode = 0xFE;
	raw.command.nsid = facts().nsid;
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	const ringline_completion completion = collect_one(queue());
	EXPECT_EQ(completion.error, 0);
	EXPECT_EQ(completion.status & RINGLINE_STATUS_CODE_MASK, 0x01U) << "invalid opcode";
}

TEST_P(SimulatedRawTest, a_short_data_length_is_never_written_past)
{
	const Memory memory(block_size());
	ASSERT_GE(memory.size(), 512U);
	memory.fill(0xAB);
	ringline_raw_command raw = {};
	raw.device = device();
	ASSERT_EQ(ringline_nvme_read(&raw.command, facts().nsid, 0, 4, memory.address(), 512), 0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	const ringline_completion completion = collect_one(queue());
	EXPECT_TRUE(completion.error != 0 || completion.status != 0) << "four blocks do not fit in 512 bytes";
	EXPECT_TRUE(memory.intact());
	for (std::size_t i = 512; i < memory.size(); ++i) {
		ASSERT_EQ(memory.data()[i], 0xAB);
	}
}

TEST_P(SimulatedRawTest, another_namespace_is_refused)
{
	ringline_raw_command raw = {};
	raw.device = device();
	ASSERT_EQ(ringline_nvme_flush(&raw.command, facts().nsid + 1), 0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	const ringline_completion completion = collect_one(queue());
	EXPECT_TRUE(completion.error != 0 || completion.status != 0);
}

} // namespace
} // namespace contract
