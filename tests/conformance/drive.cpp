// SPDX-License-Identifier: MIT OR Apache-2.0
#include "drive.h"

#include <ringline/protection.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <ostream>

namespace conformance
{

namespace
{

constexpr std::int64_t patience_ns = 30'000'000'000;
constexpr std::uint64_t mebibyte = 1U << 20;
/// Has flexible data placement, and is there with QEMU 10 alone.
constexpr const char *placement_node = "ringD-ng1";

/// The simulated edition of a drive: what tools/vm/bed/devices.py has QEMU make.
ringline_sim_options simulated(std::uint32_t block_size, std::uint32_t metadata_size = 0, std::uint8_t pi_type = 0,
			       std::uint32_t flags = 0, std::uint8_t guard_bits = 0)
{
	ringline_sim_options options = {};
	options.struct_size = sizeof options;
	options.blocks = 16 * mebibyte / block_size;
	options.block_size = block_size;
	options.metadata_size = metadata_size;
	options.pi_type = pi_type;
	options.flags = flags;
	options.guard_bits = guard_bits;
	return options;
}

ringline_sim_options with_zones()
{
	ringline_sim_options options = simulated(512);
	options.blocks = 64 * mebibyte / 512;
	options.zone_blocks = 2 * mebibyte / 512;
	options.zone_capacity_blocks = mebibyte / 512;
	options.zone_max_open = 4;
	options.zone_max_active = 8;
	return options;
}

} // namespace

std::ostream &operator<<(std::ostream &stream, const Drive &drive)
{
	return stream << drive.name;
}

std::string name_of(const testing::TestParamInfo<Drive> &info)
{
	return info.param.name;
}

std::vector<Drive> drives()
{
	struct Kind {
		const char *simulated; ///< Null: there is no such simulated device.
		const char *node;      ///< Of tools/vm/bed/devices.py.
		ringline_sim_options options;
	};
	const Kind kinds[] = {
		{"sim512", "ringA-ng1", simulated(512)},
		{"sim4096", "ringA-ng2", simulated(4096)},
		{"sim_type1", "ringP-ng1", simulated(512, 8, 1)},
		{"sim_type2", "ringP-ng2", simulated(512, 8, 2)},
		{"sim_type3", "ringP-ng3", simulated(512, 8, 3)},
		{"sim_extended", "ringP-ng4", simulated(512, 8, 1, RINGLINE_SIM_METADATA_INLINE)},
		{"sim_guard64", "ringP-ng5", simulated(4096, 16, 1, 0, 64)},
		{"sim_metadata", "ringP-ng6", simulated(512, 8)},
		{"sim_zones", "ringZ-ng1", with_zones()},
		{nullptr, "ringB-ng1", simulated(512)}, // transfers of 16 KiB at most
		{nullptr, "ringC-ng1", simulated(512)}, // limits of copies
		{nullptr, "ringM-ng1", simulated(512)}, // a multipath head
		{nullptr, "ringN-ng1", simulated(512)}, // over TCP
		{nullptr, placement_node, simulated(512)},
	};
	std::vector<Drive> all;
	for (const Kind &kind : kinds) {
		if (kind.simulated != nullptr) {
			all.push_back({kind.simulated, kind.options, ""});
		}
	}
	for (const Kind &kind : kinds) {
		if (std::getenv("RINGLINE_VM") != nullptr) {
			std::string name = kind.node;
			std::replace(name.begin(), name.end(), '-', '_');
			all.push_back({name, kind.options, std::string("/dev/vm/") + kind.node});
		}
	}
	return all;
}

namespace
{

template <class Wanted> std::vector<Drive> those(Wanted &&wanted)
{
	std::vector<Drive> some;
	for (const Drive &drive : drives()) {
		if (wanted(drive.options)) {
			some.push_back(drive);
		}
	}
	return some;
}

} // namespace

std::vector<Drive> unzoned_drives()
{
	return those([](const ringline_sim_options &options) { return options.zone_blocks == 0; });
}

std::vector<Drive> protected_drives()
{
	return those([](const ringline_sim_options &options) { return options.pi_type != 0; });
}

std::vector<Drive> zoned_drives()
{
	return those([](const ringline_sim_options &options) { return options.zone_blocks != 0; });
}

std::vector<Drive> placement_drives()
{
	std::vector<Drive> some = drives();
	std::erase_if(some, [](const Drive &drive) { return !drive.node.ends_with(placement_node); });
	return some;
}

std::vector<Drive> real_drives()
{
	std::vector<Drive> some = drives();
	std::erase_if(some, [](const Drive &drive) { return drive.node.empty(); });
	return some;
}

Buffers::Buffers(const ringline_device_info &of, std::uint32_t blocks, bool stripped)
	: info(of), count(blocks), extended(of.metadata_inline != 0 && !stripped),
	  metadata_length(of.metadata_inline != 0 || stripped ? 0 : blocks * of.metadata_size),
	  data(std::size_t{blocks} * (of.block_size + (extended ? of.metadata_size : 0))),
	  metadata(std::max<std::size_t>(metadata_length, 1))
{
	data.fill(0xee);
	metadata.fill(0xee);
}

void Buffers::fill(std::uint64_t seed) const
{
	contract::fill_pattern(data.bytes(), seed);
	contract::fill_pattern(metadata.bytes(), ~seed);
}

void Buffers::protect(std::uint64_t lba) const
{
	if (info.pi_type == 0) {
		return;
	}
	ringline_protection protection = {};
	protection.struct_size = sizeof protection;
	ASSERT_EQ(ringline_protection_of(&info, &protection), 0);
	protection.reference_tag = info.pi_type == 3 ? 0 : lba;
	ASSERT_EQ(ringline_protection_generate(&protection, count, data.data(), data.size(),
					       extended ? nullptr : metadata.data(), metadata_length),
		  0);
}

bool Buffers::equal(const Buffers &other) const
{
	return std::memcmp(data.data(), other.data.data(), data.size()) == 0 &&
	       std::memcmp(metadata.data(), other.metadata.data(), metadata_length) == 0;
}

std::uint8_t *Buffers::data_of(std::uint32_t block) const
{
	return data.data() + std::size_t{block} * (info.block_size + (extended ? info.metadata_size : 0));
}

std::uint8_t *Buffers::metadata_of(std::uint32_t block) const
{
	return extended ? data_of(block) + info.block_size : metadata.data() + std::size_t{block} * info.metadata_size;
}

void ConformanceTest::SetUp()
{
	std::string path = GetParam().node;
	if (path.empty()) {
		folder_ = (std::filesystem::temp_directory_path() / "ringline-conformance-XXXXXX").string();
		ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
		ASSERT_EQ(ringline_sim_create((folder_ + "/image").c_str(), &GetParam().options), 0);
		path = "sim:" + folder_ + "/image";
	} else if (::access(path.c_str(), F_OK) != 0) {
		GTEST_SKIP() << "this machine has no " << path;
	}
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	ASSERT_EQ(ringline_device_open(path.c_str(), nullptr, &diagnosis, &device_), 0) << diagnosis.text;
	info_.struct_size = sizeof info_;
	ASSERT_EQ(ringline_device_info_get(device_, &info_), 0);
	const ringline_sim_options &expected = GetParam().options;
	ASSERT_EQ(info_.block_size, expected.block_size);
	ASSERT_EQ(info_.metadata_size, expected.metadata_size);
	ASSERT_EQ(info_.pi_type, expected.pi_type);
	ASSERT_EQ(info_.zone_blocks, expected.zone_blocks);
	ASSERT_EQ(ringline_queue_create(nullptr, &diagnosis, &queue_), 0) << diagnosis.text;
	ASSERT_EQ(ringline_queue_attach(queue_, device_), 0);
	if (zoned()) {
		ringline_command_extended reset = command(RINGLINE_NVME_ZONE_MANAGEMENT_SEND, 0, 0, RINGLINE_ALL_ZONES);
		reset.base.action = RINGLINE_ZONE_RESET;
		ASSERT_TRUE(succeeded(run(reset)));
	}
}

void ConformanceTest::TearDown()
{
	if (device_.value != 0) {
		EXPECT_EQ(ringline_device_close(device_), 0);
	}
	EXPECT_EQ(ringline_queue_destroy(queue_), 0);
	if (!folder_.empty()) {
		std::filesystem::remove_all(folder_);
	}
}

std::uint16_t ConformanceTest::checks() const
{
	return static_cast<std::uint16_t>(RINGLINE_CHECK_GUARD | RINGLINE_CHECK_APPLICATION_TAG |
					  (info_.pi_type != 3 ? RINGLINE_CHECK_REFERENCE_TAG : 0U));
}

ringline_command_extended ConformanceTest::command(std::uint8_t opcode, std::uint64_t lba, std::uint32_t blocks,
						   std::uint16_t flags) const
{
	ringline_command_extended made = {};
	made.base.device = device_;
	made.base.opcode = opcode;
	made.base.lba = lba;
	made.base.blocks = blocks;
	made.base.flags = flags;
	if (protects()) {
		made.reference_tag = info_.pi_type == 3 ? 0 : lba;
		made.application_mask = 0xffff;
	}
	return made;
}

ringline_command_extended ConformanceTest::transfer(std::uint8_t opcode, std::uint64_t lba, const Buffers &buffers,
						    std::uint16_t flags) const
{
	ringline_command_extended made = command(opcode, lba, buffers.count, flags);
	made.base.address = buffers.data.address();
	made.base.length = buffers.data.size();
	if (buffers.metadata_length != 0) {
		made.base.metadata_address = buffers.metadata.address();
		made.base.metadata_length = buffers.metadata_length;
	}
	return made;
}

ringline_completion ConformanceTest::run(const ringline_command_extended &wanted) const
{
	ringline_completion completion = {};
	const std::int32_t pushed = ringline_push_extended(queue_, &wanted, 1);
	EXPECT_EQ(pushed, 1);
	if (pushed == 1) {
		EXPECT_EQ(ringline_submit_and_wait(queue_, &completion, 1, 1, patience_ns), 1);
	} else {
		completion.error = pushed;
	}
	return completion;
}

ringline_completion ConformanceTest::run_raw(const ringline_nvme_command &wire) const
{
	ringline_completion completion = {};
	ringline_raw_command raw = {};
	raw.device = device_;
	raw.command = wire;
	const std::int32_t pushed = ringline_push_raw(queue_, &raw, 1);
	EXPECT_EQ(pushed, 1);
	if (pushed == 1) {
		EXPECT_EQ(ringline_submit_and_wait(queue_, &completion, 1, 1, patience_ns), 1);
	} else {
		completion.error = pushed;
	}
	return completion;
}

ringline_nvme_command ConformanceTest::wire(const ringline_command_extended &wanted) const
{
	ringline_nvme_command made = {};
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	EXPECT_EQ(ringline_encode(&wanted, &made, &diagnosis), 0) << diagnosis.text;
	return made;
}

ringline_nvme_command ConformanceTest::verify_wire(const ringline_command_extended &wanted) const
{
	// Every device has Write Zeroes, whose wire form is the same.
	ringline_command_extended same = wanted;
	same.base.opcode = RINGLINE_NVME_WRITE_ZEROES;
	ringline_nvme_command made = wire(same);
	made.opcode = RINGLINE_NVME_VERIFY;
	return made;
}

ringline_completion ConformanceTest::verify(const ringline_command_extended &wanted) const
{
	return can(RINGLINE_CAN_VERIFY) ? run(wanted) : run_raw(verify_wire(wanted));
}

void ConformanceTest::dirty(std::uint64_t lba, std::uint64_t seed) const
{
	const Buffers buffers(info_, some);
	buffers.fill(seed);
	buffers.protect(lba);
	ASSERT_TRUE(succeeded(write(lba, buffers)));
}

bool ConformanceTest::reads_zeros(std::uint64_t lba, std::uint32_t blocks) const
{
	const Buffers buffers(info_, blocks);
	EXPECT_TRUE(succeeded(read(lba, buffers)));
	for (std::uint32_t i = 0; i < blocks; ++i) {
		const std::uint8_t *bytes = buffers.data_of(i);
		if (std::any_of(bytes, bytes + info_.block_size, [](std::uint8_t byte) { return byte != 0; })) {
			return false;
		}
	}
	return true;
}

testing::AssertionResult succeeded(const ringline_completion &completion)
{
	return has_status(completion, 0);
}

testing::AssertionResult has_status(const ringline_completion &completion, std::uint16_t status)
{
	if (completion.error == 0 && completion.status == status) {
		return testing::AssertionSuccess();
	}
	char text[64];
	(void)std::snprintf(text, sizeof text, "error %d, status 0x%04x", completion.error, completion.status);
	return testing::AssertionFailure() << text;
}

} // namespace conformance
