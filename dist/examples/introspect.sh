#!/bin/sh
# What is the token on standard input, and whose?  introspect.sh
answer=$(authboxctl --json token introspect) || exit 1
printf '%s\n' "$answer" | python3 -c '
import json, sys
token = json.load(sys.stdin)
print(token.get("user", "nobody here"), token.get("expires", "never"))'
