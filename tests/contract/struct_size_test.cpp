// SPDX-License-Identifier: MIT OR Apache-2.0
// Structs that may grow: callers older and newer than the library are served, by the rule of openat2(2).
#include "fixture.h"

#include <cstdio>
#include <functional>

namespace contract
{
namespace
{

/// What a caller of a later version has: the struct with room behind it.
template <class T> struct Later {
	T known;
	std::uint64_t excess[2];
};

template <class T> T *sized(Later<T> *later, std::uint32_t size)
{
	later->known.struct_size = size;
	return &later->known;
}

/// An option struct: the call must succeed with it as it is, and clean up after itself.
template <class T> void check_input(const T &good, const std::function<std::int32_t(const T *)> &call)
{
	Later<T> later = {};
	later.known = good;
	EXPECT_GE(call(sized(&later, sizeof(T))), 0);
	EXPECT_GE(call(sized(&later, sizeof later)), 0) << "an excess of zeros means the defaults";
	later.excess[0] = 1;
	EXPECT_GE(call(sized(&later, sizeof(T))), 0) << "behind the end nothing is looked at";
	EXPECT_EQ(call(sized(&later, sizeof later)), -E2BIG);
	later.excess[0] = 0;
	later.excess[1] = std::uint64_t{1} << 63;
	EXPECT_EQ(call(sized(&later, sizeof later)), -E2BIG) << "the very last byte counts";
	later.excess[1] = 0;
	for (const std::uint32_t size : {0U, 1U, 4U, 7U}) {
		EXPECT_EQ(call(sized(&later, size)), -EINVAL) << size;
	}
}

/// An information struct. `call` fills it.
template <class T> void check_output(const std::function<std::int32_t(T *)> &call)
{
	Later<T> later = {};
	EXPECT_EQ(call(sized(&later, sizeof later)), 0) << "a later caller";
	EXPECT_EQ(later.known.struct_size, sizeof later) << "the caller's size is kept";
	EXPECT_EQ(later.excess[0], 0U);
	EXPECT_EQ(later.excess[1], 0U);
	Later<T> refused = {};
	refused.excess[1] = 1;
	EXPECT_EQ(call(sized(&refused, sizeof refused)), -E2BIG);
	const T untouched = refused.known;
	const T blank = [] {
		T value = {};
		value.struct_size = sizeof(Later<T>);
		return value;
	}();
	EXPECT_EQ(std::memcmp(&untouched, &blank, sizeof(T)), 0) << "written on failure";
	Later<T> exact = {};
	exact.excess[0] = 0x5A5A5A5A5A5A5A5A;
	EXPECT_EQ(call(sized(&exact, sizeof(T))), 0);
	EXPECT_EQ(exact.excess[0], 0x5A5A5A5A5A5A5A5AU) << "written behind the end";
	for (const std::uint32_t size : {0U, 1U, 4U, 7U}) {
		T small = {};
		small.struct_size = size;
		EXPECT_EQ(call(&small), -EINVAL) << size;
	}
	EXPECT_EQ(call(nullptr), -EINVAL);
}

/// A size between too small and whole is an older caller: either it is served and nothing behind its end is touched,
/// or the first version was larger and it is refused.
template <class T> void check_older_output(const std::function<std::int32_t(T *)> &call)
{
	for (std::uint32_t size = 8; size < sizeof(T); size += 4) {
		T older;
		std::memset(&older, 0x77, sizeof older);
		older.struct_size = size;
		const std::int32_t error = call(&older);
		ASSERT_TRUE(error == 0 || error == -EINVAL) << error;
		const auto *bytes = reinterpret_cast<const std::uint8_t *>(&older);
		for (std::size_t i = error == 0 ? size : 4; i < sizeof(T); ++i) {
			ASSERT_EQ(bytes[i], 0x77U) << "byte " << i << " of a struct of " << size;
		}
	}
}

class StructSizeTest : public testing::Test
{
protected:
	void SetUp() override
	{
		make_image(path_, 64, 512);
		ASSERT_EQ(ringline_queue_create(nullptr, nullptr, &queue_), 0);
	}
	void TearDown() override { EXPECT_EQ(ringline_queue_destroy(queue_), 0); }

