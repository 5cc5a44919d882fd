/*
 * kill -9 between every two steps of a creation: authboxd, authbox-userdb, or
 * both at once die before their first step of a user's first login, before the
 * second, and so on until one login comes through. Each time somebody new logs
 * in, what died is started again, and he logs in once more: he is then the one
 * user of his name, with the id that was his before, and nobody else notices.
 *
 *	KILL_STEPS=all tests/run build/tests/system/test_killed_creation
 *
 * takes every step; without it a sanitizer's run takes every tenth.
 */
#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>

#include "tests/harness/real_daemon.h"

#include "tests/harness/forge.h"
#include "tests/harness/step_killer.h"

#define SECRET	   "0123456789abcdef0123456789abcdef"
#define DROPINS	   "/run/userdb"
#define USERDB	   REAL_FOLDER "/run/userdb.sock"
#define GROUP	   "audio" /* everybody has it */
#define NOW	   1800000000
#define STEPS_MAX  1000
#define PEOPLE_MAX (2 * STEPS_MAX + 1)

enum { AUTHBOXD, AUTHBOX_USERDB };

static const char configuration[] =
    "resourceType: IdentityProvider\nid: p\nissuer: https://idp.example\n"
    "userinfo-source: id-token\n---\n"
    "resourceType: TokenIntrospector\nid: idp\ntype: jwt\n"
    "jwt: {iss: https://idp.example, aud: host, secret: " SECRET "}\n"
    "identity_provider: {id: p}\nnamesUsers: false\n---\n"
    "{resourceType: Settings, id: s, "
    "security: {introspection-create-user: true}, "
    "limits: {creationsPerMinute: 9999, creationsPerDay: 9999}}\n---\n"
    "{resourceType: AccessPolicy, id: all, engine: allow}\n";
static const char provisioning[] =
    "resourceType: Provisioning\n"
    "uidRange: {min: 1879048192, max: 2147352575}\n"
    "username: {claim: preferred_username}\n"
    "groups: {map: [{value: makers, group: " GROUP "}]}\n"
    "firstLogin: true\n";

/* What is known of somebody, in memory that children fill in. */
struct person_seen {
	char name[16];
	struct real_login login; /* the last one */
	int64_t stored;		 /* his uid; -1: none */
	int64_t published;	 /* by NSS; -1: he is not */
};

struct play {
	struct killer killer;
	struct person_seen people[PEOPLE_MAX];
	unsigned count;
	unsigned kills, cut_off; /* logins that were not let in at once */
	unsigned kept;		 /* who had an id before he came again */
};

/* ---- the host ---- */

static void
make_host(void)
{
	char module[4096], text[9000];
	const char *build = getenv("BUILD");

	real_make_place(configuration);
	real_check(chmod(REAL_CONFIG, 0600) == 0); /* it has a secret */
	real_write_file(REAL_FOLDER "/etc/userdb.yaml", provisioning);
	real_write_file(REAL_FOLDER "/nsswitch.conf",
	    "passwd: files systemd\ngroup: files systemd\n");
	real_check(mount(REAL_FOLDER "/nsswitch.conf", "/etc/nsswitch.conf",
		       NULL, MS_BIND, NULL) == 0);
	real_check(mkdir(DROPINS, 0755) == 0);
	(void)snprintf(
	    text, sizeof(text), "%s/pam_authbox.so", build ? build : "build");
	real_check(realpath(text, module) != NULL);
	(void)snprintf(text, sizeof(text),
	    "auth required %s token tries=1 socket=" REAL_PAM_SOCKET "\n"
	    "account required %s token socket=" REAL_PAM_SOCKET "\n",
	    module, module);
	real_write_file(REAL_FOLDER "/pam.d/" REAL_PAM_SERVICE, text);
}

static void
run_authboxd(void)
{
	real_run(false);
}

static void
run_userdb(void)
{
	int log = open(REAL_LOG, O_WRONLY | O_CREAT | O_APPEND, 0644);

	(void)dup2(log, STDOUT_FILENO);
	(void)dup2(log, STDERR_FILENO);
	(void)execl(REAL_FOLDER "/bin/authbox-userdb", "authbox-userdb",
	    "--config", REAL_FOLDER "/etc/userdb.yaml", "--state-dir",
	    REAL_FOLDER "/state-userdb", "--dropin-dir", DROPINS,
	    "--login-socket", REAL_FOLDER "/run/first-login.sock", "--socket",
	    USERDB, NULL);
}

