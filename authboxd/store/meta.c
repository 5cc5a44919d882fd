#include "store/meta.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"

#define ID		  "id"
#define REVISION	  "revision"
#define DERIVATION	  "derivation"
/* What it is sealed as: no item's key begins with a control character. */
#define DERIVATION_SEALED "\001derivation"

void
meta_done(struct meta *meta)
{
	secret_free(TAKE(meta->derivation));
}

int
meta_put_revision(struct sqlite *sqlite, uint64_t revision)
{
	char text[24];
	int size = snprintf(text, sizeof(text), "%" PRIu64, revision);

	return sqlite_put_meta(sqlite, REVISION, text, (size_t)size);
}

int
meta_put_derivation(
    struct sqlite *sqlite, struct seal *seal, const struct secret *derivation)
{
	uint8_t sealed[SEAL_KEY_BYTES + SEAL_OVERHEAD_BYTES];
	int r;

	r = seal_close(seal, DERIVATION_SEALED, derivation, sealed);
	if (r < 0)
		return r;
	return sqlite_put_meta(sqlite, DERIVATION, sealed, sizeof(sealed));
}

static int
write_all(struct sqlite *sqlite, struct seal *seal, const struct meta *meta)
{
	int r = sqlite_make_tables(sqlite);

	if (r == 0)
		r = sqlite_put_meta(sqlite, ID, meta->id, sizeof(meta->id));
	if (r == 0)
		r = meta_put_revision(sqlite, 0);
	if (r == 0)
		r = meta_put_derivation(sqlite, seal, meta->derivation);
	return r;
}

int
meta_create(
    struct sqlite *sqlite, const struct secret *key, struct meta *ret_meta)
{
	AUTO(secret) derivation = secret_new(SEAL_KEY_BYTES);
	AUTO(seal) seal = NULL;
	struct meta meta = {.derivation = derivation};
	int r;

	if (!derivation)
		return -ENOMEM;
	r = random_fill(meta.id, sizeof(meta.id));
	if (r == 0)
		r = random_fill(derivation->bytes, derivation->size);
	if (r == 0)
		r = seal_new(key, meta.id, &seal);
	if (r == 0)
		r = sqlite_begin(sqlite);
	if (r < 0)
		return r;

	r = write_all(sqlite, seal, &meta);
	if (r == 0)
		r = sqlite_commit(sqlite);
	sqlite_rollback(sqlite);
	if (r < 0)
		return r;

	derivation = NULL;
	*ret_meta = meta;
	return 0;
}

static int
read_id(struct sqlite *sqlite, struct meta *meta)
{
	struct sqlite_row row;
	int r = sqlite_find_meta(sqlite, ID, &row);

	if (r == 0 || (r > 0 && row.size != sizeof(meta->id)))
		r = -EBADMSG;
	if (r > 0)
		memcpy(meta->id, row.value, sizeof(meta->id));
	sqlite_done(sqlite);
	return r < 0 ? r : 0;
}

static int
read_revision(struct sqlite *sqlite, struct meta *meta)
{
	char text[24] = "";
	struct sqlite_row row;
	int r = sqlite_find_meta(sqlite, REVISION, &row);

	if (r == 0 || (r > 0 && row.size >= sizeof(text)))
		r = -EBADMSG;
	if (r > 0) {
		memcpy(text, row.value, row.size);
		meta->revision = strtoull(text, NULL, 10);
	}
	sqlite_done(sqlite);
	return r < 0 ? r : 0;
}

static int
read_derivation(struct sqlite *sqlite, struct seal *seal, struct meta *meta)
{
	struct sqlite_row row;
	int r = sqlite_find_meta(sqlite, DERIVATION, &row);

	if (r == 0)
		r = -EBADMSG;
	if (r > 0) {
		r = seal_open(seal, DERIVATION_SEALED, row.value, row.size,
		    &meta->derivation);
		if (r == -EBADMSG)
			r = -ENOKEY;
	}
	sqlite_done(sqlite);
	return r;
}

int
meta_load(
    struct sqlite *sqlite, const struct secret *key, struct meta *ret_meta)
{
	struct meta meta = {0};
	AUTO(seal) seal = NULL;
	int r;

	r = read_id(sqlite, &meta);
	if (r == 0)
		r = read_revision(sqlite, &meta);
	if (r == 0)
		r = seal_new(key, meta.id, &seal);
	if (r == 0)
		r = read_derivation(sqlite, seal, &meta);
	if (r < 0)
		return r;
	*ret_meta = meta;
	return 0;
}
