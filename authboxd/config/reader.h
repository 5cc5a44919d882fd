/* Reading one resource after another: what the readers of fields share. */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "config/field.h"
#include "config/tree.h"

#define READER_NOTES_MAX 64

struct reader {
	struct report report;
	/* Of the file that is being read. */
	bool others_may_read;
	bool told_others_may_read;
	/* Of the resource: http:// to anywhere is allowed. */
	bool insecure;
	/* Fields that were noted: once for all resources. */
	const struct field *noted[READER_NOTES_MAX];
	size_t noted_count;
};

/* Note that a field was given but does nothing, unless that was said before. */
void reader_note_once(struct reader *reader, unsigned line,
    const struct field *field, const char *shown, const char *text);

#endif
