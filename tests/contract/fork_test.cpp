// SPDX-License-Identifier: MIT OR Apache-2.0
// After fork() the child can use nothing that it inherited, and the parent goes on as before.
#include "fixture.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace contract
{
namespace
{

class ForkTest : public AttachedTest
{
};

RINGLINE_INSTANTIATE(ForkTest, every_combination);

/// Every call about devices and buffers. Runs in a child.
void check_handles(Checks &checks, ringline_device device, ringline_buffer buffer)
{
	ringline_device_info device_info = {};
	device_info.struct_size = sizeof device_info;
	checks.expect_equal(ringline_device_info_get(device, &device_info), -ECHILD);
	checks.expect_equal(ringline_device_refresh(device), -ECHILD);
	ringline_nvme_command identify = {};
	ringline_completion completion = {};
	checks.expect_equal(ringline_device_admin(device, &identify, &completion), -ECHILD);
	const ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	checks.expect_equal(ringline_sim_fault_set(device, &rule), -ECHILD);
	checks.expect_equal(ringline_sim_fault_clear(device, 0), -ECHILD);
	ringline_buffer_info buffer_info = {};
	buffer_info.struct_size = sizeof buffer_info;
	checks.expect_equal(ringline_buffer_info_get(buffer, &buffer_info), -ECHILD);
	checks.expect_equal(ringline_buffer_free(buffer), -ECHILD);
	checks.expect_equal(ringline_device_close(device), -ECHILD);
	checks.expect_equal(device_info.kind, 0);
}

/// Every call about a queue. Runs in a child.
void check_queue(Checks &checks, ringline_queue *queue, const ringline_command &one, ringline_buffer buffer)
{
	ringline_completion completion = {};
	ringline_queue_info info = {};
	info.struct_size = sizeof info;
	ringline_raw_command raw = {};
	raw.device = one.device;
	std::uint32_t taken = 0;
	alignas(4096) static std::uint8_t memory[4096];
	checks.expect_equal(ringline_queue_info_get(queue, &info), -ECHILD);
	checks.expect_equal(ringline_queue_attach(queue, one.device), -ECHILD);
	checks.expect_equal(ringline_queue_detach(queue, one.device), -ECHILD);
	checks.expect_equal(ringline_queue_attach_buffer(queue, buffer), -ECHILD);
	checks.expect_equal(ringline_queue_detach_buffer(queue, buffer), -ECHILD);
	checks.expect_equal(ringline_queue_fd(queue), -ECHILD);
	checks.expect_equal(ringline_queue_wakeup(queue), -ECHILD);
	checks.expect_equal(ringline_cancel(queue, 1), -ECHILD);
	checks.expect_equal(ringline_read(queue, one.device, 0, 1, memory, 512, 0, 1), -ECHILD);
	checks.expect_equal(ringline_write(queue, one.device, 0, 1, memory, 512, 0, 1), -ECHILD);
	checks.expect_equal(ringline_flush(queue, one.device, 1), -ECHILD);
	checks.expect_equal(ringline_push(queue, &one, 1), -ECHILD);
	checks.expect_equal(ringline_push_raw(queue, &raw, 1), -ECHILD);
	checks.expect_equal(ringline_submit(queue), -ECHILD);
	checks.expect_equal(ringline_poll(queue, &completion, 1), -ECHILD);
	checks.expect_equal(ringline_wait(queue, &completion, 1, 0, 0), -ECHILD);
	checks.expect_equal(ringline_submit_and_wait(queue, &completion, 1, 0, 0), -ECHILD);
	checks.expect_equal(ringline_exchange(queue, &one, 1, &taken, &completion, 1, 0, 0), -ECHILD);
	checks.expect_equal(ringline_queue_destroy(queue), -ECHILD);
}

TEST_P(ForkTest, the_child_is_refused_by_every_call_on_a_device_or_buffer)
{
	const Buffer buffer = make_buffer(4096);
	const int code = run_in_child([&] {
		Checks checks;
		check_handles(checks, device(), buffer);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0) << "the number of the check that failed";
	EXPECT_TRUE(succeeded(run(queue(), flush())));
}

TEST_P(ForkTest, the_child_is_refused_by_every_call_on_a_queue)
{
	const Buffer buffer = make_buffer(4096);
	const ringline_command one = flush(9);
	const int code = run_in_child([&] {
		Checks checks;
		check_queue(checks, queue(), one, buffer);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0) << "the number of the check that failed";
	EXPECT_EQ(in_flight(), 0U);
}

TEST_P(ForkTest, the_child_is_refused_on_a_movable_queue_too)
{
	ringline_queue_options options = {};
	options.flags = RINGLINE_QUEUE_MOVABLE;
	replace_queue(options);
	const Buffer buffer = make_buffer(4096);
	const ringline_command one = flush(9);
	const int code = run_in_child([&] {
		Checks checks;
		check_queue(checks, queue(), one, buffer);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0) << "the number of the check that failed";
	EXPECT_TRUE(succeeded(run(queue(), flush())));
}

TEST_P(ForkTest, a_command_explained_in_the_child_names_an_inherited_device)
{
	const ringline_command one = flush();
	const int code = run_in_child([&] {
		Checks checks;
		ringline_diagnosis why = blank_diagnosis();
		checks.expect_equal(ringline_explain(&one, &why), -ECHILD);
		checks.expect_equal(why.error, -ECHILD);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0) << "the number of the check that failed";
}

TEST_P(ForkTest, the_parent_goes_on_with_what_it_had_pushed)
{
	const Memory memory(block_size());
	fill_pattern(memory.bytes(), 5);
	const ringline_command command = write(3, memory, 77);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	EXPECT_EQ(run_in_child([&] {
			  ringline_completion completion = {};
			  (void)ringline_submit_and_wait(queue(), &completion, 1, 1, 0);
			  (void)ringline_cancel(queue(), 77);
			  return 0;
		  }),
		  0);
	const ringline_completion completion = collect_one(queue());
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.user_data, 77U);
	memory.fill(0);
	EXPECT_TRUE(succeeded(run(queue(), read(3, memory))));
	if (stores()) {
		EXPECT_EQ(differing_bytes(memory.bytes(), 5), 0U);
	}
}

TEST_P(ForkTest, the_child_can_open_its_own)
{
	if (!child_may_start_threads && GetParam().engine == RINGLINE_ENGINE_THREADS) {
		GTEST_SKIP() << "a sanitizer lets no child start threads";
	}
	if (GetParam().kind == Kind::simulated) {
		make_image(folder().path("child.img"), image_blocks, block_size());
	}
	const std::string own = GetParam().kind == Kind::simulated ? "sim:" + folder().path("child.img") : path();
	const int code = run_in_child([&] {
		Checks checks;
		ringline_device mine = {};
		ringline_queue *fresh = nullptr;
		ringline_queue_options options = {};
		options.struct_size = sizeof options;
		options.engine = GetParam().engine;
		checks.expect_equal(ringline_device_open(own.c_str(), nullptr, nullptr, &mine), 0);
		checks.expect_equal(ringline_queue_create(&options, nullptr, &fresh), 0);
		checks.expect_equal(ringline_queue_attach(fresh, mine), 0);
		checks.expect_equal(ringline_flush(fresh, mine, 4), 0);
		ringline_completion completion = {};
		checks.expect_equal(ringline_submit_and_wait(fresh, &completion, 1, 1, patience_ns), 1);
		checks.expect_equal(completion.error, 0);
		checks.expect_equal(static_cast<std::int64_t>(completion.user_data), 4);
		checks.expect_equal(ringline_device_close(device()), -ECHILD);
		checks.expect_equal(ringline_queue_destroy(fresh), 0);
		checks.expect_equal(ringline_device_close(mine), 0);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0) << "the number of the check that failed";
	EXPECT_TRUE(succeeded(run(queue(), flush())));
}

class ForkedImageTest : public ContractTest
{
protected:
	/// Opens it for writing, through the library, in whatever process this is.
	std::int32_t open_for_writing(ringline_device *device)
	{
		return ringline_device_open(path().c_str(), nullptr, nullptr, device);
	}
};

RINGLINE_INSTANTIATE(ForkedImageTest, each_engine);

TEST_P(ForkedImageTest, a_child_that_lives_on_does_not_keep_an_image_locked)
{
	int ends[2] = {-1, -1};
	ASSERT_EQ(::pipe(ends), 0);
	ringline_device device = {};
	ASSERT_EQ(open_for_writing(&device), 0);
	const pid_t child = ::fork();
	if (child == 0) {
		char nothing = 0;
		(void)::close(ends[1]);
		::_exit(::read(ends[0], &nothing, 1) == 0 ? 0 : 1); // until the parent is done
	}
	EXPECT_EQ(ringline_device_close(device), 0);
	EXPECT_EQ(open_for_writing(&device), 0);
	EXPECT_EQ(ringline_device_close(device), 0);
	(void)::close(ends[1]);
	(void)::close(ends[0]);
	int status = 0;
	EXPECT_EQ(::waitpid(child, &status, 0), child);
	EXPECT_EQ(status, 0);
}

TEST_P(ForkedImageTest, a_daemon_can_open_what_the_process_that_it_came_from_had_open)
{
	int parent_lives[2] = {-1, -1};
	int answer[2] = {-1, -1};
	ASSERT_EQ(::pipe(parent_lives), 0);
	ASSERT_EQ(::pipe(answer), 0);
	const int code = run_in_child([&] {
		Checks checks;
		ringline_device device = {};
		checks.expect_equal(open_for_writing(&device), 0);
		const pid_t daemon = ::fork();
		if (daemon == 0) {
			char nothing = 0;
			(void)::close(parent_lives[1]);
			(void)!::read(parent_lives[0], &nothing, 1);
			ringline_device own = {};
			const std::int32_t error = open_for_writing(&own);
			(void)!::write(answer[1], &error, sizeof error);
			::_exit(0);
		}
		// Two writers there may not be: the child's opening waits for this process's end.
		checks.expect(daemon > 0);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0);
	(void)::close(parent_lives[1]);
	(void)::close(answer[1]);
	std::int32_t error = 1;
	EXPECT_EQ(::read(answer[0], &error, sizeof error), static_cast<ssize_t>(sizeof error));
	EXPECT_EQ(error, 0);
	(void)::close(parent_lives[0]);
	(void)::close(answer[0]);
}

TEST_P(ForkedImageTest, a_child_cannot_write_beside_its_parent)
{
	ringline_device device = {};
	ASSERT_EQ(open_for_writing(&device), 0);
	const int code = run_in_child([&] {
		ringline_device own = {};
		return open_for_writing(&own) == -EBUSY ? 0 : 1;
	});
	EXPECT_EQ(code, 0);
	// The child's attempt has not unlocked it either.
	EXPECT_EQ(run_in_child([&] {
			  ringline_device own = {};
			  return open_for_writing(&own) == -EBUSY ? 0 : 1;
		  }),
		  0);
	EXPECT_EQ(ringline_device_close(device), 0);
}

TEST_P(ForkTest, library_memory_is_not_inherited)
{
	const Buffer buffer = make_buffer(8192);
	const std::uint64_t address = buffer.info().address;
	const int code = run_in_child([address] {
		// Of memory that is not mapped, msync(2) says so without touching it.
		const int result = ::msync(reinterpret_cast<void *>(address), 4096, MS_ASYNC);
		return result == -1 && errno == ENOMEM ? 0 : 1;
	});
	EXPECT_EQ(code, 0);
	buffer.bytes()[0] = 1;
	EXPECT_EQ(buffer.bytes()[0], 1U);
}

TEST_P(ForkTest, pure_functions_work_in_the_child)
{
	const int code = run_in_child([] {
		Checks checks;
		ringline_nvme_command command = {};
		checks.expect_equal(ringline_nvme_flush(&command, 1), 0);
		checks.expect(ringline_version() != 0);
		checks.expect(ringline_status_name(0x281, -1) != nullptr);
		return checks.exit_code();
	});
	EXPECT_EQ(code, 0) << "the number of the check that failed";
}

} // namespace
} // namespace contract
