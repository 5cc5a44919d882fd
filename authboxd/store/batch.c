#include "store/batch.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "store/meta.h"

#define CELLS_MAX (BATCH_UPDATES_MAX * STORE_UPDATE_KEYS_MAX)

/* How many updates may pass before the count on disk is brought up to date,
 * within a commit that is due anyway. */
#define REVISION_STRIDE 256

/* One key's value, as the batch has it so far. */
struct cell {
	const char *key; /* lent by the first update that named it */
	uint64_t hash;
	int64_t id;	      /* of the row; 0: there is none */
	struct secret *value; /* NULL: absent */
	bool is_changed;
};

struct batch {
	struct sqlite *writer;
	struct seal *seal;
	uint64_t revision;	    /* updates so far */
	uint64_t revision_recorded; /* of them, known to the file */
	size_t cell_count;
	struct cell cells[CELLS_MAX];
	uint8_t sealed[STORE_VALUE_BYTES_MAX + SEAL_OVERHEAD_BYTES];
};

int
batch_new(struct sqlite *writer, struct seal *seal, uint64_t revision,
    struct batch **ret_batch)
{
	AUTO(batch) batch = calloc(1, sizeof(*batch));

	if (!batch)
		return -ENOMEM;
	batch->writer = writer;
	batch->seal = seal;
	/* Up to a stride of updates may be missing in the count on disk. */
	batch->revision = revision + REVISION_STRIDE;
	batch->revision_recorded = revision;
	*ret_batch = TAKE(batch);
	return 0;
}

static void
clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->cell_count; i++)
		secret_free(batch->cells[i].value);
	batch->cell_count = 0;
}

void
batch_free(struct batch *batch)
{
	if (!batch)
		return;
	clear(batch);
	free(batch);
}

void
batch_set_seal(struct batch *batch, struct seal *seal)
{
	batch->seal = seal;
}

static int
read_cell(struct batch *batch, struct cell *cell)
{
	struct sqlite_row row;
	int r = sqlite_find(batch->writer, cell->key, &row);

	if (r > 0) {
		cell->id = row.id;
		r = seal_open(
		    batch->seal, cell->key, row.value, row.size, &cell->value);
	}
	sqlite_done(batch->writer);
	return r;
}

/* The cell of a key, read from the file when it is the first to ask. */
static int
find_cell(struct batch *batch, const char *key, struct cell **ret_cell)
{
	struct cell new = {.key = key, .hash = text_hash(key)};
	int r;

	for (size_t i = 0; i < batch->cell_count; i++) {
		struct cell *cell = &batch->cells[i];

		if (cell->hash == new.hash && streq(cell->key, key)) {
			*ret_cell = cell;
			return 0;
		}
	}
	r = read_cell(batch, &new);
	if (r < 0)
		return r;
	batch->cells[batch->cell_count] = new;
	*ret_cell = &batch->cells[batch->cell_count++];
	return 0;
}

static int
check_item(const struct store_item *item)
{
	if (item->write != STORE_PUT)
		return item->new_value ? -EINVAL : 0;
	if (!item->new_value)
		return -EINVAL;
	return item->new_value->size > STORE_VALUE_BYTES_MAX ? -E2BIG : 0;
}

/* Returns whether the item changes anything. */
static bool
apply_item(struct cell *cell, struct store_item *item)
{
	if (item->write == STORE_KEEP ||
	    (item->write == STORE_DELETE && !cell->value))
		return false;
	secret_free(cell->value);
	cell->value = TAKE(item->new_value);
	cell->is_changed = true;
	return true;
}

static int
decide(struct batch *batch, struct batch_update *update)
{
	struct store_item items[STORE_UPDATE_KEYS_MAX] = {0};
	struct cell *cells[STORE_UPDATE_KEYS_MAX];
	int r = 0;

	for (size_t i = 0; r == 0 && i < update->count; i++) {
		r = find_cell(batch, update->keys[i], &cells[i]);
		if (r < 0) {
			update->is_failed = true;
			return r;
		}
		items[i].key = update->keys[i];
		items[i].value = cells[i]->value;
		update->is_founded |= cells[i]->is_changed;
	}
	r = update->decide(update->context, items, update->count);
	for (size_t i = 0; r == 0 && i < update->count; i++)
		r = check_item(&items[i]);

	for (size_t i = 0; i < update->count; i++) {
		if (r == 0)
			update->is_founded |= apply_item(cells[i], &items[i]);
		secret_free(items[i].new_value);
	}
	return r;
}

static int
write_cell(struct batch *batch, const struct cell *cell)
{
	size_t size;
	int r;

	if (!cell->value)
		return cell->id ? sqlite_delete(batch->writer, cell->id) : 0;

	r = seal_close(batch->seal, cell->key, cell->value, batch->sealed);
	if (r < 0)
		return r;
	size = cell->value->size + SEAL_OVERHEAD_BYTES;
	return cell->id ? sqlite_replace(
			      batch->writer, cell->id, batch->sealed, size)
			: sqlite_insert(
			      batch->writer, cell->key, batch->sealed, size);
}

static int
record_revision(struct batch *batch)
{
	if (batch->revision - batch->revision_recorded < REVISION_STRIDE)
		return 0;
	return meta_put_revision(batch->writer, batch->revision);
}

/* 1: something was written. */
static int
write_cells(struct batch *batch)
{
	int written = 0, r;

	/* SQLite ends the transaction when it cannot read. What is written
	 * without one would be on disk piece by piece. */
	if (!sqlite_is_in_transaction(batch->writer))
		return -EIO;
	for (size_t i = 0; i < batch->cell_count; i++) {
		if (!batch->cells[i].is_changed)
			continue;
		r = write_cell(batch, &batch->cells[i]);
		if (r < 0)
			return r;
		written = 1;
	}
	if (!written)
		return 0;
	batch->revision++;
	r = record_revision(batch);
	if (r == 0)
		r = sqlite_commit(batch->writer);
	if (r < 0)
		return r;
	if (batch->revision - batch->revision_recorded >= REVISION_STRIDE)
		batch->revision_recorded = batch->revision;
	return 1;
}

static void
fail(struct batch_update *update, int error)
{
	update->is_founded = true;
	update->is_failed = true;
	update->result = error;
}

int
batch_run(
    struct batch *batch, struct batch_update *const updates[], size_t count)
{
	int began = sqlite_begin(batch->writer), r = began;

	for (size_t i = 0; i < count; i++) {
		updates[i]->is_founded = false;
		updates[i]->is_failed = false;
		if (began < 0)
			fail(updates[i], began);
		else
			updates[i]->result = decide(batch, updates[i]);
	}
	if (began == 0)
		r = write_cells(batch);
	/* A transaction that wrote nothing, or that failed half way. */
	sqlite_rollback(batch->writer);
	for (size_t i = 0; r < 0 && i < count; i++)
		if (updates[i]->is_founded)
			fail(updates[i], r);
	clear(batch);
	return r;
}

void
batch_forget(struct batch *batch)
{
	int r = sqlite_begin(batch->writer);

	if (r == 0)
		r = meta_put_revision(batch->writer, ++batch->revision);
	if (r == 0)
		(void)sqlite_commit(batch->writer); /* logged; it was a try */
	sqlite_rollback(batch->writer);
}
