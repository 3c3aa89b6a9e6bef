// SPDX-License-Identifier: MIT OR Apache-2.0
// Zones of a simulated device. Statuses and transitions are those of QEMU's controller and the specification, which
// agree here.
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

namespace simulated
{

namespace
{

constexpr std::uint64_t zone_blocks = 16;
constexpr std::uint64_t capacity = 12;
constexpr std::uint64_t zones = 8;
constexpr std::uint32_t all_zones = 1U << 8;
constexpr std::uint32_t partial = 1U << 16;
constexpr std::uint8_t empty = 0x10;
constexpr std::uint8_t implicitly_open = 0x20;
constexpr std::uint8_t explicitly_open = 0x30;
constexpr std::uint8_t closed = 0x40;
constexpr std::uint8_t full = 0xe0;

struct Entry {
	std::uint8_t type;
	std::uint8_t state;
	std::uint64_t capacity;
	std::uint64_t start;
	std::uint64_t write_pointer;
};

std::uint64_t word(const std::uint8_t *bytes)
{
	std::uint64_t value = 0;
	std::memcpy(&value, bytes, sizeof value);
	return value;
}

class SimulatedZonesTest : public ImageTest
{
protected:
	void SetUp() override { make_zoned(); }
	void make_zoned(std::uint32_t max_open = 2, std::uint32_t max_active = 3)
	{
		ringline_sim_options options = {};
		options.blocks = zones * zone_blocks;
		options.zone_blocks = zone_blocks;
		options.zone_capacity_blocks = capacity;
		options.zone_max_open = max_open;
		options.zone_max_active = max_active;
		make(options);
	}
	static constexpr std::uint64_t start(std::uint64_t zone) { return zone * zone_blocks; }

