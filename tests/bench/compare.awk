# Of lines "allowed refused seconds p50 p99 [most]" of one case, each followed
# by the same repeat of the first case: a line of medians, and the medians of
# the ratios in the file `ratios`.
function median(v, n,   i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
	return v[int((n + 1) / 2)]
}
{
	b = NF / 2
	p50[NR] = $4
	p99[NR] = $5
	rate[NR] = $1 / $3
	refused += $2
	q50[NR] = $4 / $(b + 4)
	q99[NR] = $5 / $(b + 5)
	qrate[NR] = ($1 / $3) / ($(b + 1) / $(b + 3))
}
END {
	a = median(q50, NR)
	b = median(q99, NR)
	c = median(qrate, NR)
	printf "  %-30s %8d %8d %9d %7d  %.2f  %.2f  %.2f\n", name,
	    median(p50, NR), median(p99, NR), median(rate, NR), refused, a, b, c
	printf "%.3f %.3f %.3f %d\n", a, b, c, refused >ratios
}
