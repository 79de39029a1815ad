// SPDX-License-Identifier: GPL-2.0
/* libFuzzer: the verdict does not depend on how the bytes were cut. */
#include "http_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole, cut;
	u32 seed = 2463534242U;
	char *bytes = malloc(size + 1);

	memcpy(bytes, data, size);
	bytes[size] = '\0';
	feed(bytes, size, cut_nowhere, NULL, &whole);
	feed(bytes, size, cut_everywhere, NULL, &cut);
	if (!same_outcome(&whole, &cut))
		abort();
	feed(bytes, size, cut_random, &seed, &cut);
	if (!same_outcome(&whole, &cut))
		abort();
	if (whole.verdict == KTCP_HTTP_DONE && !well_framed(bytes, whole.end))
		abort();
	free(bytes);
	return 0;
}
