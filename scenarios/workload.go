package scenarios

import (
	"bytes"
	"math"
	"strconv"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

func defaultWorkload() Workload {
	items, _ := mockprovider.Embedded(mockprovider.Tickets)
	return Workload{Workload: mockprovider.Workload{Items: items}, Prompts: mockprovider.Tickets}
}

// readWorkload reads the section "workload".
func readWorkload(v value) Workload {
	w := defaultWorkload()
	v.object(fields{
		"prompts":     w.readPrompts,
		"system":      func(v value) { w.System = v.string() },
		"max_tokens":  func(v value) { w.MaxTokens = v.integer(1, math.MaxInt32) },
		"users":       func(v value) { w.Users = v.count() },
		"correlation": func(v value) { w.Correlation = v.share() },
		"reply":       func(v value) { w.Reply, _ = mockprovider.ParseReply(v.choice("reply", "text", "json")) },
	})
	return w
}

// readPrompts reads the name of an embedded set, or of a file.
func (w *Workload) readPrompts(v value) {
	text, ok := v.text("the name of an embedded set (tasks, tickets, tickets-400), or of a .jsonl file")
	if !ok {
		return
	}
	w.Prompts = text
	if items, ok := mockprovider.Embedded(text); ok {
		w.Items = items
		return
	}
	data, err := v.r.attachment(text)
	if err != nil {
		v.fail("must be an embedded set (tasks, tickets, tickets-400) or a .jsonl file: %v", err)
		return
	}
	if w.Items, err = mockprovider.ReadItems(bytes.NewReader(data), text); err != nil {
		v.fail("is no list of prompts, one {\"prompt\", \"answer\"?, \"task\"?} a line: %v", err)
	}
}

// readBilling reads the section "billing".
func readBilling(v value) Billing {
	b := Billing{Cancelled: Produced}
	v.object(fields{
		"cancelled": func(v value) { b.Cancelled = Cancelled(v.choice("rule", string(Produced), string(Whole))) },
	})
	return b
}

// seed reads a seed.
func (v value) seed() uint64 {
	const what = "a whole number from 0 to 18446744073709551615"
	text, ok := v.text(what)
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		v.must(what)
	}
	return n
}
