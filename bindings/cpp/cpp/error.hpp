// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file error.hpp
 * @brief Statuses, error codes and results.
 */
#ifndef RINGLINE_CPP_ERROR_HPP
#define RINGLINE_CPP_ERROR_HPP

#include <ringline/ringline.h>

#include <cassert>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace ringline
{

/** @defgroup cpp_errors Errors
 *  @{ */

/// What may be done about a status: ringline_status_info::retry.
enum class Retry : std::uint8_t {
	never = RINGLINE_RETRY_NEVER,
	if_idempotent = RINGLINE_RETRY_IF_IDEMPOTENT,
	other_path = RINGLINE_RETRY_OTHER_PATH,
};

/// An NVMe status word as the device gave it.
class Status
{
public:
	constexpr Status() = default;
	constexpr explicit Status(std::uint16_t raw) : raw_(raw) {}

	[[nodiscard]] constexpr std::uint16_t raw() const noexcept { return raw_; }
	/// SCT and SC: the part to compare.
	[[nodiscard]] constexpr std::uint16_t code() const noexcept { return raw_ & RINGLINE_STATUS_CODE_MASK; }
	[[nodiscard]] constexpr bool ok() const noexcept { return code() == 0; }
	[[nodiscard]] Retry retry() const noexcept { return static_cast<Retry>(info().retry); }
	/// @param opcode Or -1: some codes have one name for I/O commands and another for others.
	[[nodiscard]] const char *name(std::int32_t opcode = -1) const noexcept
	{
		return ringline_status_name(raw_, opcode);
	}
	[[nodiscard]] const char *text(std::int32_t opcode = -1) const noexcept
	{
		return ringline_status_text(raw_, opcode);
	}
	/// All parts.
	[[nodiscard]] ringline_status_info info() const noexcept
	{
		ringline_status_info info{};
		info.struct_size = sizeof info;
		ringline_status_decode(raw_, &info);
		return info;
	}
	friend constexpr bool operator==(Status a, Status b) noexcept { return a.raw_ == b.raw_; }
	friend constexpr bool operator!=(Status a, Status b) noexcept { return a.raw_ != b.raw_; }

private:
	std::uint16_t raw_ = 0;
};

namespace detail
{
// Visible, so that every shared object of a program has the same one: categories are compared by address.
class RINGLINE_API CallCategory final : public std::error_category
{
public:
	[[nodiscard]] const char *name() const noexcept override { return "ringline"; }
	[[nodiscard]] std::string message(int error) const override
	{
		return std::string(ringline_error_name(error)) + ": " + ringline_error_text(error);
	}
	/// They are errnos: `error == std::errc::permission_denied` works.
	[[nodiscard]] std::error_condition default_error_condition(int error) const noexcept override
	{
		return {error, std::generic_category()};
	}
};

class RINGLINE_API NvmeCategory final : public std::error_category
{
public:
	[[nodiscard]] const char *name() const noexcept override { return "nvme"; }
	[[nodiscard]] std::string message(int status) const override
	{
		const Status word(static_cast<std::uint16_t>(status));
		return std::string(word.name()) + ": " + word.text();
	}
	/// More, DNR and CRD say nothing about what went wrong.
	[[nodiscard]] bool equivalent(const std::error_code &code, int status) const noexcept override
	{
		return code.category() == *this &&
		       ((code.value() ^ status) & static_cast<int>(RINGLINE_STATUS_CODE_MASK)) == 0;
	}
};
} // namespace detail

/// Of errors of calls, and of commands that never reached the device or whose answer was lost: errnos, positive.
RINGLINE_API inline const std::error_category &call_category() noexcept
{
	static const detail::CallCategory category;
	return category;
}

/// Of what devices answered: status words.
RINGLINE_API inline const std::error_category &nvme_category() noexcept
{
	static const detail::NvmeCategory category;
	return category;
}

/// An error_code of the library's negative (or a positive) errno; 0 is success.
inline std::error_code call_error(std::int32_t error) noexcept
{
	return {error < 0 ? -error : error, call_category()};
}

inline std::error_code make_error_code(Status status) noexcept
{
	return {status.ok() ? 0 : status.raw(), nvme_category()};
}

#if defined(__cpp_exceptions)
/// What constructors and refused pushes throw. what() is the library's diagnosis: the rule, the numbers, and what to
/// do.
class RINGLINE_API Error : public std::system_error
{
public:
	Error(std::int32_t error, const ringline_diagnosis &diagnosis)
		: std::system_error(call_error(error)), diagnosis_(diagnosis)
	{
	}
	[[nodiscard]] const char *what() const noexcept override
	{
		return diagnosis_.text[0] != '\0' ? diagnosis_.text : std::system_error::what();
	}
	[[nodiscard]] const ringline_diagnosis &diagnosis() const noexcept { return diagnosis_; }

private:
	ringline_diagnosis diagnosis_;
};
#endif

/// Why a call failed; turns into any Result.
struct Failure {
	std::int32_t error; ///< A negative errno.
};

namespace detail
{
/// What all results have: the call's errno, made an error_code only when somebody asks.
class Outcome
{
public:
	explicit operator bool() const noexcept { return error_ >= 0; }
	[[nodiscard]] bool ok() const noexcept { return error_ >= 0; }
	[[nodiscard]] std::error_code error() const noexcept { return call_error(error_ < 0 ? error_ : 0); }
	/// The negative errno, or 0.
	[[nodiscard]] std::int32_t number() const noexcept { return error_ < 0 ? error_ : 0; }

protected:
	explicit Outcome(std::int32_t error) noexcept : error_(error) {}
#if defined(__cpp_exceptions)
	void throw_if_failed() const
	{
		if (error_ < 0) {
			throw std::system_error(error());
		}
	}
#endif
	std::int32_t error_;
};
} // namespace detail

/// A value, or the errno of the call that did not give it.
template <typename T> class [[nodiscard]] Result : public detail::Outcome
{
public:
	Result(T &&value) noexcept : Outcome(0), value_(std::move(value)) {} // NOLINT(google-explicit-constructor)
	Result(Failure failure) noexcept : Outcome(failure.error) {}         // NOLINT(google-explicit-constructor)
	/// Only when ok().
	T &operator*() &noexcept
	{
		assert(ok());
		return *value_;
	}
	const T &operator*() const &noexcept
	{
		assert(ok());
		return *value_;
	}
	T &&operator*() &&noexcept
	{
		assert(ok());
		return std::move(*value_);
	}
	T *operator->() noexcept { return &**this; }
	const T *operator->() const noexcept { return &**this; }
#if defined(__cpp_exceptions)
	/// The value. @throws std::system_error
	T &&value() &&
	{
		throw_if_failed();
		return std::move(*value_);
	}
#endif

private:
	std::optional<T> value_;
};

template <> class [[nodiscard]] Result<void> : public detail::Outcome
{
public:
	/// Of a call that gives 0, or a count that says nothing here, or a negative errno.
	explicit Result(std::int32_t returned = 0) noexcept : Outcome(returned) {}
	Result(Failure failure) noexcept : Outcome(failure.error) {} // NOLINT(google-explicit-constructor)
#if defined(__cpp_exceptions)
	/// @throws std::system_error
	void value() const
	{
		throw_if_failed();
	}
#endif
};

namespace detail
{
inline std::int32_t explain(const ringline_command &command, ringline_diagnosis *diagnosis) noexcept
{
	return ringline_explain(&command, diagnosis);
}
inline std::int32_t explain(const ringline_command_extended &command, ringline_diagnosis *diagnosis) noexcept
{
	return ringline_encode(&command, nullptr, diagnosis);
}
inline std::int32_t explain(const ringline_raw_command &command, ringline_diagnosis *diagnosis) noexcept
{
	return ringline_explain_raw(&command, diagnosis);
}
} // namespace detail

/// Of a push. One that was refused remembers the command, so that it can be asked which limit it breaks and by how
/// much.
class [[nodiscard]] Pushed : public Result<void>
{
public:
	Pushed() noexcept {} // NOLINT: what is never read is not written
	template <typename Command> Pushed(std::int32_t error, const Command &command) noexcept : Result(error)
	{
		static_assert(sizeof command <= sizeof command_);
		std::memcpy(command_, &command, sizeof command);
		explain_ = [](const unsigned char *bytes, ringline_diagnosis *diagnosis) noexcept {
			Command copy;
			std::memcpy(&copy, bytes, sizeof copy);
			return detail::explain(copy, diagnosis);
		};
	}
	/// For one that was refused: what ringline_explain() says now. No text if it would be taken now, such as after
	/// -EAGAIN, or is refused by this queue alone.
	[[nodiscard]] ringline_diagnosis diagnosis() const noexcept
	{
		assert(!ok());
		ringline_diagnosis diagnosis{};
		diagnosis.struct_size = sizeof diagnosis;
		if (explain_(command_, &diagnosis) != number()) {
			diagnosis = {};
			diagnosis.struct_size = sizeof diagnosis;
			diagnosis.error = number();
		}
		return diagnosis;
	}
#if defined(__cpp_exceptions)
	/// @throws Error with the diagnosis
	void value() const
	{
		if (!ok()) {
			throw Error(number(), diagnosis());
		}
	}
#endif

private:
	std::int32_t (*explain_)(const unsigned char *command, ringline_diagnosis *diagnosis);
	unsigned char command_[sizeof(ringline_command_extended)];
};

/// How many, or an errno: the C functions' own return value, so that it costs nothing.
class [[nodiscard]] Count : public detail::Outcome
{
public:
	explicit Count(std::int32_t returned) noexcept : Outcome(returned) {}
	Count(Failure failure) noexcept : Outcome(failure.error) {} // NOLINT(google-explicit-constructor)
	/// Only when ok().
	std::uint32_t operator*() const noexcept
	{
		assert(ok());
		return static_cast<std::uint32_t>(error_);
	}
#if defined(__cpp_exceptions)
	/// @throws std::system_error
	std::uint32_t value() const
	{
		throw_if_failed();
		return static_cast<std::uint32_t>(error_);
	}
#endif
};

/** @} */

} // namespace ringline
#endif
