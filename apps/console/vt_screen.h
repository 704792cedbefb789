/* SPDX-License-Identifier: MIT
 *
 * vt_screen.h: changes of the emulator's cells, for vt.c alone. Every function keeps the cursor inside the screen and
 * marks what it changed. Counts that are too large mean "to the end". Layer: apps/console; pure.
 */
#ifndef CONSOLE_VT_SCREEN_H
#define CONSOLE_VT_SCREEN_H

#include "vt.h"

void vt_reset(struct vt *vt);
void vt_put(struct vt *vt, uint32_t unicode);

/* Absolute movement; with origin mode rows count from the scroll region, and stay in it. */
void vt_move(struct vt *vt, unsigned row, unsigned column);

/* Relative movement that stops at the scroll region's edge (inside of it) or the screen's. */
void vt_up(struct vt *vt, unsigned n);
void vt_down(struct vt *vt, unsigned n);
void vt_right(struct vt *vt, unsigned n);
void vt_left(struct vt *vt, unsigned n);

/* Line feed, and its reverse: scroll at the region's edge. */
void vt_index(struct vt *vt);
void vt_reverse_index(struct vt *vt);
void vt_tab(struct vt *vt);
void vt_back_tab(struct vt *vt);

/* Scrolls rows top to the region's bottom, up or down by n. */
void vt_scroll_up(struct vt *vt, unsigned top, unsigned n);
void vt_scroll_down(struct vt *vt, unsigned top, unsigned n);

/* Erases with the pen's background: from the cursor (0), to the cursor (1), all (2 and more). */
void vt_erase_screen(struct vt *vt, unsigned what);
void vt_erase_line(struct vt *vt, unsigned what);
void vt_erase_characters(struct vt *vt, unsigned n);
void vt_insert_characters(struct vt *vt, unsigned n);
void vt_delete_characters(struct vt *vt, unsigned n);

void vt_set_region(struct vt *vt, unsigned top, unsigned bottom);
void vt_save_cursor(struct vt *vt);
void vt_restore_cursor(struct vt *vt);

/* Shows the alternate screen, cleared, or the ordinary one as it was. */
void vt_alternate(struct vt *vt, bool on);

#endif
