// SPDX-License-Identifier: MIT OR Apache-2.0
// Metadata and protection information of a simulated device, in every layout.
#include "nvme/protection.h"
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <ostream>

namespace simulated
{

namespace
{

constexpr std::uint32_t action = 1U << 29; // PRACT
constexpr std::uint32_t check_guard = 1U << 28;
constexpr std::uint32_t check_application = 1U << 27;
constexpr std::uint32_t check_reference = 1U << 26;
constexpr std::uint32_t check_storage = 1U << 24;
// ... and of the blocks that a Copy reads.
constexpr std::uint32_t check_source_storage = 1U << 25;
constexpr std::uint32_t check_source_guard = 1U << 14;
constexpr std::uint32_t check_source_reference = 1U << 12;

struct Layout {
	std::uint32_t block_size;
	std::uint32_t metadata_size;
	std::uint32_t flags;
	std::uint8_t pi_type;
	std::uint8_t guard_bits;
	std::uint8_t storage_tag_bits;
};

std::ostream &operator<<(std::ostream &stream, const Layout &layout)
{
	return stream << "blocks of " << layout.block_size << ", metadata " << layout.metadata_size << ", flags "
		      << layout.flags << ", type " << static_cast<int>(layout.pi_type) << ", guard "
		      << static_cast<int>(layout.guard_bits);
}

class SimulatedProtectionTest : public ImageTest, public testing::WithParamInterface<Layout>
{
protected:
	static constexpr std::uint32_t count = 40;
	static constexpr std::uint64_t lba = 11;

	void SetUp() override
	{
		const Layout &layout = GetParam();
		ringline_sim_options options = {};
		options.blocks = blocks;
		options.block_size = layout.block_size;
		options.metadata_size = layout.metadata_size;
		options.flags = layout.flags;
		options.pi_type = layout.pi_type;
		options.guard_bits = layout.guard_bits;
		options.storage_tag_bits = layout.storage_tag_bits;
		make(options);
		data_ = pattern(std::size_t{count} * layout.block_size, 1);
		metadata_ = pattern(std::size_t{count} * layout.metadata_size, 2);
		protection_ = ringline::nvme::protection_of(opened().info());
		protection_.metadata_inline = 0;
		protection_.reference_tag = layout.pi_type == 3 ? 0 : lba;
		protection_.application_tag = 0x1234;
		protection_.application_mask = 0xffff;
		protection_.storage_tag = layout.storage_tag_bits != 0 ? 0x5a : 0;
		if (layout.pi_type != 0) {
			ringline::nvme::generate_protection(protection_, count, data_.data(), metadata_.data());
		}
	}

	static bool is_inline() { return (GetParam().flags & RINGLINE_SIM_METADATA_INLINE) != 0; }
	static bool strips() { return GetParam().metadata_size == (GetParam().guard_bits > 16 ? 16U : 8U); }
	std::size_t pi_offset() const
	{
		const std::size_t bytes = GetParam().guard_bits > 16 ? 16 : 8;
		return (GetParam().flags & RINGLINE_SIM_PI_FIRST) != 0 ? 0 : GetParam().metadata_size - bytes;
	}

	/// All bytes as the command transfers them.
	std::vector<std::uint8_t> joined() const
	{
		std::vector<std::uint8_t> bytes;
		for (std::uint32_t i = 0; i < count; ++i) {
			bytes.insert(bytes.end(), data_.begin() + i * GetParam().block_size,
				     data_.begin() + (i + 1) * GetParam().block_size);
			bytes.insert(bytes.end(), metadata_.begin() + i * GetParam().metadata_size,
				     metadata_.begin() + (i + 1) * GetParam().metadata_size);
		}
		return bytes;
	}
	void split(const std::vector<std::uint8_t> &bytes)
	{
		const std::size_t whole = GetParam().block_size + GetParam().metadata_size;
		for (std::uint32_t i = 0; i < count; ++i) {
			const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(i * whole);
			std::copy_n(from, GetParam().block_size, data_.begin() + i * GetParam().block_size);
			std::copy_n(from + GetParam().block_size, GetParam().metadata_size,
				    metadata_.begin() + i * GetParam().metadata_size);
		}
	}

