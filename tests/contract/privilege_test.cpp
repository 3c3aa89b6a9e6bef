// SPDX-License-Identifier: MIT OR Apache-2.0
// What a user without privileges meets: files and nodes that may not be opened, memory that may not be pinned.
#include "fixture.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace contract
{
namespace
{

constexpr uid_t nobody = 65534;

/// Runs the body in a child that has no privileges.
int run_unprivileged(const std::function<int()> &body)
{
	return run_in_child([&body] {
		if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) {
			return 99;
		}
		return body();
	});
}

/// Opening gives this errno, this rule, and what the rule wants.
int check_opening(const std::string &path, std::uint32_t flags, std::int32_t error, std::uint32_t rule,
		  std::uint64_t wanted)
{
	Checks checks;
	ringline_device_options options = {};
	options.struct_size = sizeof options;
	options.flags = flags;
	ringline_diagnosis why = blank_diagnosis();
	ringline_device handle = {};
	checks.expect_equal(ringline_device_open(path.c_str(), &options, &why, &handle), error);
	if (error != 0) {
		checks.expect_equal(why.error, error);
		checks.expect_equal(why.rule, rule);
		checks.expect_equal(static_cast<std::int64_t>(why.wanted), static_cast<std::int64_t>(wanted));
		checks.expect(std::strlen(why.text) > 10);
	} else {
		checks.expect_equal(ringline_device_close(handle), 0);
	}
	return checks.exit_code();
}

class PrivilegeTest : public ContractTest
{
protected:
	/// An image in a folder that everybody may look into, and its mode.
	std::string image_with_mode(mode_t mode)
	{
		(void)::chmod(folder().path("").c_str(), 0755);
		(void)::chmod((image() + ".ringline").c_str(), 0644);
		(void)::chmod(image().c_str(), mode);
		return path();
	}
};

RINGLINE_INSTANTIATE(PrivilegeTest, each_engine);

TEST_P(PrivilegeTest, an_image_that_may_not_be_read_is_refused)
{
	const std::string target = image_with_mode(0);
	EXPECT_EQ(run_unprivileged([&] {
			  return check_opening(target, RINGLINE_OPEN_READ_ONLY, -EACCES, RINGLINE_RULE_PERMISSION, 0);
		  }),
		  0);
	EXPECT_EQ(run_unprivileged([&] {
			  ringline_device handle = {};
			  return ringline_device_open(target.c_str(), nullptr, nullptr, &handle) == -EACCES ? 0 : 1;
		  }),
		  0)
		<< "asking for more than reading is no reason to say that it can be read";
}

TEST_P(PrivilegeTest, an_image_that_may_only_be_read_must_be_asked_for_so)
{
	const std::string target = image_with_mode(0444);
	EXPECT_EQ(run_unprivileged([&] { return check_opening(target, 0, -EROFS, RINGLINE_RULE_PERMISSION, 3); }), 0);
	EXPECT_EQ(run_unprivileged([&] { return check_opening(target, RINGLINE_OPEN_READ_ONLY, 0, 0, 0); }), 0);
}

TEST_P(PrivilegeTest, memory_that_may_not_be_pinned_is_accounted_for_and_works)
{
	if (!child_may_start_threads && GetParam().engine == RINGLINE_ENGINE_THREADS) {
		GTEST_SKIP() << "a sanitizer lets no child start threads";
	}
	const std::string other = folder().path("own.img");
	make_image(other, 64, 512);
	(void)::chmod(folder().path("").c_str(), 0755);
	(void)::chmod(other.c_str(), 0666);
	(void)::chmod((other + ".ringline").c_str(), 0644);
	const int code = run_unprivileged([&] {
		const rlimit limit = {std::uint64_t{256} << 10, std::uint64_t{256} << 10};
		Checks checks;
		checks.expect_equal(::setrlimit(RLIMIT_MEMLOCK, &limit), 0);
		ringline_device mine = {};
		ringline_queue *queue = nullptr;
		ringline_queue_options options = {};
		options.struct_size = sizeof options;
		options.engine = GetParam().engine;
		options.depth = 8;
		ringline_buffer_options wish = {};
		wish.struct_size = sizeof wish;
		wish.length = std::uint64_t{16} << 20;
		ringline_buffer buffer = {};
		ringline_buffer_info info = {};
		info.struct_size = sizeof info;
		checks.expect_equal(ringline_device_open(("sim:" + other).c_str(), nullptr, nullptr, &mine), 0);
		checks.expect_equal(ringline_queue_create(&options, nullptr, &queue), 0);
		checks.expect_equal(ringline_queue_attach(queue, mine), 0);
		checks.expect_equal(ringline_buffer_create(&wish, &buffer), 0);
		checks.expect_equal(ringline_queue_attach_buffer(queue, buffer), 0);
		checks.expect_equal(ringline_buffer_info_get(buffer, &info), 0);
		checks.expect_equal(info.attachments, 1);
		checks.expect_equal(ringline_buffer_free(buffer), -EBUSY);
		auto *bytes = reinterpret_cast<std::uint8_t *>(info.address);
		ringline_completion completion = {};
		checks.expect_equal(ringline_read(queue, mine, 0, 1, bytes, 512, 0, 1), 0);
		checks.expect_equal(ringline_queue_detach_buffer(queue, buffer), -EBUSY);
		checks.expect_equal(ringline_submit_and_wait(queue, &completion, 1, 1, patience_ns), 1);
		checks.expect_equal(completion.error, 0);
		checks.expect_equal(ringline_queue_detach_buffer(queue, buffer), 0);
		checks.expect_equal(ringline_buffer_free(buffer), 0);
		checks.expect_equal(ringline_queue_destroy(queue), 0);
		checks.expect_equal(ringline_device_close(mine), 0);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0) << "the number of the check that failed";
}

/// A namespace's node with another mode until the end of the scope.
class NodePrivilegeTest : public AttachedTest
{
protected:
	void TearDown() override
	{
		if (!IsSkipped()) {
			(void)::chmod(path().c_str(), before_.st_mode & 07777U);
		}
		AttachedTest::TearDown();
	}
	void SetUp() override
	{
		AttachedTest::SetUp();
		if (!IsSkipped() && !HasFatalFailure()) {
			ASSERT_EQ(::stat(path().c_str(), &before_), 0);
		}
	}
	int open_with_mode(mode_t mode, std::uint32_t flags, std::int32_t error, std::uint64_t wanted)
	{
		(void)::chmod(path().c_str(), mode);
		return run_unprivileged(
			[&] { return check_opening(path(), flags, error, RINGLINE_RULE_PERMISSION, wanted); });
	}

private:
	struct stat before_ = {};
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NodePrivilegeTest);
RINGLINE_INSTANTIATE(NodePrivilegeTest, node_combinations);

TEST_P(NodePrivilegeTest, a_node_of_the_administrator_is_refused)
{
	EXPECT_EQ(open_with_mode(0600, 0, -EACCES, 2), 0);
}

TEST_P(NodePrivilegeTest, a_node_of_a_group_is_refused_with_the_way_into_it)
{
	EXPECT_EQ(open_with_mode(0660, 0, -EACCES, 1), 0);
}

TEST_P(NodePrivilegeTest, a_node_that_may_only_be_read_must_be_asked_for_so)
{
	EXPECT_EQ(open_with_mode(0644, 0, -EROFS, 3), 0);
}

TEST_P(NodePrivilegeTest, fact_8_a_node_for_everybody_opens_where_the_kernel_goes_by_its_mode)
{
	const bool by_mode = kernel() >= (6U << 16 | 2U); // before that every command needs CAP_SYS_ADMIN
	EXPECT_EQ(open_with_mode(0666, 0, by_mode ? 0 : -EACCES, 2), 0);
}

} // namespace
} // namespace contract
