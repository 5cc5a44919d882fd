/*
 * users/nss.c against an NSS of our own: this program defines the calls that
 * libc would answer, and the clock and the wait that would take seconds.
 */
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "users/nss.h"

static struct {
	int64_t now_s;
	unsigned asked;	      /* look-ups that reached NSS */
	int error;	      /* to be returned, 0: answer */
	size_t needs_bytes;   /* smaller buffers get ERANGE */
	size_t largest_bytes; /* seen */
	int groups;	      /* that every user is in */
	const char *spelled;  /* NULL: as asked */
	void (*during)(void); /* called inside a look-up */
} host;

int
clock_gettime(clockid_t id, struct timespec *ret)
{
	(void)id;
	*ret = (struct timespec){.tv_sec = host.now_s};
	return 0;
}

/* Nobody gives a place back here: each wait runs into its deadline. */
int
pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
    const struct timespec *deadline)
{
	(void)condition;
	(void)lock;
	assert_int_equal(deadline->tv_sec, host.now_s + NSS_WAIT_MS / 1000);
	return ETIMEDOUT;
}

static int
answer(const char *name, uid_t uid, struct passwd *entry, char *buffer,
    size_t size, struct passwd **ret)
{
	*ret = NULL;
	host.asked++;
	if (size > host.largest_bytes)
		host.largest_bytes = size;
	if (host.during)
		host.during();
	if (host.error)
		return host.error;
	if (size < host.needs_bytes)
		return ERANGE;
	if (streq(name, "nemo") || uid == 4242)
		return 0;
	(void)snprintf(buffer, size, "%s", host.spelled ? host.spelled : name);
	*entry =
	    (struct passwd){.pw_name = buffer, .pw_uid = uid, .pw_gid = 100};
	*ret = entry;
	return 0;
}

int
getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	return answer(name, 1000, entry, buffer, size, ret);
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
    struct passwd **ret)
{
	return answer("alice", uid, entry, buffer, size, ret);
}

int
getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size,
    struct group **ret)
{
	(void)buffer;
	*ret = NULL;
	if (size < host.needs_bytes)
		return ERANGE;
	if (streq(name, "nobodys"))
		return 0;
	*entry = (struct group){.gr_gid = streq(name, "users") ? 100 : 7};
	*ret = entry;
	return 0;
}

int
getgrouplist(const char *user, gid_t group, gid_t *groups, int *count)
{
	int room = *count;

	(void)user;
	*count = host.groups;
	if (room < host.groups)
		return -1;
	for (int i = 0; i < host.groups; i++)
		groups[i] = i == host.groups - 1 ? 7 : group;
	return host.groups;
}

int
getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size,
    struct group **ret)
{
	host.asked++;
	(void)snprintf(buffer, size, "g%u", (unsigned)gid);
	*entry = (struct group){.gr_name = buffer, .gr_gid = gid};
	*ret = entry;
	return 0;
}

static int
fresh(void **state)
{
	host = (typeof(host)){.now_s = 1000};
	*state = nss_new();
	return *state ? 0 : -1;
}

static int
done(void **state)
{
	nss_free(*state);
	return 0;
}

static void
a_user_is_found_and_remembered_for_a_while(void **state)
{
	struct nss_user user;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(nss_find_user(*state, "alice", &user), 1);
		assert_string_equal(user.name, "alice");
		assert_int_equal(user.uid, 1000);
		assert_int_equal(user.gid, 100);
	}
	assert_int_equal(host.asked, 1);

	host.now_s += NSS_CACHE_S - 1;
	assert_int_equal(nss_find_user(*state, "alice", &user), 1);
	assert_int_equal(host.asked, 1);
	host.now_s += 1;
	assert_int_equal(nss_find_user(*state, "alice", &user), 1);
	assert_int_equal(host.asked, 2);
}

static void
an_unknown_user_is_remembered_too(void **state)
{
	struct nss_user user;

	assert_int_equal(nss_find_user(*state, "nemo", &user), 0);
	assert_int_equal(nss_find_user(*state, "nemo", &user), 0);
	assert_int_equal(nss_find_uid(*state, 4242, &user), 0);
	assert_int_equal(nss_find_uid(*state, 4242, &user), 0);
	assert_int_equal(host.asked, 2);
}

static void
names_and_uids_do_not_answer_for_each_other(void **state)
{
	struct nss_user user;

	assert_int_equal(nss_find_uid(*state, 0, &user), 1);
	assert_int_equal(nss_find_user(*state, "nemo", &user), 0);
	assert_int_equal(nss_find_uid(*state, 512, &user), 1);
	assert_int_equal(user.uid, 512);
	assert_int_equal(nss_find_uid(*state, 0, &user), 1);
	assert_int_equal(user.uid, 0);
	assert_int_equal(host.asked, 4);
}

static void
an_invalid_name_is_never_looked_up(void **state)
{
	const char *const names[] = {"", ".", "..", "a/b", "a:b", "a\nb", "12",
	    " a", "a ", "\xff", "a\x7f"};
	struct nss_user user;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(nss_find_user(*state, names[i], &user), 0);
	assert_int_equal(nss_find_uid(*state, (uid_t)-1, &user), 0);
	assert_int_equal(host.asked, 0);
}

static void
an_invalid_name_from_nss_is_nobody(void **state)
{
	struct nss_user user;

	host.spelled = "alice\nroot";
	assert_int_equal(nss_find_user(*state, "alice", &user), 0);
	assert_int_equal(nss_find_uid(*state, 1000, &user), 0);
}

static void
the_name_is_spelled_as_nss_spells_it(void **state)
{
	struct nss_user user;

	host.spelled = "alice";
	assert_int_equal(nss_find_user(*state, "ALICE", &user), 1);
	assert_string_equal(user.name, "alice");
}

