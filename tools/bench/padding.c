/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Nothing, of a given size, in front of the code: moves all of it to other addresses (see the layouts in
 * CMakeLists.txt). */
__asm__(".section .text.bench_padding,\"axR\",@progbits\n"
	".skip " BENCH_PADDING "\n"
	".previous");

extern const int bench_padding; /* a translation unit must not be empty */
