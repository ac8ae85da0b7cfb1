// Package stats turns samples into statements with their uncertainty.
//
// Everything ends in an [Estimate]: a value with its two-sided 95 % interval,
// or the reason there is none. [Percentile] ranks latencies so that a failure
// is slower than any success and takes its interval from order statistics;
// [Wilson] bounds a rate; [Agreement] measures panels; [Histogram] stores
// durations that can be merged later.
//
// Two ways of serving the same requests are compared request by request.
// [Blocks] resamples runs of consecutive requests, since neighbours share
// faults and queues, and gives the same resample to every side: a [Ranked]
// sample then yields its quantiles under a resample's weights without sorting
// again, and [Blocks.Interval] closes the interval of any expression that was
// evaluated once per resample. [Holm] adjusts several comparisons.
//
// The package knows nothing of requests, strategies or files. Its functions
// are pure; the types say which goroutine may use them.
package stats