	ringline_nvme_command protect(ringline_nvme_command made, std::uint32_t flags) const
	{
		__extension__ using Space = unsigned __int128;
		const unsigned tags = GetParam().guard_bits == 32 ? 80 : GetParam().guard_bits == 64 ? 48 : 32;
		const Space space = Space{protection_.storage_tag} << (tags - GetParam().storage_tag_bits) |
				    protection_.reference_tag;
		made.cdw12 |= flags;
		made.cdw14 = static_cast<std::uint32_t>(space);
		made.cdw3 = static_cast<std::uint32_t>(space >> 32);
		made.cdw2 = static_cast<std::uint32_t>(space >> 64);
		made.cdw15 = std::uint32_t{protection_.application_mask} << 16 | protection_.application_tag;
		return made;
	}

	/// Transfers data_ and metadata_, whatever the layout; a read puts there what came.
	device::Outcome transfer(std::uint8_t opcode, std::uint32_t flags)
	{
		const bool stripped = (flags & action) != 0 && strips();
		std::vector<std::uint8_t> bytes = is_inline() && !stripped ? joined() : data_;
		ringline_nvme_command made = command(opcode, lba, count, bytes.data(), bytes.size());
		if (!is_inline() && !stripped) {
			made.metadata = reinterpret_cast<std::uintptr_t>(metadata_.data());
			made.metadata_length = static_cast<std::uint32_t>(metadata_.size());
		}
		const device::Outcome outcome = perform(protect(made, flags));
		if (opcode == RINGLINE_NVME_READ && is_inline() && !stripped) {
			split(bytes);
		} else {
			data_ = bytes.size() == data_.size() ? bytes : data_;
		}
		return outcome;
	}
	device::Outcome verify(std::uint32_t flags)
	{
		return perform(protect(command(RINGLINE_NVME_VERIFY, lba, count, nullptr, 0), flags));
	}
	struct Source {
		std::uint64_t lba;
		std::uint32_t blocks;
		std::uint64_t reference_tag;
		std::uint64_t storage_tag;
	};
	[[nodiscard]] Source source(std::uint64_t from, std::uint32_t length) const
	{
		return {from, length, from, protection_.storage_tag};
	}
	/// To block 51.
	device::Outcome copy(const std::vector<Source> &sources, std::uint32_t flags)
	{
		const std::uint32_t format = GetParam().guard_bits > 16 ? 1 : 0;
		const std::uint32_t bytes = format == 0 ? 32 : 40;
		std::uint8_t wire[2 * 40] = {};
		for (std::size_t i = 0; i < sources.size(); ++i) {
			std::uint8_t *entry = wire + i * bytes;
			ringline_range range = {};
			range.lba = sources[i].lba;
			range.blocks = sources[i].blocks;
			EXPECT_EQ(ringline_nvme_copy_ranges(&range, 1, format, entry, bytes),
				  static_cast<std::int32_t>(bytes));
			put_tags(sources[i], entry);
		}
		ringline_nvme_command made = command(RINGLINE_NVME_COPY, 51, 1, wire, bytes * sources.size());
		made.cdw12 = format << 8 | static_cast<std::uint32_t>(sources.size() - 1);
		return perform(protect(made, flags));
	}
	/// The storage tag above the reference tag, in four bytes, the lowest first, or in ten, the highest first.
	void put_tags(const Source &source, std::uint8_t *entry) const
	{
		__extension__ using Space = unsigned __int128;
		const unsigned tags = GetParam().guard_bits == 32 ? 80 : GetParam().guard_bits == 64 ? 48 : 32;
		const Space space =
			Space{source.storage_tag} << (tags - GetParam().storage_tag_bits) | source.reference_tag;
		for (unsigned i = 0; i < tags / 8; ++i) {
			entry[tags == 32 ? 24 + i : 35 - i] = static_cast<std::uint8_t>(space >> (8 * i));
		}
	}
	void forget()
	{
		std::fill(data_.begin(), data_.end(), std::uint8_t{0xcc});
		std::fill(metadata_.begin(), metadata_.end(), std::uint8_t{0xcc});
	}
	/// What this type checks.
	static std::uint32_t all_checks()
	{
		return check_guard | check_application | (GetParam().pi_type != 3 ? check_reference : 0U) |
		       (GetParam().storage_tag_bits != 0 ? check_storage : 0U);
	}

