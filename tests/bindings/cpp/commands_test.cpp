// SPDX-License-Identifier: MIT OR Apache-2.0
// Every command of the library through the binding.
#include "fixture.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

namespace
{

using ringline::Completed;
using ringline::Device;
using ringline::Memory;
using ringline::Queue;
namespace command = ringline::command;

class CppCommands : public binding::BindingTest
{
protected:
	/// What became of a command that must be taken.
	template <typename Command> static Completed run(Queue &queue, const Command &wanted, Memory &&data = Memory())
	{
		const ringline::Pushed pushed = queue.push(wanted, std::move(data));
		EXPECT_TRUE(pushed) << (pushed ? "" : pushed.diagnosis().text);
		ringline::Result<Completed> completed = queue.next();
		EXPECT_TRUE(completed);
		return *std::move(completed);
	}
	static std::vector<unsigned char> read(Queue &queue, const Device &device, std::uint64_t lba,
					       std::uint32_t blocks)
	{
		const Completed got = run(queue, command::read(device, lba, blocks),
					  *Memory::allocate(std::size_t{blocks} * binding::block));
		EXPECT_TRUE(got) << got.error().message();
		const auto *bytes = reinterpret_cast<const unsigned char *>(got.memory.data());
		return {bytes, bytes + got.memory.size()};
	}
	static bool is(const std::vector<unsigned char> &bytes, unsigned char value)
	{
		return std::all_of(bytes.begin(), bytes.end(), [&](unsigned char byte) { return byte == value; });
	}
};

TEST_P(CppCommands, compare_finds_a_difference)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ASSERT_TRUE(run(queue, command::write(device, 3, 1), ledger.memory(binding::block, 7)));
	EXPECT_TRUE(run(queue, command::compare(device, 3, 1, 42), ledger.memory(binding::block, 7)));
	const Completed other = run(queue, command::compare(device, 3, 1, 42), ledger.memory(binding::block, 8));
	EXPECT_EQ(other.status.code(), RINGLINE_STATUS_COMPARE_FAILURE);
	EXPECT_EQ(other.user_data, 42U);
	EXPECT_TRUE(binding::holds_only(other.memory, 8));
}

TEST_P(CppCommands, write_zeroes_and_deallocate_leave_zeros)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ASSERT_TRUE(run(queue, command::write(device, 0, 8), ledger.memory(8 * binding::block, 5)));
	ASSERT_TRUE(run(queue, command::write_zeroes(device, 0, 2, 0, RINGLINE_DEALLOCATE)));
	EXPECT_TRUE(is(read(queue, device, 0, 2), 0));
	std::array<ringline_range, 2> ranges{};
	ranges[0].lba = 3;
	ranges[0].blocks = 1;
	ranges[1].lba = 5;
	ranges[1].blocks = 2;
	ASSERT_TRUE(run(queue, command::deallocate(device), *ringline::dataset_ranges(ranges)));
	EXPECT_TRUE(is(read(queue, device, 2, 1), 5));
	EXPECT_TRUE(is(read(queue, device, 3, 1), 0));
	EXPECT_TRUE(is(read(queue, device, 4, 1), 5));
	EXPECT_TRUE(is(read(queue, device, 5, 2), 0));
	EXPECT_TRUE(is(read(queue, device, 7, 1), 5));
}

TEST_P(CppCommands, what_is_uncorrectable_does_not_verify)
{
	const Device device = open();
	Queue queue = make_queue(device);
	EXPECT_TRUE(run(queue, command::verify(device, 0, 16)));
	ASSERT_TRUE(run(queue, command::write_uncorrectable(device, 4, 1)));
	EXPECT_EQ(run(queue, command::verify(device, 0, 16)).status.code(), 0x281U);
	EXPECT_TRUE(run(queue, command::verify(device, 5, 11)));
}

TEST_P(CppCommands, copy_gathers_ranges)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ASSERT_TRUE(run(queue, command::write(device, 10, 1), ledger.memory(binding::block, 1)));
	ASSERT_TRUE(run(queue, command::write(device, 20, 1), ledger.memory(binding::block, 2)));
	std::array<ringline_range, 2> ranges{};
	ranges[0].lba = 20;
	ranges[0].blocks = 1;
	ranges[1].lba = 10;
	ranges[1].blocks = 1;
	ASSERT_TRUE(run(queue, command::copy(device, 100), *ringline::copy_ranges(ranges)));
	EXPECT_TRUE(is(read(queue, device, 100, 1), 2));
	EXPECT_TRUE(is(read(queue, device, 101, 1), 1));
}

