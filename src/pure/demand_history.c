/*
 * demand_history.c: the bytes of a history, written and read.
 *
 * One byte of format; four bytes, lowest first, of first day (17 bits, from
 * 1970-01-01) and number of days (from bit 17); then tokens, the newest day
 * first, so that a question about the last weeks reads only those:
 *
 *   0gggnnnn            g days of 0 units, then a day of n + 1 units
 *   10nnnnnn            n + 1 days of 0 units
 *   110nnnnn            n + 1 days of 0 units, wholly out of stock
 *   1110sskm + varint   a day: s = number of decimals (0, 2, 3, 5), k = negative,
 *                       m = a byte follows, hundredths of the day out of stock
 *
 * The writer takes the first form that fits, so equal days are equal bytes.
 */
#include "pure/demand_history.h"

#include <math.h>
#include <string.h>

#define FORMAT     1
#define HEAD       5
#define COUNT_BIT  17
#define MOST_STEPS ((int64_t) 1000000000000000)

#define GAP_MOST   7
#define SMALL_MOST 16
#define ZERO_RUN   0x80
#define ZERO_MOST  64
#define OUT_RUN    0xC0
#define OUT_MOST   32
#define DAY        0xE0
#define DAY_END    0xF0
#define DAY_SHARE  1
#define DAY_BELOW  2

/* Steps of the last decimal of each number of decimals. */
static const int64_t decimal_steps[4] = {100000, 1000, 100, 1};

typedef struct Reader
{
	const uint8_t *at;
	const uint8_t *end;
} Reader;

/* Days of 0 units in stock, or (out) wholly out of stock, and then perhaps one day more. */
typedef struct Token
{
	int32_t zeros;
	bool out;
	bool day;
	int32_t share;
	int64_t steps;
} Token;

typedef struct Writer
{
	uint8_t *out;
	size_t room;
	size_t size;
	bool full;
} Writer;

static bool
read_varint(Reader *reader, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; shift < 56 && reader->at < reader->end; shift += 7)
	{
		uint8_t byte = *reader->at++;

		*value |= (uint64_t) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return byte != 0 || shift == 0;
	}
	return false;
}

/* The long form of a day; its first byte is read already. */
static bool
read_day(Reader *reader, uint8_t byte, Token *token)
{
	int64_t unit = decimal_steps[(byte >> 2) & 3];
	uint64_t value;

	if (!read_varint(reader, &value) || value > (uint64_t) (MOST_STEPS / unit))
		return false;
	token->steps = (int64_t) value * unit;
	if ((byte & DAY_BELOW) != 0)
		token->steps = -token->steps;
	token->share = 0;
	if ((byte & DAY_SHARE) != 0)
	{
		if (reader->at >= reader->end)
			return false;
		token->share = *reader->at++;
		if (token->share < 1 || token->share > SA_HISTORY_SHARE_STEPS)
			return false;
	}
	return true;
}

static inline bool
read_token(Reader *reader, Token *token)
{
	uint8_t byte;

	if (reader->at >= reader->end)
		return false;
	byte = *reader->at++;
	token->out = false;
	token->day = false;
	if (byte < ZERO_RUN)
	{
		token->zeros = byte >> 4;
		token->day = true;
		token->share = 0;
		token->steps = (int64_t) ((byte & 15) + 1) * SA_HISTORY_UNIT_STEPS;
		return true;
	}
	if (byte < OUT_RUN)
	{
		token->zeros = byte - ZERO_RUN + 1;
		return true;
	}
	if (byte < DAY)
	{
		token->zeros = byte - OUT_RUN + 1;
		token->out = true;
		return true;
	}
	token->zeros = 0;
	token->day = true;
	return byte < DAY_END && read_day(reader, byte, token);
}

bool
sa_demand_history_peek(const uint8_t *data, size_t size, int32_t *first_day, int32_t *count)
{
	uint32_t head;

	if (size < HEAD || data[0] != FORMAT)
		return false;
	head = (uint32_t) data[1] | (uint32_t) data[2] << 8 | (uint32_t) data[3] << 16 |
		   (uint32_t) data[4] << 24;
	*first_day = (int32_t) (head & ((1U << COUNT_BIT) - 1)) + SA_HISTORY_FIRST_DAY;
	*count = (int32_t) (head >> COUNT_BIT);
	if (*count == 0)
		return size == HEAD && *first_day == SA_HISTORY_FIRST_DAY;
	return *count <= SA_HISTORY_MAX_DAYS && *first_day + *count - 1 <= SA_HISTORY_LAST_DAY;
}

