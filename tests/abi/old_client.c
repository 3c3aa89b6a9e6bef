/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A client that was compiled some time ago: against the headers in abi/previous. old_client.py runs it with the library
 * of today. Everything that its compiler put into it is used: sizes and places of fields, the strides of arrays,
 * constants. */
#include <ringline/ringline.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_SIZE 512u
#define COUNT 3u

static uint8_t memory[2 * COUNT * BLOCK_SIZE];
static int failed;

static void expect(const char *what, int64_t got, int64_t wanted)
{
	if (got != wanted && !failed) { /* what comes after it says little */
		fprintf(stderr, "%s: %lld instead of %lld\n", what, (long long)got, (long long)wanted);
		failed = 1;
	}
}

static ringline_device open_image(const char *path)
{
	ringline_sim_options image;
	ringline_device_options options;
	ringline_diagnosis why;
	ringline_device device = {0};

	memset(&image, 0, sizeof image);
	image.struct_size = sizeof image;
	image.blocks = 64;
	expect("ringline_sim_create", ringline_sim_create(path, &image), 0);
	memset(&why, 0, sizeof why);
	why.struct_size = sizeof why;
	expect("opening an image as if it were a node", ringline_device_open(path, NULL, &why, &device), -ENOTTY);
	expect("ringline_diagnosis::rule", why.rule, RINGLINE_RULE_NOT_NVME);
	expect("ringline_diagnosis::error", why.error, -ENOTTY);
	expect("ringline_diagnosis::text names the image", strstr(why.text, path) != NULL, 1);
	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.flags = RINGLINE_OPEN_SIMULATED;
	expect("ringline_device_open", ringline_device_open(path, &options, &why, &device), 0);
	return device;
}

static void look_at_device(ringline_device device)
{
	ringline_device_info info;

	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	expect("ringline_device_info_get", ringline_device_info_get(device, &info), 0);
	expect("ringline_device_info::kind", info.kind, RINGLINE_DEVICE_SIMULATED);
	expect("ringline_device_info::blocks", (int64_t)info.blocks, 64);
	expect("ringline_device_info::block_size", info.block_size, BLOCK_SIZE);
	expect("ringline_device_info::metadata_size", info.metadata_size, 0);
	expect("ringline_device_info::max_transfer_rule", info.max_transfer_rule, RINGLINE_RULE_MDTS);
	expect("ringline_device_info::node", strncmp(info.node, "sim:", 4), 0);
}

static ringline_queue *open_queue(ringline_device device, uint32_t engine)
{
	ringline_queue_options options;
	ringline_queue_info info;
	ringline_queue *queue = NULL;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.engine = engine;
	options.depth = 8;
	expect("ringline_queue_create", ringline_queue_create(&options, NULL, &queue), 0);
	expect("ringline_queue_attach", ringline_queue_attach(queue, device), 0);
	memset(&info, 0, sizeof info);
	info.struct_size = sizeof info;
	expect("ringline_queue_info_get", ringline_queue_info_get(queue, &info), 0);
	expect("ringline_queue_info::engine", info.engine,
	       engine == RINGLINE_ENGINE_AUTO ? info.engine : RINGLINE_ENGINE_THREADS);
	expect("ringline_queue_info::depth", info.depth, 8);
	expect("ringline_queue_info::devices", info.devices, 1);
	return queue;
}

/* COUNT commands as an array, and their completions as one. */
static void run_batch(ringline_queue *queue, ringline_device device, uint8_t opcode, uint8_t *at)
{
	ringline_command commands[COUNT];
	ringline_completion completions[COUNT];
	uint32_t seen = 0;
	int32_t taken = 0;
	uint32_t i;

	memset(commands, 0, sizeof commands);
	for (i = 0; i < COUNT; ++i) {
		commands[i].user_data = i;
		commands[i].device = device;
		commands[i].lba = i;
		commands[i].address = (uintptr_t)(at + i * BLOCK_SIZE);
		commands[i].length = BLOCK_SIZE;
		commands[i].blocks = 1;
		commands[i].opcode = opcode;
	}
	expect("ringline_push", ringline_push(queue, commands, COUNT), COUNT);
	expect("ringline_submit", ringline_submit(queue), COUNT);
	memset(completions, 0x77, sizeof completions);
	while (!failed && taken == 0) {
		taken = ringline_poll(queue, completions, 1);
	}
	expect("ringline_poll", taken, 1);
	expect("ringline_wait", ringline_wait(queue, completions + 1, COUNT - 1, COUNT - 1, -1), COUNT - 1);
	for (i = 0; i < COUNT; ++i) {
		expect("ringline_completion::error", completions[i].error, 0);
		expect("ringline_completion::status", completions[i].status, 0);
		expect("ringline_completion::flags", completions[i].flags, 0);
		expect("ringline_completion::device", (int64_t)completions[i].device.value, (int64_t)device.value);
		seen |= 1u << (completions[i].user_data & 31);
	}
	expect("the commands that completed", seen, (1u << COUNT) - 1);
}

