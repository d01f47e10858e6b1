/* Browsers in words. */
#include "../../cgi/agent.h"
#include "unit.h"

START_TEST(browsers_are_named_by_what_they_say_last_of_others)
{
    static const char *const known[][2] = {
        { "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux" },
        { "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
          " Edg/126.0.0.0", "Edge on Windows" },
        { "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
          "Safari on macOS" },
        { "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0"
          " Mobile/15E148 Safari/604.1", "Chrome on iOS" },
        { "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
          "Chrome on Android" },
        { "curl/7.88.1", "curl" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ck_assert_str_eq(agent_words(context, known[i][0]), known[i][1]);
}
END_TEST

START_TEST(what_says_nothing_is_not_named)
{
    ck_assert_ptr_null(agent_words(context, ""));
    ck_assert_ptr_null(agent_words(context, "<script>alert(1)</script>"));
}
END_TEST

UNIT_MAIN("agent", { browsers_are_named_by_what_they_say_last_of_others, 0 }, { what_says_nothing_is_not_named, 0 })