	std::vector<std::uint8_t> data_;
	std::vector<std::uint8_t> metadata_;
	ringline_protection protection_ = {};
};

TEST_P(SimulatedProtectionTest, data_and_metadata_come_back_as_they_were_written)
{
	const auto data = data_;
	const auto metadata = metadata_;
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
	forget();
	reopen();
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_READ, 0)));
	EXPECT_EQ(data_, data);
	EXPECT_EQ(metadata_, metadata);
	// The image has the data and nothing else.
	const auto image = bytes();
	ASSERT_EQ(image.size(), blocks * GetParam().block_size);
	EXPECT_TRUE(std::equal(data.begin(), data.end(), image.begin() + lba * GetParam().block_size));
}

TEST_P(SimulatedProtectionTest, checks_pass_on_what_is_right)
{
	if (GetParam().pi_type == 0) {
		GTEST_SKIP() << "no protection information";
	}
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, all_checks())));
	EXPECT_TRUE(succeeded(transfer(RINGLINE_NVME_READ, all_checks())));
	EXPECT_TRUE(succeeded(transfer(RINGLINE_NVME_COMPARE, all_checks())));
	EXPECT_TRUE(succeeded(verify(all_checks())));
}

TEST_P(SimulatedProtectionTest, each_part_that_is_wrong_has_its_status_and_nothing_is_written)
{
	if (GetParam().pi_type == 0) {
		GTEST_SKIP() << "no protection information";
	}
	struct Part {
		std::size_t byte; ///< In the field.
		std::uint32_t check;
		std::uint16_t status;
	};
	const bool is_long = GetParam().guard_bits > 16;
	const std::size_t guard = GetParam().guard_bits / 8U;
	const Part parts[] = {{0, check_guard, 0x282},
			      {guard, check_application, 0x283},
			      {is_long ? 15U : 7U, check_reference, 0x284}};
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
	const auto medium = bytes();
	for (const Part &part : parts) {
		if ((all_checks() & part.check) == 0) {
			continue;
		}
		// In the 33rd block, which is in another piece than the first.
		const std::size_t byte = 33 * GetParam().metadata_size + pi_offset() + part.byte;
		const std::uint8_t old = metadata_[byte];
		metadata_[byte] = static_cast<std::uint8_t>(old ^ 1);
		data_[0] ^= 1; // shows whether anything was written
		data_[0] ^= 0;
		EXPECT_TRUE(has_status(transfer(RINGLINE_NVME_WRITE, part.check), part.status));
		EXPECT_EQ(bytes(), medium);
		data_[0] ^= 1;
		ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
		EXPECT_TRUE(has_status(verify(part.check), part.status));
		EXPECT_TRUE(has_status(transfer(RINGLINE_NVME_COMPARE, part.check), part.status));
		EXPECT_TRUE(succeeded(verify(all_checks() & ~part.check)));
		EXPECT_TRUE(has_status(transfer(RINGLINE_NVME_READ, part.check), part.status));
		metadata_[byte] = old;
		ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
	}
}

TEST_P(SimulatedProtectionTest, the_device_makes_and_strips_it)
{
	if (GetParam().pi_type == 0) {
		GTEST_SKIP() << "no protection information";
	}
	const auto data = data_;
	auto metadata = metadata_;
	for (std::uint32_t i = 0; i < count; ++i) {
		metadata_[i * GetParam().metadata_size + pi_offset()] ^= 0xff; // is replaced
	}
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, action)));
	forget();
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_READ, all_checks())));
	EXPECT_EQ(data_, data);
	EXPECT_EQ(metadata_, metadata);
	forget();
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_READ, action | all_checks())));
	EXPECT_EQ(data_, data);
}