TEST_P(CppCommands, ranges_that_are_none_are_refused)
{
	EXPECT_EQ(ringline::dataset_ranges({nullptr, 0}).number(), -EINVAL);
	std::array<ringline_range, 1> range{};
	EXPECT_EQ(ringline::copy_ranges(range).number(), -ERANGE) << "of no blocks";
	range[0].blocks = 1;
	EXPECT_EQ(ringline::copy_ranges(range, 4).number(), -EINVAL) << "no such format";
}

TEST_P(CppCommands, a_command_that_is_refused_says_why_and_keeps_its_memory)
{
	const Device device = open();
	Queue queue = make_queue(device);
	Memory memory = ledger.memory(binding::block);
	const ringline::Pushed pushed = queue.push(command::compare(device, 1024, 1), std::move(memory));
	ASSERT_FALSE(pushed);
	EXPECT_EQ(pushed.number(), -ERANGE);
	EXPECT_EQ(pushed.diagnosis().rule, RINGLINE_RULE_BOUNDS);
	EXPECT_EQ(memory.size(), binding::block);
	const ringline::Pushed zoned = queue.push(command::zone(device, 0, ringline::ZoneAction::reset));
	EXPECT_EQ(zoned.number(), -EOPNOTSUPP);
	EXPECT_NE(zoned.diagnosis().text[0], '\0');
	EXPECT_EQ(queue.push(command::verify(device, 0, 1, 0, 0x10000)).number(), -EINVAL) << "flags are not cut";
}

TEST_P(CppCommands, a_transfer_takes_any_length_and_tells_what_failed)
{
	const Device device = open();
	Queue queue = make_queue(device);
	std::array<ringline_transfer_failure, 64> failures{};
	ringline_transfer_options options{};
	options.struct_size = sizeof options;
	options.opcode = RINGLINE_NVME_WRITE;
	options.blocks = 1024;
	options.max_blocks = 100;
	Memory data = ledger.memory(std::size_t{1024} * binding::block, 9);
	Memory none;
	ringline::Result<ringline::Transferred> done = queue.transfer(device, options, data, none, failures);
	ASSERT_TRUE(done) << done.error().message();
	EXPECT_TRUE(done->complete);
	EXPECT_EQ(done->result.commands, 11U);
	ASSERT_TRUE(run(queue, command::write_uncorrectable(device, 77, 1)));
	options.opcode = RINGLINE_NVME_READ;
	options.flags = RINGLINE_TRANSFER_CONTINUE | RINGLINE_TRANSFER_NARROW;
	done = queue.transfer(device, options, data, none, failures);
	ASSERT_TRUE(done);
	EXPECT_FALSE(done->complete);
	ASSERT_EQ(done->failures, 1U);
	EXPECT_EQ(failures[0].lba, 77U);
	EXPECT_EQ(failures[0].blocks, 1U);
	options.blocks = 1025;
	ringline_diagnosis why{};
	why.struct_size = sizeof why;
	EXPECT_FALSE(queue.transfer(device, options, data, none, failures, &why));
	EXPECT_NE(why.text[0], '\0');
}

RINGLINE_BINDING_INSTANTIATE(CppCommands);

class CppZones : public CppCommands
{
protected:
	[[nodiscard]] ringline_sim_options image_options() const override
	{
		ringline_sim_options options{};
		options.blocks = 1024;
		options.zone_blocks = 256;
		options.zone_capacity_blocks = 200;
		return options;
	}
	static std::vector<ringline::Zone> report(Queue &queue, const Device &device,
						  ringline::Zones which = ringline::Zones::all)
	{
		const Completed got = run(queue, command::zone_report(device, 0, which),
					  *Memory::allocate(ringline::ZoneReport::bytes_for(8)));
		EXPECT_TRUE(got);
		const ringline::ZoneReport view(got.memory);
		std::vector<ringline::Zone> zones;
		for (std::size_t i = 0; i < view.size(); ++i) {
			zones.push_back(view[i]);
		}
		EXPECT_EQ(view.reported(), zones.size());
		return zones;
	}
};

