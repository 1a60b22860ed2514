/*
 * slack_text.h: user data inside Slack's mrkdwn and fallback text.
 *
 * Works like snprintf (pure/text.h).  Escaping the three characters Slack
 * names also disarms <!channel>, <@U...> and links.  Slack counts characters
 * of the escaped text, so the limit is applied to that.
 */
#ifndef SA_PURE_SLACK_TEXT_H
#define SA_PURE_SLACK_TEXT_H

#include <stddef.h>

/* At most limit characters come out, the last of them an ellipsis where the text is cut. */
extern size_t sa_slack_text(char *out, size_t room, const char *text, size_t length, size_t limit);

#endif
