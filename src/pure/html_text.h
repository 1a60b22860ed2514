/*
 * html_text.h: user data inside HTML.
 *
 * Works like snprintf (pure/text.h).  The result may stand between tags and
 * inside a quoted attribute: it holds no markup, no control character except
 * tab and newline, and is valid UTF-8.
 */
#ifndef SA_PURE_HTML_TEXT_H
#define SA_PURE_HTML_TEXT_H

#include <stddef.h>

extern size_t sa_html_text(char *out, size_t room, const char *text, size_t length);

#endif