	device::Outcome send(std::uint8_t action, std::uint64_t lba, std::uint32_t flags = 0)
	{
		ringline_nvme_command made = command(RINGLINE_NVME_ZONE_MANAGEMENT_SEND, lba, 1, nullptr, 0);
		made.cdw13 = action | flags;
		return perform(made);
	}
	device::Outcome write(std::uint64_t lba, std::uint32_t count, std::uint32_t seed = 1)
	{
		const auto memory = pattern(std::size_t{count} * 512, seed);
		return perform(write_command(lba, count, memory));
	}
	device::Outcome append(std::uint64_t lba, std::uint32_t count, std::uint32_t seed = 1)
	{
		const auto memory = pattern(std::size_t{count} * 512, seed);
		return perform(command(RINGLINE_NVME_ZONE_APPEND, lba, count, memory.data(), memory.size()));
	}
	/// The number that a report begins with, and its zones.
	std::pair<std::uint64_t, std::vector<Entry>> report(std::uint64_t lba = 0, std::uint8_t which = 0,
							    std::uint32_t room = zones, std::uint32_t flags = 0)
	{
		std::vector<std::uint8_t> memory((room + 1) * 64, 0xee);
		ringline_nvme_command made =
			command(RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE, lba, 1, memory.data(), memory.size());
		made.cdw12 = static_cast<std::uint32_t>(memory.size() / 4 - 1);
		made.cdw13 = std::uint32_t{which} << 8 | flags;
		EXPECT_TRUE(succeeded(perform(made)));
		std::vector<Entry> entries;
		for (std::uint32_t i = 1; i <= room && memory[i * 64] != 0; ++i) {
			const std::uint8_t *entry = &memory[i * 64];
			entries.push_back({entry[0], entry[1], word(entry + 8), word(entry + 16), word(entry + 24)});
		}
		return {word(memory.data()), entries};
	}
	std::uint8_t state(std::uint64_t zone) { return report().second.at(zone).state; }
	std::uint64_t pointer(std::uint64_t zone) { return report().second.at(zone).write_pointer; }
};

TEST_F(SimulatedZonesTest, all_zones_are_empty_at_first)
{
	const auto [count, entries] = report();
	EXPECT_EQ(count, zones);
	ASSERT_EQ(entries.size(), zones);
	for (std::uint64_t i = 0; i < zones; ++i) {
		EXPECT_EQ(entries[i].type, 2);
		EXPECT_EQ(entries[i].state, empty);
		EXPECT_EQ(entries[i].capacity, capacity);
		EXPECT_EQ(entries[i].start, start(i));
		EXPECT_EQ(entries[i].write_pointer, start(i));
	}
	const ringline_device_info info = opened().info();
	EXPECT_EQ(info.command_set, 2);
	EXPECT_EQ(info.zone_blocks, zone_blocks);
	EXPECT_EQ(info.capacity_blocks, zones * capacity);
	EXPECT_NE(info.commands & RINGLINE_CAN_ZONES, 0U);
}

TEST_F(SimulatedZonesTest, blocks_are_written_at_the_write_pointer_alone)
{
	EXPECT_TRUE(has_status(write(start(1) + 1, 1), 0x41bc));
	EXPECT_TRUE(succeeded(write(start(1), 3)));
	EXPECT_EQ(state(1), implicitly_open);
	EXPECT_EQ(pointer(1), start(1) + 3);
	EXPECT_TRUE(has_status(write(start(1), 1), 0x41bc));
	EXPECT_TRUE(has_status(write(start(1) + 4, 1), 0x41bc));
	EXPECT_TRUE(has_status(write(start(1) + 3, 10), 0x41b8)) << "beyond the capacity";
	EXPECT_TRUE(succeeded(write(start(1) + 3, 9)));
	EXPECT_EQ(state(1), full);
	EXPECT_EQ(pointer(1), UINT64_MAX);
	EXPECT_TRUE(has_status(write(start(1) + 12, 1), 0x41b9));
	EXPECT_TRUE(has_status(append(start(1), 1), 0x41b9));
}

TEST_F(SimulatedZonesTest, other_writing_commands_move_the_write_pointer_too)
{
	EXPECT_TRUE(succeeded(perform(command(RINGLINE_NVME_WRITE_ZEROES, start(2), 4, nullptr, 0))));
	EXPECT_EQ(pointer(2), start(2) + 4);
	EXPECT_TRUE(has_status(perform(command(RINGLINE_NVME_WRITE_ZEROES, start(2), 4, nullptr, 0)), 0x41bc));
	EXPECT_TRUE(succeeded(perform(command(RINGLINE_NVME_WRITE_UNCORRECTABLE, start(2) + 4, 1, nullptr, 0))));
	EXPECT_EQ(pointer(2), start(2) + 5);
	ringline_range source = {};
	source.lba = start(2);
	source.blocks = 3;
	std::uint8_t wire[32] = {};
	ASSERT_GT(ringline_nvme_copy_ranges(&source, 1, 0, wire, sizeof wire), 0);
	EXPECT_TRUE(has_status(perform(command(RINGLINE_NVME_COPY, start(3) + 1, 1, wire, sizeof wire)), 0x41bc));
	EXPECT_TRUE(succeeded(perform(command(RINGLINE_NVME_COPY, start(3), 1, wire, sizeof wire))));
	EXPECT_EQ(pointer(3), start(3) + 3);
}

TEST_F(SimulatedZonesTest, reads_do_not_cross_zones)
{
	std::vector<std::uint8_t> memory(4 * 512);
	EXPECT_TRUE(has_status(perform(read_command(start(1) - 2, 4, memory)), 0x41b8));
	EXPECT_TRUE(succeeded(perform(read_command(start(1) - 4, 4, memory))));
	EXPECT_TRUE(has_status(perform(command(RINGLINE_NVME_VERIFY, start(1) - 2, 4, nullptr, 0)), 0x41b8));
}

TEST_F(SimulatedZonesTest, an_append_says_where_it_went)
{
	EXPECT_TRUE(has_status(append(start(1) + 1, 1), 0x4002)) << "not the start of a zone";
	std::uint64_t expected = start(1);
	for (const std::uint32_t count : {1U, 3U, 2U}) {
		const auto outcome = append(start(1), count, count);
		EXPECT_EQ(outcome.status, 0);
		EXPECT_EQ(outcome.result, expected);
		std::vector<std::uint8_t> memory(std::size_t{count} * 512);
		EXPECT_TRUE(succeeded(perform(read_command(expected, count, memory))));
		EXPECT_EQ(memory, pattern(memory.size(), count));
		expected += count;
	}
	EXPECT_TRUE(has_status(append(start(1), 7), 0x41b8));
	EXPECT_EQ(append(start(1), 6).result, expected);
	EXPECT_EQ(state(1), full);
}

TEST_F(SimulatedZonesTest, zones_change_as_they_are_told_to)
{
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_OPEN, start(0))));
	EXPECT_EQ(state(0), explicitly_open);
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_CLOSE, start(0))));
	EXPECT_EQ(state(0), closed);
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_CLOSE, start(0))));
	EXPECT_TRUE(succeeded(write(start(0), 2)));
	EXPECT_EQ(state(0), implicitly_open);
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_OPEN, start(0))));
	EXPECT_EQ(state(0), explicitly_open);
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_FINISH, start(0))));
	EXPECT_EQ(state(0), full);
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_FINISH, start(0))));
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_OPEN, start(0)), 0x41bf));
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_CLOSE, start(0)), 0x41bf));
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_OFFLINE, start(0)), 0x41bf));
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_RESET, start(0))));
	EXPECT_EQ(state(0), empty);
	EXPECT_EQ(pointer(0), start(0));
	std::vector<std::uint8_t> memory(2 * 512, 0xee);
	EXPECT_TRUE(succeeded(perform(read_command(start(0), 2, memory))));
	EXPECT_EQ(memory, std::vector<std::uint8_t>(2 * 512)) << "what it held is gone";
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_CLOSE, start(0)), 0x41bf));
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_FINISH, start(0)))) << "an empty zone can be finished";
}

