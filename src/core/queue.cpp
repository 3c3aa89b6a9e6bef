// SPDX-License-Identifier: MIT OR Apache-2.0
// The data path: push, submit, poll, wait.
#include "core/queue_path.h"

#include "base/clock.h"
#include "device/outcome.h"

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace ringline::core
{

namespace
{

/// Until when a wait may last.
class Deadline
{
public:
	explicit Deadline(std::int64_t timeout_ns) : timeout_(timeout_ns)
	{
		if (timeout_ > 0) {
			const std::int64_t now = now_ns();
			end_ = timeout_ < INT64_MAX - now ? now + timeout_ : INT64_MAX;
		}
	}
	/// -1: no limit; 0: it is over.
	[[nodiscard]] std::int64_t left() const
	{
		return timeout_ <= 0 ? std::max<std::int64_t>(timeout_, -1)
				     : std::max<std::int64_t>(end_ - now_ns(), 0);
	}

private:
	std::int64_t timeout_;
	std::int64_t end_ = 0;
};

} // namespace

std::int32_t Queue::admit()
{
	if (inherited()) [[unlikely]] {
		return -ECHILD;
	}
	if (owner_.load(std::memory_order_relaxed) == thread_identity()) [[likely]] {
		return 0;
	}
	return movable_ ? 0 : admit_first();
}

Queue::Attachment *Queue::find(ringline_device device)
{
	const std::uint32_t index = device_index(device);
	if (index >= devices_max || by_index_[index] == 0) [[unlikely]] {
		return nullptr;
	}
	Attachment &attachment = attachments_[by_index_[index] - 1U];
	return attachment.handle.value == device.value ? &attachment : nullptr;
}

std::uint8_t Queue::find_memory(const Span &span) const
{
	const auto [address, length] = span;
	std::uint8_t found = no_memory;
	if (memory_count_ == 0 || length == 0) {
		return found;
	}
	for (std::size_t i = 0; i < memories_.size(); ++i) {
		const Memory &memory = memories_[i];
		if (memory.buffer == nullptr) {
			continue;
		}
		if (memory.holds(address, length)) {
			return static_cast<std::uint8_t>(i);
		}
		if (address - memory.start < memory.length || memory.start - address < length) {
			found = straddles;
		}
	}
	return found;
}

// Takes a slot and an entry: where the command itself is to be written, or null if there is no room.
ringline_nvme_command *Queue::place(Attachment &attachment, const Span &data, const Span &metadata,
				    std::uint64_t user_data)
{
	if (in_flight_ == depth_) [[unlikely]] {
		return nullptr;
	}
	const std::uint32_t number = engine::slot_of(free_[in_flight_]);
	Slot &slot = slots_[number];
	const std::uint64_t tag = slot.tag(number);
	const std::uint8_t memory = find_memory(data);
	const bool metadata_counts = find_memory(metadata) != no_memory;
	std::int32_t fixed = engine::not_fixed;
	ringline_nvme_command *wire = with_engine([&](auto &engine) {
		if (memory < straddles && memories_[memory].pinned != engine::Pinned::no) {
			fixed = engine.fixed_index(memory, data.address - memories_[memory].start, data.length,
						   attachment.geometry.max_segment_bytes);
		}
		return engine.push(attachment.target, tag, fixed);
	});
	if (wire == nullptr) [[unlikely]] {
		return nullptr; // withdrawn commands fill the submission queue until the next submit
	}
	slot.user_data = user_data;
	slot.word |= Slot::facts(attachment.target.file, memory,
				 metadata_counts ? in_flight_mark | metadata_in_memory : in_flight_mark);
	++in_flight_;
	++attachment.in_flight;
	if (memory < straddles) {
		++memories_[memory].in_flight;
	} else if (memory == straddles) {
		++straddling_;
	}
	straddling_ += metadata_counts ? 1 : 0;
	stamp(number);
	remember(&attachment, memory, fixed);
	return wire;
}

void Queue::stamp(std::uint32_t number)
{
	if (!pushed_at_.empty()) [[unlikely]] {
		pushed_at_[number] = now_ns();
	}
}

// Buffers that are cut into slots are looked up for each command, and so is memory outside of the buffers.
void Queue::remember(Attachment *attachment, std::uint8_t memory, std::int32_t fixed)
{
	const bool in_buffer = memory < straddles && fixed >= 0 && uring_.pins_whole();
	if (crooked_ != 0 || (memory_count_ != 0 && !in_buffer)) {
		return;
	}
	attachment->recent = {.attachment = attachment,
			      .memory = in_buffer ? &memories_[memory] : nullptr,
			      .facts = Slot::facts(attachment->target.file, memory, in_flight_mark),
			      .limits = attachment->plain,
			      .face = engine::Uring::face(attachment->target.file, fixed)};
	if (in_buffer && attachment->plain.block_bytes != 0) {
		std::uint64_t &most = attachment->recent.limits.blocks_max;
		most = std::min(most, memories_[memory].length / attachment->plain.block_bytes);
	}
	recent_ = attachment->recent;
}

// When devices take turns, each is where it was left. True: recent_ is this device's.
bool Queue::recall(ringline_device device)
{
	const Attachment *attachment = find(device);
	if (attachment == nullptr || attachment->recent.attachment == nullptr || recent_.attachment == attachment) {
		return false;
	}
	recent_ = attachment->recent;
	uring_.soil();
	return true;
}

void Queue::forget_recent()
{
	for (Attachment &attachment : attachments_) {
		attachment.recent = {};
	}
	recent_ = {};
	straight_ = false;
}

template <bool in_buffer, bool pure>
std::uint32_t Queue::push_run_in(const nvme::CommandWords *commands, std::uint32_t count)
{
	const auto [words, entries] = uring_.room();
	count = std::min({count, depth_ - in_flight_, entries});
	const std::uint64_t device = recent_.attachment->handle.value;
	const Memory memory = in_buffer ? *recent_.memory : Memory{};
	Slot *const slots = slots_.begin();
	const std::uint32_t *free = free_.begin() + in_flight_;
	const std::uint32_t *const end = free + count;
	// All registers are needed: recent_ is read where it is, and what comes after the loop is read after it.
	for (std::uint64_t *entry = words; free != end; ++free, ++commands, entry += engine::Uring::entry_words) {
		nvme::PlainTransfer transfer;
		if (commands->device != device || !nvme::is_plain(*commands, recent_.limits, &transfer) ||
		    (in_buffer && !memory.holds(transfer))) [[unlikely]] {
			break;
		}
		place_plain(*commands, transfer, recent_, pure, entry, *free, slots);
	}
	__asm__ volatile("" ::: "memory");
	const auto done = static_cast<std::uint32_t>(free - free_.begin()) - in_flight_;
	count_pushed(done);
	return done;
}

std::uint32_t Queue::push_run(const nvme::CommandWords *commands, std::uint32_t count)
{
	if (uring_.pure()) {
		return memory_count_ == 0 ? push_run_in<false, true>(commands, count)
					  : push_run_in<true, true>(commands, count);
	}
	return memory_count_ == 0 ? push_run_in<false, false>(commands, count)
				  : push_run_in<true, false>(commands, count);
}

// Where a command goes that is proved; null, and *error is why, if it cannot go there.
Queue::Attachment *Queue::find_proved(ringline_device device, std::int32_t *error)
{
	Attachment *attachment = find(device);
	if (attachment == nullptr) [[unlikely]] {
		*error = explain_missing(device);
		return nullptr;
	}
	if (attachment->target.device->state() != attachment->state) [[unlikely]] {
		*error = renew(*attachment);
		return *error == 0 ? attachment : nullptr;
	}
	return attachment;
}

std::int32_t Queue::push_one(const ringline_command &command)
{
	std::int32_t missing = 0;
	Attachment *attachment = find_proved(command.device, &missing);
	if (attachment == nullptr) [[unlikely]] {
		return missing;
	}
	const nvme::Geometry &geometry = attachment->geometry;
	const std::int32_t error =
		nvme::validate(geometry, command, [](const nvme::Violation &violation) { return violation.error; });
	if (error != 0) [[unlikely]] {
		return error == nvme::valid_special ? push_special(*attachment, command, nullptr) : error;
	}
	const Span metadata = {command.metadata_address, command.metadata_length};
	if (metadata.length != 0) [[unlikely]] {
		const std::int32_t unready = ready_metadata(*attachment, command.opcode, metadata);
		if (unready < 0) {
			return unready;
		}
	}
	ringline_nvme_command *wire =
		place(*attachment, {command.address, command.length}, metadata, command.user_data);
	if (wire == nullptr) [[unlikely]] {
		return -EAGAIN;
	}
	nvme::encode(command, geometry.nsid, wire);
	return 0;
}

std::int32_t Queue::push_rest(const nvme::CommandWords *commands, std::uint32_t done, std::uint32_t count)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	while (done < count) {
		// A run also ends where the ring does.
		if (const std::uint32_t more = push_plain(commands + done, count - done); more != 0) {
			done += more;
			continue;
		}
		if (recall({commands[done].device})) {
			continue;
		}
		const auto &command = reinterpret_cast<const ringline_command &>(commands[done]);
		if (const std::int32_t error = push_one(command); error < 0) [[unlikely]] {
			return done != 0 ? static_cast<std::int32_t>(done) : error;
		}
		++done;
	}
	return static_cast<std::int32_t>(count);
}

