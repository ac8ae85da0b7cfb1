package reports

import "strings"

// titles are what findings are called on the page.
var titles = map[string]string{
	"agreement-low":               "The panel disagrees",
	"breaker-flapping":            "A breaker flaps",
	"fastest-but-fails-gate":      "Fastest, but not good enough",
	"first-token-late":            "A late first token",
	"hedge-rate-high":             "Hedges fire often",
	"interval-crosses-gate":       "Too close to call",
	"load-generator-saturated":    "The load generator fell behind",
	"parallel-not-worth-it":       "Parallel calls do not pay",
	"percentile-lost-to-failures": "Failures take the tail",
	"runner-up":                   "The runner-up",
	"sample-ratio-mismatch":       "The arms have not got their shares",
	"slow-recovery":               "No recovery",
}

// Title is the finding in a few words; one of a later program is called by its
// ID.
func (f Finding) Title() string {
	if title, ok := titles[f.ID]; ok {
		return title
	}
	return capital(strings.ReplaceAll(f.ID, "-", " "))
}
