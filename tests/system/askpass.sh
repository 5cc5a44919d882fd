#!/bin/bash
# authbox-askpass alone: what it answers to which prompt, and what it passes on.
# Real ssh and sudo are asked in other scripts.
# time limit: 30 s
# not sanitized: it runs a shell script
. tests/harness/tap.sh

DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
mkdir "$DIR/bin"
# Stands for the askpass that a person had before.
cat >"$DIR/before" <<'END'
#!/bin/sh
printf 'passed on: %s\n' "$1"
END
chmod +x "$DIR/before"

token_of() { # BYTES
	head -c "$1" /dev/urandom | base64 -w 0 | tr '+/' '-_' | head -c "$1"
}
token_of 1200 >"$DIR/token"

# With `dash` and with `bash`; both must say the same.
ask() { # PROMPT
	local shell
	for shell in sh 'bash --posix'; do
		env -u SSH_ASKPASS_PROMPT AUTHBOX_HOSTS="srv.example, localhost" \
			AUTHBOX_TOKEN_FILE="$DIR/token" AUTHBOX_ASKPASS="$DIR/before" \
			$shell authboxctl/authbox-askpass "$1" >"$DIR/said.${shell%% *}" ||
			return
	done
	cmp "$DIR/said.sh" "$DIR/said.bash" && cat "$DIR/said.sh"
}
# As authboxd puts a token together; FRONT is what ssh writes before a prompt.
put_together() { # FRONT
	local part=1 said whole='' prompt='Access token: '
	while said=$(ask "$1$prompt"); do
		[ ${#said} -le 501 ] || return 1
		whole+=${said%\\}
		[ "$said" != "${said%\\}" ] || break
		part=$((part + 1))
		prompt="Access token, part $part: "
	done
	printf '%s' "$whole"
}

test_a_token_of_any_length_arrives_whole() {
	local size
	for size in 1 499 500 501 999 1000 1001 4096 16384; do
		token_of $size >"$DIR/token"
		is "$(put_together '(alice@srv.example) ')" "$(cat "$DIR/token")"
	done
	is "$(put_together '')" "$(cat "$DIR/token")"
	token_of 1200 >"$DIR/token"
}
test_a_part_is_the_same_however_often_it_is_asked_for() {
	is "$(ask 'Access token, part 2: ')" "$(ask 'Access token, part 2: ')"
	is "$(ask 'Access token, part 2: ')" "$(tail -c +501 "$DIR/token" | head -c 500)\\"
	is "$(ask 'Access token, part 3: ')" "$(tail -c +1001 "$DIR/token")"
}
test_text_before_the_prompt_does_not_matter() {
	is "$(ask $'(alice@srv.example) Acme\nLast one was cut.\nAccess token, part 3: ')" \
		"$(tail -c +1001 "$DIR/token")"
}
test_a_newline_and_a_carriage_return_behind_the_token_are_dropped() {
	printf 'abx_one\r\n' >"$DIR/crlf"
	is "$(AUTHBOX_HOSTS=localhost AUTHBOX_TOKEN_FILE=$DIR/crlf \
		authboxctl/authbox-askpass 'Access token: ')" abx_one
}
test_a_command_gives_the_token() {
	is "$(AUTHBOX_HOSTS=localhost AUTHBOX_TOKEN_COMMAND='echo abx_$((1 + 1))' \
		authboxctl/authbox-askpass 'Access token: ')" abx_2
}

# What a hostile server, user name or link may make of a prompt.
test_no_other_host_gets_the_token() {
	local prompt
	for prompt in \
		'(alice@evil.example) Access token: ' \
		'(alice@srv.example.evil.example) Access token: ' \
		'(alice@evil-srv.example) Access token: ' \
		'(alice@SRV.EXAMPLE) Access token: ' \
		'(alice@*) Access token: ' \
		'(alice@) Access token: ' \
		'(alice) Access token: ' \
		'(alice@srv.example@evil.example) Access token: ' \
		'(a@srv.example) @evil.example) Access token: ' \
		$'(a@srv.example) @evil.example) \nAccess token: ' \
		$'(a@evil.example) \n(a@srv.example) Access token: ' \
		'(a@evil.example) (a@srv.example) Access token: ' \
		'(a@evil.example)(a@srv.example) Access token: ' \
		$'(a@evil.example\n) (a@srv.example) Access token: ' \
		'(a@srv.example, localhost) Access token: ' \
		'(a@srv.example localhost) Access token: ' \
		' (a@srv.example) Access token: ' \
		$'evil\nAccess token: ' \
		$'\nAccess token: '; do
		is "$(ask "$prompt")" "passed on: $prompt"
	done
}
test_with_no_host_named_nobody_gets_the_token() {
	local hosts
	for hosts in '' '*' '.' ','; do
		is "$(AUTHBOX_HOSTS=$hosts AUTHBOX_TOKEN_FILE=$DIR/token \
			AUTHBOX_ASKPASS=$DIR/before authboxctl/authbox-askpass \
			'(alice@srv.example) Access token: ')" \
			'passed on: (alice@srv.example) Access token: '
	done
	is "$(AUTHBOX_TOKEN_FILE=$DIR/token AUTHBOX_ASKPASS=$DIR/before \
		authboxctl/authbox-askpass 'Access token: ')" \
		'passed on: Access token: '
}
test_every_other_prompt_is_passed_on() {
	local prompt
	for prompt in '' '(alice@srv.example) ' '(alice@srv.example) Password: ' \
		"alice@srv.example's password: " '(alice@srv.example) Code: ' \
		'[sudo] password for alice: ' 'Access token:' 'Access token' \
		'xAccess token: ' 'Access token, part : ' \
		'Access token, part 0: ' 'Access token, part 01: ' \
		'Access token, part 41: ' 'Access token, part 100: ' \
		'Access token, part -1: ' 'Access token, part 1x: ' \
		'Access token, part $(id): ' 'Access token, part 1+1: ' \
		$'(alice@srv.example) Access token: \nPassword: ' \
		"Enter passphrase for key '/home/alice/.ssh/id_ed25519': "; do
		is "$(ask "$prompt")" "passed on: $prompt"
	done
	is "$(SSH_ASKPASS_PROMPT=confirm AUTHBOX_HOSTS=localhost \
		AUTHBOX_TOKEN_FILE=$DIR/token AUTHBOX_ASKPASS=$DIR/before \
		authboxctl/authbox-askpass 'Access token: ')" \
		'passed on: Access token: '
}
test_what_is_no_token_is_not_sent() {
	local text
	for text in '' ' ' $'two\nlines' 'a blank' 'back\slash' $'bell\a' \
		'ümlaut' "$(token_of 16385)"; do
		printf '%s' "$text" >"$DIR/token"
		fails ask 'Access token: '
		is "$(cat "$DIR/said.sh")" ''
	done
	token_of 1200 >"$DIR/token"
}
test_a_missing_token_is_explained() {
	local run="env AUTHBOX_HOSTS=localhost authboxctl/authbox-askpass"
	has "$(fails $run 'Access token: ' 2>&1)" 'Set AUTHBOX_TOKEN_FILE or'
	export AUTHBOX_TOKEN_FILE=$DIR/none
	has "$(fails $run 'Access token: ' 2>&1)" 'look at AUTHBOX_TOKEN_FILE'
	AUTHBOX_TOKEN_FILE='' AUTHBOX_TOKEN_COMMAND='echo half; false'
	export AUTHBOX_TOKEN_COMMAND
	has "$(fails $run 'Access token: ' 2>&1)" 'the command .* failed'
	has_not "$(fails $run 'Access token: ' 2>/dev/null)" half
}
test_a_part_behind_the_end_is_an_error() {
	has "$(fails ask 'Access token, part 4: ' 2>&1)" 'the token has fewer'
}
test_the_token_stands_in_no_command_line() {
	# cut is the only program that sees it, and only on its input.
	cat >"$DIR/bin/cut" <<'END'
#!/bin/sh
tr '\0' ' ' </proc/$PPID/cmdline >>"$SEEN"
printf '%s\n' "$*" >>"$SEEN"
exec /usr/bin/cut "$@"
END
	chmod +x "$DIR/bin/cut"
	SEEN=$DIR/seen PATH=$DIR/bin:$PATH AUTHBOX_HOSTS=localhost \
		AUTHBOX_TOKEN_FILE=$DIR/token authboxctl/authbox-askpass \
		'Access token: ' >/dev/null
	has "$(cat "$DIR/seen")" '^.*-b 1-500$'
	has_not "$(cat "$DIR/seen")" "$(head -c 40 "$DIR/token")"
}
test_each_answer_is_one_write() {
	command -v strace >/dev/null || return 0
	AUTHBOX_HOSTS=localhost AUTHBOX_TOKEN_FILE=$DIR/token strace -qq \
		-e trace=write -e signal=none -o "$DIR/trace" \
		authboxctl/authbox-askpass 'Access token: ' >/dev/null
	is "$(grep -c 'write(1' "$DIR/trace")" 1
}
test_without_a_terminal_it_says_what_to_do() {
	has "$(fails setsid authboxctl/authbox-askpass 'Password: ' 2>&1 </dev/null)" \
		'AUTHBOX_ASKPASS names no other'
}
run_tests