TEST_P(SimulatedProtectionTest, blocks_that_were_never_written_or_deallocated_are_not_checked)
{
	if (GetParam().pi_type == 0) {
		GTEST_SKIP() << "no protection information";
	}
	EXPECT_TRUE(succeeded(verify(all_checks())));
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
	auto zeroes = command(RINGLINE_NVME_WRITE_ZEROES, lba, count, nullptr, 0);
	ASSERT_TRUE(succeeded(perform(zeroes)));
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_READ, all_checks())));
	EXPECT_EQ(data_, std::vector<std::uint8_t>(data_.size()));
	const std::size_t field = GetParam().guard_bits > 16 ? 16 : 8;
	for (std::size_t i = 0; i < metadata_.size(); ++i) {
		const std::size_t within = i % GetParam().metadata_size;
		const bool protection = within >= pi_offset() && within < pi_offset() + field;
		ASSERT_EQ(metadata_[i], protection ? 0xff : 0) << i;
	}
	EXPECT_TRUE(has_status(perform(protect(zeroes, check_guard)), 0x4181));
	ASSERT_TRUE(succeeded(perform(protect(zeroes, action))));
	EXPECT_TRUE(succeeded(verify(all_checks())));
	protection_.application_tag ^= 1;
	EXPECT_TRUE(has_status(verify(check_application), 0x283)) << "this time it is made, and so checked";
}

TEST_P(SimulatedProtectionTest, what_a_type_does_not_have_is_refused)
{
	if (GetParam().pi_type == 0) {
		GTEST_SKIP() << "no protection information";
	}
	EXPECT_TRUE(has_status(verify(action), 0x4181));
	EXPECT_TRUE(has_status(transfer(RINGLINE_NVME_COMPARE, action), 0x4181));
	if (GetParam().pi_type == 3) {
		EXPECT_TRUE(has_status(transfer(RINGLINE_NVME_READ, check_reference), 0x4181));
	}
	protection_.reference_tag += 1;
	const std::uint16_t wanted = GetParam().pi_type == 1 ? 0x4181 : 0;
	if (GetParam().pi_type != 3) {
		EXPECT_TRUE(has_status(transfer(RINGLINE_NVME_READ, check_reference), wanted));
	}
}

TEST_P(SimulatedProtectionTest, copies_take_their_metadata_along)
{
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
	const auto metadata = metadata_;
	ringline_range source = {};
	source.lba = lba;
	source.blocks = 8;
	std::uint8_t wire[40] = {};
	const std::uint32_t format = GetParam().guard_bits > 16 ? 1 : 0;
	ASSERT_GT(ringline_nvme_copy_ranges(&source, 1, format, wire, sizeof wire), 0);
	ringline_nvme_command made = command(RINGLINE_NVME_COPY, 53, 1, wire, sizeof wire);
	made.cdw12 = format << 8;
	ASSERT_TRUE(succeeded(perform(made)));
	std::vector<std::uint8_t> moved(8 * (GetParam().block_size + GetParam().metadata_size));
	std::vector<std::uint8_t> moved_metadata(8 * GetParam().metadata_size);
	ringline_nvme_command read = command(RINGLINE_NVME_READ, 53, 8, moved.data(), moved.size());
	read.metadata = reinterpret_cast<std::uintptr_t>(moved_metadata.data());
	read.metadata_length = static_cast<std::uint32_t>(moved_metadata.size());
	ASSERT_TRUE(succeeded(perform(read)));
	if (is_inline()) {
		const auto all = joined();
		EXPECT_TRUE(std::equal(moved.begin(), moved.end(), all.begin()));
	} else {
		EXPECT_TRUE(std::equal(moved_metadata.begin(), moved_metadata.end(), metadata.begin()));
	}
}

TEST_P(SimulatedProtectionTest, a_copy_that_asks_for_what_cannot_be_writes_nothing)
{
	if (GetParam().pi_type != 1) {
		GTEST_SKIP() << "only with type 1 a reference tag can be wrong in itself";
	}
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
	const auto medium = bytes();
	Source wrong = source(lba + 4, 4);
	wrong.reference_tag += 1;
	EXPECT_TRUE(has_status(copy({source(lba, 4), wrong}, check_source_reference), 0x4181));
	EXPECT_EQ(bytes(), medium) << "the second range is wrong, and the first was copied";
	EXPECT_TRUE(succeeded(copy({source(lba, 4), source(lba + 4, 4)}, check_source_reference)));
}

