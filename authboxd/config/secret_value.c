#include "config/secret_value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/source.h"

static bool
keep(struct reader *reader, unsigned line, const char *shown, const char *bytes,
    size_t size, struct secret **ret_secret)
{
	if (size == 0) {
		report_error(&reader->report, line, shown,
		    "is empty; a secret has at least one character");
		return false;
	}
	*ret_secret = secret_copy(bytes, size);
	if (!*ret_secret)
		reader->report.failure = -ENOMEM;
	return *ret_secret;
}

static bool
read_clear(struct reader *reader, const char *shown, const struct tree *tree,
    bool is_public, struct secret **ret_secret)
{
	if (!is_public && reader->others_may_read &&
	    !reader->told_others_may_read) {
		/* Once for a file: one chmod cures all of it. */
		reader->told_others_may_read = true;
		report_error(&reader->report, tree->line, shown,
		    "is a secret in a file that others may read; run chgrp "
		    "authbox %s && chmod 640 %s, or give the secret as "
		    "{file: PATH}",
		    reader->report.file, reader->report.file);
	}
	return keep(reader, tree->line, shown, tree->text, strlen(tree->text),
	    ret_secret);
}

static bool
read_source(struct reader *reader, const char *shown, unsigned line,
    const char *path, bool is_public, struct secret **ret_secret)
{
	struct source source = {0};
	const char *why = "";
	bool good = false;
	int r;

	r = source_read(AT_FDCWD, path, SECRET_VALUE_BYTES_MAX, &source, &why);
	if (r == -ENOMEM) {
		reader->report.failure = r;
		return false;
	}
	if (r < 0) {
		report_error(&reader->report, line, shown, "%s %s", path, why);
		return false;
	}

	if (source.others_may_read && !is_public) {
		report_error(&reader->report, line, shown,
		    "%s holds a secret and others may read it; run chgrp "
		    "authbox %s && chmod 640 %s",
		    path, path, path);
	} else {
		size_t size = source.size;

		if (size > 0 && source.bytes[size - 1] == '\n')
			size--;
		if (size > 0 && source.bytes[size - 1] == '\r')
			size--;
		good =
		    keep(reader, line, shown, source.bytes, size, ret_secret);
	}
	source_done(&source);
	return good;
}

static bool
read_credential(struct reader *reader, const char *shown, unsigned line,
    const char *name, bool is_public, struct secret **ret_secret)
{
	const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
	AUTO_TEXT path = NULL;

	if (!id_is_valid(name)) {
		report_error(&reader->report, line, shown, "credential %s",
		    shape_id.hint);
		return false;
	}
	if (!folder) {
		report_error(&reader->report, line, shown,
		    "systemd gave no credentials; add LoadCredential=%s:PATH "
		    "to authboxd.service, or use {file: PATH}",
		    name);
		return false;
	}
	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		reader->report.failure = -ENOMEM;
		return false;
	}
	return read_source(reader, shown, line, path, is_public, ret_secret);
}

bool
secret_value_read(struct reader *reader, const char *shown,
    const struct tree *tree, bool is_public, struct secret **ret_secret)
{
	const struct tree *only = tree->type == TREE_MAP ? tree->first : NULL;
	const char *text;

	if (tree->type == TREE_TEXT && !tree_is_empty(tree))
		return read_clear(reader, shown, tree, is_public, ret_secret);
	if (!only || only->next || only->type != TREE_TEXT) {
		report_error(&reader->report, tree->line, shown,
		    "must be a text, {file: PATH} or {credential: NAME}");
		return false;
	}

	text = only->text;
	if (streq(only->key, "credential"))
		return read_credential(
		    reader, shown, only->line, text, is_public, ret_secret);
	if (!streq(only->key, "file")) {
		report_error(&reader->report, only->line, shown,
		    "%s: unknown; use {file: PATH} or {credential: NAME}",
		    only->key);
		return false;
	}
	if (!shape_path.match(text)) {
		report_error(&reader->report, only->line, shown, "file %s",
		    shape_path.hint);
		return false;
	}
	return read_source(
	    reader, shown, only->line, text, is_public, ret_secret);
}
