#include "server/xml.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>

#include "sync/base/mem.h"

struct xml {
    xmlBufferPtr text;       /* own */
    xmlTextWriterPtr writer; /* own */
};

/* Its functions fail for want of memory alone. */
static void must(int result)
{
    if (result < 0)
        abort();
}

struct xml *xml_begin(void)
{
    struct xml *x = mem_new(sizeof *x);

    x->text = xmlBufferCreate();
    if (x->text == NULL)
        abort();
    x->writer = xmlNewTextWriterMemory(x->text, 0);
    if (x->writer == NULL)
        abort();
    must(xmlTextWriterStartDocument(x->writer, "1.0", "UTF-8", NULL));
    return x;
}

void xml_open(struct xml *x, const char *name)
{
    must(xmlTextWriterStartElement(x->writer, (const xmlChar *)name));
}

void xml_attribute(struct xml *x, const char *name, const char *value)
{
    must(xmlTextWriterWriteAttribute(x->writer, (const xmlChar *)name,
                                     (const xmlChar *)value));
}

void xml_close(struct xml *x)
{
    must(xmlTextWriterEndElement(x->writer));
}

/* XML has no characters below a space but three. */
static bool is_foreign(char c)
{
    return (unsigned char)c < ' ' && c != '\t' && c != '\n' && c != '\r';
}

void xml_element(struct xml *x, const char *name, const char *text)
{
    char *clean = mem_text(text == NULL ? "" : text), *c;

    for (c = clean; *c != '\0'; c++)
        if (is_foreign(*c))
            *c = ' ';
    xml_open(x, name);
    if (*clean != '\0')
        must(xmlTextWriterWriteString(x->writer, (const xmlChar *)clean));
    xml_close(x);
    free(clean);
}

void xml_end(struct xml *x, struct buf *out)
{
    must(xmlTextWriterEndDocument(x->writer));
    xmlFreeTextWriter(x->writer); /* flushes into the text */
    buf_put(out, xmlBufferContent(x->text), (size_t)xmlBufferLength(x->text));
    xmlBufferFree(x->text);
    free(x);
}
