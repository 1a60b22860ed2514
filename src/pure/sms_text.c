/*
 * sms_text.c: the alphabet of GSM 03.38, segments and the nearest plain form.
 */
#include "pure/sms_text.h"

#include <stdint.h>
#include <string.h>

#include "pure/text.h"
#include "pure/utf8.h"

#define GSM_SINGLE  160
#define GSM_PART    153
#define UCS2_SINGLE 70
#define UCS2_PART   67
#define ELLIPSIS    "..."

/* ASCII that is missing: ` is in no table, the others of the second cost two septets. */
static const char gsm_ascii[] =
	"\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
static const char gsm_extended[] = "\f^{}\\[~]|";

static const uint16_t gsm_others[] = {
	0xa1, 0xa3, 0xa4, 0xa5,  0xa7,  0xbf,  0xc4,  0xc5,  0xc6,  0xc7,  0xc9,  0xd1,  0xd6,
	0xd8, 0xdc, 0xdf, 0xe0,  0xe4,  0xe5,  0xe6,  0xe8,  0xe9,  0xec,  0xf1,  0xf2,  0xf6,
	0xf8, 0xf9, 0xfc, 0x393, 0x394, 0x398, 0x39b, 0x39e, 0x3a0, 0x3a3, 0x3a6, 0x3a8, 0x3a9,
};

typedef struct SaPlainRow
{
	uint32_t first;
	uint32_t last;
	const char *plain;
} SaPlainRow;

/* In the order of their numbers. */
static const SaPlainRow plain_forms[] = {
	{0x09, 0x09, " "},        {0x60, 0x60, "'"},       {0x7f, 0x9f, " "},
	{0xa0, 0xa0, " "},        {0xa2, 0xa2, "c"},       {0xa6, 0xa6, "|"},
	{0xa8, 0xa8, "\""},       {0xa9, 0xa9, "(c)"},     {0xaa, 0xaa, "a"},
	{0xab, 0xab, "\""},       {0xac, 0xac, "-"},       {0xad, 0xad, ""},
	{0xae, 0xae, "(R)"},      {0xaf, 0xaf, "-"},       {0xb0, 0xb0, " deg"},
	{0xb1, 0xb1, "+-"},       {0xb2, 0xb2, "2"},       {0xb3, 0xb3, "3"},
	{0xb4, 0xb4, "'"},        {0xb5, 0xb5, "u"},       {0xb6, 0xb6, ""},
	{0xb7, 0xb7, "."},        {0xb8, 0xb8, ","},       {0xb9, 0xb9, "1"},
	{0xba, 0xba, "o"},        {0xbb, 0xbb, "\""},      {0xbc, 0xbc, "1/4"},
	{0xbd, 0xbd, "1/2"},      {0xbe, 0xbe, "3/4"},     {0xc0, 0xc3, "A"},
	{0xc8, 0xc8, "E"},        {0xca, 0xcb, "E"},       {0xcc, 0xcf, "I"},
	{0xd0, 0xd0, "D"},        {0xd2, 0xd5, "O"},       {0xd7, 0xd7, "x"},
	{0xd9, 0xdb, "U"},        {0xdd, 0xdd, "Y"},       {0xde, 0xde, "Th"},
	{0xe1, 0xe3, "a"},        {0xe7, 0xe7, "c"},       {0xea, 0xeb, "e"},
	{0xed, 0xef, "i"},        {0xf0, 0xf0, "d"},       {0xf3, 0xf5, "o"},
	{0xf7, 0xf7, "/"},        {0xfa, 0xfb, "u"},       {0xfd, 0xfd, "y"},
	{0xfe, 0xfe, "th"},       {0xff, 0xff, "y"},       {0x152, 0x152, "OE"},
	{0x153, 0x153, "oe"},     {0x178, 0x178, "Y"},     {0x218, 0x218, "S"},
	{0x219, 0x219, "s"},      {0x21a, 0x21a, "T"},     {0x21b, 0x21b, "t"},
	{0x300, 0x36f, ""},       {0x2000, 0x200a, " "},   {0x200b, 0x200f, ""},
	{0x2010, 0x2015, "-"},    {0x2018, 0x201b, "'"},   {0x201c, 0x201f, "\""},
	{0x2022, 0x2022, "*"},    {0x2026, 0x2026, "..."}, {0x2028, 0x2029, " "},
	{0x202a, 0x202e, ""},     {0x202f, 0x202f, " "},   {0x2030, 0x2030, "o/oo"},
	{0x2032, 0x2032, "'"},    {0x2033, 0x2033, "\""},  {0x2039, 0x203a, "'"},
	{0x2044, 0x2044, "/"},    {0x2060, 0x206f, ""},    {0x2116, 0x2116, "No."},
	{0x2122, 0x2122, "(TM)"}, {0x2190, 0x2190, "<-"},  {0x2192, 0x2192, "->"},
	{0x2212, 0x2212, "-"},    {0x2248, 0x2248, "~"},   {0x2260, 0x2260, "!="},
	{0x2264, 0x2264, "<="},   {0x2265, 0x2265, ">="},  {0x2300, 0x23ff, ""},
	{0x2600, 0x27bf, ""},     {0x2b00, 0x2bff, ""},    {0x3000, 0x3000, " "},
	{0xfe00, 0xfe0f, ""},     {0xfeff, 0xfeff, ""},    {0xfffd, 0xfffd, "?"},
	{0x1f000, 0x1faff, ""},   {0xe0000, 0xe0fff, ""},
};

