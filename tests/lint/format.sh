#!/bin/bash
# .clang-format decides about every C file.
set -u
find include libauthbox pam_authbox authboxd authboxctl tests -name '*.[ch]' \
	-print0 2>/dev/null | xargs -0 clang-format-14 --dry-run -Werror 2>&1 |
	sed -n 's/ error: .*/ clang-format-14 -i would change this/p' |
	awk -F: '!seen[$1]++ { print; bad = 1 } END { exit bad }'
