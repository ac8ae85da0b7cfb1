package strategies_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// provider stands for a client of a provider: anything with a name that answers
// a call and returns early when ctx is cancelled.
type provider struct {
	name    string
	latency time.Duration
}

func (p provider) Name() string { return p.name }

func (p provider) Call(ctx context.Context, c llm.Call) (llm.Answer, error) {
	timer := time.NewTimer(p.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
		return llm.Answer{Model: p.name, Text: "echo: " + c.Request.Prompt}, nil
	case <-ctx.Done():
		return llm.Answer{}, ctx.Err()
	}
}

// A service makes one Client and asks it for every request. Here the primary
// hangs, so after 20 ms the backup is asked too and answers.
func ExampleClient() {
	primary := provider{name: "primary", latency: time.Hour}
	backup := provider{name: "backup", latency: time.Millisecond}
	hedge := strategies.Hedge{
		Targets: []strategies.Target{strategies.ModelTarget(primary), strategies.ModelTarget(backup)},
		Delay:   20 * time.Millisecond,
		Budget:  strategies.NewBudget(1), // every request may be hedged; 0.1 would allow one in ten
	}
	client := strategies.Client{
		Strategy: hedge,
		Timeout:  30 * time.Second,
		Settled: func(o *strategies.Outcome) {
			for _, a := range o.Attempts {
				fmt.Fprintf(os.Stdout, "%s (%s) %s\n", a.Target, a.Role, a.State)
			}
		},
	}

	answer, err := client.Do(context.Background(), &llm.Request{Prompt: "hello"})
	client.Wait()
	fmt.Fprintln(os.Stdout, answer.Text, err)
	// Output:
	// primary (first) lost
	// backup (hedge) won
	// echo: hello <nil>
}

// Strategies nest: the primary behind a breaker, and behind that a fallback.
func ExampleNewBreaker() {
	primary := strategies.ModelTarget(provider{name: "primary", latency: time.Millisecond})
	backup := strategies.ModelTarget(provider{name: "backup", latency: time.Millisecond})
	guarded := strategies.NewBreaker(primary, strategies.BreakerConfig{Failures: 5, Open: time.Minute})
	client := strategies.Client{Strategy: strategies.Fallback{
		Targets: []strategies.Target{strategies.NestedTarget("guarded primary", guarded), backup},
	}}

	answer, err := client.Do(context.Background(), &llm.Request{Prompt: "hello"})
	fmt.Fprintln(os.Stdout, answer.Model, err)
	// Output: primary <nil>
}
