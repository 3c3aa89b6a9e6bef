// SPDX-License-Identifier: MIT OR Apache-2.0
// Vectored commands: memory in pieces goes where it should, what is wrong with the pieces is refused and explained, and
// buffers are held for every piece.
#include "fixture.h"

#include <algorithm>
#include <cstddef>
#include <random>

namespace contract
{
namespace
{

class VectoredTest : public AttachedTest
{
protected:
	using Segments = std::vector<ringline_segment>;

	/// One after the other in `memory`, with `gap` bytes between them.
	static Segments cut(std::uint64_t address, const std::vector<std::uint64_t> &lengths, std::uint64_t gap = 0)
	{
		Segments segments;
		for (const std::uint64_t length : lengths) {
			segments.push_back({address, length});
			address += length + gap;
		}
		return segments;
	}

	[[nodiscard]] ringline_command vectored(std::uint32_t opcode, std::uint64_t lba, const Segments &segments) const
	{
		ringline_command made = {};
		made.device = device();
		made.lba = lba;
		made.address = reinterpret_cast<std::uint64_t>(segments.data());
		for (const ringline_segment &segment : segments) {
			made.length += static_cast<std::uint32_t>(segment.length);
		}
		made.blocks = made.length / block_size();
		made.segments = static_cast<std::uint16_t>(segments.size());
		made.opcode = static_cast<std::uint8_t>(opcode);
		made.flags = RINGLINE_VECTORED;
		return made;
	}

	static void scatter(const Segments &segments, std::span<const std::uint8_t> bytes)
	{
		for (const ringline_segment &segment : segments) {
			std::memcpy(reinterpret_cast<void *>(segment.address), bytes.data(), segment.length);
			bytes = bytes.subspan(segment.length);
		}
	}
	static std::vector<std::uint8_t> gather(const Segments &segments)
	{
		std::vector<std::uint8_t> bytes;
		for (const ringline_segment &segment : segments) {
			const auto *begin = reinterpret_cast<const std::uint8_t *>(segment.address);
			bytes.insert(bytes.end(), begin, begin + segment.length);
		}
		return bytes;
	}

	/// Written in pieces and read as a whole, then the other way round.
	void round_trip(const Segments &segments, std::uint64_t seed)
	{
		const ringline_command write_pieces = vectored(RINGLINE_NVME_WRITE, 3, segments);
		const Memory whole(write_pieces.length);
		fill_pattern(whole.bytes(), seed);
		scatter(segments, whole.bytes());
		whole.fill(0);
		ASSERT_TRUE(succeeded(run(queue(), write_pieces)));
		ASSERT_TRUE(succeeded(run(queue(), read(3, whole))));
		if (stores()) {
			EXPECT_EQ(differing_bytes(whole.bytes(), seed), 0U);
		}
		fill_pattern(whole.bytes(), ~seed);
		ASSERT_TRUE(succeeded(run(queue(), write(3, whole))));
		ASSERT_TRUE(succeeded(run(queue(), vectored(RINGLINE_NVME_READ, 3, segments))));
		if (stores()) {
			EXPECT_EQ(differing_bytes(gather(segments), ~seed), 0U);
		}
	}

