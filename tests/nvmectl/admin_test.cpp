// SPDX-License-Identifier: MIT OR Apache-2.0
// The admin side on simulated devices: pages, logs, features, what format and sanitize demand, passthru. They know no
// engine, but passthru io.
#include "tool.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

namespace nvmectl_test
{
namespace
{

class admin : public testing::Test
{
protected:
	void SetUp() override
	{
		ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0);
		serial = nvmectl({"info", device, "--json"}).document("nvmectl.info/1").value("serial", "");
		ASSERT_FALSE(serial.empty());
	}
	/// Writes something that a format would erase.
	void fill()
	{
		write_file(folder.path("in"), noise(512));
		ASSERT_EQ(nvmectl({"write", device, "--lba", "7", "-f", folder.path("in")}).exit, 0);
	}
	[[nodiscard]] bool kept() const { return read_file(image).substr(std::size_t{7} * 512, 512) == noise(512); }

	Folder folder;
	std::string image = folder.path("disk.img");
	std::string device = "sim:" + image;
	std::string serial;
};

TEST_F(admin, no_output_replaces_the_image_or_a_file_that_belongs_to_it)
{
	write_file(image + ".faults", "ringline-faults 1\n");
	for (const std::string &file : {image, image + ".ringline", image + ".faults", image + ".zones"}) {
		const bool there = std::filesystem::exists(file);
		const std::string before = there ? read_file(file) : "";
		for (const Words &words :
		     {Words{"log", "get", device, "--lid", "2", "--length", "512", "--raw", file},
		      Words{"id", "raw", device, "--cns", "1", "--raw", file},
		      Words{"passthru", "io", device, "--opcode", "2", "--length", "512", "--data-in", file},
		      Words{"read", device, "--all", "-o", file}}) {
			const Ended ended = nvmectl(words);
			EXPECT_EQ(ended.exit, 4) << words[0] << ended.err;
		}
		EXPECT_EQ(std::filesystem::exists(file), there) << file;
		EXPECT_TRUE(!there || read_file(file) == before) << file;
	}
}

TEST_F(admin, id_ctrl_has_every_field_of_the_page)
{
	const Json json = nvmectl({"id", "ctrl", device, "--json"}).document("nvmectl.id-ctrl/1");
	const Json &controller = json["controller"];
	EXPECT_EQ(controller["sn"], serial);
	EXPECT_EQ(controller["mn"], "ringline simulated NVMe");
	EXPECT_EQ(controller["mdts"], 8);
	EXPECT_EQ(controller["elpe"], 1) << "counts are one-based";
	EXPECT_EQ(controller["vwc_present"], true);
	EXPECT_EQ(controller["tnvmcap"], 0);
	EXPECT_TRUE(controller["psds"].is_array());
	const Ended text = nvmectl({"id", "ctrl", device});
	EXPECT_TRUE(contains(text.out, "8 (1 MiB)")) << text.out;
	EXPECT_EQ(nvmectl({"id-ctrl", device}).out, text.out) << "nvme-cli's spelling";
	EXPECT_FALSE(contains(nvmectl({"--help"}).out, "id-ctrl"));
}

TEST_F(admin, id_ns_list_and_raw_agree_with_the_image)
{
	const Json json = nvmectl({"id", "ns", device, "--json"}).document("nvmectl.id-ns/1");
	EXPECT_EQ(json["namespace"]["nsze"], 2048);
	EXPECT_EQ(json["namespace"]["nabsn"], 0) << "no boundary, and not one of a block";
	EXPECT_EQ(json["namespace"]["nawun"], 1);
	EXPECT_EQ(json["namespace"]["lbafs"], Json::parse(R"([{"index": 0, "ms": 0, "ds": 9, "rp": 0}])"));
	EXPECT_EQ(json["of_command_set"]["elbafs"], Json::array()) << "no protection information";
	EXPECT_EQ(nvmectl({"id", "ns", device, "--nsid", "2"}).exit, 5);
	EXPECT_EQ(nvmectl({"id", "list", device, "--json"}).document("nvmectl.id-list/1")["nsids"], Json({1}));
	const Json raw =
		nvmectl({"id", "raw", device, "--cns", "3", "--nsid", "1", "--json"}).document("nvmectl.id-raw/1");
	EXPECT_EQ(raw.value("bytes", "").substr(0, 10), "0401000000");
	EXPECT_EQ(nvmectl({"id", "raw", device, "--cns", "0", "--nsid", "1", "--raw", folder.path("page")}).exit, 0);
	EXPECT_EQ(read_file(folder.path("page")).substr(0, 2), std::string("\0\x08", 2)) << "2048 blocks";
	EXPECT_EQ(nvmectl({"id", "raw", device, "--cns", "256"}).exit, 2);
}

TEST_F(admin, the_smart_log_comes_as_text_json_and_for_prometheus)
{
	const Json json = nvmectl({"log", "smart", device, "--json"}).document("nvmectl.log-smart/1");
	EXPECT_EQ(json["log"]["avail_spare"], 100);
	EXPECT_EQ(json["log"]["warning_spare"], false);
	EXPECT_EQ(json["log"]["temperature_sensors"], Json::array());
	const std::string prom = nvmectl({"log", "smart", device, "--prom"}).out;
	const std::string labels =
		"{device=\"" + device + "\",serial=\"" + serial + "\",model=\"ringline simulated NVMe\"} ";
	EXPECT_TRUE(contains(prom, "# TYPE nvme_smart_avail_spare_ratio gauge\nnvme_smart_avail_spare_ratio" + labels +
					   "1\n"))
		<< prom;
	EXPECT_TRUE(contains(prom, "nvme_smart_data_units_read_bytes_total" + labels + "0\n")) << prom;
	EXPECT_FALSE(contains(prom, "celsius")) << "a temperature of 0 K is none";
	EXPECT_TRUE(contains(nvmectl({"smart-log", device}).out, "100 %"));
	EXPECT_EQ(nvmectl({"log", "smart", device, "--prom", "--json"}).exit, 2);
}

TEST_F(admin, watching_goes_on_until_a_signal)
{
	Tool tool({"log", "smart", device, "--json", "--watch", "10ms"});
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
	std::this_thread::sleep_for(std::chrono::milliseconds(200));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	EXPECT_EQ(ended.exit, 0) << ended.err;
	const std::string word = "nvmectl.log-smart/1";
	const std::size_t first = ended.out.find(word);
	ASSERT_NE(first, std::string::npos);
	EXPECT_NE(ended.out.find(word, first + 1), std::string::npos) << "more than once";
}

TEST_F(admin, the_other_logs_show_what_is_in_use)
{
	EXPECT_EQ(nvmectl({"log", "error", device}).out, "no entries\n");
	const Json fw = nvmectl({"log", "fw", device, "--json"}).document("nvmectl.log-fw/1");
	EXPECT_EQ(fw["log"]["active_slot"], 1);
	EXPECT_EQ(fw["log"]["slots"], Json::parse(R"([{"index": 0, "frs": "0.1.0"}])"));
	const Json effects = nvmectl({"log", "effects", device, "--json"}).document("nvmectl.log-effects/1");
	EXPECT_EQ(effects["log"]["admin"].size(), 5U);
	EXPECT_EQ(effects["log"]["io"].size(), 9U)
		<< "flush, read, write and the six optional ones of the NVM command set";
	const Ended missing = nvmectl({"log", "self-test", device, "--json"});
	EXPECT_EQ(missing.exit, 5);
	EXPECT_EQ(missing.error().value("status_code", ""), "1/09h");
}

TEST_F(admin, any_part_of_a_log_can_be_had)
{
	const std::string file = folder.path("log");
	EXPECT_EQ(nvmectl({"log", "get", device, "--lid", "5", "--length", "4096", "--raw", file}).exit, 0);
	const std::string whole = read_file(file);
	ASSERT_EQ(whole.size(), 4096U);
	EXPECT_EQ(nvmectl({"log", "get", device, "--lid", "5", "--offset", "1k", "--length", "12", "--raw", "-"}).out,
		  whole.substr(1024, 12));
	const Json json =
		nvmectl({"get-log", device, "--log-id", "2", "--log-len", "4", "--json"}).document("nvmectl.log-get/1");
	EXPECT_EQ(json.value("bytes", ""), "00000064");
	EXPECT_EQ(nvmectl({"log", "get", device, "--lid", "2", "--length", "5"}).exit, 2);
	EXPECT_EQ(nvmectl({"log", "get", device, "--lid", "2", "--length", "4", "--offset", "2"}).exit, 2);
	EXPECT_EQ(nvmectl({"log", "get", device, "--lid", "2"}).exit, 2);
}

TEST_F(admin, features_have_names_and_fields)
{
	const Json json = nvmectl({"feature", "get", device, "--fid", "number-of-queues", "--json"})
				  .document("nvmectl.feature-get/1");
	EXPECT_EQ(json["fid"], 7);
	EXPECT_EQ(json["fields"], Json::parse(R"({"nsq": 1, "ncq": 1})"));
	EXPECT_EQ(nvmectl({"feature", "get", device, "--fid", "6", "--select", "saved"}).exit, 0);
	EXPECT_EQ(nvmectl({"feature", "get", device, "--fid", "6", "--select", "best"}).exit, 2);
	EXPECT_EQ(nvmectl({"feature", "get", device, "--fid", "timestamps"}).exit, 2);
	EXPECT_EQ(nvmectl({"feature", "get", device, "--fid", "0x0e"}).exit, 2) << "its eight bytes have no room";
	EXPECT_EQ(nvmectl({"feature", "set", device, "--fid", "6", "--value", "1"}).exit, 0);
	EXPECT_EQ(nvmectl({"feature", "set", device, "--fid", "6", "--value", "0"}).exit, 5);
	const Json dry = nvmectl({"set-feature", device, "--feature-id", "6", "--value", "0", "--save", "-n", "--json"})
				 .document("nvmectl.feature-set/1");
	EXPECT_EQ(dry["command"]["dwords"][10], 0x80000006U);
}

TEST_F(admin, a_format_wants_a_format_and_the_serial_number)
{
	fill();
	const Ended no_format = nvmectl({"format", device, "--yes", serial});
	EXPECT_EQ(no_format.exit, 2);
	EXPECT_TRUE(contains(no_format.err, "0 (512 bytes)")) << no_format.err;
	EXPECT_EQ(nvmectl({"format", device, "--yes", serial, "--block-size", "4096"}).exit, 2);
	EXPECT_EQ(nvmectl({"format", device, "--yes", serial, "--lba-format", "1"}).exit, 2);
	EXPECT_EQ(nvmectl({"format", device, "--yes", serial, "--lba-format", "0", "--pi", "1"}).exit, 2);
	EXPECT_EQ(nvmectl({"format", device, "--yes", serial, "--lba-format", "0", "--nsid", "2"}).exit, 2);
	for (const Words &words : {Words{"format", device, "--lba-format", "0", "--json"},
				   Words{"format", device, "--lba-format", "0", "--yes", "SIM", "--json"}}) {
		const Ended ended = nvmectl(words);
		EXPECT_EQ(ended.exit, 4) << ended.err;
		EXPECT_EQ(ended.error().value("rule", ""), "confirmation");
	}
	EXPECT_TRUE(kept());
	const Json dry = nvmectl({"format", device, "--lba-format", "0", "--erase", "user-data", "-n", "--json"})
				 .document("nvmectl.format/1");
	EXPECT_EQ(dry["command"]["dwords"][0], 0x80);
	EXPECT_EQ(dry["command"]["dwords"][1], 1);
	EXPECT_EQ(dry["command"]["dwords"][10], 0x200);
	EXPECT_TRUE(kept());
	const Json json = nvmectl({"format", device, "--lba-format", "0", "--yes", serial, "--json"})
				  .document("nvmectl.format/1");
	EXPECT_EQ(json["blocks"], 2048);
	EXPECT_EQ(json["reached"], Json::array({{{"nsid", 1}, {"node", device}}}));
	EXPECT_TRUE(all_zeros(read_file(image)));
}

TEST_F(admin, a_sanitize_that_the_device_cannot_do_is_not_sent)
{
	fill();
	EXPECT_EQ(nvmectl({"sanitize", device, "--action", "block", "--yes", serial}).exit, 9);
	EXPECT_EQ(nvmectl({"sanitize", device, "--action", "burn", "--yes", serial}).exit, 2);
	EXPECT_EQ(nvmectl({"sanitize", device, "--action", "block", "--passes", "2", "--yes", serial}).exit, 2);
	EXPECT_EQ(nvmectl({"sanitize", device, "--action", "overwrite", "--passes", "17", "--yes", serial}).exit, 2);
	EXPECT_EQ(nvmectl({"sanitize", device, "--action", "block", "-n"}).exit, 9) << "a dry run is no different";
	EXPECT_TRUE(kept());
}

TEST_F(admin, passthru_sends_what_it_is_given)
{
	write_file(folder.path("in"), noise(512));
	for (const char *engine : {"uring", "threads"}) {
		EXPECT_EQ(nvmectl({"passthru", "io", device, "--opcode", "1", "--cdw10", "9", "--data-out",
				   folder.path("in"), "--engine", engine})
				  .exit,
			  0);
		EXPECT_EQ(nvmectl({"passthru", "io", device, "--opcode", "2", "--cdw10", "9", "--length", "512",
				   "--data-in", "-", "--engine", engine})
				  .out,
			  noise(512));
	}
	EXPECT_EQ(nvmectl({"passthru", "io", device, "--opcode", "0"}).exit, 0) << "a flush has no data";
	const Json page =
		nvmectl({"admin-passthru", device, "--opcode", "6", "--nsid", "1", "--length", "4096", "--json"})
			.document("nvmectl.passthru/1");
	EXPECT_EQ(page.value("bytes", "").substr(0, 4), "0008");
	const Json dry = nvmectl({"passthru", "admin", device, "--opcode", "0xc1", "--cdw2", "2", "--cdw15", "15",
				  "--data-out", folder.path("in"), "--timeout", "2s", "-n", "--json"})
				 .document("nvmectl.passthru/1");
	EXPECT_EQ(dry["command"]["dwords"], Json({0xc1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15}));
	EXPECT_EQ(dry["command"]["timeout_ms"], 2000);
	EXPECT_EQ(nvmectl({"passthru", "admin", device, "--opcode", "0xfc"}).exit, 5);
}

TEST_F(admin, passthru_with_another_length_than_its_dwords_say_is_a_wrong_argument)
{
	write_file(folder.path("in"), noise(512));
	for (const char *engine : {"uring", "threads"}) {
		const Ended io = nvmectl({"passthru", "io", device, "--opcode", "1", "--cdw12", "7", "--data-out",
					  folder.path("in"), "--engine", engine, "--json"});
		EXPECT_EQ(io.exit, 2) << io.err;
		EXPECT_TRUE(contains(io.error()["message"], "with 512 bytes of data")) << io.err;
		EXPECT_TRUE(contains(io.error()["hint"], "--data-out")) << io.err;
	}
	const Ended log = nvmectl(
		{"passthru", "admin", device, "--opcode", "2", "--cdw10", "0x007f0002", "--length", "16", "--json"});
	EXPECT_EQ(log.exit, 2) << log.err;
	EXPECT_TRUE(contains(log.error()["message"], "with 16 bytes of data")) << log.err;
	EXPECT_TRUE(all_zeros(read_file(image)));
}

TEST_F(admin, data_on_standard_output_has_its_document_on_standard_error)
{
	for (const auto &[words, schema] :
	     {std::pair(Words{"passthru", "io", device, "--opcode", "2", "--length", "512", "--data-in", "-", "--json"},
			"nvmectl.passthru/1"),
	      std::pair(Words{"log", "get", device, "--lid", "2", "--length", "512", "--raw", "-", "--json"},
			"nvmectl.log-get/1"),
	      std::pair(Words{"id", "raw", device, "--cns", "1", "--raw", "-", "--json"}, "nvmectl.id-raw/1")}) {
		const Ended ended = nvmectl(words);
		EXPECT_EQ(ended.exit, 0) << words[0];
		EXPECT_GE(ended.out.size(), 512u) << words[0];
		EXPECT_EQ(Json::parse(ended.err, nullptr, false).value("schema", ""), schema) << ended.err;
	}
}

TEST_F(admin, passthru_refuses_data_that_goes_the_wrong_way)
{
	write_file(folder.path("in"), noise(512));
	const std::string in = folder.path("in");
	for (const Words &words :
	     {Words{"--opcode", "1", "--length", "512"}, Words{"--opcode", "2", "--data-out", in},
	      Words{"--opcode", "0", "--length", "512"}, Words{"--opcode", "1"}, Words{"--opcode", "2"},
	      Words{"--opcode", "0x100"}, Words{"--opcode", "2", "--length", "0"}}) {
		Words all = {"passthru", "io", device};
		all.insert(all.end(), words.begin(), words.end());
		EXPECT_EQ(nvmectl(all).exit, 2) << words[1];
	}
}

} // namespace
} // namespace nvmectl_test
