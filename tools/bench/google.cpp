// SPDX-License-Identifier: MIT OR Apache-2.0
// ringline-bench: Google Benchmark over the contestants and over parts of the data path, for development. The claims
// are made by the driver (tools/dev bench), which pairs and interleaves.
#include "nvme/encode.h"
#include "nvme/geometry.h"

#include <benchmark/benchmark.h>
#include <ringline/ringline.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "session.h"
}

namespace
{

constexpr std::uint32_t depth = 256;
constexpr std::uint32_t block = 512;

void run_contestant(benchmark::State &state, const bench_contestant *contestant)
{
	const auto batch = static_cast<std::uint32_t>(state.range(0));
	const bench_options options = {"null:", contestant, batch, depth, BENCH_CALLER};
	const auto session = std::make_unique<bench_session>();
	if (bench_session_open(session.get(), &options) != 0) {
		state.SkipWithError("cannot be set up");
		return;
	}
	constexpr std::uint64_t commands = 2048;
	for ([[maybe_unused]] auto _ : state) {
		bench_cost cost = {};
		if (bench_session_run(session.get(), commands, &cost) != 0) {
			state.SkipWithError("failed");
			break;
		}
		state.SetIterationTime(static_cast<double>(cost.cpu_ns) / 1e9);
	}
	const std::uint64_t sent = (commands + batch - 1) / batch * batch;
	state.SetItemsProcessed(static_cast<std::int64_t>(sent) * state.iterations());
	bench_session_close(session.get());
}

ringline_command read_command(std::uint64_t lba)
{
	ringline_command command = {};
	command.lba = lba;
	command.address = 4096;
	command.length = 8 * block;
	command.blocks = 8;
	command.opcode = RINGLINE_NVME_READ;
	return command;
}

void validate_and_encode(benchmark::State &state)
{
	ringline_device_info info = {};
	info.struct_size = sizeof info;
	ringline_device device = {};
	if (ringline_device_open("null:", nullptr, nullptr, &device) != 0 ||
	    ringline_device_info_get(device, &info) != 0) {
		state.SkipWithError("null: cannot be opened");
		return;
	}
	const ringline::nvme::Geometry geometry = ringline::nvme::geometry_of(info);
	std::uint64_t lba = 0;
	ringline_nvme_command wire = {};
	ringline_command command = read_command(0);
	for ([[maybe_unused]] auto _ : state) {
		command.lba = lba++ & 0xffff;
		benchmark::DoNotOptimize(command);
		const std::int32_t error = ringline::nvme::validate(
			geometry, command, [](const ringline::nvme::Violation &violation) { return violation.error; });
		if (error != 0) {
			state.SkipWithError("refused");
			break;
		}
		ringline::nvme::encode(command, 1, &wire);
		benchmark::DoNotOptimize(wire);
	}
	(void)ringline_device_close(device);
}

void decode_status(benchmark::State &state)
{
	ringline_status_info info = {};
	std::uint16_t status = 0;
	for ([[maybe_unused]] auto _ : state) {
		info.struct_size = sizeof info;
		benchmark::DoNotOptimize(ringline_status_decode(status++, &info));
		benchmark::DoNotOptimize(info);
	}
}

// Pushes alone: the clock stands still while the queue is emptied.
void push_only(benchmark::State &state)
{
	ringline_queue *queue = nullptr;
	ringline_device device = {};
	const std::int32_t error = ringline_device_open("null:", nullptr, nullptr, &device) |
				   ringline_queue_create(nullptr, nullptr, &queue);
	if (error != 0 || ringline_queue_attach(queue, device) != 0) {
		state.SkipWithError("cannot be set up");
		return;
	}
	std::vector<ringline_command> commands(depth, read_command(0));
	std::vector<ringline_completion> completions(depth);
	for (ringline_command &command : commands) {
		command.device = device;
	}
	for ([[maybe_unused]] auto _ : state) {
		const std::int32_t pushed = ringline_push(queue, commands.data(), depth);
		state.PauseTiming();
		if (pushed != static_cast<std::int32_t>(depth) ||
		    ringline_submit_and_wait(queue, completions.data(), depth, depth, -1) != pushed) {
			state.SkipWithError("failed");
			break;
		}
		state.ResumeTiming();
	}
	state.SetItemsProcessed(static_cast<std::int64_t>(depth) * state.iterations());
	(void)ringline_queue_destroy(queue);
	(void)ringline_device_close(device);
}

void register_all()
{
	for (const bench_contestant *const *at = bench_contestants; *at != nullptr; ++at) {
		benchmark::RegisterBenchmark((*at)->name, run_contestant, *at)
			->Arg(1)
			->Arg(8)
			->Arg(32)
			->Arg(128)
			->Arg(256)
			->UseManualTime();
	}
	benchmark::RegisterBenchmark("validate+encode", validate_and_encode);
	benchmark::RegisterBenchmark("status decode", decode_status);
	benchmark::RegisterBenchmark("push only", push_only);
}

} // namespace

int main(int count, char **arguments)
{
	benchmark::Initialize(&count, arguments);
	if (benchmark::ReportUnrecognizedArguments(count, arguments)) {
		return 1;
	}
	register_all();
	benchmark::RunSpecifiedBenchmarks();
	benchmark::Shutdown();
	return 0;
}
