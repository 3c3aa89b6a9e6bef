// SPDX-License-Identifier: MIT OR Apache-2.0
// Real namespaces, which are overwritten: only in the virtual machine. What one way of access writes the other must
// read.
#include "tool.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

namespace nvmectl_test
{
namespace
{

namespace fs = std::filesystem;

struct Namespace {
	std::string generic; ///< As it was named, perhaps a link.
	std::string block;   ///< The block node itself.
	std::uint64_t bytes = 0;
	std::uint64_t block_size = 0;
};

std::string block_of(const std::string &generic)
{
	const std::string node = fs::canonical(generic);
	const std::size_t at = node.rfind("/ng");
	return at == std::string::npos ? node : node.substr(0, at) + "/nvme" + node.substr(at + 3);
}

Namespace describe(const std::string &generic)
{
	Namespace found;
	found.generic = generic;
	found.block = block_of(generic);
	const Json info = nvmectl({"info", generic, "--json"}).document("nvmectl.info/1");
	found.bytes = info.value("bytes", std::uint64_t{0});
	found.block_size = info.value("block_size", std::uint64_t{0});
	return found;
}

std::vector<Namespace> test_namespaces()
{
	std::vector<Namespace> found;
	const char *const listed = std::getenv("RINGLINE_TEST_DEVICES");
	std::istringstream words(listed != nullptr ? listed : "");
	for (std::string word; words >> word;) {
		found.push_back(describe(word));
	}
	return found;
}

class device : public testing::TestWithParam<const char *>
{
protected:
	void SetUp() override
	{
		if (!in_the_machine()) {
			GTEST_SKIP()
				<< "needs the virtual machine (RINGLINE_VM=1), where whole devices may be overwritten";
		}
		namespaces = test_namespaces();
		ASSERT_FALSE(namespaces.empty()) << "RINGLINE_TEST_DEVICES names no device";
	}

	[[nodiscard]] Ended run(Words arguments) const
	{
		arguments.insert(arguments.end(), {"--engine", GetParam()});
		return nvmectl(arguments);
	}

