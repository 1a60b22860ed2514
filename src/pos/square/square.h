/*
 * square.h: the parts of the Square connector, for one another.
 */
#ifndef SA_POS_SQUARE_SQUARE_H
#define SA_POS_SQUARE_SQUARE_H

#include "pos/connector.h"

/* requests.c */
extern const SaPosStream sa_square_streams[];
extern bool sa_square_ask_status(SaPosRequest *request);

/* answers.c */
extern void sa_square_read(const SaNetAnswer *answer, bool json, const char *body, size_t length,
						   SaPosPage *page);

/* tokens.c */
extern bool sa_square_read_token(const char *secret, size_t size, SaPosToken *token);
extern size_t sa_square_write_token(const SaPosToken *token, char *out, size_t room);
extern bool sa_square_renew(const SaPosToken *token, SaPosRequest *request);
extern bool sa_square_renewed(const char *body, size_t length, SaPosToken *token);

#endif
