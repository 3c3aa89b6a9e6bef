// SPDX-License-Identifier: MIT OR Apache-2.0
// What users of nvme-cli lost data to: each case, with what nvmectl does instead. The busy device is in
// device_test.cpp, since only a real one can be mounted.
#include "tool.h"

#include <fcntl.h>
#include <unistd.h>

#include <set>
#include <thread>

namespace nvmectl_test
{
namespace
{

class data_loss : public on_simulated
{
protected:
	void SetUp() override { create("64MiB"); }
};

/// Writes pieces to a pipe with pauses, as a slow producer does. The reading end is in read_end.
class SlowPipe
{
public:
	SlowPipe(std::string bytes, std::size_t piece)
	{
		int ends[2] = {-1, -1};
		EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
		read_end = ends[0];
		writer_ = std::thread([fd = ends[1], data = std::move(bytes), piece] {
			for (std::size_t at = 0; at < data.size(); at += piece) {
				const std::size_t length = std::min(piece, data.size() - at);
				EXPECT_EQ(::write(fd, data.data() + at, length), static_cast<ssize_t>(length));
				std::this_thread::sleep_for(std::chrono::milliseconds(1));
			}
			(void)::close(fd);
		});
	}
	SlowPipe(const SlowPipe &) = delete;
	SlowPipe &operator=(const SlowPipe &) = delete;
	~SlowPipe() { writer_.join(); }

	int read_end = -1;

private:
	std::thread writer_;
};

TEST_P(data_loss, a_pipe_that_gives_little_at_a_time_is_written_whole_and_not_one_read_and_zeros)
{
	const std::string data = noise(300 * block);
	SlowPipe pipe(data, 777);
	Start start;
	start.input_fd = pipe.read_end;
	const Ended ended = run({"write", device, "--lba", "0", "--length", "150KiB", "-f", "-"}, std::move(start));
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(same(image_bytes(0, data.size()), data));
	EXPECT_TRUE(same(image_bytes(data.size(), 64 * block), std::string(64 * block, '\0')));
}

TEST_P(data_loss, a_short_file_is_refused_and_not_padded_with_zeros)
{
	write_file(folder.path("short"), noise(10 * block));
	const Ended ended =
		run({"write", device, "--lba", "0", "--blocks", "11", "-f", folder.path("short"), "--json"});
	EXPECT_EQ(ended.exit, 4) << ended.err;
	EXPECT_EQ(ended.error().value("rule", ""), "input-short");
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(data_loss, a_file_that_ends_inside_a_block_is_refused_and_not_padded_with_zeros)
{
	write_file(folder.path("odd"), noise(10 * block + 7));
	const Ended ended = run({"write", device, "--lba", "0", "-f", folder.path("odd"), "--json"});
	EXPECT_EQ(ended.exit, 4) << ended.err;
	EXPECT_EQ(ended.error().value("rule", ""), "input-partial-block");
	EXPECT_TRUE(image_is_untouched());
}

TEST_P(data_loss, a_size_of_more_than_65536_blocks_is_transferred_whole)
{
	const std::string data = noise(70001 * block);
	write_file(folder.path("in"), data);
	const Ended written =
		run({"write", device, "--lba", "5", "--blocks", "70001", "-f", folder.path("in"), "--json"});
	EXPECT_EQ(written.exit, 0) << written.err;
	EXPECT_EQ(written.document("nvmectl.write/1").value("blocks", 0u), 70001u);
	EXPECT_TRUE(same(image_bytes(5 * block, data.size()), data));
	const Ended read = run({"read", device, "--lba", "5", "--blocks", "70001", "-o", folder.path("out")});
	EXPECT_EQ(read.exit, 0) << read.err;
	EXPECT_TRUE(same(read_file(folder.path("out")), data));
}

TEST_P(data_loss, a_count_of_one_is_one_block_and_not_two)
{
	write_file(folder.path("in"), noise(2 * block));
	const Ended ended = run({"write", device, "--lba", "0", "--blocks", "1", "-f", folder.path("in")});
	EXPECT_EQ(ended.exit, 0) << ended.err;
	EXPECT_TRUE(same(image_bytes(0, block), noise(2 * block).substr(0, block)));
	EXPECT_TRUE(same(image_bytes(block, block), std::string(block, '\0')));
	const Ended read = run({"read", device, "--blocks", "1", "-o", folder.path("out")});
	EXPECT_EQ(read.exit, 0) << read.err;
	EXPECT_EQ(read_file(folder.path("out")).size(), block);
}

TEST_P(data_loss, an_output_file_is_as_it_was_after_a_read_that_failed)
{
	faults("action=status opcode=read lba=5000 blocks=1 status=0x281");
	write_file(folder.path("out"), "precious");
	const Ended ended = run({"read", device, "--all", "-o", folder.path("out")});
	EXPECT_EQ(ended.exit, 5) << ended.err;
	EXPECT_TRUE(same(read_file(folder.path("out")), "precious"));
	EXPECT_EQ(folder.names(), (Words{"disk.img", "disk.img.faults", "disk.img.ringline", "out"}));
}

TEST_P(data_loss, no_output_file_appears_after_a_read_that_failed)
{
	faults("action=status opcode=read lba=5000 blocks=1 status=0x281");
	EXPECT_EQ(run({"read", device, "--all", "-o", folder.path("out")}).exit, 5);
	EXPECT_EQ(folder.names(), (Words{"disk.img", "disk.img.faults", "disk.img.ringline"}));
}

TEST_P(data_loss, exit_codes_tell_the_classes_of_failures_apart)
{
	write_file(folder.path("in"), noise(400 * block));
	std::set<int> codes;
	codes.insert(run({"write", device, "-f", folder.path("in")}).exit);
	codes.insert(run({"write", device + "-none", "--lba", "0", "-f", folder.path("in")}).exit);
	codes.insert(run({"write", device, "--lba", "0", "--blocks", "999", "-f", folder.path("in")}).exit);
	faults("action=status opcode=write lba=300 blocks=1 status=0x280");
	codes.insert(run({"write", device, "--lba", "0", "-f", folder.path("in")}).exit);
	faults("action=error opcode=write lba=300 blocks=1 error=EINTR");
	codes.insert(run({"write", device, "--lba", "0", "-f", folder.path("in")}).exit);
	faults("action=error opcode=write lba=300 blocks=1 error=EIO");
	codes.insert(run({"write", device, "--lba", "0", "-f", folder.path("in"), "--depth", "1"}).exit);
	EXPECT_EQ(codes, (std::set<int>{2, 3, 4, 5, 7, 8}));
}

INSTANTIATE_TEST_SUITE_P(engine, data_loss, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
