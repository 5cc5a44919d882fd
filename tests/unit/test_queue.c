/* Who leads a group commit, who goes with him, and how long he waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/batch.h"
#include "store/queue.h"

#define COMERS 8

struct scene {
	struct queue queue;
	struct batch_update update;
	struct queue_place comers[COMERS];
	struct queue_place *gathered[COMERS];
};

/* All comers have an update. */
static void
scene_init(struct scene *scene)
{
	*scene = (struct scene){0};
	queue_init(&scene->queue);
	for (size_t i = 0; i < COMERS; i++)
		scene->comers[i].update = &scene->update;
}

/* The first leads, the others wait. */
static void
scene_come(struct scene *scene, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
		    queue_join(&scene->queue, &scene->comers[i]), i == 0);
}

static size_t
scene_gather(struct scene *scene, size_t max)
{
	scene->gathered[0] = &scene->comers[0];
	return queue_gather(&scene->queue, scene->gathered, max);
}

static void
whoever_comes_first_leads_and_the_others_wait(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_come(&scene, COMERS);
	assert_true(scene.queue.is_led);
	assert_int_equal(scene.queue.queued, COMERS - 1);
}

static void
who_is_alone_leads_again_and_again(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	for (int i = 0; i < 3; i++) {
		assert_true(queue_join(&scene.queue, &scene.comers[0]));
		assert_int_equal(queue_await(&scene.queue, 0, 0), 0);
		assert_int_equal(scene_gather(&scene, COMERS), 1);
		assert_null(queue_hand_on(&scene.queue));
		assert_false(scene.queue.is_led);
	}
}

static void
a_leader_takes_all_that_wait_in_their_order(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_come(&scene, COMERS);
	assert_int_equal(scene_gather(&scene, COMERS), COMERS);
	for (size_t i = 0; i < COMERS; i++)
		assert_ptr_equal(scene.gathered[i], &scene.comers[i]);
	/* Nobody of them leads: their work is done. */
	assert_null(queue_hand_on(&scene.queue));
	assert_int_equal(scene.queue.queued, 0);
}

static void
who_finds_no_room_in_the_batch_leads_the_next(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_come(&scene, COMERS);
	assert_int_equal(scene_gather(&scene, 5), 5);
	assert_ptr_equal(queue_hand_on(&scene.queue), &scene.comers[5]);
	assert_true(scene.queue.is_led);
	scene.gathered[0] = &scene.comers[5];
	assert_int_equal(queue_gather(&scene.queue, scene.gathered, 5), 3);
	assert_ptr_equal(scene.gathered[2], &scene.comers[7]);
	assert_null(queue_hand_on(&scene.queue));
}

static void
who_comes_too_late_for_a_batch_leads_the_next(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene_come(&scene, 2);
	assert_int_equal(scene_gather(&scene, COMERS), 2);
	assert_false(queue_join(&scene.queue, &scene.comers[2]));
	assert_ptr_equal(queue_hand_on(&scene.queue), &scene.comers[2]);
	assert_null(queue_hand_on(&scene.queue));
	assert_true(queue_join(&scene.queue, &scene.comers[3]));
}

/* As a checkpoint does, or a new key: no update may pass it by. */
static void
who_wants_to_lead_for_himself_is_in_nobodys_batch(void **state)
{
	struct scene scene;

	(void)state;
	scene_init(&scene);
	scene.comers[2].update = NULL;
	scene_come(&scene, 4);
	assert_int_equal(scene_gather(&scene, COMERS), 2);
	assert_ptr_equal(queue_hand_on(&scene.queue), &scene.comers[2]);
	assert_ptr_equal(queue_hand_on(&scene.queue), &scene.comers[3]);
	assert_null(queue_hand_on(&scene.queue));
}

static void
a_leader_waits_for_as_many_as_came_last_time(void **state)
{
	static const struct {
		size_t last_batch, queued;
		unsigned whiles;
		size_t before, awaited;
	} cases[] = {
	    {0, 0, 0, 0, 0},		      /* the first ever */
	    {1, 0, 0, 0, 0},		      /* was alone */
	    {5, 0, 0, 0, 4},		      /* himself and four */
	    {5, 3, 0, 0, 4}, {5, 4, 0, 0, 0}, /* all are there */
	    {5, 7, 0, 0, 0}, {5, 0, 1, 0, 0}, /* nobody came within the while */
	    {5, 2, 1, 1, 4},		      /* one did */
	    {5, 2, 2, 2, 0}, {64, 7, QUEUE_WHILES_MAX - 1, 6, 63},
	    {64, 8, QUEUE_WHILES_MAX, 7, 0}, /* for so long and no longer */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct queue queue = {.is_led = true,
		    .last_batch = cases[i].last_batch,
		    .queued = cases[i].queued};

		assert_int_equal(
		    queue_await(&queue, cases[i].whiles, cases[i].before),
		    cases[i].awaited);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whoever_comes_first_leads_and_the_others_wait),
	    cmocka_unit_test(who_is_alone_leads_again_and_again),
	    cmocka_unit_test(a_leader_takes_all_that_wait_in_their_order),
	    cmocka_unit_test(who_finds_no_room_in_the_batch_leads_the_next),
	    cmocka_unit_test(who_comes_too_late_for_a_batch_leads_the_next),
	    cmocka_unit_test(who_wants_to_lead_for_himself_is_in_nobodys_batch),
	    cmocka_unit_test(a_leader_waits_for_as_many_as_came_last_time),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
