package record

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/llm"
)

// appendLine appends the request as one line of JSON. Without reflection a line
// takes about a microsecond. Keys whose value is none are left out; times are
// milliseconds since the run's start:
//
//	strategy, id, due_ms, sent_ms, end_ms
//	latency_ms      end_ms - due_ms
//	first_token_ms  when the first token came, if one did
//	ok              whether the request was answered
//	error           the kind of failure, unless ok
//	correct         whether the answer was right, where that is known
//	winner          index in attempts of the answer that was returned
//	arm             control or challenger, in an A/B test
//	cost_usd        and cost_low_usd, cost_high_usd where they differ
//	hedges_fired, hedges_denied, retries, retries_denied, restarts
//	task            the kind of work, where that is known
//	route           the target a route chose
//	scores          [{target, score, unreadable, error, correct}] by a judge
//	quorum          agreed or disagreed
//	votes           what the members of the panel voted for
//	ballots         [{voter, vote, correct}], without vote for an abstention
//	escalated       whether another target was asked for want of a quorum
//	breakers        [{target, at_ms, from, to, why}]
//	attempts        [{model, role, state, start_ms, end_ms, first_token_ms,
//	                error, input, output, whole, estimated}]
//
// input and output are tokens used, whole the output tokens of the answer had
// it not been cancelled; estimated is true where the provider did not say.
func (c *Config) appendLine(b []byte, q *Request) []byte {
	b = appendString(append(b, `{"strategy":`...), c.Strategy)
	b = strconv.AppendUint(append(b, `,"id":`...), q.ID, 10)
	b = appendMillis(b, `,"due_ms":`, q.Due)
	b = appendMillis(b, `,"sent_ms":`, q.Sent)
	b = appendMillis(b, `,"end_ms":`, q.End)
	b = appendMillis(b, `,"latency_ms":`, q.Latency())
	if q.HasFirstToken {
		b = appendMillis(b, `,"first_token_ms":`, q.FirstToken)
	}
	b = strconv.AppendBool(append(b, `,"ok":`...), q.OK)
	if !q.OK {
		b = appendString(append(b, `,"error":`...), q.Kind.String())
	}
	if q.Correct != Unknown {
		b = strconv.AppendBool(append(b, `,"correct":`...), q.Correct == Right)
	}
	if q.winner() != nil {
		b = appendCount(b, `,"winner":`, q.Winner)
	}
	if q.Trial.Arm != NoArm {
		b = appendString(append(b, `,"arm":`...), q.Trial.Arm.String())
	}
	b = c.appendCost(b, q)
	b = appendNotes(b, q)
	b = append(b, `,"attempts":[`...)
	for i := range q.Attempts {
		b = c.appendAttempt(separate(b, i), &q.Attempts[i])
	}
	return append(b, "]}\n"...)
}

func (c *Config) appendCost(b []byte, q *Request) []byte {
	var cost Range
	for i := range q.Attempts {
		cost.add(c.attemptCost(&q.Attempts[i]))
	}
	b = appendDollars(b, `,"cost_usd":`, cost.Value)
	if cost.Low != cost.High {
		b = appendDollars(b, `,"cost_low_usd":`, cost.Low)
		b = appendDollars(b, `,"cost_high_usd":`, cost.High)
	}
	return b
}

func appendNotes(b []byte, q *Request) []byte {
	b = appendUnlessZero(b, `,"hedges_fired":`, q.HedgesFired)
	b = appendUnlessZero(b, `,"hedges_denied":`, q.HedgesDenied)
	b = appendUnlessZero(b, `,"retries":`, q.RetriesMade)
	b = appendUnlessZero(b, `,"retries_denied":`, q.RetriesDenied)
	b = appendUnlessZero(b, `,"restarts":`, q.Restarts)
	b = appendTask(b, q)
	switch q.Quorum {
	case Agreed:
		b = append(b, `,"quorum":"agreed"`...)
	case Disagreed:
		b = append(b, `,"quorum":"disagreed"`...)
	case NoPanel:
	}
	if len(q.Votes) > 0 {
		b = append(b, `,"votes":[`...)
		for i, v := range q.Votes {
			b = appendString(separate(b, i), v)
		}
		b = append(b, ']')
	}
	b = appendPanel(b, q)
	if len(q.Transitions) > 0 {
		b = append(b, `,"breakers":[`...)
		for i := range q.Transitions {
			b = appendTransition(separate(b, i), &q.Transitions[i])
		}
		b = append(b, ']')
	}
	return b
}

