// SPDX-License-Identifier: MIT
//
// A tree as text that the shell reads back as the same tree: what jobs are called, what functions are kept as, and what
// another shell is given to run.
//
// Layer: sh. The text is one line but for newlines inside words. Here-documents become here-strings.

#ifndef SH_TEXT_H
#define SH_TEXT_H

#include "ast.h"
#include "list.h"

// Appends NODE to TEXT.
void text_node(struct string *text, const struct node *node);

#endif
