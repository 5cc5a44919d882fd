#include "userdb/userdb.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "userdb/own_copy.h"

/* ---- configuration ---- */

struct config *
userdb_ref_config(struct userdb *userdb)
{
	struct config *config;

	(void)pthread_mutex_lock(&userdb->config_lock);
	config = userdb->config ? config_ref(userdb->config) : NULL;
	(void)pthread_mutex_unlock(&userdb->config_lock);
	return config;
}

static struct config *
load_config(const struct userdb *userdb)
{
	struct config_report report = {0};
	struct config *config = NULL;
	int r =
	    config_load_provisioning(-1, userdb->config_path, &config, &report);

	for (size_t i = 0; i < report.count; i++)
		log_line(report.messages[i].is_error ? 3 : 5, "%s",
		    report.messages[i].text);
	config_report_done(&report);
	if (r < 0)
		log_warning("%s: %s; %s", userdb->config_path,
		    r == -EINVAL ? "is wrong" : strerror(-r),
		    userdb->config ? "the old one stays in force"
				   : "no users are made");
	return config;
}

void
userdb_reload(struct userdb *userdb)
{
	struct config *config = load_config(userdb), *old;

	if (!config)
		return;
	(void)pthread_mutex_lock(&userdb->config_lock);
	old = userdb->config;
	userdb->config = config;
	(void)pthread_mutex_unlock(&userdb->config_lock);
	config_unref(old);
	told_forget(userdb->told, clock_monotonic_ms());
	log_info("the new configuration is in force");
}

void
userdb_refresh_local(struct userdb *userdb)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail on Linux */
	local_refresh(userdb->local, &now);
}

/* ---- beginning and end ---- */

int
userdb_init(struct userdb *userdb, const struct userdb_paths *paths)
{
	int r;

	*userdb = (struct userdb){
	    .config_path = paths->config, .state_fd = -1, .dropin_fd = -1};
	(void)pthread_mutex_init(&userdb->change_lock, NULL);
	(void)pthread_mutex_init(&userdb->config_lock, NULL);
	userdb->roll = roll_new();
	userdb->told = told_new();
	if (!userdb->roll || !userdb->told)
		return -ENOMEM;
	r = local_new(paths->root ? paths->root : "/", &userdb->local);
	if (r < 0)
		return r;
	userdb_refresh_local(userdb);

	r = own_copy_open(paths->state, &userdb->state_fd);
	if (r < 0) {
		log_error("cannot use %s: %s", paths->state, strerror(-r));
		return r;
	}
	userdb->dropin_fd =
	    open(paths->dropins, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (userdb->dropin_fd < 0) {
		r = -errno;
		log_error("cannot use %s: %s", paths->dropins, strerror(-r));
		return r;
	}
	r = own_copy_read(userdb->state_fd, userdb->roll);
	if (r < 0)
		return r;
	userdb->config = load_config(userdb);
	return userdb_publish_all(userdb);
}

void
userdb_done(struct userdb *userdb)
{
	config_unref(userdb->config);
	roll_free(userdb->roll);
	told_free(userdb->told);
	local_free(userdb->local);
	if (userdb->state_fd >= 0)
		(void)close(userdb->state_fd); /* folders, only read */
	if (userdb->dropin_fd >= 0)
		(void)close(userdb->dropin_fd);
	(void)pthread_mutex_destroy(&userdb->change_lock);
	(void)pthread_mutex_destroy(&userdb->config_lock);
}

/* ---- refusals ---- */

int
userdb_refuse(
    struct rule_refusal *ret_refusal, const char *reason, const char *message)
{
	*ret_refusal = (struct rule_refusal){reason, message};
	return 0;
}

int
userdb_refuse_unprovisioned(struct rule_refusal *ret_refusal)
{
	return userdb_refuse(ret_refusal, "not-provisioned",
	    "There is no good /etc/authbox/userdb.yaml; see the log of "
	    "authbox-userdb.");
}

int
userdb_refuse_name(struct rule_refusal *ret_refusal)
{
	return userdb_refuse(ret_refusal, "name",
	    "The name's form is not allowed here; see username of "
	    "Provisioning.");
}
