// Package mockprovider imitates providers of language models: how fast they
// answer, how often they are right, and all the ways they fail.
//
// A [Model] draws a [fault.Plan] for every attempt and then carries it out. The
// plan is plain data, drawn before anything happens from a key made of the
// seed, the request, the model and the number of the call, so the same request
// meets the same weather under every strategy, in any order, on any goroutine.
// There are three ways to use a model:
//
//   - in virtual time, by asking for the plan alone ([Model.Plan]);
//   - in process on the real clock, since a Model is an [llm.Model]
//     ([Model.Call]), which also works inside testing/synctest;
//   - over a socket, since a [Server] is an http.Handler that speaks the wire
//     formats of OpenAI (Chat Completions and Responses), Anthropic and Gemini.
//
// A test of a service may be as short as
//
//	mock, err := mockprovider.New(mockprovider.Config{
//		Seed:   1,
//		Models: mockprovider.Presets(),
//		Faults: []fault.Window{{Name: "outage", To: time.Minute, Fault: fault.Outage{}}},
//	})
//	...
//	srv := httptest.NewServer(mock)
//
// Models answer from a [Workload] where the prompt is one of its items, rightly
// with their accuracy and wrongly otherwise, and with prose where it is not.
package mockprovider