func appendTransition(b []byte, t *Transition) []byte {
	b = appendString(append(b, `{"target":`...), t.Target)
	b = appendMillis(b, `,"at_ms":`, t.At)
	b = appendString(append(b, `,"from":`...), t.From)
	b = appendString(append(b, `,"to":`...), t.To)
	if t.Why != "" {
		b = appendString(append(b, `,"why":`...), t.Why)
	}
	return append(b, '}')
}

func (c *Config) appendAttempt(b []byte, a *Attempt) []byte {
	b = append(b, '{')
	if a.Model >= 0 {
		b = append(appendString(append(b, `"model":`...), c.Models[a.Model].Name), ',')
	}
	b = appendString(append(b, `"role":`...), a.Role)
	b = appendString(append(b, `,"state":`...), a.State)
	b = appendMillis(b, `,"start_ms":`, a.Start)
	b = appendMillis(b, `,"end_ms":`, a.End)
	if a.HasFirstToken {
		b = appendMillis(b, `,"first_token_ms":`, a.FirstToken)
	}
	if a.State == StateFailed || a.State == StateRejected || a.Kind == llm.Timeout {
		b = appendString(append(b, `,"error":`...), a.Kind.String())
	}
	b = appendUnlessZero(b, `,"input":`, a.Usage.Input)
	b = appendUnlessZero(b, `,"output":`, a.Usage.Output)
	if a.State == StateLost && a.Whole > a.Usage.Output {
		b = appendCount(b, `,"whole":`, a.Whole)
	}
	if a.Usage.Estimated {
		b = append(b, `,"estimated":true`...)
	}
	return append(b, '}')
}

// separate appends the comma before element i of a list.
func separate(b []byte, i int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return b
}

func appendCount(b []byte, key string, n int) []byte {
	return strconv.AppendInt(append(b, key...), int64(n), 10)
}

func appendUnlessZero(b []byte, key string, n int) []byte {
	if n == 0 {
		return b
	}
	return appendCount(b, key, n)
}

func appendDollars(b []byte, key string, usd float64) []byte {
	return strconv.AppendFloat(append(b, key...), usd, 'g', 6, 64)
}

// appendMillis writes d in milliseconds to the microsecond, without trailing
// zeros.
func appendMillis(b []byte, key string, d time.Duration) []byte {
	b = append(b, key...)
	if d < 0 {
		b, d = append(b, '-'), -d
	}
	micros := uint64((d + time.Microsecond/2) / time.Microsecond)
	b = strconv.AppendUint(b, micros/1000, 10)
	rest := micros % 1000
	if rest == 0 {
		return b
	}
	b = append(b, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

const hexDigits = "0123456789abcdef"

// appendString writes s as a JSON string (RFC 8259): quotes, backslashes and
// control characters are escaped, and bytes that are not UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	plain := 0 // where the part begins that needs no change
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r >= ' ' && r != '"' && r != '\\' && (r != utf8.RuneError || size > 1) {
			i += size
			continue
		}
		b = appendEscaped(append(b, s[plain:i]...), r)
		i += size
		plain = i
	}
	return append(append(b, s[plain:]...), '"')
}

func appendEscaped(b []byte, r rune) []byte {
	switch {
	case r == '"' || r == '\\':
		return append(b, '\\', byte(r))
	case r == '\n':
		return append(b, '\\', 'n')
	case r < ' ':
		return append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
	default:
		return utf8.AppendRune(b, r)
	}
}
