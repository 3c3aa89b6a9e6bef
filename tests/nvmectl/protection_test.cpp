// SPDX-License-Identifier: MIT OR Apache-2.0
// Copy and Write Zeroes where blocks have protection information: afterwards who checks it can read them. Raw commands
// are the witness: Verify with all checks that the type has, and Read, which has the device strip the information.
#include "tool.h"

#include <filesystem>

namespace nvmectl_test
{
namespace
{

struct Format {
	const char *name;
	int type;
	std::uint64_t block;
	const char *node; ///< Of the virtual machine.
	Words options;    ///< Of sim create.
};

const Format formats[] = {
	{"type_1", 1, 512, "/dev/vm/ringP-ng1", {"--metadata", "8", "--pi", "1"}},
	{"type_2", 2, 512, "/dev/vm/ringP-ng2", {"--metadata", "8", "--pi", "2"}},
	{"type_3", 3, 512, "/dev/vm/ringP-ng3", {"--metadata", "8", "--pi", "3"}},
	{"extended", 1, 512, "/dev/vm/ringP-ng4", {"--metadata", "8", "--pi", "1", "--inline"}},
	{"guard_64",
	 1,
	 4096,
	 "/dev/vm/ringP-ng5",
	 {"--block-size", "4096", "--metadata", "16", "--pi", "1", "--guard", "64"}},
};

class protection : public testing::TestWithParam<Format>
{
protected:
	static constexpr std::uint32_t action = 1U << 29; // PRACT
	static constexpr std::uint32_t check_guard = 1U << 28;
	static constexpr std::uint32_t check_application = 1U << 27;
	static constexpr std::uint32_t check_reference = 1U << 26;
	static constexpr std::uint64_t blocks = 160; // more than one command has

	[[nodiscard]] Ended raw(int opcode, std::uint64_t lba, std::uint64_t count, std::uint32_t flags,
				const Words &more = {}) const
	{
		Words words = {"passthru",
			       "io",
			       device,
			       "--opcode",
			       std::to_string(opcode),
			       "--cdw10",
			       std::to_string(lba),
			       "--cdw12",
			       std::to_string(flags | (count - 1)),
			       "--cdw14",
			       std::to_string(lba)};
		words.insert(words.end(), more.begin(), more.end());
		return nvmectl(words);
	}
	void put(const std::string &bytes)
	{
		const std::uint64_t step = 64; // within every drive's limit
		for (std::uint64_t done = 0; done * block < bytes.size(); done += step) {
			const std::string part = bytes.substr(done * block, step * block);
			write_file(folder.path("part"), part);
			const Ended ended =
				raw(1, done, part.size() / block, action, {"--data-out", folder.path("part")});
			ASSERT_EQ(ended.exit, 0) << ended.err;
		}
	}
	[[nodiscard]] std::string got(std::uint64_t lba, std::uint64_t count) const
	{
		return raw(2, lba, count, action, {"--length", std::to_string(count * block), "--data-in", "-"}).out;
	}
	/// With an application tag that no block has, which is only seen where there is something to check.
	[[nodiscard]] Ended verify(std::uint64_t lba, std::uint64_t count, std::uint32_t flags) const
	{
		return raw(0x0c, lba, count, flags, {"--cdw15", "0xffff0001"});
	}
	void expect_copies_and_zeroes_to_be_checked()
	{
		const std::uint32_t checks = check_guard | (GetParam().type != 3 ? check_reference : 0U);
		const std::string data = noise(blocks * block);
		put(data);
		const Ended copied = nvmectl(
			{"copy", device, "--from", "0", "--lba", "1000", "--blocks", std::to_string(blocks), "--json"});
		ASSERT_EQ(copied.exit, 0) << copied.err;
		const Ended zeroed =
			nvmectl({"write-zeroes", device, "--lba", "5", "--blocks", std::to_string(blocks - 10)});
		ASSERT_EQ(zeroed.exit, 0) << zeroed.err;
		for (const std::uint64_t lba : {0, 5, 1000, 1159}) {
			const Ended verified = verify(lba, 1, checks);
			EXPECT_EQ(verified.exit, 0) << lba << verified.err;
			// QEMU takes blocks of zeros for blocks that were never written, which have nothing to check.
			if (lba != 5 || !in_the_machine()) {
				EXPECT_EQ(verify(lba, 1, check_application).exit, 5) << lba << ": nothing to check";
			}
		}
		EXPECT_TRUE(same(got(1000, 8), data.substr(0, 8 * block)));
		EXPECT_TRUE(same(got(1159, 1), data.substr(159 * block, block)));
		EXPECT_TRUE(all_zeros(got(5, 8)));
		EXPECT_TRUE(same(got(4, 1), data.substr(4 * block, block)));
		EXPECT_TRUE(same(got(155, 5), data.substr(155 * block)));
	}

	Folder folder;
	std::string device;
	std::uint64_t block = GetParam().block;
};

class sim_protection : public protection
{
protected:
	void SetUp() override
	{
		Words words = {"sim", "create", folder.path("disk.img"), "--size", "16MiB"};
		words.insert(words.end(), GetParam().options.begin(), GetParam().options.end());
		const Ended made = nvmectl(words);
		ASSERT_EQ(made.exit, 0) << made.err;
		device = "sim:" + folder.path("disk.img");
	}
};

TEST_P(sim_protection, copies_and_zeroes_have_tags_that_are_right)
{
	expect_copies_and_zeroes_to_be_checked();
}

TEST_P(sim_protection, what_is_damaged_is_not_copied_and_made_to_look_right)
{
	put(noise(blocks * block));
	std::string image = read_file(folder.path("disk.img"));
	image[7 * block] ^= 1; // under the guard that was made for it
	write_file(folder.path("disk.img"), image);
	const Ended ended =
		nvmectl({"copy", device, "--from", "0", "--lba", "1000", "--blocks", std::to_string(blocks), "--json"});
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_EQ(ended.error().value("status_code", ""), "2/82h") << ended.err;
	const Ended verified = nvmectl({"verify", device, "--lba", "0", "--blocks", std::to_string(blocks), "--json"});
	EXPECT_EQ(verified.exit, 5) << verified.err;
	EXPECT_EQ(verified.error().value("status_code", ""), "2/82h") << verified.err;
}

class drive_protection : public protection
{
protected:
	void SetUp() override
	{
		device = GetParam().node;
		if (!in_the_machine()) {
			GTEST_SKIP()
				<< "needs the virtual machine (RINGLINE_VM=1), where whole devices may be overwritten";
		}
		if (!std::filesystem::exists(device)) {
			GTEST_SKIP() << "this machine has no drive ringP";
		}
	}
};

TEST_P(drive_protection, copies_and_zeroes_have_tags_that_are_right)
{
	expect_copies_and_zeroes_to_be_checked();
}

std::string name_of_format(const testing::TestParamInfo<Format> &instance)
{
	return instance.param.name;
}

INSTANTIATE_TEST_SUITE_P(format, sim_protection, testing::ValuesIn(formats), name_of_format);
INSTANTIATE_TEST_SUITE_P(format, drive_protection, testing::ValuesIn(formats), name_of_format);

} // namespace
} // namespace nvmectl_test
