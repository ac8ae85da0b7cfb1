package mockprovider

import (
	"sync"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// Entry is what a journal knows about one attempt: who asked what and when,
// which plan it met, and what became of it. Times are in seconds. Its cost is
// the ground truth: what a provider would bill, not what a client believes.
type Entry struct {
	// Seq numbers the entries from 1.
	Seq uint64 `json:"seq"`
	// At is when the plan began, or when the request arrived if it met none.
	At time.Time `json:"at"`

	// Path is the request's path, without its query; only a proxy writes it down.
	Path   string      `json:"path,omitempty"`
	Model  string      `json:"model"`
	Format wire.Format `json:"format"`
	Stream bool        `json:"stream"`
	// Request and Ordinal are the numbers that keyed the draws. Traced says that
	// the client gave the request's number; otherwise it is the server's own.
	Request uint64 `json:"request"`
	Ordinal int    `json:"ordinal"`
	Traced  bool   `json:"traced"`
	// Prompt is a hash of the prompt, so that tries at the same question can be
	// told without keeping what was asked.
	Prompt uint64 `json:"prompt,string"`
	// Faults are those that changed the plan, in the order in which they did. On
	// how the attempt ends the last one that says anything of it has the last word.
	Faults []MetFault `json:"faults,omitempty"`

	// End is how the plan ends: "complete", "fail", "refuse", "reset", "hang",
	// "eof", "garble", "in_stream", "blank", "empty" or "declined".
	End string `json:"end"`
	// Wait is the planned time to the response's headers, FirstToken to its
	// first token, Gap between tokens.
	Wait       float64 `json:"wait_s"`
	FirstToken float64 `json:"first_token_s"`
	Gap        float64 `json:"gap_s"`
	// Input and Tokens are the tokens of the prompt and of the whole answer.
	Input  int `json:"input_tokens"`
	Tokens int `json:"planned_tokens"`
	// As is the name under which the model answers; "" means its own.
	As string `json:"answers_as,omitempty"`
	// Failure is the kind of error response, and Status its HTTP status; zero
	// unless End is "fail". A proxy writes down the status of every response.
	Failure llm.Kind `json:"failure"`
	Status  int      `json:"status"`
	// RetryAfter is the hint that the error response gave; nil for none.
	RetryAfter *float64 `json:"retry_after_s"`
	// Permanent says that the error response asks not to try again.
	Permanent bool `json:"permanent"`

	// Done says that the attempt is over; what follows is zero before.
	Done bool `json:"done"`
	// Lasted is the time from At to the end.
	Lasted float64 `json:"lasted_s"`
	// Cancelled says that the client left before the plan's end.
	Cancelled bool `json:"cancelled"`
	// Broken says that the answer was broken off, or never came, and nobody's plan
	// said so: by a proxy's upstream, or because it took too long (see [Capped]).
	Broken bool `json:"broken,omitempty"`
	// Produced is how many output tokens had been produced by the end, all of
	// which are billed.
	Produced int `json:"produced_tokens"`
	// Estimated says that Produced is an estimate, as it is to a proxy where the
	// answer did not tell.
	Estimated bool `json:"estimated,omitempty"`
	// Bytes is the size of the response's body as far as it was written.
	Bytes int64 `json:"bytes"`
	// Cost is what the attempt is billed, in USD.
	Cost float64 `json:"cost_usd"`
}

// MetFault is a fault as a journal names it.
type MetFault struct {
	// Name is what a [Control] calls it.
	Name string `json:"name"`
	// Kind is its word in a scenario; "" for one that was made in Go without.
	Kind string `json:"kind,omitempty"`
}

// Counters are sums over all attempts since the beginning or the last reset,
// those included that the journal no longer holds.
type Counters struct {
	Attempts  uint64 `json:"attempts"`
	InFlight  int64  `json:"in_flight"`
	Complete  uint64 `json:"complete"`  // answered to the end
	Failed    uint64 `json:"failed"`    // ended in any other way
	Cancelled uint64 `json:"cancelled"` // the client left
	// Input and Output are the tokens billed, Cost what for, in USD.
	Input  uint64  `json:"input_tokens"`
	Output uint64  `json:"output_tokens"`
	Bytes  int64   `json:"bytes"`
	Cost   float64 `json:"cost_usd"`
}

// Journal keeps the last attempts at a mock, or through a proxy, and counts them all. It is safe
// for concurrent use; its memory is fixed.
type Journal struct {
	mu     sync.Mutex
	ring   []Entry
	seq    uint64 // of the newest entry
	first  uint64 // the oldest entry that a reset has left
	totals map[string]*Counters
}

// maxCounted bounds the models that are counted each by its name, and maxName
// such a name in bytes, since clients may ask for any; the others are counted
// together, as [OtherModels].
const (
	maxCounted = 1000
	maxName    = 200
)

// OtherModels is the name under which a journal counts models beyond the first
// thousand, and those with a name of more than 200 bytes.
const OtherModels = "(others)"

// NewJournal returns a journal of the last n attempts; less than 1 means 1.
func NewJournal(n int) *Journal {
	return &Journal{ring: make([]Entry, max(n, 1)), first: 1, totals: make(map[string]*Counters)}
}

// Begin writes down an attempt that begins, and returns its number, which it
// also gives to e.Seq. It keeps no model's name of more than 200 bytes: a longer
// one becomes [OtherModels].
func (j *Journal) Begin(e *Entry) uint64 { return j.begin(e, maxCounted) }

// begin is Begin; the model is counted by its name if it has been before, or if
// fewer than room are.
func (j *Journal) begin(e *Entry, room int) uint64 {
	if len(e.Model) > maxName {
		e.Model = OtherModels
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq = j.seq
	j.ring[e.Seq%uint64(len(j.ring))] = *e
	c := j.counters(e.Model, room)
	c.Attempts++
	c.InFlight++
	return e.Seq
}

// Finish writes down what became of an attempt that has begun.
func (j *Journal) Finish(e *Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Done = true
	if e.Seq < j.first { // before the last reset
		return
	}
	if slot := &j.ring[e.Seq%uint64(len(j.ring))]; slot.Seq == e.Seq {
		*slot = *e
	}
	j.counters(e.Model, maxCounted).add(e)
}

func (c *Counters) add(e *Entry) {
	c.InFlight--
	switch {
	case e.Cancelled:
		c.Cancelled++
	case e.End == endNames[0] && e.Status < 400 && !e.Broken:
		c.Complete++
	default:
		c.Failed++
	}
	if e.Cost > 0 || e.Produced > 0 {
		c.Input += uint64(e.Input)
	}
	c.Output += uint64(e.Produced)
	c.Bytes += e.Bytes
	c.Cost += e.Cost
}

// counters returns the counters of a model. The caller holds mu.
func (j *Journal) counters(model string, room int) *Counters {
	c := j.totals[model]
	if c == nil && len(j.totals) >= room {
		model = OtherModels
		c = j.totals[model]
	}
	if c == nil {
		c = new(Counters)
		j.totals[model] = c
	}
	return c
}

// Entries returns the attempts that began after the one numbered after, oldest
// first, as far as the journal still holds them.
func (j *Journal) Entries(after uint64) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	from := max(after+1, j.first)
	if held := uint64(len(j.ring)); j.seq >= held {
		from = max(from, j.seq-held+1)
	}
	all := []Entry{}
	for seq := from; seq <= j.seq; seq++ {
		all = append(all, j.ring[seq%uint64(len(j.ring))])
	}
	return all
}

// Counters returns the counters of each model that was asked.
func (j *Journal) Counters() map[string]Counters {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := make(map[string]Counters, len(j.totals))
	for name, c := range j.totals {
		all[name] = *c
	}
	return all
}

// Reset forgets all attempts, those under way included. Numbers go on.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.first = j.seq + 1
	clear(j.totals)
}