void Queue::deliver(ringline_completion *completion, std::uint32_t number, const device::Outcome &outcome)
{
	Slot &slot = slots_[number];
	Attachment &attachment = attachments_[slot.attachment()];
	*completion = {.user_data = slot.user_data,
		       .result = outcome.result,
		       .device = attachment.handle,
		       .error = outcome.error,
		       .status = outcome.status,
		       .flags = outcome.flags};
	--attachment.in_flight;
	if (slot.memory() < straddles) {
		--memories_[slot.memory()].in_flight;
	} else if (slot.memory() == straddles) {
		--straddling_;
	}
	straddling_ -= slot.is(metadata_in_memory) ? 1 : 0;
	if (hold_count_ != 0) [[unlikely]] {
		count_passing(slot.attachment());
	}
	slot.word = slot.tag(0) + Slot::generation_step;
	free_[--in_flight_] = number << engine::slot_shift;
}

std::uint32_t Queue::reap_engine(ringline_completion *completions, std::uint32_t max)
{
	std::uint32_t taken = 0;
	const auto take = [&](const engine::Event &event) {
		if (taken == max) {
			return false;
		}
		const std::uint32_t number = engine::slot_of(event.tag);
		assert(slots_[number].tag(number) == event.tag);
		if (!attachments_[slots_[number].attachment()].target.task) [[likely]] {
			deliver(&completions[taken++], number, device::outcome_of(event.status, event.result));
			return true;
		}
		const device::Verdict &verdict = tasks_[number].verdict;
		if (verdict.disposition != device::Disposition::complete) {
			hold(number);
			return true;
		}
		deliver(&completions[taken++], number, verdict.outcome);
		return true;
	};
	with_engine([&](auto &engine) { engine.reap(take); });
	return taken;
}