TEST_F(SimulatedZonesTest, actions_that_there_are_not_and_blocks_within_zones_are_refused)
{
	EXPECT_TRUE(has_status(send(0, start(0)), 0x4002));
	EXPECT_TRUE(has_status(send(6, start(0)), 0x4002));
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_OPEN, start(0) + 1), 0x4002));
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_OPEN, zones * zone_blocks), 0x4080));
}

TEST_F(SimulatedZonesTest, only_so_many_are_open_and_active)
{
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_OPEN, start(0))));
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_OPEN, start(1))));
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_OPEN, start(2)), 0x41be));
	EXPECT_TRUE(has_status(write(start(2), 1), 0x41be)) << "explicitly open zones do not make room";
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_CLOSE, start(0))));
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_OPEN, start(2))));
	EXPECT_TRUE(has_status(write(start(3), 1), 0x41bd));
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_RESET, start(0))));
	EXPECT_TRUE(has_status(write(start(3), 1), 0x41be));
}

TEST_F(SimulatedZonesTest, the_zone_that_was_implicitly_opened_first_makes_room)
{
	EXPECT_TRUE(succeeded(write(start(0), 1)));
	EXPECT_TRUE(succeeded(write(start(1), 1)));
	EXPECT_TRUE(succeeded(write(start(0) + 1, 1)));
	EXPECT_TRUE(succeeded(write(start(2), 1)));
	EXPECT_EQ(state(0), closed);
	EXPECT_EQ(state(1), implicitly_open);
	EXPECT_EQ(state(2), implicitly_open);
}

