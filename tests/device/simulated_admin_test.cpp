// SPDX-License-Identifier: MIT OR Apache-2.0
// Identity and geometry of a simulated device: what info() says, Identify says too.
#include "nvme/geometry.h"
#include "nvme/identify.h"
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace simulated
{

namespace
{

class SimulatedAdminTest : public ImageTest
{
protected:
	ringline_nvme_command identify(std::uint32_t cns, std::uint32_t nsid)
	{
		auto made = command(ringline::nvme::opcode_identify, cns, 1, page_, sizeof page_);
		made.cdw12 = 0;
		made.nsid = nsid;
		return made;
	}
	device::Outcome admin(const ringline_nvme_command &wanted)
	{
		device::Outcome outcome;
		EXPECT_EQ(opened().admin(wanted, &outcome), 0);
		return outcome;
	}
	std::uint8_t page_[4096] = {};
};

TEST_F(SimulatedAdminTest, its_facts_are_those_of_the_image)
{
	make(4096, 65536);
	const ringline_device_info info = opened().info();
	EXPECT_EQ(info.kind, RINGLINE_DEVICE_SIMULATED);
	EXPECT_EQ(info.nsid, 1U);
	EXPECT_EQ(info.blocks, blocks);
	EXPECT_EQ(info.capacity_blocks, blocks);
	EXPECT_EQ(info.block_size, 4096U);
	EXPECT_EQ(info.metadata_size, 0U);
	EXPECT_EQ(info.mdts_bytes, 65536U);
	EXPECT_EQ(info.max_transfer_bytes, 65536U);
	EXPECT_EQ(info.max_transfer_rule, RINGLINE_RULE_MDTS);
	EXPECT_EQ(info.page_size, 4096U);
	EXPECT_EQ(info.volatile_cache, 1);
	EXPECT_STREQ(info.model, "ringline simulated NVMe");
	EXPECT_EQ(std::string(info.serial).rfind("SIM", 0), 0U);
	EXPECT_GT(std::string(info.serial).size(), 3U);
	EXPECT_LE(std::string(info.serial).size(), 20U);
	EXPECT_EQ(std::string(info.node), ("sim:" + path()).substr(0, 63));
	EXPECT_EQ(info.flags, 0U);
}

TEST_F(SimulatedAdminTest, the_flags_in_force_are_told)
{
	reopen(RINGLINE_OPEN_READ_ONLY);
	EXPECT_EQ(opened().info().flags, RINGLINE_OPEN_READ_ONLY);
}

TEST_F(SimulatedAdminTest, a_read_only_open_takes_what_brings_data_and_nothing_else)
{
	reopen(RINGLINE_OPEN_READ_ONLY);
	EXPECT_TRUE(succeeded(admin(identify(0, 1))));
	for (const int opcode : {0x80, 0x81, 0x83}) { // no data, to the device, both ways
		ringline_nvme_command command = identify(0, 1);
		command.opcode = static_cast<std::uint8_t>(opcode);
		device::Outcome outcome;
		EXPECT_EQ(opened().admin(command, &outcome), -EROFS) << opcode;
	}
}

TEST_F(SimulatedAdminTest, identify_namespace_agrees_with_the_facts)
{
	make(4096);
	EXPECT_TRUE(succeeded(admin(identify(0, 1))));
	ringline_device_info seen = {};
	ASSERT_TRUE(ringline::nvme::decode_namespace(page_, &seen));
	EXPECT_EQ(seen.blocks, blocks);
	EXPECT_EQ(seen.block_size, 4096U);
}

TEST_F(SimulatedAdminTest, identify_controller_agrees_with_the_facts)
{
	EXPECT_TRUE(succeeded(admin(identify(1, 0))));
	ringline_device_info seen = {};
	ringline::nvme::decode_controller(page_, 4096, &seen);
	const ringline_device_info info = opened().info();
	EXPECT_STREQ(seen.serial, info.serial);
	EXPECT_STREQ(seen.model, info.model);
	EXPECT_STREQ(seen.firmware, info.firmware);
	EXPECT_EQ(seen.mdts_bytes, info.mdts_bytes);
	EXPECT_EQ(seen.volatile_cache, 1);
}

TEST_F(SimulatedAdminTest, namespace_1_is_the_only_active_one)
{
	EXPECT_TRUE(succeeded(admin(identify(2, 0))));
	EXPECT_EQ(page_[0], 1);
	EXPECT_EQ(page_[4], 0);
	std::memset(page_, 0xff, sizeof page_);
	EXPECT_TRUE(succeeded(admin(identify(2, 1)))) << "the list begins above the id that is given";
	EXPECT_EQ(page_[0], 0);
	EXPECT_TRUE(has_status(admin(identify(2, 0xffffffff)), 0x400b));
}

TEST_F(SimulatedAdminTest, the_list_of_descriptors_can_be_decoded)
{
	std::memset(page_, 0xff, sizeof page_);
	EXPECT_TRUE(succeeded(admin(identify(3, 1))));
	ringline_device_info seen = {};
	ringline::nvme::decode_descriptors(page_, &seen);
	EXPECT_EQ(seen.command_set, 0);
}

TEST_F(SimulatedAdminTest, other_namespaces_pages_and_commands_are_refused_and_write_nothing)
{
	std::memset(page_, 0xa5, sizeof page_);
	EXPECT_TRUE(has_status(admin(identify(0, 2)), 0x400b));
	EXPECT_TRUE(has_status(admin(identify(3, 0)), 0x400b));
	EXPECT_TRUE(has_status(admin(identify(0x10, 1)), 0x4002));
	for (std::uint32_t opcode = 0; opcode < 256; ++opcode) {
		if (opcode == ringline::nvme::opcode_identify || opcode == RINGLINE_NVME_GET_LOG_PAGE ||
		    opcode == RINGLINE_NVME_GET_FEATURES || opcode == RINGLINE_NVME_SET_FEATURES ||
		    opcode == RINGLINE_NVME_FORMAT) {
			continue;
		}
		auto unknown = identify(0, 1);
		unknown.opcode = static_cast<std::uint8_t>(opcode);
		EXPECT_TRUE(has_status(admin(unknown), 0x4001)) << opcode;
	}
	for (const std::uint8_t byte : page_) {
		ASSERT_EQ(byte, 0xa5);
	}
}

TEST_F(SimulatedAdminTest, a_page_without_room_is_an_error_of_the_call)
{
	std::memset(page_, 0xa5, sizeof page_);
	device::Outcome outcome;
	auto small = identify(0, 1);
	small.data_length = 4095;
	EXPECT_EQ(opened().admin(small, &outcome), -EINVAL);
	auto nowhere = identify(0, 1);
	nowhere.address = 0;
	EXPECT_EQ(opened().admin(nowhere, &outcome), -EINVAL);
	EXPECT_EQ(page_[0], 0xa5);
}

TEST_F(SimulatedAdminTest, memory_that_is_none_is_an_error_of_the_call_and_not_a_crash)
{
	const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
	auto *memory = static_cast<std::uint8_t *>(
		::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	ASSERT_NE(memory, MAP_FAILED);
	ASSERT_EQ(::munmap(memory + page, page), 0);
	device::Outcome outcome;
	for (const std::size_t there : {page, page - 512}) {
		const auto address = reinterpret_cast<std::uintptr_t>(memory + there);
		auto wrong = identify(0, 1);
		wrong.address = address;
		EXPECT_EQ(opened().admin(wrong, &outcome), -EFAULT) << there;
		auto log = command(RINGLINE_NVME_GET_LOG_PAGE, 0, 1, memory + there, 1024);
		log.cdw10 = 0x02 | 255U << 16; // of 1,024 bytes the second half are zeros behind the page
		log.cdw12 = 0;
		EXPECT_EQ(opened().admin(log, &outcome), -EFAULT) << there;
	}
	EXPECT_EQ(outcome.status, 0);
	EXPECT_EQ(outcome.flags, 0);
	::munmap(memory, page);
}

TEST_F(SimulatedAdminTest, a_log_without_room_is_an_error_of_the_call_and_one_that_is_not_there_a_status)
{
	std::memset(page_, 0xa5, sizeof page_);
	auto log = command(RINGLINE_NVME_GET_LOG_PAGE, 0, 1, page_, 512);
	log.cdw10 = 0x02 | 128U << 16; // 129 dwords are 516 bytes
	log.cdw12 = 0;
	device::Outcome outcome;
	EXPECT_EQ(opened().admin(log, &outcome), -EINVAL);
	log.cdw10 = 0x02 | 127U << 16;
	log.address = 0;
	EXPECT_EQ(opened().admin(log, &outcome), -EINVAL);
	log.address = reinterpret_cast<std::uintptr_t>(page_);
	log.cdw10 = 0xee | 127U << 16;
	EXPECT_TRUE(has_status(admin(log), 0x4109));
	EXPECT_EQ(page_[0], 0xa5);
	log.cdw10 = 0x02 | 127U << 16;
	EXPECT_TRUE(succeeded(admin(log)));
	EXPECT_EQ(page_[3], 100) << "available spare";
	EXPECT_EQ(page_[512], 0xa5);
}

TEST_F(SimulatedAdminTest, the_effects_log_has_what_is_taken_and_nothing_else)
{
	auto log = command(RINGLINE_NVME_GET_LOG_PAGE, 0, 1, page_, 4096);
	log.cdw10 = 0x05 | 1023U << 16;
	log.cdw12 = 0;
	EXPECT_TRUE(succeeded(admin(log)));
	std::uint8_t effects[4096];
	std::memcpy(effects, page_, sizeof effects);
	for (std::uint32_t opcode = 0; opcode < 256; ++opcode) {
		auto asked = identify(1, 1);
		asked.opcode = static_cast<std::uint8_t>(opcode);
		const bool taken = (admin(asked).status & 0x7ff) != 1;
		EXPECT_EQ(effects[opcode * 4] & 1, taken ? 1 : 0) << opcode;
	}
}

TEST_F(SimulatedAdminTest, a_format_of_the_format_in_use_erases)
{
	std::vector<std::uint8_t> memory(512, 0x5a);
	EXPECT_TRUE(succeeded(perform(write_command(5, 1, memory))));
	ringline_nvme_command format = {};
	format.opcode = RINGLINE_NVME_FORMAT;
	format.nsid = 1;
	for (const std::uint32_t wrong : {1U, 1U << 4, 1U << 5, 1U << 12}) {
		format.cdw10 = wrong; // another format, metadata inline, protection, the index's upper bits
		EXPECT_TRUE(has_status(admin(format), 0x410a)) << wrong;
	}
	EXPECT_EQ(opened().state() & device::Device::geometry_unknown, 0U);
	format.cdw10 = 0;
	EXPECT_TRUE(succeeded(admin(format)));
	EXPECT_NE(opened().state() & device::Device::geometry_unknown, 0U);
	EXPECT_EQ(opened().refresh(), 0) << "the image is as long as before";
	EXPECT_TRUE(succeeded(perform(read_command(5, 1, memory))));
	EXPECT_EQ(memory, std::vector<std::uint8_t>(512));
}

TEST_F(SimulatedAdminTest, refresh_sees_an_image_that_was_resized_and_counts_a_version)
{
	const std::uint32_t before = opened().state();
	ASSERT_EQ(::truncate(path().c_str(), 128 * 512), 0);
	EXPECT_EQ(opened().refresh(), -EIO) << "the geometry file contradicts";
	EXPECT_EQ(opened().info().blocks, blocks);
	EXPECT_EQ(opened().state(), before);
	write_file(path() + ".ringline", "ringline-image 1\nblock_size=512\n");
	EXPECT_EQ(opened().refresh(), 0);
	EXPECT_EQ(opened().info().blocks, 128U);
	EXPECT_EQ(opened().state(), before + device::Device::version);
	std::vector<std::uint8_t> memory(512);
	EXPECT_TRUE(succeeded(perform(read_command(127, 1, memory))));
}

TEST_F(SimulatedAdminTest, refresh_sees_another_block_size)
{
	write_file(path() + ".ringline", "ringline-image 1\nblock_size=4096\n");
	opened().set_state(device::Device::geometry_unknown);
	EXPECT_EQ(opened().refresh(), 0);
	EXPECT_EQ(opened().state() & device::Device::geometry_unknown, 0U);
	EXPECT_EQ(opened().info().block_size, 4096U);
	EXPECT_EQ(opened().info().blocks, blocks / 8);
	std::vector<std::uint8_t> memory(512);
	EXPECT_TRUE(has_error(perform(read_command(0, 1, memory)), -EFAULT, RINGLINE_NOT_SENT))
		<< "512 bytes do not hold a block any more";
}

TEST_F(SimulatedAdminTest, identify_says_all_that_the_device_information_says)
{
	ringline_sim_options options = {};
	options.flags = RINGLINE_SIM_METADATA_INLINE | RINGLINE_SIM_PI_FIRST;
	options.blocks = 4096;
	options.block_size = 4096;
	options.metadata_size = 16;
	options.pi_type = 2;
	options.guard_bits = 64;
	options.storage_tag_bits = 8;
	options.zone_blocks = 64;
	options.zone_capacity_blocks = 48;
	options.zone_max_open = 3;
	options.zone_max_active = 5;
	options.append_max_bytes = 65536;
	options.verify_max_blocks = 4;
	options.write_zeroes_max_blocks = 256;
	options.copy_max_ranges = 7;
	options.copy_max_range_blocks = 100;
	options.copy_max_blocks = 500;
	options.dataset_max_ranges = 9;
	options.dataset_max_range_blocks = 1000;
	options.dataset_max_blocks = 5000;
	make(options);
	const ringline_device_info info = opened().info();
	EXPECT_EQ(info.append_max_bytes, 65536U);
	EXPECT_EQ(info.zone_max_active, 5U);
	EXPECT_EQ(info.capacity_blocks, 64U * 48U);

	ringline_device_info seen = info;
	for (std::uint8_t *byte = reinterpret_cast<std::uint8_t *>(&seen.commands);
	     byte < reinterpret_cast<std::uint8_t *>(&seen + 1); ++byte) {
		*byte = 0xa5; // everything behind it comes from the pages
	}
	seen.pi_type = seen.guard_bits = seen.storage_tag_bits = seen.metadata_inline = seen.command_set = 0xa5;
	namespace nvme = ringline::nvme;
	ASSERT_TRUE(succeeded(admin(identify(nvme::cns_controller, 0))));
	nvme::decode_controller(page_, 4096, &seen);
	ASSERT_TRUE(succeeded(admin(identify(nvme::cns_namespace, 1))));
	ASSERT_TRUE(nvme::decode_namespace(page_, &seen));
	ASSERT_TRUE(succeeded(admin(identify(nvme::cns_descriptors, 1))));
	nvme::decode_descriptors(page_, &seen);
	ASSERT_TRUE(succeeded(admin(identify(nvme::cns_csi_namespace, 1))));
	nvme::decode_nvm(page_, &seen);
	ASSERT_TRUE(succeeded(admin(identify(nvme::cns_csi_controller, 0))));
	nvme::decode_nvm_controller(page_, 4096, &seen);
	auto zoned = identify(nvme::cns_csi_namespace, 1);
	zoned.cdw11 = std::uint32_t{nvme::csi_zoned} << 24;
	ASSERT_TRUE(succeeded(admin(zoned)));
	nvme::decode_zoned(page_, &seen);
	zoned = identify(nvme::cns_csi_controller, 0);
	zoned.cdw11 = std::uint32_t{nvme::csi_zoned} << 24;
	ASSERT_TRUE(succeeded(admin(zoned)));
	nvme::decode_zoned_controller(page_, 4096, &seen);
	nvme::apply_limits(&seen);
	std::fill(std::begin(seen.reserved1), std::end(seen.reserved1), std::uint8_t{0});
	EXPECT_EQ(std::memcmp(&seen, &info, sizeof info), 0);
	EXPECT_EQ(seen.commands, info.commands);
	EXPECT_EQ(seen.storage_tag_bits, info.storage_tag_bits);
	EXPECT_EQ(seen.write_zeroes_max_blocks, info.write_zeroes_max_blocks);
	EXPECT_EQ(seen.dataset_max_ranges, info.dataset_max_ranges);
}

TEST_F(SimulatedAdminTest, a_device_without_zones_has_no_page_of_them)
{
	auto zoned = identify(ringline::nvme::cns_csi_namespace, 1);
	zoned.cdw11 = std::uint32_t{ringline::nvme::csi_zoned} << 24;
	EXPECT_TRUE(has_status(admin(zoned), 0x4002));
}

TEST_F(SimulatedAdminTest, a_format_erases_metadata_zones_and_uncorrectable_blocks_too)
{
	ringline_sim_options options = {};
	options.blocks = blocks;
	options.metadata_size = 8;
	options.pi_type = 1;
	options.zone_blocks = 16;
	make(options);
	const auto data = pattern(512);
	const auto metadata = pattern(8, 2);
	auto write = write_command(16, 1, data);
	write.metadata = reinterpret_cast<std::uintptr_t>(metadata.data());
	write.metadata_length = 8;
	ASSERT_TRUE(succeeded(perform(write)));
	ASSERT_TRUE(succeeded(perform(command(RINGLINE_NVME_WRITE_UNCORRECTABLE, 0, 1, nullptr, 0))));
	ringline_nvme_command format = {};
	format.opcode = RINGLINE_NVME_FORMAT;
	format.nsid = 1;
	EXPECT_TRUE(has_status(admin(format), 0x410a)) << "without the protection in use";
	format.cdw10 = 1U << 5;
	ASSERT_TRUE(succeeded(admin(format)));
	std::vector<std::uint8_t> read_data(512, 0xee);
	std::vector<std::uint8_t> read_metadata(8, 0xee);
	for (const std::uint64_t lba : {0U, 16U}) {
		auto read = read_command(lba, 1, read_data);
		read.metadata = reinterpret_cast<std::uintptr_t>(read_metadata.data());
		read.metadata_length = 8;
		ASSERT_TRUE(succeeded(perform(read))) << lba;
		EXPECT_EQ(read_data, std::vector<std::uint8_t>(512));
		EXPECT_EQ(read_metadata, std::vector<std::uint8_t>(8, 0xff));
		write.cdw10 = static_cast<std::uint32_t>(lba);
		EXPECT_TRUE(succeeded(perform(write))) << "the write pointer is at the start again";
	}
}

} // namespace

} // namespace simulated