std::uint32_t Queue::reap(ringline_completion *completions, std::uint32_t max)
{
	std::uint32_t taken = 0;
	if (ready_count_ != 0) [[unlikely]] {
		taken = take_ready(completions, max);
	}
	taken += reap_engine(completions + taken, max - taken);
	while (hold_count_ != 0 && taken < max && settle_holds()) {
		taken += take_ready(completions + taken, max - taken);
	}
	return taken;
}

std::int32_t Queue::submit()
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	if (seen_closings_ != closings()) [[unlikely]] {
		sweep();
	}
	straight_ = false;
	const std::int32_t taken = with_engine([](auto &engine) {
		if (engine.pushed() == 0) {
			return 0;
		}
		const engine::Progress progress = engine.advance(true, 0, -1);
		return progress.submitted != 0 ? static_cast<std::int32_t>(progress.submitted) : progress.error;
	});
	straight_ = is_straight();
	return taken;
}

std::int32_t Queue::poll(ringline_completion *completions, std::uint32_t max)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	straight_ = false;
	std::uint32_t taken = reap(completions, max);
	const bool hidden = with_engine([](auto &engine) { return engine.hidden_work(); });
	if (taken < max && hidden) {
		with_engine([](auto &engine) { (void)engine.advance(false, 0, -1); });
		taken += reap(completions + taken, max - taken);
	}
	if (seen_closings_ != closings()) [[unlikely]] {
		sweep();
	}
	straight_ = is_straight();
	return static_cast<std::int32_t>(taken);
}