static void meet_a_fault(ringline_queue *queue, ringline_device device)
{
	ringline_fault_rule rule;
	ringline_completion completion;
	ringline_status_info status;

	memset(&rule, 0, sizeof rule);
	rule.struct_size = sizeof rule;
	rule.action = RINGLINE_FAULT_STATUS;
	rule.opcode = RINGLINE_NVME_FLUSH;
	rule.status = 0x4281;
	expect("ringline_sim_fault_set", ringline_sim_fault_set(device, &rule) > 0, 1);
	expect("ringline_flush", ringline_flush(queue, device, 9), 0);
	expect("ringline_submit_and_wait", ringline_submit_and_wait(queue, &completion, 1, 1, -1), 1);
	expect("the status of a fault", completion.status, 0x4281);
	memset(&status, 0, sizeof status);
	status.struct_size = sizeof status;
	expect("ringline_status_decode", ringline_status_decode(completion.status, &status), 0);
	expect("ringline_status_info::dnr", status.dnr, 1);
	expect("ringline_status_info::retry", status.retry, RINGLINE_RETRY_NEVER);
	expect("ringline_sim_fault_clear", ringline_sim_fault_clear(device, 0), 1);
}

/* The struct of then, and behind it what must stay as it is. */
static void make_a_buffer(ringline_queue *queue)
{
	struct {
		ringline_buffer_info info;
		uint64_t behind;
	} known = {{0}, 0x7777777777777777u};
	ringline_buffer_options options;
	ringline_buffer buffer;

	memset(&options, 0, sizeof options);
	options.struct_size = sizeof options;
	options.length = 4096;
	expect("ringline_buffer_create", ringline_buffer_create(&options, &buffer), 0);
	expect("ringline_queue_attach_buffer", ringline_queue_attach_buffer(queue, buffer) >= 0, 1);
	known.info.struct_size = sizeof known.info;
	expect("ringline_buffer_info_get", ringline_buffer_info_get(buffer, &known.info), 0);
	expect("ringline_buffer_info::attachments", known.info.attachments, 1);
	expect("ringline_buffer_info::length", (int64_t)known.info.length, 4096);
	expect("what lies behind ringline_buffer_info", (int64_t)known.behind, 0x7777777777777777);
	expect("ringline_queue_detach_buffer", ringline_queue_detach_buffer(queue, buffer), 0);
	expect("ringline_buffer_free", ringline_buffer_free(buffer), 0);
}

static void use(ringline_device device, uint32_t engine)
{
	ringline_queue *queue = open_queue(device, engine);
	const uint32_t half = COUNT * BLOCK_SIZE;
	uint32_t i;

	for (i = 0; i < half; ++i) {
		memory[i] = (uint8_t)(i * 31u + engine);
	}
	run_batch(queue, device, RINGLINE_NVME_WRITE, memory);
	run_batch(queue, device, RINGLINE_NVME_READ, memory + half);
	expect("what was read", memcmp(memory, memory + half, half), 0);
	meet_a_fault(queue, device);
	make_a_buffer(queue);
	expect("ringline_queue_destroy", ringline_queue_destroy(queue), 0);
}

int main(int argc, char **argv)
{
	ringline_device device;

	if (argc != 2) {
		fprintf(stderr, "usage: old_client IMAGE\n");
		return 2;
	}
	device = open_image(argv[1]);
	if (!failed) {
		look_at_device(device);
		use(device, RINGLINE_ENGINE_AUTO);
		use(device, RINGLINE_ENGINE_THREADS);
		expect("ringline_device_close", ringline_device_close(device), 0);
	}
	return failed;
}
