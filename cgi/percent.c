/* Percent-decoding, strict: what is not encoded rightly is refused, not guessed at. */
#include "percent.h"

#include <ctype.h>

static int digit(char character)
{
    if (!isxdigit((unsigned char)character))
        return -1;
    return isdigit((unsigned char)character) ? character - '0' : (character | 0x20) - 'a' + 10;
}

bool percent_decode(char *text, size_t length, bool plus, size_t *decoded)
{
    char *to = text;

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '%') {
            int high = length - i > 2 ? digit(text[i + 1]) : -1, low = high >= 0 ? digit(text[i + 2]) : -1;

            if (low < 0)
                return false;
            *to++ = (char)(high << 4 | low);
            i += 2;
        } else {
            *to++ = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    *decoded = (size_t)(to - text);
    return true;
}
