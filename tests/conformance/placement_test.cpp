// SPDX-License-Identifier: MIT OR Apache-2.0
// Flexible data placement: placement handles, the reclaim units behind them, and the logs about both. Only QEMU 10 has
// it, on the drive ringD: placement handles 0, 1 and 2 are the reclaim unit handles 1, 2 and 3 of four, with units of 4
// MiB.
#include "drive.h"

#include <ringline/admin.h>
#include <ringline/pages.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace conformance
{

namespace
{

constexpr std::uint16_t group = 1; // the endurance group, which the logs are of
constexpr std::uint32_t handles = 3;
constexpr std::uint64_t unit_blocks = (4U << 20) / 512;
constexpr std::uint8_t configurations_log = 0x20;
constexpr std::uint8_t usage_log = 0x21;
constexpr std::uint8_t statistics_log = 0x22;
constexpr std::uint8_t events_log = 0x23;
constexpr std::uint8_t events_of_the_host = 1; // LSP of that log
constexpr std::uint8_t events_feature = 0x1e;
constexpr std::uint8_t unit_not_fully_written = 0; // an event

class PlacementTest : public ConformanceTest
{
protected:
	using Fields = std::map<std::string, std::uint64_t>;

	struct Handle {
		std::uint16_t identifier;
		std::uint16_t unit_handle;
		std::uint64_t left; ///< Blocks that its reclaim unit still takes.
	};
	[[nodiscard]] std::vector<Handle> handle_status() const
	{
		const Memory memory(16 + 32 * 4);
		memory.fill(0);
		ringline_command_extended made = command(RINGLINE_NVME_IO_MANAGEMENT_RECEIVE, 0, 0);
		made.base.action = 1;
		made.base.address = memory.address();
		made.base.length = memory.size();
		EXPECT_TRUE(succeeded(run(made)));
		std::uint16_t count = 0;
		std::memcpy(&count, memory.data() + 14, sizeof count);
		std::vector<Handle> found(std::min<std::uint32_t>(count, 4));
		for (std::size_t i = 0; i < found.size(); ++i) {
			const std::uint8_t *entry = memory.data() + 16 + 32 * i;
			std::memcpy(&found[i].identifier, entry, 2);
			std::memcpy(&found[i].unit_handle, entry + 2, 2);
			std::memcpy(&found[i].left, entry + 8, 8);
		}
		return found;
	}
	[[nodiscard]] ringline_completion update(const std::vector<std::uint16_t> &identifiers) const
	{
		const Memory memory(identifiers.size() * sizeof(std::uint16_t));
		std::memcpy(memory.data(), identifiers.data(), memory.size());
		ringline_command_extended made = command(RINGLINE_NVME_IO_MANAGEMENT_SEND, 0, 0);
		made.base.action = 1;
		made.base.address = memory.address();
		made.base.length = memory.size();
		return run(made);
	}
	[[nodiscard]] ringline_completion put(std::uint16_t identifier, std::uint64_t lba, const Buffers &buffers) const
	{
		ringline_command_extended made = transfer(RINGLINE_NVME_WRITE, lba, buffers, RINGLINE_PLACEMENT);
		made.base.placement = identifier;
		return run(made);
	}
	[[nodiscard]] std::vector<std::uint8_t> log(std::uint8_t lid, std::uint32_t length, std::uint8_t lsp = 0) const
	{
		ringline_log_options options = {};
		options.struct_size = sizeof options;
		options.lid = lid;
		options.lsp = lsp;
		options.lsi = group;
		std::vector<std::uint8_t> page(length);
		ringline_completion completion = {};
		EXPECT_EQ(ringline_log_read(device(), &options, page.data(), length, &completion),
			  static_cast<std::int32_t>(length));
		EXPECT_TRUE(succeeded(completion));
		return page;
	}
	/// What the library's description of a page makes of it, list entries as "name/number".
	static Fields decoded(std::uint32_t page, const std::vector<std::uint8_t> &bytes)
	{
		Fields fields;
		ringline_field field = {};
		field.struct_size = sizeof field;
		for (std::uint32_t i = 0; ringline_page_field(page, i, &field) == 0; ++i) {
			const bool listed = field.list[0] != '\0';
			for (std::uint32_t record = 0; record < (listed ? handles + 1 : 1); ++record) {
				std::uint64_t value = 0;
				if (ringline_page_value(page, i, record, bytes.data(),
							static_cast<std::uint32_t>(bytes.size()), &value,
							nullptr) == 0) {
					fields[field.name + (listed ? "/" + std::to_string(record) : "")] = value;
				}
			}
		}
		return fields;
	}
	[[nodiscard]] Fields read_log(std::uint8_t lid, std::uint32_t length, std::uint8_t lsp = 0) const
	{
		return decoded(RINGLINE_PAGE_LOG + lid, log(lid, length, lsp));
	}
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PlacementTest);

TEST_P(PlacementTest, a_namespace_can_be_placed_and_tells_its_handles)
{
	EXPECT_TRUE(can(RINGLINE_CAN_PLACEMENT));
	ASSERT_TRUE(succeeded(update({0, 1, 2})));
	const std::vector<Handle> found = handle_status();
	ASSERT_EQ(found.size(), handles);
	for (std::uint16_t i = 0; i < handles; ++i) {
		EXPECT_EQ(found[i].identifier, i);
		EXPECT_EQ(found[i].unit_handle, i + 1);
		EXPECT_EQ(found[i].left, unit_blocks);
	}
}

TEST_P(PlacementTest, a_write_by_placement_identifier_takes_room_of_that_unit_alone)
{
	ASSERT_TRUE(succeeded(update({0, 1, 2})));
	const Buffers written(info(), some);
	const Buffers seen(info(), some);
	for (const std::uint16_t identifier : {std::uint16_t{2}, std::uint16_t{1}}) {
		written.fill(identifier);
		ASSERT_TRUE(succeeded(put(identifier, 100, written)));
		ASSERT_TRUE(succeeded(read(100, seen)));
		EXPECT_TRUE(seen.equal(written));
	}
	ASSERT_TRUE(succeeded(put(1, 200, written)));
	ASSERT_TRUE(succeeded(write(300, written))); // without one: handle 0
	const std::vector<Handle> found = handle_status();
	ASSERT_EQ(found.size(), handles);
	EXPECT_EQ(found[0].left, unit_blocks - some);
	EXPECT_EQ(found[1].left, unit_blocks - 2 * some);
	EXPECT_EQ(found[2].left, unit_blocks - some);
}

TEST_P(PlacementTest, an_update_gives_the_named_handles_fresh_units)
{
	ASSERT_TRUE(succeeded(update({0, 1, 2})));
	const Buffers written(info(), some);
	written.fill(3);
	for (std::uint16_t identifier = 0; identifier < handles; ++identifier) {
		ASSERT_TRUE(succeeded(put(identifier, 400, written)));
	}
	ASSERT_TRUE(succeeded(update({0, 2})));
	const std::vector<Handle> found = handle_status();
	ASSERT_EQ(found.size(), handles);
	EXPECT_EQ(found[0].left, unit_blocks);
	EXPECT_EQ(found[1].left, unit_blocks - some);
	EXPECT_EQ(found[2].left, unit_blocks);
}

TEST_P(PlacementTest, a_handle_that_there_is_not_is_refused)
{
	EXPECT_TRUE(has_status(update({1, handles}), 0x4002));
}

TEST_P(PlacementTest, a_full_unit_is_followed_by_a_fresh_one)
{
	ASSERT_TRUE(succeeded(update({1})));
	const Buffers written(info(), 256);
	written.fill(4);
	for (std::uint64_t lba = 0; lba < unit_blocks; lba += written.count) {
		ASSERT_EQ(handle_status().at(1).left, unit_blocks - lba);
		ASSERT_TRUE(succeeded(put(1, lba, written)));
	}
	EXPECT_EQ(handle_status().at(1).left, unit_blocks);
}

TEST_P(PlacementTest, the_log_of_configurations_describes_the_drive)
{
	const Fields log = read_log(configurations_log, 128);
	EXPECT_EQ(log.at("n"), 1U);
	EXPECT_EQ(log.at("first_valid"), 1U);
	EXPECT_EQ(log.at("first_nrg"), 1U);
	EXPECT_EQ(log.at("first_nruh"), 4U);
	EXPECT_EQ(log.at("first_runs"), unit_blocks * info().block_size);
}

TEST_P(PlacementTest, the_log_of_usage_has_the_handles_of_the_host)
{
	const Fields log = read_log(usage_log, 8 + 4 * 8);
	EXPECT_EQ(log.at("nruh"), 4U);
	EXPECT_EQ(log.at("ruha/0"), 0U) << "no namespace has it";
	for (const char *used : {"ruha/1", "ruha/2", "ruha/3"}) {
		EXPECT_EQ(log.at(used), 1U) << used;
	}
}

TEST_P(PlacementTest, the_log_of_statistics_counts_what_the_host_writes)
{
	const Buffers written(info(), some);
	written.fill(5);
	const Fields before = read_log(statistics_log, 64);
	ASSERT_TRUE(succeeded(put(2, 500, written)));
	const Fields after = read_log(statistics_log, 64);
	EXPECT_EQ(after.at("hbmw") - before.at("hbmw"), written.data.size());
	EXPECT_GE(after.at("mbmw") - before.at("mbmw"), written.data.size());
}

TEST_P(PlacementTest, the_log_of_events_tells_of_a_unit_that_was_given_up_early)
{
	constexpr std::uint16_t identifier = 1;
	ringline_feature_options feature = {};
	feature.struct_size = sizeof feature;
	feature.nsid = info().nsid;
	feature.fid = events_feature;
	feature.cdw11 = 1U << 16 | identifier; // of one type
	feature.cdw12 = 1;                     // to be kept
	const std::vector<std::uint8_t> types(256, unit_not_fully_written);
	ringline_completion completion = {};
	ASSERT_EQ(ringline_feature_set(device(), &feature, types.data(), 256, &completion), 0);
	ASSERT_TRUE(succeeded(completion));
	const Buffers written(info(), some);
	written.fill(6);
	ASSERT_TRUE(succeeded(put(identifier, 600, written)));
	const std::uint64_t before = read_log(events_log, 64, events_of_the_host).at("n");
	ASSERT_TRUE(succeeded(update({identifier})));
	const Fields log = read_log(events_log, 64 + 64, events_of_the_host);
	EXPECT_EQ(log.at("n"), before + 1);
	EXPECT_EQ(log.at("type/0"), unit_not_fully_written);
	EXPECT_EQ(log.at("piv/0"), 1U);
	EXPECT_EQ(log.at("pid/0"), identifier);
	EXPECT_EQ(log.at("nsid/0"), info().nsid);
	EXPECT_EQ(log.at("ruhid/0"), identifier + 1U);
}

RINGLINE_INSTANTIATE(PlacementTest, placement_drives);

} // namespace

} // namespace conformance
