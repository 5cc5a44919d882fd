#!/bin/bash
# A real nginx with its PAM module: the password of Basic authentication is an
# access token, which every request brings again. Its workers ask PAM as
# www-data. The lines for PAM are those of dist/pam.
# time limit: 120 s
. tests/harness/private_host.sh
. tests/harness/tokens.sh

nginx_start() {
	mkdir -p /run/nginx /run/www
	echo 'let in' >/run/www/page
	{
		cat /etc/nginx/modules-enabled/*auth-pam.conf
		cat <<-'CONF'
			user www-data;
			worker_processes 2;
			pid /run/nginx/pid;
			error_log /run/nginx/error.log info;
			events { worker_connections 512; }
			http {
				access_log off;
				client_body_temp_path /run/nginx/body;
				proxy_temp_path /run/nginx/proxy;
				fastcgi_temp_path /run/nginx/fastcgi;
				uwsgi_temp_path /run/nginx/uwsgi;
				scgi_temp_path /run/nginx/scgi;
				large_client_header_buffers 4 32k;
				server {
					listen 127.0.0.1:80;
					root /run/www;
					location / {
						auth_pam "access token";
						auth_pam_service_name "nginx";
					}
				}
			}
		CONF
	} >/run/nginx/nginx.conf
	nginx -q -c /run/nginx/nginx.conf -g 'daemon on;'
	within 5 test -s /run/nginx/pid
}
# Prints the status of COUNT requests, one after the other.
get() { # USER PASSWORD [COUNT]
	local i
	{
		printf 'user = "%s:%s"\n' "$1" "$2"
		for ((i = 0; i < ${3:-1}; i++)); do
			printf 'url = "http://127.0.0.1/page"\noutput = "/dev/null"\n'
		done
	} | curl -s -m 60 -w '%{http_code}\n' -K - | sort | uniq -c | xargs
}
let_in() { # USER PASSWORD
	is "$(get "$1" "$2")" '1 200'
}
refused() { # USER PASSWORD REASON
	local records
	records=$(grep -c . $HOST/authboxd.log)
	is "$(get "$1" "$2")" '1 401'
	has "$(tail -n +$((records + 1)) $HOST/authboxd.log)" "authbox_reason=$3"
}
# An issuer that is asked about opaque tokens, and writes down each question.
introspection_start() {
	python3 -u - >$HOST/introspection.log <<-'PYTHON' &
		import http.server, json, time
		class Endpoint(http.server.BaseHTTPRequestHandler):
		    def do_POST(self):
		        asked = self.rfile.read(int(self.headers["Content-Length"]))
		        print("asked")
		        body = json.dumps({"active": b"good" in asked, "sub": "alice",
		            "aud": "web", "exp": int(time.time()) + 600}).encode()
		        self.send_response(200)
		        self.send_header("Content-Type", "application/json")
		        self.send_header("Content-Length", str(len(body)))
		        self.end_headers()
		        self.wfile.write(body)
		    def log_message(self, *rest): pass
		http.server.ThreadingHTTPServer(("127.0.0.1", 8081), Endpoint).serve_forever()
	PYTHON
	within 5 curl -s -o /dev/null http://127.0.0.1:8081/
}
asked() {
	grep -c asked $HOST/introspection.log || true # 0 is an answer
}

host_start
issuer_make
issuer_configure '{resourceType: Client, id: web, peers: [www-data], services: [nginx]}' \
	'{resourceType: TokenIntrospector, id: partner, type: opaque, namesUsers: true,
		introspection_endpoint: {url: "http://127.0.0.1:8081/", authorization: Bearer x},
		jwt: {aud: web}, token_pattern: "[a-z]+-opaque-[0-9]+"}' \
	'{resourceType: User, id: alice, identifier: [{system: "'$issuer'", value: alice}]}' \
	'{resourceType: User, id: bob, inactive: true, identifier: [{system: "'$issuer'", value: bob}]}' \
	'{resourceType: User, id: robot, identifier: [{system: "'$issuer'", value: robot}]}' \
	'{resourceType: AccessPolicy, id: web, engine: matcho, matcho: {service: nginx,
		user: {id: {$enum: [alice, bob, robot]}}}}'
pam_service nginx <dist/pam/nginx
authboxd_start
nginx_start
introspection_start

test_a_token_is_the_password() {
	let_in alice "$(token alice)"
	has "$(grep 'service=nginx' $HOST/authboxd.log | tail -n 1)" \
		"authbox_peer_uid=$(id -u www-data).*AccessPolicy web"
}
test_a_user_needs_no_unix_account() {
	fails getent passwd robot
	let_in robot "$(token robot)"
}
test_without_a_good_token_nothing_is_served() {
	is "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/page)" 401
	refused alice "$(token robot)" token-other-user
	refused alice "$(token_expired alice)" token-expired
	refused alice "$(token_forged alice)" token-signature
	refused alice "alice's password" token-malformed
	refused bob "$(token bob)" inactive
	is "$(get alice '')" '1 401'
}
test_every_request_is_asked_about() {
	local made before
	made=$(token alice)
	before=$(grep -c 'authbox_reason=token-accepted' $HOST/authboxd.log)
	is "$(get alice "$made" 20)" '20 200'
	is "$(grep -c 'authbox_reason=token-accepted' $HOST/authboxd.log)" $((before + 20))
}
test_the_issuer_is_asked_about_an_opaque_token_once() {
	local before
	before=$(asked)
	is "$(get alice good-opaque-1 20)" '20 200'
	is "$(asked)" $((before + 1))
	is "$(get alice bad-opaque-1 5)" '5 401'
	is "$(asked)" $((before + 2))
}
test_a_session_is_a_short_password() {
	local short
	short=$(token alice | authboxctl session create)
	is "$(get alice "$short" 5)" '5 200'
	refused robot "$short" token-other-user
	authboxctl session revoke --all --user alice
	refused alice "$short" session-unknown
}
# nginx takes headers of 8 KiB, unless large_client_header_buffers says more.
test_a_long_token_arrives_whole() {
	local bytes
	for bytes in 1023 1024 5000 16384; do
		is "$bytes $(get alice "$(token_of_bytes alice $bytes)")" "$bytes 1 200"
	done
}
test_a_hundred_at_once_are_let_in() {
	local i made pids=()
	made=$(token alice)
	for i in {1..10}; do
		get alice "$made" 10 >"/run/tmp/get.$i" &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "$(sort -u /run/tmp/get.*)" '10 200'
}
test_a_code_is_good_for_one_request_and_config_check_says_so() {
	local code
	sed 's/ token tries=1/ totp tries=1/' dist/pam/nginx >/etc/pam.d/nginx
	enrol alice
	code=$(fresh_code "$(key_of alice)")
	is "$(get alice "$code" 2)" '1 200 1 401'
	has "$(authboxctl config check 2>&1)" '/etc/pam.d/nginx:.*asks PAM again at every request'
	pam_service nginx <dist/pam/nginx
	has_not "$(authboxctl config check 2>&1)" 'at every request'
}
test_without_authboxd_nothing_is_served() {
	authboxd_stop
	is "$(get alice "$(token alice)")" '1 401'
	authboxd_start
	let_in alice "$(token alice)"
}
test_no_token_is_in_a_log() {
	has_not "$(cat $HOST/authboxd.log $HOST/syslog /run/nginx/error.log)" 'eyJ|abx_|opaque-1'
}
run_tests