	ringline_diagnosis expect_refused(const ringline_command &command, std::int32_t error, std::uint32_t rule)
	{
		EXPECT_EQ(ringline_push(queue(), &command, 1), error);
		EXPECT_EQ(in_flight(), 0U);
		ringline_diagnosis why = blank_diagnosis();
		EXPECT_EQ(ringline_explain(&command, &why), error);
		EXPECT_EQ(why.rule, rule) << why.text;
		EXPECT_EQ(why.text[std::strlen(why.text) - 1], '.') << why.text;
		return why;
	}
};

RINGLINE_INSTANTIATE(VectoredTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(VectoredTest, polling_combinations);

TEST_P(VectoredTest, one_segment_is_kept)
{
	const Memory memory(std::size_t{2} * block_size());
	round_trip({{memory.address(), memory.size()}}, 1);
}

TEST_P(VectoredTest, pages_in_any_order_are_kept)
{
	const Memory memory(4 * 4096);
	const std::uint64_t start = memory.address();
	round_trip({{start + 3 * 4096, 4096}, {start, 4096}, {start + 2 * 4096, 4096}}, 2);
}

TEST_P(VectoredTest, segments_with_gaps_and_without_blocks_are_kept)
{
	// The kernel copies these.
	const Memory memory(32768);
	const std::uint64_t size = block_size();
	round_trip(cut(memory.address(), {4, size - 8, 4}, 4), 3);
	round_trip(cut(memory.address() + 4, {size / 2, size / 2 - 4, size + 4}, 12), 4);
	round_trip(cut(memory.address() + 1, {1, size - 3, 2}, 1), 5);
}

TEST_P(VectoredTest, the_most_segments_are_kept)
{
	const Memory memory(std::size_t{RINGLINE_SEGMENTS_MAX} * 8);
	const std::size_t blocks = std::size_t{RINGLINE_SEGMENTS_MAX} * 4 / block_size();
	ASSERT_GE(blocks, 1U);
	round_trip(cut(memory.address(), std::vector<std::uint64_t>(RINGLINE_SEGMENTS_MAX, 4), 4), 6);
}

TEST_P(VectoredTest, random_segments_are_kept)
{
	std::mt19937 random(11);
	const Memory memory(65536);
	for (std::uint32_t i = 0; i < scaled(100); ++i) {
		const std::uint64_t total = block_size() * (1 + random() % 3);
		std::vector<std::uint64_t> lengths;
		for (std::uint64_t left = total; left != 0;) {
			const std::uint64_t some = std::min<std::uint64_t>(left, 4 * (1 + random() % 300));
			lengths.push_back(some);
			left -= some;
		}
		SCOPED_TRACE(i);
		round_trip(cut(memory.address() + 4 * (random() % 64), lengths, 4 * (random() % 8)), 100 + i);
	}
}

TEST_P(VectoredTest, the_longest_transfer_in_pieces_is_kept)
{
	const std::uint64_t pages = std::min<std::uint64_t>(facts().max_transfer_bytes, 1 << 20) / 4096;
	const Memory memory(pages * 4096);
	Segments segments = cut(memory.address(), std::vector<std::uint64_t>(pages, 4096));
	std::reverse(segments.begin(), segments.end());
	round_trip(segments, 7);
}

TEST_P(VectoredTest, the_array_and_the_commands_go_in_many_at_once)
{
	const Memory memory(16 * 8192);
	std::vector<Segments> arrays;
	std::vector<ringline_command> commands;
	for (std::uint64_t i = 0; i < 16; ++i) {
		arrays.push_back(cut(memory.address() + i * 8192, {4096, block_size() == 512 ? 512 : 4096U}));
	}
	for (std::uint64_t i = 0; i < 16; ++i) {
		commands.push_back(vectored(i % 2 == 0 ? RINGLINE_NVME_WRITE : RINGLINE_NVME_READ, i * 16, arrays[i]));
		commands.back().user_data = i;
	}
	ASSERT_EQ(ringline_push(queue(), commands.data(), 16), 16);
	std::uint64_t seen = 0;
	for (const ringline_completion &completion : collect(queue(), 16)) {
		EXPECT_TRUE(succeeded(completion));
		seen |= std::uint64_t{1} << completion.user_data;
	}
	EXPECT_EQ(seen, 0xFFFFU);
}

TEST_P(VectoredTest, wrong_counts_are_refused)
{
	const Memory memory(8192);
	const Segments segments = {{memory.address(), block_size()}};
	ringline_command command = vectored(RINGLINE_NVME_READ, 0, segments);
	for (const std::uint16_t count : {std::uint16_t{0}, std::uint16_t{1025}, std::uint16_t{65535}}) {
		command.segments = count;
		const ringline_diagnosis why = expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT);
		EXPECT_EQ(why.offset, offsetof(ringline_command, segments));
		EXPECT_EQ(why.given, count);
		EXPECT_EQ(why.wanted, 1024U);
	}
	command.segments = 1;
	command.flags = 0;
	EXPECT_EQ(expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT).offset,
		  offsetof(ringline_command, segments));
	command = flush();
	command.flags = RINGLINE_VECTORED;
	EXPECT_EQ(expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT).offset, offsetof(ringline_command, flags));
	EXPECT_EQ(ringline_read(queue(), device(), 0, 1, memory.data(), block_size(), RINGLINE_VECTORED, 1), -EINVAL);
}

TEST_P(VectoredTest, a_wrong_array_is_refused)
{
	const Memory memory(8192);
	const Segments segments = {{memory.address(), block_size()}};
	ringline_command command = vectored(RINGLINE_NVME_READ, 0, segments);
	command.address = 0;
	EXPECT_EQ(expect_refused(command, -EFAULT, RINGLINE_RULE_ARGUMENT).offset, offsetof(ringline_command, address));
	command.address = memory.address() + 4;
	EXPECT_EQ(expect_refused(command, -EINVAL, RINGLINE_RULE_ALIGNMENT).wanted, 8U);
}

