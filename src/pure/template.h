/*
 * template.h: texts with placeholders such as {item}.
 *
 * No logic, no formats, no nesting: a placeholder is a name out of a fixed
 * list in braces, {{ and }} are the braces themselves.  What is put in is not
 * read again.  Values are plain text; who shows the result escapes it.
 */
#ifndef SA_PURE_TEMPLATE_H
#define SA_PURE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum SaPlaceholder
{
	SA_PLACE_ITEM,
	SA_PLACE_SKU,
	SA_PLACE_LOCATION,
	SA_PLACE_QUANTITY,
	SA_PLACE_THRESHOLD,
	SA_PLACE_DAYS_LEFT,
	SA_PLACE_SUGGESTED,
	SA_PLACE_SUPPLIER,
	SA_PLACE_COUNT,
	SA_PLACE_NAME,
	SA_PLACE_SHOP,
	SA_PLACE_TIME,
	SA_PLACE_REF,
	SA_PLACEHOLDERS
} SaPlaceholder;

/* "{item}, {sku}, ..." for a hint. */
#define SA_TEMPLATE_KNOWN                                                                          \
	"{item}, {sku}, {location}, {quantity}, {threshold}, {days_left}, {suggested}, {supplier}, "   \
	"{count}, {name}, {shop}, {time} and {ref}"

/* Bytes up to the first thing that is wrong; length where nothing is. */
extern size_t sa_template_check(const char *text, size_t length);

/*
 * Works like snprintf (pure/text.h): fills in values[SaPlaceholder], of which
 * NULL is nothing.  What is wrong in the text stays as it is.
 */
extern size_t sa_template_expand(char *out, size_t room, const char *text, size_t length,
								 const char *const values[SA_PLACEHOLDERS]);

#endif