static void
a_failure_is_told_and_not_remembered(void **state)
{
	const struct {
		int error, result;
	} cases[] = {{EIO, -EIO}, {EMFILE, -EMFILE}, {EINTR, -EINTR},
	    {ENOENT, 0}, {ESRCH, 0}};
	struct nss_user user;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		host.error = cases[i].error;
		host.now_s += NSS_CACHE_S;
		assert_int_equal(
		    nss_find_user(*state, "alice", &user), cases[i].result);
		if (cases[i].result == 0)
			continue;
		host.error = 0;
		assert_int_equal(nss_find_user(*state, "alice", &user), 1);
	}
}

static void
the_buffer_grows_within_a_bound(void **state)
{
	struct nss_user user;

	host.needs_bytes = 100000;
	assert_int_equal(nss_find_user(*state, "alice", &user), 1);
	assert_string_equal(user.name, "alice");

	host.needs_bytes = (size_t)1 << 40;
	assert_int_equal(nss_find_user(*state, "bob", &user), -ERANGE);
	assert_in_range(host.largest_bytes, 1 << 20, 16 << 20);
	assert_int_equal(nss_is_member(*state, &user, "wheel"), -ERANGE);
}

static void
membership_is_primary_or_supplementary(void **state)
{
	struct nss_user user;

	assert_int_equal(nss_find_user(*state, "alice", &user), 1);
	assert_int_equal(nss_is_member(*state, &user, "users"), 1);
	assert_int_equal(nss_is_member(*state, &user, "nobodys"), 0);
	assert_int_equal(nss_is_member(*state, &user, "wheel"), 0);
	host.groups = 1;
	assert_int_equal(nss_is_member(*state, &user, "wheel"), 1);
	host.groups = 5000; /* more than the first guess has room for */
	assert_int_equal(nss_is_member(*state, &user, "wheel"), 1);
	host.groups = 1 << 20;
	assert_int_equal(nss_is_member(*state, &user, "wheel"), -ERANGE);
}

static void
the_primary_group_may_be_left_out(void **state)
{
	const struct nss_user alice = {"alice", 1000, 100};
	char **names;

	host.groups = 2;
	assert_int_equal(nss_copy_group_names(*state, &alice, &names), 0);
	assert_string_equal(names[0], "g100");
	assert_string_equal(names[1], "g7");
	assert_null(names[2]);
	nss_group_names_free(names);
	host.asked = 0;
	assert_int_equal(nss_copy_more_group_names(*state, &alice, &names), 0);
	assert_string_equal(names[0], "g7");
	assert_null(names[1]);
	nss_group_names_free(names);
	assert_int_equal(host.asked, 1);
	host.groups = NSS_GROUPS_MAX + 2;
	assert_int_equal(nss_copy_group_names(*state, &alice, &names), -E2BIG);
}

static struct {
	struct nss *nss;
	unsigned depth;
	int innermost; /* what the first look-up without a place returned */
} nested;

/* A look-up that begins while all earlier ones are still under way. */
static void
look_up_inside(void)
{
	struct nss_user user;
	char name[16];
	int r;

	(void)snprintf(name, sizeof(name), "user%u", nested.depth++);
	r = nss_find_user(nested.nss, name, &user);
	if (r != 1)
		nested.innermost = r;
}

static void
at_most_so_many_look_ups_run_at_once(void **state)
{
	struct nss_user user;

	nested = (typeof(nested)){.nss = *state};
	host.during = look_up_inside;
	assert_int_equal(nss_find_user(*state, "alice", &user), 1);
	assert_int_equal(host.asked, NSS_PARALLEL_MAX);
	assert_int_equal(nested.innermost, -EAGAIN);

	/* All places were given back. */
	host.during = NULL;
	assert_int_equal(nss_find_user(*state, "bob", &user), 1);
}

static void
be_made(void)
{
	host.during = NULL;
	nss_forget(nested.nss, "nemo", 1000);
}

/* NSS said no, he was made, and only then is the answer here. */
static void
an_answer_from_before_a_change_is_not_remembered(void **state)
{
	struct nss_user user;

	nested = (typeof(nested)){.nss = *state};
	host.during = be_made;
	assert_int_equal(nss_find_user(*state, "nemo", &user), 0);
	assert_int_equal(nss_find_user(*state, "nemo", &user), 0);
	assert_int_equal(host.asked, 2);
	assert_int_equal(nss_find_user(*state, "nemo", &user), 0);
	assert_int_equal(host.asked, 2);
}

static void
entries_that_share_a_slot_do_not_mix(void **state)
{
	struct nss_user user;
	char name[16];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "guess%d", i);
		assert_int_equal(nss_find_user(*state, name, &user), 1);
		assert_string_equal(user.name, name);
		assert_int_equal(
		    nss_find_uid(*state, (uid_t)i, &user), 1 - (i == 4242));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_user_is_found_and_remembered_for_a_while),
	    TEST(an_unknown_user_is_remembered_too),
	    TEST(names_and_uids_do_not_answer_for_each_other),
	    TEST(an_invalid_name_is_never_looked_up),
	    TEST(an_invalid_name_from_nss_is_nobody),
	    TEST(the_name_is_spelled_as_nss_spells_it),
	    TEST(a_failure_is_told_and_not_remembered),
	    TEST(the_buffer_grows_within_a_bound),
	    TEST(membership_is_primary_or_supplementary),
	    TEST(the_primary_group_may_be_left_out),
	    TEST(at_most_so_many_look_ups_run_at_once),
	    TEST(an_answer_from_before_a_change_is_not_remembered),
	    TEST(entries_that_share_a_slot_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
