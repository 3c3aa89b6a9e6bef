// SPDX-License-Identifier: MIT OR Apache-2.0
// What an admin call asks a device before it sends what it was asked for, and in which parts it sends it.
#include "device/admin.h"
#include "nvme/identify.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <vector>

using namespace ringline;

namespace
{

/// Keeps what it is sent, and answers Identify as it is told to.
class Recorder final : public device::Device
{
public:
	explicit Recorder(std::uint32_t nsid)
	{
		ringline_device_info facts = {};
		facts.nsid = nsid;
		set_info(facts);
	}
	~Recorder() override = default;
	std::int32_t admin(const ringline_nvme_command &command, device::Outcome *outcome) override
	{
		*outcome = {};
		if (command.opcode != RINGLINE_NVME_IDENTIFY) {
			sent.push_back(command);
			return 0;
		}
		auto *const page = reinterpret_cast<std::uint8_t *>(static_cast<std::uintptr_t>(command.address));
		outcome->status = identify_status;
		if (command.cdw10 == nvme::cns_controller) {
			page[256] = manages ? 8 : 0;
			page[261] = extended ? 4 : 0;
			page[524] = fna;
			return 0;
		}
		asked_cns = command.cdw10;
		for (std::size_t i = 0; i < namespaces.size(); ++i) {
			page[4 * i] = namespaces[i];
		}
		return 0;
	}

	std::vector<ringline_nvme_command> sent;
	std::vector<std::uint8_t> namespaces = {1, 2};
	std::uint32_t asked_cns = 0xff;
	std::uint16_t identify_status = 0;
	std::uint8_t fna = 0;
	bool manages = false;
	bool extended = true;
};

std::int32_t format(Recorder &recorder, std::uint32_t nsid, std::uint32_t flags, std::uint8_t erase = 0)
{
	ringline_format_options options = {};
	options.nsid = nsid;
	options.flags = flags;
	options.erase = erase;
	device::Outcome outcome;
	return device::format(recorder, options, &outcome);
}

TEST(admin_call, a_format_names_the_handles_own_namespace)
{
	Recorder recorder(2);
	EXPECT_EQ(format(recorder, 0, 0), 0);
	EXPECT_EQ(format(recorder, 2, 0), 0);
	ASSERT_EQ(recorder.sent.size(), 2U);
	EXPECT_EQ(recorder.sent[0].nsid, 2U);
	EXPECT_EQ(recorder.sent[1].nsid, 2U);
	EXPECT_EQ(format(recorder, 1, 0), -ENXIO);
	EXPECT_EQ(recorder.sent.size(), 2U);
	EXPECT_EQ(format(recorder, 1, RINGLINE_FORMAT_OTHER_NAMESPACE), 0);
	EXPECT_EQ(recorder.sent.back().nsid, 1U);
}

TEST(admin_call, a_controller_has_no_namespace_of_its_own_to_format)
{
	Recorder recorder(0);
	EXPECT_EQ(format(recorder, 0, 0), -EINVAL);
	EXPECT_EQ(format(recorder, 1, 0), 0);
	EXPECT_EQ(recorder.sent.size(), 1U);
}

TEST(admin_call, a_controller_that_formats_all_namespaces_is_not_told_to_without_a_flag)
{
	Recorder recorder(1);
	recorder.fna = 1;
	EXPECT_EQ(format(recorder, 0, 0), -ENOTUNIQ);
	EXPECT_EQ(recorder.asked_cns, 0x02U);
	EXPECT_TRUE(recorder.sent.empty());
	recorder.manages = true;
	EXPECT_EQ(format(recorder, 0, 0), -ENOTUNIQ);
	EXPECT_EQ(recorder.asked_cns, 0x10U) << "those that are not attached here are reached too";
	EXPECT_EQ(format(recorder, 0, RINGLINE_FORMAT_OTHER_NAMESPACE), -ENOTUNIQ);
	EXPECT_TRUE(recorder.sent.empty());
	EXPECT_EQ(format(recorder, 0, RINGLINE_FORMAT_ALL_NAMESPACES), 0);
	recorder.namespaces = {1};
	EXPECT_EQ(format(recorder, 0, 0), 0) << "there is no other";
	EXPECT_EQ(recorder.sent.size(), 2U);
}

TEST(admin_call, a_controller_that_erases_all_namespaces_may_format_one_without_erasing)
{
	Recorder recorder(1);
	recorder.fna = 2;
	EXPECT_EQ(format(recorder, 0, 0, RINGLINE_ERASE_NONE), 0);
	EXPECT_EQ(format(recorder, 0, 0, RINGLINE_ERASE_USER_DATA), -ENOTUNIQ);
	EXPECT_EQ(recorder.sent.size(), 1U);
}

TEST(admin_call, a_format_whose_reach_cannot_be_told_is_not_sent)
{
	Recorder recorder(1);
	recorder.identify_status = 6;
	EXPECT_EQ(format(recorder, 0, 0), -EIO);
	EXPECT_TRUE(recorder.sent.empty());
}

TEST(admin_call, a_log_is_read_in_order_and_only_its_last_part_lets_events_go)
{
	Recorder recorder(1);
	std::vector<std::uint8_t> memory(10000);
	ringline_log_options options = {};
	options.lid = 1;
	options.offset = 0xfffff000; // the second part lies beyond 4 GiB
	const nvme::AdminData data = {reinterpret_cast<std::uintptr_t>(memory.data()), 10000};
	device::Outcome outcome;
	ASSERT_EQ(device::log_read(recorder, options, data, &outcome), 10000);
	ASSERT_EQ(recorder.sent.size(), 3U);
	constexpr std::uint32_t retain = 1U << 15;
	for (std::size_t i = 0; i < 3; ++i) {
		const ringline_nvme_command &part = recorder.sent[i];
		EXPECT_EQ(part.data_length, i < 2 ? 4096U : 1808U);
		EXPECT_EQ(part.cdw10 >> 16, i < 2 ? 1023U : 451U);
		EXPECT_EQ(part.cdw10 & retain, i < 2 ? retain : 0U);
		EXPECT_EQ(part.address, data.address + 4096 * i);
		EXPECT_EQ(part.cdw12, i == 0 ? 0xfffff000U : 4096U * (static_cast<std::uint32_t>(i) - 1));
		EXPECT_EQ(part.cdw13, i == 0 ? 0U : 1U);
	}
	recorder.sent.clear();
	options.flags = RINGLINE_LOG_RETAIN;
	ASSERT_EQ(device::log_read(recorder, options, data, &outcome), 10000);
	EXPECT_EQ(recorder.sent.back().cdw10 & retain, retain);
}

TEST(admin_call, a_device_that_knows_no_offsets_is_not_asked_for_parts)
{
	Recorder recorder(1);
	recorder.extended = false;
	std::vector<std::uint8_t> memory(8192);
	ringline_log_options options = {};
	const std::uint64_t address = reinterpret_cast<std::uintptr_t>(memory.data());
	device::Outcome outcome;
	EXPECT_EQ(device::log_read(recorder, options, {address, 4100}, &outcome), -EOPNOTSUPP);
	options.offset = 4;
	EXPECT_EQ(device::log_read(recorder, options, {address, 4}, &outcome), -EOPNOTSUPP);
	EXPECT_TRUE(recorder.sent.empty());
	options.offset = 0;
	EXPECT_EQ(device::log_read(recorder, options, {address, 4096}, &outcome), 4096);
}

} // namespace
