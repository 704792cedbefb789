// SPDX-License-Identifier: MIT
//
// Pipelines and background commands: what runs beside the shell or beside each other.
//
// Layer: sh. A stage that is a program is started as such; any other (a loop, a function, a builtin) becomes another
// shell, so that all stages run at once.

#ifndef SH_PIPELINE_H
#define SH_PIPELINE_H

#include "ast.h"

// Runs a NODE_PIPELINE and waits for all of it.
void pipeline_run(const struct node *node);

// Starts NODE in the background, as one job.
void pipeline_background(const struct node *node);

#endif
