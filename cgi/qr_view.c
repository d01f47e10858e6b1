/* A text as a QR code. libqrencode decides what is dark. */
#include "qr_view.h"

#include <names.h>
#include <qrencode.h>

#include "../db/memory.h"
#include "../db/text.h"

enum { QUIET = 4, DARK = 1 };

void qr_view_fill(const void *context, struct view *view, const char *text)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    if (!code)
        return;
    struct text *path = text_new(context);
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++)
            if (code->data[y * code->width + x] & DARK)
                text_addf(path, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
    view_set(view, T_QR_PATH, path->data);
    view_set_number(view, T_QR_SIZE, code->width + 2 * QUIET);
    QRcode_free(code);
}