TEST_P(VectoredTest, a_wrong_segment_is_refused_and_named)
{
	const Memory memory(8192);
	const std::uint64_t half = block_size() / 2;
	const Segments good = cut(memory.address(), {half, half});
	struct Case {
		ringline_segment second;
		std::int32_t error;
		std::uint32_t rule;
	};
	for (const Case &wrong : {Case{{0, half}, -EFAULT, RINGLINE_RULE_ARGUMENT},
				  Case{{UINT64_MAX - 3, half}, -EFAULT, RINGLINE_RULE_ARGUMENT},
				  Case{{memory.address(), 0}, -EINVAL, RINGLINE_RULE_ARGUMENT}}) {
		Segments segments = good;
		segments[1] = wrong.second;
		ringline_command command = vectored(RINGLINE_NVME_READ, 0, segments);
		command.blocks = 1;
		command.length = block_size();
		const ringline_diagnosis why = expect_refused(command, wrong.error, wrong.rule);
		EXPECT_NE(std::string(why.text).find("segment 2"), std::string::npos) << why.text;
	}
	EXPECT_TRUE(succeeded(run(queue(), vectored(RINGLINE_NVME_READ, 0, good))));
}

TEST_P(VectoredTest, segments_that_do_not_hold_the_length_are_refused)
{
	const Memory memory(65536);
	const std::uint64_t size = block_size();
	for (const std::vector<std::uint64_t> &lengths : {std::vector<std::uint64_t>{size - 4},
							  {size, 4},
							  {size / 2, size / 2 - 1},
							  {size / 2, UINT64_MAX - memory.address() - size},
							  {std::uint64_t{1} << 63, std::uint64_t{1} << 63, size},
							  {4, std::uint64_t{1} << 32, size - 4}}) {
		Segments segments;
		for (const std::uint64_t length : lengths) {
			segments.push_back({memory.address(), length});
		}
		ringline_command command = vectored(RINGLINE_NVME_READ, 0, segments);
		command.blocks = 1;
		command.length = block_size();
		expect_refused(command, -ENOBUFS, RINGLINE_RULE_LENGTH);
	}
	ringline_command command = vectored(RINGLINE_NVME_READ, 0, {{memory.address(), size}});
	command.blocks = 2;
	EXPECT_EQ(ringline_push(queue(), &command, 1), -ENOBUFS);
}

TEST_P(VectoredTest, the_rules_of_other_commands_hold)
{
	const Memory memory(8192);
	const Segments segments = {{memory.address(), block_size()}};
	ringline_command command = vectored(RINGLINE_NVME_READ, facts().blocks, segments);
	expect_refused(command, -ERANGE, RINGLINE_RULE_BOUNDS);
	command.lba = 0;
	command.blocks = 0;
	expect_refused(command, -EINVAL, RINGLINE_RULE_BLOCKS);
	command.blocks = 1;
	command.action = 1;
	EXPECT_EQ(expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT).offset, offsetof(ringline_command, action));
	command.action = 0;
	command.flags |= 0x8;
	EXPECT_EQ(expect_refused(command, -EINVAL, RINGLINE_RULE_ARGUMENT).offset, offsetof(ringline_command, flags));
	const Device read_only = open(RINGLINE_OPEN_READ_ONLY);
	ASSERT_EQ(ringline_queue_attach(queue(), read_only), 0);
	command = vectored(RINGLINE_NVME_WRITE, 0, segments);
	command.device = read_only;
	expect_refused(command, -EROFS, RINGLINE_RULE_READ_ONLY);
	if (max_blocks() < RINGLINE_NVME_BLOCKS_MAX && facts().blocks > max_blocks()) {
		const Memory large((max_blocks() + std::size_t{1}) * block_size());
		const Segments two = cut(large.address(), {large.size() - std::uint64_t{block_size()}, block_size()});
		expect_refused(vectored(RINGLINE_NVME_READ, 0, two), -EMSGSIZE, facts().max_transfer_rule);
	}
	command = vectored(RINGLINE_NVME_WRITE, 5, segments);
	command.flags |= RINGLINE_FUA | RINGLINE_LIMITED_RETRY;
	EXPECT_TRUE(succeeded(run(queue(), command)));
}

TEST_P(VectoredTest, every_segment_holds_the_buffer_that_it_touches)
{
	const Buffer first = make_buffer(8192);
	const Buffer second = make_buffer(8192);
	const Memory outside(8192);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), first), 0);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), second), 0);
	const std::uint64_t half = block_size() / 2;
	const Segments segments = {{outside.address(), half}, {second.info().address + 8192 - half, half}};
	const ringline_command command = vectored(RINGLINE_NVME_READ, 0, segments);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), second), -EBUSY);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), second), 0);
	// The array is memory of the command too.
	auto *array = reinterpret_cast<ringline_segment *>(first.info().address);
	array[0] = {outside.address(), block_size()};
	ringline_command of_array = command;
	of_array.address = first.info().address;
	of_array.segments = 1;
	ASSERT_EQ(ringline_push(queue(), &of_array, 1), 1);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), first), -EBUSY);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), first), 0);
}