static void
wait_for_both(struct person_seen *unused)
{
	int64_t deadline_ms = real_now_ms() + REAL_MS;
	int fd;

	(void)unused;
	while ((fd = real_dial(USERDB)) < 0 || !real_is_up()) {
		real_check(real_now_ms() < deadline_ms);
		real_sleep_ms(2);
	}
	(void)close(fd);
}

/* ---- what children do ---- */

/* Whether `call` does not fail, in a child, while the programs go on. */
static bool
in_child(struct play *play, void (*call)(struct person_seen *seen),
    struct person_seen *seen)
{
	pid_t child = fork();

	real_check(child >= 0);
	if (child == 0) {
		call(seen);
		_exit(0);
	}
	return killer_wait(&play->killer, child);
}

static void
log_in(struct person_seen *seen)
{
	struct forge forge = forge_secret(SECRET);
	char payload[512], *token;

	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"https://idp.example\",\"aud\":\"host\",\"sub\":\"%s\","
	    "\"preferred_username\":\"%s\",\"groups\":[\"makers\"],"
	    "\"iat\":%d,\"exp\":%d}",
	    seen->name, seen->name, NOW, NOW + 600);
	token = forge_token(&forge, alg_find("HS256"),
	    "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", payload);
	seen->login = real_log_in(seen->name, token);
	free(token);
}

static bool
is_in(const struct person_seen *seen)
{
	return seen->login.auth == PAM_SUCCESS &&
	       seen->login.account == PAM_SUCCESS;
}

static void
look_into_store(struct person_seen *seen)
{
	char text[64];
	struct varlink_reply reply;

	(void)snprintf(text, sizeof(text), "{'user': '%s'}", seen->name);
	real_check(real_call("User.Show", text, &reply) == 0);
	seen->stored = -1;
	if (!reply.error)
		real_check(json_find_int(json_find(reply.parameters, "user"),
			       "uid", &seen->stored) == 1);
	else
		real_check(streq(reply.error, "io.authbox.User.NotFound"));
	varlink_reply_done(&reply);
}

static bool
is_in_group(const struct passwd *entry)
{
	gid_t gids[8], wanted = getgrnam(GROUP)->gr_gid;
	int count = 8;
	bool is = false;

	real_check(
	    getgrouplist(entry->pw_name, entry->pw_gid, gids, &count) > 0);
	for (int i = 0; i < count; i++)
		is |= gids[i] == wanted;
	return is;
}

/* As every program on the host does: all that says something of him agrees. */
static void
look_around(struct person_seen *seen)
{
	const struct passwd *entry = getpwnam(seen->name);
	const struct group *group;

	seen->published = entry ? (int64_t)entry->pw_uid : -1;
	group = getgrnam(seen->name);
	if (!entry)
		return;
	real_check(entry->pw_gid == entry->pw_uid && group);
	real_check(group->gr_gid == entry->pw_uid);
	real_check(is_in_group(entry));
}

static void
look_at_all_of_him(struct person_seen *seen)
{
	const struct passwd *entry;

	look_into_store(seen);
	look_around(seen);
	real_check(seen->stored > 0 && seen->stored == seen->published);
	entry = getpwuid((uid_t)seen->stored);
	real_check(entry && streq(entry->pw_name, seen->name));
}

/* ---- files ---- */

/* Complete, whoever was killed while writing. */
static void
check_file(const char *name)
{
	char path[512], text[4096];
	AUTO_JSON object = NULL;
	FILE *file;
	size_t size;

	(void)snprintf(path, sizeof(path), DROPINS "/%s", name);
	real_check((file = fopen(path, "re")) != NULL);
	size = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	real_check(json_parse(text, size, &object, NULL) == 0);
}

/* What nss-systemd would read; it leaves out names that begin with a dot. */
static void
check_files(void)
{
	DIR *folder = opendir(DROPINS);
	const struct dirent *entry;

	real_check(folder != NULL);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			check_file(entry->d_name);
	(void)closedir(folder);
}

/* ---- one trial ---- */

static struct person_seen *
come(struct play *play, unsigned step, bool kills_all)
{
	struct person_seen *seen = &play->people[play->count++];

	real_check(play->count <= PEOPLE_MAX);
	(void)snprintf(seen->name, sizeof(seen->name), "%s%u",
	    kills_all ? "both" : "one", step);
	return seen;
}

/* Start what is dead. */
static void
start(struct play *play)
{
	struct killer *killer = &play->killer;

	killer_arm(killer, 0, false);
	if (killer->pids[AUTHBOX_USERDB] == 0)
		killer_start(killer, AUTHBOX_USERDB, run_userdb);
	if (killer->pids[AUTHBOXD] == 0)
		killer_start(killer, AUTHBOXD, run_authboxd);
	real_check(in_child(play, wait_for_both, NULL));
}