	std::vector<Namespace> namespaces;
	Folder folder;
};

/// 64 MiB where there is room, else half of the device.
std::uint64_t test_bytes(const Namespace &of)
{
	return std::min<std::uint64_t>(64u << 20, of.bytes / 2);
}

TEST_P(device, fact_4_only_a_kernel_that_keeps_writes_gets_them_through_a_ring_unasked)
{
	const Namespace &of = namespaces.front();
	write_file(folder.path("in"), noise(65536, 3));
	const auto engine_of_write = [&](const char *engine) {
		return nvmectl({"write", of.generic, "--lba", "0", "-f", folder.path("in"), "--json", "--engine",
				engine})
			.document("nvmectl.write/1")
			.value("engine", "");
	};
	const Json info = nvmectl({"info", of.generic, "--json"}).document("nvmectl.info/1");
	const Json traps = info["traps"];
	const bool loses = std::find(traps.begin(), traps.end(), "write-lost") != traps.end();
	EXPECT_EQ(engine_of_write("auto"), loses ? "threads" : "uring");
	EXPECT_EQ(info.value("write_engine", ""), loses ? "threads" : "uring");
	EXPECT_EQ(engine_of_write(GetParam()), GetParam()) << "as it was asked for";
	EXPECT_EQ(info.value("engine", ""), "uring") << "reads are not concerned";
	EXPECT_EQ(loses, contains(nvmectl({"info", of.generic}).out, "engine for writes")) << info;
}

TEST_P(device, a_64_mib_file_written_to_the_generic_node_is_what_dd_reads_from_the_block_node)
{
	for (const Namespace &of : namespaces) {
		SCOPED_TRACE(of.generic);
		const std::string data = noise(test_bytes(of), 11);
		write_file(folder.path("in"), data);
		const Ended ended = run({"write", of.generic, "--offset", "0", "-f", folder.path("in")});
		ASSERT_EQ(ended.exit, 0) << ended.err;
		ASSERT_EQ(shell("dd if=" + of.block + " of=" + folder.path("out") +
				" bs=4096 count=" + std::to_string(data.size() / 4096)),
			  0);
		EXPECT_TRUE(same(read_file(folder.path("out")), data));
	}
}

TEST_P(device, a_64_mib_file_written_by_dd_to_the_block_node_is_what_nvmectl_reads_from_the_generic_node)
{
	for (const Namespace &of : namespaces) {
		SCOPED_TRACE(of.generic);
		const std::string data = noise(test_bytes(of), 12);
		write_file(folder.path("in"), data);
		ASSERT_EQ(shell("dd if=" + folder.path("in") + " of=" + of.block + " bs=4096 conv=fsync"), 0);
		const Ended ended = run({"read", of.generic, "--offset", "0", "--length", std::to_string(data.size()),
					 "-o", folder.path("out")});
		ASSERT_EQ(ended.exit, 0) << ended.err;
		EXPECT_TRUE(same(read_file(folder.path("out")), data));
	}
}

TEST_P(device, the_last_block_can_be_written_and_the_one_behind_it_is_refused)
{
	for (const Namespace &of : namespaces) {
		SCOPED_TRACE(of.generic);
		const std::string data = noise(of.block_size, 13);
		write_file(folder.path("in"), data);
		const std::uint64_t last = of.bytes / of.block_size - 1;
		EXPECT_EQ(run({"write", of.generic, "--lba", std::to_string(last), "-f", folder.path("in"), "--verify"})
				  .exit,
			  0);
		EXPECT_EQ(run({"write", of.generic, "--lba", std::to_string(last + 1), "-f", folder.path("in")}).exit,
			  2);
		ASSERT_EQ(shell("dd if=" + of.block + " of=" + folder.path("out") +
				" bs=" + std::to_string(of.block_size) + " skip=" + std::to_string(last) + " count=1"),
			  0);
		EXPECT_TRUE(same(read_file(folder.path("out")), data));
	}
}

TEST_P(device, the_block_node_as_name_means_the_same_namespace)
{
	const Namespace &of = namespaces.front();
	const std::string data = noise(8 * of.block_size, 14);
	write_file(folder.path("in"), data);
	EXPECT_EQ(run({"write", of.block, "--lba", "3", "-f", folder.path("in"), "--fua"}).exit, 0);
	EXPECT_EQ(run({"read", of.generic, "--lba", "3", "--blocks", "8", "-o", folder.path("out")}).exit, 0);
	EXPECT_TRUE(same(read_file(folder.path("out")), data));
	EXPECT_EQ(run({"flush", fs::path(of.block).filename()}).exit, 0);
}

TEST_P(device, a_benchmark_that_reads_leaves_the_data_as_it_was)
{
	const Namespace &of = namespaces.front();
	const std::string data = noise(8u << 20, 15);
	write_file(folder.path("in"), data);
	ASSERT_EQ(run({"write", of.generic, "--offset", "0", "-f", folder.path("in")}).exit, 0);
	const Ended ended = run({"bench", of.generic, "--offset", "0", "--length", std::to_string(data.size()),
				 "--count", "600", "--threads", "2", "--depth", "8", "--json"});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	const Json json = ended.document("nvmectl.bench/1");
	EXPECT_EQ(json["commands"], 600);
	EXPECT_EQ(json["read"]["bytes"], 600 * 4096);
	EXPECT_GT(json["read"]["latency_ns"]["min"], 0);
	EXPECT_EQ(json["error_count"], 0);
	EXPECT_EQ(json["engine"], GetParam());
	EXPECT_EQ(json["device"]["block_size"], of.block_size);
	EXPECT_EQ(json["device"]["kind"], "namespace");
	EXPECT_NE(json["device"]["serial"], "");
	ASSERT_EQ(shell("dd if=" + of.block + " of=" + folder.path("out") + " bs=1M count=8"), 0);
	EXPECT_TRUE(same(read_file(folder.path("out")), data));
}

TEST_P(device, a_destructive_benchmark_overwrites_its_range_and_nothing_else)
{
	const Namespace &of = namespaces.front();
	const std::size_t part = 1u << 20;
	write_file(folder.path("in"), std::string(3 * part, '\7'));
	ASSERT_EQ(run({"write", of.generic, "--offset", "0", "-f", folder.path("in")}).exit, 0);
	const Ended ended = run({"bench", of.generic, "--destructive", "--reads", "0", "--pattern", "sequential",
				 "--bs", "16KiB", "--offset", "1MiB", "--length", "1MiB", "--size", "1MiB", "--fua",
				 "--flush-every", "10", "--json"});
	ASSERT_EQ(ended.exit, 0) << ended.err;
	EXPECT_EQ(ended.document("nvmectl.bench/1")["write"]["commands"], 64);
	EXPECT_EQ(ended.document("nvmectl.bench/1")["flush"]["commands"], 6);
	ASSERT_EQ(shell("dd if=" + of.block + " of=" + folder.path("out") + " bs=1M count=3"), 0);
	const std::string out = read_file(folder.path("out"));
	EXPECT_TRUE(same(out.substr(0, part), std::string(part, '\7')));
	EXPECT_TRUE(same(out.substr(2 * part), std::string(part, '\7')));
	for (std::size_t at = part; at < 2 * part; at += 512) {
		ASSERT_NE(out.substr(at, 512), std::string(512, '\7')) << at;
	}
}

TEST_P(device, list_names_every_test_device)
{
	const Json list = nvmectl({"list", "--json"}).document("nvmectl.list/1");
	for (const Namespace &of : namespaces) {
		const std::string node = fs::canonical(of.generic);
		bool found = false;
		for (const Json &entry : list["devices"]) {
			found = found || (entry.value("node", "") == node && entry.value("bytes", 0ull) == of.bytes);
		}
		EXPECT_TRUE(found) << node << " is not in " << list.dump(1);
	}
}

class busy_device : public device
{
protected:
	void SetUp() override
	{
		device::SetUp();
		if (IsSkipped() || HasFatalFailure()) {
			return;
		}
		of = namespaces.front();
		write_file(folder.path("in"), noise(of.block_size));
	}

