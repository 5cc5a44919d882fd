#include "store/queue.h"

void
queue_init(struct queue *queue)
{
	*queue = (struct queue){0};
	queue->end = &queue->first;
}

bool
queue_join(struct queue *queue, struct queue_place *place)
{
	place->next = NULL;
	if (!queue->is_led) {
		queue->is_led = true;
		return true;
	}
	*queue->end = place;
	queue->end = &place->next;
	queue->queued++;
	return false;
}

/* The first in the queue leaves it. */
static struct queue_place *
pop(struct queue *queue)
{
	struct queue_place *place = queue->first;

	queue->first = place->next;
	queue->queued--;
	if (!queue->first)
		queue->end = &queue->first;
	return place;
}

size_t
queue_await(const struct queue *queue, unsigned whiles, size_t before)
{
	size_t wanted = queue->last_batch > 1 ? queue->last_batch - 1 : 0;

	if (queue->queued >= wanted || whiles >= QUEUE_WHILES_MAX)
		return 0;
	return whiles > 0 && queue->queued == before ? 0 : wanted;
}

size_t
queue_gather(struct queue *queue, struct queue_place *ret_places[], size_t max)
{
	size_t count = 1;

	while (queue->first && queue->first->update && count < max)
		ret_places[count++] = pop(queue);
	queue->last_batch = count;
	return count;
}

struct queue_place *
queue_hand_on(struct queue *queue)
{
	if (queue->first)
		return pop(queue);
	queue->is_led = false;
	return NULL;
}
