// SPDX-License-Identifier: MIT OR Apache-2.0
// The rules file of a simulated device. What is in it is the library's business: it judges every line.
#include "admin_call.h"
#include "commands.h"
#include "error.h"
#include "session.h"
#include "status_code.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace nvmectl
{
namespace
{

namespace fs = std::filesystem;

constexpr const char *rules_heading = "ringline-faults 1\n";
constexpr std::size_t file_max = 65536;

/// Its lines, each with its end.
using RuleLines = std::vector<std::string>;

/// Without the comment and the blanks around it; empty: no rule.
std::string rule_in(const std::string &line)
{
	const std::string text = line.substr(0, line.find('#'));
	const std::size_t first = text.find_first_not_of(" \t\r\n");
	return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Which of the lines are rules; the first is the heading.
std::vector<std::size_t> rules_of(const RuleLines &lines)
{
	std::vector<std::size_t> rules;
	for (std::size_t i = 1; i < lines.size(); ++i) {
		if (!rule_in(lines[i]).empty()) {
			rules.push_back(i);
		}
	}
	return rules;
}

RuleLines lines_of(const std::string &text)
{
	RuleLines lines;
	std::istringstream stream(text);
	for (std::string line; std::getline(stream, line);) {
		lines.push_back(line + "\n");
	}
	return lines;
}

std::string text_of(const RuleLines &lines)
{
	return fmt::format("{}", fmt::join(lines, ""));
}

/// The file's lines; a heading alone if there is none.
RuleLines read_rules(const std::string &path)
{
	struct stat status = {};
	if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) {
		return {rules_heading};
	}
	const std::vector<std::uint8_t> bytes = load(path, file_max);
	RuleLines lines = lines_of(std::string(bytes.begin(), bytes.end()));
	return lines.empty() ? RuleLines{rules_heading} : lines;
}

/// A folder that is gone afterwards.
class Scratch
{
public:
	Scratch()
	{
		std::string name = (fs::temp_directory_path() / "nvmectl-inject-XXXXXX").string();
		if (::mkdtemp(name.data()) == nullptr) {
			throw Error(Exit::open, fmt::format("no folder can be made in {}: {}",
							    fs::temp_directory_path().string(), std::strerror(errno)));
		}
		path_ = name;
	}
	Scratch(const Scratch &) = delete;
	Scratch &operator=(const Scratch &) = delete;
	~Scratch()
	{
		std::error_code ignored;
		fs::remove_all(path_, ignored);
	}
	[[nodiscard]] std::string file(const std::string &name) const { return (path_ / name).string(); }

private:
	fs::path path_;
};

/// Has the library read them, as the rules of an image of the same name that nobody has open. What is wrong: its words.
std::string mistake_in(const std::string &image, const RuleLines &lines)
{
	constexpr std::size_t block = 4096;
	const Scratch scratch;
	const std::string probe = scratch.file(fs::path(image).filename().string());
	std::ofstream(probe, std::ios::binary) << std::string(block, '\0');
	std::ofstream(probe + ".faults", std::ios::binary) << text_of(lines);
	auto options = sized<ringline_device_options>();
	options.flags = RINGLINE_OPEN_SIMULATED | RINGLINE_OPEN_READ_ONLY;
	auto diagnosis = sized<ringline_diagnosis>();
	ringline_device device = {};
	const std::int32_t opened = ringline_device_open(probe.c_str(), &options, &diagnosis, &device);
	if (opened < 0) {
		return diagnosis.text[0] != '\0' ? diagnosis.text : ringline_error_text(opened);
	}
	(void)ringline_device_close(device);
	return "";
}

void require_sound(const std::string &image, const RuleLines &lines)
{
	if (const std::string mistake = mistake_in(image, lines); !mistake.empty()) {
		throw Error(Exit::open, fmt::format("{}.faults makes no sense as it is: {}", image, mistake),
			    "mend it, or remove all rules with --clear")
			.with_rule("image");
	}
}

/// The rule as a line of the file.
std::string line_of(const StreamOptions &words)
{
	std::string line = fmt::format("action={} opcode={}", words.action, words.opcode);
	const auto put = [&](const char *key, const std::string &value) {
		line += value.empty() ? "" : fmt::format(" {}={}", key, value);
	};
	put("admin", words.admin ? "1" : "");
	put("lba", words.lba.empty() && !words.blocks.empty() ? "0" : words.lba);
	put("blocks", words.blocks);
	put("skip", words.skip);
	put("repeat", words.repeat);
	put("executed", words.executed ? "1" : "");
	put("status", words.status.empty() ? "" : fmt::format("{:#x}", parse_status(words.status)));
	put("error", words.error);
	put("delay", words.delay.empty() ? "" : fmt::format("{}ns", parse_duration_ns(words.delay, "--delay")));
	put("hold", words.hold);
	return line;
}

Json rules_json(const RuleLines &lines)
{
	Json array = Json::array();
	std::uint64_t number = 0;
	for (const std::size_t index : rules_of(lines)) {
		Json rule = {{"rule", ++number}, {"line", index + 1}};
		std::istringstream pairs(rule_in(lines[index]));
		for (std::string pair; pairs >> pair;) {
			rule[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
		}
		array.push_back(rule);
	}
	return array;
}

void write_rules(const std::string &path, const RuleLines &lines)
{
	if (lines.size() <= 1) {
		std::error_code error;
		fs::remove(path, error);
		if (error) {
			throw Error(Exit::open, fmt::format("cannot remove {}: {}", path, error.message()));
		}
		return;
	}
	const std::string text = text_of(lines);
	save(path, {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
}

void report(const Options &options, const std::string &image, const RuleLines &lines, const std::string &done)
{
	const std::vector<std::size_t> rules = rules_of(lines);
	if (options.json) {
		Json json = document("sim-inject");
		json["device"] = "sim:" + image;
		json["file"] = image + ".faults";
		json["rules"] = rules_json(lines);
		print_document(json);
		return;
	}
	std::string text = options.quiet ? "" : done;
	if (options.stream.list) {
		for (std::size_t i = 0; i < rules.size(); ++i) {
			text += fmt::format("{:>3}  {}\n", i + 1, rule_in(lines[rules[i]]));
		}
		text += rules.empty() ? "no rules\n" : "";
	}
	print_text(text);
}

/// Removes one rule or all, and says what it did.
std::string clear_rules(const std::string &number, RuleLines *lines)
{
	const std::vector<std::size_t> rules = rules_of(*lines);
	if (number == "all") {
		lines->front() = rules_heading;
		std::for_each(rules.rbegin(), rules.rend(), [&](std::size_t index) {
			lines->erase(lines->begin() + static_cast<std::ptrdiff_t>(index));
		});
		return fmt::format("removed {}\n", count_of(rules.size(), "rule"));
	}
	const std::uint64_t which = parse_number(number, "--clear");
	if (which == 0 || which > rules.size()) {
		throw Error(Exit::usage,
			    fmt::format("--clear {}: there is no such rule, but {}", number,
					count_of(rules.size(), "rule")),
			    "--list shows them");
	}
	const std::size_t index = rules[which - 1];
	const std::string rule = rule_in((*lines)[index]);
	lines->erase(lines->begin() + static_cast<std::ptrdiff_t>(index));
	return fmt::format("removed rule {}: {}\n", which, rule);
}

/// Without the place in a file where the rule is not yet.
std::string without_line(const std::string &mistake)
{
	constexpr std::string_view place = ".faults, line 2: ";
	const std::size_t at = mistake.find(place);
	return at == std::string::npos ? mistake : mistake.substr(at + place.size());
}

std::string add_rule(const std::string &image, const StreamOptions &words, RuleLines *lines)
{
	const std::string line = line_of(words);
	// By itself first, so that a complaint is about it.
	if (const std::string mistake = mistake_in(image, {rules_heading, line + "\n"}); !mistake.empty()) {
		throw Error(Exit::usage, fmt::format("the rule '{}' makes no sense: {}", line, without_line(mistake)),
			    "nothing was changed")
			.with_rule("image");
	}
	lines->push_back(line + "\n");
	require_sound(image, *lines);
	return fmt::format("rule {}: {}\n", rules_of(*lines).size(), line);
}

void require_image(const std::string &path)
{
	struct stat status = {};
	if (::stat(path.c_str(), &status) != 0) {
		throw Error(Exit::open, fmt::format("cannot open {}: {}", path, std::strerror(errno)),
			    "nvmectl sim create makes an image");
	}
	if (!S_ISREG(status.st_mode)) {
		throw Error(Exit::usage, fmt::format("{} is no regular file, and so no image", path));
	}
}

} // namespace

Exit run_sim_inject(const Options &options, Warnings * /*warnings*/)
{
	const StreamOptions &words = options.stream;
	const std::string image = options.image.starts_with("sim:") ? options.image.substr(4) : options.image;
	if (words.action.empty() == !(words.list || !words.clear.empty()) || (words.list && !words.clear.empty())) {
		throw Error(Exit::usage, "what to do is not said, or more than one thing",
			    "one of --action ACTION, --list and --clear");
	}
	require_image(image);
	const std::string path = image + ".faults";
	RuleLines lines = read_rules(path);
	std::string done;
	if (words.list) {
		require_sound(image, lines);
	} else if (!words.clear.empty()) {
		done = clear_rules(words.clear, &lines);
		write_rules(path, lines);
	} else {
		require_sound(image, lines);
		done = add_rule(image, words, &lines);
		write_rules(path, lines);
	}
	report(options, image, lines, done);
	return Exit::done;
}

} // namespace nvmectl
