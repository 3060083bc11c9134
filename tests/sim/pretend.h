/*
 * pretend.h - what the programs ask the system for, answered by the world:
 * the time, chance, files (disk_file.c).  Linked in place of
 * sync/sys/{clock,random,file}.
 */
#pragma once

#include "tests/unit/dice.h"

/* The list of erasures is that of a new server. */
void pretend_list_clear(void);

extern uint64_t pretend_now_ms;     /* of the host that acts */
extern struct dice *pretend_chance; /* foreign */
