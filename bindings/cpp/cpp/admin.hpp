// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file admin.hpp
 * @brief Admin commands that are waited for, and the fields of the pages that they bring.
 */
#ifndef RINGLINE_CPP_ADMIN_HPP
#define RINGLINE_CPP_ADMIN_HPP

#include "borrowing_queue.hpp"
#include "commands.hpp"
#include "completed.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace ringline
{

/**
 * @defgroup cpp_admin Admin commands
 * Each waits, in any thread. A Result is about the call; what the device said is in the Completed, whose memory is the
 * page. Options need no struct_size.
 *  @{ */

namespace detail
{
template <typename Call> Result<Completed> ask(Memory &&memory, Call call) noexcept
{
	ringline_completion completion{};
	const std::int32_t error = call(&completion);
	if (error < 0) {
		return Failure{error};
	}
	Completed completed;
	completed.result = completion.result;
	completed.device = completion.device;
	completed.number = completion.error;
	completed.status = Status(completion.status);
	completed.flags = completion.flags;
	completed.memory = std::move(memory);
	return completed;
}
template <typename Call> Result<Completed> ask_for(std::size_t bytes, Call call) noexcept
{
	Memory memory;
	if (bytes != 0) {
		Result<Memory> allocated = Memory::allocate(bytes);
		if (!allocated) {
			return Failure{allocated.number()};
		}
		memory = *std::move(allocated);
	}
	std::byte *const data = memory.data();
	return ask(std::move(memory), [&](ringline_completion *completion) { return call(data, completion); });
}
} // namespace detail

/// @see ringline_identify
inline Result<Completed> identify(const Device &device, ringline_identify_options options) noexcept
{
	options.struct_size = sizeof options;
	return detail::ask_for(RINGLINE_IDENTIFY_BYTES, [&](std::byte *data, ringline_completion *completion) {
		return ringline_identify(device.get(), &options, data, RINGLINE_IDENTIFY_BYTES, completion);
	});
}
/// @p length bytes from options.offset on. If the Completed is not ok, what the memory has is not all of it. @see
/// ringline_log_read
inline Result<Completed> log_read(const Device &device, ringline_log_options options, std::uint32_t length) noexcept
{
	options.struct_size = sizeof options;
	return detail::ask_for(length, [&](std::byte *data, ringline_completion *completion) {
		return ringline_log_read(device.get(), &options, data, length, completion);
	});
}
/// Its value is Completed::result. @p length of its data, if it has some. A vendor's feature, or one that is newer than
/// this library, wants 4096 bytes (-ENOBUFS). @see ringline_feature_get
inline Result<Completed> feature_get(const Device &device, ringline_feature_options options,
				     std::uint32_t length = 0) noexcept
{
	options.struct_size = sizeof options;
	if (!detail::feature_fits(options, length)) {
		return Failure{-ENOBUFS};
	}
	return detail::ask_for(length, [&](std::byte *data, ringline_completion *completion) {
		return ringline_feature_get(device.get(), &options, data, length, completion);
	});
}
/// @see ringline_feature_set
inline Result<Completed> feature_set(const Device &device, ringline_feature_options options,
				     Span<const std::byte> data = {nullptr, 0}) noexcept
{
	options.struct_size = sizeof options;
	return detail::ask(Memory(), [&](ringline_completion *completion) {
		return ringline_feature_set(device.get(), &options, data.data(), data.count(), completion);
	});
}
/// All data of the namespace is gone; refresh() the device afterwards. @see ringline_format
inline Result<Completed> format(const Device &device, ringline_format_options options) noexcept
{
	options.struct_size = sizeof options;
	return detail::ask(Memory(), [&](ringline_completion *completion) {
		return ringline_format(device.get(), &options, completion);
	});
}
/// Starts it; every namespace of the subsystem is meant. @see ringline_sanitize
inline Result<Completed> sanitize(const Device &device, ringline_sanitize_options options) noexcept
{
	options.struct_size = sizeof options;
	return detail::ask(Memory(), [&](ringline_completion *completion) {
		return ringline_sanitize(device.get(), &options, completion);
	});
}
/// Starts it. @see ringline_self_test
inline Result<Completed> self_test(const Device &device, std::uint32_t nsid, std::uint32_t code) noexcept
{
	return detail::ask(Memory(), [&](ringline_completion *completion) {
		return ringline_self_test(device.get(), nsid, code, completion);
	});
}
/// @see ringline_namespace_attach
inline Result<Completed> namespace_attach(const Device &device, std::uint32_t nsid,
					  Span<const std::uint16_t> controllers) noexcept
{
	return detail::ask(Memory(), [&](ringline_completion *completion) {
		return ringline_namespace_attach(device.get(), nsid, controllers.data(), controllers.count(),
						 completion);
	});
}
/// @see ringline_namespace_detach
inline Result<Completed> namespace_detach(const Device &device, std::uint32_t nsid,
					  Span<const std::uint16_t> controllers) noexcept
{
	return detail::ask(Memory(), [&](ringline_completion *completion) {
		return ringline_namespace_detach(device.get(), nsid, controllers.data(), controllers.count(),
						 completion);
	});
}

/**
 * The fields of a page, by the library's table (pages.h). It looks at memory that must outlive it.
 *
 *     ringline::Page page(RINGLINE_PAGE_LOG + 2, completed->memory);
 *     page.number("power_cycles")
 */
class Page
{
public:
	/// @param page RINGLINE_PAGE_* with its number.
	Page(std::uint32_t page, Span<const std::byte> bytes) noexcept : page_(page), bytes_(bytes) {}
	Page(std::uint32_t page, const Memory &memory) noexcept : Page(page, {memory.data(), memory.size()}) {}

	[[nodiscard]] const char *name() const noexcept { return ringline_page_name(page_); }
	/// The field of that index, from 0. -ENOENT: there are no more.
	[[nodiscard]] Result<ringline_field> field(std::uint32_t index) const noexcept
	{
		ringline_field field{};
		field.struct_size = sizeof field;
		const std::int32_t error = ringline_page_field(page_, index, &field);
		if (error < 0) {
			return Failure{error};
		}
		return field;
	}
	/// In a list, @p list is its name and @p record which one. -ENOENT: there is none. @see ringline_page_value
	[[nodiscard]] Result<std::uint64_t> number(std::string_view name, std::string_view list = {},
						   std::uint32_t record = 0) const noexcept
	{
		const Result<std::uint32_t> index = find(name, list);
		if (!index) {
			return Failure{index.number()};
		}
		return number(*index, record);
	}
	[[nodiscard]] Result<std::uint64_t> number(std::uint32_t index, std::uint32_t record = 0) const noexcept
	{
		std::uint64_t value = 0;
		const std::int32_t error =
			ringline_page_value(page_, index, record, reinterpret_cast<const std::uint8_t *>(bytes_.data()),
					    length(), &value, nullptr);
		if (error < 0) {
			return Failure{error};
		}
		return value;
	}
	/// Without the blanks and zeros behind it. From a device: anything may be in it. -EINVAL: not a text.
	[[nodiscard]] Result<std::string_view> text(std::string_view name) const noexcept
	{
		const Result<std::uint32_t> index = find(name, {});
		if (!index) {
			return Failure{index.number()};
		}
		const Result<ringline_field> field = this->field(*index);
		return field ? trimmed(*field) : Result<std::string_view>(Failure{field.number()});
	}

private:
	[[nodiscard]] std::uint32_t length() const noexcept
	{
		return bytes_.size() < UINT32_MAX ? static_cast<std::uint32_t>(bytes_.size()) : UINT32_MAX;
	}
	[[nodiscard]] Result<std::uint32_t> find(std::string_view name, std::string_view list) const noexcept
	{
		ringline_field field{};
		field.struct_size = sizeof field;
		for (std::uint32_t index = 0;; ++index) {
			const std::int32_t error = ringline_page_field(page_, index, &field);
			if (error < 0) {
				return Failure{error};
			}
			if (name == field.name && list == field.list) {
				return std::uint32_t(index);
			}
		}
	}
	[[nodiscard]] Result<std::string_view> trimmed(const ringline_field &field) const noexcept
	{
		const std::size_t bytes = field.bits / 8;
		if (field.kind != RINGLINE_FIELD_TEXT) {
			return Failure{-EINVAL};
		}
		if (bytes_.size() < bytes || field.offset > bytes_.size() - bytes) {
			return Failure{-ENODATA};
		}
		std::string_view text(reinterpret_cast<const char *>(bytes_.data()) + field.offset, bytes);
		while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) {
			text.remove_suffix(1);
		}
		return text;
	}

	std::uint32_t page_;
	Span<const std::byte> bytes_;
};

/// Makes the image of a simulated device; options need no struct_size. @see ringline_sim_create
inline Result<void> create_image(const char *path, ringline_sim_options options) noexcept
{
	options.struct_size = sizeof options;
	return Result<void>(ringline_sim_create(path, &options));
}

/** @} */

} // namespace ringline
#endif
