// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fixture.h"

#include <algorithm>
#include <filesystem>

namespace contract
{

ringline_device_info Device::info() const
{
	ringline_device_info info = {};
	info.struct_size = sizeof info;
	EXPECT_EQ(ringline_device_info_get(handle_, &info), 0);
	return info;
}

ringline_queue_info Queue::info() const
{
	ringline_queue_info info = {};
	info.struct_size = sizeof info;
	EXPECT_EQ(ringline_queue_info_get(queue_, &info), 0);
	return info;
}

ringline_buffer_info Buffer::info() const
{
	ringline_buffer_info info = {};
	info.struct_size = sizeof info;
	EXPECT_EQ(ringline_buffer_info_get(handle_, &info), 0);
	return info;
}

std::span<std::uint8_t> Buffer::bytes() const
{
	const ringline_buffer_info facts = info();
	return {reinterpret_cast<std::uint8_t *>(facts.address), facts.length};
}

Buffer make_buffer(std::uint64_t length, const Memory *adopt)
{
	ringline_buffer_options options = {};
	options.struct_size = sizeof options;
	options.length = length;
	options.address = adopt != nullptr ? adopt->address() : 0;
	ringline_buffer handle = {};
	EXPECT_EQ(ringline_buffer_create(&options, &handle), 0);
	return Buffer(handle);
}

ringline_completion run(ringline_queue *queue, const ringline_command &command)
{
	const std::int32_t pushed = ringline_push(queue, &command, 1);
	EXPECT_EQ(pushed, 1);
	if (pushed != 1) {
		ringline_completion refused = {};
		refused.error = pushed;
		return refused;
	}
	return collect_one(queue);
}

std::vector<ringline_completion> collect(ringline_queue *queue, std::uint32_t count)
{
	std::vector<ringline_completion> completions(count);
	std::uint32_t have = 0;
	while (have < count) {
		const std::int32_t n = ringline_submit_and_wait(queue, completions.data() + have, count - have,
								count - have, patience_ns);
		if (n <= 0) {
			ADD_FAILURE() << "waiting for " << count << " completions gave " << n << " after " << have;
			break;
		}
		have += static_cast<std::uint32_t>(n);
	}
	completions.resize(have);
	return completions;
}

ringline_completion collect_one(ringline_queue *queue)
{
	const std::vector<ringline_completion> completions = collect(queue, 1);
	if (completions.empty()) {
		ringline_completion none = {};
		none.error = -ETIMEDOUT;
		return none;
	}
	return completions[0];
}

testing::AssertionResult succeeded(const ringline_completion &completion)
{
	if (completion.error == 0 && completion.status == 0 && completion.flags == 0) {
		return testing::AssertionSuccess();
	}
	return testing::AssertionFailure() << "error " << completion.error << ", status 0x" << std::hex
					   << completion.status << ", flags 0x" << completion.flags;
}

ringline_diagnosis blank_diagnosis()
{
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	return diagnosis;
}

ringline_fault_rule fault(std::uint32_t action, std::uint32_t opcode)
{
	ringline_fault_rule rule = {};
	rule.struct_size = sizeof rule;
	rule.action = action;
	rule.opcode = opcode;
	return rule;
}

Device open_device(const std::string &path, std::uint32_t flags, std::uint32_t block_size)
{
	ringline_device_options options = {};
	options.struct_size = sizeof options;
	options.flags = flags;
	options.block_size = block_size;
	ringline_diagnosis why = blank_diagnosis();
	ringline_device handle = {};
	EXPECT_EQ(ringline_device_open(path.c_str(), &options, &why, &handle), 0) << path << ": " << why.text;
	return Device(handle);
}

std::string controller_of(const ringline_device_info &facts)
{
	const std::string node = std::filesystem::canonical(facts.node); // what was opened may be a link to it
	return "/dev/nvme" + node.substr(std::strlen("/dev/ng"), node.rfind('n') - std::strlen("/dev/ng"));
}

void make_image(const std::string &path, std::uint64_t blocks, std::uint32_t block_size)
{
	ringline_sim_options options = {};
	options.struct_size = sizeof options;
	options.blocks = blocks;
	options.block_size = block_size;
	ASSERT_EQ(ringline_sim_create(path.c_str(), &options), 0) << path;
}

void ContractTest::SetUp()
{
	const Combination &combination = GetParam();
	const bool uring = combination.engine == RINGLINE_ENGINE_URING;
	if (uring && ring_error() != 0) {
		GTEST_SKIP() << "this machine has no io_uring with big entries: errno " << -ring_error();
	}
	if (uring && combination.kind == Kind::null && kernel() < (6U << 16 | 2U)) {
		GTEST_SKIP() << "/dev/null of this kernel takes no io_uring commands";
	}
	if ((combination.queue_flags & RINGLINE_QUEUE_IOPOLL) != 0 && kernel() < (6U << 16 | 6U)) {
		GTEST_SKIP() << "this kernel dies of IOPOLL, and is refused";
	}
	switch (combination.kind) {
	case Kind::null:
		path_ = "null:";
		break;
	case Kind::simulated:
		make_image(image(), image_blocks, combination.block_size);
		path_ = "sim:" + image();
		break;
	case Kind::node:
		path_ = combination.path;
		break;
	}
}

Queue queue_for(ringline_device device, std::uint32_t engine)
{
	ringline_queue_options options = {};
	options.struct_size = sizeof options;
	options.engine = engine;
	ringline_diagnosis why = blank_diagnosis();
	ringline_queue *queue = nullptr;
	EXPECT_EQ(ringline_queue_create(&options, &why, &queue), 0) << why.text;
	EXPECT_EQ(ringline_queue_attach(queue, device), 0);
	return Queue(queue);
}

Queue ContractTest::make_queue(const ringline_queue_options &options) const
{
	ringline_queue_options complete = options;
	complete.struct_size = sizeof complete;
	complete.engine = GetParam().engine;
	complete.flags |= GetParam().queue_flags;
	if ((complete.flags & RINGLINE_QUEUE_SQPOLL) != 0 && complete.sqpoll_idle_ms == 0) {
		complete.sqpoll_idle_ms = 1; // so that it is woken as often as it is found awake
	}
	ringline_diagnosis why = blank_diagnosis();
	ringline_queue *queue = nullptr;
	EXPECT_EQ(ringline_queue_create(&complete, &why, &queue), 0) << why.text;
	return Queue(queue);
}

void AttachedTest::SetUp()
{
	ContractTest::SetUp();
	if (IsSkipped() || HasFatalFailure()) {
		return;
	}
	device_.emplace(open());
	ASSERT_NE(device().value, 0U);
	facts_ = device_->info();
	queue_.emplace(make_queue(queue_options()));
	ASSERT_NE(queue(), nullptr);
	ASSERT_EQ(ringline_queue_attach(queue(), device()), 0);
}

void AttachedTest::TearDown()
{
	queue_.reset();
	device_.reset();
}

void AttachedTest::replace_queue(const ringline_queue_options &options)
{
	queue_.reset();
	queue_.emplace(make_queue(options));
	ASSERT_NE(queue(), nullptr);
	ASSERT_EQ(ringline_queue_attach(queue(), device()), 0);
}

std::uint32_t AttachedTest::max_blocks() const
{
	return std::min(RINGLINE_NVME_BLOCKS_MAX, facts_.max_transfer_bytes / facts_.block_size);
}

ringline_command AttachedTest::command(std::uint32_t opcode, std::uint64_t lba, std::span<const std::uint8_t> bytes,
				       std::uint64_t user_data) const
{
	ringline_command command = {};
	command.user_data = user_data;
	command.device = device();
	command.lba = lba;
	command.address = reinterpret_cast<std::uint64_t>(bytes.data());
	command.length = static_cast<std::uint32_t>(bytes.size());
	command.blocks = command.length / block_size();
	command.opcode = static_cast<std::uint8_t>(opcode);
	return command;
}

ringline_command AttachedTest::flush(std::uint64_t user_data) const
{
	ringline_command command = {};
	command.user_data = user_data;
	command.device = device();
	command.opcode = RINGLINE_NVME_FLUSH;
	return command;
}

std::uint32_t AttachedTest::drop_reads() const
{
	const std::int32_t number = set_fault(fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_READ));
	EXPECT_GT(number, 0);
	return static_cast<std::uint32_t>(number);
}

} // namespace contract
