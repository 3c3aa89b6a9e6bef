// SPDX-License-Identifier: MIT OR Apache-2.0
// An output that cannot be made durable: what is said about it must be what is on the disk.
#include "tool.h"

#include <cstdlib>

namespace nvmectl_test
{
namespace
{

class output_sync : public on_simulated
{
protected:
	void SetUp() override
	{
		create();
		write_file(image, data);
		write_file(folder.path("out"), "old");
	}
	void TearDown() override
	{
		(void)::unsetenv("FAILING_SYNC");
		(void)::unsetenv("FAILING_SYNC_AFTER");
	}

	[[nodiscard]] Ended read_with_failing_sync_of(const char *what) const
	{
		(void)::setenv("FAILING_SYNC", what, 1);
		Start start;
		start.preload = SYNC_FAILS;
		return run({"read", device, "--blocks", "2", "-o", folder.path("out"), "--json"}, std::move(start));
	}

	std::string data = noise(16u << 20);
};

TEST_P(output_sync, a_file_that_cannot_be_synced_was_not_touched)
{
	const Ended ended = read_with_failing_sync_of("file");
	EXPECT_EQ(ended.exit, 3) << ended.err;
	EXPECT_TRUE(contains(ended.error().value("message", ""), "it was not touched")) << ended.err;
	EXPECT_TRUE(same(read_file(folder.path("out")), "old"));
}

TEST_P(output_sync, a_file_whose_directory_cannot_be_synced_is_said_to_be_complete)
{
	const Ended ended = read_with_failing_sync_of("directory");
	EXPECT_EQ(ended.exit, 8) << ended.err;
	const std::string message = ended.error().value("message", "");
	EXPECT_TRUE(contains(message, "is complete, but its directory could not be synced")) << ended.err;
	EXPECT_FALSE(contains(message, "not touched")) << ended.err;
	EXPECT_TRUE(same(read_file(folder.path("out")), data.substr(0, 2 * block)));
}

TEST_P(output_sync, the_map_of_a_rescue_lasts_only_with_its_directory)
{
	(void)::setenv("FAILING_SYNC", "directory", 1);
	(void)::setenv("FAILING_SYNC_AFTER", "2", 1); // of the output, and of the map before anything is read
	Start start;
	start.preload = SYNC_FAILS;
	const std::string map = folder.path("rescued.map");
	const Ended ended = run(
		{"read", device, "--all", "-o", folder.path("rescued"), "--continue-on-error", "--map", map, "--json"},
		std::move(start));
	EXPECT_EQ(ended.exit, 8) << ended.err;
	EXPECT_TRUE(contains(ended.error().value("message", ""), map + " is complete, but its directory")) << ended.err;
	EXPECT_TRUE(same(read_file(folder.path("rescued")), data));
}

INSTANTIATE_TEST_SUITE_P(engine, output_sync, each_engine(), engine_of);

} // namespace
} // namespace nvmectl_test
