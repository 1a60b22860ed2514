/*
 * segments.c: encoding and segments of SMS as we count them, for comparison
 * with segments.mjs.  Texts come as a line of hexadecimal UTF-8 each.
 */
#include <stdio.h>
#include <string.h>

#include "pure/sms_text.h"

int
main(void)
{
	static char line[65536];
	static char text[32768];

	while (fgets(line, sizeof line, stdin) != NULL)
	{
		size_t length = strspn(line, "0123456789abcdef") / 2;
		SaSmsSize size;
		size_t i;

		for (i = 0; i < length; i++)
		{
			unsigned byte;

			if (sscanf(line + 2 * i, "%2x", &byte) != 1)
				return 1;
			text[i] = (char) byte;
		}
		size = sa_sms_size(text, length);
		printf("%s %zu\n", size.gsm ? "gsm" : "ucs", size.segments);
	}
	return 0;
}