static void
end(struct play *play)
{
	killer_arm(&play->killer, 0, false);
	killer_end(&play->killer, AUTHBOXD);
	killer_end(&play->killer, AUTHBOX_USERDB);
}

static void
cut(struct play *play, struct person_seen *seen, unsigned step, bool kills_all)
{
	struct killer *killer = &play->killer;

	killer_arm(killer, step, kills_all);
	real_check(in_child(play, log_in, seen));
	killer->kill_at = 0;
}

/* Others are let in while authbox-userdb is away. */
static void
let_another_in(struct play *play)
{
	struct person_seen *other = &play->people[0];

	real_check(in_child(play, log_in, other));
	real_check(is_in(other));
}

/* 1: all is well; 0: nobody was killed, so that this was the last step. */
static int
try_step(struct play *play, unsigned step, bool kills_all)
{
	struct person_seen *seen = come(play, step, kills_all);
	struct person_seen before;
	bool was_in;

	cut(play, seen, step, kills_all);
	was_in = is_in(seen);
	if (!play->killer.has_killed) {
		real_check(was_in);
		return 0;
	}
	play->kills++;
	play->cut_off += !was_in;
	check_files();
	if (play->killer.pids[AUTHBOXD] > 0)
		let_another_in(play);
	start(play);

	real_check(in_child(play, look_into_store, seen));
	real_check(in_child(play, look_around, seen));
	before = *seen;
	/* Nobody appears whom the store does not know; who was told that he is
	 * in, is. */
	real_check(before.published < 0 || before.published == before.stored);
	real_check(!was_in || before.published > 0);
	real_check(in_child(play, log_in, seen));
	real_check(is_in(seen));
	real_check(in_child(play, look_at_all_of_him, seen));
	real_check(before.stored < 0 || before.stored == seen->stored);
	play->kept += before.stored >= 0;
	check_files();
	return 1;
}

static unsigned
try_steps(struct play *play, bool kills_all, unsigned stride)
{
	unsigned step = 1;

	while (try_step(play, step, kills_all)) {
		step += stride;
		real_check(step < STEPS_MAX);
	}
	return play->killer.steps;
}

/* ---- all of them ---- */

static void
check_everybody(struct play *play)
{
	for (unsigned i = 0; i < play->count; i++) {
		int64_t was = play->people[i].stored;

		real_check(
		    in_child(play, look_at_all_of_him, &play->people[i]));
		real_check(was <= 0 || was == play->people[i].stored);
		for (unsigned j = 0; j < i; j++)
			real_check(
			    play->people[i].stored != play->people[j].stored);
	}
}

/* Records of users: none is of anybody else. */
static unsigned
count_records(void)
{
	DIR *folder = opendir(DROPINS);
	const struct dirent *entry;
	unsigned count = 0;

	real_check(folder != NULL);
	while ((entry = readdir(folder)))
		count += strchr("0123456789.", entry->d_name[0]) == NULL &&
			 strstr(entry->d_name, ".user") != NULL;
	(void)closedir(folder);
	return count;
}

static unsigned
choose_stride(void)
{
	const char *chosen = getenv("KILL_STEPS");
	const char *sanitizer = getenv("SANITIZE");

	return !chosen && sanitizer && *sanitizer ? 10 : 1;
}

int
main(void)
{
	struct play *play = mmap(NULL, sizeof(*play), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned number = 0, stride = choose_stride(), steps[2];
	int well = 1;

	real_plan(4);
	real_check(play != MAP_FAILED);
	/* No sanitizer looks for leaks of a traced program. */
	real_check(setenv("ASAN_OPTIONS", "detect_leaks=0", 1) == 0);
	make_host();
	start(play);
	real_check(try_step(play, 0, false) == 0);
	for (int both = 0; both < 2; both++)
		steps[both] = try_steps(play, both, stride);
	printf("# %u and %u steps, %u kills, %u of whose logins were cut off, "
	       "%u had an id by then\n",
	    steps[0], steps[1], play->kills, play->cut_off, play->kept);
	well &= real_report(&number,
	    play->kills * stride > 80 && play->kept > 0 &&
		play->cut_off > play->kept / 2,
	    "whoever is killed between two steps, the next login goes on");
	check_everybody(play);
	well &= real_report(&number, count_records() == play->count,
	    "every name is one user, and every id");
	end(play);
	start(play);
	check_everybody(play);
	well &= real_report(&number, count_records() == play->count,
	    "the next start finds them as they were");
	end(play);
	well &= real_report(
	    &number, real_log_is_clean(), "no sanitizer has anything to say");
	return well ? 0 : 1;
}
