/* xml.h - XML 1.0 on its way out, by libxml2: what is not allowed in it is
 * escaped, and what was opened is closed. */
#pragma once

#include "sync/base/buf.h"

struct xml;

struct xml *xml_begin(void);
void xml_open(struct xml *x, const char *name);
void xml_attribute(struct xml *x, const char *name, const char *value);
void xml_close(struct xml *x);
/* <name>text</name>; what is no character of XML becomes a space.  NULL: an
 * empty element. */
void xml_element(struct xml *x, const char *name, const char *text);
/* All of it, with its first line, into `out`; frees `x`. */
void xml_end(struct xml *x, struct buf *out);