TEST_F(SimulatedZonesTest, actions_can_be_for_all_zones)
{
	make_zoned(0, 0);
	for (const std::uint64_t zone : {0U, 1U, 2U}) {
		ASSERT_TRUE(succeeded(write(start(zone), 1)));
	}
	ASSERT_TRUE(succeeded(write(start(3), capacity)));
	ASSERT_TRUE(succeeded(send(RINGLINE_ZONE_CLOSE, 0, all_zones)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_CLOSED).first, 3U);
	ASSERT_TRUE(succeeded(send(RINGLINE_ZONE_OPEN, 0, all_zones)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_EXPLICITLY_OPEN).first, 3U);
	ASSERT_TRUE(succeeded(send(RINGLINE_ZONE_FINISH, 0, all_zones)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_FULL).first, 4U);
	ASSERT_TRUE(succeeded(send(RINGLINE_ZONE_RESET, 0, all_zones)));
	EXPECT_EQ(report(0, RINGLINE_ZONES_EMPTY).first, zones);
}

TEST_F(SimulatedZonesTest, a_report_begins_where_it_is_told_to_and_counts_what_it_is_asked_for)
{
	ASSERT_TRUE(succeeded(write(start(5), capacity)));
	EXPECT_EQ(report(start(3) + 7).first, zones - 3);
	EXPECT_EQ(report(start(3) + 7).second.at(0).start, start(3));
	const auto [count, entries] = report(0, RINGLINE_ZONES_EMPTY, 3);
	EXPECT_EQ(count, zones - 1) << "all that there are";
	EXPECT_EQ(entries.size(), 3U);
	EXPECT_EQ(report(0, RINGLINE_ZONES_EMPTY, 3, partial).first, 3U);
	const auto [fulls, one] = report(0, RINGLINE_ZONES_FULL);
	EXPECT_EQ(fulls, 1U);
	EXPECT_EQ(one.at(0).start, start(5));
	ringline_nvme_command bad = command(RINGLINE_NVME_ZONE_MANAGEMENT_RECEIVE, 0, 1, nullptr, 4096);
	bad.cdw13 = 8U << 8;
	bad.cdw12 = 1023;
	EXPECT_TRUE(has_status(perform(bad), 0x4002)) << "no such states";
	bad.cdw13 = 0;
	bad.cdw12 = 14;
	EXPECT_TRUE(has_status(perform(bad), 0x4002)) << "no room for the header";
	bad.cdw13 = 1;
	bad.cdw12 = 1023;
	EXPECT_TRUE(has_status(perform(bad), 0x4002)) << "no extended descriptors";
}

TEST_F(SimulatedZonesTest, states_and_write_pointers_outlive_the_device)
{
	ASSERT_TRUE(succeeded(write(start(0), 5)));
	ASSERT_TRUE(succeeded(send(RINGLINE_ZONE_OPEN, start(1))));
	ASSERT_TRUE(succeeded(send(RINGLINE_ZONE_FINISH, start(2))));
	reopen();
	EXPECT_EQ(state(0), closed) << "it was open";
	EXPECT_EQ(pointer(0), start(0) + 5);
	EXPECT_EQ(state(1), empty) << "it was open, and nothing was written";
	EXPECT_EQ(state(2), full);
	EXPECT_TRUE(succeeded(write(start(0) + 5, 1)));
}

TEST_F(SimulatedZonesTest, a_killed_process_loses_nothing_that_was_answered)
{
	close();
	EXPECT_EQ(in_child([&] {
			  Opening opening = open_image(path());
			  if (opening.error != 0) {
				  return 1;
			  }
			  const auto memory = pattern(4 * 512);
			  const auto outcome = opening.device->perform(write_command(start(4), 4, memory));
			  ::_exit(outcome.status == 0 && outcome.error == 0 ? 0 : 2); // without closing it
		  }),
		  0);
	reopen();
	EXPECT_EQ(pointer(4), start(4) + 4);
	std::vector<std::uint8_t> memory(4 * 512);
	EXPECT_TRUE(succeeded(perform(read_command(start(4), 4, memory))));
	EXPECT_EQ(memory, pattern(4 * 512));
}