bool
sa_demand_history_decode(const uint8_t *data, size_t size, SaHistoryDays *days)
{
	Reader reader = {data + HEAD, data + size};
	Token token;
	int32_t left;

	if (!sa_demand_history_peek(data, size, &days->first_day, &days->count))
		return false;
	memset(days->units, 0, sizeof(double) * (size_t) days->count);
	if (days->out_share != NULL)
		memset(days->out_share, 0, sizeof(double) * (size_t) days->count);
	left = days->count;
	while (left > 0)
	{
		if (!read_token(&reader, &token) || token.zeros + (token.day ? 1 : 0) > left)
			return false;
		if (token.out && days->out_share != NULL)
		{
			for (int32_t i = 1; i <= token.zeros; i++)
				days->out_share[left - i] = 1.0;
		}
		left -= token.zeros;
		if (!token.day)
			continue;
		left--;
		days->units[left] = (double) token.steps / SA_HISTORY_UNIT_STEPS;
		if (token.share > 0 && days->out_share != NULL)
			days->out_share[left] = (double) token.share / SA_HISTORY_SHARE_STEPS;
	}
	return reader.at == reader.end;
}

/* A token other than the short one at *day, the newest day not read yet, into the sums. */
static bool
add_token(Reader *reader, int32_t *day, int32_t from, int32_t to, bool clip, SaHistorySums *sums)
{
	Token token;

	if (!read_token(reader, &token))
		return false;
	if (token.out)
	{
		int32_t newest = *day < to ? *day : to;
		int32_t oldest = *day - token.zeros + 1 > from ? *day - token.zeros + 1 : from;

		if (newest >= oldest)
			sums->out_steps += (int64_t) (newest - oldest + 1) * SA_HISTORY_SHARE_STEPS;
	}
	*day -= token.zeros;
	if (!token.day)
		return true;
	if (*day <= to && *day >= from)
	{
		int64_t steps = clip && token.steps < 0 ? 0 : token.steps;

		sums->unit_steps += steps;
		sums->exposed_steps += token.share < SA_HISTORY_SHARE_STEPS ? steps : 0;
		sums->out_steps += token.share;
	}
	(*day)--;
	return true;
}

bool
sa_demand_history_sums(const uint8_t *data, size_t size, int32_t from, int32_t to, bool clip,
					   SaHistorySums *sums)
{
	Reader reader = {data + HEAD, data + size};
	int32_t first_day;
	int32_t count;
	int32_t day;
	int64_t small = 0;

	memset(sums, 0, sizeof(*sums));
	if (!sa_demand_history_peek(data, size, &first_day, &count))
		return false;
	if (from < first_day)
		from = first_day;
	if (count == 0 || from > to)
		return true;
	sums->days = to - from + 1;
	day = first_day + count - 1;
	while (day >= from)
	{
		/* Nearly all tokens are of one byte, and nothing else is done for them. */
		for (; reader.at < reader.end && *reader.at < ZERO_RUN && day >= from; reader.at++)
		{
			day -= *reader.at >> 4;
			small += day <= to && day >= from ? (*reader.at & 15) + 1 : 0;
			day--;
		}
		if (day >= from && !add_token(&reader, &day, from, to, clip, sums))
			return false;
	}
	small *= SA_HISTORY_UNIT_STEPS;
	sums->unit_steps += small;
	sums->exposed_steps += small;
	return true;
}

size_t
sa_demand_history_bound(int32_t count)
{
	/* The long form: first byte, 50 bits in groups of 7, share. */
	return HEAD + (size_t) (count > 0 ? count : 0) * 10;
}

static inline void
put_byte(Writer *writer, int byte)
{
	if (writer->size >= writer->room)
	{
		writer->full = true;
		return;
	}
	writer->out[writer->size++] = (uint8_t) byte;
}

