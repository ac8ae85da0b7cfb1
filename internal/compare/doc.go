// Package compare says what changed from one run to another, and whether that
// could be chance.
//
// [Reports] takes two reports. Where both runs had the same arrivals, prompts
// and weather and both left their requests, it compares request by request:
// blocks of requests are resampled for both at once, as within one run, which
// finds much smaller differences. Otherwise it takes the intervals the reports
// hold, which have to do without the pairing. Either way all differences are
// tested as one family (Holm), and a change for the worse counts as a regression
// only if it is significant and beyond a [Tolerance].
//
// The package computes; package reports prints. Its functions are safe for
// concurrent use.
package compare
