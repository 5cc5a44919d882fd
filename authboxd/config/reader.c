#include "config/reader.h"

void
reader_note_once(struct reader *reader, unsigned line,
    const struct field *field, const char *shown, const char *text)
{
	for (size_t i = 0; i < reader->noted_count; i++)
		if (reader->noted[i] == field)
			return;
	if (reader->noted_count < READER_NOTES_MAX)
		reader->noted[reader->noted_count++] = field;
	report_note(&reader->report, line, shown, "%s", text);
}
