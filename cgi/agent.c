/* The browser in words. */
#include "agent.h"

#include <stddef.h>
#include <string.h>

#include "../db/memory.h"

struct mark {
    const char *part, *name;
};

/* Most browsers claim to be others as well: the one that says most comes first. */
static const struct mark browsers[] = {
    { "Edg", "Edge" },       { "OPR/", "Opera" },       { "SamsungBrowser/", "Samsung Internet" },
    { "FxiOS/", "Firefox" }, { "Firefox/", "Firefox" }, { "CriOS/", "Chrome" },
    { "Chrome/", "Chrome" }, { "Chromium/", "Chromium" }, { "Safari/", "Safari" },
    { "curl/", "curl" },     { NULL, NULL },
};
static const struct mark systems[] = {
    { "iPhone", "iOS" },       { "iPad", "iPadOS" },    { "Android", "Android" }, { "Windows", "Windows" },
    { "Mac OS X", "macOS" },   { "CrOS", "ChromeOS" },  { "Linux", "Linux" },     { "BSD", "BSD" },
    { NULL, NULL },
};

static const char *find(const struct mark *marks, const char *header)
{
    for (; marks->part; marks++)
        if (strstr(header, marks->part))
            return marks->name;
    return NULL;
}

const char *agent_words(const void *context, const char *header)
{
    const char *browser = find(browsers, header), *system = find(systems, header);
    if (browser && system)
        return memory_printf(context, "%s on %s", browser, system);
    return browser ? browser : system;
}