/* Latin Extended-A, U+0100 to U+017F, by their base letters. */
static const char latin_a[129] = "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlL"
								 "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/* The number of the character at text; *size is its bytes, at least 1. */
static uint32_t
read_character(const char *text, size_t length, size_t *size)
{
	const uint8_t *b = (const uint8_t *) text;

	*size = sa_utf8_size(text, length);
	switch (*size)
	{
		case 1:
			return b[0];
		case 2:
			return (uint32_t) (b[0] & 0x1f) << 6 | (b[1] & 0x3f);
		case 3:
			return (uint32_t) (b[0] & 0x0f) << 12 | (uint32_t) (b[1] & 0x3f) << 6 | (b[2] & 0x3f);
		case 4:
			return (uint32_t) (b[0] & 0x07) << 18 | (uint32_t) (b[1] & 0x3f) << 12 |
				   (uint32_t) (b[2] & 0x3f) << 6 | (b[3] & 0x3f);
		default:
			*size = 1;
			return 0xfffd;
	}
}

/* Septets of a character in GSM 03.38; 0: it is not in it. */
static int
count_septets(uint32_t c)
{
	if (c == 0x20ac)
		return 2;
	if (c > 0 && c < 0x80)
		return strchr(gsm_ascii, (int) c) != NULL      ? 1
			   : strchr(gsm_extended, (int) c) != NULL ? 2
													   : 0;
	for (size_t i = 0; i < sizeof(gsm_others) / sizeof(gsm_others[0]); i++)
	{
		if (gsm_others[i] == c)
			return 1;
	}
	return 0;
}

/* What a text takes so far, in both encodings: neither is known before its end. */
typedef struct SaCount
{
	size_t total;
	size_t parts;
	int used; /* of the last part */
} SaCount;

typedef struct SaCounter
{
	bool gsm;
	SaCount septets;
	SaCount units;
} SaCounter;

static const SaCounter nothing_counted = {true, {0, 1, 0}, {0, 1, 0}};

/* Neither an escape sequence nor a surrogate pair is divided between two parts. */
static void
add_units(SaCount *count, int units, int part)
{
	count->total += (size_t) units;
	if (count->used + units > part)
	{
		count->parts++;
		count->used = 0;
	}
	count->used += units;
}

static void
add_text(SaCounter *counter, const char *text, size_t length)
{
	size_t size;

	for (size_t at = 0; at < length; at += size)
	{
		uint32_t c = read_character(text + at, length - at, &size);
		int septets = count_septets(c);

		counter->gsm = counter->gsm && septets > 0;
		add_units(&counter->septets, septets, GSM_PART);
		add_units(&counter->units, c > 0xffff ? 2 : 1, UCS2_PART);
	}
}

static size_t
count_segments(const SaCounter *counter)
{
	const SaCount *count = counter->gsm ? &counter->septets : &counter->units;

	return count->total <= (counter->gsm ? GSM_SINGLE : UCS2_SINGLE) ? 1 : count->parts;
}

SaSmsSize
sa_sms_size(const char *text, size_t length)
{
	SaCounter counter = nothing_counted;
	SaSmsSize size;

	add_text(&counter, text, length);
	size.gsm = counter.gsm;
	size.segments = count_segments(&counter);
	return size;
}

/* NULL: the character has none of its own and stays. */
static const char *
find_plain(uint32_t c, char letter[2])
{
	if (count_septets(c) > 0)
		return NULL;
	if (c < 0x20)
		return " ";
	for (size_t i = 0; i < sizeof(plain_forms) / sizeof(plain_forms[0]); i++)
	{
		if (c >= plain_forms[i].first && c <= plain_forms[i].last)
			return plain_forms[i].plain;
	}
	if (c < 0x100 || c > 0x17f)
		return NULL;
	letter[0] = latin_a[c - 0x100];
	letter[1] = '\0';
	return letter;
}

/* The plain form of the character at text, not ended by NUL. */
static const char *
plain_at(const char *text, size_t length, size_t *taken, size_t *written, char letter[2])
{
	const char *plain = find_plain(read_character(text, length, taken), letter);

	*written = plain == NULL ? *taken : strlen(plain);
	return plain == NULL ? text : plain;
}

/* Bytes of text of which the plain form, an ellipsis behind it, still fits; length: all of it does.
 */
static size_t
find_cut(const char *text, size_t length, size_t segments)
{
	SaCounter counter = nothing_counted;
	size_t kept = 0;
	size_t taken;

	for (size_t at = 0; at < length; at += taken)
	{
		char letter[2];
		size_t written;
		const char *plain = plain_at(text + at, length - at, &taken, &written, letter);
		SaCounter ended;

		add_text(&counter, plain, written);
		if (count_segments(&counter) > segments)
			return kept;
		ended = counter;
		add_text(&ended, ELLIPSIS, strlen(ELLIPSIS));
		if (count_segments(&ended) <= segments)
			kept = at + taken;
	}
	return length;
}

size_t
sa_sms_text(char *out, size_t room, const char *text, size_t length, size_t segments)
{
	size_t kept = segments == 0 ? length : find_cut(text, length, segments);
	SaText writer;
	size_t taken;

	sa_text_start(&writer, out, room);
	for (size_t at = 0; at < kept; at += taken)
	{
		char letter[2];
		size_t written;
		const char *plain = plain_at(text + at, kept - at, &taken, &written, letter);

		sa_text_put(&writer, plain, written);
	}
	if (kept < length)
		sa_text_put_string(&writer, ELLIPSIS);
	return sa_text_end(&writer);
}
