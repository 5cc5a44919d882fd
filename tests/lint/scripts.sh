#!/bin/bash
# Shell scripts pass shellcheck; Python files compile.
set -u
mapfile -t scripts < <(find .ci dist tests authboxctl -type f \
	\( -name '*.sh' -o -perm /111 \) | sort | while read -r file; do
	head -n 1 "$file" | grep -q '^#!.*sh' && echo "$file"
done)
failed=0
shellcheck -x -S warning -e SC2034,SC2120 "${scripts[@]}" || failed=1
find dist tests -name '*.py' -print0 | xargs -0r python3 -c '
import ast, sys
for path in sys.argv[1:]:
    ast.parse(open(path).read(), path)' || failed=1
exit $failed
