// SPDX-License-Identifier: MIT OR Apache-2.0
// One command as it is typed. Deliberately dumb: what is checked is that the data goes the way that the opcode says.
#include "admin_call.h"
#include "commands.h"
#include "error.h"
#include "page_view.h"
#include "sink.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

namespace nvmectl
{
namespace
{

constexpr std::uint32_t to_device = 1;
constexpr std::uint32_t from_device = 2;
constexpr std::uint64_t passthru_bytes_max = 16U << 20;

/// Memory that the kernel need not copy.
class Memory
{
public:
	explicit Memory(std::size_t length) : length_(length)
	{
		constexpr std::size_t page = 4096;
		if (length != 0) {
			bytes_.reset(static_cast<std::uint8_t *>(
				std::aligned_alloc(page, (length + page - 1) / page * page)));
			if (bytes_ == nullptr) {
				throw Error(Exit::open, fmt::format("no memory for {}", human_bytes(length)));
			}
			std::fill_n(bytes_.get(), length, std::uint8_t{0});
		}
	}
	[[nodiscard]] std::span<std::uint8_t> bytes() const { return {bytes_.get(), length_}; }
	[[nodiscard]] std::uint64_t address() const { return reinterpret_cast<std::uintptr_t>(bytes_.get()); }

private:
	struct Free {
		void operator()(std::uint8_t *bytes) const { std::free(bytes); }
	};
	std::unique_ptr<std::uint8_t, Free> bytes_;
	std::size_t length_;
};

/// The low two bits of an opcode say where its data goes, and a device takes them at their word.
void check_direction(std::uint32_t opcode, bool takes, bool gives)
{
	const bool to = (opcode & to_device) != 0;
	const bool from = (opcode & from_device) != 0;
	if ((to && !takes) || (from && !gives) || (!to && takes) || (!from && gives)) {
		throw Error(
			Exit::usage,
			fmt::format("opcode {:#04x} transfers {}, by its low two bits, and the options say otherwise",
				    opcode,
				    to && from ? "both ways"
				    : to       ? "to the device"
				    : from     ? "from the device"
					       : "nothing"),
			"--data-out FILE is what goes to the device, --length with or without --data-in FILE what "
			"comes "
			"from it");
	}
}

ringline_nvme_command command_of(const AdminOptions &words, std::uint32_t opcode, std::uint32_t nsid)
{
	constexpr std::array<const char *, 8> names = {"--cdw2",  "--cdw3",  "--cdw10", "--cdw11",
						       "--cdw12", "--cdw13", "--cdw14", "--cdw15"};
	std::array<std::uint32_t, 8> cdws = {};
	for (std::size_t i = 0; i < cdws.size(); ++i) {
		cdws.at(i) = admin_number(words.cdws.at(i), names.at(i), UINT32_MAX);
	}
	ringline_nvme_command command = {};
	command.opcode = static_cast<std::uint8_t>(opcode);
	command.nsid = nsid;
	command.cdw2 = cdws[0];
	command.cdw3 = cdws[1];
	command.cdw10 = cdws[2];
	command.cdw11 = cdws[3];
	command.cdw12 = cdws[4];
	command.cdw13 = cdws[5];
	command.cdw14 = cdws[6];
	command.cdw15 = cdws[7];
	command.timeout_ms = admin_timeout(words.timeout);
	return command;
}

/// The kernel, or a simulated device, looked at the command's memory and did not take it: that is no defect of ours.
void refuse_length(const std::string &what, std::int32_t error, std::uint32_t length)
{
	if (error == -EINVAL || error == -EFAULT) {
		throw Error(Exit::usage,
			    fmt::format("{} was not taken with {} of data ({})", what, count_of(length, "byte"),
					ringline_error_name(error)),
			    "nothing was sent; --length, or the file of --data-out, must be what the dwords say is "
			    "transferred, and no more than one command carries");
	}
}

ringline_completion send_io(const Device &device, const ringline_nvme_command &command, const std::string &what,
			    const Options &options)
{
	Queue queue(device, parse_engine(options.engine), 1, 0);
	ringline_raw_command raw = {};
	raw.device = device.handle();
	raw.command = command;
	ringline_completion completion = {};
	const std::int32_t pushed = ringline_push_raw(queue.get(), &raw, 1);
	if (pushed < 0) {
		refuse_length(what, pushed, command.data_length);
		require_success(what, pushed, completion);
	}
	std::int32_t taken = 0;
	do { // a signal does not take back what the device has
		taken = ringline_submit_and_wait(queue.get(), &completion, 1, 1, -1);
		if (taken == -EAGAIN || taken == -EBUSY) {
			(void)::poll(nullptr, 0, 1); // the kernel is out of something
		}
	} while (taken == 0 || taken == -EINTR || taken == -EAGAIN || taken == -EBUSY);
	if (taken < 0) {
		throw Error(Exit::internal, fmt::format("waiting: {}", ringline_error_name(taken)));
	}
	return completion;
}

ringline_completion send_admin(const Device &device, const ringline_nvme_command &command, const std::string &what)
{
	ringline_completion completion = {};
	const std::int32_t returned = ringline_device_admin(device.handle(), &command, &completion);
	refuse_length(what, returned, command.data_length);
	require_success(what, returned, completion);
	return completion;
}

void report(const Device &device, const ringline_nvme_command &command, const ringline_completion &completion,
	    std::span<const std::uint8_t> got, const Options &options)
{
	const std::string &file = options.admin.data_in;
	if (!file.empty()) {
		try {
			save(file, got);
		} catch (const Error &error) {
			throw Error(Exit::partial, fmt::format("the command was done, but {}", error.what()));
		}
	}
	if (options.json) {
		Json json = document("passthru");
		json["device"] = device.info().node;
		json["opcode"] = command.opcode;
		json["nsid"] = command.nsid;
		json["result"] = completion.result;
		if (file.empty()) {
			json["bytes"] = hex_bytes(got);
		}
		print_document_beside(file, json);
	} else if (file != "-" && !options.quiet) {
		print_text(fmt::format("result {:#x}\n{}", completion.result, file.empty() ? hex_dump(got) : ""));
	}
}

} // namespace

Exit run_passthru(bool admin, const Options &options, Warnings *warnings)
{
	const AdminOptions &words = options.admin;
	refuse_image(words.data_in, options.device);
	const std::uint32_t opcode = admin_number(words.opcode, "--opcode", 0xff);
	const bool takes = !words.data_out.empty();
	const bool gives = !words.data_in.empty() || (!words.length.empty() && !takes);
	check_direction(opcode, takes, gives);
	const std::vector<std::uint8_t> sent =
		takes ? load(words.data_out, passthru_bytes_max) : std::vector<std::uint8_t>();
	const std::uint64_t length = words.length.empty() ? sent.size() : parse_bytes(words.length, "--length");
	const bool both_ways = (opcode & 3) == 3;
	if (takes && !both_ways && length != sent.size()) {
		throw Error(Exit::usage, fmt::format("--length {}: {} has {} bytes, and nothing is padded", length,
						     words.data_out, sent.size()));
	}
	if (length > passthru_bytes_max || length < sent.size() || ((takes || gives) && length == 0)) {
		throw Error(Exit::usage, fmt::format("--length {}: 1 to {} bytes, and no less than the file has",
						     length, passthru_bytes_max));
	}
	// Whatever might change something needs a device that may be changed; reading must not need that.
	const Device device(options.device, (opcode & 3) == from_device ? RINGLINE_OPEN_READ_ONLY : 0);
	const std::uint32_t nsid =
		words.nsid.empty() && !admin ? device.info().nsid : admin_number(words.nsid, "--nsid", UINT32_MAX);
	ringline_nvme_command command = command_of(words, opcode, nsid);
	command.data_length = static_cast<std::uint32_t>(length);
	if (options.dry_run) {
		print_dry_run("passthru", "passthru", admin ? "admin" : "I/O", device, command, options, *warnings);
		return Exit::done;
	}
	const Memory memory(static_cast<std::size_t>(length));
	std::copy(sent.begin(), sent.end(), memory.bytes().begin());
	command.address = memory.address();
	const std::string what =
		fmt::format("{} command {:02X}h to {}", admin ? "admin" : "I/O", opcode, device.info().node);
	const ringline_completion completion =
		admin ? send_admin(device, command, what) : send_io(device, command, what, options);
	if ((completion.flags & RINGLINE_NOT_SENT) != 0) {
		refuse_length(what, completion.error, command.data_length);
	}
	require_success(what, 0, completion);
	report(device, command, completion, gives ? memory.bytes() : std::span<std::uint8_t>(), options);
	return Exit::done;
}

} // namespace nvmectl
