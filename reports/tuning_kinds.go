package reports

import "github.com/tailgate-bench/tailgate/internal/stats"

// TuningBreaker is how breakers did, scenario by scenario: the data of a heat map.
type TuningBreaker struct {
	// FailureWorth is how many wasted calls a failed request is as bad as.
	FailureWorth float64                 `json:"failure_worth"`
	Scenarios    []TuningBreakerScenario `json:"scenarios"`
	// Front are the settings, by number, that no other beats in success, wasted
	// calls, rejected requests and overhang at once, by the means over scenarios.
	Front []int `json:"front"`
	// Cells are the settings times the scenarios.
	Cells []TuningCell `json:"cells"`
}

// TuningBreakerScenario is a scenario with the breaker that was tuned.
type TuningBreakerScenario struct {
	Name     string `json:"name"`
	Strategy string `json:"strategy"`
	// Key is the way to the breaker, Target the model behind it.
	Key      string `json:"key"`
	Target   string `json:"target"`
	Requests int    `json:"requests"` // of one run
	// Episodes is how many faults of the model end.
	Episodes int `json:"episodes"`
	// Best is the number of the setting that was best here.
	Best int `json:"best"`
}

// TuningCell is a setting in a scenario. Figures are loss and regret per 100
// requests, success, wasted and rejected as shares of requests, overhang in
// milliseconds.
type TuningCell struct {
	Setting   int                       `json:"setting"`
	Scenario  int                       `json:"scenario"`
	Predicted map[string]stats.Estimate `json:"predicted"`
	Realised  map[string]stats.Estimate `json:"realised,omitempty"`
}

// TuningBudget is how large budgets may be for a system to recover by itself.
type TuningBudget struct {
	// Trigger is what brings the system out of its way.
	Trigger TuningTrigger `json:"trigger"`
	// WithinMS is how soon after the end of the trigger the system must be as
	// before, WindowMS for how long in a row, Tolerance by how much success (as a
	// share of requests) and calls per request (as a share of themselves) may be
	// worse than before.
	WithinMS  float64 `json:"within_ms"`
	WindowMS  float64 `json:"window_ms"`
	Tolerance float64 `json:"tolerance"`
	// Levels are the loads, as multiples of the scenario's; LevelHere is the
	// number of the one that the recommendation is for.
	Levels     []float64             `json:"levels"`
	LevelHere  int                   `json:"level_here"`
	Strategies []TuningBudgetSubject `json:"strategies"`
}

// TuningTrigger is the time of the peak or fault.
type TuningTrigger struct {
	What   string  `json:"what"`
	FromMS float64 `json:"from_ms"`
	ToMS   float64 `json:"to_ms"`
}

// TuningBudgetSubject is a strategy with a budget.
type TuningBudgetSubject struct {
	Strategy string `json:"strategy"`
	Kind     string `json:"kind"` // retry | hedge
	Key      string `json:"key"`  // of the budget
	Current  string `json:"current"`
	// Recommended is the largest budget at the level of the recommendation that it
	// recovers with, as do all smaller ones; null if there is none. Next is the
	// smallest that was tried above it; null if there is none.
	Recommended *string `json:"recommended"`
	Next        *string `json:"next"`
	// Boundary is the largest such budget for each level, by the seeds of the
	// choice; null where there is none.
	Boundary []*string `json:"boundary"`
	// PerSeed are the largest budgets at the level of the recommendation for each
	// of the fresh seeds, among those tried; null where there is none.
	PerSeed []*string          `json:"per_seed"`
	Cells   []TuningBudgetCell `json:"cells"`
}

// TuningBudgetCell is a budget at a level of load.
type TuningBudgetCell struct {
	Budget string `json:"budget"`
	// Share is the budget as a number; null for no limit.
	Share *float64 `json:"share"`
	Level int      `json:"level"` // number among the levels
	// Sound is the share of seeds in which the system served 95 % of requests
	// before the trigger, Recovered the share in which it also recovered.
	Sound     stats.Estimate `json:"sound"`
	Recovered stats.Estimate `json:"recovered"`
	// TookMS is how long that took, a system that did not counted with the rest of
	// the run. Before and After are calls per request before the trigger and in the
	// last of the time allowed, Success the success in the latter.
	TookMS  stats.Estimate `json:"took_ms"`
	Before  stats.Estimate `json:"before"`
	After   stats.Estimate `json:"after"`
	Success stats.Estimate `json:"success"`
	// Fresh is set if these were measured on the fresh seeds.
	Fresh bool `json:"fresh"`
}

// TuningPanel is what panels of models are worth.
type TuningPanel struct {
	// Accuracy is the share of requests to be answered rightly.
	Accuracy float64 `json:"accuracy"`
	// Requests is how many requests with a known answer the choice rests on,
	// FreshRequests how many the figures of the choice.
	Requests      int `json:"requests"`
	FreshRequests int `json:"fresh_requests"`
	// Tried is how many panels were evaluated.
	Tried  int                 `json:"tried"`
	Models []TuningPanelMember `json:"models"`
	// Pairs say how errors go together, for each two models.
	Pairs []TuningErrorPair `json:"pairs"`
	// Front are the settings, by number and cost, that no cheaper one beats.
	Front []int `json:"front"`
	// Independent is what the recommended panel would achieve if the models erred
	// independently of each other, each as often as it does.
	Independent *float64 `json:"independent"`
}

// TuningPanelMember is a model that may vote.
type TuningPanelMember struct {
	Name string `json:"name"`
	// Right is the share of requests it answered rightly, Silent that of those in
	// which it gave no vote.
	Right  stats.Estimate `json:"right"`
	Silent stats.Estimate `json:"silent"`
	// Weight is the log-odds of its votes being right.
	Weight float64 `json:"weight"`
	// USDPer1000 is what 1,000 requests cost.
	USDPer1000 stats.Estimate `json:"usd_per_1000"`
}

// TuningErrorPair is how the errors of two models go together.
type TuningErrorPair struct {
	A int `json:"a"`
	B int `json:"b"`
	// Correlation is that of being wrong; null if one of them never or always is.
	Correlation *float64 `json:"correlation"`
	// Both is the share of requests that both get wrong, Independent what it would
	// be if they erred independently, Same the share in which both give the same
	// wrong answer.
	Both        float64 `json:"both"`
	Independent float64 `json:"independent"`
	Same        float64 `json:"same"`
}
