/*
 * word.h: text values that are words of ours, compared without a copy.
 */
#ifndef SA_DB_WORD_H
#define SA_DB_WORD_H

#include "fmgr.h"

static inline bool
sa_is_word(Datum value, const char *word)
{
	const text *t = DatumGetTextPP(value);
	Size length = strlen(word);

	return VARSIZE_ANY_EXHDR(t) == length && memcmp(VARDATA_ANY(t), word, length) == 0;
}

#endif
