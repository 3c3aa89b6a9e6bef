// SPDX-License-Identifier: MIT OR Apache-2.0
// ringline-bench-guard: what protection information costs, and what its guards cost by each way that this machine has,
// beside ISA-L's (if it is installed). Bytes for each second are of data. ISA-L before 2.31 lacks NVMe's polynomial of
// 64 bits: the one of ECMA-182, which costs the same, stands for it.
#include "nvme/guard_instruction.h"
#include "nvme/guard_multiply.h"
#include "nvme/guard_table.h"

#include <benchmark/benchmark.h>
#include <ringline/ringline.h>

#include <cstdint>
#include <string>
#include <vector>

#ifdef RINGLINE_ISAL
#include <isa-l/crc.h>
#include <isa-l/crc64.h>
#endif

namespace
{

using namespace ringline::nvme;

/// Both caches of the first level hold it, so that it is the arithmetic that is measured.
constexpr std::size_t bytes_measured = 16'384;

using Way = std::uint64_t (*)(const std::uint8_t *, std::size_t);

void run_guard(benchmark::State &state, Way way)
{
	const auto block = static_cast<std::size_t>(state.range(0));
	const std::vector<std::uint8_t> bytes(bytes_measured, 0x5a);
	for ([[maybe_unused]] auto _ : state) {
		for (std::size_t at = 0; at + block <= bytes.size(); at += block) {
			benchmark::DoNotOptimize(way(bytes.data() + at, block));
		}
	}
	state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

template <class Guard> std::uint64_t by_table(const std::uint8_t *bytes, std::size_t length)
{
	return update_by_table<Guard>(register_of<Guard>(0), bytes, length);
}

template <int bits> std::uint64_t by_library(const std::uint8_t *bytes, std::size_t length)
{
	std::uint64_t guard = 0;
	(void)ringline_guard(bits, 0, bytes, length, &guard);
	return guard;
}

void register_guard(const char *name, Way way)
{
	benchmark::RegisterBenchmark(name, run_guard, way)->Arg(512)->Arg(4096);
}

#if defined(__x86_64__)
template <class Guard> std::uint64_t by_multiplying(const std::uint8_t *bytes, std::size_t length)
{
	return update_by_multiplying<Guard>(register_of<Guard>(0), bytes, length);
}

template <class Guard> std::uint64_t by_multiplying_twice(const std::uint8_t *bytes, std::size_t length)
{
	return update_by_multiplying_twice<Guard>(register_of<Guard>(0), bytes, length);
}

std::uint64_t by_instruction(const std::uint8_t *bytes, std::size_t length)
{
	return update_by_instruction(register_of<Guard32>(0), bytes, length);
}

void register_fast()
{
	if (can_multiply()) {
		register_guard("16/multiplying", by_multiplying<Guard16>);
		register_guard("32/multiplying", by_multiplying<Guard32>);
		register_guard("64/multiplying", by_multiplying<Guard64>);
	}
	if (can_multiply_twice()) {
		register_guard("16/multiplying-twice", by_multiplying_twice<Guard16>);
		register_guard("32/multiplying-twice", by_multiplying_twice<Guard32>);
		register_guard("64/multiplying-twice", by_multiplying_twice<Guard64>);
	}
	if (has_instruction()) {
		register_guard("32/instruction", by_instruction);
	}
}
#else
void register_fast() {}
#endif

#ifdef RINGLINE_ISAL
std::uint64_t isal_16(const std::uint8_t *bytes, std::size_t length)
{
	return crc16_t10dif(0, bytes, length);
}

std::uint64_t isal_32(const std::uint8_t *bytes, std::size_t length)
{
	return ~crc32_iscsi(const_cast<unsigned char *>(bytes), static_cast<int>(length), ~0U);
}

std::uint64_t isal_64(const std::uint8_t *bytes, std::size_t length)
{
	return crc64_ecma_refl(0, bytes, length);
}

void register_isal()
{
	register_guard("16/isa-l", isal_16);
	register_guard("32/isa-l", isal_32);
	register_guard("64/isa-l", isal_64);
}
#else
void register_isal() {}
#endif

/// A whole command's blocks, their metadata separate or inline.
void run_command(benchmark::State &state, std::uint8_t guard_bits, bool is_inline, bool verify)
{
	ringline_protection protection = {};
	protection.struct_size = sizeof protection;
	protection.block_size = static_cast<std::uint32_t>(state.range(0));
	protection.metadata_size = guard_bits == 16 ? 8 : 16;
	protection.metadata_inline = is_inline ? 1 : 0;
	protection.pi_type = 1;
	protection.guard_bits = guard_bits;
	protection.storage_tag_bits = guard_bits == 32 ? 16 : 0;
	const auto blocks = static_cast<std::uint32_t>(bytes_measured / protection.block_size);
	const std::size_t metadata_bytes = std::size_t{blocks} * protection.metadata_size;
	std::vector<std::uint8_t> data(bytes_measured + (is_inline ? metadata_bytes : 0), 0x5a);
	std::vector<std::uint8_t> metadata(is_inline ? 0 : metadata_bytes);
	void *const separate = is_inline ? nullptr : metadata.data();
	std::int32_t error =
		ringline_protection_generate(&protection, blocks, data.data(), data.size(), separate, metadata.size());
	for ([[maybe_unused]] auto _ : state) {
		error |= verify ? ringline_protection_verify(&protection, blocks, data.data(), data.size(), separate,
							     metadata.size(), nullptr)
				: ringline_protection_generate(&protection, blocks, data.data(), data.size(), separate,
							       metadata.size());
	}
	if (error != 0) {
		state.SkipWithError("failed");
	}
	state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_measured));
}

void register_commands()
{
	for (const int guard_bits : {16, 32, 64}) {
		for (const bool is_inline : {false, true}) {
			for (const bool verify : {false, true}) {
				const std::string name = std::to_string(guard_bits) +
							 (verify ? "/verify" : "/generate") +
							 (is_inline ? "-inline" : "-separate");
				benchmark::RegisterBenchmark(name.c_str(), run_command,
							     static_cast<std::uint8_t>(guard_bits), is_inline, verify)
					->Arg(512)
					->Arg(4096);
			}
		}
	}
}

} // namespace

int main(int count, char **arguments)
{
	benchmark::Initialize(&count, arguments);
	if (benchmark::ReportUnrecognizedArguments(count, arguments)) {
		return 1;
	}
	register_guard("16/table", by_table<Guard16>);
	register_guard("32/table", by_table<Guard32>);
	register_guard("64/table", by_table<Guard64>);
	register_fast();
	register_guard("16/ringline", by_library<16>);
	register_guard("32/ringline", by_library<32>);
	register_guard("64/ringline", by_library<64>);
	register_isal();
	register_commands();
	benchmark::RunSpecifiedBenchmarks();
	benchmark::Shutdown();
	return 0;
}
