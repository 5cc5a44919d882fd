/* authboxctl against a scripted daemon: what it asks, what it prints, how it
 * exits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run_ctl.h"

/* ---- one call, one line of JSON ---- */

static void
json_is_one_object_of_known_members(void **state)
{
	static const struct {
		const char *words, *input;
		struct fake_daemon_step step;
		int status;
		const char *out;
	} cases[] = {
	    {"2fa request --json", "",
		{CALL("TwoFactor.Request", "{}"), {REPLY(NEW_DEVICE)}}, 0,
		"{\"uri\":\"otpauth://totp/Demo:alice?secret=ABCDEFGHIJKLMNOPQ"
		"RSTUVWXYZ234567&issuer=Demo\",\"secret\":\"ABCDEFGHIJKLMNOPQR"
		"STUVWXYZ234567\",\"transport\":null}\n"},
	    {"2fa request bob --json --transport sms --device b --digits 8", "",
		{CALL("TwoFactor.Request",
		     "{\"device\":\"b\",\"digits\":8,\"transport\":\"sms\","
		     "\"user\":\"bob\"}"),
		    {REPLY("{\"uri\":\"u\",\"secret\":\"S\",\"transport\":"
			   "\"sms\",\"device\":\"b\"}")}},
		0, "{\"uri\":\"u\",\"secret\":\"S\",\"transport\":\"sms\"}\n"},
	    {"2fa request --json", "",
		{CALL("TwoFactor.Request", "{}"),
		    {ERROR("TwoFactor.AlreadyEnabled",
			"{\"reason\":\"already_enabled\",\"message\":\"m\"}")}},
		1, "{\"error\":\"already_enabled\",\"message\":\"m\"}\n"},
	    {"2fa confirm --json", " 123456 \nrest",
		{CALL("TwoFactor.Confirm", "{\"code\":\"123456\"}"),
		    {REPLY("{\"device\":\"default\"," CODES "}")}},
		0, "{\"device\":\"default\"," CODES "}\n"},
	    {"2fa confirm --json", "1",
		{CALL("TwoFactor.Confirm", "{\"code\":\"1\"}"),
		    {ERROR("TwoFactor.NotRequested",
			"{\"reason\":\"not_requested\"}")}},
		1, "{\"error\":\"not_requested\"}\n"},
	    {"2fa confirm --json", "000000\n",
		{CALL("TwoFactor.Confirm", "{\"code\":\"000000\"}"),
		    {ERROR("TwoFactor.WrongToken",
			"{\"reason\":\"wrong_token\",\"retryAt\":5}")}},
		1, "{\"error\":\"wrong_token\",\"retryAt\":5}\n"},
	    {"2fa replace --json --new-device new", "000000\n",
		{CALL("TwoFactor.Replace",
		     "{\"newDevice\":\"new\",\"code\":\"000000\"}"),
		    {REPLY("{\"uri\":\"u\",\"secret\":\"S\",\"device\":"
			   "\"new\"}")}},
		0, "{\"uri\":\"u\",\"secret\":\"S\",\"transport\":null}\n"},
	    {"stats --json", "",
		{BARE("Daemon.Stats"),
		    {REPLY("{\"counters\":{\"logins\":7}}")}},
		0, "{\"logins\":7}\n"},
	    {"reload --json", "",
		{BARE("Daemon.Reload"),
		    {ERROR("InvalidConfig",
			"{\"reason\":\"config_invalid\",\"messages\":[\"a:1: "
			"b\"]}")}},
		1,
		"{\"error\":\"config_invalid\",\"messages\":[\"a:1: b\"]}\n"},
	    {"config explain User --json", "",
		{CALL("Daemon.ConfigExplain",
		     "{\"kind\":\"User\",\"json\":true}"),
		    {REPLY("{\"text\":\"[{\\\"path\\\":\\\"id\\\"}]\"}")}},
		0, "{\"kind\":\"User\",\"fields\":[{\"path\":\"id\"}]}\n"},
	    {"status --json", "",
		{BARE("Daemon.Status"),
		    {"{\"error\":\"org.varlink.service.MethodNotFound\","
		     "\"parameters\":{\"method\":\"x\"}}"}},
		1, "{\"error\":\"not_supported\",\"method\":\"x\"}\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_daemon_step steps[2] = {cases[i].step, {0}};
		struct run run;

		run_script(&run, steps, cases[i].words, cases[i].input);
		assert_string_equal(run.out, cases[i].out);
		assert_string_equal(run.err, "");
		assert_int_equal(run.status, cases[i].status);
		run_done(&run);
	}
}

/* ---- the other verbs ---- */

static void
results_are_printed_in_words(void **state)
{
	static const struct {
		const char *words, *input;
		struct fake_daemon_step step;
		int status;
		const char *part; /* of standard output */
	} cases[] = {
	    {"2fa disable --device old", "1\n",
		{CALL("TwoFactor.Disable",
		     "{\"device\":\"old\",\"code\":\"1\"}"),
		    {REPLY("{}")}},
		0, "Device old is removed"},
	    {"2fa reset bob", "",
		{CALL("TwoFactor.Reset", "{\"user\":\"bob\"}"), {REPLY("{}")}},
		0, "bob has no second factor any more"},
	    {"2fa resync", "1\n2\n",
		{CALL("TwoFactor.Resync", "{\"code1\":\"1\",\"code2\":\"2\"}"),
		    {REPLY("{}")}},
		0, "in step again"},
	    {"2fa resync bob", "1\n\n",
		{CALL("TwoFactor.Resync", "{\"user\":\"bob\",\"code1\":\"1\"}"),
		    {REPLY("{}")}},
		0, "in step again"},
	    {"2fa resync bob", "\n",
		{CALL("TwoFactor.Resync", "{\"user\":\"bob\"}"), {REPLY("{}")}},
		0, "in step again"},
	    {"2fa recovery", "",
		{CALL("TwoFactor.Recovery", "{}"), {REPLY("{" CODES "}")}}, 0,
		"IIII-JJJJ-KKKK-LLLL"},
	    {"2fa status", "",
		{CALL("TwoFactor.Status", "{}"),
		    {REPLY("{\"user\":\"alice\",\"enabled\":true,\"devices\":[{"
			   "\"name\":\"phone\",\"type\":\"totp\",\"algorithm\":"
			   "\"SHA1\",\"digits\":6,\"period\":30,\"enabled\":"
			   "true,\"transport\":null,\"created\":0}],"
			   "\"recoveryCodesLeft\":9,\"retryAt\":null}")}},
		0, "  phone            totp  SHA1         6      30  on "},
	    {"status", "",
		{BARE("Daemon.Status"),
		    {REPLY("{\"version\":\"9\",\"generation\":1,\"started\":0,"
			   "\"store\":\"no key\\u001b[2J\",\"config\":null}")}},
		1, "Store:          no key?[2J\nConfiguration:  well\n"},
	    {"status", "",
		{BARE("Daemon.Status"),
		    {REPLY("{\"version\":\"9\",\"generation\":1,\"started\":0,"
			   "\"troubles\":[]}")}},
		0, "Configuration:  well\nClock:          well\n"},
	    {"status", "",
		{BARE("Daemon.Status"),
		    {REPLY("{\"version\":\"9\",\"generation\":1,\"started\":0,"
			   "\"userdb\":\"not there\",\"troubles\":[{\"text\":"
			   "\"idp is down\",\"since\":0,\"last\":9}]}")}},
		1, "authbox-userdb: not there\nidp is down\n    since 1970-"},
	    {"stats", "",
		{BARE("Daemon.Stats"),
		    {REPLY("{\"counters\":{\"logins\":7}}")}},
		0, "             7  logins\n"},
	    {"reload", "",
		{BARE("Daemon.Reload"),
		    {REPLY("{\"generation\":3,\"notes\":[\"a:1: b\"]}")}},
		0, "note: a:1: b\n"},
	    {"config check", "",
		{BARE("Daemon.ConfigCheck"),
		    {REPLY("{\"errors\":[\"a:1: b\"],\"notes\":[]}")}},
		1, "error: a:1: b\n"},
	    {"config check", "",
		{BARE("Daemon.ConfigCheck"),
		    {REPLY("{\"errors\":[],\"notes\":[]}")}},
		0, "The configuration is good."},
	    {"config explain", "",
		{CALL("Daemon.ConfigExplain", "{}"),
		    {REPLY("{\"text\":\"User\\n\"}")}},
		0, "User\n"},
	    {"store check", "",
		{BARE("Store.Check"),
		    {REPLY("{\"report\":\"7 values\\n\",\"sound\":true}")}},
		0, "7 values\nThe store is sound.\n"},
	    {"store check", "",
		{BARE("Store.Check"),
		    {REPLY("{\"report\":\"broken\\n\",\"sound\":false}")}},
		1, "broken\n"},
	    {"store rekey", "", {BARE("Store.Rekey"), {REPLY("{\"count\":7}")}},
		0, "7 records are sealed under a new key."},
	    {"store accept-clock", "",
		{BARE("Store.AcceptClock"),
		    {REPLY("{\"was\":null,\"now\":0}")}},
		0, "The clock is taken as right"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_daemon_step steps[2] = {cases[i].step, {0}};
		struct run run;

		run_script(&run, steps, cases[i].words, cases[i].input);
		assert_contains(run.out, cases[i].part);
		assert_int_equal(run.status, cases[i].status);
		run_done(&run);
	}
}

static void
refusals_are_printed_in_words(void **state)
{
	static const struct {
		struct fake_daemon_step step;
		int status;
		const char *err;
	} cases[] = {
	    {{BARE("Daemon.Reload"),
		 {ERROR("InvalidConfig",
		     "{\"reason\":\"r\",\"messages\":[\"a:1: b\",\"c:2: "
		     "d\"]}")}},
		1, "authboxctl: a:1: b\nauthboxctl: c:2: d\n"},
	    {{BARE("Daemon.Reload"),
		 {ERROR("Forbidden", "{\"reason\":\"not_allowed\",\"message\":"
				     "\"Only root.\"}")}},
		1, "authboxctl: Only root.\n"},
	    {{BARE("Daemon.Reload"), {ERROR("Odd", "{\"reason\":\"why\"}")}}, 1,
		"authboxctl: authboxd refused: io.authbox.Odd why; see its "
		"log.\n"},
	    {{BARE("Daemon.Reload"),
		 {"{\"error\":\"org.varlink.service.InvalidParameter\","
		  "\"parameters\":{\"parameter\":\"newDevice\"}}"}},
		1,
		"authboxctl: authboxd does not accept this value of "
		"--new-device.\n"},
	    {{BARE("Daemon.Reload"), {NULL}}, 3,
		"authboxctl: authboxd hung up without an answer. It may be "
		"stopping, or you have too many connections open; try "
		"again.\n"},
	    {{BARE("Daemon.Reload"), {"[]"}}, 3, NULL},
	    {{BARE("Daemon.Reload"), {"{\"continues\":true}"}}, 3, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_daemon_step steps[2] = {cases[i].step, {0}};
		struct run run;

		run_script(&run, steps, "reload", "");
		assert_string_equal(run.out, "");
		if (cases[i].err)
			assert_string_equal(run.err, cases[i].err);
		assert_int_equal(run.status, cases[i].status);
		run_done(&run);
	}
}

static void
nobody_listening_is_exit_status_3(void **state)
{
	struct run run;

	(void)state;
	run_words(&run, "/nowhere/api.sock", "config check", "");
	assert_int_equal(run.status, CTL_UNREACHABLE);
	assert_contains(run.err, "/nowhere/api.sock");
	assert_contains(run.err, "authboxd --check-config");
	run_done(&run);

	run_words(&run, "/nowhere/api.sock", "status --json", "");
	assert_int_equal(run.status, CTL_UNREACHABLE);
	assert_contains(run.out, "{\"error\":\"unreachable\",\"message\":\"");
	assert_string_equal(run.err, "");
	run_done(&run);
}

static void
the_exported_key_stands_alone_on_standard_output(void **state)
{
	static const struct fake_daemon_step steps[] = {
	    {BARE("Store.ExportKey"), {REPLY("{\"key\":\"KEY\"}")}}, {0}};
	struct run run;

	(void)state;
	run_script(&run, steps, "store export-key", "");
	assert_string_equal(run.out, "KEY\n");
	assert_contains(run.err, "Keep it offline");
	run_done(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_is_one_object_of_known_members),
	    cmocka_unit_test(results_are_printed_in_words),
	    cmocka_unit_test(refusals_are_printed_in_words),
	    cmocka_unit_test(nobody_listening_is_exit_status_3),
	    cmocka_unit_test(the_exported_key_stands_alone_on_standard_output),
	};

	json_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
