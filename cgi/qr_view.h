/* A text as a QR code (ISO/IEC 18004), for a telephone to read from the screen. */
#ifndef ROSTER_QR_VIEW_H
#define ROSTER_QR_VIEW_H

#include "view.h"

/* Sets QR_PATH, the dark squares as the path of an SVG, and QR_SIZE, its width and height in squares with the quiet zone
 * of four around it. Sets neither when the text is too long for a code. */
void qr_view_fill(const void *context, struct view *view, const char *text);

#endif
