package scenarios_test

import (
	"fmt"

	"github.com/tailgate-bench/tailgate/scenarios"
)

func ExampleParse() {
	_, err := scenarios.Parse("storm.yaml", []byte(`
models: {a: {latency: 1s}, b: {latency: 2s}}
strategies:
  single: {single: {target: a}}
  hedge: {hedge: {targets: [a, b], delay: 3}}
objectives:
  - hegde.p95 <= 3s
`))
	fmt.Println(err)
	// Output:
	// storm.yaml:5:43: strategies.hedge.hedge.delay: "3": must be a duration with its unit, such as 250ms, 3s or 2m, or a percentile of the primary's latency such as p95
	// storm.yaml:7:5: objectives[0]: "hegde.p95 <= 3s": unknown strategy "hegde" (did you mean "hedge"?): allowed are single, hedge
}

func ExampleLoad() {
	s, err := scenarios.Load("primary-outage")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, strategy := range s.Strategies {
		fmt.Printf("%s: %s\n", strategy.Name, strategy.Kind)
	}
	// Output:
	// single: single
	// retry: retry
	// fallback: fallback
	// race: race
	// hedge: hedge
	// guarded: fallback
}
