/* What no single field can tell: the `check` members of the tables. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config/report.h"

void check_auth_config(
    struct report *report, unsigned line, const char *shown, void *auth_config);
void check_exempt(
    struct report *report, unsigned line, const char *shown, void *exempt);
void check_client(
    struct report *report, unsigned line, const char *shown, void *client);
void check_aidbox_config(struct report *report, unsigned line,
    const char *shown, void *aidbox_config);
void check_introspector_key(
    struct report *report, unsigned line, const char *shown, void *key);
void check_introspector_key_done(void *key);
void check_introspector(struct report *report, unsigned line, const char *shown,
    void *introspector);
void check_introspector_done(void *introspector);
void check_identity_provider(
    struct report *report, unsigned line, const char *shown, void *provider);
void check_to_scim(
    struct report *report, unsigned line, const struct identity_provider *);
void check_policy_node(
    struct report *report, unsigned line, const char *shown, void *node);
void check_access_policy(
    struct report *report, unsigned line, const char *shown, void *policy);
void check_settings(
    struct report *report, unsigned line, const char *shown, void *settings);

void check_group_rule(
    struct report *report, unsigned line, const char *shown, void *rule);
void check_provisioning(struct report *report, unsigned line, const char *shown,
    void *provisioning);

/* The issuer when none is configured: the host's name, fit for an otpauth
 * label. malloc()ed, NULL: no memory. */
char *check_default_issuer(void);

#endif
