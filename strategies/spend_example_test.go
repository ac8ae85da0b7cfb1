package strategies_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/strategies"
)

// A race that may cost a tenth of a cent per request: an answer of at most 64
// tokens from the large model and one from the small one are covered, a second
// one from the large model is not.
func ExampleBudgeted() {
	large := strategies.ModelTarget(provider{name: "large", latency: time.Hour}).WithMaxTokens(64)
	small := strategies.ModelTarget(provider{name: "small", latency: time.Millisecond}).WithMaxTokens(64)
	race := strategies.Race{Targets: []strategies.Target{large, small, large}}
	prices := map[string]llm.Price{"large": {Input: 2, Output: 8}, "small": {Input: 0.40, Output: 1.60}}
	client := strategies.Client{
		Strategy: strategies.Budgeted{
			Target:     strategies.NestedTarget("race", race),
			PerRequest: 0.001,
			Purse:      strategies.NewPurse(100), // for all requests together
			Price:      func(model string) llm.Price { return prices[model] },
		},
		Settled: func(o *strategies.Outcome) {
			for _, a := range o.Attempts {
				fmt.Fprintln(os.Stdout, a.Target, a.State)
			}
		},
	}

	answer, err := client.Do(context.Background(), &llm.Request{Prompt: "hello"})
	client.Wait()
	fmt.Fprintln(os.Stdout, answer.Model, err)
	// Output:
	// race won
	// large lost
	// small won
	// large rejected
	// small <nil>
}