static void
put_head(Writer *writer, int32_t first_day, int32_t count)
{
	uint32_t head = (uint32_t) (first_day - SA_HISTORY_FIRST_DAY) | (uint32_t) count << COUNT_BIT;

	put_byte(writer, FORMAT);
	for (int shift = 0; shift < 32; shift += 8)
		put_byte(writer, (int) (head >> shift & 0xFF));
}

static void
put_run(Writer *writer, int32_t days, int first, int32_t most)
{
	for (; days > most; days -= most)
		put_byte(writer, first + most - 1);
	if (days > 0)
		put_byte(writer, first + days - 1);
}

static void
put_day(Writer *writer, int64_t steps, int share)
{
	uint64_t value = (uint64_t) (steps < 0 ? -steps : steps);
	int decimals = 0;

	while (value % (uint64_t) decimal_steps[decimals] != 0)
		decimals++;
	value /= (uint64_t) decimal_steps[decimals];
	put_byte(writer,
			 DAY | decimals << 2 | (steps < 0 ? DAY_BELOW : 0) | (share > 0 ? DAY_SHARE : 0));
	for (; value >= 0x80; value >>= 7)
		put_byte(writer, (int) (value & 0x7F) | 0x80);
	put_byte(writer, (int) value);
	if (share > 0)
		put_byte(writer, share);
}

int64_t
sa_demand_history_steps(double units)
{
	int32_t whole;

	if (units >= -1e4 && units <= 1e4)
	{
		whole = (int32_t) units;
		if ((double) whole == units)
			return (int64_t) whole * SA_HISTORY_UNIT_STEPS;
	}
	if (units >= SA_HISTORY_MOST_UNITS)
		return MOST_STEPS;
	if (units <= -SA_HISTORY_MOST_UNITS)
		return -MOST_STEPS;
	return isnan(units) ? 0 : (int64_t) llround(units * SA_HISTORY_UNIT_STEPS);
}

/* Hundredths of a day; only a whole day is 100, for a day that sold had stock for a while. */
static int
share_steps(double share)
{
	int steps;

	if (!(share > 0.0))
		return 0;
	if (share >= 1.0)
		return SA_HISTORY_SHARE_STEPS;
	steps = (int) (share * SA_HISTORY_SHARE_STEPS + 0.5);
	return steps < SA_HISTORY_SHARE_STEPS ? steps : SA_HISTORY_SHARE_STEPS - 1;
}

/* Runs of days of 0 units that wait to be written; at most one of them is not 0. */
typedef struct Waiting
{
	int32_t zeros;
	int32_t outs;
} Waiting;

static void
put_waiting(Writer *writer, Waiting *waiting)
{
	put_run(writer, waiting->zeros, ZERO_RUN, ZERO_MOST);
	put_run(writer, waiting->outs, OUT_RUN, OUT_MOST);
	waiting->zeros = 0;
	waiting->outs = 0;
}

/* A day that is not simply 0 or a small number in stock. */
static void
put_other(Writer *writer, Waiting *waiting, double units, double out_share)
{
	int64_t steps = sa_demand_history_steps(units);
	int share = share_steps(out_share);

	if (steps == 0 && (share == 0 || share == SA_HISTORY_SHARE_STEPS))
	{
		if (share == 0 ? waiting->outs > 0 : waiting->zeros > 0)
			put_waiting(writer, waiting);
		waiting->zeros += share == 0 ? 1 : 0;
		waiting->outs += share == 0 ? 0 : 1;
		return;
	}
	if (share > 0 || steps <= 0 || steps > (int64_t) SMALL_MOST * SA_HISTORY_UNIT_STEPS ||
		steps % SA_HISTORY_UNIT_STEPS != 0)
	{
		put_waiting(writer, waiting);
		put_day(writer, steps, share);
		return;
	}
	if (waiting->zeros > GAP_MOST || waiting->outs > 0)
		put_waiting(writer, waiting);
	put_byte(writer, waiting->zeros << 4 | ((int) (steps / SA_HISTORY_UNIT_STEPS) - 1));
	waiting->zeros = 0;
}