TEST_P(SimulatedProtectionTest, a_copy_that_fails_at_a_block_says_how_many_ranges_are_copied)
{
	if (GetParam().pi_type == 0) {
		GTEST_SKIP() << "no protection information";
	}
	metadata_[5 * GetParam().metadata_size + pi_offset()] ^= 1; // of the guard
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
	const device::Outcome outcome = copy({source(lba, 4), source(lba + 4, 4)}, check_source_guard);
	EXPECT_EQ(outcome.status, 0x282);
	EXPECT_EQ(outcome.result, 1U);
	const auto image = bytes();
	const auto at = [&](std::uint64_t block) {
		return image.begin() + static_cast<std::ptrdiff_t>(block * GetParam().block_size);
	};
	EXPECT_TRUE(std::equal(at(lba), at(lba + 4), at(51)));
	EXPECT_EQ(copy({source(lba + 5, 1), source(lba, 4)}, check_source_guard).result, 0U);
}

TEST_P(SimulatedProtectionTest, a_copy_checks_the_storage_tags_of_its_sources_by_a_bit_of_their_own)
{
	if (GetParam().storage_tag_bits == 0) {
		GTEST_SKIP() << "no storage tag";
	}
	ASSERT_TRUE(succeeded(transfer(RINGLINE_NVME_WRITE, 0)));
	Source other = source(lba, 4);
	other.storage_tag ^= 1;
	EXPECT_TRUE(succeeded(copy({source(lba, 4)}, check_source_storage | check_storage)));
	EXPECT_TRUE(succeeded(copy({other}, check_storage))) << "that is the bit of what is written";
	EXPECT_NE(copy({other}, check_source_storage).status, 0);
	protection_.storage_tag ^= 1;
	EXPECT_NE(copy({other}, check_storage).status, 0);
}

TEST_P(SimulatedProtectionTest, metadata_needs_its_memory)
{
	if (is_inline()) {
		GTEST_SKIP() << "no separate metadata";
	}
	ringline_nvme_command made = command(RINGLINE_NVME_READ, lba, count, data_.data(), data_.size());
	EXPECT_TRUE(has_error(perform(made), -EFAULT, RINGLINE_NOT_SENT));
	made.metadata = 8;
	made.metadata_length = static_cast<std::uint32_t>(metadata_.size());
	EXPECT_EQ(perform(made).error, -EFAULT);
}

INSTANTIATE_TEST_SUITE_P(
	layouts, SimulatedProtectionTest,
	testing::Values(Layout{512, 8, 0, 0, 0, 0}, Layout{512, 64, RINGLINE_SIM_METADATA_INLINE, 0, 0, 0},
			Layout{512, 8, 0, 1, 16, 0}, Layout{512, 8, 0, 2, 16, 0}, Layout{512, 8, 0, 3, 16, 0},
			Layout{4096, 8, RINGLINE_SIM_METADATA_INLINE, 1, 16, 8}, Layout{512, 64, 0, 1, 16, 0},
			Layout{512, 64, RINGLINE_SIM_PI_FIRST, 2, 16, 0}, Layout{4096, 16, 0, 1, 32, 16},
			Layout{4096, 16, 0, 2, 64, 8},
			Layout{4096, 64, RINGLINE_SIM_METADATA_INLINE | RINGLINE_SIM_PI_FIRST, 1, 64, 0}));

class SimulatedMetadataFileTest : public ImageTest
{
};

TEST_F(SimulatedMetadataFileTest, an_image_whose_metadata_is_gone_or_cut_is_refused)
{
	ringline_sim_options options = {};
	options.blocks = blocks;
	options.metadata_size = 8;
	make(options);
	close();
	write_file(path() + ".metadata", std::string(blocks * 8 - 1, '\0'));
	Opening opening = open_image(path());
	EXPECT_EQ(opening.error, -EINVAL);
	EXPECT_NE(opening.text().find("is shorter than"), std::string::npos) << opening.text();
	ASSERT_EQ(::unlink((path() + ".metadata").c_str()), 0);
	opening = open_image(path());
	EXPECT_EQ(opening.error, -ENOENT) << opening.text();
}

