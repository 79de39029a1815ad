// SPDX-License-Identifier: GPL-2.0
/*
 * A fuzz target over the files that are named: what fuzzing has found worth
 * keeping is tried again with every run of the tests, without libFuzzer.
 */
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try(const char *path)
{
	static uint8_t bytes[1 << 16];
	FILE *file = fopen(path, "rb");
	uint8_t *copy;
	size_t n;

	if (!file) {
		perror(path);
		exit(1);
	}
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	/* Of its own size, so that ASan sees a byte too far. */
	copy = malloc(n ? n : 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = bytes[i];
	/* The last that is printed is the one that it ends with. */
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		try(argv[i]);
	printf("%sok 1 %d inputs\n1..1\n", argc > 50 ? "" : "not ", argc - 1);
	return argc <= 50;
}
