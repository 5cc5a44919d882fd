#!/bin/sh
# Does the token on standard input open a service?  authorize.sh SERVICE
if answer=$(authboxctl token authorize --service "$1"); then
	user=$(printf '%s\n' "$answer" | awk '$1 == "user" { print $2 }')
	echo "welcome, $user"
else
	# The reason stands on standard error; 3: authboxd does not run.
	echo "not for you" >&2
	exit 1
fi
