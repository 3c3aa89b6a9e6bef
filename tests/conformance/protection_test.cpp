// SPDX-License-Identifier: MIT OR Apache-2.0
// End-to-end data protection: what devices make, check and strip.
#include "drive.h"

#include <cstring>

namespace conformance
{

namespace
{

class ProtectionTest : public ConformanceTest
{
protected:
	[[nodiscard]] bool strips() const { return info().metadata_size == pi_bytes(); }
};

TEST_P(ProtectionTest, what_the_library_generates_passes_the_devices_checks)
{
	const Buffers buffers(info(), some);
	buffers.fill(1);
	buffers.protect(10);
	EXPECT_TRUE(succeeded(write(10, buffers, checks())));
	EXPECT_TRUE(succeeded(read(10, buffers, checks())));
	EXPECT_TRUE(succeeded(run(transfer(RINGLINE_NVME_COMPARE, 10, buffers, checks()))));
	EXPECT_TRUE(succeeded(verify(command(RINGLINE_NVME_VERIFY, 10, some, checks()))));
}

TEST_P(ProtectionTest, what_the_device_makes_is_what_the_library_makes)
{
	const Buffers plain(info(), some, strips());
	plain.fill(2);
	ASSERT_TRUE(succeeded(write(50, plain, RINGLINE_PROTECTION_ACTION)));
	const Buffers seen(info(), some);
	ASSERT_TRUE(succeeded(read(50, seen, checks())));
	const Buffers wanted(info(), some);
	std::memcpy(wanted.data.data(), seen.data.data(), seen.data.size());
	std::memcpy(wanted.metadata.data(), seen.metadata.data(), seen.metadata_length);
	wanted.protect(50);
	EXPECT_TRUE(seen.equal(wanted));
	const Buffers stripped(info(), some, strips());
	ASSERT_TRUE(succeeded(read(50, stripped, static_cast<std::uint16_t>(RINGLINE_PROTECTION_ACTION | checks()))));
	EXPECT_EQ(std::memcmp(stripped.data.data(), plain.data.data(), plain.data.size()), 0);
}

TEST_P(ProtectionTest, fact_21_each_wrong_part_has_its_status)
{
	struct Part {
		std::uint32_t byte;
		std::uint16_t check;
		std::uint16_t status;
	};
	const Part parts[] = {{0, RINGLINE_CHECK_GUARD, 0x0282},
			      {info().guard_bits / 8U, RINGLINE_CHECK_APPLICATION_TAG, 0x0283},
			      {pi_bytes() - 1, RINGLINE_CHECK_REFERENCE_TAG, 0x0284}};
	for (const Part &part : parts) {
		if ((checks() & part.check) == 0) {
			continue;
		}
		const Buffers buffers(info(), some);
		buffers.fill(3);
		buffers.protect(100);
		buffers.metadata_of(17)[pi_offset() + part.byte] ^= 1;
		EXPECT_TRUE(has_status(write(100, buffers, part.check), part.status));
		ASSERT_TRUE(succeeded(write(100, buffers)));
		EXPECT_TRUE(has_status(verify(command(RINGLINE_NVME_VERIFY, 100, some, part.check)), part.status));
		EXPECT_TRUE(has_status(run(transfer(RINGLINE_NVME_COMPARE, 100, buffers, part.check)), part.status));
		EXPECT_TRUE(has_status(read(100, buffers, part.check), part.status));
		const auto others = static_cast<std::uint16_t>(checks() & ~part.check);
		EXPECT_TRUE(succeeded(read(100, buffers, others)));
	}
}

TEST_P(ProtectionTest, zeroed_blocks_are_not_checked)
{
	dirty(200, 4);
	ASSERT_TRUE(succeeded(run(command(RINGLINE_NVME_WRITE_ZEROES, 200, some, RINGLINE_DEALLOCATE))));
	const Buffers seen(info(), some);
	ASSERT_TRUE(succeeded(read(200, seen, checks())));
	for (std::uint32_t block = 0; block < some; ++block) {
		for (std::uint32_t i = 0; i < pi_bytes(); ++i) {
			ASSERT_EQ(seen.metadata_of(block)[pi_offset() + i], 0xff) << block;
		}
	}
}

TEST_P(ProtectionTest, tags_that_are_not_the_commands_are_found)
{
	dirty(300, 5);
	ringline_command_extended other = command(RINGLINE_NVME_VERIFY, 300, some, RINGLINE_CHECK_APPLICATION_TAG);
	other.application_tag = 0x0100;
	other.application_mask = 0x0f00;
	EXPECT_TRUE(has_status(verify(other), 0x0283));
	other.application_mask = 0x00ff;
	EXPECT_TRUE(succeeded(verify(other)));
	if (info().pi_type == 2) {
		other = command(RINGLINE_NVME_VERIFY, 300, some, RINGLINE_CHECK_REFERENCE_TAG);
		other.reference_tag = 301;
		EXPECT_TRUE(has_status(verify(other), 0x0284));
	}
}

TEST_P(ProtectionTest, requests_that_contradict_the_type_are_invalid)
{
	dirty(400, 6);
	ringline_nvme_command wrong = verify_wire(command(RINGLINE_NVME_VERIFY, 400, some, checks()));
	wrong.cdw12 |= 1U << 26;
	if (info().pi_type == 1) {
		wrong.cdw14 += 1;
	}
	if (info().pi_type != 2) {
		ringline_completion completion = run_raw(wrong);
		if (info().pi_type == 3) {
			completion.status |= RINGLINE_STATUS_DNR; // which QEMU forgets for this type alone
		}
		EXPECT_TRUE(has_status(completion, 0x4181));
	}
	ringline_nvme_command action = verify_wire(command(RINGLINE_NVME_VERIFY, 400, some));
	action.cdw12 |= 1U << 29;
	EXPECT_TRUE(has_status(run_raw(action), 0x4181));
	ringline_nvme_command zeroes = wire(command(RINGLINE_NVME_WRITE_ZEROES, 400, some));
	zeroes.cdw12 |= 1U << 28;
	EXPECT_TRUE(has_status(run_raw(zeroes), 0x4181));
}

RINGLINE_INSTANTIATE(ProtectionTest, protected_drives);

} // namespace

} // namespace conformance
