package scenarios

import (
	"time"

	"github.com/tailgate-bench/tailgate/strategies"
)

// readBestOf reads the settings of a best_of.
func readBestOf(v value) recipe {
	s := strategies.BestOf{Timeout: 30 * time.Second, JudgeTimeout: 10 * time.Second}
	var targets []targetRecipe
	var judge targetRecipe
	v.need(v.object(fields{
		"targets":       func(v value) { targets = v.targets() },
		"judge":         func(v value) { judge = v.target() },
		"rubric":        func(v value) { s.Rubric = v.string() },
		"timeout":       func(v value) { s.Timeout = v.positive() },
		"judge_timeout": func(v value) { s.JudgeTimeout = v.positive() },
		"stop_at":       func(v value) { s.StopAt = v.number(1, 10) },
	}), "targets", "judge")
	return func(k *kitchen) strategies.Strategy {
		fresh := s
		fresh.Targets, fresh.Judge = k.targets(targets), judge(k)
		fresh.Timeout, fresh.JudgeTimeout = k.time(s.Timeout), k.time(s.JudgeTimeout)
		return fresh
	}
}
