// SPDX-License-Identifier: MIT OR Apache-2.0
// Zoned namespaces: states, limits, write pointers, appends.
#include "drive.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

namespace conformance
{

namespace
{

constexpr std::uint32_t entry_bytes = 64;

class ZoneTest : public ConformanceTest
{
protected:
	[[nodiscard]] std::uint64_t start(std::uint64_t zone) const { return zone * info().zone_blocks; }
	ringline_completion manage(std::uint8_t action, std::uint64_t zone, std::uint16_t flags = 0) const
	{
		ringline_command_extended made = command(RINGLINE_NVME_ZONE_MANAGEMENT_SEND, start(zone), 0, flags);
		made.base.action = action;
		return run(made);
	}
	ringline_completion put(std::uint64_t lba, std::uint32_t blocks) const
	{
		const Buffers buffers(info(), blocks);
		buffers.fill(lba);
		return write(lba, buffers);
	}
	struct Entry {
		std::uint8_t state;
		std::uint64_t capacity;
		std::uint64_t start;
		std::uint64_t write_pointer;
	};
	/// The number in the header, and the zones that fit.
	std::pair<std::uint64_t, std::vector<Entry>> report(std::uint64_t lba, std::uint8_t which = 0,
							    std::uint32_t room = 4, std::uint16_t flags = 0) const
	{
		const Memory memory(std::size_t{room + 1} * entry_bytes);
		memory.fill(0xee);
		ringline_command_extended made = command(RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE, lba, 0, flags);
		made.base.action = which;
		made.base.address = memory.address();
		made.base.length = memory.size();
		EXPECT_TRUE(succeeded(run(made)));
		const auto word = [&](std::size_t offset) {
			std::uint64_t value = 0;
			std::memcpy(&value, memory.data() + offset, sizeof value);
			return value;
		};
		std::vector<Entry> entries;
		for (std::uint32_t i = 1; i <= room && memory.data()[i * entry_bytes] == 2; ++i) {
			const std::size_t at = std::size_t{i} * entry_bytes;
			entries.push_back({static_cast<std::uint8_t>(memory.data()[at + 1] >> 4), word(at + 8),
					   word(at + 16), word(at + 24)});
		}
		return {word(0), entries};
	}
	Entry zone(std::uint64_t number) const { return report(start(number), 0, 1).second.at(0); }
	[[nodiscard]] std::uint64_t capacity() const { return zone(0).capacity; }
};

TEST_P(ZoneTest, zones_are_written_at_their_write_pointer)
{
	EXPECT_EQ(zone(1).state, 1);
	EXPECT_TRUE(has_status(put(start(1) + 1, 1), 0x41bc));
	EXPECT_TRUE(succeeded(put(start(1), 8)));
	EXPECT_EQ(zone(1).state, 2);
	EXPECT_EQ(zone(1).write_pointer, start(1) + 8);
	EXPECT_TRUE(has_status(put(start(1), 8), 0x41bc));
	const Buffers seen(info(), 8);
	const Buffers wanted(info(), 8);
	wanted.fill(start(1));
	EXPECT_TRUE(succeeded(read(start(1), seen)));
	EXPECT_TRUE(seen.equal(wanted));
}

TEST_P(ZoneTest, actions_lead_from_state_to_state)
{
	EXPECT_TRUE(succeeded(manage(RINGLINE_ZONE_OPEN, 0)));
	EXPECT_EQ(zone(0).state, 3);
	EXPECT_TRUE(succeeded(manage(RINGLINE_ZONE_CLOSE, 0)));
	EXPECT_EQ(zone(0).state, 4);
	EXPECT_TRUE(succeeded(put(start(0), 1)));
	EXPECT_EQ(zone(0).state, 2);
	EXPECT_TRUE(succeeded(manage(RINGLINE_ZONE_FINISH, 0)));
	EXPECT_EQ(zone(0).state, 0xe);
	EXPECT_EQ(zone(0).write_pointer, UINT64_MAX);
	EXPECT_TRUE(has_status(put(start(0) + 1, 1), 0x41b9));
	EXPECT_TRUE(has_status(manage(RINGLINE_ZONE_OPEN, 0), 0x41bf));
	EXPECT_TRUE(has_status(manage(RINGLINE_ZONE_CLOSE, 0), 0x41bf));
	EXPECT_TRUE(has_status(manage(RINGLINE_ZONE_OFFLINE, 0), 0x41bf));
	EXPECT_TRUE(succeeded(manage(RINGLINE_ZONE_RESET, 0)));
	EXPECT_EQ(zone(0).state, 1);
	EXPECT_EQ(zone(0).write_pointer, start(0));
	EXPECT_TRUE(reads_zeros(start(0), 1));
	EXPECT_TRUE(has_status(manage(RINGLINE_ZONE_CLOSE, 0), 0x41bf));
	EXPECT_TRUE(succeeded(manage(RINGLINE_ZONE_FINISH, 0)));
}

TEST_P(ZoneTest, nothing_is_written_behind_the_capacity_or_read_across_zones)
{
	const std::uint64_t blocks = capacity();
	std::uint64_t done = 0;
	while (done < blocks - 2) {
		const auto piece = static_cast<std::uint32_t>(std::min<std::uint64_t>(blocks - 2 - done, 256));
		ASSERT_TRUE(succeeded(put(start(2) + done, piece)));
		done += piece;
	}
	EXPECT_TRUE(has_status(put(start(2) + done, 3), 0x41b8));
	EXPECT_TRUE(succeeded(put(start(2) + done, 2)));
	EXPECT_EQ(zone(2).state, 0xe);
	const Buffers across(info(), 4);
	EXPECT_TRUE(has_status(read(start(3) - 2, across), 0x41b8));
}

TEST_P(ZoneTest, fact_25_appends_at_depth_eight_fill_a_zone_without_gap_or_overlap)
{
	constexpr std::uint32_t depth = 8;
	std::vector<std::unique_ptr<Buffers>> buffers;
	std::uint32_t sum = 0;
	for (std::uint32_t i = 0; i < depth; ++i) {
		buffers.push_back(std::make_unique<Buffers>(info(), i + 1));
		buffers.back()->fill(i);
		ringline_command_extended append = transfer(RINGLINE_NVME_ZONE_APPEND, start(1), *buffers.back());
		append.base.user_data = i;
		ASSERT_EQ(ringline_push_extended(queue(), &append, 1), 1);
		sum += i + 1;
	}
	std::vector<ringline_completion> completions(depth);
	ASSERT_EQ(ringline_submit_and_wait(queue(), completions.data(), depth, depth, 30'000'000'000), depth);
	std::set<std::uint64_t> taken;
	for (const ringline_completion &completion : completions) {
		ASSERT_TRUE(succeeded(completion));
		const Buffers &written = *buffers[completion.user_data];
		for (std::uint32_t i = 0; i < written.count; ++i) {
			EXPECT_TRUE(taken.insert(completion.result + i).second);
		}
		const Buffers seen(info(), written.count);
		EXPECT_TRUE(succeeded(read(completion.result, seen)));
		EXPECT_TRUE(seen.equal(written));
	}
	EXPECT_EQ(*taken.begin(), start(1));
	EXPECT_EQ(*taken.rbegin(), start(1) + sum - 1);
	EXPECT_EQ(zone(1).write_pointer, start(1) + sum);
}

TEST_P(ZoneTest, only_so_many_zones_are_open)
{
	NEEDS(info().zone_max_open != 0 && info().blocks / info().zone_blocks > info().zone_max_open, "such limit");
	const std::uint64_t limit = info().zone_max_open;
	for (std::uint64_t i = 0; i < limit; ++i) {
		ASSERT_TRUE(succeeded(manage(RINGLINE_ZONE_OPEN, i)));
	}
	EXPECT_TRUE(has_status(manage(RINGLINE_ZONE_OPEN, limit), 0x41be));
	EXPECT_TRUE(has_status(put(start(limit), 1), 0x41be));
	EXPECT_TRUE(succeeded(manage(RINGLINE_ZONE_CLOSE, 0)));
	EXPECT_TRUE(succeeded(put(start(limit), 1)));
	// Implicitly open ones make room.
	EXPECT_TRUE(succeeded(manage(RINGLINE_ZONE_OPEN, 0)));
	EXPECT_EQ(zone(limit).state, 4);
}

TEST_P(ZoneTest, only_so_many_zones_are_active)
{
	const std::uint64_t limit = info().zone_max_active;
	NEEDS(limit != 0 && info().blocks / info().zone_blocks > limit, "more zones than may be active");
	for (std::uint64_t i = 0; i < limit; ++i) {
		ASSERT_TRUE(succeeded(put(start(i), 1)));
	}
	EXPECT_TRUE(has_status(put(start(limit), 1), 0x41bd));
	EXPECT_TRUE(succeeded(manage(RINGLINE_ZONE_FINISH, 0)));
	EXPECT_TRUE(succeeded(put(start(limit), 1)));
}

TEST_P(ZoneTest, reports_count_all_or_what_fits)
{
	const std::uint64_t zones = info().blocks / info().zone_blocks;
	ASSERT_TRUE(succeeded(manage(RINGLINE_ZONE_FINISH, 1)));
	ASSERT_TRUE(succeeded(put(start(2), 1)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_ALL, 3).first, zones);
	EXPECT_EQ(report(0, RINGLINE_ZONES_ALL, 3, RINGLINE_PARTIAL).first, 3U);
	EXPECT_EQ(report(0, RINGLINE_ZONES_EMPTY, 3).first, zones - 2);
	EXPECT_EQ(report(0, RINGLINE_ZONES_IMPLICITLY_OPEN, 3).first, 1U);
	const auto [count, full] = report(0, RINGLINE_ZONES_FULL, 3);
	EXPECT_EQ(count, 1U);
	ASSERT_EQ(full.size(), 1U);
	EXPECT_EQ(full[0].start, start(1));
	EXPECT_EQ(report(start(1) + 5, RINGLINE_ZONES_ALL, 3).second.at(0).start, start(1));
}

TEST_P(ZoneTest, actions_on_all_zones_choose_those_that_they_can_change)
{
	for (const std::uint64_t number : {0U, 1U, 2U}) {
		ASSERT_TRUE(succeeded(put(start(number), 1)));
	}
	ASSERT_TRUE(succeeded(manage(RINGLINE_ZONE_CLOSE, 0, RINGLINE_ALL_ZONES)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_CLOSED).first, 3U);
	ASSERT_TRUE(succeeded(manage(RINGLINE_ZONE_OPEN, 0, RINGLINE_ALL_ZONES)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_EXPLICITLY_OPEN).first, 3U);
	ASSERT_TRUE(succeeded(manage(RINGLINE_ZONE_FINISH, 0, RINGLINE_ALL_ZONES)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_FULL).first, 3U);
	ASSERT_TRUE(succeeded(manage(RINGLINE_ZONE_RESET, 0, RINGLINE_ALL_ZONES)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_EMPTY).first, info().blocks / info().zone_blocks);
}

TEST_P(ZoneTest, wrong_actions_and_places_are_invalid)
{
	ringline_command_extended good = command(RINGLINE_NVME_ZONE_MANAGEMENT_SEND, start(1), 0);
	good.base.action = RINGLINE_ZONE_CLOSE;
	ringline_nvme_command wrong = wire(good);
	wrong.cdw10 += 1;
	EXPECT_TRUE(has_status(run_raw(wrong), 0x4002));
	wrong = wire(good);
	wrong.cdw13 = 0x77;
	EXPECT_TRUE(has_status(run_raw(wrong), 0x4002));
	wrong = wire(good);
	wrong.cdw10 = static_cast<std::uint32_t>(info().blocks);
	EXPECT_TRUE(has_status(run_raw(wrong), 0x4080));
	const Buffers one(info(), 1);
	wrong = wire(transfer(RINGLINE_NVME_ZONE_APPEND, start(1), one));
	wrong.cdw10 += 1;
	EXPECT_TRUE(has_status(run_raw(wrong), 0x4002));
}

RINGLINE_INSTANTIATE(ZoneTest, zoned_drives);

} // namespace

} // namespace conformance
