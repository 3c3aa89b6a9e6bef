// SPDX-License-Identifier: MIT OR Apache-2.0
// What the binding costs above C: the same commands on null: through both, in one process, in slices of a few
// milliseconds whose order is shuffled in every round. Prints medians of CPU time for a command, and of the ratios and
// differences to C in the same round. C is run twice: what the copy differs by is noise. Arrays use its queue too, so
// that nothing but the calls differs; the others have queues of their own. Usage: bindings_cpp_bench [ROUNDS]
#include <ringline/ringline.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <vector>

namespace
{

constexpr std::uint32_t block = 4096;
constexpr std::uint32_t batch_max = 32;

double cpu_ns()
{
	timespec now{};
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

void need(bool done)
{
	if (!done) {
		std::fputs("a command failed\n", stderr);
		std::exit(1);
	}
}

struct Contestant {
	const char *name;
	std::function<void(std::uint32_t)> run; ///< So many batches.
	std::vector<double> nanoseconds;        ///< For a command, by round.
};

double median(std::vector<double> values)
{
	std::sort(values.begin(), values.end());
	return values[values.size() / 2];
}

std::vector<ringline_command> commands_for(ringline_device device, std::byte *bytes, std::uint32_t batch)
{
	std::vector<ringline_command> commands(batch);
	for (std::uint32_t index = 0; index < batch; ++index) {
		commands[index].device = device;
		commands[index].lba = index;
		commands[index].address = reinterpret_cast<std::uintptr_t>(bytes) + std::size_t{index} * block;
		commands[index].length = block;
		commands[index].blocks = 1;
		commands[index].opcode = RINGLINE_NVME_READ;
	}
	return commands;
}

void c_batches(ringline_queue *queue, const std::vector<ringline_command> &commands, std::uint32_t batches)
{
	const auto batch = static_cast<std::uint32_t>(commands.size());
	ringline_completion completions[batch_max];
	for (std::uint32_t done = 0; done < batches; ++done) {
		need(ringline_push(queue, commands.data(), batch) == static_cast<std::int32_t>(batch));
		need(ringline_submit_and_wait(queue, completions, batch_max, batch, -1) ==
		     static_cast<std::int32_t>(batch));
	}
}

void c_one_by_one(ringline_queue *queue, const std::vector<ringline_command> &commands, std::uint32_t batches)
{
	const auto batch = static_cast<std::uint32_t>(commands.size());
	ringline_completion completions[batch_max];
	for (std::uint32_t done = 0; done < batches; ++done) {
		for (const ringline_command &command : commands) {
			auto *bytes = reinterpret_cast<void *>(static_cast<std::uintptr_t>(command.address));
			need(ringline_read(queue, command.device, command.lba, 1, bytes, block, 0, command.lba) == 0);
		}
		need(ringline_submit_and_wait(queue, completions, batch_max, batch, -1) ==
		     static_cast<std::int32_t>(batch));
	}
}

void borrowing_batches(ringline::BorrowingQueue &queue, const std::vector<ringline_command> &commands,
		       std::uint32_t batches)
{
	const auto batch = static_cast<std::uint32_t>(commands.size());
	ringline_completion completions[batch_max];
	for (std::uint32_t done = 0; done < batches; ++done) {
		need(queue.push(commands).value() == batch);
		need(queue.submit_and_wait(completions, batch).value() == batch);
	}
}

void owning_batches(ringline::Queue &queue, const ringline::Device &device, std::vector<ringline::Memory> &memory,
		    std::uint32_t batch, std::uint32_t batches)
{
	ringline::Completed completed[batch_max];
	for (std::uint32_t done = 0; done < batches; ++done) {
		for (std::uint32_t index = 0; index < batch; ++index) {
			queue.read(device, index, 1, std::move(memory[index]), index).value();
		}
		need(queue.submit_and_wait(completed, batch).value() == batch);
		for (std::uint32_t index = 0; index < batch; ++index) {
			memory[completed[index].user_data] = std::move(completed[index].value());
		}
	}
}

ringline::Task read_again(ringline::AsyncQueue &queue, const ringline::Device &device, ringline::Memory &memory,
			  std::uint32_t times)
{
	for (std::uint32_t done = 0; done < times; ++done) {
		memory = (co_await queue.read(device, 0, 1, std::move(memory))).value();
	}
}

void coroutines(ringline::AsyncQueue &queue, const ringline::Device &device, std::vector<ringline::Memory> &memory,
		std::uint32_t batch, std::uint32_t batches)
{
	std::vector<ringline::Task> tasks;
	for (std::uint32_t index = 0; index < batch; ++index) {
		tasks.push_back(read_again(queue, device, memory[index], batches));
	}
	queue.run().value();
	for (const ringline::Task &task : tasks) {
		need(task.done());
		task.rethrow();
	}
}

void compare(std::uint32_t batch, std::size_t rounds)
{
	ringline_device_options options{};
	options.struct_size = sizeof options;
	options.block_size = block;
	const ringline::Device device("null:", &options);
	ringline_queue_options queue_options{};
	queue_options.struct_size = sizeof queue_options;
	queue_options.engine = RINGLINE_ENGINE_URING;
	ringline::BorrowingQueue c(queue_options);
	ringline::Queue owning(queue_options);
	ringline::AsyncQueue async{ringline::Queue(queue_options)};
	for (const ringline::Result<void> &attached :
	     {c.attach(device), owning.attach(device), async.queue().attach(device)}) {
		attached.value();
	}
	ringline::Memory shared = ringline::Memory::allocate(std::size_t{batch_max} * block).value();
	const std::vector<ringline_command> commands = commands_for(device.get(), shared.data(), batch);
	std::vector<ringline::Memory> memory;
	for (std::uint32_t index = 0; index < batch; ++index) {
		memory.push_back(ringline::Memory::allocate(block).value());
	}
	std::vector<Contestant> contestants;
	contestants.push_back({"C", [&](std::uint32_t batches) { c_batches(c.get(), commands, batches); }, {}});
	contestants.push_back({"C, again", [&](std::uint32_t batches) { c_batches(c.get(), commands, batches); }, {}});
	contestants.push_back({"C, single", [&](std::uint32_t n) { c_one_by_one(c.get(), commands, n); }, {}});
	contestants.push_back({"arrays", [&](std::uint32_t n) { borrowing_batches(c, commands, n); }, {}});
	contestants.push_back(
		{"owning", [&](std::uint32_t n) { owning_batches(owning, device, memory, batch, n); }, {}});
	contestants.push_back(
		{"coroutines", [&](std::uint32_t n) { coroutines(async, device, memory, batch, n); }, {}});
	const std::uint32_t batches = 8192 / batch;
	std::mt19937 random(batch);
	std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
	for (std::size_t round = 0; round < rounds + 5; ++round) {
		std::shuffle(order.begin(), order.end(), random);
		for (const std::size_t which : order) {
			const double start = cpu_ns();
			contestants[which].run(batches);
			if (round >= 5) { // the first are for warming up
				contestants[which].nanoseconds.push_back((cpu_ns() - start) / batches / batch);
			}
		}
	}
	for (const Contestant &contestant : contestants) {
		std::vector<double> ratios;
		std::vector<double> above;
		for (std::size_t round = 0; round < rounds; ++round) {
			ratios.push_back(contestant.nanoseconds[round] / contestants[0].nanoseconds[round]);
			above.push_back(contestant.nanoseconds[round] - contestants[0].nanoseconds[round]);
		}
		std::printf("batch %2u  %-10s %7.1f ns a command  %+6.2f ns above C  ratio %.4f\n", batch,
			    contestant.name, median(contestant.nanoseconds), median(above), median(ratios));
	}
}

} // namespace

int main(int count, char **arguments)
{
	const std::size_t rounds = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 301;
	for (const std::uint32_t batch : {1U, 8U, batch_max}) {
		compare(batch, std::max<std::size_t>(rounds, 1));
	}
	return 0;
}
