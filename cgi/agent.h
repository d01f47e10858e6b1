/* The browser in words: "Firefox on Linux", from the header by which it names itself (RFC 9110, 10.1.5). People recognise
 * their own sign-ins by it; nothing is decided by it. */
#ifndef ROSTER_AGENT_H
#define ROSTER_AGENT_H

/* At most 80 characters; NULL when the header says nothing that is known. */
const char *agent_words(const void *context, const char *header);

#endif
