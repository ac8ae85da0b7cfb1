package mocktest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tailgate-bench/tailgate/llm/draw"
	"github.com/tailgate-bench/tailgate/mockprovider"
)

// Fault is a mistake that a client may make.
type Fault string

// The mistakes.
const (
	// IgnoredRetryAfter: it asked the same model the same again before the time
	// that the refusal named was over.
	IgnoredRetryAfter Fault = "ignored_retry_after"
	// RetriedPermanent: it asked the same model the same again after an error
	// that trying again does not cure.
	RetriedPermanent Fault = "retried_permanent"
	// RetryStorm: it tried the same model with the same question again, after
	// failures, more often than [Rules].MaxRetries.
	RetryStorm Fault = "retry_storm"
	// LoserNotCancelled: it let an attempt go on after another at the same
	// question, which ran beside it, had given the whole answer. That is right
	// for a client that wants all answers: allow it then.
	LoserNotCancelled Fault = "loser_not_cancelled"
	// AcceptedBroken: it took for an answer what never was a whole one. The
	// server cannot see this: the test says what was accepted, in
	// [Rules].Accepted.
	AcceptedBroken Fault = "accepted_broken"
	// ExceededBudget: everything together cost more than [Rules].Budget.
	ExceededBudget Fault = "exceeded_budget"
)

// Rules say what is expected of a client. The zero Rules are strict, without a
// budget.
type Rules struct {
	// MaxRetries is how many times a question may be tried again at one model
	// after failures; 0 means 4, and a negative number none.
	MaxRetries int
	// Grace is how long a loser may go on after the winner's end; 0 means
	// 250 ms, what a client may need to notice on a busy machine.
	Grace time.Duration
	// Budget is what all attempts may cost in USD; 0 means any amount.
	Budget float64
	// Accepted are the prompts for which the client returned an answer as
	// good. Of a conversation that is the text of all messages but the
	// system's, a line end between them. The journal must have all attempts
	// at them.
	Accepted []string
	// Allow are mistakes that are none for this client.
	Allow []Fault
}

func (r *Rules) grace() time.Duration { return cmp.Or(r.Grace, 250*time.Millisecond) }

// Finding is a mistake that a client made.
type Finding struct {
	Fault Fault
	// Seq is the number of the attempt in the journal that shows it; 0 if it is
	// no single one.
	Seq uint64
	// Detail says what happened.
	Detail string
}

// String returns the finding in one line.
func (f Finding) String() string {
	if f.Seq == 0 {
		return fmt.Sprintf("%s: %s", f.Fault, f.Detail)
	}
	return fmt.Sprintf("%s: attempt %d: %s", f.Fault, f.Seq, f.Detail)
}

// Judge returns the mistakes that the entries of a journal, read at the given
// time, show, in the order of the attempts that show them. It finds no mistake that is not there, whatever
// the network's delays, except for a loser's grace; it may miss one, as where the
// journal has forgotten attempts.
func Judge(entries []mockprovider.Entry, at time.Time, rules Rules) []Finding {
	j := judge{at: at, rules: rules}
	questions := make(map[question][]mockprovider.Entry)
	var order []question
	for _, e := range entries {
		q := asked(e)
		if questions[q] == nil {
			order = append(order, q)
		}
		questions[q] = append(questions[q], e)
	}
	for _, q := range order {
		j.retries(questions[q])
		j.losers(questions[q])
	}
	j.accepted(entries)
	j.budget(entries)
	slices.SortStableFunc(j.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Fault, b.Fault))
	})
	return j.found
}

// question tells what attempts were made for; one of an unknown prompt is a
// question of its own.
type question struct {
	traced               bool
	request, prompt, seq uint64
}

func asked(e mockprovider.Entry) question {
	if e.Traced {
		return question{traced: true, request: e.Request, prompt: e.Prompt}
	}
	if e.Prompt == 0 {
		return question{seq: e.Seq}
	}
	return question{prompt: e.Prompt}
}

type judge struct {
	at    time.Time
	rules Rules
	found []Finding
}