static void
put_days(Writer *writer, const SaHistoryDays *days)
{
	Waiting waiting = {0, 0};

	for (int32_t i = days->count - 1; i >= 0; i--)
	{
		double units = days->units[i];
		double out_share = days->out_share == NULL ? 0.0 : days->out_share[i];

		/* What most days are, without more ado. */
		if (units == 0.0 && out_share == 0.0 && waiting.outs == 0)
			waiting.zeros++;
		else
			put_other(writer, &waiting, units, out_share);
	}
	put_waiting(writer, &waiting);
}

size_t
sa_demand_history_encode(const SaHistoryDays *days, uint8_t *out, size_t room)
{
	Writer writer = {out, room, 0, false};
	int32_t first_day = days->count == 0 ? SA_HISTORY_FIRST_DAY : days->first_day;

	if (days->count < 0 || days->count > SA_HISTORY_MAX_DAYS || first_day < SA_HISTORY_FIRST_DAY ||
		first_day > SA_HISTORY_LAST_DAY - (days->count > 0 ? days->count - 1 : 0))
		return 0;
	put_head(&writer, first_day, days->count);
	put_days(&writer, days);
	return writer.full ? 0 : writer.size;
}

/*
 * Where the tokens of the days from keep_from on end, and the first of those days that
 * tells something; false where a run without stock would be cut in two, or none is left.
 */
static bool
find_kept(Reader reader, int32_t last_day, int32_t keep_from, const uint8_t **end,
		  int32_t *first_day)
{
	int32_t day = last_day;
	Token token;

	*end = NULL;
	while (day >= keep_from && reader.at < reader.end)
	{
		if (!read_token(&reader, &token))
			return false;
		day -= token.zeros;
		if (token.out && day + 1 < keep_from)
			return false;
		if (token.day && day < keep_from)
			break;
		if (token.day || token.out)
		{
			*end = reader.at;
			*first_day = token.day ? day : day + 1;
		}
		day -= token.day ? 1 : 0;
	}
	return *end != NULL;
}

/* The new day, and days of 0 units before it, which go into a short token that follows. */
static void
put_newest(Writer *writer, int64_t steps, int32_t gap, uint8_t next)
{
	if (steps > 0 && steps <= (int64_t) SMALL_MOST * SA_HISTORY_UNIT_STEPS &&
		steps % SA_HISTORY_UNIT_STEPS == 0)
		put_byte(writer, (int) (steps / SA_HISTORY_UNIT_STEPS) - 1);
	else
		put_day(writer, steps, 0);
	if (next < ZERO_RUN)
		gap += next >> 4;
	if (next < ZERO_RUN && gap <= GAP_MOST)
		next = (uint8_t) (gap << 4 | (next & 15));
	else
	{
		put_run(writer, gap, ZERO_RUN, ZERO_MOST);
		next &= next < ZERO_RUN ? 15 : 0xFF;
	}
	put_byte(writer, next);
}

size_t
sa_demand_history_append(const uint8_t *data, size_t size, int32_t day, int64_t steps,
						 int32_t keep_from, uint8_t *out, size_t room)
{
	Reader reader = {data + HEAD, data + size};
	Writer writer = {out, room, 0, false};
	const uint8_t *end = reader.end;
	int32_t first_day, count, gap;
	size_t rest;

	if (!sa_demand_history_peek(data, size, &first_day, &count) || count == 0 || steps == 0 ||
		reader.at >= reader.end)
		return 0;
	gap = day - (first_day + count);
	if (gap < 0 || day > SA_HISTORY_LAST_DAY ||
		(first_day < keep_from &&
		 !find_kept(reader, first_day + count - 1, keep_from, &end, &first_day)) ||
		day - first_day >= SA_HISTORY_MAX_DAYS)
		return 0;
	for (; reader.at < end && *reader.at >= ZERO_RUN && *reader.at < OUT_RUN; reader.at++)
		gap += *reader.at - ZERO_RUN + 1;
	if (reader.at >= end)
		return 0;
	put_head(&writer, first_day, day - first_day + 1);
	put_newest(&writer, steps, gap, *reader.at);
	rest = (size_t) (end - reader.at) - 1;
	if (writer.full || rest > room - writer.size)
		return 0;
	memcpy(out + writer.size, reader.at + 1, rest);
	return writer.size + rest;
}