	Folder folder_;
	std::string path_ = folder_.path("disk.img");
	ringline_queue *queue_ = nullptr;
};

TEST_F(StructSizeTest, of_device_options)
{
	ringline_device_options good = {};
	check_input<ringline_device_options>(good, [](const ringline_device_options *options) {
		ringline_device handle = {};
		const std::int32_t error = ringline_device_open("null:", options, nullptr, &handle);
		if (error == 0) {
			EXPECT_EQ(ringline_device_close(handle), 0);
		}
		return error;
	});
}

TEST_F(StructSizeTest, of_queue_options)
{
	check_input<ringline_queue_options>({}, [](const ringline_queue_options *options) {
		ringline_queue *queue = nullptr;
		const std::int32_t error = ringline_queue_create(options, nullptr, &queue);
		EXPECT_EQ(queue != nullptr, error == 0);
		EXPECT_EQ(ringline_queue_destroy(queue), 0);
		return error;
	});
}

TEST_F(StructSizeTest, of_buffer_options)
{
	ringline_buffer_options good = {};
	good.length = 4096;
	check_input<ringline_buffer_options>(good, [](const ringline_buffer_options *options) {
		ringline_buffer handle = {};
		const std::int32_t error = ringline_buffer_create(options, &handle);
		if (error == 0) {
			EXPECT_EQ(ringline_buffer_free(handle), 0);
		}
		return error;
	});
}

TEST_F(StructSizeTest, of_sim_options)
{
	ringline_sim_options good = {};
	good.blocks = 8;
	int number = 0;
	check_input<ringline_sim_options>(good, [&](const ringline_sim_options *options) {
		return ringline_sim_create(folder_.path("image" + std::to_string(++number)).c_str(), options);
	});
}

TEST_F(StructSizeTest, of_fault_rules)
{
	const Device device = open_device("sim:" + path_);
	check_input<ringline_fault_rule>(
		fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_READ),
		[&](const ringline_fault_rule *rule) { return ringline_sim_fault_set(device, rule); });
}

TEST_F(StructSizeTest, of_device_info)
{
	const Device device = open_device("sim:" + path_);
	const auto call = [&](ringline_device_info *info) { return ringline_device_info_get(device, info); };
	check_output<ringline_device_info>(call);
	check_older_output<ringline_device_info>(call);
}

TEST_F(StructSizeTest, of_queue_info)
{
	const auto call = [&](ringline_queue_info *info) { return ringline_queue_info_get(queue_, info); };
	check_output<ringline_queue_info>(call);
	check_older_output<ringline_queue_info>(call);
}

TEST_F(StructSizeTest, of_buffer_info)
{
	const Buffer buffer = make_buffer(4096);
	const auto call = [&](ringline_buffer_info *info) { return ringline_buffer_info_get(buffer, info); };
	check_output<ringline_buffer_info>(call);
	check_older_output<ringline_buffer_info>(call);
}

TEST_F(StructSizeTest, of_status_info)
{
	const auto call = [](ringline_status_info *info) { return ringline_status_decode(0x4281, info); };
	check_output<ringline_status_info>(call);
	check_older_output<ringline_status_info>(call);
}

TEST_F(StructSizeTest, of_a_diagnosis)
{
	ringline_device handle = {};
	Later<ringline_diagnosis> later = {};
	EXPECT_EQ(ringline_device_open("/dev/null", nullptr, sized(&later, sizeof later), &handle), -ENOTTY);
	EXPECT_EQ(later.known.rule, RINGLINE_RULE_NOT_NVME);
	EXPECT_EQ(later.known.struct_size, sizeof later);
	EXPECT_EQ(later.excess[0], 0U);
	// A short one gets a short text, with its end, and nothing behind it.
	for (std::uint32_t size = 0; size < sizeof(ringline_diagnosis); size += 8) {
		ringline_diagnosis older;
		std::memset(&older, 0x77, sizeof older);
		older.struct_size = size;
		EXPECT_LT(ringline_device_open("/dev/null", nullptr, &older, &handle), 0);
		const auto *bytes = reinterpret_cast<const std::uint8_t *>(&older);
		for (std::size_t i = std::max<std::size_t>(size, 4); i < sizeof older; ++i) {
			ASSERT_EQ(bytes[i], 0x77U) << "byte " << i << " of a diagnosis of " << size;
		}
	}
}

/// What was in it before must not be taken for the explanation.
ringline_diagnosis used_diagnosis()
{
	ringline_diagnosis why = blank_diagnosis();
	why.rule = RINGLINE_RULE_BOUNDS;
	(void)std::snprintf(why.text, sizeof why.text, "an older failure");
	return why;
}

TEST_F(StructSizeTest, of_options_that_is_refused_is_explained)
{
	ringline_device handle = {};
	ringline_device_options device_options = {};
	ringline_diagnosis why = used_diagnosis();
	EXPECT_EQ(ringline_device_open("null:", &device_options, &why, &handle), -EINVAL);
	EXPECT_EQ(why.rule, RINGLINE_RULE_ARGUMENT);
	EXPECT_NE(std::string(why.text).find("struct_size 0"), std::string::npos) << why.text;
	ringline_queue *queue = nullptr;
	ringline_queue_options queue_options = {};
	why = used_diagnosis();
	EXPECT_EQ(ringline_queue_create(&queue_options, &why, &queue), -EINVAL);
	EXPECT_NE(std::string(why.text).find("struct_size 0"), std::string::npos) << why.text;
	why = used_diagnosis();
	EXPECT_EQ(ringline_device_open(nullptr, nullptr, &why, &handle), -EINVAL);
	EXPECT_STREQ(why.text, "The path is NULL.");
}

TEST_F(StructSizeTest, of_an_older_callers_options_is_extended_with_zeros)
{
	// The rest of the struct would be refused if it were looked at.
	for (std::uint32_t size = 8; size < sizeof(ringline_queue_options); size += 4) {
		ringline_queue_options options;
		std::memset(&options, 0xFF, sizeof options);
		std::memset(&options, 0, size);
		options.struct_size = size;
		ringline_queue *queue = nullptr;
		const std::int32_t error = ringline_queue_create(&options, nullptr, &queue);
		EXPECT_TRUE(error == 0 || error == -EINVAL) << error;
		EXPECT_EQ(ringline_queue_destroy(queue), 0);
	}
}

} // namespace
} // namespace contract
