// SPDX-License-Identifier: MIT OR Apache-2.0
// A signal that comes between looking for signals and waiting: no system call is there to be interrupted.
#include "tool.h"

namespace nvmectl_test
{
namespace
{

class early_signal : public on_simulated
{
};

TEST_P(early_signal, ends_the_wait_that_begins_after_it)
{
	create();
	// The first reads never come back by themselves, so nothing but the signal can end the wait.
	faults("action=drop opcode=read");
	Start start;
	start.preload = SIGNAL_BEFORE_WAIT;
	const Ended ended =
		run({"read", device, "--lba", "0", "--blocks", "128", "-o", folder.path("out"), "--json"}, start);
	EXPECT_EQ(ended.exit, 7) << ended.err;
	EXPECT_EQ(ended.error()["unknown"], Json::parse(R"([{"lba": 0, "blocks": 128}])")) << ended.err;
}

// Simulated commands are decided over when they are submitted by a ring, so the cancelling always finds them.
INSTANTIATE_TEST_SUITE_P(engine, early_signal, testing::Values("uring"), engine_of);

} // namespace
} // namespace nvmectl_test
