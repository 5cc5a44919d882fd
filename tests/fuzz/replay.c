/*
 * Stands in for libFuzzer in `make check`: gives the target each seed of
 * tests/fuzz/seeds/NAME, whole and cut at every byte (at most CUTS_MAX cuts),
 * where NAME is the program's name after "fuzz_". One TAP line for each seed;
 * a target that crashes ends the program before its plan is fulfilled.
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_BYTES_MAX (1 << 20)
#define CUTS_MAX       4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The heap, exactly as large as the input, lets the sanitizer see a read past
 * the end. */
static void
give(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(1);
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size); /* always 0 */
	free(copy);
}

static int
replay(const char *directory, const char *name, unsigned number)
{
	static uint8_t data[SEED_BYTES_MAX];
	char path[4096 + NAME_MAX + 2];
	size_t size, step;
	FILE *file;
	int used;

	used = snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = used < (int)sizeof(path) ? fopen(path, "rb") : NULL;
	if (!file) {
		printf("not ok %u - %s cannot be read\n", number, path);
		return 1;
	}
	size = fread(data, 1, sizeof(data), file);
	(void)fclose(file); /* it was only read */

	step = size / CUTS_MAX + 1;
	for (size_t cut = 0; cut < size; cut += step)
		give(data, cut);
	give(data, size);
	printf("ok %u - %s, and cut\n", number, name);
	(void)fflush(stdout); /* what was said stays said after a crash */
	return 0;
}

static int
is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int
main(int argc, char *argv[])
{
	const char *name = strstr(argv[0], "fuzz_");
	char directory[4096];
	struct dirent **seeds;
	int count, failed = 0;

	for (const char *next = name; next; next = strstr(next + 1, "fuzz_"))
		name = next;
	(void)snprintf(directory, sizeof(directory), "tests/fuzz/seeds/%s",
	    name ? name + strlen("fuzz_") : "");
	count =
	    scandir(argc > 1 ? argv[1] : directory, &seeds, is_seed, alphasort);
	printf("1..%d\n", count > 0 ? count : 1);
	if (count <= 0) {
		printf("not ok 1 - %s has no seeds\n", directory);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		failed |= replay(argc > 1 ? argv[1] : directory,
		    seeds[i]->d_name, (unsigned)i + 1);
		free(seeds[i]);
	}
	free(seeds);
	return failed;
}
