#!/bin/bash
# What bash offers behind `authboxctl`, asked as an interactive bash asks it.
. tests/harness/tap.sh
. dist/completion/authboxctl

offers() { # WORD... LAST: prints what LAST may become
	local function
	function=$(complete -p authboxctl | sed 's/.* -F \([^ ]*\) .*/\1/')
	COMP_WORDS=("$BUILD/authboxctl" "$@") COMP_CWORD=$# COMPREPLY=()
	"$function"
	echo "${COMPREPLY[*]}"
}

test_commands_and_verbs_are_offered() {
	is "$(offers sta)" 'stats status'
	is "$(offers 2fa re)" 'recovery replace request reset resync'
	is "$(offers --json --socket /x 2fa en)" enrol
}
test_options_are_offered_with_their_values() {
	has "$(offers 2fa enrol --)" '--qr'
	has_not "$(offers user list --)" '--qr'
	is "$(offers 2fa enrol --type '')" 'totp hotp'
	is "$(offers policy test --stage l)" login
	is "$(offers 2fa enrol --device '')" ''
}
test_an_option_without_a_value_swallows_no_word() {
	is "$(offers user add --no-account roo)" root
	is "$(offers --json user add --issuer https://i --no-account roo)" root
	is "$(offers 2fa --code-stdin dis)" disable
}
test_users_and_files_are_offered_where_they_belong() {
	is "$(offers 2fa reset roo)" root
	is "$(offers session revoke --user roo)" root
	is "$(offers --socket tests/system/comple)" tests/system/completion.sh
}

run_tests
