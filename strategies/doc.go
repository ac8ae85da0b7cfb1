// Package strategies holds the ways of calling several language models, one
// file each, and the driver that runs them in a service.
//
// A [Strategy] is ordinary blocking code. Its only way to wait is
// [Exchange.Next]; it never touches a clock, a socket or a goroutine. So the
// very code that a service ships is the code that a simulation measures.
//
//	c := strategies.Client{Strategy: strategies.Hedge{
//		Targets: []strategies.Target{strategies.ModelTarget(primary), strategies.ModelTarget(backup)},
//		Delay:   3 * time.Second,
//		Budget:  strategies.NewBudget(0.10),
//	}}
//	answer, err := c.Do(ctx, &llm.Request{Prompt: "…"})
//
// Strategies nest, because a [Target] may be a strategy: the outer one sees the
// inner one as an attempt, and cancelling that attempt cancels what the inner
// one runs. The order is the one you read: Fallback{Breaker{A}, B} asks A
// through a breaker and then B.
//
// Three rules hold for every strategy. The first success wins, never the first
// completion: a fast error does not beat a slow answer. Returning cancels the
// rest, and a cancelled loser counts neither as a success nor as a failure. A
// permanent failure (wrong key, unknown model, exhausted quota) moves on to the
// next target but never retries the same one.
package strategies