TEST_F(SimulatedMetadataFileTest, a_layout_that_makes_no_sense_is_not_made)
{
	const auto refused = [&](auto change) {
		ringline_sim_options options = {};
		options.struct_size = sizeof options;
		options.blocks = blocks;
		change(&options);
		return device::create_image(file("another").c_str(), options) == -EINVAL && !exists(file("another"));
	};
	using Options = ringline_sim_options *;
	EXPECT_TRUE(refused([](Options o) { o->metadata_size = 6; }));
	EXPECT_TRUE(refused([](Options o) { o->metadata_size = 4100; }));
	EXPECT_TRUE(refused([](Options o) { o->flags = RINGLINE_SIM_METADATA_INLINE; }));
	EXPECT_TRUE(refused([](Options o) { o->flags = 0x80; }));
	EXPECT_TRUE(refused([](Options o) { o->pi_type = 1; }));
	EXPECT_TRUE(refused([](Options o) { o->metadata_size = 8, o->pi_type = 4; }));
	EXPECT_TRUE(refused([](Options o) { o->metadata_size = 8, o->guard_bits = 16; }));
	EXPECT_TRUE(refused([](Options o) { o->metadata_size = 16, o->pi_type = 1, o->guard_bits = 32; }));
	EXPECT_TRUE(refused([](Options o) { o->metadata_size = 8, o->pi_type = 1, o->storage_tag_bits = 33; }));
	EXPECT_TRUE(refused([](Options o) { o->zone_blocks = 24; })) << "64 is no multiple";
	EXPECT_TRUE(refused([](Options o) { o->zone_blocks = 16, o->zone_capacity_blocks = 17; }));
	EXPECT_TRUE(refused([](Options o) { o->zone_blocks = 16, o->zone_max_open = 3, o->zone_max_active = 2; }));
	EXPECT_TRUE(refused([](Options o) { o->zone_max_open = 1; }));
	EXPECT_TRUE(refused([](Options o) { o->zone_blocks = 16, o->append_max_bytes = 5000; }));
	EXPECT_TRUE(refused([](Options o) { o->verify_max_blocks = 3; }));
	EXPECT_TRUE(refused([](Options o) { o->copy_max_ranges = 257; }));
	EXPECT_TRUE(refused([](Options o) { o->dataset_max_ranges = 256; }));
	EXPECT_TRUE(refused([](Options o) { o->reserved1 = 1; }));
}

TEST_F(SimulatedMetadataFileTest, the_geometry_file_says_what_was_asked_for_and_no_more)
{
	ringline_sim_options options = {};
	options.blocks = blocks;
	options.metadata_size = 8;
	options.pi_type = 1;
	options.flags = RINGLINE_SIM_METADATA_INLINE | RINGLINE_SIM_PI_FIRST;
	options.zone_blocks = 16;
	options.zone_capacity_blocks = 12;
	make(options);
	EXPECT_EQ(read_file(path() + ".ringline"), "ringline-image 1\nblock_size=512\nblocks=64\nmdts_bytes=1048576\n"
						   "metadata_size=8\ninline=1\npi=1\npi_first=1\nguard=16\n"
						   "zone_blocks=16\nzone_capacity_blocks=12\n");
}

TEST_F(SimulatedMetadataFileTest, files_of_another_image_are_never_taken_over)
{
	ringline_sim_options options = {};
	options.struct_size = sizeof options;
	options.blocks = blocks;
	options.metadata_size = 8;
	options.zone_blocks = 16;
	for (const char *suffix : {".metadata", ".zones", ".ringline", ".uncorrectable"}) {
		const std::string other = file("other");
		write_file(other + suffix, "kept");
		EXPECT_EQ(device::create_image(other.c_str(), options), -EEXIST) << suffix;
		EXPECT_EQ(read_file(other + suffix), "kept");
		ASSERT_EQ(::unlink((other + suffix).c_str()), 0);
		for (const char *made : {"", ".metadata", ".zones", ".ringline", ".uncorrectable"}) {
			EXPECT_FALSE(exists(other + made)) << suffix << " left " << made;
		}
	}
}

} // namespace

} // namespace simulated
