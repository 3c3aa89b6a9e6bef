// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_faults.h"

#include "device/simulated_text.h"
#include "nvme/command_table.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringline::device
{

namespace
{

constexpr std::uint32_t rule_flags = RINGLINE_FAULT_ANY_OPCODE | RINGLINE_FAULT_ADMIN | RINGLINE_FAULT_EXECUTED;
constexpr std::uint16_t status_bits = 0x7fff;
constexpr std::int32_t errno_max = 4095; // the kernel's own limit, MAX_ERRNO

struct Name {
	std::string_view name;
	std::uint32_t value;
};

constexpr Name actions[] = {{"status", RINGLINE_FAULT_STATUS}, {"error", RINGLINE_FAULT_ERROR},
			    {"delay", RINGLINE_FAULT_DELAY},   {"reorder", RINGLINE_FAULT_REORDER},
			    {"drop", RINGLINE_FAULT_DROP},     {"vanish", RINGLINE_FAULT_VANISH}};
/// Those that the library has calls for; the others have their numbers.
constexpr Name admin_opcodes[] = {{"get-log-page", RINGLINE_NVME_GET_LOG_PAGE},
				  {"identify", RINGLINE_NVME_IDENTIFY},
				  {"set-features", RINGLINE_NVME_SET_FEATURES},
				  {"get-features", RINGLINE_NVME_GET_FEATURES},
				  {"self-test", RINGLINE_NVME_SELF_TEST},
				  {"namespace-attachment", RINGLINE_NVME_NAMESPACE_ATTACHMENT},
				  {"format", RINGLINE_NVME_FORMAT},
				  {"sanitize", RINGLINE_NVME_SANITIZE}};
constexpr Name errors[] = {{"EACCES", EACCES},
			   {"EAGAIN", EAGAIN},
			   {"EBUSY", EBUSY},
			   {"ECANCELED", ECANCELED},
			   {"EINTR", EINTR},
			   {"EINVAL", EINVAL},
			   {"EIO", EIO},
			   {"ENODEV", ENODEV},
			   {"ENOMEM", ENOMEM},
			   {"ENOSPC", ENOSPC},
			   {"EOPNOTSUPP", EOPNOTSUPP},
			   {"EPERM", EPERM},
			   {"EROFS", EROFS},
			   {"ETIMEDOUT", ETIMEDOUT}};

/// The I/O command of this name, with '-' for the blanks in it; or null.
const nvme::CommandRow *find_named(std::string_view text)
{
	const auto same = [](char one, char other) { return one == (other == ' ' ? '-' : other); };
	const auto *row = std::find_if(
		std::begin(nvme::command_table), std::end(nvme::command_table), [&](const nvme::CommandRow &known) {
			const std::string_view name = known.name;
			return name.size() == text.size() && std::equal(text.begin(), text.end(), name.begin(), same);
		});
	return row != std::end(nvme::command_table) ? row : nullptr;
}

bool is_name_in(std::span<const Name> names, std::string_view text)
{
	return std::any_of(names.begin(), names.end(), [text](const Name &name) { return name.name == text; });
}

/// A name of the table, or a number up to max.
bool parse_named(std::string_view text, std::span<const Name> names, std::uint64_t max, std::uint64_t *value)
{
	for (const Name &name : names) {
		if (name.name == text) {
			*value = name.value;
			return true;
		}
	}
	return parse_number(text, max, value);
}

bool overlaps(const ringline_fault_rule &rule, const FaultTarget &target)
{
	// Compared by distance, because the end of a raw command's range may not fit in 64 bits.
	return rule.lba <= target.lba ? target.lba - rule.lba < rule.blocks : rule.lba - target.lba < target.blocks;
}

bool matches(const ringline_fault_rule &rule, const FaultTarget &target)
{
	if (((rule.flags & RINGLINE_FAULT_ADMIN) != 0) != target.admin) {
		return false;
	}
	if ((rule.flags & RINGLINE_FAULT_ANY_OPCODE) == 0 && rule.opcode != target.opcode) {
		return false;
	}
	return rule.blocks == 0 || (target.has_range && overlaps(rule, target));
}

const char *matching_mistake(const ringline_fault_rule &rule)
{
	if ((rule.flags & ~rule_flags) != 0) {
		return "a flag is unknown";
	}
	if (rule.opcode > 255) {
		return "the opcode is more than 255";
	}
	if ((rule.flags & RINGLINE_FAULT_ANY_OPCODE) != 0 && rule.opcode != 0) {
		return "any opcode and one opcode contradict each other";
	}
	if (rule.blocks == 0 && rule.lba != 0) {
		return "an LBA needs a number of blocks";
	}
	if (rule.blocks > UINT64_MAX - rule.lba) {
		return "the range of blocks ends above 64 bits";
	}
	if ((rule.flags & RINGLINE_FAULT_ADMIN) != 0 && rule.blocks != 0) {
		return "admin commands have no LBA";
	}
	if ((rule.flags & RINGLINE_FAULT_ADMIN) != 0 &&
	    (rule.action == RINGLINE_FAULT_REORDER || rule.action == RINGLINE_FAULT_DROP)) {
		return "admin commands cannot be reordered or dropped, as calls wait for them";
	}
	return nullptr;
}

/// Each action has one argument or none, and that of another one is a slip that must not pass unnoticed.
const char *argument_mistake(const ringline_fault_rule &rule)
{
	const std::uint32_t action = rule.action;
	if (action != RINGLINE_FAULT_STATUS && rule.status != 0) {
		return "a status belongs to the action status";
	}
	if (action == RINGLINE_FAULT_STATUS &&
	    ((rule.status & ~status_bits) != 0 || (rule.status & RINGLINE_STATUS_CODE_MASK) == 0)) {
		return "the status must have 15 bits and not be that of success";
	}
	if (action != RINGLINE_FAULT_ERROR && rule.error != 0) {
		return "an error belongs to the action error";
	}
	if (action == RINGLINE_FAULT_ERROR && (rule.error >= 0 || rule.error < -errno_max)) {
		return "the error must be a negative errno";
	}
	if (action != RINGLINE_FAULT_DELAY && rule.delay_ns != 0) {
		return "a delay belongs to the action delay";
	}
	if (rule.delay_ns > fault_delay_max_ns) {
		return "the delay is longer than a century";
	}
	if ((action == RINGLINE_FAULT_REORDER) != (rule.hold != 0)) {
		return "the action reorder, and no other, needs a hold of at least 1";
	}
	return nullptr;
}

/// The rule of one line while its pairs are taken.
struct Line {
	struct Key {
		std::string_view name;
		const char *form; ///< What its value looks like.
	};
	static constexpr Key keys[] = {
		{"action", "status, error, delay, reorder, drop or vanish"},
		{"opcode", "any, the name of a command such as read or zone-append, or a number up to 255"},
		{"admin", "0 or 1"},
		{"lba", "a number"},
		{"blocks", "a number"},
		{"skip", "a number"},
		{"repeat", "a number; 0 is always"},
		{"status", "15 bits as a number, such as 0x281 for 2/81h"},
		{"executed", "0 or 1"},
		{"error", "a name such as EIO, or its number"},
		{"delay", "a time such as 20ms (ns, us, ms or s)"},
		{"hold", "a number"}};
	ringline_fault_rule rule = {};
	std::uint32_t seen = 0; ///< Bits by the order of keys.
	std::string_view opcode_name;

	[[nodiscard]] bool has(std::string_view key) const { return (seen & bit(key)) != 0; }
	/// 0: there is no such key.
	static std::uint32_t bit(std::string_view key)
	{
		for (std::size_t i = 0; i < std::size(keys); ++i) {
			if (keys[i].name == key) {
				return 1U << i;
			}
		}
		return 0;
	}
	static const char *form(std::string_view key)
	{
		const Key *found = std::find_if(std::begin(keys), std::end(keys),
						[key](const Key &one) { return one.name == key; });
		return found->form;
	}
};

bool assign_opcode(Line *line, std::string_view text)
{
	line->opcode_name = text;
	if (text == "any") {
		line->rule.flags |= RINGLINE_FAULT_ANY_OPCODE;
		return true;
	}
	if (const nvme::CommandRow *row = find_named(text); row != nullptr) {
		line->rule.opcode = row->opcode;
		return true;
	}
	std::uint64_t opcode = 0;
	if (!parse_named(text, admin_opcodes, 255, &opcode)) {
		return false;
	}
	line->rule.opcode = static_cast<std::uint32_t>(opcode);
	return true;
}

bool assign_flag(std::uint32_t flag, std::uint32_t *flags, std::string_view text)
{
	std::uint64_t on = 0;
	if (!parse_number(text, 1, &on)) {
		return false;
	}
	*flags |= on != 0 ? flag : 0;
	return true;
}

/// Into a narrower member.
template <class T> bool assign_named(T *to, std::span<const Name> names, std::uint64_t max, std::string_view text)
{
	std::uint64_t value = 0;
	if (!parse_named(text, names, max, &value)) {
		return false;
	}
	*to = static_cast<T>(value);
	return true;
}

/// False: the value makes no sense for this key.
bool assign(Line *line, std::string_view key, std::string_view value)
{
	ringline_fault_rule *rule = &line->rule;
	if (key == "action") {
		return assign_named(&rule->action, actions, 0, value) && rule->action != 0;
	}
	if (key == "opcode") {
		return assign_opcode(line, value);
	}
	if (key == "admin") {
		return assign_flag(RINGLINE_FAULT_ADMIN, &rule->flags, value);
	}
	if (key == "executed") {
		return assign_flag(RINGLINE_FAULT_EXECUTED, &rule->flags, value);
	}
	if (key == "status") {
		return assign_named(&rule->status, {}, status_bits, value);
	}
	if (key == "error") {
		const bool assigned = assign_named(&rule->error, errors, errno_max, value);
		rule->error = -rule->error;
		return assigned;
	}
	if (key == "delay") {
		return parse_time(value, fault_delay_max_ns, &rule->delay_ns);
	}
	if (key == "hold") {
		return assign_named(&rule->hold, {}, UINT32_MAX, value);
	}
	std::uint64_t *number = key == "lba"      ? &rule->lba
				: key == "blocks" ? &rule->blocks
				: key == "skip"   ? &rule->skip
						  : &rule->repeat;
	return parse_number(value, UINT64_MAX, number);
}

/// What only a line can have wrong: something missing that a rule in memory has as 0.
const char *line_mistake(const Line &line)
{
	if (!line.has("action")) {
		return "action= is missing";
	}
	if (!line.has("opcode")) {
		return "opcode= is missing; opcode=any is every command";
	}
	if (line.rule.action == RINGLINE_FAULT_DELAY && !line.has("delay")) {
		return "delay= is missing";
	}
	if (line.rule.action == RINGLINE_FAULT_STATUS && !line.has("status")) {
		return "status= is missing";
	}
	if (line.rule.action == RINGLINE_FAULT_ERROR && !line.has("error")) {
		return "error= is missing";
	}
	if (line.rule.action == RINGLINE_FAULT_REORDER && !line.has("hold")) {
		return "hold= is missing";
	}
	if (line.has("lba") != line.has("blocks") || (line.has("blocks") && line.rule.blocks == 0)) {
		return "lba= and blocks= (at least 1) need each other";
	}
	const bool admin = (line.rule.flags & RINGLINE_FAULT_ADMIN) != 0;
	if (admin && find_named(line.opcode_name) != nullptr) {
		return "this opcode is not that of an admin command";
	}
	if (!admin && is_name_in(admin_opcodes, line.opcode_name)) {
		return "this opcode needs admin=1";
	}
	return fault_mistake(line.rule);
}

std::int32_t parse_rule(const TextLines &lines, std::string_view text, ringline_fault_rule *rule)
{
	Line line;
	line.rule.struct_size = sizeof line.rule;
	std::string_view key;
	std::string_view value;
	std::int32_t taken = 0;
	while ((taken = lines.pair(&text, &key, &value)) > 0) {
		const std::uint32_t bit = Line::bit(key);
		const int key_length = static_cast<int>(std::min<std::size_t>(key.size(), 40));
		if (bit == 0) {
			return lines.refuse("the key '%.*s' is unknown.", key_length, key.data());
		}
		if ((line.seen & bit) != 0) {
			return lines.refuse("the key '%.*s' is there twice.", key_length, key.data());
		}
		line.seen |= bit;
		if (!assign(&line, key, value)) {
			return lines.refuse("'%.*s' is no value for the key '%.*s': %s.",
					    static_cast<int>(std::min<std::size_t>(value.size(), 40)), value.data(),
					    key_length, key.data(), Line::form(key));
		}
	}
	if (taken < 0) {
		return taken;
	}
	if (const char *mistake = line_mistake(line); mistake != nullptr) {
		return lines.refuse("%s.", mistake);
	}
	*rule = line.rule;
	return 0;
}

} // namespace

const char *fault_mistake(const ringline_fault_rule &rule)
{
	if (rule.struct_size != sizeof rule || rule.reserved0 != 0 || rule.reserved1 != 0) {
		return "struct_size or a reserved field is wrong";
	}
	if (rule.action < RINGLINE_FAULT_STATUS || rule.action > RINGLINE_FAULT_VANISH) {
		return "the action is unknown";
	}
	const char *mistake = matching_mistake(rule);
	return mistake != nullptr ? mistake : argument_mistake(rule);
}

std::int32_t parse_faults(std::string_view text, const char *name, ringline_diagnosis *diagnosis,
			  std::span<ringline_fault_rule, fault_rules_max> rules)
{
	TextLines lines(text, name, diagnosis);
	if (const std::int32_t error = lines.header("ringline-faults 1"); error < 0) {
		return error;
	}
	std::size_t count = 0;
	std::string_view line;
	for (;;) {
		const std::int32_t taken = lines.next(&line);
		if (taken < 0) {
			return taken;
		}
		if (taken == 0) {
			return static_cast<std::int32_t>(count);
		}
		if (count == rules.size()) {
			return lines.refuse("there are more than %zu rules.", rules.size());
		}
		if (const std::int32_t error = parse_rule(lines, line, &rules[count]); error < 0) {
			return error;
		}
		++count;
	}
}

std::int32_t FaultTable::set(const ringline_fault_rule &rule)
{
	if (fault_mistake(rule) != nullptr) {
		return -EINVAL;
	}
	if (size_ == fault_rules_max || last_number_ == INT32_MAX) {
		return -ENOSPC;
	}
	entries_[size_] = {.rule = rule, .acted = 0, .number = ++last_number_};
	++size_;
	return static_cast<std::int32_t>(last_number_);
}

std::int32_t FaultTable::clear(std::uint32_t number)
{
	std::uint64_t acted = 0;
	std::uint32_t kept = 0;
	for (std::uint32_t i = 0; i < size_; ++i) {
		if (number == 0 || entries_[i].number == number) {
			acted += std::min<std::uint64_t>(entries_[i].acted, INT32_MAX);
		} else {
			entries_[kept++] = entries_[i];
		}
	}
	if (number != 0 && kept == size_) {
		return -ENOENT;
	}
	size_ = kept;
	return static_cast<std::int32_t>(std::min<std::uint64_t>(acted, INT32_MAX));
}

bool FaultTable::has(std::uint32_t number) const
{
	return std::any_of(entries_, entries_ + size_, [number](const Entry &entry) { return entry.number == number; });
}

bool FaultTable::match(const FaultTarget &target, FaultMatch *match)
{
	for (std::uint32_t i = 0; i < size_; ++i) {
		Entry &entry = entries_[i];
		const bool spent = entry.rule.repeat != 0 && entry.acted >= entry.rule.repeat;
		if (spent || !matches(entry.rule, target)) {
			continue;
		}
		if (entry.rule.skip != 0) {
			--entry.rule.skip; // this match passes, and the next rules have a say
			continue;
		}
		++entry.acted;
		*match = {.number = entry.number, .rule = entry.rule};
		return true;
	}
	return false;
}

} // namespace ringline::device
