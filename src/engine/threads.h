// SPDX-License-Identifier: MIT OR Apache-2.0
// The engine of last resort: commands run as blocking calls on a few worker threads. threads.* are the only files that
// start threads.
#pragma once

#include "engine/engine.h"

#include <pthread.h>

namespace ringline::engine
{

/// First in, first out, of tags; sized once.
class TagQueue
{
public:
	[[nodiscard]] bool allocate(std::uint32_t capacity) { return tags_.allocate(capacity); }
	void add(std::uint64_t tag) { tags_[(first_ + count_++) % tags_.size()] = tag; }
	[[nodiscard]] std::uint64_t first() const { return tags_[first_]; }
	void drop_first()
	{
		first_ = (first_ + 1) % tags_.size();
		--count_;
	}
	[[nodiscard]] bool contains(std::uint64_t tag) const;
	/// Takes one tag out, wherever it is, and keeps the order of the others.
	bool remove(std::uint64_t tag);
	void clear() { count_ = 0; }
	[[nodiscard]] std::uint32_t count() const { return count_; }
	[[nodiscard]] std::uint64_t bytes() const { return tags_.bytes(); }

private:
	Array<std::uint64_t> tags_;
	std::size_t first_ = 0;
	std::uint32_t count_ = 0;
};

class Threads
{
public:
	std::int32_t create(const Setup &setup, Array<Task> *tasks);

	std::int32_t bind() { return 0; }
	ringline_nvme_command *push(const Target &target, std::uint64_t tag, std::int32_t fixed);
	void vector_last(const Target &target, std::uint64_t tag, std::uint32_t segments);
	void admin_last(const Target &target, std::uint64_t tag);
	Progress advance(bool submit, std::uint32_t min, std::int64_t timeout_ns);
	bool withdraw(std::uint64_t tag);
	bool decided(std::uint64_t tag);
	[[nodiscard]] bool hidden_work() const { return false; }
	[[nodiscard]] std::uint32_t pushed() const { return pushed_.count(); }
	[[nodiscard]] std::uint32_t running() const { return running_; }
	[[nodiscard]] bool rang() const { return false; } // no advance() is interrupted by the bell
	[[nodiscard]] std::uint64_t enters() const { return enters_; }
	[[nodiscard]] std::uint64_t memory_bytes() const;
	std::int32_t attach(const Target & /*target*/) { return 0; }
	void detach(const Target & /*target*/) {}
	Pinned pin(std::uint32_t /*buffer*/, std::uint64_t /*address*/, std::uint64_t /*length*/,
		   SharedPin & /*shared*/)
	{
		return Pinned::no;
	}
	void unpin(std::uint32_t /*buffer*/) {}
	[[nodiscard]] std::int32_t fixed_index(std::uint32_t /*buffer*/, std::uint64_t /*offset*/,
					       std::uint32_t /*length*/, std::uint32_t /*segment_bytes*/) const
	{
		return not_fixed;
	}
	std::int32_t signal(std::int32_t /*eventfd*/) { return 0; } // every completion rings the waker, and that echoes
	void destroy();

	template <class Take> void reap(Take &&take);

private:
	struct Timer {
		std::uint64_t tag;
		std::uint64_t due_ns; // CLOCK_MONOTONIC
	};

	static void *work(void *self);
	void serve();
	void run(std::uint64_t tag);
	bool serve_timers(std::uint64_t *next_due_ns);
	void finish(std::uint64_t tag);
	void join(std::size_t count);

	Array<Task> *tasks_ = nullptr;
	Waker *waker_ = nullptr;
	TagQueue pushed_;           // the owner's alone
	std::uint32_t running_ = 0; // the owner's alone
	std::uint64_t enters_ = 0;
	Array<pthread_t> workers_;

	// Everything below is under lock_.
	pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t work_there_ = PTHREAD_COND_INITIALIZER;
	TagQueue waiting_;
	TagQueue done_;
	Array<Timer> timers_;
	std::uint32_t timer_count_ = 0;
	bool stop_ = false;
};

template <class Take> void Threads::reap(Take &&take)
{
	pthread_mutex_lock(&lock_);
	while (done_.count() != 0 && take(Event{done_.first(), 0, 0})) {
		done_.drop_first();
		--running_;
	}
	pthread_mutex_unlock(&lock_);
}

static_assert(Engine<Threads>);

} // namespace ringline::engine
