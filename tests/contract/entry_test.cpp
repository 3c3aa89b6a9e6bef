// SPDX-License-Identifier: MIT OR Apache-2.0
// What the kernel is given: each word of each submission entry, seen where the ring is mapped. A queue leaves in its
// ring what commands have in common, so what was in an entry before must never show.
#include "fixture.h"

#include <linux/io_uring.h>
#include <linux/nvme_ioctl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

namespace contract
{
namespace
{

using Entry = std::array<std::uint64_t, 16>;

// The submission entries of the only ring of this process.
const Entry *find_entries()
{
	std::ifstream maps("/proc/self/maps");
	const Entry *found = nullptr;
	for (std::string line; std::getline(maps, line);) {
		std::uintptr_t start = 0;
		std::uintptr_t end = 0;
		char dash = 0;
		std::string permissions;
		std::uint64_t offset = 0;
		std::istringstream(line) >> std::hex >> start >> dash >> end >> permissions >> offset;
		if (line.find("[io_uring]") != std::string::npos && offset == IORING_OFF_SQES) {
			EXPECT_EQ(found, nullptr) << "two rings";
			found = reinterpret_cast<const Entry *>(start);
		}
	}
	return found;
}

class EntryTest : public AttachedTest
{
protected:
	static constexpr std::uint32_t depth = 32;
	static constexpr std::uint32_t entries = 32;

	[[nodiscard]] ringline_queue_options queue_options() const override
	{
		ringline_queue_options options = {};
		options.depth = depth;
		return options;
	}
	void SetUp() override
	{
		AttachedTest::SetUp();
		if (!IsSkipped() && !HasFatalFailure()) {
			ring_ = find_entries();
			ASSERT_NE(ring_, nullptr);
		}
	}
	/// What the entry of a command must be, but for the tag.
	static Entry expected(const ringline_nvme_command &command)
	{
		io_uring_sqe sqe = {};
		sqe.opcode = IORING_OP_URING_CMD;
		sqe.flags = IOSQE_FIXED_FILE;
		sqe.cmd_op = static_cast<std::uint32_t>(NVME_URING_CMD_IO);
		Entry words = {};
		std::memcpy(words.data(), &sqe, 48);
		std::memcpy(&words[6], &command, sizeof command);
		return words;
	}
	/// Pushes by push(), and compares the entries that this has changed with these commands; then lets them run.
	template <class Push> void expect_entries(const std::vector<ringline_nvme_command> &wire, Push &&push)
	{
		std::array<Entry, entries> before;
		std::copy(ring_, ring_ + entries, before.begin());
		push();
		std::size_t changed = 0;
		for (std::size_t i = 0; i < entries; ++i) {
			Entry entry = ring_[i];
			if (entry == before[i]) {
				continue; // a tag is never the same twice
			}
			++changed;
			entry[4] = 0;
			const bool known = std::any_of(wire.begin(), wire.end(), [&](const ringline_nvme_command &one) {
				return entry == expected(one);
			});
			EXPECT_TRUE(known) << "entry " << i << " is none of the commands";
		}
		EXPECT_EQ(changed, wire.size());
		EXPECT_EQ(collect(queue(), static_cast<std::uint32_t>(wire.size())).size(), wire.size());
	}
	static ringline_nvme_command wire_of(const ringline_command &command, std::uint32_t nsid)
	{
		ringline_nvme_command wire = {};
		const auto build = command.opcode == RINGLINE_NVME_READ ? ringline_nvme_read : ringline_nvme_write;
		EXPECT_EQ(build(&wire, nsid, command.lba, command.blocks, command.address, command.length), 0);
		return wire;
	}

	ringline_command plain()
	{
		ringline_command command = random_() % 2 != 0 ? read(++lba_, memory_) : write(++lba_, memory_);
		command.blocks = static_cast<std::uint32_t>(1 + random_() % most_blocks);
		command.length = command.blocks * block_size();
		return command;
	}
	/// Plain ones or, every third, with a time-out, which is not plain.
	void push_typed(std::uint32_t count, bool timeouts)
	{
		std::vector<ringline_command> batch(count);
		std::vector<ringline_nvme_command> wire;
		for (std::uint32_t i = 0; i < count; ++i) {
			batch[i] = plain();
			batch[i].timeout_ms = timeouts && i % 3 == 0 ? 2000 : 0;
			wire.push_back(wire_of(batch[i], facts().nsid));
			wire.back().timeout_ms = batch[i].timeout_ms;
		}
		expect_entries(wire, [&] {
			ASSERT_EQ(ringline_push(queue(), batch.data(), count), static_cast<std::int32_t>(count));
		});
	}
	/// With all that a raw command can have.
	void push_raw(std::uint32_t count)
	{
		std::vector<ringline_raw_command> batch(count);
		std::vector<ringline_nvme_command> wire;
		for (ringline_raw_command &raw : batch) {
			raw.device = device();
			raw.command = wire_of(plain(), facts().nsid);
			for (std::uint32_t *word : {&raw.command.cdw2, &raw.command.cdw3, &raw.command.cdw13,
						    &raw.command.cdw14, &raw.command.cdw15, &raw.command.timeout_ms}) {
				*word = static_cast<std::uint32_t>(random_());
			}
			wire.push_back(raw.command);
		}
		expect_entries(wire, [&] {
			ASSERT_EQ(ringline_push_raw(queue(), batch.data(), count), static_cast<std::int32_t>(count));
		});
	}

	std::mt19937_64 random_{11};

private:
	static constexpr std::uint32_t most_blocks = 64;

	std::uint64_t lba_ = 0;
	Memory memory_{std::size_t{most_blocks} * 512};
	const Entry *ring_ = nullptr;
};

TEST_P(EntryTest, what_was_in_an_entry_before_never_shows)
{
	for (int round = 0; round < 2000 && !HasFailure(); ++round) {
		const auto count =
			static_cast<std::uint32_t>(1 + random_() % (depth - 2)); // the bell takes two at times
		switch (random_() % 8) {
		case 0:
			push_raw(count);
			break;
		case 1:
			push_typed(count, true);
			break;
		default:
			push_typed(count, false); // which is what fills a ring
		}
	}
}

// There all entries of the ring but the bell's are commands.
INSTANTIATE_TEST_SUITE_P(contract, EntryTest,
			 testing::Values(Combination{.engine = RINGLINE_ENGINE_URING, .kind = Kind::null, .path = {}}),
			 name_of);

} // namespace
} // namespace contract
