package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tailgate-bench/tailgate/internal/record"
	"github.com/tailgate-bench/tailgate/internal/stats"
	"github.com/tailgate-bench/tailgate/llm"
)

// judged is a request whose candidates were scored, and whose pick was right or
// not.
func judged(id uint64, picked record.Truth, scores ...record.Score) *record.Request {
	q := request(id, time.Duration(id)*time.Second, time.Second)
	q.Scores, q.Picked = scores, picked
	return q
}

func TestRecorder_judge(t *testing.T) {
	t.Parallel()
	right := func(v float64) record.Score { return record.Score{Target: "a", Value: v, Correct: record.Right} }
	wrong := func(v float64) record.Score { return record.Score{Target: "b", Value: v, Correct: record.Wrong} }
	lost := record.Score{Target: "c", Kind: llm.Timeout, Correct: record.Wrong}
	words := record.Score{Target: "d", Value: 5, Unreadable: true, Correct: record.Wrong}
	r := record.NewRecorder(record.Config{Models: models()})
	if r.Judge() != nil {
		t.Error("a judge that was never asked")
	}
	r.Add(judged(0, record.Right, right(8), wrong(3), lost))       // of three, one right
	r.Add(judged(1, record.Wrong, right(4), wrong(6)))             // of two, one right
	r.Add(judged(2, record.Wrong, wrong(5), words))                // nothing to win
	r.Add(judged(3, record.Wrong, lost, lost))                     // no score at all
	r.Add(judged(4, record.Unknown, record.Score{Value: 7}))       // the truth is not known
	r.Add(request(5, 5*time.Second, time.Second))                  // no judge asked
	r.Add(judged(6, record.Right, right(10), right(10), right(9))) // nothing to lose

	mean := func(xs ...float64) stats.Estimate {
		var m stats.Mean
		for _, x := range xs {
			m.Add(x)
		}
		return m.Estimate()
	}
	want := &record.Judge{
		Requests: 6, Scores: 9, Unreadable: 1, Failures: 3, Degraded: 1,
		UnreadableShare: stats.Wilson(1, 10), MeanScore: mean(8, 3, 4, 6, 5, 7, 10, 10, 9),
		MeanRight: mean(8, 4, 10, 10, 9), MeanWrong: mean(3, 6, 5),
		PickedRight: stats.Wilson(2, 3), AtRandom: stats.Exactly((1./3 + 1./2 + 1) / 3),
	}
	if diff := cmp.Diff(want, r.Judge(), cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRecorder_tasks(t *testing.T) {
	t.Parallel()
	tasked := func(id uint64, task string, latency time.Duration) *record.Request {
		q := request(id, time.Duration(id)*time.Second, latency)
		q.Task = task
		return q
	}
	same := run(record.Config{}, 10, time.Second, func(id uint64, _ time.Duration) *record.Request { return tasked(id, "chat", time.Second) })
	if got := same.Tasks(); got != nil {
		t.Errorf("all requests are of one task, and there are %d", len(got))
	}
	n := 0
	r := run(record.Config{}, 900, time.Second, func(id uint64, _ time.Duration) *record.Request {
		task := []string{"code", "", "chat"}[id%3]
		q := tasked(id, task, time.Duration(id%3+1)*100*ms)
		switch {
		case task == "chat" && id%30 == 2:
			return failing(q, llm.Overloaded)
		case task == "code":
			n++
			q.Correct = record.Right
			if n%4 == 0 {
				q.Correct = record.Wrong
			}
		}
		return q
	})
	got := r.Tasks()
	if len(got) != 3 || got[0].Name != "" || got[1].Name != "chat" || got[2].Name != "code" {
		t.Fatalf("tasks %+v", got)
	}
	check(t, "requests", got[1].Requests, 300)
	check(t, "success of chat", got[1].Success, stats.Wilson(270, 300))
	check(t, "P50 of chat", got[1].P50.Value, 300)
	if got[1].P95.Known() {
		t.Errorf("a tenth of the chats failed, and their P95 is %v", got[1].P95.Value)
	}
	check(t, "accuracy of code", got[2].Accuracy, stats.Wilson(225, 300))
	check(t, "P95 of code", got[2].P95.Value, 100)
	check(t, "attempts of code", got[2].Attempts, 1)
	check(t, "cost of code", got[2].CostUSD, 300*(3*100+15*200)/1e6)
	if got[0].Accuracy.Known() {
		t.Error("the accuracy where no truth is known is known")
	}
}

// More tasks than can be told apart are still counted.
func TestRecorder_manyTasks(t *testing.T) {
	t.Parallel()
	r := run(record.Config{}, 600, time.Second, func(id uint64, _ time.Duration) *record.Request {
		q := request(id, time.Duration(id)*time.Second, time.Second)
		q.Task = "t" + string(rune('a'+id%20)) + string(rune('a'+id/20))
		return q
	})
	all, requests := r.Tasks(), 0
	for _, task := range all {
		requests += task.Requests
	}
	if len(all) != 256 || requests != 600 {
		t.Errorf("%d tasks with %d requests, want 256 with 600", len(all), requests)
	}
}

func TestWriter_judge(t *testing.T) {
	t.Parallel()
	q := judged(0, record.Right, record.Score{Target: "a", Value: 7.5, Correct: record.Right},
		record.Score{Target: "b", Value: 5, Unreadable: true}, record.Score{Target: "c", Kind: llm.Timeout, Correct: record.Wrong})
	q.Task, q.Route = "chat", "hedge(a, b)"
	got := lines(t, write(t, record.Config{Strategy: "s", Models: models()}, q))[0]
	want := `"task":"chat","route":"hedge(a, b)","scores":[{"target":"a","score":7.5,"correct":true},` +
		`{"target":"b","score":5,"unreadable":true},{"target":"c","error":"timeout","correct":false}]`
	if !strings.Contains(got, want) {
		t.Errorf("%s\nlacks\n%s", got, want)
	}
}
