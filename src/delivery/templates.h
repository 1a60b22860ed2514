/*
 * templates.h: the words of messages that somebody changed.
 *
 * Private to delivery/.  Read once a batch, with SPI connected, into the
 * current context.
 */
#ifndef SA_DELIVERY_TEMPLATES_H
#define SA_DELIVERY_TEMPLATES_H

#include "delivery/document.h"

typedef struct SaTemplateRow
{
	char *kind;
	char *channel; /* any: those without a row of their own */
	char *part;
	char *body;
} SaTemplateRow;

typedef struct SaTemplates
{
	SaTemplateRow *rows;
	int count;
} SaTemplates;

extern SaTemplates *sa_templates_read(void);
/* Puts changed words in the place of the built-in ones. */
extern void sa_templates_apply(const SaTemplates *templates, SaDocument *document);

#endif
