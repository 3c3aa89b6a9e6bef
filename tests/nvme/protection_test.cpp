// SPDX-License-Identifier: MIT OR Apache-2.0
// Protection information against a second telling of the specification: fields made bit by bit, guards too.
#include "guard_bits.h"

#include <ringline/ringline.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <vector>

namespace
{

using Bytes = std::vector<std::uint8_t>;

/// Bits, highest first, as the specification's figures have them.
class Bits
{
public:
	void add(std::uint64_t value, unsigned count)
	{
		for (unsigned bit = count; bit-- > 0;) {
			bits_.push_back((value >> bit & 1) != 0);
		}
	}
	[[nodiscard]] Bytes bytes() const
	{
		Bytes made(bits_.size() / 8, 0);
		for (std::size_t i = 0; i < bits_.size(); ++i) {
			made[i / 8] |= static_cast<std::uint8_t>(bits_[i] << (7 - i % 8));
		}
		return made;
	}

private:
	std::vector<bool> bits_;
};

constexpr unsigned pi_bytes(unsigned guard_bits)
{
	return guard_bits == 16 ? 8 : 16;
}

unsigned reference_tag_bits(const ringline_protection &protection)
{
	return 8 * pi_bytes(protection.guard_bits) - protection.guard_bits - 16 - protection.storage_tag_bits;
}

std::uint64_t low_bits(std::uint64_t value, unsigned bits)
{
	return bits == 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

std::uint64_t guard_of(unsigned bits, const Bytes &covered)
{
	using namespace ringline::nvme;
	return bits == 16   ? guard_by_bits<Guard16>(covered.data(), covered.size())
	       : bits == 32 ? guard_by_bits<Guard32>(covered.data(), covered.size())
			    : guard_by_bits<Guard64>(covered.data(), covered.size());
}

/// Blocks in memory, full of noise until they are protected.
class Memory
{
public:
	Memory(const ringline_protection &protection, std::uint32_t blocks, unsigned seed)
		: protection_(protection), blocks_(blocks),
		  data_(blocks *
			(protection.block_size + (protection.metadata_inline != 0 ? protection.metadata_size : 0))),
		  metadata_(protection.metadata_inline != 0 ? 0 : blocks * protection.metadata_size)
	{
		std::mt19937 random(seed);
		std::ranges::generate(data_, [&] { return static_cast<std::uint8_t>(random()); });
		std::ranges::generate(metadata_, [&] { return static_cast<std::uint8_t>(random()); });
	}

	[[nodiscard]] std::int32_t generate(const ringline_protection &protection)
	{
		return ringline_protection_generate(&protection, blocks_, data_.data(), data_.size(), metadata(),
						    metadata_.size());
	}
	[[nodiscard]] std::int32_t verify(const ringline_protection &protection, ringline_protection_error *error)
	{
		return ringline_protection_verify(&protection, blocks_, data_.data(), data_.size(), metadata(),
						  metadata_.size(), error);
	}

	std::uint8_t *data_of(std::uint32_t block) { return &data_[block * data_.size() / blocks_]; }
	std::uint8_t *metadata_of(std::uint32_t block)
	{
		return protection_.metadata_inline != 0 ? data_of(block) + protection_.block_size
							: &metadata_[block * protection_.metadata_size];
	}
	[[nodiscard]] unsigned pi_offset() const
	{
		return protection_.pi_first != 0 ? 0 : protection_.metadata_size - pi_bytes(protection_.guard_bits);
	}
	std::uint8_t *pi_of(std::uint32_t block) { return metadata_of(block) + pi_offset(); }

	/// What the guard of a block covers.
	Bytes covered(std::uint32_t block)
	{
		Bytes bytes(data_of(block), data_of(block) + protection_.block_size);
		bytes.insert(bytes.end(), metadata_of(block), pi_of(block));
		return bytes;
	}

	/// The PI field that a block should have.
	Bytes field(std::uint32_t block)
	{
		const unsigned bits = reference_tag_bits(protection_);
		const std::uint64_t reference_tag = protection_.reference_tag + (protection_.pi_type == 3 ? 0 : block);
		Bits made;
		made.add(guard_of(protection_.guard_bits, covered(block)), protection_.guard_bits);
		made.add(protection_.application_tag, 16);
		made.add(protection_.storage_tag, protection_.storage_tag_bits);
		made.add(reference_tag, bits);
		return made.bytes();
	}

	Bytes &data() { return data_; }
	Bytes &metadata_bytes() { return metadata_; }

private:
	void *metadata() { return metadata_.empty() ? nullptr : metadata_.data(); }

	ringline_protection protection_;
	std::uint32_t blocks_;
	Bytes data_;
	Bytes metadata_;
};

ringline_protection protection_with(unsigned guard_bits, unsigned storage_tag_bits)
{
	ringline_protection protection = {};
	protection.struct_size = sizeof protection;
	protection.block_size = 512;
	protection.metadata_size = pi_bytes(guard_bits);
	protection.pi_type = 1;
	protection.guard_bits = static_cast<std::uint8_t>(guard_bits);
	protection.storage_tag_bits = static_cast<std::uint8_t>(storage_tag_bits);
	protection.application_tag = 0xa5c3;
	protection.application_mask = 0xffff;
	protection.reference_tag = 0xfedcba9876543210;
	protection.storage_tag = low_bits(0x8123456789abcdef, storage_tag_bits);
	return protection;
}

/// Every guard with the least, the most and some sizes of storage tag between, whole bytes and not.
std::vector<ringline_protection> formats()
{
	std::vector<ringline_protection> all;
	for (const unsigned bits : {0, 1, 7, 8, 16, 31, 32}) {
		all.push_back(protection_with(16, bits));
	}
	for (const unsigned bits : {16, 17, 31, 32, 33, 48, 63, 64}) {
		all.push_back(protection_with(32, bits));
	}
	for (const unsigned bits : {0, 1, 16, 24, 33, 47, 48}) {
		all.push_back(protection_with(64, bits));
	}
	return all;
}

/// Every format in every layout and type.
std::vector<ringline_protection> layouts()
{
	std::vector<ringline_protection> all;
	for (ringline_protection protection : formats()) {
		const std::uint32_t least = protection.metadata_size;
		for (unsigned variant = 0; variant < 3 * 2 * 2 * 3; ++variant) {
			protection.pi_type = static_cast<std::uint8_t>(1 + variant % 3);
			protection.pi_first = variant / 3 % 2 != 0;
			protection.metadata_inline = variant / 6 % 2 != 0;
			protection.metadata_size = variant / 12 == 0 ? least : variant / 12 == 1 ? least + 1 : 64;
			all.push_back(protection);
		}
	}
	return all;
}

std::string name(const ringline_protection &protection)
{
	return "guard " + std::to_string(protection.guard_bits) + ", storage tag " +
	       std::to_string(protection.storage_tag_bits) + ", type " + std::to_string(protection.pi_type) +
	       (protection.pi_first != 0 ? ", first" : ", last") +
	       (protection.metadata_inline != 0 ? ", inline, " : ", separate, ") +
	       std::to_string(protection.metadata_size) + " bytes of metadata";
}

ringline_protection_error an_error()
{
	ringline_protection_error error = {};
	error.struct_size = sizeof error;
	return error;
}

// Figures "16b", "32b" and "64b Guard Protection Information Format", written out by hand.
TEST(Protection, fact_23_has_the_fields_of_the_specification)
{
	struct Example {
		ringline_protection protection;
		Bytes field;
	};
	const Example examples[] = {
		{protection_with(16, 8), {0, 0, 0xa5, 0xc3, 0xef, 0x54, 0x32, 0x10}},
		{protection_with(32, 32),
		 {0, 0, 0, 0, 0xa5, 0xc3, 0x89, 0xab, 0xcd, 0xef, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10}},
		{protection_with(64, 16), {0, 0, 0, 0, 0, 0, 0, 0, 0xa5, 0xc3, 0xcd, 0xef, 0x76, 0x54, 0x32, 0x10}},
	};
	for (const Example &example : examples) {
		const ringline_protection &protection = example.protection;
		Memory memory(protection, 1, 1);
		ASSERT_EQ(memory.generate(protection), 0);
		// The guard is that of the data, and tested elsewhere.
		const unsigned guard_bytes = protection.guard_bits / 8;
		Bytes field = example.field;
		Bits guard;
		guard.add(guard_of(protection.guard_bits, memory.data()), protection.guard_bits);
		const Bytes first = guard.bytes();
		std::copy_n(first.begin(), guard_bytes, field.begin());
		EXPECT_EQ(Bytes(memory.pi_of(0), memory.pi_of(0) + field.size()), field) << name(protection);
	}
}

TEST(Protection, is_generated_where_it_belongs_and_nothing_else_is_written)
{
	constexpr std::uint32_t blocks = 3;
	for (const ringline_protection &protection : layouts()) {
		Memory wanted(protection, blocks, 5);
		for (std::uint32_t block = 0; block < blocks; ++block) {
			std::ranges::copy(wanted.field(block), wanted.pi_of(block));
		}
		Memory memory(protection, blocks, 5);
		ASSERT_EQ(memory.generate(protection), 0) << name(protection);
		ASSERT_EQ(memory.data(), wanted.data()) << name(protection);
		ASSERT_EQ(memory.metadata_bytes(), wanted.metadata_bytes()) << name(protection);
		ASSERT_EQ(memory.verify(protection, nullptr), 0) << name(protection);
	}
}

/// What is wrong when the bits of the PI field at `bit` are another.
struct Part {
	std::uint16_t check;
	std::uint16_t status;
	unsigned first_bit;
	unsigned bits;
};

std::vector<Part> parts(const ringline_protection &protection)
{
	const unsigned guard = protection.guard_bits;
	const unsigned storage = protection.storage_tag_bits;
	return {{RINGLINE_PROTECTION_GUARD, 0x282, 0, guard},
		{RINGLINE_PROTECTION_APPLICATION_TAG, 0x283, guard, 16},
		{RINGLINE_PROTECTION_REFERENCE_TAG, 0x284, guard + 16 + storage, reference_tag_bits(protection)},
		{RINGLINE_PROTECTION_STORAGE_TAG, 0x288, guard + 16, storage}};
}

bool is_checked(const ringline_protection &protection, const Part &part)
{
	return part.bits != 0 && (part.check != RINGLINE_PROTECTION_REFERENCE_TAG || protection.pi_type != 3);
}

void flip(std::uint8_t *bytes, std::size_t bit)
{
	bytes[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
}

TEST(Protection, a_changed_bit_of_each_part_is_told_with_its_block_and_status)
{
	for (const ringline_protection &protection : layouts()) {
		Memory memory(protection, 2, 9);
		ASSERT_EQ(memory.generate(protection), 0);
		for (const Part &part : parts(protection)) {
			for (const unsigned bit : {0U, part.bits - 1}) {
				if (part.bits == 0) {
					continue;
				}
				flip(memory.pi_of(1), part.first_bit + bit);
				ringline_protection_error error = an_error();
				const std::int32_t verified = memory.verify(protection, &error);
				flip(memory.pi_of(1), part.first_bit + bit);
				if (!is_checked(protection, part)) {
					ASSERT_EQ(verified, 0) << name(protection) << ", check " << part.check;
					continue;
				}
				ASSERT_EQ(verified, -EBADMSG) << name(protection) << ", check " << part.check;
				ASSERT_EQ(error.block, 1) << name(protection);
				ASSERT_EQ(error.check, part.check) << name(protection);
				ASSERT_EQ(error.status, part.status) << name(protection);
				ASSERT_EQ(error.given ^ error.wanted, std::uint64_t{1} << (part.bits - 1 - bit))
					<< name(protection) << ", check " << part.check;
			}
		}
	}
}

TEST(Protection, tells_the_tags_that_are_there_and_that_should_be)
{
	ringline_protection protection = protection_with(64, 16);
	Memory memory(protection, 3, 2);
	ASSERT_EQ(memory.generate(protection), 0);
	ringline_protection_error error = an_error();
	protection.reference_tag += 5;
	ASSERT_EQ(memory.verify(protection, &error), -EBADMSG);
	EXPECT_EQ(error.block, 0);
	EXPECT_EQ(error.given, 0x76543210);
	EXPECT_EQ(error.wanted, 0x76543215);
	protection.reference_tag -= 5;
	protection.storage_tag = 0x1234;
	ASSERT_EQ(memory.verify(protection, &error), -EBADMSG);
	EXPECT_EQ(error.given, 0xcdef);
	EXPECT_EQ(error.wanted, 0x1234);
	EXPECT_EQ(error.struct_size, sizeof error);
}

TEST(Protection, is_checked_in_the_order_guard_application_reference_storage)
{
	ringline_protection protection = protection_with(16, 8);
	Memory memory(protection, 1, 3);
	ASSERT_EQ(memory.generate(protection), 0);
	for (const Part &part : parts(protection)) {
		flip(memory.pi_of(0), part.first_bit);
	}
	std::uint16_t left = RINGLINE_PROTECTION_GUARD | RINGLINE_PROTECTION_APPLICATION_TAG |
			     RINGLINE_PROTECTION_REFERENCE_TAG | RINGLINE_PROTECTION_STORAGE_TAG;
	for (const Part &part : parts(protection)) {
		protection.flags = left;
		ringline_protection_error error = an_error();
		ASSERT_EQ(memory.verify(protection, &error), -EBADMSG);
		EXPECT_EQ(error.check, part.check);
		left = static_cast<std::uint16_t>(left & ~part.check);
	}
}

TEST(Protection, checks_only_what_is_asked_for)
{
	for (const Part &wrong : parts(protection_with(16, 8))) {
		for (const Part &asked : parts(protection_with(16, 8))) {
			ringline_protection protection = protection_with(16, 8);
			Memory memory(protection, 1, 3);
			ASSERT_EQ(memory.generate(protection), 0);
			flip(memory.pi_of(0), wrong.first_bit);
			protection.flags = asked.check;
			EXPECT_EQ(memory.verify(protection, nullptr), wrong.check == asked.check ? -EBADMSG : 0)
				<< wrong.check << ' ' << asked.check;
		}
	}
}

TEST(Protection, compares_the_bits_of_the_application_tag_that_the_mask_names)
{
	ringline_protection protection = protection_with(16, 0);
	Memory memory(protection, 1, 3);
	ASSERT_EQ(memory.generate(protection), 0);
	protection.application_tag ^= 0x00f0;
	protection.application_mask = 0xff0f;
	EXPECT_EQ(memory.verify(protection, nullptr), 0);
	protection.application_mask = 0xff1f;
	ringline_protection_error error = an_error();
	ASSERT_EQ(memory.verify(protection, &error), -EBADMSG);
	EXPECT_EQ(error.given, 0xa5c3 & 0xff1f);
	EXPECT_EQ(error.wanted, 0xa533 & 0xff1f);
	protection.application_mask = 0;
	EXPECT_EQ(memory.verify(protection, nullptr), 0);
}

TEST(Protection, reference_tags_wrap_at_their_size)
{
	for (ringline_protection protection : formats()) {
		protection.reference_tag = ~std::uint64_t{0};
		Memory memory(protection, 2, 3);
		ASSERT_EQ(memory.generate(protection), 0);
		EXPECT_EQ(Bytes(memory.pi_of(1), memory.pi_of(1) + pi_bytes(protection.guard_bits)), memory.field(1))
			<< name(protection);
		// Behind the last one there is the first one again, whatever is above the tag's bits.
		protection.reference_tag = low_bits(protection.reference_tag, reference_tag_bits(protection));
		EXPECT_EQ(memory.verify(protection, nullptr), 0) << name(protection);
	}
}

TEST(Protection, a_block_with_application_tag_ffff_is_not_checked_and_of_type_3_with_reference_tag_of_ones)
{
	for (ringline_protection protection : layouts()) {
		protection.application_tag = 0xffff;
		for (const bool ones : {false, true}) {
			protection.reference_tag = ones ? ~std::uint64_t{0} : 0;
			Memory memory(protection, 2, 3);
			ASSERT_EQ(memory.generate(protection), 0);
			memory.data_of(0)[17] ^= 1;
			const bool unchecked = protection.pi_type != 3 || ones || reference_tag_bits(protection) == 0;
			EXPECT_EQ(memory.verify(protection, nullptr), unchecked ? 0 : -EBADMSG) << name(protection);
			// One such block hides no other.
			if (unchecked && protection.pi_type != 3) {
				memory.pi_of(1)[protection.guard_bits / 8] = 0;
				ringline_protection_error error = an_error();
				EXPECT_EQ(memory.verify(protection, &error), -EBADMSG) << name(protection);
				EXPECT_EQ(error.block, 1);
			}
		}
	}
}

/// Whether a check sees this bit of a block's data and metadata.
bool is_seen(const ringline_protection &protection, std::size_t bit)
{
	const std::size_t byte = bit / 8;
	const std::size_t field = pi_bytes(protection.guard_bits);
	if (byte < protection.block_size) {
		return true;
	}
	const std::size_t in_metadata = byte - protection.block_size;
	const std::size_t offset = protection.pi_first != 0 ? 0 : protection.metadata_size - field;
	if (in_metadata >= offset + field) {
		return false; // behind a field that comes first nothing is covered
	}
	const std::size_t bits = (in_metadata - offset) * 8 + bit % 8;
	return in_metadata < offset || protection.pi_type != 3 || bits < field * 8 - reference_tag_bits(protection);
}

TEST(Protection, any_changed_bit_is_noticed_if_and_only_if_it_is_covered)
{
	std::mt19937_64 random(1);
	const std::vector<ringline_protection> all = layouts();
	for (int i = 0; i < 6'000; ++i) {
		ringline_protection protection = all[random() % all.size()];
		protection.block_size <<= random() % 2;
		protection.reference_tag = random();
		protection.application_tag = static_cast<std::uint16_t>(random() % 0xfff0); // one bit never makes FFFFh
		protection.storage_tag = low_bits(random(), protection.storage_tag_bits);
		const auto blocks = static_cast<std::uint32_t>(1 + random() % 4);
		Memory memory(protection, blocks, static_cast<unsigned>(random()));
		ASSERT_EQ(memory.generate(protection), 0) << name(protection);
		ASSERT_EQ(memory.verify(protection, nullptr), 0) << name(protection);

		const auto block = static_cast<std::uint32_t>(random() % blocks);
		const std::size_t data_bits = 8 * std::size_t{protection.block_size};
		const std::size_t bit = random() % 2 != 0 ? random() % data_bits
							  : data_bits + random() % (8 * protection.metadata_size);
		if (bit < data_bits) {
			flip(memory.data_of(block), bit);
		} else {
			flip(memory.metadata_of(block), bit - data_bits);
		}
		ringline_protection_error error = an_error();
		ASSERT_EQ(memory.verify(protection, &error), is_seen(protection, bit) ? -EBADMSG : 0)
			<< name(protection) << ", bit " << bit;
		if (is_seen(protection, bit)) {
			ASSERT_EQ(error.block, block) << name(protection);
		}
	}
}

TEST(Protection, works_at_any_alignment)
{
	for (const unsigned guard_bits : {16U, 32U, 64U}) {
		const ringline_protection protection = protection_with(guard_bits, 16);
		for (std::size_t offset = 0; offset < 8; ++offset) {
			Bytes data(512 + offset, 7);
			Bytes metadata(pi_bytes(guard_bits) + offset);
			ASSERT_EQ(ringline_protection_generate(&protection, 1, &data[offset], 512, &metadata[offset],
							       pi_bytes(guard_bits)),
				  0);
			EXPECT_EQ(ringline_protection_verify(&protection, 1, &data[offset], 512, &metadata[offset],
							     pi_bytes(guard_bits), nullptr),
				  0);
		}
	}
}

/// Both calls with one block that would suit protection_with(16, 8), after a change.
template <class Change> void expect_refused(std::int32_t wanted, const char *what, Change change)
{
	ringline_protection protection = protection_with(16, 8);
	change(protection);
	Bytes data(512, 1);
	Bytes metadata(8, 1);
	ringline_protection_error error = an_error();
	EXPECT_EQ(ringline_protection_generate(&protection, 1, data.data(), 512, metadata.data(), 8), wanted) << what;
	EXPECT_EQ(ringline_protection_verify(&protection, 1, data.data(), 512, metadata.data(), 8, &error), wanted)
		<< what;
	EXPECT_EQ(metadata, Bytes(8, 1)) << what;
	EXPECT_EQ(error.status, 0) << what;
}

#define REFUSED(wanted, ...) expect_refused(wanted, #__VA_ARGS__, [](ringline_protection &p) { __VA_ARGS__; })

TEST(Protection, refuses_fields_out_of_range)
{
	REFUSED(-EINVAL, p.struct_size = 39);
	REFUSED(-E2BIG, p.struct_size = 5000);
	for (const std::uint32_t bytes : {0U, 1U, 256U, 520U, 511U, 513U, UINT32_MAX}) {
		expect_refused(-EINVAL, "block_size", [&](auto &p) { p.block_size = bytes; });
	}
	for (const std::uint32_t bytes : {0U, 7U, 65'536U, UINT32_MAX}) {
		expect_refused(-EINVAL, "metadata_size", [&](auto &p) { p.metadata_size = bytes; });
	}
	REFUSED(-EINVAL, p.metadata_inline = 2);
	REFUSED(-EINVAL, p.pi_type = 0);
	REFUSED(-EINVAL, p.pi_type = 4);
	REFUSED(-EINVAL, p.pi_first = 2);
	REFUSED(-EINVAL, p.guard_bits = 0);
	REFUSED(-EINVAL, p.guard_bits = 24);
	REFUSED(-EINVAL, p.storage_tag_bits = 33);
	REFUSED(-EINVAL, p.reserved0 = 1);
	REFUSED(-EINVAL, p.flags = 0x10);
	REFUSED(-EINVAL, p.flags = 0x8004);
	REFUSED(-EINVAL, p.storage_tag = 0x100);
	// 16 bytes of PI do not fit into 8 of metadata.
	REFUSED(-EINVAL, p.guard_bits = 64);
	for (const unsigned bits : {0, 15, 65, 80, 255}) {
		expect_refused(-EINVAL, "storage_tag_bits of a guard of 32", [&](auto &p) {
			p.guard_bits = 32;
			p.metadata_size = 16;
			p.storage_tag_bits = static_cast<std::uint8_t>(bits);
			p.storage_tag = 0;
		});
	}
	expect_refused(-EINVAL, "storage_tag_bits of a guard of 64", [](auto &p) {
		p.guard_bits = 64;
		p.metadata_size = 16;
		p.storage_tag_bits = 49;
	});
}

TEST(Protection, refuses_to_check_what_the_format_has_not_or_its_type_checks_not)
{
	REFUSED(-EINVAL, p.pi_type = 3, p.flags = RINGLINE_PROTECTION_REFERENCE_TAG);
	REFUSED(-EINVAL, p.storage_tag_bits = 0, p.storage_tag = 0, p.flags = RINGLINE_PROTECTION_STORAGE_TAG);
	REFUSED(-EINVAL, p.storage_tag_bits = 32, p.flags = RINGLINE_PROTECTION_REFERENCE_TAG);
}

TEST(Protection, refuses_lengths_that_are_not_what_the_blocks_need)
{
	REFUSED(-ENOBUFS, p.block_size = 1024);
	REFUSED(-ENOBUFS, p.block_size = 1U << 31);
	REFUSED(-ENOBUFS, p.metadata_size = 16);
	const ringline_protection protection = protection_with(16, 0);
	ringline_protection whole = protection;
	whole.metadata_inline = 1;
	Bytes data(1040);
	Bytes metadata(16);
	const auto both = [&](const ringline_protection *p, std::uint32_t blocks, void *d, std::uint64_t d_length,
			      void *m, std::uint64_t m_length) {
		const std::int32_t generated = ringline_protection_generate(p, blocks, d, d_length, m, m_length);
		const std::int32_t verified = ringline_protection_verify(p, blocks, d, d_length, m, m_length, nullptr);
		EXPECT_EQ(generated, verified);
		return generated;
	};
	EXPECT_EQ(both(&protection, 2, data.data(), 1024, metadata.data(), 16), 0);
	EXPECT_EQ(both(&protection, 2, data.data(), 1023, metadata.data(), 16), -ENOBUFS);
	EXPECT_EQ(both(&protection, 2, data.data(), 1040, metadata.data(), 16), -ENOBUFS);
	EXPECT_EQ(both(&protection, 2, data.data(), 1024, metadata.data(), 0), -ENOBUFS);
	EXPECT_EQ(both(&protection, UINT32_MAX, data.data(), 1024, metadata.data(), 16), -ENOBUFS);
	EXPECT_EQ(both(&whole, 2, data.data(), 1040, nullptr, 0), 0);
	EXPECT_EQ(both(&whole, 2, data.data(), 1024, nullptr, 0), -ENOBUFS);
	EXPECT_EQ(both(&whole, 2, data.data(), 1040, nullptr, 16), -ENOBUFS);
	EXPECT_EQ(both(&whole, 2, data.data(), 1040, metadata.data(), 16), -EINVAL);
	EXPECT_EQ(both(&protection, 2, data.data(), 1024, nullptr, 0), -EINVAL);
	EXPECT_EQ(both(&protection, 2, nullptr, 1024, metadata.data(), 16), -EINVAL);
	EXPECT_EQ(both(&protection, 0, data.data(), 0, metadata.data(), 0), -EINVAL);
	EXPECT_EQ(both(nullptr, 2, data.data(), 1024, metadata.data(), 16), -EINVAL);
}

TEST(Protection, is_described_by_what_a_device_says_of_itself)
{
	ringline_device_info info = {};
	info.struct_size = sizeof info;
	info.block_size = 4096;
	info.metadata_size = 64;
	info.metadata_inline = 1;
	info.pi_type = 2;
	info.pi_first = 1;
	info.guard_bits = 64;
	info.storage_tag_bits = 12;
	ringline_protection protection = {};
	protection.struct_size = sizeof protection;
	protection.flags = 7;
	ASSERT_EQ(ringline_protection_of(&info, &protection), 0);
	ringline_protection wanted = {};
	wanted.struct_size = sizeof wanted;
	wanted.block_size = 4096;
	wanted.metadata_size = 64;
	wanted.metadata_inline = 1;
	wanted.pi_type = 2;
	wanted.pi_first = 1;
	wanted.guard_bits = 64;
	wanted.storage_tag_bits = 12;
	EXPECT_EQ(std::memcmp(&protection, &wanted, sizeof wanted), 0);
	Memory memory(protection, 2, 1);
	EXPECT_EQ(memory.generate(protection), 0);

	info.pi_type = 0;
	EXPECT_EQ(ringline_protection_of(&info, &protection), -EOPNOTSUPP);
	EXPECT_EQ(ringline_protection_of(nullptr, &protection), -EINVAL);
	EXPECT_EQ(ringline_protection_of(&info, nullptr), -EINVAL);
	EXPECT_EQ(std::memcmp(&protection, &wanted, sizeof wanted), 0);
}

} // namespace
