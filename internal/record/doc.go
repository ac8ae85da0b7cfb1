// Package record keeps what happened: every request of a strategy with its
// attempts, while it happens and afterwards.
//
// A [Recorder] belongs to one strategy of one run and to one goroutine. It
// takes finished [Request]s in any order and keeps 32 bytes of each, under its
// ID, besides tallies and histograms of fixed size; so a million requests fit,
// and everything that needs the requests themselves (percentiles over any
// window, recovery from a fault, pairing with another strategy) is computed
// from them at the end rather than averaged from parts.
//
// [Replicates] resamples several recorders of one run together, request by
// request, for the uncertainty of differences and ratios. A [Writer] puts
// everything known of each request into requests.ndjson.gz, one line each.
//
// Times count from the run's start, and latency from when a request was due,
// not from when it was sent. In latency over all requests a failure is slower
// than any success. The result types have the fields of their namesakes in
// package reports, which this package may not import, so that one converts to
// the other.
package record
