package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
)

// Three members on 40 requests: b and a agree on every second one, both abstain
// once in ten, and a strategy inside votes on the first request only.
func TestRecorder_Agreement_members(t *testing.T) {
	t.Parallel()
	r := run(record.Config{}, 40, ms, func(id uint64, due time.Duration) *record.Request {
		q := request(id, due, ms)
		q.Ballots = []record.Ballot{{Voter: "b", Vote: "yes", Correct: record.Right}, {Voter: "a", Vote: "yes", Correct: record.Right}}
		q.Quorum = record.Agreed
		switch {
		case id%10 == 4:
			q.Ballots[0], q.Ballots[1] = record.Ballot{Voter: "b"}, record.Ballot{Voter: "a"}
			q.Quorum, q.Escalated = record.Disagreed, true
		case id%2 == 1:
			q.Ballots[1] = record.Ballot{Voter: "a", Vote: "no", Correct: record.Wrong}
		}
		if id == 0 {
			q.Ballots = append(q.Ballots, record.Ballot{Voter: "inner", Vote: "yes"})
		}
		return q
	})
	a := r.Agreement()
	check(t, "escalated", a.Escalated, stats.Wilson(4, 40))
	want := []record.Member{
		{Name: "a", Votes: 36, Abstained: 4, Accuracy: stats.Wilson(16, 36)},
		{Name: "b", Votes: 36, Abstained: 4, Accuracy: stats.Wilson(36, 36)},
		{Name: "inner", Votes: 1, Accuracy: stats.Missing("no right answers are known")},
	}
	if diff := cmp.Diff(want, a.Members, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("members (-want +got)\n%s", diff)
	}
	check(t, "pair", a.Pairs[0][1], record.Pair{Agree: stats.Wilson(16, 36), N: 36})
	check(t, "pair, turned", a.Pairs[1][0], a.Pairs[0][1])
	check(t, "pair with itself", a.Pairs[1][1].N, 36)
	check(t, "rare pair", a.Pairs[2][0], record.Pair{Agree: stats.Wilson(1, 1), N: 1})
}

// Members that only ever abstain have no pairs.
func TestRecorder_Agreement_abstainers(t *testing.T) {
	t.Parallel()
	r := run(record.Config{}, 3, ms, func(id uint64, due time.Duration) *record.Request {
		q := request(id, due, ms)
		q.Quorum, q.Ballots = record.Disagreed, []record.Ballot{{Voter: "a"}, {Voter: "b"}}
		return q
	})
	a := r.Agreement()
	check(t, "abstained", a.Members[1].Abstained, 3)
	check(t, "pair", a.Pairs[0][1].Agree.Why, "they never voted on the same request")
	check(t, "alpha", a.Alpha.Why, "no panel has two votes")
}

func TestWriter_ballots(t *testing.T) {
	t.Parallel()
	q := request(0, 0, ms)
	q.Quorum, q.Escalated, q.Votes = record.Disagreed, true, []string{"yes"}
	q.Ballots = []record.Ballot{{Voter: "a", Vote: "yes", Correct: record.Wrong}, {Voter: "b"}}
	line := lines(t, write(t, record.Config{Models: models()}, q))[0]
	want := `"quorum":"disagreed","votes":["yes"],"escalated":true,"ballots":[{"voter":"a","vote":"yes","correct":false},{"voter":"b"}],`
	if !strings.Contains(line, want) {
		t.Errorf("%s lacks %s", line, want)
	}
}