	[[nodiscard]] Ended write_one_block() const
	{
		return run({"write", of.generic, "--lba", "9", "-f", folder.path("in"), "--json"});
	}
	void expect_refused(const std::string &part) const
	{
		const std::string before = at_lba_9();
		const Ended ended = write_one_block();
		EXPECT_EQ(ended.exit, 4) << ended.err;
		EXPECT_EQ(ended.error().value("rule", ""), "busy");
		EXPECT_TRUE(contains(ended.error().value("message", ""), part)) << ended.err;
		const Ended bench = run({"bench", of.generic, "--destructive", "--reads", "0", "--lba", "9", "--blocks",
					 "8", "--count", "1", "--json"});
		EXPECT_EQ(bench.exit, 4) << bench.err;
		EXPECT_EQ(bench.error().value("rule", ""), "busy");
		EXPECT_TRUE(at_lba_9() == before);
	}
	[[nodiscard]] std::string at_lba_9() const
	{
		EXPECT_EQ(run({"read", of.generic, "--lba", "9", "--blocks", "1", "-o", folder.path("nine")}).exit, 0);
		return read_file(folder.path("nine"));
	}

	Namespace of;
};

TEST_P(busy_device, a_mounted_device_is_refused_and_the_mount_point_named)
{
	const std::string trace = folder.path("trace");
	ASSERT_EQ(run({"write", of.generic, "--lba", "9", "-f", folder.path("in"), "--trace", trace}).exit, 0);
	ASSERT_EQ(shell("mkfs.ext4 -F -q " + of.block), 0);
	ASSERT_EQ(::mkdir(folder.path("mnt").c_str(), 0755), 0);
	ASSERT_EQ(::mount(of.block.c_str(), folder.path("mnt").c_str(), "ext4", 0, nullptr), 0);
	expect_refused("is mounted on " + folder.path("mnt"));
	const std::string before = at_lba_9();
	const Ended replay = run({"replay", trace, of.generic, "--json"});
	EXPECT_EQ(replay.exit, 4) << replay.err;
	EXPECT_EQ(replay.error().value("rule", ""), "busy");
	EXPECT_TRUE(at_lba_9() == before);
	EXPECT_EQ(run({"write", of.generic, "--lba", "9", "-f", folder.path("in"), "--allow-busy", "--dry-run"}).exit,
		  0);
	ASSERT_EQ(::umount(folder.path("mnt").c_str()), 0);
	EXPECT_EQ(write_one_block().exit, 0);
}

TEST_P(busy_device, a_device_in_use_as_swap_is_refused)
{
	ASSERT_EQ(shell("mkswap " + of.block), 0);
	ASSERT_EQ(shell("swapon " + of.block), 0);
	expect_refused("is in use as swap");
	ASSERT_EQ(shell("swapoff " + of.block), 0);
	EXPECT_EQ(write_one_block().exit, 0);
}

TEST_P(busy_device, a_device_that_is_claimed_exclusively_is_refused_unless_it_is_allowed)
{
	const int claim = ::open(of.block.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC);
	ASSERT_GE(claim, 0);
	expect_refused("claimed exclusively");
	const Ended allowed = run({"write", of.generic, "--lba", "9", "-f", folder.path("in"), "--allow-busy"});
	EXPECT_EQ(allowed.exit, 0) << allowed.err;
	EXPECT_TRUE(contains(allowed.err, "is in use, and written all the same")) << allowed.err;
	(void)::close(claim);
	EXPECT_TRUE(at_lba_9() == read_file(folder.path("in")));
}

TEST_P(busy_device, a_device_whose_block_node_is_missing_is_refused_unless_it_is_allowed)
{
	const std::string before = at_lba_9();
	const std::string aside = of.block + ".aside";
	ASSERT_EQ(::rename(of.block.c_str(), aside.c_str()), 0);
	const Ended refused = write_one_block();
	EXPECT_EQ(refused.exit, 4) << refused.err;
	EXPECT_EQ(refused.error().value("rule", ""), "busy-unknown");
	EXPECT_TRUE(contains(refused.error().value("hint", ""), of.block)) << refused.err;
	EXPECT_TRUE(at_lba_9() == before);
	const Ended allowed =
		run({"write", of.generic, "--lba", "9", "-f", folder.path("in"), "--allow-busy", "--json"});
	EXPECT_EQ(allowed.exit, 0) << allowed.err;
	EXPECT_TRUE(contains(allowed.document("nvmectl.write/1")["warnings"].dump(), "could not be claimed"))
		<< allowed.out;
	EXPECT_EQ(::rename(aside.c_str(), of.block.c_str()), 0);
}

/// One partition from LBA 2048 on, by hand: no partitioning program is needed.
std::string master_boot_record(std::uint32_t blocks)
{
	std::string sector(512, '\0');
	const std::uint32_t words[2] = {2048, blocks};
	sector[446 + 4] = '\x83';
	for (std::size_t i = 0; i < 8; ++i) {
		sector[446 + 8 + i] = static_cast<char>(words[i / 4] >> (8 * (i % 4)) & 0xff);
	}
	sector[510] = '\x55';
	sector[511] = '\xAA';
	return sector;
}

void write_partition_table(const std::string &block, const std::string &sector)
{
	const int fd = ::open(block.c_str(), O_RDWR | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(::pwrite(fd, sector.data(), sector.size(), 0), 512);
	EXPECT_EQ(::fsync(fd), 0);
	EXPECT_EQ(::ioctl(fd, BLKRRPART), 0);
	(void)::close(fd);
}

TEST_P(busy_device, a_device_with_a_partition_in_use_is_refused)
{
	write_partition_table(of.block, master_boot_record(16384));
	const std::string partition = of.block + "p1";
	ASSERT_TRUE(comes_true([&] { return fs::exists(partition); }));
	ASSERT_EQ(shell("mkfs.ext4 -F -q " + partition), 0);
	ASSERT_EQ(::mkdir(folder.path("mnt").c_str(), 0755), 0);
	ASSERT_EQ(::mount(partition.c_str(), folder.path("mnt").c_str(), "ext4", 0, nullptr), 0);
	expect_refused(partition + " is mounted on");
	ASSERT_EQ(::umount(folder.path("mnt").c_str()), 0);
	EXPECT_EQ(write_one_block().exit, 0) << "a partition that nobody uses is no reason to refuse";
	EXPECT_EQ(nvmectl({"read", partition, "--blocks", "1", "-o", folder.path("out")}).exit, 3)
		<< "LBA 0 of a partition is not LBA 0 of the namespace";
	write_partition_table(of.block, std::string(512, '\0'));
}

TEST_P(busy_device, the_device_itself_is_refused_as_input_under_each_of_its_names)
{
	write_partition_table(of.block, master_boot_record(16384));
	const std::string partition = of.block + "p1";
	ASSERT_TRUE(comes_true([&] { return fs::exists(partition); }));
	const std::string before = at_lba_9();
	for (const std::string &name : {of.block, partition, of.generic}) {
		const Words words = {"write", of.generic,     "--lba",  "9", "--blocks",
				     "1",     "--allow-busy", "--json", "-f"};
		Words named = words;
		named.push_back(name);
		const Ended ended = run(named);
		EXPECT_EQ(ended.exit, 4) << name << ended.err;
		EXPECT_EQ(ended.error().value("rule", ""), "input-is-target") << name;
		Words redirected = words;
		redirected.insert(redirected.end(), {"-", "--engine", GetParam()});
		Start start;
		start.input_fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
		EXPECT_EQ(nvmectl(redirected, std::move(start)).exit, 4) << name;
	}
	EXPECT_TRUE(at_lba_9() == before);
	if (namespaces.size() > 1) {
		EXPECT_EQ(run({"write", of.generic, "--lba", "9", "--blocks", "8", "-f", namespaces[1].block}).exit, 0)
			<< "another namespace is an input like any other";
	}
	write_partition_table(of.block, std::string(512, '\0'));
}

TEST_P(busy_device, nothing_can_claim_the_device_while_it_is_written)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
	Start start;
	start.input_fd = ends[0];
	Tool tool({"write", of.generic, "--lba", "0", "-f", "-", "--engine", GetParam()}, std::move(start));
	ASSERT_TRUE(comes_true([&] {
		const int fd = ::open(of.block.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC);
		const bool claimed_by_it = fd < 0 && errno == EBUSY;
		(void)::close(fd);
		return claimed_by_it;
	}));
	(void)::close(ends[1]);
	EXPECT_EQ(tool.wait().exit, 4) << "the pipe was empty";
}

/// The drives of the test bed that fail or are slow.
class special_drive : public device
{
protected:
	void need(const std::string &serial)
	{
		generic = "/dev/vm/" + serial + "-ng1";
		if (!fs::exists(generic)) {
			GTEST_SKIP() << "this machine has no drive " << serial;
		}
	}
	std::string generic;
};

TEST_P(special_drive, an_unrecovered_read_is_named_and_the_output_untouched)
{
	need("ringF");
	write_file(folder.path("out"), "old");
	const Ended ended =
		run({"read", generic, "--lba", "0", "--blocks", "1024", "-o", folder.path("out"), "--json"});
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_EQ(ended.error().value("status_code", ""), "2/81h") << ended.err;
	EXPECT_TRUE(same(read_file(folder.path("out")), "old"));
}

TEST_P(special_drive, a_write_fault_is_named_with_what_was_done)
{
	need("ringF");
	const std::string data = noise(4u << 20, 15);
	write_file(folder.path("in"), data);
	const Ended ended = run({"write", generic, "--lba", "301", "-f", folder.path("in"), "--json"});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	const Ended failed =
		run({"write", generic, "--lba", "296", "--blocks", "8", "-f", folder.path("in"), "--json"});
	EXPECT_EQ(failed.exit, 5) << failed.err;
	EXPECT_EQ(failed.error().value("status_code", ""), "2/80h") << failed.err;
	EXPECT_EQ(failed.error()["failed"], Json::parse(R"([{"lba": 296, "blocks": 8}])"));
	EXPECT_EQ(failed.error()["done"], Json::array());
}

TEST_P(special_drive, an_interrupt_on_a_slow_device_tells_the_true_extent)
{
	need("ringT");
	const std::size_t bytes = 16u << 20; // all of it: commands enough to be still at it
	const std::string block = block_of(generic);
	ASSERT_EQ(shell("dd if=/dev/zero of=" + block + " bs=1M count=16 conv=fsync"), 0);
	const std::string data = noise(bytes, 16);
	write_file(folder.path("in"), data);
	Tool tool({"write", generic, "--lba", "0", "-f", folder.path("in"), "--depth", "2", "--engine", GetParam(),
		   "--json", "--no-flush"});
	ASSERT_TRUE(comes_true([&] { return tool.catches(SIGINT); }));
	std::this_thread::sleep_for(std::chrono::milliseconds(100));
	tool.signal(SIGINT);
	const Ended ended = tool.wait();
	if (ended.exit == 0) {
		GTEST_SKIP() << "the device was faster than the signal";
	}
	EXPECT_EQ(ended.exit, 130) << ended.err;
	ASSERT_EQ(shell("dd if=" + block + " of=" + folder.path("out") + " bs=1M count=16"), 0);
	std::string expected(bytes, '\0');
	const Json error = ended.error(); // outlives the loop over a part of it
	for (const Json &range : error["done"]) {
		const std::size_t at = range["lba"].get<std::size_t>() * 512;
		const std::size_t length = range["blocks"].get<std::size_t>() * 512;
		expected.replace(at, length, data, at, length);
	}
	EXPECT_TRUE(same(read_file(folder.path("out")), expected)) << ended.err;
}

INSTANTIATE_TEST_SUITE_P(engine, device, each_engine(), engine_of);
INSTANTIATE_TEST_SUITE_P(engine, busy_device, each_engine(), engine_of);
INSTANTIATE_TEST_SUITE_P(engine, special_drive, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
