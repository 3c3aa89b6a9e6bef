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
#include <optional>
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
			other_.emplace(open());
			ASSERT_EQ(ringline_queue_attach(queue(), *other_), 0);
		}
	}
	/// What a command's entry must be, but for the tag.
	Entry expected(const ringline_nvme_command &command, std::int32_t file) const
	{
		io_uring_sqe sqe = {};
		sqe.opcode = IORING_OP_URING_CMD;
		sqe.flags = IOSQE_FIXED_FILE;
		sqe.fd = file;
		sqe.cmd_op = static_cast<std::uint32_t>(NVME_URING_CMD_IO);
		sqe.rw_flags = pinned_ ? IORING_URING_CMD_FIXED : 0;
		Entry words = {};
		std::memcpy(words.data(), &sqe, 48);
		std::memcpy(&words[6], &command, sizeof command);
		return words;
	}
	/// Pushes by push(), and compares the entries that this has changed with these; then lets the commands run.
	template <class Push> void expect_entries(const std::vector<Entry> &wanted, Push &&push)
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
			EXPECT_EQ(std::count(wanted.begin(), wanted.end(), entry), 1) << "entry " << i;
		}
		EXPECT_EQ(changed, wanted.size());
		EXPECT_EQ(collect(queue(), static_cast<std::uint32_t>(wanted.size())).size(), wanted.size());
	}
	static ringline_nvme_command wire_of(const ringline_command &command, std::uint32_t nsid)
	{
		ringline_nvme_command wire = {};
		const auto build = command.opcode == RINGLINE_NVME_READ ? ringline_nvme_read : ringline_nvme_write;
		EXPECT_EQ(build(&wire, nsid, command.lba, command.blocks, command.address, command.length), 0);
		wire.timeout_ms = command.timeout_ms;
		return wire;
	}
	ringline_command plain()
	{
		const std::uint32_t opcode = random_() % 2 != 0 ? RINGLINE_NVME_READ : RINGLINE_NVME_WRITE;
		const std::size_t blocks = 1 + random_() % most_blocks;
		return command(opcode, ++lba_, memory_.bytes().first(blocks * block_size()));
	}
	/// Plain ones or, every third, with a time-out, which is not plain. To one device, or to either.
	void push_typed(std::uint32_t count, bool timeouts, bool either)
	{
		std::vector<ringline_command> batch(count);
		std::vector<Entry> wanted;
		for (std::uint32_t i = 0; i < count; ++i) {
			const bool other = either && random_() % 4 == 0;
			batch[i] = plain();
			batch[i].device = other ? *other_ : device();
			batch[i].timeout_ms = timeouts && i % 3 == 0 ? 2000 : 0;
			wanted.push_back(expected(wire_of(batch[i], facts().nsid), other ? 1 : 0));
		}
		expect_entries(wanted, [&] {
			ASSERT_EQ(ringline_push(queue(), batch.data(), count), static_cast<std::int32_t>(count));
		});
	}
	/// With all that a raw command can have.
	void push_raw(std::uint32_t count)
	{
		std::vector<ringline_raw_command> batch(count);
		std::vector<Entry> wanted;
		for (ringline_raw_command &raw : batch) {
			raw.device = device();
			raw.command = wire_of(plain(), facts().nsid);
			for (std::uint32_t *word : {&raw.command.cdw2, &raw.command.cdw3, &raw.command.cdw13,
						    &raw.command.cdw14, &raw.command.cdw15, &raw.command.timeout_ms}) {
				*word = static_cast<std::uint32_t>(random_());
			}
			wanted.push_back(expected(raw.command, 0));
		}
		expect_entries(wanted, [&] {
			ASSERT_EQ(ringline_push_raw(queue(), batch.data(), count), static_cast<std::int32_t>(count));
		});
	}
	/// Takes one back before the kernel has it.
	void push_and_cancel()
	{
		ringline_command command = plain();
		command.user_data = 77;
		ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
		ASSERT_EQ(ringline_cancel(queue(), 77), 1);
		EXPECT_EQ(collect(queue(), 1).size(), 1U);
	}
	void push_anything()
	{
		const auto count = static_cast<std::uint32_t>(1 + random_() % depth);
		switch (random_() % 16) {
		case 0:
			push_raw(count);
			break;
		case 1:
			push_typed(count, true, false);
			break;
		case 2:
			push_typed(count, false, true);
			break;
		case 3:
			push_and_cancel();
			break;
		case 4:
			EXPECT_EQ(ringline_queue_wakeup(queue()), 0); // the bell is placed anew
			EXPECT_EQ(collect(queue(), 0).size(), 0U);
			break;
		default:
			push_typed(count, false, false); // which is what fills a ring
		}
	}

	static constexpr std::uint32_t most_blocks = 64;

	std::mt19937_64 random_{11};
	Memory memory_{std::size_t{most_blocks} * 512};
	bool pinned_ = false;

private:
	std::uint64_t lba_ = 0;
	const Entry *ring_ = nullptr;
	std::optional<Device> other_;
};

TEST_P(EntryTest, what_was_in_an_entry_before_never_shows)
{
	for (int round = 0; round < 2000 && !HasFailure(); ++round) {
		push_anything();
	}
}

TEST_P(EntryTest, nor_does_it_where_memory_is_registered)
{
	const Buffer buffer = make_buffer(memory_.bytes().size(), &memory_);
	pinned_ = ringline_queue_attach_buffer(queue(), buffer) == 1;
	if (!pinned_) {
		GTEST_SKIP() << "memory cannot be registered here";
	}
	for (int round = 0; round < 2000 && !HasFailure(); ++round) {
		push_anything();
	}
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

// There all entries of the ring but the bell's are commands.
INSTANTIATE_TEST_SUITE_P(contract, EntryTest,
			 testing::Values(Combination{.engine = RINGLINE_ENGINE_URING, .kind = Kind::null, .path = {}}),
			 name_of);

} // namespace
} // namespace contract
