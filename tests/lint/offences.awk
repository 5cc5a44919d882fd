# Reads "CHECK<TAB>FILE<TAB>LINE<TAB>WHAT<TAB>SENTENCE", drops what stands in
# tests/lint/exceptions, prints the rest and fails if there is any.
BEGIN {
	FS = "\t"
	while ((getline line < "tests/lint/exceptions") > 0) {
		if (line ~ /^#/ || line !~ /:/)
			continue
		sub(/:.*/, "", line)
		allowed[line] = 1
	}
}
!(($1 " " $2 " " $4) in allowed) {
	print $2 ":" $3 ": " $5
	bad = 1
}
END { exit bad }