std::int32_t Queue::wait(ringline_completion *completions, std::uint32_t max, std::uint32_t min,
			 std::int64_t timeout_ns, bool submit)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	Wait wait = {.completions = completions, .max = max, .min = waker_.take() ? 0 : min};
	return wait_general(wait, timeout_ns, submit);
}

// A straight submission that did not bring all that was asked for.
std::int32_t Queue::wait_on(Wait wait, const engine::Uring::Call &call)
{
	return absorb(wait, uring_.conclude(call)) ? wait_general(wait, -1, true) : finish(wait);
}

// One that was taken as a whole, and whose completions are not all plain successes in a row.
std::int32_t Queue::wait_rest(Wait wait)
{
	wait.submitted = 1;
	return wait_general(wait, -1, true);
}

std::int32_t Queue::wait_general(Wait &wait, std::int64_t timeout_ns, bool submit)
{
	const Deadline deadline(timeout_ns);
	straight_ = false;
	bool looked = false;
	for (bool first = true;; first = false) {
		const bool submit_now =
			submit && wait.error == 0 && with_engine([](auto &engine) { return engine.pushed() != 0; });
		if (first && !submit_now) {
			wait.taken += reap(wait.completions + wait.taken, wait.max - wait.taken);
			// Whoever rang a bell that was just silenced said why before.
			wait.min = waker_.take() ? 0 : wait.min;
		}
		// It never waits for what cannot come: what is at the kernel, what goes there now, and what a fault
		// rule holds.
		const std::uint32_t coming = hold_count_ + with_engine([&](auto &engine) {
						     return engine.running() + (submit_now ? engine.pushed() : 0);
					     });
		const std::uint32_t have = wait.taken + ready_count_;
		std::uint32_t want = std::min(have < wait.min ? wait.min - have : 0, coming);
		if (hold_count_ != 0) {
			want = std::min(want, 1U); // each completion may let go of what is held
		}
		const std::int64_t left = want != 0 ? deadline.left() : -1;
		if (left == 0) {
			want = 0;
		}
		const bool look = !looked && wait.taken < wait.max &&
				  with_engine([](auto &engine) { return engine.hidden_work(); });
		if (want == 0 && !submit_now && !look) {
			break;
		}
		looked = look && !submit_now; // once: what comes to light meanwhile is for the next call
		if (!absorb(wait, with_engine([&](auto &engine) { return engine.advance(submit_now, want, left); }))) {
			break;
		}
	}
	return finish(wait);
}

// Takes what an advance of the engine brought. False: the wait is over, whatever it has.
bool Queue::absorb(Wait &wait, const engine::Progress &progress)
{
	straight_ = false;
	wait.submitted += progress.submitted;
	wait.taken += reap(wait.completions + wait.taken, wait.max - wait.taken);
	wait.error = progress.error;
	// The kernel takes no more: wait for what it has.
	const bool starved = wait.error == -EAGAIN || wait.error == -EBUSY;
	const bool interrupted = progress.interrupted && !with_engine([](auto &engine) { return engine.rang(); });
	return !interrupted && !waker_.take() && (wait.error >= 0 || starved);
}

std::int32_t Queue::finish(const Wait &wait)
{
	if (seen_closings_ != closings()) [[unlikely]] {
		sweep();
	}
	straight_ = is_straight();
	if (wait.taken != 0 || wait.submitted != 0 || wait.error == -ETIME) {
		return static_cast<std::int32_t>(wait.taken);
	}
	return wait.error;
}

} // namespace ringline::core