TEST_P(VectoredTest, pieces_of_an_attached_buffer_are_kept)
{
	const Buffer buffer = make_buffer(32768);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	const std::uint64_t start = buffer.info().address;
	round_trip({{start + 8192, 4096}, {start, 4096}}, 31);
	round_trip({{start + 3 * 4096, 4096}, {start + 8192, 4096}, {start + 4 * 4096, 4096}}, 32);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

TEST_P(VectoredTest, a_movable_queue_refuses_what_the_kernel_would_copy)
{
	if ((GetParam().queue_flags & RINGLINE_QUEUE_IOPOLL) != 0) {
		GTEST_SKIP() << "such a queue cannot be movable";
	}
	ringline_queue_options options = {};
	options.flags = RINGLINE_QUEUE_MOVABLE;
	replace_queue(options);
	const bool copied = GetParam().kind != Kind::simulated && GetParam().engine == RINGLINE_ENGINE_URING;
	const Memory memory(6 * 4096);
	const std::uint64_t start = memory.address();
	for (const Segments &segments :
	     {Segments{{start + 2, 4096}, {start + 8192, 4096}}, Segments{{start, 4092}, {start + 8192, 4100}},
	      Segments{{start, 4096}, {start + 8196, 4096}},
	      Segments{{start, 4096}, {start + 8192, 4094}, {start + 4 * 4096, 4098}}}) {
		const ringline_command command = vectored(RINGLINE_NVME_READ, 0, segments);
		const std::int32_t pushed = ringline_push(queue(), &command, 1);
		EXPECT_EQ(pushed, copied ? -EINVAL : 1);
		if (pushed == 1) {
			EXPECT_TRUE(succeeded(collect_one(queue())));
		}
	}
	round_trip({{start + 4096, 4096}, {start, 4096}}, 41);
	round_trip({{start + 8, 4088}, {start + 8192, 4096}, {start + 4 * 4096, 8}}, 42);
}

class VectoredFaultTest : public VectoredTest
{
};

RINGLINE_INSTANTIATE(VectoredFaultTest, simulated_combinations);

TEST_P(VectoredFaultTest, fault_rules_meet_them_and_what_they_hold_is_carried_out_later)
{
	const Memory memory(std::size_t{2} * block_size());
	const Segments segments = cut(memory.address(), {block_size() / 2, block_size() + block_size() / 2});
	fill_pattern(memory.bytes(), 51);
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_WRITE);
	rule.status = 0x4281;
	rule.repeat = 1;
	ASSERT_GT(set_fault(rule), 0);
	EXPECT_EQ(run(queue(), vectored(RINGLINE_NVME_WRITE, 0, segments)).status, 0x4281);
	const std::int32_t number = set_fault(fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_WRITE));
	const ringline_command held = vectored(RINGLINE_NVME_WRITE, 0, segments);
	ASSERT_EQ(ringline_push(queue(), &held, 1), 1);
	ringline_completion completion = {};
	ASSERT_EQ(ringline_submit_and_wait(queue(), &completion, 1, 1, 20 * millisecond_ns), 0);
	ASSERT_GE(ringline_sim_fault_clear(device(), static_cast<std::uint32_t>(number)), 0);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	memory.fill(0);
	EXPECT_TRUE(succeeded(run(queue(), read(0, memory))));
	EXPECT_EQ(differing_bytes(memory.bytes(), 51), 0U);
}

TEST_P(VectoredFaultTest, memory_that_is_not_there_ends_the_command_where_it_was_met)
{
	const Memory memory(block_size());
	const std::uint64_t half = block_size() / 2;
	const ringline_completion nothing =
		run(queue(), vectored(RINGLINE_NVME_READ, 0, {{4096, half}, {memory.address(), half}}));
	EXPECT_EQ(nothing.error, -EFAULT);
	EXPECT_EQ(nothing.flags, RINGLINE_NOT_SENT);
	const ringline_completion some =
		run(queue(), vectored(RINGLINE_NVME_READ, 0, {{memory.address(), half}, {4096, half}}));
	EXPECT_EQ(some.error, -EFAULT);
	EXPECT_EQ(some.flags, RINGLINE_OUTCOME_UNKNOWN);
}

} // namespace
} // namespace contract