TEST_P(CppZones, appends_tell_where_they_went_and_the_report_agrees)
{
	const Device device = open();
	EXPECT_EQ(device.info()->zone_blocks, 256U);
	Queue queue = make_queue(device);
	EXPECT_EQ(run(queue, command::zone_append(device, 256, 2), ledger.memory(2 * binding::block, 3)).result, 256U);
	EXPECT_EQ(run(queue, command::zone_append(device, 256, 1), ledger.memory(binding::block, 4)).result, 258U);
	const std::vector<ringline::Zone> zones = report(queue, device);
	ASSERT_EQ(zones.size(), 4U);
	EXPECT_EQ(zones[1].start, 256U);
	EXPECT_EQ(zones[1].capacity, 200U);
	EXPECT_EQ(zones[1].write_pointer, 259U);
	EXPECT_EQ(zones[1].state, 2U);
	EXPECT_EQ(zones[1].type, 2U);
	EXPECT_EQ(zones[2].state, 1U);
}

TEST_P(CppZones, actions_change_states)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ASSERT_TRUE(run(queue, command::zone(device, 0, ringline::ZoneAction::open)));
	EXPECT_EQ(report(queue, device, ringline::Zones::explicitly_open).size(), 1U);
	ASSERT_TRUE(run(queue, command::zone(device, 0, ringline::ZoneAction::finish)));
	EXPECT_EQ(report(queue, device, ringline::Zones::full).size(), 1U);
	ASSERT_TRUE(run(queue, command::zone(device, 0, ringline::ZoneAction::reset, 0, RINGLINE_ALL_ZONES)));
	EXPECT_EQ(report(queue, device, ringline::Zones::empty).size(), 4U);
}

TEST_P(CppZones, a_report_that_is_cut_short_is_not_read_past_its_end)
{
	const Memory few = ledger.memory(64 + 63, 0xff);
	EXPECT_EQ(ringline::ZoneReport(few).size(), 0U);
	EXPECT_EQ(ringline::ZoneReport(Memory()).reported(), 0U);
}

RINGLINE_BINDING_INSTANTIATE(CppZones);

class CppProtection : public CppCommands
{
protected:
	[[nodiscard]] ringline_sim_options image_options() const override
	{
		ringline_sim_options options{};
		options.blocks = 1024;
		options.metadata_size = 8;
		options.pi_type = 1;
		return options;
	}
	static ringline_command_extended tagged(const ringline_command &base, std::uint16_t tag)
	{
		ringline_command_extended made{};
		made.base = base;
		made.reference_tag = base.lba;
		made.application_tag = tag;
		made.application_mask = 0xffff;
		return made;
	}
};

TEST_P(CppProtection, tags_are_checked_by_the_device)
{
	const Device device = open();
	EXPECT_EQ(device.info()->pi_type, 1U);
	EXPECT_EQ(device.info()->guard_bits, 16U);
	Queue queue = make_queue(device);
	const std::uint32_t checks =
		RINGLINE_CHECK_GUARD | RINGLINE_CHECK_APPLICATION_TAG | RINGLINE_CHECK_REFERENCE_TAG;
	ASSERT_TRUE(run(queue, tagged(command::write(device, 6, 1, 1, RINGLINE_PROTECTION_ACTION), 0x1234),
			ledger.memory(binding::block, 6)));
	const auto read_back = [&](std::uint16_t tag) {
		const ringline::Pushed pushed = queue.push(tagged(command::read(device, 6, 1, 2, checks), tag),
							   ledger.memory(binding::block), ledger.memory(8));
		EXPECT_TRUE(pushed) << (pushed ? "" : pushed.diagnosis().text);
		return *queue.next();
	};
	const Completed good = read_back(0x1234);
	EXPECT_TRUE(good) << good.error().message();
	EXPECT_TRUE(binding::holds_only(good.memory, 6));
	EXPECT_EQ(good.metadata.data()[2], std::byte{0x12});
	EXPECT_EQ(good.metadata.data()[3], std::byte{0x34});
	EXPECT_EQ(read_back(0x1235).status.code(), 0x283U);
}

TEST_P(CppProtection, a_tag_that_cannot_be_is_explained)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ringline_command_extended wrong = tagged(command::write(device, 6, 1, 1, RINGLINE_PROTECTION_ACTION), 1);
	wrong.storage_tag = 1;
	Memory memory = ledger.memory(binding::block);
	const ringline::Pushed pushed = queue.push(wrong, std::move(memory));
	ASSERT_FALSE(pushed);
	EXPECT_EQ(pushed.diagnosis().rule, RINGLINE_RULE_PROTECTION);
	EXPECT_EQ(memory.size(), binding::block);
}

RINGLINE_BINDING_INSTANTIATE(CppProtection);

} // namespace
