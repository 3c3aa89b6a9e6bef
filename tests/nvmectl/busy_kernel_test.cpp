// SPDX-License-Identifier: MIT OR Apache-2.0
// A kernel that is out of something while commands are in flight and a signal has come: it is asked again, but not
// without a pause.
#include "tool.h"

namespace nvmectl_test
{
namespace
{

class busy_kernel : public on_simulated
{
protected:
	void SetUp() override
	{
		create("1MiB");
		start.preload = BUSY_KERNEL;
	}
	/// Of what the preloaded library tells at the end.
	static unsigned long asked(const Ended &ended)
	{
		const std::size_t at = ended.err.find("asked ");
		return at == std::string::npos ? 0 : std::stoul(ended.err.substr(at + 6));
	}
	void expect_pauses(const Ended &ended) const
	{
		EXPECT_GT(asked(ended), 0u) << ended.err;
		EXPECT_LE(asked(ended), 60u) << ended.err;
	}

	Start start;
};

TEST_P(busy_kernel, is_not_asked_without_a_pause)
{
	const std::string trace = folder.path("trace");
	ASSERT_EQ(nvmectl({"flush", device, "--trace", trace}).exit, 0);
	faults("action=delay opcode=flush delay=10ms"); // or a replay has its end before it waits for it
	expect_pauses(run({"replay", trace, device}, start));
	expect_pauses(run({"flush", device}, start));
	expect_pauses(run({"passthru", "io", device, "--opcode", "0"}, start));
}

INSTANTIATE_TEST_SUITE_P(engine, busy_kernel, testing::Values("uring"), engine_of);

} // namespace
} // namespace nvmectl_test
