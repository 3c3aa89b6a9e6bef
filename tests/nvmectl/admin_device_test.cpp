// SPDX-License-Identifier: MIT OR Apache-2.0
// Admin commands to a real drive, with the guest's nvme-cli as the witness for every field that both know. The drive is
// ringB of the test bed, on whose contents nothing relies.
#include "tool.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace nvmectl_test
{
namespace
{

namespace fs = std::filesystem;

/// What NVMe counts from zero, and nvmectl from one.
const std::set<std::string> zero_based = {"acl",   "aerl",  "elpe",   "npss",  "awun",  "awupf",  "acwu",
					  "nlbaf", "nawun", "nawupf", "nacwu", "nabsn", "nabspf", "npwg",
					  "npwa",  "npdg",  "npda",   "nows",  "msrc"};
/// Of those, where NVMe's 0 is none.
const std::set<std::string> none_or_zero_based = {"nabsn", "nabspf"};
/// nvme-cli gives this byte as a whole, nvmectl its bits by name.
const std::set<std::string> in_parts = {"flags"};

Json output_of(const std::string &command)
{
	std::string text;
	FILE *const pipe = ::popen(command.c_str(), "r");
	std::array<char, 4096> part;
	while (pipe != nullptr) {
		const std::size_t got = std::fread(part.data(), 1, part.size(), pipe);
		if (got == 0) {
			break;
		}
		text.append(part.data(), got);
	}
	EXPECT_TRUE(pipe != nullptr && ::pclose(pipe) == 0) << command;
	const Json json = Json::parse(text, nullptr, false);
	EXPECT_FALSE(json.is_discarded()) << command << " gave " << text;
	return json;
}

/// Numbers that may be strings, texts with padding, identifiers with hyphens.
std::string plain(const Json &value)
{
	std::string text = value.is_string() ? value.get<std::string>() : value.dump();
	std::erase(text, '-');
	const std::size_t last = text.find_last_not_of(' ');
	return last == std::string::npos ? "" : text.substr(0, last + 1);
}

std::string hyphenless(std::string text)
{
	std::erase(text, '-');
	return text;
}

/// Every member of nvme-cli's has its equal in ours; how many there were.
std::size_t compare(const Json &witness, const Json &ours, const std::string &path = "")
{
	std::size_t compared = 0;
	for (const auto &[name, value] : witness.items()) {
		const std::string where = path + name;
		if (in_parts.contains(name)) {
			continue;
		}
		EXPECT_TRUE(ours.contains(name)) << where << " is missing";
		if (!ours.contains(name)) {
			continue;
		}
		const Json &own = ours[name];
		if (value.is_array()) {
			EXPECT_EQ(value.size(), own.size()) << where;
			for (std::size_t i = 0; i < value.size() && i < own.size(); ++i) {
				compared += compare(value[i], own[i], where + "[" + std::to_string(i) + "].");
			}
			continue;
		}
		const bool none = none_or_zero_based.contains(name) && value == 0;
		const std::string expected = zero_based.contains(name) && !none
						     ? std::to_string(value.get<std::uint64_t>() + 1)
						     : plain(value);
		EXPECT_EQ(own.is_string() ? hyphenless(own.get<std::string>()) : own.dump(), expected) << where;
		++compared;
	}
	return compared;
}

class admin_device : public testing::Test
{
protected:
	void SetUp() override
	{
		if (!in_the_machine()) {
			GTEST_SKIP()
				<< "needs the virtual machine (RINGLINE_VM=1), where whole devices may be overwritten";
		}
		if (!fs::exists(controller)) {
			GTEST_SKIP() << "this machine has no drive ringB";
		}
		block = fs::canonical("/dev/vm/ringB-n1");
	}
	[[nodiscard]] std::string logical_block_size() const
	{
		std::ifstream file("/sys/class/block/" + fs::path(block).filename().string() +
				   "/queue/logical_block_size");
		std::string text;
		std::getline(file, text);
		return text;
	}
	[[nodiscard]] Json format(const std::string &block_size) const
	{
		return nvmectl({"format", name_space, "--block-size", block_size, "--yes", "ringB", "--json"})
			.document("nvmectl.format/1");
	}

	const std::string controller = "/dev/vm/ringB";
	const std::string name_space = "/dev/vm/ringB-ng1";
	std::string block;
};

TEST_F(admin_device, identify_controller_says_what_nvme_cli_says)
{
	const Json ours = nvmectl({"id", "ctrl", controller, "--json"}).document("nvmectl.id-ctrl/1");
	EXPECT_GE(compare(output_of("nvme id-ctrl " + controller + " -o json"), ours["controller"]), 90U);
	const Json through = nvmectl({"id", "ctrl", name_space, "--json"}).document("nvmectl.id-ctrl/1");
	EXPECT_EQ(through["controller"], ours["controller"]) << "a namespace's node leads to the same controller";
}

TEST_F(admin_device, identify_namespace_says_what_nvme_cli_says)
{
	const Json ours = nvmectl({"id", "ns", name_space, "--json"}).document("nvmectl.id-ns/1");
	EXPECT_GE(compare(output_of("nvme id-ns " + name_space + " -o json"), ours["namespace"]), 50U);
	EXPECT_EQ(ours["of_command_set"]["elbafs"], Json::array()) << "no format has a storage tag or a longer guard";
	const Json by_id = nvmectl({"id", "ns", controller, "--nsid", "1", "--json"}).document("nvmectl.id-ns/1");
	EXPECT_EQ(by_id["namespace"], ours["namespace"]);
	EXPECT_EQ(nvmectl({"id", "ns", controller}).exit, 2) << "a controller must be told which";
	EXPECT_EQ(nvmectl({"id", "list", controller, "--json"}).document("nvmectl.id-list/1")["nsids"], Json({1}));
}

TEST_F(admin_device, the_smart_log_says_what_nvme_cli_says)
{
	const Folder folder;
	ASSERT_EQ(nvmectl({"read", name_space, "--lba", "0", "--length", "2MiB", "-o", folder.path("data")}).exit, 0);
	ASSERT_EQ(nvmectl({"write", name_space, "--lba", "0", "-f", folder.path("data")}).exit, 0);
	const Json witness = output_of("nvme smart-log " + controller + " -o json");
	const Json ours = nvmectl({"log", "smart", controller, "--json"}).document("nvmectl.log-smart/1");
	EXPECT_GE(compare(witness, ours["log"]), 20U);
	EXPECT_GE(ours["log"].value("data_units_read", 0), 4) << "of 512,000 bytes each";
	EXPECT_GE(ours["log"].value("host_write_commands", 0), 128) << "16 KiB each";
	const std::string prom = nvmectl({"log", "smart", controller, "--prom"}).out;
	EXPECT_TRUE(contains(prom, "nvme_smart_temperature_celsius{device=\"/dev/vm/ringB\",serial=\"ringB\"")) << prom;
	EXPECT_TRUE(contains(prom, "} 49.85\n")) << prom; // 323 K
}

TEST_F(admin_device, logs_and_features_can_be_had_in_parts_and_by_name)
{
	const Folder folder;
	const std::string file = folder.path("log");
	ASSERT_EQ(nvmectl({"log", "get", controller, "--lid", "5", "--length", "8192", "--raw", file}).exit, 5)
		<< "QEMU's page ends at 4096";
	ASSERT_EQ(nvmectl({"log", "get", controller, "--lid", "5", "--length", "4096", "--raw", file}).exit, 0);
	ASSERT_EQ(shell("nvme get-log " + controller + " --log-id=5 --log-len=4096 --raw-binary > " +
			folder.path("witness")),
		  0);
	EXPECT_EQ(shell("nvme get-log " + controller + " -i 5 -l 4096 -b | cmp - " + file), 0);
	EXPECT_EQ(nvmectl({"log", "get", controller, "--lid", "5", "--offset", "1028", "--length", "8", "--raw", "-"})
			  .out,
		  read_file(file).substr(1028, 8));
	const Json fw = nvmectl({"log", "fw", controller, "--json"}).document("nvmectl.log-fw/1");
	EXPECT_EQ(fw["log"]["active_slot"], 1);
	const Json effects = nvmectl({"log", "effects", controller, "--json"}).document("nvmectl.log-effects/1");
	EXPECT_GE(effects["log"]["admin"].size(), 8U);
	const Json queues =
		nvmectl({"feature", "get", controller, "--fid", "7", "--json"}).document("nvmectl.feature-get/1");
	EXPECT_EQ(queues["fields"], Json::parse(R"({"nsq": 1, "ncq": 1})")) << "it has one pair";
	ASSERT_EQ(nvmectl({"feature", "set", controller, "--fid", "volatile-write-cache", "--value", "0"}).exit, 0);
	EXPECT_EQ(shell("nvme get-feature " + controller + " -f 6 | grep -q 0x*0*0$"), 0);
	EXPECT_EQ(nvmectl({"feature", "get", controller, "--fid", "6", "--json"})
			  .document("nvmectl.feature-get/1")["fields"]["wce"],
		  false);
	ASSERT_EQ(nvmectl({"feature", "set", controller, "--fid", "volatile-write-cache", "--value", "1"}).exit, 0);
}

TEST_F(admin_device, fact_6_a_format_changes_the_block_size_of_the_namespace_and_back)
{
	ASSERT_EQ(logical_block_size(), "512");
	const Folder folder;
	write_file(folder.path("in"), noise(4096));
	ASSERT_EQ(nvmectl({"write", name_space, "--lba", "0", "-f", folder.path("in")}).exit, 0);
	EXPECT_EQ(nvmectl({"format", name_space, "--block-size", "4096", "--yes", "ringA"}).exit, 4);
	EXPECT_EQ(nvmectl({"format", controller, "--block-size", "4096", "--yes", "ringB"}).exit, 2);
	EXPECT_EQ(logical_block_size(), "512");
	const Json larger = format("4096");
	EXPECT_EQ(larger["blocks"], 8192);
	EXPECT_EQ(larger["lba_format"], 4);
	EXPECT_EQ(logical_block_size(), "4096") << "the kernel has seen it";
	EXPECT_EQ(output_of("nvme id-ns " + name_space + " -o json")["flbas"], 4);
	EXPECT_EQ(nvmectl({"read", name_space, "--lba", "0", "--blocks", "1", "-o", folder.path("out")}).exit, 0);
	EXPECT_TRUE(all_zeros(read_file(folder.path("out"))));
	const Json smaller = format("512");
	EXPECT_EQ(smaller["blocks"], 65536);
	EXPECT_EQ(logical_block_size(), "512");
	EXPECT_EQ(output_of("nvme id-ns /dev/vm/ringA-ng2 -o json")["nsze"], 20480) << "no other drive was reached";
}

TEST_F(admin_device, a_namespace_in_use_is_not_formatted)
{
	const Folder folder;
	ASSERT_EQ(shell("mkfs.ext4 -q -F " + block + " && mount " + block + " " + folder.path("")), 0);
	const Ended ended = nvmectl({"format", name_space, "--block-size", "4096", "--yes", "ringB", "--json"});
	EXPECT_EQ(shell("umount " + folder.path("")), 0);
	EXPECT_EQ(ended.exit, 4);
	EXPECT_EQ(ended.error().value("rule", ""), "busy");
	EXPECT_EQ(logical_block_size(), "512");
}

TEST_F(admin_device, what_the_drive_cannot_do_is_told)
{
	EXPECT_EQ(nvmectl({"sanitize", controller, "--action", "block", "--yes", "ringB"}).exit, 9);
	const Ended missing = nvmectl({"log", "self-test", controller, "--json"});
	EXPECT_EQ(missing.exit, 5);
	EXPECT_EQ(nvmectl({"passthru", "admin", controller, "--opcode", "0x84", "--json"})
			  .error()
			  .value("status_code", ""),
		  "0/01h");
	const Json page = nvmectl({"passthru", "admin", controller, "--opcode", "6", "--cdw10", "1", "--length", "4096",
				   "--json"})
				  .document("nvmectl.passthru/1");
	EXPECT_EQ(page.value("bytes", "").substr(0, 8), "361bf41a");
}

} // namespace
} // namespace nvmectl_test
