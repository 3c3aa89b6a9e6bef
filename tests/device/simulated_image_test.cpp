// SPDX-License-Identifier: MIT OR Apache-2.0
// Making and opening images, and the geometry file.
#include "device/simulated_image.h"

#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace simulated
{

namespace
{

ringline_sim_options options_of(std::uint64_t blocks, std::uint32_t block_size = 0, std::uint32_t mdts_bytes = 0)
{
	ringline_sim_options options = {};
	options.struct_size = sizeof options;
	options.blocks = blocks;
	options.block_size = block_size;
	options.mdts_bytes = mdts_bytes;
	return options;
}

class SimulatedImageTest : public FolderTest
{
protected:
	[[nodiscard]] std::string path() const { return file("image"); }
	[[nodiscard]] std::string geometry() const { return path() + ".ringline"; }
	std::int32_t create(const ringline_sim_options &options) const
	{
		return device::create_image(path().c_str(), options);
	}
	void make_raw(std::size_t bytes) const { write_file(path(), std::string(bytes, '\0')); }
	void expect_refused(const std::string &words) const
	{
		const Opening opening = open_image(path());
		EXPECT_EQ(opening.error, -EINVAL);
		EXPECT_EQ(opening.diagnosis.rule, RINGLINE_RULE_IMAGE);
		EXPECT_EQ(opening.diagnosis.error, -EINVAL);
		EXPECT_NE(opening.text().find(words), std::string::npos) << opening.text();
		EXPECT_FALSE(opening.device);
	}
};

TEST_F(SimulatedImageTest, a_created_image_is_sparse_and_opens_as_it_was_made)
{
	ASSERT_EQ(create(options_of(std::uint64_t{1} << 22, 4096, 65536)), 0);
	struct stat facts = {};
	ASSERT_EQ(::stat(path().c_str(), &facts), 0);
	EXPECT_EQ(facts.st_size, off_t{1} << 34);
	EXPECT_LT(facts.st_blocks, 64);
	EXPECT_EQ(read_file(geometry()), "ringline-image 1\nblock_size=4096\nblocks=4194304\nmdts_bytes=65536\n");
	const Opening opening = open_image(path());
	ASSERT_EQ(opening.error, 0) << opening.text();
	EXPECT_EQ(opening.device->info().blocks, std::uint64_t{1} << 22);
	EXPECT_EQ(opening.device->info().block_size, 4096U);
	EXPECT_EQ(opening.device->info().mdts_bytes, 65536U);
}

TEST_F(SimulatedImageTest, the_defaults_are_512_bytes_and_a_mebibyte)
{
	ASSERT_EQ(create(options_of(1)), 0);
	const Opening opening = open_image(path());
	ASSERT_EQ(opening.error, 0) << opening.text();
	EXPECT_EQ(opening.device->info().blocks, 1U);
	EXPECT_EQ(opening.device->info().block_size, 512U);
	EXPECT_EQ(opening.device->info().mdts_bytes, 1U << 20);
}

TEST_F(SimulatedImageTest, the_mode_is_the_umask_s)
{
	const mode_t before = ::umask(027);
	const std::int32_t created = create(options_of(1));
	::umask(before);
	ASSERT_EQ(created, 0);
	for (const std::string &made : {path(), geometry()}) {
		struct stat facts = {};
		ASSERT_EQ(::stat(made.c_str(), &facts), 0);
		EXPECT_EQ(facts.st_mode & 07777, 0640U) << made;
	}
}

TEST_F(SimulatedImageTest, an_existing_image_is_never_overwritten)
{
	write_file(path(), "precious");
	EXPECT_EQ(create(options_of(8)), -EEXIST);
	EXPECT_EQ(read_file(path()), "precious");
	EXPECT_FALSE(exists(geometry()));
}

TEST_F(SimulatedImageTest, an_existing_geometry_file_is_never_overwritten)
{
	write_file(geometry(), "precious");
	EXPECT_EQ(create(options_of(8)), -EEXIST);
	EXPECT_EQ(read_file(geometry()), "precious");
	EXPECT_FALSE(exists(path()));
}

TEST_F(SimulatedImageTest, a_dangling_symlink_is_not_followed)
{
	ASSERT_EQ(::symlink(file("elsewhere").c_str(), path().c_str()), 0);
	EXPECT_EQ(create(options_of(8)), -EEXIST);
	EXPECT_FALSE(exists(file("elsewhere")));
}

TEST_F(SimulatedImageTest, options_out_of_range_make_nothing)
{
	const ringline_sim_options wrong[] = {
		options_of(0),
		options_of(1, 1024),
		options_of(1, 511),
		options_of(1, 512, 2048),
		options_of(1, 512, 12288),
		options_of(std::uint64_t{INT64_MAX} / 512 + 1),
		options_of(std::uint64_t{INT64_MAX} / 4096 + 1, 4096),
		options_of(UINT64_MAX),
	};
	for (const ringline_sim_options &options : wrong) {
		EXPECT_EQ(create(options), -EINVAL) << options.blocks << " x " << options.block_size;
	}
	ringline_sim_options flagged = options_of(1);
	flagged.flags = 1;
	EXPECT_EQ(create(flagged), -EINVAL);
	EXPECT_TRUE(std::filesystem::is_empty(folder()));
}

TEST_F(SimulatedImageTest, a_folder_that_is_not_there_is_enoent)
{
	EXPECT_EQ(device::create_image(file("none/image").c_str(), options_of(1)), -ENOENT);
	EXPECT_EQ(device::create_image("", options_of(1)), -ENOENT);
	EXPECT_EQ(device::create_image(std::string(5000, 'x').c_str(), options_of(1)), -ENOENT);
}

TEST_F(SimulatedImageTest, a_name_with_no_room_for_the_suffix_leaves_nothing)
{
	const std::string longest = file(std::string(255, 'x'));
	EXPECT_EQ(device::create_image(longest.c_str(), options_of(1)), -ENOENT);
	EXPECT_TRUE(std::filesystem::is_empty(folder()));
}

TEST_F(SimulatedImageTest, a_full_file_system_leaves_nothing_behind)
{
	if (!mount_small("size=8k")) {
		GTEST_SKIP() << "mounting a tmpfs is not permitted here";
	}
	const int filler = ::open(file("filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_GE(filler, 0);
	const std::string zeros(65536, '\0');
	while (::write(filler, zeros.data(), zeros.size()) > 0) {
	}
	::close(filler);
	EXPECT_EQ(create(options_of(8)), -ENOSPC);
	EXPECT_FALSE(exists(path()));
	EXPECT_FALSE(exists(geometry()));
}

TEST_F(SimulatedImageTest, an_image_larger_than_the_file_system_takes_leaves_nothing_behind)
{
	const std::int32_t error = create(options_of(std::uint64_t{INT64_MAX} / 512));
	if (error == 0) {
		GTEST_SKIP() << "this file system takes a file of 2^63 bytes";
	}
	EXPECT_EQ(error, -ENOSPC);
	EXPECT_TRUE(std::filesystem::is_empty(folder()));
}

TEST_F(SimulatedImageTest, any_regular_file_of_whole_blocks_can_be_opened)
{
	make_raw(64 * 512);
	const Opening opening = open_image(path());
	ASSERT_EQ(opening.error, 0) << opening.text();
	EXPECT_EQ(opening.device->info().blocks, 64U);
	EXPECT_EQ(opening.device->info().block_size, 512U);
	EXPECT_FALSE(exists(geometry())) << "opening writes nothing";
}

TEST_F(SimulatedImageTest, the_option_decides_the_block_size_where_no_file_does)
{
	make_raw(64 * 512);
	const Opening opening = open_image(path(), 0, 4096);
	ASSERT_EQ(opening.error, 0) << opening.text();
	EXPECT_EQ(opening.device->info().blocks, 8U);
	EXPECT_EQ(opening.device->info().block_size, 4096U);
}

TEST_F(SimulatedImageTest, an_option_that_contradicts_the_geometry_file_is_refused)
{
	ASSERT_EQ(create(options_of(8, 4096)), 0);
	const Opening opening = open_image(path(), 0, 512);
	EXPECT_EQ(opening.error, -EINVAL);
	EXPECT_EQ(opening.diagnosis.rule, RINGLINE_RULE_ARGUMENT);
	EXPECT_EQ(opening.diagnosis.offset, offsetof(ringline_device_options, block_size));
	EXPECT_EQ(opening.diagnosis.given, 512U);
	EXPECT_EQ(opening.diagnosis.wanted, 4096U);
	EXPECT_EQ(open_image(path(), 0, 4096).error, 0);
}

TEST_F(SimulatedImageTest, options_out_of_range_are_refused)
{
	make_raw(4096);
	const Opening size = open_image(path(), 0, 1024);
	EXPECT_EQ(size.error, -EINVAL);
	EXPECT_EQ(size.diagnosis.rule, RINGLINE_RULE_ARGUMENT);
	const Opening nsid = open_image(path(), 0, 0, 2);
	EXPECT_EQ(nsid.error, -ENXIO);
	EXPECT_EQ(nsid.diagnosis.rule, RINGLINE_RULE_NAMESPACE);
	EXPECT_EQ(open_image(path(), 0, 0, 1).error, 0);
}

TEST_F(SimulatedImageTest, sizes_that_are_no_blocks_are_refused)
{
	make_raw(0);
	expect_refused("is empty");
	make_raw(513);
	expect_refused("513 bytes, is not a multiple of the block size, 512");
	make_raw(4096 + 512);
	const Opening opening = open_image(path(), 0, 4096);
	EXPECT_EQ(opening.error, -EINVAL);
	EXPECT_NE(opening.text().find("is not a multiple of the block size, 4096"), std::string::npos)
		<< opening.text();
}

TEST_F(SimulatedImageTest, a_copy_that_was_cut_short_is_noticed)
{
	ASSERT_EQ(create(options_of(64)), 0);
	ASSERT_EQ(::truncate(path().c_str(), 32 * 512), 0);
	expect_refused("has 32 blocks, but its geometry file says 64");
}

TEST_F(SimulatedImageTest, a_path_that_is_not_there_is_enoent)
{
	for (const std::string &none : {path(), file("none/image"), path() + std::string(5000, 'x'), std::string()}) {
		const Opening opening = open_image(none);
		EXPECT_EQ(opening.error, -ENOENT);
		EXPECT_EQ(opening.diagnosis.rule, RINGLINE_RULE_PATH);
	}
}

TEST_F(SimulatedImageTest, a_file_below_a_file_is_enoent)
{
	make_raw(512);
	EXPECT_EQ(open_image(path() + "/image").error, -ENOENT);
}

TEST_F(SimulatedImageTest, a_symlink_to_an_image_is_fine)
{
	make_raw(512);
	ASSERT_EQ(::symlink("image", file("link").c_str()), 0);
	EXPECT_EQ(open_image(file("link")).error, 0);
}

TEST_F(SimulatedImageTest, what_is_not_a_regular_file_is_refused_without_opening_it)
{
	ASSERT_EQ(::mkdir(file("folder").c_str(), 0700), 0);
	ASSERT_EQ(::mkfifo(file("fifo").c_str(), 0600), 0);
	sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
	std::snprintf(address.sun_path, sizeof address.sun_path, "%s", file("socket").c_str());
	const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
	ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
	const std::pair<std::string, std::string> cases[] = {{file("folder"), "a directory"},
							     {file("fifo"), "a FIFO"},
							     {file("socket"), "a socket"},
							     {"/dev/null", "a character device"}};
	for (const auto &[wrong, kind] : cases) {
		for (const std::uint32_t flags : {0U, RINGLINE_OPEN_READ_ONLY}) {
			const Opening opening = open_image(wrong, flags);
			EXPECT_EQ(opening.error, -EINVAL) << wrong;
			EXPECT_EQ(opening.diagnosis.rule, RINGLINE_RULE_IMAGE);
			EXPECT_NE(opening.text().find("is " + kind), std::string::npos) << opening.text();
		}
	}
	::close(socket);
}

/// As a user to whom file modes mean something.
int as_nobody(const std::function<int()> &run)
{
	return in_child([&run] {
		if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) {
			return 77;
		}
		return run();
	});
}

TEST_F(SimulatedImageTest, permission_errors_say_what_is_missing)
{
	make_raw(512);
	ASSERT_EQ(::chmod(folder().c_str(), 0755), 0);
	ASSERT_EQ(::chmod(path().c_str(), 0444), 0);
	EXPECT_EQ(as_nobody([this] {
			  const Opening opening = open_image(path());
			  return opening.error == -EROFS && opening.diagnosis.rule == RINGLINE_RULE_PERMISSION &&
						 opening.diagnosis.wanted == 3
					 ? 0
					 : 1;
		  }),
		  0);
	EXPECT_EQ(as_nobody([this] { return open_image(path(), RINGLINE_OPEN_READ_ONLY).error == 0 ? 0 : 1; }), 0);
	ASSERT_EQ(::chmod(path().c_str(), 0000), 0);
	for (const std::uint32_t flags : {0U, RINGLINE_OPEN_READ_ONLY}) {
		EXPECT_EQ(as_nobody([&] {
				  const Opening opening = open_image(path(), flags);
				  return opening.error == -EACCES && opening.diagnosis.rule == RINGLINE_RULE_PERMISSION
						 ? 0
						 : 1;
			  }),
			  0);
	}
	EXPECT_EQ(as_nobody([this] { return create(options_of(1)) == -EEXIST ? 0 : 1; }), 0);
	EXPECT_EQ(as_nobody([this] {
			  return device::create_image(file("other").c_str(), options_of(1)) == -EACCES ? 0 : 1;
		  }),
		  0);
}

TEST_F(SimulatedImageTest, without_descriptors_opening_fails_and_says_so)
{
	ASSERT_EQ(create(options_of(1)), 0);
	write_file(path() + ".faults", "ringline-faults 1\n");
	EXPECT_EQ(in_child([this] {
			  // Each number of free descriptors fails at another place, until there are enough.
			  const int next = ::dup(0);
			  ::close(next);
			  for (rlim_t room = 0; room < 8; ++room) {
				  const rlimit limit = {.rlim_cur = static_cast<rlim_t>(next) + room, .rlim_max = 1024};
				  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
					  return 2;
				  }
				  const Opening opening = open_image(path());
				  if (opening.error == 0) {
					  return room >= 2 ? 0 : 3;
				  }
				  if (opening.error != -EMFILE || opening.diagnosis.rule != RINGLINE_RULE_RESOURCE) {
					  return 4;
				  }
			  }
			  return 5;
		  }),
		  0);
}

TEST_F(SimulatedImageTest, opening_and_closing_leaks_no_descriptor)
{
	make_raw(512);
	const auto count = [] {
		std::size_t open = 0;
		for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator("/proc/self/fd")) {
			++open;
		}
		return open;
	};
	write_file(file("bad"), std::string(513, '\0'));
	const std::size_t before = count();
	for (int i = 0; i < 50; ++i) {
		EXPECT_EQ(open_image(path()).error, 0);
		EXPECT_EQ(open_image(file("bad")).error, -EINVAL);
	}
	EXPECT_EQ(count(), before);
}

TEST_F(SimulatedImageTest, each_mistake_in_the_geometry_file_is_named_with_its_line)
{
	make_raw(64 * 512);
	const std::pair<std::string, std::string> cases[] = {
		{"", "line 1: the first line must be 'ringline-image 1'"},
		{"ringline-image 2\nblock_size=512\n", "line 1: the first line must be"},
		{"ringline-faults 1\nblock_size=512\n", "line 1: the first line must be"},
		{"ringline-image 1\n", "block_size must be there"},
		{"ringline-image 1\nblock_size=1024\n", "block_size must be there, and be 512 or 4096"},
		{"ringline-image 1\nblock_size=512\ncolour=red\n", "line 3: the key 'colour' is unknown"},
		{"ringline-image 1\nblock_size=512\nblock_size=512\n", "line 3: the key 'block_size' is there twice"},
		{"ringline-image 1\nblock_size=512 block_size=512\n", "line 2: the key 'block_size' is there twice"},
		{"ringline-image 1\nblock_size=abc\n", "line 2: 'abc' is no value for the key 'block_size'"},
		{"ringline-image 1\nblock_size=512\nblocks=0\n", "blocks must be at least 1"},
		{"ringline-image 1\nblock_size=512\nblocks=18014398509481984\n", "less than 2^63 bytes"},
		{"ringline-image 1\nblock_size=512\nblocks=9223372036854775808\n", "is no value for the key 'blocks'"},
		{"ringline-image 1\nblock_size=512\nmdts_bytes=2048\n", "mdts_bytes must be a power of two"},
		{"ringline-image 1\nblock_size=512\nmdts_bytes=12288\n", "mdts_bytes must be a power of two"},
		{"ringline-image 1\nblock_size=512\nmdts_bytes=4294967296\n", "is no value for the key 'mdts_bytes'"},
		{"ringline-image 1\nblock_size\n", "line 2: 'block_size' is not key=value"},
		{std::string("ringline-image 1\nblock_size=512\0\n", 33), "line 2: there is a control character, 0x00"},
		{"ringline-image 1\n#" + std::string(300, '-'), "line 2: it is longer than 255 bytes"},
		{"ringline-image 1\n" + std::string(70000, '\n'), "is larger than 65536 bytes"},
	};
	for (const auto &[content, words] : cases) {
		write_file(geometry(), content);
		expect_refused(words);
	}
	write_file(geometry(), "ringline-image 1\n# as text\nblock_size=512 blocks=64\nmdts_bytes=0x2000");
	const Opening opening = open_image(path());
	ASSERT_EQ(opening.error, 0) << opening.text();
	EXPECT_EQ(opening.device->info().mdts_bytes, 8192U);
}

TEST_F(SimulatedImageTest, the_files_beside_it_must_be_regular_files)
{
	make_raw(512);
	for (const char *suffix : {".ringline", ".faults"}) {
		ASSERT_EQ(::mkfifo((path() + suffix).c_str(), 0600), 0);
		expect_refused(std::string("image") + suffix + "', which belongs to the image, is not a regular file");
		ASSERT_EQ(::unlink((path() + suffix).c_str()), 0);
	}
}

TEST_F(SimulatedImageTest, a_name_that_leaves_no_room_for_a_suffix_has_no_files_beside_it)
{
	const std::string longest = file(std::string(255, 'x'));
	write_file(longest, std::string(512, '\0'));
	const Opening opening = open_image(longest);
	EXPECT_EQ(opening.error, 0) << opening.text();
}

TEST_F(SimulatedImageTest, a_file_beside_it_that_must_not_be_read_makes_opening_fail)
{
	make_raw(512);
	ASSERT_EQ(::chmod(folder().c_str(), 0755), 0);
	ASSERT_EQ(::chmod(path().c_str(), 0444), 0);
	for (const char *suffix : {".ringline", ".faults"}) {
		const std::string beside = path() + suffix;
		write_file(beside, "");
		ASSERT_EQ(::chmod(beside.c_str(), 0), 0);
		EXPECT_EQ(as_nobody([this] {
				  const Opening opening = open_image(path(), RINGLINE_OPEN_READ_ONLY);
				  return opening.error == -EACCES && opening.diagnosis.rule == RINGLINE_RULE_PERMISSION
						 ? 0
						 : 1;
			  }),
			  0);
		ASSERT_EQ(::unlink(beside.c_str()), 0);
	}
}

TEST_F(SimulatedImageTest, a_mistake_in_the_rules_file_makes_opening_fail)
{
	make_raw(512);
	write_file(path() + ".faults", "ringline-faults 1\n\naction=status opcode=read status=0\n");
	expect_refused("image.faults, line 3: the status must have 15 bits");
}

TEST_F(SimulatedImageTest, rules_beside_an_image_act_from_the_opening)
{
	make_raw(64 * 512);
	write_file(path() + ".faults",
		   "ringline-faults 1\naction=status opcode=read lba=10 blocks=2 status=0x281 repeat=1\n");
	const Opening opening = open_image(path());
	ASSERT_EQ(opening.error, 0) << opening.text();
	std::vector<std::uint8_t> memory(512);
	EXPECT_TRUE(succeeded(opening.device->execute(read_command(9, 1, memory)).outcome));
	EXPECT_TRUE(has_status(opening.device->execute(read_command(11, 1, memory)).outcome, 0x281));
	EXPECT_TRUE(succeeded(opening.device->execute(read_command(11, 1, memory)).outcome));
	EXPECT_EQ(opening.device->clear_fault(1), 1);
}

} // namespace

} // namespace simulated