func (j *judge) add(f Fault, seq uint64, format string, args ...any) {
	if !slices.Contains(j.rules.Allow, f) {
		j.found = append(j.found, Finding{Fault: f, Seq: seq, Detail: fmt.Sprintf(format, args...)})
	}
}

// retries judges the attempts at one question, model by model.
func (j *judge) retries(entries []mockprovider.Entry) {
	last := make(map[string]mockprovider.Entry) // the failed attempt before, by model
	tries := make(map[string]int)
	for _, e := range entries {
		before, again := last[e.Model]
		if again && !e.At.Before(answered(before)) {
			j.retry(before, e)
			if tries[e.Model]++; tries[e.Model] == j.maxRetries()+1 {
				j.add(RetryStorm, e.Seq, "%s is tried again %d times, and may be %d times", e.Model, tries[e.Model], j.maxRetries())
			}
		}
		switch {
		case complete(e): // whoever asks after that does not try again
			delete(last, e.Model)
			delete(tries, e.Model)
		case e.Done:
			last[e.Model] = e
		}
	}
}

func (j *judge) maxRetries() int {
	if j.rules.MaxRetries == 0 {
		return 4
	}
	return max(j.rules.MaxRetries, 0)
}

// retry judges an attempt that follows a failed one.
func (j *judge) retry(before, e mockprovider.Entry) {
	if before.Cancelled || before.End != "fail" {
		return
	}
	since := e.At.Sub(answered(before))
	switch {
	case before.Permanent:
		j.add(RetriedPermanent, e.Seq, "%s had said %s (status %d) to attempt %d", e.Model, before.Failure, before.Status, before.Seq)
	case before.RetryAfter != nil && since < seconds(*before.RetryAfter):
		j.add(IgnoredRetryAfter, e.Seq, "%s had said to attempt %d to wait %v, and was asked again after %v",
			e.Model, before.Seq, seconds(*before.RetryAfter), since.Round(time.Millisecond))
	}
}

// losers judges the attempts at one question that went on beside the first that
// gave the whole answer.
func (j *judge) losers(entries []mockprovider.Entry) {
	var won *mockprovider.Entry
	for i := range entries {
		if e := &entries[i]; complete(*e) && (won == nil || ended(*e).Before(ended(*won))) {
			won = e
		}
	}
	if won == nil {
		return
	}
	for _, e := range entries {
		end := j.at // of those still under way
		if e.Done {
			end = ended(e)
		}
		over := end.Sub(ended(*won))
		if e.Seq != won.Seq && !e.Cancelled && e.At.Before(ended(*won)) && over > j.rules.grace() {
			j.add(LoserNotCancelled, e.Seq, "%s went on for %v after attempt %d had answered",
				e.Model, over.Round(time.Millisecond), won.Seq)
		}
	}
}

// accepted judges what the test says that the client accepted.
func (j *judge) accepted(entries []mockprovider.Entry) {
	for _, prompt := range j.rules.Accepted {
		hash := draw.Hash(prompt)
		if !slices.ContainsFunc(entries, func(e mockprovider.Entry) bool { return e.Prompt == hash && complete(e) }) {
			j.add(AcceptedBroken, 0, "no attempt at %.60q gave a whole answer", prompt)
		}
	}
}

func (j *judge) budget(entries []mockprovider.Entry) {
	cost := 0.0
	for _, e := range entries {
		cost += e.Cost
	}
	if j.rules.Budget > 0 && cost > j.rules.Budget {
		j.add(ExceededBudget, 0, "everything cost $%.6f, and the budget is $%.6f", cost, j.rules.Budget)
	}
}

// complete says whether an attempt gave the whole answer.
func complete(e mockprovider.Entry) bool {
	return e.Done && !e.Cancelled && !e.Broken && e.End == "complete"
}

// answered returns the earliest time at which the client can have known how an
// attempt ended: an error response is not written before its time.
func answered(e mockprovider.Entry) time.Time {
	if e.End == "fail" && !e.Cancelled {
		return e.At.Add(seconds(e.Queued + e.Wait))
	}
	return ended(e)
}

func ended(e mockprovider.Entry) time.Time { return e.At.Add(seconds(e.Lasted)) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