TEST_F(SimulatedZonesTest, read_only_and_offline_zones_answer_as_such)
{
	close();
	std::string records = read_file(path() + ".zones");
	records[2 * 16 + 8] = 0x0d;
	records[3 * 16 + 8] = 0x0f;
	write_file(path() + ".zones", records);
	reopen();
	std::vector<std::uint8_t> memory(512);
	EXPECT_TRUE(has_status(write(start(2), 1), 0x41ba));
	EXPECT_TRUE(has_status(append(start(2), 1), 0x41ba));
	EXPECT_TRUE(succeeded(perform(read_command(start(2), 1, memory))));
	EXPECT_TRUE(has_status(write(start(3), 1), 0x41bb));
	EXPECT_TRUE(has_status(perform(read_command(start(3), 1, memory)), 0x41bb));
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_RESET, start(2)), 0x41bf));
	EXPECT_TRUE(succeeded(send(RINGLINE_ZONE_OFFLINE, start(2))));
	EXPECT_EQ(state(2), 0xf0);
	EXPECT_EQ(pointer(2), UINT64_MAX);
}

TEST_F(SimulatedZonesTest, a_file_of_zones_that_makes_no_sense_is_refused)
{
	close();
	std::string records = read_file(path() + ".zones");
	for (const auto &[byte, value] : std::map<std::size_t, char>{{8, 7}, {0, 1}, {16 + 8, 2}}) {
		std::string wrong = records;
		wrong[byte] = value;
		write_file(path() + ".zones", wrong);
		Opening opening = open_image(path());
		const bool open_and_empty = byte == 16 + 8;
		EXPECT_EQ(opening.error, open_and_empty ? 0 : -EINVAL) << byte << ": " << opening.text();
	}
	write_file(path() + ".zones", records.substr(16));
	EXPECT_EQ(open_image(path()).error, -EINVAL);
}

TEST_F(SimulatedZonesTest, appends_of_many_threads_each_get_blocks_of_their_own)
{
	make_zoned(0, 0);
	std::atomic<int> failures{0};
	std::vector<std::vector<std::uint64_t>> places(4);
	std::vector<std::thread> threads;
	for (std::size_t i = 0; i < places.size(); ++i) {
		threads.emplace_back([&, i] {
			const auto memory = pattern(512, static_cast<std::uint32_t>(i));
			for (std::uint64_t n = 0; n < zones * capacity / 4; ++n) {
				// Zones are filled one after the other by all threads together.
				for (std::uint64_t zone = 0; zone < zones; ++zone) {
					const auto outcome = perform(command(RINGLINE_NVME_ZONE_APPEND, start(zone), 1,
									     memory.data(), memory.size()));
					if (outcome.status == 0) {
						places[i].push_back(outcome.result);
						break;
					}
					failures += outcome.status != 0x41b9 ? 1 : 0;
				}
			}
		});
	}
	for (std::thread &thread : threads) {
		thread.join();
	}
	EXPECT_EQ(failures, 0);
	std::set<std::uint64_t> taken;
	for (std::size_t i = 0; i < places.size(); ++i) {
		for (const std::uint64_t place : places[i]) {
			EXPECT_TRUE(taken.insert(place).second) << place;
			std::vector<std::uint8_t> memory(512);
			EXPECT_TRUE(succeeded(perform(read_command(place, 1, memory))));
			EXPECT_EQ(memory, pattern(512, static_cast<std::uint32_t>(i)));
		}
	}
	EXPECT_EQ(taken.size(), zones * capacity);
}

TEST_F(SimulatedZonesTest, zone_commands_are_unknown_without_zones)
{
	make(512);
	EXPECT_TRUE(has_status(send(RINGLINE_ZONE_OPEN, 0), 0x4001));
	EXPECT_TRUE(has_status(append(0, 1), 0x4001));
}

} // namespace

} // namespace simulated
