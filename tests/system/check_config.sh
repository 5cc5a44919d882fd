#!/bin/bash
# What `authboxd --check-config` says of a folder, and by its exit status.
. tests/harness/tap.sh

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

check() { # prints what it says, then its exit status
	local status=0
	"$BUILD/authboxd" --config-dir "$1" --check-config 2>&1 || status=$?
	echo "status $status"
}

test_good_files_are_good() {
	printf 'resourceType: AuthConfig\nid: app\n' >"$folder/app.yaml"
	is "$(check "$folder")" "$folder: good"$'\n'"status 0"
}
test_an_empty_folder_is_good() {
	mkdir "$folder/empty"
	is "$(check "$folder/empty")" "$folder/empty: good"$'\n'"status 0"
}
test_a_fault_is_told_with_file_and_line() {
	printf 'resourceType: AuthConfig\nid: app\ntwoFactr: {}\n' >"$folder/app.yaml"
	has "$(check "$folder")" 'app\.yaml:3: .*twoFactor'
	has "$(check "$folder")" 'status 1'
	has_not "$(check "$folder")" 'good'
}
test_a_header_that_nobody_would_send_is_a_fault() {
	cat >"$folder/app.yaml" <<-'END'
		resourceType: AuthConfig
		id: app
		twoFactor:
		  webhook:
		    endpoint: http://localhost/
		    headers:
		      Cookie: a=b
	END
	has "$(check "$folder")" 'app\.yaml:7: .*Cookie'
	has "$(check "$folder")" 'status 1'
}
test_a_folder_that_is_not_there_is_a_fault() {
	is "$(check "$folder/gone")" \
		"$folder/gone: No such file or directory"$'\n'"status 1"
}
test_a_file_in_place_of_the_folder_is_a_fault() {
	has "$(check "$folder/app.yaml")" 'Not a directory'
	has "$(check "$folder/app.yaml")" 'status 1'
}

run_tests
