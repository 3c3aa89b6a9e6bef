// SPDX-License-Identifier: MIT OR Apache-2.0
// Opening: what is no NVMe device is refused, with the reason in words.
#include "fixture.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace contract
{
namespace
{

class OpenTest : public testing::Test
{
protected:
	/// Refused with one of these errnos; what the diagnosis says is returned.
	static ringline_diagnosis expect_refused(const std::string &path, const std::vector<std::int32_t> &errors,
						 const ringline_device_options *options = nullptr)
	{
		const std::uint32_t before = open_descriptors();
		ringline_diagnosis why = blank_diagnosis();
		ringline_device handle = {};
		const std::int32_t error = ringline_device_open(path.c_str(), options, &why, &handle);
		EXPECT_NE(std::find(errors.begin(), errors.end(), error), errors.end()) << path << ": " << error;
		EXPECT_EQ(handle.value, 0U);
		EXPECT_EQ(why.error, error) << path;
		EXPECT_NE(why.rule, RINGLINE_RULE_NONE) << path;
		EXPECT_GT(std::strlen(why.text), 10U) << path;
		EXPECT_EQ(open_descriptors(), before) << path << " leaked a descriptor";
		EXPECT_EQ(ringline_device_open(path.c_str(), options, nullptr, &handle), error) << "without diagnosis";
		return why;
	}

	Folder folder_;
};

TEST_F(OpenTest, fact_5_dev_null_is_refused)
{
	EXPECT_EQ(expect_refused("/dev/null", {-ENOTTY}).rule, RINGLINE_RULE_NOT_NVME);
}

TEST_F(OpenTest, dev_zero_is_refused)
{
	EXPECT_EQ(expect_refused("/dev/zero", {-ENOTTY}).rule, RINGLINE_RULE_NOT_NVME);
}

TEST_F(OpenTest, a_link_to_dev_null_is_refused)
{
	const std::string path = folder_.path("ng0n1");
	std::filesystem::create_symlink("/dev/null", path);
	EXPECT_EQ(expect_refused(path, {-ENOTTY}).rule, RINGLINE_RULE_NOT_NVME);
}

TEST_F(OpenTest, a_directory_is_refused)
{
	EXPECT_EQ(expect_refused("/", {-ENOTTY}).rule, RINGLINE_RULE_NOT_NVME);
	EXPECT_EQ(expect_refused("/dev", {-ENOTTY}).rule, RINGLINE_RULE_NOT_NVME);
}

TEST_F(OpenTest, a_regular_file_is_a_device_only_when_asked_for)
{
	const std::string path = folder_.path("disk.img");
	make_image(path, 64, 512);
	EXPECT_EQ(expect_refused(path, {-ENOTTY}).rule, RINGLINE_RULE_NOT_NVME);
	EXPECT_EQ(open_device("sim:" + path).info().kind, RINGLINE_DEVICE_SIMULATED);
	EXPECT_EQ(open_device(path, RINGLINE_OPEN_SIMULATED).info().kind, RINGLINE_DEVICE_SIMULATED);
}

TEST_F(OpenTest, a_fifo_is_refused_at_once)
{
	const std::string path = folder_.path("fifo");
	ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
	EXPECT_EQ(expect_refused(path, {-ENOTTY}).rule, RINGLINE_RULE_NOT_NVME);
	expect_refused("sim:" + path, {-EINVAL, -ENOTTY});
}

TEST_F(OpenTest, a_missing_path_is_refused_with_its_name)
{
	const ringline_diagnosis why = expect_refused("/dev/ng9999n1", {-ENOENT});
	EXPECT_EQ(why.rule, RINGLINE_RULE_PATH);
	EXPECT_NE(std::string(why.text).find("/dev/ng9999n1"), std::string::npos) << why.text;
	EXPECT_EQ(expect_refused("sim:" + folder_.path("missing"), {-ENOENT}).rule, RINGLINE_RULE_PATH);
	EXPECT_FALSE(std::filesystem::exists(folder_.path("missing"))) << "opening makes no image";
}

TEST_F(OpenTest, an_overlong_path_is_refused)
{
	expect_refused(std::string(100000, 'x'), {-ENAMETOOLONG, -ENOENT, -EINVAL});
	expect_refused("sim:/" + std::string(100000, 'x'), {-ENAMETOOLONG, -ENOENT, -EINVAL});
}

TEST_F(OpenTest, an_empty_path_is_refused)
{
	expect_refused("", {-ENOENT, -EINVAL});
	expect_refused("sim:", {-ENOENT, -EINVAL});
}

TEST_F(OpenTest, the_null_device_is_reached_by_its_exact_name_alone)
{
	EXPECT_EQ(open_device("null:").info().kind, RINGLINE_DEVICE_NULL);
	for (const char *path : {"null", "NULL:", "null:x", "/null:", " null:", "sim:null:", "null::"}) {
		expect_refused(path, {-ENOENT, -EINVAL, -ENOTTY});
	}
}

TEST_F(OpenTest, missing_arguments_are_refused)
{
	ringline_device handle = {};
	ringline_diagnosis why = blank_diagnosis();
	EXPECT_EQ(ringline_device_open(nullptr, nullptr, &why, &handle), -EINVAL);
	EXPECT_EQ(ringline_device_open("null:", nullptr, &why, nullptr), -EINVAL);
	EXPECT_EQ(handle.value, 0U);
}

TEST_F(OpenTest, senseless_options_are_refused)
{
	ringline_device_options options = {};
	options.struct_size = sizeof options;
	options.flags = 0x8000;
	expect_refused("null:", {-EINVAL}, &options);
	options.flags = 0;
	for (const std::uint32_t size : {1U, 511U, 513U, 1024U, 8192U}) {
		options.block_size = size;
		expect_refused("null:", {-EINVAL}, &options);
	}
	options.block_size = 0;
	options.nsid = 77;
	EXPECT_EQ(expect_refused("null:", {-ENXIO}, &options).rule, RINGLINE_RULE_NAMESPACE);
}

TEST_F(OpenTest, another_namespace_than_demanded_is_refused)
{
	const std::string path = folder_.path("disk.img");
	make_image(path, 64, 512);
	ringline_device_options options = {};
	options.struct_size = sizeof options;
	options.nsid = open_device("sim:" + path).info().nsid;
	ringline_device handle = {};
	ASSERT_EQ(ringline_device_open(("sim:" + path).c_str(), &options, nullptr, &handle), 0);
	EXPECT_EQ(ringline_device_close(handle), 0);
	++options.nsid;
	const ringline_diagnosis why = expect_refused("sim:" + path, {-ENXIO}, &options);
	EXPECT_EQ(why.rule, RINGLINE_RULE_NAMESPACE);
	EXPECT_EQ(why.given, options.nsid);
	EXPECT_EQ(why.wanted, options.nsid - 1);
}

TEST_F(OpenTest, any_file_of_whole_blocks_is_an_image)
{
	const std::string path = folder_.path("plain");
	write_file(path, std::string(8 * 4096, 'z'));
	EXPECT_EQ(open_device("sim:" + path).info().block_size, 512U);
	EXPECT_EQ(open_device("sim:" + path).info().blocks, 64U);
	const Device big = open_device("sim:" + path, 0, 4096);
	EXPECT_EQ(big.info().block_size, 4096U);
	EXPECT_EQ(big.info().blocks, 8U);
}

TEST_F(OpenTest, a_file_of_broken_size_is_no_image)
{
	for (const std::size_t size : {0, 1, 511, 513, 4095}) {
		const std::string path = folder_.path("broken" + std::to_string(size));
		write_file(path, std::string(size, 'z'));
		EXPECT_EQ(expect_refused("sim:" + path, {-EINVAL}).rule, RINGLINE_RULE_IMAGE) << size;
	}
}

TEST_F(OpenTest, an_image_in_use_by_another_process_is_refused_for_writing)
{
	const std::string path = folder_.path("disk.img");
	make_image(path, 64, 512);
	const Device mine = open_device("sim:" + path);
	const int code = run_in_child([&path] {
		Checks checks;
		ringline_diagnosis why = blank_diagnosis();
		ringline_device handle = {};
		checks.expect_equal(ringline_device_open(("sim:" + path).c_str(), nullptr, &why, &handle), -EBUSY);
		checks.expect_equal(why.rule, RINGLINE_RULE_IN_USE);
		checks.expect(std::strlen(why.text) > 10);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0) << "the number of the check that failed";
}

TEST_F(OpenTest, creating_an_image_never_overwrites)
{
	const std::string path = folder_.path("disk.img");
	write_file(path, "precious");
	ringline_sim_options options = {};
	options.struct_size = sizeof options;
	options.blocks = 8;
	EXPECT_EQ(ringline_sim_create(path.c_str(), &options), -EEXIST);
	EXPECT_EQ(std::filesystem::file_size(path), 8U);
	EXPECT_FALSE(std::filesystem::exists(path + ".ringline"));
}

TEST_F(OpenTest, senseless_images_are_not_created)
{
	const std::string path = folder_.path("disk.img");
	ringline_sim_options options = {};
	options.struct_size = sizeof options;
	EXPECT_EQ(ringline_sim_create(path.c_str(), &options), -EINVAL) << "no blocks";
	options.blocks = 8;
	options.block_size = 1000;
	EXPECT_EQ(ringline_sim_create(path.c_str(), &options), -EINVAL);
	options.block_size = 512;
	options.mdts_bytes = 5000;
	EXPECT_EQ(ringline_sim_create(path.c_str(), &options), -EINVAL) << "not a power of two";
	options.mdts_bytes = 2048;
	EXPECT_EQ(ringline_sim_create(path.c_str(), &options), -EINVAL) << "too small";
	options.mdts_bytes = 0;
	options.flags = 1;
	EXPECT_EQ(ringline_sim_create(path.c_str(), &options), -EINVAL);
	options.flags = 0;
	options.blocks = UINT64_MAX;
	EXPECT_LT(ringline_sim_create(path.c_str(), &options), 0);
	options.blocks = 8;
	EXPECT_EQ(ringline_sim_create(nullptr, &options), -EINVAL);
	EXPECT_EQ(ringline_sim_create(path.c_str(), nullptr), -EINVAL);
	EXPECT_EQ(ringline_sim_create(folder_.path("no/such/folder").c_str(), &options), -ENOENT);
	EXPECT_TRUE(std::filesystem::is_empty(folder_.path(""))) << "something was left behind";
}

TEST_F(OpenTest, an_image_has_the_geometry_that_it_was_created_with)
{
	const std::string path = folder_.path("disk.img");
	ringline_sim_options options = {};
	options.struct_size = sizeof options;
	options.blocks = 100;
	options.block_size = 4096;
	options.mdts_bytes = 8192;
	ASSERT_EQ(ringline_sim_create(path.c_str(), &options), 0);
	EXPECT_EQ(std::filesystem::file_size(path), 409600U);
	const ringline_device_info info = open_device("sim:" + path).info();
	EXPECT_EQ(info.blocks, 100U);
	EXPECT_EQ(info.block_size, 4096U);
	EXPECT_EQ(info.mdts_bytes, 8192U);
	EXPECT_EQ(info.max_transfer_bytes, 8192U);
	EXPECT_EQ(info.max_transfer_rule, RINGLINE_RULE_MDTS);
}

TEST_F(OpenTest, no_more_than_1024_devices_are_open_at_once)
{
	rlimit limit = {};
	ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
	const rlim_t before = limit.rlim_cur;
	limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
	if (limit.rlim_cur < 4096 || ::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
		GTEST_SKIP() << "the process may not have enough descriptors";
	}
	std::vector<Device> devices;
	for (int i = 0; i < 1024; ++i) {
		devices.push_back(open_device("null:"));
		ASSERT_NE(ringline_device(devices.back()).value, 0U) << i;
	}
	EXPECT_EQ(expect_refused("null:", {-EMFILE}).rule, RINGLINE_RULE_RESOURCE);
	EXPECT_EQ(devices.back().close(), 0);
	devices.pop_back();
	devices.push_back(open_device("null:"));
	devices.clear();
	limit.rlim_cur = before;
	EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

} // namespace
} // namespace contract
